"""A workbook given back as .xlsx, with marks in its cells and without personal data."""

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import openpyxl
from openpyxl.cell import Cell as XlsxCell
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from openbureau.chinese.personal_data import PersonalData, looks_harmless, personal_data
from openbureau.formats.xml_text import xml_text
from openbureau.spreadsheets.errors import Unreadable
from openbureau.spreadsheets.packages.canonical_xlsx import WORKBOOK
from openbureau.spreadsheets.workbook import Cell, Sheet, Workbook
from openbureau.spreadsheets.zip_archive import Attributes, stream_xml

MAX_STYLED_BYTES = 8 * 2**20
"""The largest workbook, inflated, that is given back with its looks: a cell takes a kilobyte then.

A city's list has 1 MB. Of larger ones the values are given back, in bounded memory.
"""
HIDDEN_NAME = "名称已隐去"
"""The name of a sheet whose own name is personal data."""
AUTHOR = "导入检查"
COMMENT_REMOVED = "原批注含有个人信息，已删除"
FORMULA_REMOVED = "原公式含有个人信息，已删除"

_NOT_IN_NAMES = re.compile(r"[\\*?:/\[\]]")

MAX_NAME_CHARACTERS = 28
"""Three less than Excel allows: numbers are added to names that come twice."""

CellPosition = tuple[str | None, int, int]
"""Sheet (None for CSV), row and column of a cell; both count from 1."""


@dataclass(frozen=True)
class Mark:
    """What is put into a cell: a fill, as RRGGBB, and a comment, which may be empty."""

    colour: str
    comment: str


@dataclass(frozen=True)
class AnnotatedCopy:
    """The copy, not saved yet, and the name that each sheet of the original has in it."""

    book: openpyxl.Workbook
    titles: dict[str | None, str] = field(default_factory=dict)


def merge_origins(workbook: Workbook) -> dict[CellPosition, CellPosition]:
    """The top left cell of each cell that has its value from a merged range."""
    return {
        (sheet.name, cell.row, cell.column): (sheet.name, *cell.origin)
        for sheet, cell in _cells(workbook)
        if cell.origin
    }


def personal_cells(workbook: Workbook) -> dict[CellPosition, tuple[PersonalData, ...]]:
    """The cells that hold personal data, in hidden sheets and columns too, and which kinds."""
    return {
        (sheet.name, cell.row, cell.column): kinds
        for sheet in workbook.sheets
        for row in sheet.rows
        if not looks_harmless(*[cell.text for cell in row])
        for cell in row
        if cell.origin is None and (kinds := personal_data(cell.text))
    }


def _cells(workbook: Workbook) -> Iterator[tuple[Sheet, Cell]]:
    return ((sheet, cell) for sheet in workbook.sheets for row in sheet.rows for cell in row)


def styled_copy(
    path: Path, marks: Mapping[CellPosition, Mark], emptied: Collection[CellPosition]
) -> AnnotatedCopy | None:
    """The workbook as it looks, with formulas and hidden parts; without charts, pictures and links to files.

    None if the file is no .xlsx, too large, or of a make that openpyxl does not understand.
    """
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            if WORKBOOK not in archive.namelist():
                return None
            if sum(member.file_size for member in archive.infolist()) > MAX_STYLED_BYTES:
                return None
            with warnings.catch_warnings(action="ignore"):
                book = openpyxl.load_workbook(stream, keep_links=False)
    except Exception:  # openpyxl names no exceptions: each part of the format raises its own
        return None
    book.properties = DocumentProperties(creator="")
    for chart in book.chartsheets:
        book.remove(chart)
    titles: dict[str | None, str] = {}
    for sheet in book.worksheets:
        name = sheet.title
        for (marked, row, column), mark in marks.items():
            if marked == name:
                _mark(sheet.cell(row, column), mark)
        for emptied_sheet, row, column in emptied:
            if emptied_sheet == name:
                _empty(sheet.cell(row, column))
        _strip(sheet)
        if personal_data(name):
            sheet.title = HIDDEN_NAME
        titles[name] = sheet.title
    return AnnotatedCopy(book, titles)


def _strip(sheet: Worksheet) -> None:
    """Take out what cannot be looked through, and comments, formulas and links with personal data."""
    for parts in ("_charts", "_images", "_pivots"):  # openpyxl has no public way to take them out
        setattr(sheet, parts, [])
    sheet.sheet_view.tabSelected = False
    # Nor a public way to the cells that there are: its rows make all between, a million below a stray one.
    cells: dict[tuple[int, int], XlsxCell] = vars(sheet)["_cells"]
    for cell in cells.values():
        if cell.comment and cell.comment.author != AUTHOR and personal_data(cell.comment.text):
            cell.comment = Comment(COMMENT_REMOVED, AUTHOR)
        if cell.data_type == "f" and personal_data(str(getattr(cell.value, "text", cell.value))):
            cell.value = None
            cell.comment = Comment(FORMULA_REMOVED, AUTHOR)
        link = cell.hyperlink
        if link and personal_data(f"{link.target}|{link.location}|{link.tooltip}|{link.display}"):
            cell.hyperlink = None


def _empty(cell: XlsxCell | MergedCell) -> None:
    """Under a merged cell openpyxl has dropped the value already."""
    if isinstance(cell, XlsxCell):
        cell.value = None


@cache
def solid(colour: str) -> PatternFill:
    """A fill of one colour, as RRGGBB."""
    return PatternFill("solid", fgColor=colour)


def _mark(cell: XlsxCell | MergedCell, mark: Mark) -> None:
    cell.fill = solid(mark.colour)
    if not mark.comment or isinstance(cell, MergedCell):
        return
    earlier = cell.comment.text if cell.comment else ""
    earlier_note = COMMENT_REMOVED if personal_data(earlier) else f"原批注：{earlier}"
    text = xml_text(f"{mark.comment}\n{earlier_note}" if earlier else mark.comment)
    cell.comment = Comment(text, AUTHOR, height=60 + 20 * text.count("\n") + len(text) // 2, width=320)


def empty_copy() -> AnnotatedCopy:
    """A copy of which nothing is written yet."""
    book = openpyxl.Workbook(write_only=True)
    book.properties = DocumentProperties(creator="")
    return AnnotatedCopy(book)


def plain_copy(
    workbook: Workbook, marks: Mapping[CellPosition, Mark], emptied: Collection[CellPosition]
) -> AnnotatedCopy:
    """The values alone, sheet by sheet, with merged ranges and hidden parts; for any format and size."""
    copy = empty_copy()
    marked: dict[tuple[str | None, int], dict[int, Mark]] = {}
    for (name, row, column), mark in marks.items():
        marked.setdefault((name, row), {})[column] = mark
    for number, source in enumerate(workbook.sheets, start=1):
        sheet = copy.book.create_sheet(_title(source.name, number))
        copy.titles[source.name] = sheet.title
        sheet.sheet_state = "hidden" if source.hidden else "visible"
        for column in source.hidden_columns:
            sheet.column_dimensions[get_column_letter(column)].hidden = True
        for row in source.hidden_rows:
            sheet.row_dimensions[row].hidden = True
        for top, left, bottom, right in source.merged_areas():
            sheet.merged_cells.add(f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}")
        last_row = max([len(source.rows), *(row for name, row in marked if name == source.name)])
        for row in range(1, last_row + 1):
            own = (
                [cell for cell in source.rows[row - 1] if not cell.origin] if row <= len(source.rows) else []
            )
            cells = {cell.column: cell for cell in own if (source.name, row, cell.column) not in emptied}
            here = marked.get((source.name, row), {})
            columns = range(1, max([*cells, *here], default=0) + 1)
            sheet.append([_written(sheet, row, at, cells.get(at), here.get(at)) for at in columns])
    return copy


def _title(name: str | None, number: int) -> str:
    if name and personal_data(name):
        return HIDDEN_NAME
    return _NOT_IN_NAMES.sub("_", xml_text(name or "名单"))[:MAX_NAME_CHARACTERS].strip("'") or f"表{number}"


def _written(sheet: Worksheet, row: int, column: int, cell: Cell | None, mark: Mark | None) -> object:
    """What is written into a cell of the copy; of a failed formula what it showed (#REF!)."""
    value = cell.value if cell else None
    if cell and cell.error.startswith("#"):
        value = cell.error
    if isinstance(value, str):
        value = xml_text(value)
        if mark or value.startswith("="):
            return _marked(text_cell(sheet, row, column, value), mark)
    return _marked(XlsxCell(sheet, row, column, value), mark) if mark else value


def text_cell(sheet: Worksheet, row: int, column: int, text: str) -> XlsxCell:
    """A cell with the text as it stands: what begins with = must not become a formula."""
    cell = XlsxCell(sheet, row, column, xml_text(text))
    cell.data_type = "s"
    return cell


def _marked(cell: XlsxCell, mark: Mark | None) -> XlsxCell:
    if mark:
        _mark(cell, mark)
    return cell


def file_bytes(copy: AnnotatedCopy) -> bytes:
    """The copy as a file."""
    stream = io.BytesIO()
    copy.book.save(stream)
    return stream.getvalue()


def holds_personal_data(data: bytes) -> bool:
    """Whether any text or attribute anywhere in an .xlsx file is personal data, or cannot be read."""
    is_found = False

    def start(_: str, attributes: Attributes) -> None:
        nonlocal is_found
        is_found = is_found or any(map(personal_data, attributes.values()))

    def text(characters: str) -> None:
        nonlocal is_found
        is_found = is_found or bool(personal_data(characters))

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            try:
                stream_xml(archive, member, start=start, text=text)
            except Unreadable:
                return True
    return is_found
