"""Parse one whitelist sheet: which of its rows are institutions, and what stands in each of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from openbureau.chinese.credit_codes import CODE_CELL
from openbureau.chinese.folding import fold
from openbureau.library.places import Counties
from openbureau.library.whitelist.header_parser import Header, WhitelistColumn, find_header, is_numbering
from openbureau.library.whitelist.rows import NotRow, RowKind
from openbureau.library.whitelist.vocabulary import is_ditto, status_of_list
from openbureau.spreadsheets.workbook import Cell, Sheet

_TOTAL = re.compile(r".{0,15}?(小计|合计|总计|共计|累计|总数)[:：]?.{0,12}")
_NOTE = re.compile(
    r"(注|备注|说明|附注?|填表|填报|审核|制表|审批人|联系人|联系电话|经办|打印)[^:：]{0,8}[:：\d]|.*[。；;！]"
)
_INSTITUTION = re.compile(r".*(公司|学校|中心|机构|俱乐部|学院|培训部|工作室|画室|琴行|馆|社|坊|园)(\(.*\))?")
MAX_HEADING_CHARACTERS = 30
_MIN_RECORD_CELLS = 3
"""So many cells beside the ordinal make a row a record even if it has no name."""


@dataclass
class Line:
    """One institution's row: its cells by column, 同上 and merged cells resolved.

    `county` is told by a heading, the sheet or the file, `status` by the kind of list; `more` holds the
    addresses of the rows below that belong to the same institution.
    """

    number: int
    header: Header
    cells: dict[int, Cell] = field(repr=False)
    county: str | None
    status: str | None = None
    more: list[str] = field(default_factory=list, repr=False)

    def of(self, name: str) -> list[tuple[WhitelistColumn, Cell]]:
        """The filled cells of a field, with their columns."""
        columns = self.header.of(name)
        return [(column, self.cells[column.number]) for column in columns if column.number in self.cells]

    def text(self, name: str) -> str:
        return next((cell.text for _, cell in self.of(name)), "")


@dataclass
class SheetLines:
    """All that one sheet holds."""

    sheet: Sheet
    lines: list[Line] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    not_rows: list[NotRow] = field(default_factory=list)

    def pass_over(self, row: int, what: RowKind) -> None:
        self.not_rows.append(NotRow(sheet=self.sheet.name, row=row, what=what))

    def header_of(self, column: int) -> str | None:
        """The words above a column, in the sheet's first header."""
        heading = self.headers[0].columns.get(column) if self.headers else None
        return heading.header if heading else None


def read_lines(sheet: Sheet, counties: Counties, county: str | None) -> SheetLines:
    """Walk the sheet from top to bottom. Without a header every row is a note.

    `county` is the county of the file, for sheets that name none.
    """
    result = SheetLines(sheet)
    titles: list[str] = []
    section: str | None = None
    skip = 0
    for index in range(len(sheet.head)):
        if header := find_header(sheet.head, index):
            result.headers.append(replace(header, first=0, last=0))
            break
    for row_number in sorted(sheet.continuations):
        result.pass_over(row_number, "continuation")
    for index, row in enumerate(sheet.rows):
        number = index + 1
        own = [cell for cell in row if cell.origin is None]
        if number <= skip or not own:
            continue
        if header := find_header(sheet.rows, index):
            result.headers.append(header)
            skip = header.last
            for named in range(header.first, header.last + 1):
                result.pass_over(named, "header")
        elif not result.headers:
            titles += [cell.text for cell in own]
            result.pass_over(number, "title")
        elif number == result.headers[-1].last + 1 and is_numbering(row):
            result.pass_over(number, "header")
        elif _goes_on(result, row):
            result.lines[-1].more += _addresses(row, result.headers[-1])
        elif heading := _heading(own, counties):
            section = heading
            result.pass_over(number, "title")
        elif what := _not_a_record(own, result.headers[-1]):
            result.pass_over(number, what)
        else:
            _take(result, number, row, section)
    if not result.headers:
        result.not_rows = [replace(row, what="note") for row in result.not_rows]
    title = "".join(titles)
    status = _status(sheet, title)
    county_of_sheet = (
        counties.named(sheet.name or "")
        or counties.named(title)
        or next((code for text in reversed(sheet.captions) if (code := counties.named(text))), None)
        or county
    )
    for line in result.lines:
        line.county = line.county or county_of_sheet
        line.status = status
    return result


def _status(sheet: Sheet, title: str) -> str | None:
    """The state that the kind of list gives all its rows; on paper the nearest heading tells first."""
    for text in (*reversed(sheet.captions), title):
        status = status_of_list(sheet.name or "", text)
        if status != "正常":
            return status
    return "正常"


def looks_like_records(sheet: Sheet) -> bool:
    """Whether a sheet without a header holds institutions: rows with a credit code or permit number."""
    return any(
        len(row) > 2 and any(CODE_CELL.fullmatch(fold(cell.text).upper()) for cell in row)
        for row in sheet.rows
    )


def _heading(own: Sequence[Cell], counties: Counties) -> str | None:
    """The county of a row that only names the county of the rows below it."""
    if len(own) > 1:
        return None
    text = fold(own[0].text)
    if len(text) > MAX_HEADING_CHARACTERS or _TOTAL.fullmatch(text) or _NOTE.match(text):
        return None
    return None if _INSTITUTION.fullmatch(text) else counties.named(text)


def _not_a_record(own: Sequence[Cell], header: Header) -> RowKind | None:
    """What the row is, if it is no institution."""
    numbered = {column.number for name in ("uscc", "permit_no") for column in header.of(name)}
    if any(CODE_CELL.fullmatch(fold(cell.text).upper()) for cell in own if cell.column in numbered):
        return None
    by_field = {header.columns[cell.column].field: cell for cell in own if cell.column in header.columns}
    texts = [fold(cell.text) for cell in own]
    if any(_TOTAL.fullmatch(text) for text in texts[:4]):
        return "subtotal"
    if len(own) <= _MIN_RECORD_CELLS and any(_NOTE.match(text) for text in texts):
        return "note"
    if len(own) == 1:
        return None if "name" in by_field and _INSTITUTION.fullmatch(texts[0]) else "note"
    enough = len(own) - ("ordinal" in by_field) >= _MIN_RECORD_CELLS
    return None if "name" in by_field or enough else "note"


def _take(result: SheetLines, number: int, row: Sequence[Cell], county: str | None) -> None:
    """Add the row to the lines; where it says 同上 it has what the line above has."""
    header = result.headers[-1]
    above = result.lines[-1].cells if result.lines and result.lines[-1].header is header else None
    cells = {cell.column: cell for cell in row if cell.column in header.columns}
    for column, cell in cells.items():
        if above is not None and isinstance(cell.value, str) and is_ditto(cell.value):
            same = above.get(column)
            cells[column] = Cell(number, column, same.value if same else None, same.error if same else "")
    result.lines.append(Line(number, header, cells, county))


def _goes_on(result: SheetLines, row: Sequence[Cell]) -> bool:
    """Whether the row only adds an address to the institution above.

    Its name, code and permit are then merged with those above, or 同上, or left out.
    """
    if not result.lines or result.lines[-1].header is not result.headers[-1]:
        return False
    header = result.headers[-1]
    names = {column.number for column in header.of("name")}
    if not all(_is_repeated(cell) for cell in row if cell.column in names):
        return False
    by_field = {header.columns[cell.column].field: cell for cell in row if cell.column in header.columns}
    identifying = [by_field[name] for name in ("name", "uscc", "permit_no") if name in by_field]
    return "name" in by_field and all(map(_is_repeated, identifying))


def _addresses(row: Sequence[Cell], header: Header) -> list[str]:
    columns = {column.number for column in (*header.of("addr_premises"), *header.of("premises"))}
    own = [cell for cell in row if cell.column in columns and cell.origin is None]
    return [cell.text for cell in own if not is_ditto(cell.text)]


def _is_repeated(cell: Cell) -> bool:
    return is_ditto(cell.text) or (cell.origin is not None and cell.origin[0] < cell.row)
