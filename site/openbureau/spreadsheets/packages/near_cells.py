"""Sheets drawn together: only the rows and columns with something in them.

The compiled reader lays out the whole rectangle from the first cell to the last: so a cell a million rows
below the list costs what one cell costs.
"""

import io
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from openbureau.spreadsheets.errors import damaged
from openbureau.spreadsheets.references import cell_place, column_letters
from openbureau.spreadsheets.sheet_notes import Range
from openbureau.spreadsheets.zip_archive import Attributes


@dataclass(frozen=True)
class Used:
    """The rows and the columns of a sheet that have something in them, in order, counted from 1."""

    rows: Sequence[int]
    columns: Sequence[int]

    def true_range(self, area: Range) -> Range:
        """Where a range of the sheet drawn together lies in the sheet itself."""
        top, left, bottom, right = area
        return self.rows[top - 1], self.columns[left - 1], self.rows[bottom - 1], self.columns[right - 1]


def near(numbers: Sequence[int], first: int, last: int) -> tuple[int, int]:
    """Where the used ones among `first` to `last` come to lie.

    The second is before the first if there are none.
    """
    return bisect_left(numbers, first) + 1, bisect_right(numbers, last)


def with_near_cells(xml: bytes, used: Used) -> bytes:
    """A worksheet (SpreadsheetML) whose cells lie where `used` counts their rows and columns."""
    return _copied(xml, _NearCells(used))


def with_near_tables(xml: bytes, used: Mapping[str, Used]) -> bytes:
    """The content of an OpenDocument spreadsheet, the tables named in `used` drawn together."""
    return _copied(xml, _NearTables(used))


def _copied(xml: bytes, copier: "_Copier") -> bytes:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = copier.start
    parser.EndElementHandler = copier.end
    parser.CharacterDataHandler = copier.text
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        raise damaged() from None
    return copier.xml.getvalue().encode()


class _Copier:
    """Writes every element again, except those that `placed` leaves out with all that is in them."""

    def __init__(self) -> None:
        self.xml = io.StringIO()
        self.depth_left_out = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if self.depth_left_out or not self.placed(name.rpartition(":")[2], attributes):
            self.depth_left_out += 1
            return
        self.xml.write(f"<{name}")
        for key, value in attributes.items():
            self.xml.write(f" {key}={quoteattr(value)}")
        self.xml.write(">")

    def end(self, name: str) -> None:
        if self.depth_left_out:
            self.depth_left_out -= 1
        else:
            self.xml.write(f"</{name}>")

    def text(self, text: str) -> None:
        if not self.depth_left_out:
            self.xml.write(escape(text))

    def placed(self, name: str, attributes: Attributes) -> bool:
        """Whether the element stays; its attributes are changed to its new place."""
        raise NotImplementedError


class _NearCells(_Copier):
    def __init__(self, used: Used) -> None:
        super().__init__()
        self.used = used
        self.row = self.column = 0

    def placed(self, name: str, attributes: Attributes) -> bool:
        match name:
            case "row":
                self.row = int(attributes.get("r", self.row + 1))
                self.column = 0
                row, last = near(self.used.rows, self.row, self.row)
                attributes["r"] = str(row)
                return row <= last
            case "c":
                self.row, self.column = cell_place(attributes.get("r"), self.row, self.column + 1)
                row, last_row = near(self.used.rows, self.row, self.row)
                column, last_column = near(self.used.columns, self.column, self.column)
                attributes["r"] = f"{column_letters(column)}{row}"
                return row <= last_row and column <= last_column
            case "mergeCell":
                return self._merged(attributes)
        return name != "dimension"

    def _merged(self, attributes: Attributes) -> bool:
        first, _, last = attributes.get("ref", "").partition(":")
        (top, left), (bottom, right) = cell_place(first, 0, 0), cell_place(last or first, 0, 0)
        top, bottom = near(self.used.rows, top, bottom)
        left, right = near(self.used.columns, left, right)
        attributes["ref"] = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"
        return top <= bottom and left <= right


class _NearTables(_Copier):
    def __init__(self, used: Mapping[str, Used]) -> None:
        super().__init__()
        self.used_of = used
        self.used: Used | None = None
        self.row = self.column = 0

    def placed(self, name: str, attributes: Attributes) -> bool:
        if name == "table":
            self.used = next(
                (self.used_of.get(value) for key, value in attributes.items() if key.endswith(":name")), None
            )
            self.row = 0
        elif self.used and name == "table-row":
            self.column = 0
            times, left = _repeated(attributes, "number-rows-repeated", self.used.rows, self.row + 1)
            self.row += times
            return left > 0
        elif self.used and name in ("table-cell", "covered-table-cell"):
            times, left = _repeated(attributes, "number-columns-repeated", self.used.columns, self.column + 1)
            self.column += times
            return left > 0
        return True


def _repeated(attributes: Attributes, name: str, numbers: Sequence[int], first: int) -> tuple[int, int]:
    """How often the row or cell stood there, from `first` on, and how often it does now.

    Its attribute is changed to that.
    """
    key = next((key for key in attributes if key.endswith(name)), f"table:{name}")
    times = int(attributes.get(key, 1))
    begin, end = near(numbers, first, first + times - 1)
    attributes[key] = str(end - begin + 1)
    return times, end - begin + 1
