"""Notes on a sheet beside its values: extent, hidden parts, errors, text outside cells."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from openbureau.spreadsheets.errors import (
    MAX_AREA,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_MERGES,
    MAX_ROWS,
    MAX_SHEETS,
    too_large,
)

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 1."""


@dataclass
class SheetNotes:
    """The notes on one sheet, gathered before its values are read, so that reading them is bounded.

    `merges` is filled for the formats whose reader does not tell merged ranges. `remarks` holds text
    that stands in no cell: comments, formulas, link targets.
    """

    hidden: bool = False
    from_1904: bool = False
    hidden_columns: set[int] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[Range] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list, repr=False)
    cells: int = 0
    merged: int = 0
    last_row: int = 0
    last_column: int = 0

    @property
    def area(self) -> int:
        return self.last_row * self.last_column

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
        """The used rectangle extends to the cell at `row` and `column`."""
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)
        if row > MAX_ROWS or column > MAX_COLUMNS or self.area > MAX_AREA:
            raise too_large("工作表中有内容的区域过大")

    def merge(self) -> None:
        """Count one merged range. Raises `Unreadable` if there are absurdly many."""
        self.merged += 1
        if self.merged > MAX_MERGES:
            raise too_large("合并单元格过多")


def check_extent(sheets: Iterable[SheetNotes]) -> None:
    """Raise `Unreadable` if all sheets together are beyond the bounds."""
    all_notes = list(sheets)
    if len(all_notes) > MAX_SHEETS:
        raise too_large(f"工作表超过 {MAX_SHEETS} 个")
    if (
        sum(notes.cells for notes in all_notes) > MAX_CELLS
        or sum(notes.area for notes in all_notes) > MAX_AREA
    ):
        raise too_large("各工作表中有内容的区域合计过大")
