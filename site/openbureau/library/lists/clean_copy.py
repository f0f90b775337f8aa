"""The copy of a list's file that is handed out: the values of its cells, and nothing else."""

import base64
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from openbureau.formats.xlsx_table import PlainSheet, TableCell, write_workbook
from openbureau.library.lists.opening import open_list
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.spreadsheets.file_kinds import file_kind
from openbureau.spreadsheets.workbook import Cell, Sheet, column_letters

SUFFIX = ".xlsx"
PLAIN_SUFFIX = ".csv"
"""A file of this kind holds nothing but values, and is its own copy."""

MAX_NAME_CHARACTERS = 28
"""Three less than Excel allows: numbers are added to names that come twice."""
EXACT_BELOW = 10**15
"""A spreadsheet keeps 15 digits of a number."""
_NOT_IN_NAMES = re.compile(r"[\\*?:/\[\]]")


def copy_name(path: Path) -> str:
    """The name of the copy of a file."""
    return path.name if _is_plain(path) else f"{path.stem}{SUFFIX}"


def clean_copy(path: Path, readings: ReadingCache = UNCACHED) -> bytes:
    """What is handed out of the list at `path`: each shown sheet with its values and merged ranges.

    Properties, comments, formulas, names, pictures, hidden sheets and columns stay behind; hidden rows are
    rows of the list. Equal lists give equal bytes, on every machine and every day. Raises `Unreadable`.
    """
    data = path.read_bytes()
    if _is_plain(path):
        return data
    text = readings.value("clean copy", data, lambda: _written(path), about=path.suffix.lower())
    return base64.b64decode(text)


def _written(path: Path) -> str:
    """The copy as a value that can be kept."""
    shown = [sheet for sheet in open_list(path).sheets if not sheet.hidden]
    file = io.BytesIO()
    write_workbook(
        file,
        [
            PlainSheet(_name(sheet, number), _rows(sheet), tuple(_merged(sheet)))
            for number, sheet in enumerate(shown, 1)
        ],
    )
    return base64.b64encode(file.getvalue()).decode("ascii")


def _is_plain(path: Path) -> bool:
    """Whether a file has only values by its name and its content: a workbook can be called .csv."""
    return path.suffix.lower() == PLAIN_SUFFIX and file_kind(path.read_bytes(), path.name) == "csv"


def _name(sheet: Sheet, number: int) -> str:
    name = _NOT_IN_NAMES.sub("_", sheet.name or "")[:MAX_NAME_CHARACTERS].strip("'")
    return name or f"表{number}"


def _rows(sheet: Sheet) -> Iterator[Sequence[TableCell]]:
    """The rows; above those of a table on paper what it stands under, and the head of the one it goes on."""
    yield from ([caption] for caption in sheet.captions)
    for row in (*sheet.head, *sheet.rows):
        own = {cell.column: _value(cell) for cell in row if not cell.origin and _is_shown(cell, sheet)}
        yield [own.get(column) for column in range(1, max(own, default=0) + 1)]


def _is_shown(cell: Cell, sheet: Sheet) -> bool:
    """Whether a cell stands in no hidden column, or reaches into one that is shown."""
    return cell.column not in sheet.hidden_columns or any(
        other.origin == (cell.row, cell.column) and other.column not in sheet.hidden_columns
        for other in sheet.rows[cell.row - 1]
    )


def _value(cell: Cell) -> TableCell:
    """Numbers stay numbers as long as a spreadsheet keeps all their digits; days are texts: 2024-12-31."""
    value = cell.value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < EXACT_BELOW:
        return int(value) if float(value).is_integer() else value
    return cell.error or cell.text


def _merged(sheet: Sheet) -> Iterator[str]:
    """The merged ranges, below what stands above the rows in the copy."""
    above = len(sheet.captions) + len(sheet.head)
    for top, left, bottom, right in sheet.merged_areas():
        yield f"{column_letters(left)}{top + above}:{column_letters(right)}{bottom + above}"
