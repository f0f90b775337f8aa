"""A copy of an .xlsx file in which everything lies where the compiled reader looks for it.

For files that are made otherwise: parts at other places, in UTF-16, or with a cell so far away that the area
between is too large.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

from openbureau.formats.xml_text import in_utf8, is_plain_utf8
from openbureau.spreadsheets.errors import damaged
from openbureau.spreadsheets.packages.near_cells import Used, with_near_cells
from openbureau.spreadsheets.packages.opc import ROOT_RELATIONSHIPS, Package

WORKBOOK = "xl/workbook.xml"
RELATIONSHIPS = "xl/_rels/workbook.xml.rels"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FIXED = {"sharedStrings": "sharedStrings.xml", "styles": "styles.xml"}
"""Where parts lie that a workbook has one of, from the folder of the workbook."""
_BEGINNING_BYTES = 1_024


def canonical_xlsx(data: bytes, package: Package, used: Mapping[str, Used]) -> bytes:
    """The file at `data`, or a copy in canonical form if it is not.

    `used` names the sheets, by their parts, of which only the used rows and columns are taken.
    """
    workbook = package.workbook()
    places: dict[str, str] = {workbook: WORKBOOK}
    relationships: list[str] = []
    is_canonical = {RELATIONSHIPS, ROOT_RELATIONSHIPS} <= set(package.archive.namelist())
    for number, relation in enumerate(package.relationships(workbook), start=1):
        if relation.part not in package or relation.kind not in ("worksheet", *_FIXED):
            continue
        target = _FIXED.get(relation.kind, f"worksheets/sheet{number}.xml")
        if relation.part.startswith("xl/worksheets/"):
            target = relation.part.removeprefix("xl/")
        places[relation.part] = posixpath.join("xl", target)
        is_canonical &= relation.target in (target, f"/xl/{target}")
        relationships.append(_relationship(relation.id, relation.kind, target))
    is_canonical &= all(
        part == place and is_plain_utf8(_beginning(package, part)) for part, place in places.items()
    )
    if is_canonical and not used:
        return data
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part, place in places.items():
            xml = _utf8(package, part)
            archive.writestr(place, with_near_cells(xml, used[part]) if part in used else xml)
        archive.writestr(RELATIONSHIPS, _relationships(relationships))
        archive.writestr(
            ROOT_RELATIONSHIPS, _relationships([_relationship("rId1", "officeDocument", WORKBOOK)])
        )
    return copy.getvalue()


def _relationship(number: str, kind: str, target: str) -> str:
    attributes = {"Id": number, "Type": f"{_TYPES}/{kind}", "Target": target}
    return f"<Relationship {' '.join(f'{name}={quoteattr(value)}' for name, value in attributes.items())}/>"


def _relationships(relationships: Iterable[str]) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{"".join(relationships)}</Relationships>'


def _beginning(package: Package, part: str) -> bytes:
    with package.archive.open(part) as stream:
        return stream.read(_BEGINNING_BYTES)


def _utf8(package: Package, part: str) -> bytes:
    try:
        return in_utf8(package.archive.read(part))
    except (LookupError, ValueError):
        raise damaged() from None
