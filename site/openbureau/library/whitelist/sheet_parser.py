"""Parse one whitelist sheet: which of its rows are institutions, and what stands in each of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from openbureau.chinese.folding import fold
from openbureau.library.places import Counties
from openbureau.library.whitelist.header_parser import (
    MAX_HEADER_ROWS,
    Header,
    find_headers,
    is_numbering,
)
from openbureau.library.whitelist.layout.headings import (
    Heading,
    Headings,
    heading_of,
    read_heading,
    speaks_of_rows_below,
)
from openbureau.library.whitelist.layout.leftovers import leftovers
from openbureau.library.whitelist.layout.legend import read_legend
from openbureau.library.whitelist.layout.lines import Doubt, Line, SheetLines, StatusAround
from openbureau.library.whitelist.layout.row_kinds import doubt_of_name, former_name, is_title, other_row
from openbureau.library.whitelist.rows import RowKind
from openbureau.library.whitelist.status.answers import settle_status_columns
from openbureau.library.whitelist.status.remarks import Remark, read_remark
from openbureau.library.whitelist.vocabulary import is_ditto, status_of_heading, status_of_list
from openbureau.spreadsheets.errors import MAX_COLUMNS
from openbureau.spreadsheets.sheet_notes import Marks
from openbureau.spreadsheets.workbook import Cell, Sheet

_Row = Sequence[Cell]

_LOST_NAME = "这一行像是机构，但没有读成机构，没有采用"
_MEND_NAME = "确是机构的，请把名称填在“机构名称”列，并补上地址或证号；是说明文字的，请写到名单之外"

_STATE_OF_SOME = "这一行说到机构的状态，看不出说的是哪几家，没有采用"
_MEND_STATE = "请在“状态”列逐行写明，或改成小标题（如“二、已停业机构”），其下只列这些机构"
_PART_OF_NAME = re.compile("(公司|学校|中心|俱乐部|学院)$")
_LOST_PART = "这一行像是上一行机构名称的后半，没有并入"
_MEND_PART = "是名称的后半请合并到上一格；是小标题请加上编号"
_MORE_THAN_ADDRESS = "这一行并入上一行的机构，只采用了地址，该格没有采用"
_MEND_ADDRESS = "确是另一家机构的，请把名称和证号填全；是同一家的，请把内容并到上一行"
_ADDRESSES = ("addr_premises", "premises")
_OF_ROWS_ABOVE = re.compile("以上|上述|上列")


def read_lines(sheet: Sheet, counties: Counties, county: str | None) -> SheetLines:
    """Walk the sheet from top to bottom. Without a header every row is a note.

    `county` is the county of the file, for sheets that name none.
    """
    return _Walk(SheetLines(sheet), counties, county).lines()


@dataclass
class _List:
    """One of the lists that stand side by side: its header, its first and last column, its rows so far."""

    header: Header
    first: int
    last: int
    headings: Headings
    lines: list[Line] = field(default_factory=list)
    spoken: list[Doubt] = field(default_factory=list)
    """Notes about states, told if institutions follow them."""

    def part(self, row: _Row) -> list[Cell]:
        return [cell for cell in row if self.first <= cell.column <= self.last]


class _Walk:
    """Walks one sheet from top to bottom."""

    def __init__(self, result: SheetLines, counties: Counties, county: str | None) -> None:
        self.result = result
        self.rows = result.sheet.rows
        self.counties = counties
        self.county = county
        self.titles: list[str] = []
        self.notes: list[str] = []
        self.lists: list[_List] = []
        self.headings = Headings()

    def lines(self) -> SheetLines:
        self._on_paper()
        skip = 0
        for index, row in enumerate(self.rows):
            number = index + 1
            own = [cell for cell in row if cell.origin is None]
            if number <= skip or not own:
                continue
            if self.lists and self._begins_beside(index, row):
                self._row(number, row)
            elif headers := find_headers(self.rows, index):
                skip = headers[0].last
                self._begin(headers)
            elif not self.lists:
                self._title(number, own)
            elif number == self.lists[0].header.last + 1 and is_numbering(row):
                self.result.pass_over(number, "header")
            else:
                self._row(number, row)
        return self._complete()

    def _begins_beside(self, index: int, row: _Row) -> bool:
        """Whether a list begins in this row to the right of those that stand there, which go on."""
        last = max(max(place.header.columns) for place in self.lists)
        if not row[0].column <= last < row[-1].column:
            return False
        rows = self.rows[index : index + MAX_HEADER_ROWS]
        beside = find_headers([[cell for cell in row if cell.column > last] for row in rows], 0)
        if not beside or find_headers([[cell for cell in row if cell.column <= last]], 0):
            return False
        headers = [replace(one, first=one.first + index, last=one.last + index) for one in beside]
        self.lists[-1].last = last
        self.lists += self._lists(headers, [])
        self.result.headers += headers
        return True

    def _on_paper(self) -> None:
        """What a table on paper has from the page: the headings above it, the head of the part before."""
        sheet = self.result.sheet
        for caption in sheet.captions:
            self._above(caption, heading_of(caption, self.counties))
        heads = (find_headers(sheet.head, index) for index in range(len(sheet.head)))
        if headers := next(filter(None, heads), ()):
            self._begin([replace(header, first=0, last=0) for header in headers])
        for number in sorted(sheet.continuations):
            self.result.pass_over(number, "continuation")

    def _begin(self, headers: Sequence[Header]) -> None:
        """Go on under new headers; headings above them hold until others come."""
        headings = self.lists[0].headings if self.lists else self.headings
        self.lists = self._lists(headers, headings.stack)
        self.lists[0].first = 1
        self.result.headers += headers
        for number in range(max(headers[0].first, 1), headers[0].last + 1):
            if any(cell.origin is None for cell in self.rows[number - 1]):
                self.result.pass_over(number, "header")

    def _lists(self, headers: Sequence[Header], headings: Sequence[Heading]) -> list[_List]:
        firsts = [min(header.columns) for header in headers]
        lasts = [*(first - 1 for first in firsts[1:]), MAX_COLUMNS]
        return [
            _List(header, first, last, Headings([*headings]))
            for header, first, last in zip(headers, firsts, lasts, strict=True)
        ]

    def _title(self, number: int, own: _Row) -> None:
        self._above("".join(cell.text for cell in own), read_heading(own, self.counties))
        self.result.pass_over(number, "title")

    def _above(self, text: str, heading: Heading | None) -> None:
        """A line above the first header: the title speaks for all, a heading until the next."""
        if heading and heading.level != "list":
            self.headings.enter(heading)
        else:
            self.titles.append(text)

    def _row(self, number: int, row: _Row) -> None:
        """A row below a header: each list that stands there takes its part of it."""
        lines = len(self.result.lines)
        kinds = [self._part(place, number, place.part(row)) for place in self.lists]
        if lines == len(self.result.lines):
            self.result.pass_over(number, next(kind for kind in kinds if kind))

    def _part(self, place: _List, number: int, row: _Row) -> RowKind | None:
        """Take the part of a row that stands in one list; what it is, None for an institution or if empty."""
        own = [cell for cell in row if cell.origin is None]
        if not own:
            return None
        if number <= place.header.last:
            return "header"
        if _goes_on(place, row):
            place.lines[-1].more += _addresses(row, place.header)
            self._other_than_above(place, number, own)
            return "continuation"
        if place.lines and (name := former_name(own)):
            place.lines[-1].former_names.append(name)
            return "former_name"
        if heading := read_heading(own, self.counties):
            # A heading that is merged over all lists speaks for all.
            for one in self.lists if place is self.lists[0] else [place]:
                one.headings.enter(heading)
            names = {column.number for column in place.header.of("name")}
            if (
                heading.level == "other"
                and own[0].column in names
                and _PART_OF_NAME.search(fold(own[0].text))
            ):
                doubt = Doubt(row=number, column=own[0].column, message=_LOST_PART, mend=_MEND_PART)
                self.result.doubts.append(doubt)
            return "title"
        if other := other_row(own, place.header):
            if other.is_doubtful:
                doubt = Doubt(row=number, column=own[0].column, message=_LOST_NAME, mend=_MEND_NAME)
                self.result.doubts.append(doubt)
            else:
                self.notes += [cell.text for cell in own]
            self._state_in_note(place, number, own)
            return other.kind
        line = _line(place, number, row)
        for column, cell in line.of("name"):
            if doubtful := doubt_of_name(cell.text):
                message, mend = doubtful
                doubt = Doubt(row=number, column=column.number, message=message, mend=mend)
                self.result.doubts.append(doubt)
        self.result.doubts += place.spoken
        place.spoken.clear()
        place.lines.append(line)
        self.result.lines.append(line)
        return None

    def _other_than_above(self, place: _List, number: int, own: _Row) -> None:
        """What a row that only adds an address says otherwise than the row of the institution."""
        above, header = place.lines[-1].cells, place.header
        for cell in own:
            field = header.columns[cell.column].field if cell.column in header.columns else None
            if field in _ADDRESSES or field in (None, "ordinal") or is_ditto(cell.text):
                continue
            if cell.column not in above or above[cell.column].text != cell.text:
                doubt = Doubt(row=number, column=cell.column, message=_MORE_THAN_ADDRESS, mend=_MEND_ADDRESS)
                self.result.doubts.append(doubt)

    def _state_in_note(self, place: _List, number: int, own: _Row) -> None:
        """A note inside a list without a column for states that says that some of them are not well."""
        text = "".join(fold(cell.text) for cell in own)
        is_said = place.header.of("status") or place.header.of("operating") or place.headings.status
        is_about_states = status_of_heading(text) not in (None, "正常") or read_remark(text) != Remark()
        if is_said or not is_about_states or read_legend([text]):
            return
        doubt = Doubt(row=number, column=own[0].column, message=_STATE_OF_SOME, mend=_MEND_STATE)
        if speaks_of_rows_below(text):
            # Nobody below is called 正常 until another heading.
            place.headings.enter(Heading("status", None, ""))
        (self.result.doubts if _OF_ROWS_ABOVE.search(text) else place.spoken).append(doubt)

    def _complete(self) -> SheetLines:
        """Give every line what the sheet as a whole says: its name, its title, its colours."""
        result, name, title = self.result, self.result.sheet.name or "", "".join(self.titles)
        if not result.headers:
            result.not_rows = [replace(row, what="note") for row in result.not_rows]
        county = self.counties.named(name) or self.counties.named(title) or self.county
        titles = [text for text in reversed(self.titles) if is_title(fold(text))]
        statuses = (status_of_list(name, text) for text in (*titles, ""))
        status = next((status for status in statuses if status is not None), None)
        legend = read_legend([*self.titles, *self.notes])
        for line in result.lines:
            line.county = line.county or county
            line.marks = _marks(result.sheet, line)
            by_mark = next((legend[mark] for mark in sorted(line.marks) if mark in legend), None)
            line.around = replace(line.around, title=status, legend=by_mark)
        if sum("red" in line.marks for line in result.lines) * 2 > len(result.lines):
            # What most rows have marks none of them.
            for line in result.lines:
                line.marks -= {"red"}
        settle_status_columns(result)
        result.doubts += leftovers(result)
        return result


def _marks(sheet: Sheet, line: Line) -> Marks:
    """The marks of the row as a whole: those of its name, or of most of its cells."""
    if not sheet.marks:
        return frozenset()
    marks = [sheet.marks.get((line.number, column), frozenset()) for column in line.cells]
    names = [sheet.marks.get((line.number, column.number), frozenset()) for column, _ in line.of("name")]
    common = [mark for one in marks for mark in one if sum(mark in other for other in marks) * 2 > len(marks)]
    return frozenset(common).union(*names)


def _line(place: _List, number: int, row: _Row) -> Line:
    """The line of a row; where it says 同上 it has what the line above has."""
    header = place.header
    above = place.lines[-1].cells if place.lines else None
    cells = {cell.column: cell for cell in row if cell.column in header.columns}
    for column, cell in cells.items():
        if above is not None and isinstance(cell.value, str) and is_ditto(cell.value):
            same = above.get(column)
            cells[column] = Cell(number, column, same.value if same else None, same.error if same else "")
    around = StatusAround(heading=place.headings.status)
    return Line(number, header, cells, place.headings.county, around)


def _goes_on(place: _List, row: _Row) -> bool:
    """Whether the row only adds an address to the institution above.

    Its name, code and permit are then merged with those above, or 同上, or left out.
    """
    if not place.lines:
        return False
    header = place.header
    names = {column.number for column in header.of("name")}
    if not all(_is_repeated(cell) for cell in row if cell.column in names):
        return False
    by_field = {header.columns[cell.column].field: cell for cell in row if cell.column in header.columns}
    identifying = [by_field[name] for name in ("name", "uscc", "permit_no") if name in by_field]
    return "name" in by_field and all(map(_is_repeated, identifying))


def _addresses(row: _Row, header: Header) -> list[str]:
    columns = {column.number for field in _ADDRESSES for column in header.of(field)}
    own = [cell for cell in row if cell.column in columns and cell.origin is None]
    return [cell.text for cell in own if not is_ditto(cell.text)]


def _is_repeated(cell: Cell) -> bool:
    return is_ditto(cell.text) or (cell.origin is not None and cell.origin[0] < cell.row)
