"""Spreadsheets as plain sheets of cells, whatever their format: .xlsx, .xls, .ods and .csv.

The format is told by what the file holds, not by its name. Knows nothing of what the sheets are about.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from openbureau.chinese.folding import without_gaps
from openbureau.formats.csv_table import unescaped
from openbureau.spreadsheets.csv_text import csv_rows
from openbureau.spreadsheets.errors import (
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_CSV_BYTES,
    MAX_FILE_BYTES,
    MAX_ROWS,
    Unreadable,
    damaged,
    too_large,
)
from openbureau.spreadsheets.file_kinds import FileKind, file_kind, holds_macros
from openbureau.spreadsheets.ods import CONTENT, ods_notes
from openbureau.spreadsheets.packages.canonical_xlsx import canonical_xlsx
from openbureau.spreadsheets.packages.near_cells import Used, with_near_tables
from openbureau.spreadsheets.packages.opc import Package
from openbureau.spreadsheets.passwords.default_password import without_default_password
from openbureau.spreadsheets.references import column_letters
from openbureau.spreadsheets.refusals import refusal
from openbureau.spreadsheets.sheet_notes import CellMarks, Range, SheetNotes, check_extent
from openbureau.spreadsheets.values import SheetValues, Value, reading_values
from openbureau.spreadsheets.xls import xls_notes
from openbureau.spreadsheets.xlsb import xlsb_notes
from openbureau.spreadsheets.xlsx import xlsx_notes
from openbureau.spreadsheets.zip_archive import regular_archive

__all__ = [
    "KINDS",
    "OPEN_SUFFIXES",
    "SUFFIXES",
    "Cell",
    "Sheet",
    "Unreadable",
    "Value",
    "Workbook",
    "column_letters",
    "open_workbook",
]

SUFFIXES = (".xlsx", ".xls", ".ods", ".csv", ".xlsm", ".xlsb", ".xltx", ".et")
"""How the names of the files end that are read."""
KINDS: frozenset[FileKind] = frozenset({"xlsx", "xls", "xlsb", "ods", "csv"})
"""The kinds of files that are read here."""
OPEN_SUFFIXES = (".csv", ".xlsx")
"""Those of files that carry no programs and open on any phone."""

PROTECTED = "原始文件由表格软件加密保护，不对外提供"
MACROS = "原始文件含有宏，不对外提供"
UNCHECKED = "原始文件有无法核对的部分，不对外提供"
"""Why a workbook is withheld: a file under the default password cannot be looked through for what must not go
out, programs are nobody's list, and of a part that cannot be read nobody knows what it says."""
FAR_ROWS = 10_000
"""After so many blank rows a cell was hardly meant."""
MAX_CSV_COLUMNS = 1_000
ALL_COLUMNS = range(1, MAX_COLUMNS + 1)
EVERYTHING = Used(range(1, MAX_ROWS + 1), ALL_COLUMNS)


class Cell(NamedTuple):
    """One cell with something in it. `row` and `column` count from 1.

    `error` is what a failed formula shows (`#REF!`). `origin` is the top left cell of the merged range
    this cell's value was filled from, None for a cell of its own. The value is kept out of the repr.
    A large workbook has hundreds of thousands of cells: a tuple is made in a third of the time.
    """

    row: int
    column: int
    value: Value
    error: str = ""
    origin: tuple[int, int] | None = None

    def __repr__(self) -> str:
        return f"Cell({self.letter}{self.row})"

    @property
    def letter(self) -> str:
        return column_letters(self.column)

    @property
    def text(self) -> str:
        """The value as text; days as ISO days, whole numbers with the 15 digits a spreadsheet keeps."""
        value = self.value
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
            return str(int(Decimal(f"{value:.15g}")))
        return value.isoformat() if isinstance(value, (date, time)) else str(value)


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows[0]` is row 1; a row holds only its cells that are not blank, left to right.

    `name` is None for a CSV file. `remarks` is text of the file that stands in no cell (comments,
    formulas, link targets). `from_1904`: its serial numbers of days count from 1904. `has_pictures`: a
    picture or a drawing lies on it. `has_unread_parts`: comments or the like of the file could not be read.
    `marks` are the cells, by row and column, whose style says something.
    The rest is of tables on paper: `captions` are the title and the
    headings they stand under, the outermost first; `head` are the rows above those of a table that goes on
    without its head; `continuations` are rows that were cut off the one above and are part of it now.
    """

    name: str | None
    hidden: bool
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    hidden_columns: frozenset[int] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = field(default=(), repr=False)
    from_1904: bool = False
    has_pictures: bool = False
    has_unread_parts: bool = False
    marks: CellMarks = field(default_factory=dict, repr=False)
    captions: tuple[str, ...] = field(default=(), repr=False)
    head: tuple[tuple[Cell, ...], ...] = field(default=(), repr=False)
    continuations: frozenset[int] = frozenset()

    def merged_areas(self) -> Iterator[tuple[int, int, int, int]]:
        """The merged ranges: top, left, bottom, right; from the cells that are filled from their first."""
        last: dict[tuple[int, int], tuple[int, int]] = {}
        for cell in (cell for row in self.rows for cell in row):
            if cell.origin:
                row, column = last.get(cell.origin, cell.origin)
                last[cell.origin] = max(row, cell.row), max(column, cell.column)
        yield from ((*first, *end) for first, end in last.items())


@dataclass(frozen=True)
class ReadingNotice:
    """What a person should look at: how a file was read that is made otherwise than most."""

    sheet: str | None
    row: int | None
    message: str
    mend: str


@dataclass(frozen=True)
class Workbook:
    """The sheets of a file. `withheld` says why the file itself must not be handed out; empty: it may be."""

    file: str
    sheets: tuple[Sheet, ...]
    notices: tuple[ReadingNotice, ...] = ()
    withheld: str = ""


def open_workbook(path: Path) -> Workbook:
    """Read the whole file. Raises `Unreadable` for anything that is no workbook within the bounds."""
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise too_large(f"文件超过 {MAX_FILE_BYTES // 2**20} MB")
    withheld = ""
    try:
        sheets = _sheets(data, path.name)
    except Unreadable as fault:
        if fault.kind != "encrypted":
            raise
        data, withheld = without_default_password(data), PROTECTED
        sheets = _sheets(data, path.name)
    notices = [notice for sheet in sheets for notice in _far_away(sheet)]
    if holds_macros(data):
        withheld = MACROS
        mend = "请另存为不含宏的 .xlsx 后替换"
        notices.append(ReadingNotice(None, None, "文件含有宏：只读取单元格，宏不采用，也不对外提供", mend))
    if any(sheet.has_unread_parts for sheet in sheets):
        withheld = UNCHECKED
        mend = "请用表格软件打开后另存为 .xlsx 替换"
        notices.append(ReadingNotice(None, None, "批注、文本框、链接等部分已损坏，未能核对", mend))
    return Workbook(path.name, sheets, tuple(notices), withheld)


def _far_away(sheet: Sheet) -> Iterator[ReadingNotice]:
    """Of rows with something in them after so many blank ones that they were hardly meant."""
    if len(sheet.rows) <= FAR_ROWS:
        return
    filled = [row for row, cells in enumerate(sheet.rows, start=1) if cells]
    for before, row in pairwise(filled):
        if row - before > FAR_ROWS:
            message = f"第 {row} 行的内容与上一处（第 {before} 行）相隔很远，仍按原样读取"
            yield ReadingNotice(sheet.name, row, message, "请核对，误输入的请删除")


def _sheets(data: bytes, name: str) -> tuple[Sheet, ...]:
    match file_kind(data, name):
        case "xlsx":
            return _read_xlsx(regular_archive(data))
        case "xlsb":
            return _read_xlsb(regular_archive(data))
        case "ods":
            return _read_ods(regular_archive(data))
        case "xls":
            return _read(data, lambda: xls_notes(data))
        case "csv":
            return (_read_csv(data),)
        case kind:
            raise refusal(kind)


def _read_xlsx(data: bytes) -> tuple[Sheet, ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        package = Package(archive)
        parts: dict[str, str] = {}

        def notes() -> Mapping[str, SheetNotes]:
            noted, parts_of_sheets = xlsx_notes(package)
            parts.update(parts_of_sheets)
            return noted

        def near(used: Mapping[str, Used]) -> bytes:
            return canonical_xlsx(data, package, {parts[name]: cells for name, cells in used.items()})

        return _read(canonical_xlsx(data, package, {}), notes, near)


def _read_xlsb(data: bytes) -> tuple[Sheet, ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _read(data, lambda: xlsb_notes(Package(archive)))


def _read_ods(data: bytes) -> tuple[Sheet, ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:

        def near(used: Mapping[str, Used]) -> bytes:
            copy = io.BytesIO()
            with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as near_archive:
                for name in archive.namelist():
                    content = archive.read(name)
                    near_archive.writestr(
                        name, with_near_tables(content, used) if name == CONTENT else content
                    )
            return copy.getvalue()

        return _read(data, lambda: ods_notes(archive), near)


def _read(
    data: bytes,
    read_notes: Callable[[], Mapping[str, SheetNotes]],
    near: Callable[[Mapping[str, Used]], bytes] | None = None,
) -> tuple[Sheet, ...]:
    """Notes and values are read side by side; notes beyond the bounds end the reading of the values.

    `near` gives a file of only the rows and columns used, written as plainly as can be: for sheets with cells
    far away, and for what the compiled reader does not understand.
    """
    with reading_values(data) as values:
        notes = read_notes()
        check_extent(notes.values())
        used = {
            name: Used(sorted(sheet.rows), sorted(sheet.columns))
            for name, sheet in notes.items()
            if sheet.is_sparse
        }
        if used and near is None:
            raise too_large("工作表中有内容的区域过大")
        try:
            sheets = [] if used else values()
        except Unreadable as fault:
            # Without a sheet there is nothing that could be written anew.
            if fault.kind != "damaged" or near is None or not notes:
                raise
            used = dict.fromkeys(notes, EVERYTHING)
    if used and near:
        with reading_values(near(used)) as values:
            sheets = values()
    if any(sheet.name not in notes and any(map(any, sheet.rows)) for sheet in sheets):
        raise damaged("有工作表无法核对，文件不完整")
    return tuple(
        _sheet(sheet, notes[sheet.name], used.get(sheet.name)) for sheet in sheets if sheet.name in notes
    )


def _sheet(values: SheetValues, notes: SheetNotes, used: Used | None = None) -> Sheet:
    merges = values.merges or notes.merges
    if used is None:
        rows = [_cells(row, line) for row, line in enumerate(values.rows, start=1)]
    else:
        rows = [()] * notes.last_row
        for row, line in zip(used.rows, values.rows, strict=False):
            rows[row - 1] = _cells(row, line, used.columns)
        merges = [used.true_range(area) for area in values.merges] or notes.merges
    _complete(rows, merges, notes)
    return Sheet(
        name=values.name,
        hidden=notes.hidden or not values.visible,
        rows=tuple(rows),
        hidden_columns=frozenset(notes.hidden_columns),
        hidden_rows=frozenset(notes.hidden_rows),
        remarks=tuple(notes.remarks),
        from_1904=notes.from_1904,
        has_pictures=notes.has_pictures,
        has_unread_parts=notes.has_unread_parts,
        marks=notes.marks,
    )


def _cells(row: int, values: Sequence[Value], columns: Sequence[int] = ALL_COLUMNS) -> tuple[Cell, ...]:
    return tuple(
        [
            Cell(row, column, value)
            for column, value in zip(columns, values, strict=False)
            if value != "" and shows(value)
        ]
    )


def shows(value: Value) -> bool:
    """Whether a value shows anything. Raises `Unreadable` for a text no spreadsheet would keep."""
    if not isinstance(value, str):
        return value is not None
    if len(value) > MAX_CELL_CHARACTERS:
        raise too_large("有单元格的文字过长")
    # Nearly all texts begin with what is seen at once.
    return value[:1].isalnum() or bool(without_gaps(value))


def _complete(rows: list[tuple[Cell, ...]], ranges: list[Range], notes: SheetNotes) -> None:
    """Put in the failed formulas and what is seen of numbers; fill merged ranges from their top left cell."""
    opened: dict[int, dict[int, Cell]] = {}

    def cells(row: int) -> dict[int, Cell]:
        if row not in opened:
            rows.extend([()] * (row - len(rows)))
            opened[row] = {cell.column: cell for cell in rows[row - 1]}
        return opened[row]

    for (row, column), error in notes.errors.items():
        cells(row)[column] = Cell(row, column, None, error)
    for (row, column), shown in notes.shown.items():
        cell = cells(row).get(column) if row <= len(rows) else None
        if cell and isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
            cells(row)[column] = cell._replace(value=shown(cell.value))
    filled = 0
    last_row, last_column = notes.last_row, notes.last_column
    for top, left, bottom, right in ranges:
        first = cells(top).get(left) if top <= len(rows) else None
        if first is None or first.origin:
            continue
        for row in range(top, min(bottom, last_row) + 1):
            here = cells(row)
            for column in range(left, min(right, last_column) + 1):
                if column not in here:
                    filled += 1
                    here[column] = Cell(row, column, first.value, first.error, (top, left))
        if filled > MAX_CELLS:
            raise too_large("合并单元格的区域过大")
    for row, cells_of_row in opened.items():
        rows[row - 1] = tuple(cell for _, cell in sorted(cells_of_row.items()))


def _read_csv(data: bytes) -> Sheet:
    if len(data) > MAX_CSV_BYTES:
        raise too_large(f"CSV 文件超过 {MAX_CSV_BYTES // 2**20} MB")
    rows: list[tuple[Cell, ...]] = []
    cells = 0
    for row, values in enumerate(csv_rows(data), start=1):
        rows.append(_cells(row, [unescaped(text) for text in values]))
        cells += len(rows[-1])
        if cells > MAX_CELLS or len(values) > MAX_CSV_COLUMNS or row > MAX_ROWS:
            raise too_large("CSV 的行列或有内容的单元格过多")
    return Sheet(name=None, hidden=False, rows=tuple(rows))
