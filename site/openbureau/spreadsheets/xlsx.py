"""The notes on an .xlsx file (ISO/IEC 29500-1, SpreadsheetML), read from its XML."""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace

from openbureau.spreadsheets.cell_styles import XlsxStyles
from openbureau.spreadsheets.errors import Unreadable
from openbureau.spreadsheets.number_formats import BUILT_IN, Shown, number_format
from openbureau.spreadsheets.packages.opc import Package
from openbureau.spreadsheets.references import cell_place
from openbureau.spreadsheets.sheet_notes import SheetNotes
from openbureau.spreadsheets.zip_archive import Attributes, local, stream_xml

NO_RESULT = "公式无结果"
TEXT_MEMBERS = re.compile(r"(.*/)?(comments|threadedComments|drawings?)\d*(/.*)?\.(xml|vml)", re.IGNORECASE)
LINES_OF_TEXT = {"comment", "threadedComment", "p", "div"}
CACHE_MEMBERS = re.compile(r"(.*/)?(pivotCache|externalLinks)/.*\.xml", re.IGNORECASE)
"""Copies of cells of this file or another."""
CELL_END = re.compile(rb"</(?:[\w.-]+:)?c\s*>")
LINK_MEMBERS = re.compile(r".*sheet[^/]*\.xml\.rels", re.IGNORECASE)


def _plain_cells(styles: tuple[str, ...]) -> re.Pattern[bytes]:
    """Neighbouring cells with a value and nothing to note: no formula, no error, none of the styles."""
    style = rf' s="(?!(?:{"|".join(styles)})")[0-9]+"' if styles else ' s="[0-9]+"'
    # Not possessive (`)++`): CPython 3.11.2, which Debian 12 has, then loses the group, and the sheet falls
    # apart.
    return re.compile(
        rf'(?:(<c r="[A-Z]{{1,3}}[0-9]{{1,7}}"(?:{style})?(?: t="(?:s|n|str|inlineStr|b|d)")?>'
        r'(?:<v>[^<]*</v>|<is><t(?: xml:space="preserve")?>[^<]*</t></is>)</c>)\s*)+'.encode()
    )


def xlsx_notes(package: Package) -> tuple[dict[str, SheetNotes], dict[str, str]]:
    """The notes on every worksheet by its name, and the part that each is.

    Text of the whole file is kept under the first.
    """
    parts, from_1904 = _sheet_parts(package)
    formats = _number_formats(package)
    styles = XlsxStyles(package)
    notes = {
        name: replace(
            _sheet_notes(package.archive, part, formats),
            from_1904=from_1904,
            marks=styles.marked_cells(package.archive, part),
        )
        for name, part in parts.items()
    }
    members = sorted(package.archive.namelist())
    for first in [*notes.values()][:1]:
        for member in members:
            # What is broken beside the cells costs the file's being handed out, and not its rows.
            try:
                first.remarks.extend(_loose_text(package.archive, member))
            except Unreadable:
                first.has_unread_parts = True
    return notes, parts


def _sheet_parts(package: Package) -> tuple[dict[str, str], bool]:
    """The part of every worksheet by its name, and whether the workbook counts days from 1904."""
    workbook = package.workbook()
    parts = {
        relation.id: relation.part
        for relation in package.relationships(workbook)
        if relation.kind == "worksheet" and relation.part in package
    }
    sheets: dict[str, str] = {}
    from_1904 = False

    def sheet(name: str, attributes: Attributes) -> None:
        nonlocal from_1904
        part = parts.get(local(attributes, "id") or "")
        if name == "workbookPr":
            from_1904 = attributes.get("date1904") in ("1", "true", "on")
        elif name == "sheet" and part:
            sheets[attributes.get("name", "")] = part

    stream_xml(package.archive, workbook, start=sheet)
    return sheets, from_1904


def _number_formats(package: Package) -> dict[str, Shown]:
    """What is seen of numbers, by the index of the style of their cell, as sheets write it."""
    codes = dict(BUILT_IN)
    formats: list[int] = []
    is_inside = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_inside
        if name == "numFmt":
            codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            is_inside = True
        elif name == "xf" and is_inside:
            formats.append(_whole(attributes.get("numFmtId")))

    def end(name: str) -> None:
        nonlocal is_inside
        if name == "cellXfs":
            is_inside = False

    for relation in package.relationships(package.workbook()):
        if relation.kind == "styles" and relation.part in package:
            stream_xml(package.archive, relation.part, start=start, end=end)
    shown = {str(index): number_format(codes.get(number, "")) for index, number in enumerate(formats)}
    return {index: show for index, show in shown.items() if show is not None}


class _SheetReader:
    """Follows one worksheet's XML and keeps its notes."""

    def __init__(self, formats: Mapping[str, Shown]) -> None:
        self.notes = SheetNotes()
        self.formats = formats
        self.row = 0
        self.column = 0
        self.kind = ""
        self.inside = ""
        self.text: list[str] = []

    def thin(self, xml: bytes) -> bytes:
        """The sheet with only the last of neighbouring plain cells, which tells how far they reach.

        Plain cells are nearly all of a large sheet, and parsing them one by one nearly all of its time.
        """
        return _plain_cells(tuple(self.formats)).sub(rb"\1", self.counted(xml))

    def counted(self, xml: bytes) -> bytes:
        """The sheet as it is, its cells counted."""
        self.notes.count(sum(1 for _ in CELL_END.finditer(xml)))
        return xml

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._place(attributes.get("r"))
            self.kind = attributes.get("t", "")
            if shown := self.formats.get(attributes.get("s", "")):
                self.notes.shown[self.row, self.column] = shown
        elif name == "v":
            self.notes.reach(self.row, self.column)
            if self.kind == "e" or (self.row, self.column) in self.notes.errors:
                self._listen(name)
        elif name == "is":
            self.notes.reach(self.row, self.column)
        elif name == "row":
            self.row = _whole(attributes.get("r")) or self.row + 1
            self.column = 0
            if attributes.get("hidden") in ("1", "true"):
                self.notes.hidden_rows.add(self.row)
        elif name == "f":
            self.notes.reach(self.row, self.column)
            self.notes.errors[self.row, self.column] = NO_RESULT
            self._listen(name)
        elif name == "mergeCell":
            self.notes.merge()
        elif name in ("drawing", "picture"):
            self.notes.has_pictures = True
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = _whole(attributes.get("min")), _whole(attributes.get("max"))
            self.notes.hidden_columns.update(range(max(first, 1), min(last, 16_384) + 1))

    def _place(self, reference: str | None) -> None:
        self.row, self.column = cell_place(reference, self.row, self.column + 1)

    def _listen(self, name: str) -> None:
        self.inside = name
        self.text.clear()

    def characters(self, text: str) -> None:
        if self.inside:
            self.text.append(text)

    def end(self, name: str) -> None:
        if name != self.inside:
            return
        self.inside = ""
        text = "".join(self.text)
        if name == "f":
            if text:
                self.notes.remarks.append(text)
        elif self.kind == "e":
            self.notes.errors[self.row, self.column] = text or NO_RESULT
        elif text:
            del self.notes.errors[self.row, self.column]


def _sheet_notes(archive: zipfile.ZipFile, member: str, formats: Mapping[str, Shown]) -> SheetNotes:
    """Of a sheet with cells far away every column is noted, which takes the time that thinning saves."""
    for is_thinned in (True, False):
        reader = _SheetReader(formats)
        thin = reader.thin if is_thinned else reader.counted
        stream_xml(archive, member, start=reader.start, end=reader.end, text=reader.characters, thin=thin)
        if not reader.notes.is_sparse:
            break
    return reader.notes


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 8 else 0


def _loose_text(archive: zipfile.ZipFile, member: str) -> list[str]:
    """The text of a member that is no sheet, one line for each comment, shape, cached value or link."""
    pieces: list[str] = []

    def attribute(_: str, attributes: Attributes) -> None:
        pieces.append("\n" + attributes.get("Target", attributes.get("v", "")))

    def line_break(name: str) -> None:
        if name in LINES_OF_TEXT:
            pieces.append("\n")

    if LINK_MEMBERS.fullmatch(member):
        stream_xml(archive, member, start=attribute)
    elif CACHE_MEMBERS.fullmatch(member):
        stream_xml(archive, member, start=attribute, text=pieces.append)
    elif TEXT_MEMBERS.fullmatch(member):
        stream_xml(archive, member, end=line_break, text=pieces.append)
    return [line for line in "".join(pieces).splitlines() if line.strip()]
