"""Lines of a whitelist sheet: one for each institution, with all that the rest of the sheet says of it."""

from dataclasses import dataclass, field

from openbureau.library.whitelist.header_parser import Header, WhitelistColumn
from openbureau.library.whitelist.rows import NotRow, RowKind
from openbureau.spreadsheets.sheet_notes import Marks
from openbureau.spreadsheets.workbook import Cell, Sheet


@dataclass(frozen=True)
class StatusAround:
    """What the sheet says of a row's state outside the row, as `vocabulary.status_of_heading` says it.

    `heading`: by the heading above the row; `title`: by the title or the name of the sheet; `legend`: by the
    colour or the line through the row and a note that says what that means.
    """

    heading: str | None = None
    title: str | None = None
    legend: str | None = None


@dataclass
class Line:
    """One institution's row: its cells by column, 同上 and merged cells resolved.

    `county` is told by a heading, the sheet or the file, `around` by headings, titles, colours. `marks` are
    those of the row as a whole (`spreadsheets.cell_styles`). `ticked` are the columns in which some rows are
    ticked and none says no. `more` holds the addresses of the rows below that belong to the same institution,
    `former_names` the names it had by rows below it.
    """

    number: int
    header: Header
    cells: dict[int, Cell] = field(repr=False)
    county: str | None
    around: StatusAround = StatusAround()
    marks: Marks = frozenset()
    ticked: frozenset[int] = frozenset()
    more: list[str] = field(default_factory=list, repr=False)
    former_names: list[str] = field(default_factory=list, repr=False)

    def of(self, name: str) -> list[tuple[WhitelistColumn, Cell]]:
        """The filled cells of a field, with their columns."""
        columns = self.header.of(name)
        return [(column, self.cells[column.number]) for column in columns if column.number in self.cells]

    def text(self, name: str) -> str:
        return next((cell.text for _, cell in self.of(name)), "")


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A row, a column or the whole of a sheet that a clerk should look at, in words for clerks."""

    row: int | None
    column: int | None
    message: str
    mend: str


@dataclass
class SheetLines:
    """All that one sheet holds."""

    sheet: Sheet
    lines: list[Line] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    not_rows: list[NotRow] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def pass_over(self, row: int, what: RowKind) -> None:
        self.not_rows.append(NotRow(sheet=self.sheet.name, row=row, what=what))

    def header_of(self, column: int) -> str | None:
        """The words above a column, in the sheet's first header."""
        headings = (header.columns.get(column) for header in self.headers)
        heading = next(filter(None, headings), None)
        return heading.header if heading else None
