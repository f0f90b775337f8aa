"""A workbook given back as .xlsx, with marks in its cells and without personal data."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.cell import Cell as XlsxCell
from openpyxl.cell import MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from openbureau.library.personal_data import PersonalData, personal_data
from openbureau.library.unreadable import Unreadable
from openbureau.library.workbook import Cell, Sheet, Workbook
from openbureau.library.workbook_archive import Attributes, stream_xml
from openbureau.library.workbook_xlsx import WORKBOOK

MAX_STYLED_BYTES = 8 * 2**20
"""The largest workbook, inflated, that is given back with its looks: a cell takes a kilobyte then.

A city's list has 1 MB. Of larger ones the values are given back, in bounded memory.
"""
HIDDEN_NAME = "名称已隐去"
"""The name of a sheet whose own name is personal data."""
AUTHOR = "导入检查"
COMMENT_REMOVED = "原批注含有个人信息，已删除"

_NOT_IN_NAMES = re.compile(r"[\\*?:/\[\]]")
_LONGEST_NAME = 28
"""Three less than Excel allows: numbers are added to names that come twice."""

Address = tuple[str | None, int, int]
"""Sheet (None for CSV), row and column of a cell; both count from 1."""


@dataclass(frozen=True)
class Mark:
    """What is put into a cell: a fill, as RRGGBB, and a comment, which may be empty."""

    colour: str
    comment: str


@dataclass(frozen=True)
class Copy:
    """The copy, not saved yet, and the name that each sheet of the original has in it."""

    book: openpyxl.Workbook
    titles: dict[str | None, str] = field(default_factory=dict)


def own_address(workbook: Workbook) -> dict[Address, Address]:
    """The top left cell of each cell that has its value from a merged range."""
    return {
        (sheet.name, cell.row, cell.column): (sheet.name, *cell.origin)
        for sheet, cell in _cells(workbook)
        if cell.origin
    }


def personal_cells(workbook: Workbook) -> dict[Address, tuple[PersonalData, ...]]:
    """The cells that hold personal data, in hidden sheets and columns too, and which kinds."""
    return {
        (sheet.name, cell.row, cell.column): kinds
        for sheet, cell in _cells(workbook)
        if cell.origin is None and (kinds := personal_data(cell.text))
    }


def _cells(workbook: Workbook) -> Iterator[tuple[Sheet, Cell]]:
    return ((sheet, cell) for sheet in workbook.sheets for row in sheet.rows for cell in row)


def styled_copy(path: Path, marks: Mapping[Address, Mark], emptied: set[Address]) -> Copy | None:
    """The workbook as it looks, with formulas and hidden parts; without charts, pictures and links to files.

    None if the file is no .xlsx, too large, or of a make that openpyxl does not understand.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if WORKBOOK not in archive.namelist():
                return None
            if sum(member.file_size for member in archive.infolist()) > MAX_STYLED_BYTES:
                return None
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(path, keep_links=False)
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
                sheet.cell(row, column).value = None
        _strip(sheet)
        if personal_data(name):
            sheet.title = HIDDEN_NAME
        titles[name] = sheet.title
    return Copy(book, titles)


def _strip(sheet: Worksheet) -> None:
    """Take out what cannot be looked through, and comments and links with personal data."""
    sheet._charts, sheet._images, sheet._pivots = [], [], []
    sheet.sheet_view.tabSelected = False
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment and cell.comment.author != AUTHOR and personal_data(cell.comment.text):
                cell.comment = Comment(COMMENT_REMOVED, AUTHOR)
            link = cell.hyperlink
            if link and personal_data(f"{link.target}|{link.location}|{link.tooltip}|{link.display}"):
                cell.hyperlink = None


def _mark(cell: XlsxCell | MergedCell, mark: Mark) -> None:
    cell.fill = PatternFill("solid", fgColor=mark.colour)
    if not mark.comment or isinstance(cell, MergedCell):
        return
    earlier = cell.comment.text if cell.comment else ""
    kept = COMMENT_REMOVED if personal_data(earlier) else f"原批注：{earlier}"
    text = f"{mark.comment}\n{kept}" if earlier else mark.comment
    cell.comment = Comment(text, AUTHOR, height=60 + 20 * text.count("\n") + len(text) // 2, width=320)


def plain_copy(workbook: Workbook, marks: Mapping[Address, Mark], emptied: set[Address]) -> Copy:
    """The values alone, sheet by sheet, with merged ranges and hidden parts; for any format and size."""
    book = openpyxl.Workbook(write_only=True)
    book.properties = DocumentProperties(creator="")
    copy = Copy(book)
    for number, source in enumerate(workbook.sheets, start=1):
        name = source.name or f"名单{number if number > 1 else ''}"
        title = HIDDEN_NAME if personal_data(name) else _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME].strip("'")
        sheet = book.create_sheet(title or f"表{number}")
        copy.titles[source.name] = sheet.title
        sheet.sheet_state = "hidden" if source.hidden else "visible"
        for column in source.hidden_columns:
            sheet.column_dimensions[get_column_letter(column)].hidden = True
        for row in source.hidden_rows:
            sheet.row_dimensions[row].hidden = True
        for area in _merged(source):
            sheet.merged_cells.add(area)
        ours = {place: mark for place, mark in marks.items() if place[0] == source.name}
        for row, cells in enumerate(_with_marked(source, ours), start=1):
            values = {
                cell.column: cell
                for cell in cells
                if cell.origin is None and (source.name, row, cell.column) not in emptied
            }
            marked = {column: mark for (_, at, column), mark in ours.items() if at == row} if ours else {}
            last = max([*values, *marked], default=0)
            sheet.append([_written(sheet, values.get(n), marked.get(n)) for n in range(1, last + 1)])
    return copy
