"""The notes on an .xlsb file: the records ([MS-XLSB]) in the parts of its package."""

import struct
from collections.abc import Iterator

from openbureau.spreadsheets.cell_styles import INDEXED, NO_MARKS, font_marks, mark_of_colour
from openbureau.spreadsheets.errors import damaged
from openbureau.spreadsheets.number_formats import BUILT_IN, Shown, number_format
from openbureau.spreadsheets.packages.opc import Package
from openbureau.spreadsheets.sheet_notes import Marks, SheetNotes
from openbureau.spreadsheets.xls import ERRORS

ROW_HEADER, COLUMN_INFO, MERGE_CELL, DRAWING = 0, 60, 176, 550
ERROR, FORMULA_ERROR = 3, 11
CELLS = {2, ERROR, 4, 5, 6, 7, 8, 9, 10, FORMULA_ERROR, 62}
"""BrtCellRk to BrtFmlaError, and BrtCellRString: one cell each, its column first."""
WORKBOOK_PROPERTIES, SHEET, COMMENT_TEXT = 153, 156, 637
FONT, NUMBER_FORMAT, FILL, CELL_FORMAT, CELL_FORMATS, CELL_FORMATS_END = 43, 44, 45, 47, 617, 618
INDEXED_COLOUR = 1
HIDDEN_ROW = 0x10

Style = tuple[Shown | None, Marks]
"""What a format of cells shows of numbers, and its marks."""


def xlsb_notes(package: Package) -> dict[str, SheetNotes]:
    """The notes on every worksheet by its name. Raises `Unreadable` for a broken file."""
    try:
        return _workbook(package)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError):
        raise damaged() from None


def _workbook(package: Package) -> dict[str, SheetNotes]:
    workbook = package.workbook()
    parts = {
        relation.id: relation.part
        for relation in package.relationships(workbook)
        if relation.kind == "worksheet" and relation.part in package
    }
    styles = _styles(package, workbook)
    sheets: dict[str, SheetNotes] = {}
    from_1904 = False
    for record, body in _records(package.archive.read(workbook)):
        if record == WORKBOOK_PROPERTIES:
            from_1904 = bool(body[0] & 1)
        elif record == SHEET:
            relation, at = _text(body, 8)
            name, _ = _text(body, at)
            if relation in parts:
                sheets[name] = _sheet(package, parts[relation], styles)
                sheets[name].hidden = bool(body[0])
                sheets[name].from_1904 = from_1904
    return sheets


def _styles(package: Package, workbook: str) -> list[Style]:
    """The formats of cells by their numbers."""
    codes = dict(BUILT_IN)
    fonts: list[Marks] = []
    fills: list[Marks] = []
    styles: list[Style] = []
    is_of_cells = False
    for relation in package.relationships(workbook):
        if relation.kind != "styles" or relation.part not in package:
            continue
        for record, body in _records(package.archive.read(relation.part)):
            if record == NUMBER_FORMAT:
                codes[struct.unpack_from("<H", body)[0]] = _text(body, 2)[0]
            elif record == FONT:
                fonts.append(font_marks(struct.unpack_from("<H", body, 2)[0], _colour(body, 12)))
            elif record == FILL:
                fills.append(mark_of_colour(_colour(body, 4), is_ground=True) if body[0] else NO_MARKS)
            elif record in (CELL_FORMATS, CELL_FORMATS_END):
                is_of_cells = record == CELL_FORMATS
            elif record == CELL_FORMAT and is_of_cells:
                code, font, fill = struct.unpack_from("<3H", body, 2)
                styles.append((number_format(codes.get(code, "")), _item(fonts, font) | _item(fills, fill)))
    return styles


def _colour(body: bytes, at: int) -> str:
    """A colour (2.5.15) as RRGGBB; one of the theme has its value, too."""
    if body[at] >> 1 == INDEXED_COLOUR:
        return INDEXED.get(str(body[at + 1]), "")
    return body[at + 4 : at + 7].hex()


def _item(marks: list[Marks], number: int) -> Marks:
    return marks[number] if number < len(marks) else NO_MARKS


def _sheet(package: Package, part: str, styles: list[Style]) -> SheetNotes:
    notes = SheetNotes()
    row = 0
    for record, body in _records(package.archive.read(part)):
        if record == ROW_HEADER:
            row = struct.unpack_from("<I", body)[0] + 1
            if body[11] & HIDDEN_ROW:
                notes.hidden_rows.add(row)
        elif record in CELLS:
            column = struct.unpack_from("<I", body)[0] + 1
            notes.use(row, column)
            style = int.from_bytes(body[4:7], "little")
            shown, marks = styles[style] if style < len(styles) else (None, NO_MARKS)
            if shown:
                notes.shown[row, column] = shown
            if marks:
                notes.marks[row, column] = marks
            if record in (ERROR, FORMULA_ERROR):
                notes.errors[row, column] = ERRORS.get(body[8], "#ERR!")
        elif record == COLUMN_INFO:
            first, last, flags = *struct.unpack_from("<2I", body), struct.unpack_from("<H", body, 16)[0]
            if flags & 1:
                notes.hidden_columns.update(range(first + 1, min(last, 16_383) + 2))
        elif record == MERGE_CELL:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            notes.merge()
            notes.merges.append((top + 1, left + 1, bottom + 1, right + 1))
        elif record == DRAWING:
            notes.has_pictures = True
    for relation in package.relationships(part):
        if relation.kind == "comments" and relation.part in package:
            comments = _records(package.archive.read(relation.part))
            notes.remarks += [_text(body, 1)[0] for record, body in comments if record == COMMENT_TEXT]
    return notes


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each record's number and body (2.1.4). A record cut off means that the file was."""
    at = 0
    while at < len(data):
        number, at = _variable(data, at, 2)
        length, at = _variable(data, at, 4)
        if at + length > len(data):
            raise damaged()
        yield number, data[at : at + length]
        at += length


def _variable(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of at most so many bytes, seven bits in each, and where the next begins."""
    value = 0
    for index in range(most):
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    return value, at + most


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A text that its length goes before, and where the next begins."""
    end = at + 4 + 2 * struct.unpack_from("<I", body, at)[0]
    return body[at + 4 : end].decode("utf-16-le"), end
