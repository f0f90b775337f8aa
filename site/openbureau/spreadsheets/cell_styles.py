"""Read what the style of a cell says: struck out, in red letters, on red or yellow ground (.xlsx).

Only such cells are looked for: a workbook that has no such style costs the reading of its styles.
"""

import re
import zipfile
from collections.abc import Mapping

from openbureau.spreadsheets.packages.opc import Package
from openbureau.spreadsheets.references import cell_place
from openbureau.spreadsheets.sheet_notes import CellMarks, Marks
from openbureau.spreadsheets.zip_archive import Attributes, stream_xml

NO_MARKS: Marks = frozenset()
STRUCK_OUT = 0x0008

_TAG = re.compile(r"<(?:[\w.-]+:)?(row|c)\b([^>]*)>(?:\s*<(?:[\w.-]+:)?v>\s*(\d+)\s*<)?")
_ATTRIBUTE = re.compile(r"""\b(r|s|t)\s*=\s*["']([^"']*)["']""")
INDEXED: Mapping[str, str] = {"2": "FF0000", "10": "FF0000", "5": "FFFF00", "13": "FFFF00"}
"""The colours of the palette that matter here, ISO/IEC 29500-1, 18.8.27."""


def mark_of_colour(colour: str, *, is_ground: bool = False) -> Marks:
    """The mark of a colour, RRGGBB; letters are never marked by being yellow."""
    if not re.fullmatch("[0-9A-Fa-f]{6}", colour):
        return NO_MARKS
    red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
    if red >= 0xB0 and green <= 0x50 and blue <= 0x50:
        return frozenset({"red"})
    is_yellow = red >= 0xE0 and green >= 0xC0 and blue <= 0x99
    return frozenset({"yellow"}) if is_ground and is_yellow else NO_MARKS


def font_marks(flags: int, colour: str) -> Marks:
    """The marks of a font in a binary file ([MS-XLS] 2.4.122, [MS-XLSB] 2.4.150), its colour as RRGGBB."""
    struck: Marks = frozenset({"struck"}) if flags & STRUCK_OUT else NO_MARKS
    return struck | mark_of_colour(colour)


class _StylesReader:
    """Follows `styles.xml`: the marks of every cell format by its number."""

    def __init__(self) -> None:
        self.fonts: list[Marks] = []
        self.fills: list[Marks] = []
        self.formats: list[Marks] = []
        self.inside = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name in ("fonts", "fills", "cellXfs", "cellStyleXfs", "dxfs", "borders"):
            self.inside = name
        elif name == "font" and self.inside == "fonts":
            self.fonts.append(NO_MARKS)
        elif name == "fill" and self.inside == "fills":
            self.fills.append(NO_MARKS)
        elif self.inside == "fonts" and self.fonts:
            self.fonts[-1] |= _mark_of(name, attributes)
        elif self.inside == "fills" and self.fills and name == "fgColor":
            self.fills[-1] |= mark_of_colour(_rgb(attributes), is_ground=True)
        elif self.inside == "cellXfs" and name == "xf":
            font, fill = _number(attributes.get("fontId")), _number(attributes.get("fillId"))
            self.formats.append(_item(self.fonts, font) | _item(self.fills, fill))


class _StringsReader:
    """Follows `sharedStrings.xml`: the marks that the whole of a text has, by its number."""

    def __init__(self) -> None:
        self.strings: list[Marks] = []
        self.marks: Marks | None = None
        self.run: Marks = NO_MARKS
        self.is_text = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self.marks, self.run = None, NO_MARKS
        elif name == "r":
            self.run = NO_MARKS
        elif name == "t":
            self.is_text = True
        elif name in ("strike", "color"):
            self.run |= _mark_of(name, attributes)

    def characters(self, text: str) -> None:
        if self.is_text and text.strip():
            self.marks = self.run if self.marks is None else self.marks & self.run

    def end(self, name: str) -> None:
        if name == "t":
            self.is_text = False
        elif name == "rPh":
            self.run = NO_MARKS
        elif name == "si":
            self.strings.append(self.marks or NO_MARKS)


class XlsxStyles:
    """The marked styles of an .xlsx file."""

    def __init__(self, package: Package) -> None:
        styles, strings = _StylesReader(), _StringsReader()
        archive = package.archive
        for relation in package.relationships(package.workbook()):
            if relation.kind == "styles" and relation.part in package:
                stream_xml(archive, relation.part, start=styles.start)
            elif relation.kind == "sharedStrings" and _may_be_marked(package, relation.part):
                start, end, characters = strings.start, strings.end, strings.characters
                stream_xml(archive, relation.part, start=start, end=end, text=characters)
        self._formats = {str(number): marks for number, marks in enumerate(styles.formats) if marks}
        self._strings = {str(number): marks for number, marks in enumerate(strings.strings) if marks}

    def marked_cells(self, archive: zipfile.ZipFile, member: str) -> CellMarks:
        """The marked cells of a worksheet, blank ones too."""
        if not (self._formats or self._strings):
            return {}
        cells: CellMarks = {}
        row = column = 0
        for match in _TAG.finditer(_text(archive.read(member))):
            attributes = dict(_ATTRIBUTE.findall(match[2]))
            reference = attributes.get("r", "")
            if match[1] == "row":
                row, column = _number(reference, row + 1), 0
                continue
            column += 1
            row, column = cell_place(reference or None, row, column)
            marks = self._formats.get(attributes.get("s", ""), NO_MARKS)
            if attributes.get("t") == "s":
                marks |= self._strings.get(match[3] or "", NO_MARKS)
            if marks:
                cells[row, column] = marks
        return cells


def _mark_of(name: str, attributes: Attributes) -> Marks:
    if name == "strike":
        return NO_MARKS if attributes.get("val") in ("0", "false") else frozenset({"struck"})
    return mark_of_colour(_rgb(attributes)) if name == "color" else NO_MARKS


def _rgb(attributes: Attributes) -> str:
    return INDEXED.get(attributes.get("indexed", ""), attributes.get("rgb", ""))[-6:]


def _number(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 8 else otherwise


def _item(marks: list[Marks], number: int) -> Marks:
    return marks[number] if number < len(marks) else NO_MARKS


def _may_be_marked(package: Package, part: str) -> bool:
    text = _text(package.archive.read(part)) if part in package else ""
    return "strike" in text or "color" in text


def _text(xml: bytes) -> str:
    return xml.decode("utf-16" if xml[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
