"""Notes on a sheet beside its values: extent, hidden parts, errors, text outside cells."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from openbureau.spreadsheets.errors import (
    MAX_AREA,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_MERGES,
    MAX_ROWS,
    MAX_SHEETS,
    too_large,
)
from openbureau.spreadsheets.number_formats import Shown

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 1."""

Mark = Literal["struck", "red", "yellow"]
"""`struck`: a line through the text. `red`: red letters or ground. `yellow`: yellow ground."""
Marks = frozenset[Mark]
CellMarks = dict[tuple[int, int], Marks]
"""The marked cells by row and column."""

FAR_ROW, FAR_COLUMN = 10_000, 1_000
"""No cell lies below the one and right of the other at once, unless a program filled the whole sheet."""


@dataclass
class SheetNotes:
    """The notes on one sheet, gathered before its values are read, so that reading them is bounded.

    `merges` is filled for the formats whose reader does not tell merged ranges. `remarks` holds text
    that stands in no cell: comments, formulas, link targets. `rows` and `columns` are those with something
    in them. `has_pictures`: a picture or a drawing lies on the sheet. `has_unread_parts`: something beside
    its cells (comments, links) is broken. `shown` tells of numbers what is seen of them, where that is
    something else. `marks` are the cells whose style says something (`cell_styles`).
    """

    hidden: bool = False
    from_1904: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    shown: dict[tuple[int, int], Shown] = field(default_factory=dict)
    merges: list[Range] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list, repr=False)
    has_pictures: bool = False
    has_unread_parts: bool = False
    marks: CellMarks = field(default_factory=dict, repr=False)
    cells: int = 0
    merged: int = 0
    rows: set[int] = field(default_factory=set, repr=False)
    columns: set[int] = field(default_factory=set, repr=False)

    @property
    def last_row(self) -> int:
        return max(self.rows, default=0)

    @property
    def last_column(self) -> int:
        return max(self.columns, default=0)

    @property
    def is_sparse(self) -> bool:
        """Whether the rectangle from the first cell to the last is too large to be laid out."""
        return self.last_row * self.last_column > MAX_AREA

    def use(self, row: int, column: int, times: int = 1) -> None:
        """Count `times` cells with something in them, the last of them at `row` and `column`.

        This and the two below raise `Unreadable` as soon as the sheet alone is beyond the bounds.
        """
        self.count(times)
        self.reach(row, column)

    def count(self, cells: int) -> None:
        """Count cells with something in them."""
        self.cells += cells
        if self.cells > MAX_CELLS:
            raise too_large("工作表中有内容的单元格过多")

    def reach(self, row: int, column: int) -> None:
        """Something is in the cell at `row` and `column`."""
        self.rows.add(row)
        self.columns.add(column)
        if row > MAX_ROWS or column > MAX_COLUMNS or (row > FAR_ROW and column > FAR_COLUMN):
            raise too_large("工作表中有内容的区域过大")

    def merge(self) -> None:
        """Count one merged range. Raises `Unreadable` if there are absurdly many."""
        self.merged += 1
        if self.merged > MAX_MERGES:
            raise too_large("合并单元格过多")


def check_extent(sheets: Iterable[SheetNotes]) -> None:
    """Raise `Unreadable` if all sheets together are beyond the bounds.

    Of a sheet with cells far away only the rows and columns with something in them are laid out.
    """
    all_notes = list(sheets)
    if len(all_notes) > MAX_SHEETS:
        raise too_large(f"工作表超过 {MAX_SHEETS} 个")
    areas = [
        len(notes.rows) * len(notes.columns) if notes.is_sparse else notes.last_row * notes.last_column
        for notes in all_notes
    ]
    rows = sum(notes.last_row for notes in all_notes)
    if sum(notes.cells for notes in all_notes) > MAX_CELLS or sum(areas) > MAX_AREA or rows > 2 * MAX_ROWS:
        raise too_large("各工作表中有内容的区域合计过大")
