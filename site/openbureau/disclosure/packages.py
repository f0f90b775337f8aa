"""Texts of ZIP containers: office files with every part of theirs, and plain archives."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from openbureau.disclosure.markup import element_texts, local_name, parse, xml_texts
from openbureau.disclosure.texts import Budget, PlacedText, TooMuch, within
from openbureau.spreadsheets.workbook import column_letters

Inner = Callable[[bytes, str], Iterator[PlacedText]]
"""What gives the texts of a file inside, by its bytes and its name."""

_WORDS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"docprops/(core|app).*|meta\.xml", "文档属性"),
        (r"docprops/custom.*", "自定义文档属性"),
        (r"docprops/.*", "文档缩略图"),
        (r"customxml/.*", "自定义XML"),
        (r".*/(threaded)?comments.*|.*/persons/.*", "批注"),
        (r".*/charts?(ex)?/.*", "图表"),
        (r".*/(drawings?|diagrams?)/.*", "图形或文本框"),
        (r"xl/pivot.*", "数据透视表缓存"),
        (r"xl/externallinks/.*", "外部链接缓存"),
        (r"xl/tables/.*", "表格定义"),
        (r"xl/(connections|querytables).*", "数据连接"),
        (r"xl/workbook.*", "定义的名称或工作簿设置"),
        (r"word/document.*", "正文"),
        (r"word/header.*", "页眉"),
        (r"word/footer.*", "页脚"),
        (r"word/footnotes.*", "脚注"),
        (r"word/endnotes.*", "尾注"),
        (r"word/glossary/.*", "构建基块"),
        (r"word/(settings|websettings).*", "文档设置"),
        (r"ppt/notesslides/.*", "幻灯片备注"),
        (r"ppt/slides/.*", "幻灯片"),
        (r".*/embeddings/.*|object.*", "嵌入对象"),
        (r".*/media/.*|pictures/.*", "图片"),
        (r".*vba.*", "宏"),
        (r"content\.xml", "正文"),
        (r"styles\.xml", "页眉、页脚或样式"),
        (r".*\.rels", "链接"),
    )
)
"""What parts are called, the first pattern that fits their lower-case name."""
_SHEET_WORDS = {
    "headerFooter": "页眉页脚",
    "dataValidations": "数据有效性",
    "autoFilter": "筛选条件",
    "sortState": "筛选条件",
    "hyperlinks": "超链接",
    "conditionalFormatting": "条件格式",
    "scenarios": "方案",
    "extLst": "数据有效性、条件格式或其他扩展",
}
_PARAGRAPHS = "第{}段"
_NUMERIC = re.compile(r"-?\d+(?:\.\d*)?(?:[Ee]\+?\d{1,2})?")
ENCRYPTED = 0x1


class Locked(Exception):
    """A part cannot be looked through: it is under a password."""


def package_texts(data: bytes, inner: Inner, budget: Budget) -> Iterator[PlacedText]:
    """The texts of all parts, of the archive itself, and of the names of its parts.

    Raises Locked for a password and TooMuch beyond the budget.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield PlacedText("压缩包的注释", archive.comment.decode("utf-8", "replace"))
        parts = _Parts(archive, budget)
        for member in archive.infolist():
            yield PlacedText("压缩包内的文件名", member.filename)
        for name in parts.names:
            yield from _part_texts(parts, name, inner)


class _Parts:
    """The parts of a container by names that all programs agree on, and what ties those of a workbook."""

    def __init__(self, archive: zipfile.ZipFile, budget: Budget) -> None:
        self._archive, self._budget = archive, budget
        self._members = {
            member.filename.replace("\\", "/").lstrip("/").lower()
            + ("" if count == 0 else f"#{count}"): member
            for count, member in _counted(archive.infolist())
            if not member.is_dir()
        }
        self.names = tuple(self._members)
        self.workbook = _WorkbookParts(self)

    def read(self, name: str) -> bytes:
        """The bytes of a part; empty if there is none, as far as they can be unpacked if it is damaged."""
        member = self._members.get(name)
        if member is None:
            return b""
        if member.flag_bits & ENCRYPTED:
            raise Locked
        pieces: list[bytes] = []
        try:
            with self._archive.open(member) as stream:
                while piece := stream.read(2**16):
                    self._budget.use(len(piece), 0)
                    pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError):
            pass
        self._budget.use(0)
        return b"".join(pieces)


def _counted(members: list[zipfile.ZipInfo]) -> Iterator[tuple[int, zipfile.ZipInfo]]:
    """Members with how often their name came before: of two of one name programs show either."""
    counts: dict[str, int] = {}
    for member in members:
        count = counts[member.filename] = counts.get(member.filename, -1) + 1
        yield count, member


@dataclass
class _WorkbookParts:
    """Names of the sheets, owners of comments and drawings, shared strings; empty if it is no workbook."""

    parts: _Parts
    sheets: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    strings: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        names = {}
        root = parse(self.parts.read("xl/workbook.xml"))
        for element in () if root is None else root.iter("{*}sheet"):
            number = next((value for key, value in element.attrib.items() if local_name(key) == "id"), "")
            names[number] = element.get("name", "")
        for number, target in self._targets("xl/workbook.xml").items():
            if number in names:
                self.sheets[target] = names[number]
        for part, name in self.sheets.items():
            self.owners |= dict.fromkeys([_relations(part), *self._targets(part).values()], name)
        root = parse(self.parts.read("xl/sharedstrings.xml"))
        for element in () if root is None else root.iter("{*}si"):
            self.strings.append("".join(text.text or "" for text in element.iter("{*}t")))

    def _targets(self, part: str) -> Mapping[str, str]:
        folder = posixpath.dirname(part)
        root = parse(self.parts.read(_relations(part)))
        return {
            element.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))
            .lstrip("/")
            .lower()
            for element in (() if root is None else root.iter("{*}Relationship"))
        }


def _relations(part: str) -> str:
    """The part that says which others a part refers to."""
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def _part_texts(parts: _Parts, name: str, inner: Inner) -> Iterator[PlacedText]:
    """The texts of one part; one that is no XML is a file inside."""
    workbook = parts.workbook
    words = next((words for pattern, words in _WORDS if pattern.fullmatch(name)), name)
    place = f"{workbook.owners[name]} {words}" if name in workbook.owners else words
    data = parts.read(name)
    if not data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith((b"<", b"\0<")):
        yield from within(place, inner(data, name))
    elif name in workbook.sheets:
        yield from _sheet_texts(data, workbook.sheets[name], workbook)
    elif name == "xl/sharedstrings.xml":
        yield from _unused_strings(parts)
    elif name == "content.xml":
        yield from _document_texts(data)
    elif name.startswith("word/document"):
        root = parse(data)
        yield from xml_texts(data, place) if root is None else element_texts(root, place, counted=_PARAGRAPHS)
    else:
        yield from xml_texts(data, place)


def _unused_strings(parts: _Parts) -> Iterator[PlacedText]:
    """What stands in no cell any more; the sheets are read first, whatever their order in the archive."""
    workbook = parts.workbook
    for name, sheet in workbook.sheets.items():
        for _ in _sheet_texts(parts.read(name), sheet, workbook):
            pass
    for index, text in enumerate(workbook.strings):
        if index not in workbook.used:
            yield PlacedText("未使用的共享字符串", text)
    root = parse(parts.read("xl/sharedstrings.xml"))
    for element in () if root is None else root.iter("{*}rPh"):
        yield PlacedText("拼音注释", "".join(element.itertext()))


def _sheet_texts(data: bytes, sheet: str, workbook: _WorkbookParts) -> Iterator[PlacedText]:
    root = parse(data)
    if root is None:
        yield from xml_texts(data, sheet)
        return
    for part in root:
        if local_name(part.tag) != "sheetData":
            words = _SHEET_WORDS.get(local_name(part.tag), "工作表设置")
            yield from element_texts(part, f"{sheet} {words}")
            continue
        for number, row in enumerate(part, 1):
            for column, cell in enumerate(row, 1):
                reference = cell.get("r", "").upper() if isinstance(cell.tag, str) else ""
                place = f"{sheet}!{reference or f'{column_letters(column)}{number}'}"
                yield from _cell_texts(cell, place, workbook)


def _cell_texts(cell: Any, place: str, workbook: _WorkbookParts) -> Iterator[PlacedText]:
    kind = cell.get("t", "n")
    for child in cell:
        name = local_name(child.tag)
        if name == "v":
            text = child.text or ""
            if kind == "s" and text.isdecimal() and int(text) < len(workbook.strings):
                workbook.used.add(int(text))
                text = workbook.strings[int(text)]
            yield PlacedText(place, _plain_number(text) if kind == "n" else text)
        elif name == "f":
            yield PlacedText(f"{place} 公式", child.text or "")
        else:
            yield PlacedText(place, "".join(text.text or "" for text in child.iter("{*}t")))


def _plain_number(text: str) -> str:
    """A number without exponent and decimals that are zero: 1.3800138E10 is eleven digits."""
    try:
        value = Decimal(text) if _NUMERIC.fullmatch(text) else None
    except InvalidOperation:
        return text
    return text if value is None or value != value.to_integral_value() else str(int(value))


def _document_texts(data: bytes) -> Iterator[PlacedText]:
    """The texts of an OpenDocument body; those of tables by sheet and cell."""
    root = parse(data)
    if root is None:
        yield from xml_texts(data, "正文")
        return
    tables = [
        table for table in root.iter("{*}table") if not any(True for _ in table.iterancestors("{*}table"))
    ]
    for table in tables:
        sheet = next((value for key, value in table.attrib.items() if local_name(key) == "name"), "")
        yield PlacedText("工作表名称", sheet)
        row_number = 0
        for row in table.iter("{*}table-row"):
            row_number += 1
            column = 1
            for cell in row:
                yield from element_texts(cell, f"{sheet}!{column_letters(column)}{row_number}")
                yield from _values(cell, f"{sheet}!{column_letters(column)}{row_number}")
                column += _repeated(cell, "number-columns-repeated")
            row_number += _repeated(row, "number-rows-repeated") - 1
    for table in tables:
        for row in list(table.iter("{*}table-row")):
            row.getparent().remove(row)
    yield from element_texts(root, "正文")


def _values(cell: Any, place: str) -> Iterator[PlacedText]:
    if isinstance(cell.tag, str):
        yield from (PlacedText(place, value) for key, value in cell.attrib.items() if len(value) > 10)


def _repeated(element: Any, name: str) -> int:
    """How often a row or cell stands there (ODF 1.3, 19.675)."""
    if not isinstance(element.tag, str):
        return 0
    text = next((value for key, value in element.attrib.items() if local_name(key) == name), "1")
    return min(int(text), 2_000_000) if text.isdecimal() else 1


__all__ = ["Locked", "TooMuch", "package_texts"]
