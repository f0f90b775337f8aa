"""The parts of a .docx file (Open Packaging Conventions, ISO/IEC 29500-2), each parsed without entities."""

import posixpath
from functools import lru_cache

from lxml import etree

from openbureau.spreadsheets.errors import Unreadable, encrypted
from openbureau.spreadsheets.file_kinds import OLE, file_kind
from openbureau.spreadsheets.zip_archive import open_archive, regular_archive

MAX_PART_BYTES = 24 * 2**20
"""Of one part as XML; a list of 5,000 institutions has 16 MB."""

_MEND = "请用 Word 或 WPS 打开原件，另存为 .docx 后再放入"

_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/picture": "pic",
    "http://purl.oclc.org/ooxml/drawingml/picture": "pic",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "urn:schemas-microsoft-com:vml": "v",
}
"""The namespaces that are read, transitional and strict, and what they are called here."""

_WITH_WORDS = {"header", "footer", "footnotes", "endnotes", "numbering"}
"""What the parts are called, as the ends of the types of relationships, whose words a reader sees."""
_RELATIONSHIPS = "_rels/.rels"
_MAIN_PART = "/officeDocument"
"""How the type of the relationship ends that leads to the document itself, transitional and strict."""


class WordPackage:
    """The parts of one file by name, parsed when they are asked for. Raises `Unreadable`."""

    def __init__(self, data: bytes) -> None:
        if data.startswith(OLE) and file_kind(data, "") == "encrypted":
            raise in_words_for_papers(encrypted())
        try:
            self._archive = open_archive(regular_archive(data))
        except Unreadable as fault:
            raise in_words_for_papers(fault) from None
        # As Word does, names are found whatever their letter case and slashes.
        self._members = {_plain(name): name for name in self._archive.namelist() if not name.endswith("/")}
        self.main = self._main_part()
        self._check_parts()

    def names(self, beginning: str) -> list[str]:
        """The names of the parts that begin so, in the order of the alphabet."""
        return sorted(name for name in self._members if name.startswith(beginning))

    def part(self, name: str) -> etree._Element | None:
        """The root of a part, None if the file has none of this name."""
        member = self._members.get(_plain(name))
        if member is None:
            return None
        with self._archive.open(member) as stream:
            data = stream.read(MAX_PART_BYTES + 1)
        if len(data) > MAX_PART_BYTES:
            raise Unreadable("too_large", "文件展开后过大", "请只保留要公布的内容，分成几个文件")
        return parse(data)

    def beside(self, name: str) -> etree._Element | None:
        """The part of this name in the folder of the document itself."""
        return self.part(posixpath.join(posixpath.dirname(self.main), name))

    def beside_names(self, beginning: str) -> list[str]:
        return self.names(posixpath.join(posixpath.dirname(self.main), beginning))

    def _check_parts(self) -> None:
        """Words of parts that the document names and the file lacks would be lost without a word."""
        folder, name = posixpath.split(self.main)
        root = self.part(posixpath.join(folder, "_rels", f"{name}.rels"))
        for each in root if root is not None else ():
            kind = each.get("Type", "").rpartition("/")[2]
            target = _plain(posixpath.join("/", folder, each.get("Target", "")))
            if kind in _WITH_WORDS and each.get("TargetMode") != "External" and target not in self._members:
                raise damaged()

    def _main_part(self) -> str:
        root = self.part(_RELATIONSHIPS)
        targets = (
            [_plain(each.get("Target", "")) for each in root if each.get("Type", "").endswith(_MAIN_PART)]
            if root is not None
            else []
        )
        for name in (*targets, "word/document.xml"):
            if name in self._members:
                return name
        raise damaged()


def parse(data: bytes) -> etree._Element:
    """The root of one part: no entity, no document type, nothing fetched. Raises `Unreadable`."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        # Blanks before the declaration are no damage to any word processor.
        root = etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise damaged() from None
    if root.getroottree().docinfo.doctype:
        raise damaged("文件中含有不应出现的文档类型声明")
    return root


def damaged(what: str = "文件不完整或已损坏，无法打开") -> Unreadable:
    return Unreadable("damaged", what, _MEND)


def in_words_for_papers(fault: Unreadable) -> Unreadable:
    """The same fault, with what to do about a paper instead of a workbook."""
    if fault.kind == "encrypted":
        return Unreadable(fault.kind, fault.message, "请在 Word 或 WPS 中取消密码后重新保存")
    return Unreadable(fault.kind, fault.message, _MEND)


@lru_cache(maxsize=4_096)
def name_of(tag: str) -> str:
    """`w:p` for the element or attribute of that name in either of the namespaces of WordprocessingML."""
    space, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    prefix = _PREFIXES.get(space, "" if not space else "?")
    return f"{prefix}:{local}" if prefix else local


def value_of(element: etree._Element | None, name: str = "w:val") -> str | None:
    """An attribute by its plain name, whichever the namespace; None without it."""
    if element is None:
        return None
    return next((str(value) for key, value in element.items() if name_of(str(key)) == name), None)


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first child of this name, and so on down the path."""
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if name_of(str(each.tag)) == name), None)
    return element


def is_on(element: etree._Element | None) -> bool:
    """Whether a toggle property (ST_OnOff) is there and on."""
    return element is not None and value_of(element) not in ("0", "false", "off")


def _plain(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/").lstrip("/")).lower()
