"""The parts of an office package (ISO/IEC 29500-2): which there are, where they lie, what belongs to what."""

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from openbureau.spreadsheets.errors import damaged
from openbureau.spreadsheets.zip_archive import Attributes, stream_xml

CONTENT_TYPES = "[Content_Types].xml"
ROOT_RELATIONSHIPS = "_rels/.rels"
MAIN_TYPES = ("sheet.main+xml", "template.main+xml", "main+xml")
"""How the content type of a workbook ends: with or without macros, template or not."""


@dataclass(frozen=True)
class Relationship:
    """What a part needs: `kind` is the last word of its type, `part` where the `target` lies."""

    id: str
    kind: str
    target: str
    part: str


class Package:
    """An archive whose members are asked for as parts: programs do not mind the case of their names."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._members = {name.lower(): name for name in archive.namelist()}

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._members

    def member(self, part: str) -> str:
        """The archive's own name of a part; the part's where there is none."""
        return self._members.get(part.lower(), part)

    def relationships(self, part: str) -> Iterator[Relationship]:
        """What the part at this place needs inside the package; `""` is the package itself."""
        folder, name = posixpath.split(part)
        rels = self.member(posixpath.join(folder, "_rels", f"{name}.rels"))
        relationships: list[Relationship] = []

        def relationship(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                path = posixpath.join("/", folder, unquote(target).replace("\\", "/"))
                part = self.member(posixpath.normpath(path).lstrip("/"))
                kind = attributes.get("Type", "").rpartition("/")[2]
                relationships.append(Relationship(attributes.get("Id", ""), kind, target, part))

        if rels in self:
            stream_xml(self.archive, rels, start=relationship)
        return iter(relationships)

    def workbook(self) -> str:
        """The part that begins a workbook: by its relationship, its content type, or its usual place.

        Raises `Unreadable` if there is none.
        """
        for relationship in self.relationships(""):
            if relationship.kind == "officeDocument" and relationship.part in self:
                return relationship.part
        for part in (*self._of_main_type(), "xl/workbook.xml", "xl/workbook.bin"):
            if part in self:
                return self.member(part)
        raise damaged("压缩包中缺少工作簿的主要部分，文件不完整")

    def _of_main_type(self) -> list[str]:
        parts: list[str] = []

        def override(tag: str, attributes: Attributes) -> None:
            if tag == "Override" and attributes.get("ContentType", "").endswith(MAIN_TYPES):
                parts.append(attributes.get("PartName", "").lstrip("/"))

        if CONTENT_TYPES in self:
            stream_xml(self.archive, self.member(CONTENT_TYPES), start=override)
        return parts
