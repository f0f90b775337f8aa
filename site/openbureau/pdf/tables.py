"""The tables of a whole PDF file in the order of reading, each put together over its pages."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from openbureau.chinese.folding import without_gaps
from openbureau.pdf.layout import TextLine, lines_of, upright
from openbureau.pdf.pages import PdfPage
from openbureau.pdf.ruled import DrawnTable, Region, ruled_tables
from openbureau.pdf.unruled import MIN_COLUMNS, TableBefore, is_glued, spaced_table, unruled_tables

SAME_WALL = 4.0
"""Points: walls on two pages that stand so near are the same."""
SAME_PLACE = 3.0
"""Points: what stands so near on several pages is printed on each of them."""
MARGIN_SHARE = 0.15
"""Of the height of the page, above and below: where heads and numbers of pages stand."""
MIN_RUNNING_CHARACTERS = 6
"""Of a line above a table that is printed on several pages."""
MAX_HEAD_ROWS = 5
"""That are printed again on each page."""
USUAL = 0.8
"""Of the rows: columns filled in so many are never blank."""

_PAGE_NUMBER = re.compile(r"[-—–－·.]*第?\d{1,4}页?([/／,，]?共?\d{1,4}页?)?[-—–－·.]*")
_GOES_ON = re.compile(r"[（(]?(上接.*|接上页|续上?表|续)[）)]?")


@dataclass
class PrintedTable:
    """A table over one page or several: its cells, rows and columns counted from 0, heads only once.

    `page_tops` are its rows with which a page begins, the first page apart.
    """

    columns: int
    cells: list[Region] = field(repr=False)
    page_tops: list[int] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return max((cell.row + cell.rows for cell in self.cells), default=0)

    def in_row(self, row: int) -> list[Region]:
        """The cells that begin in a row."""
        return [cell for cell in self.cells if cell.row == row]


def read_tables(pages: Iterable[PdfPage]) -> list[str | PrintedTable]:
    """Lines of text outside of tables, and the tables, from the first page to the last."""
    turned = [upright(page) for page in pages]
    running = _running_lines(turned)
    items: list[str | PrintedTable] = []
    walls: tuple[float, ...] = ()
    for page in turned:
        drawn = ruled_tables(page)
        if any(is_glued(region.text) for table in drawn for region in table.regions):
            drawn = _more_rows(unruled_tables(page, TableBefore(drawn[0].walls)), drawn)
        if not drawn:
            page = _without_running_top(page, running)
            drawn = unruled_tables(page, _before(items, walls)) or spaced_table(page)
        for item in _in_order(page, drawn, running):
            if isinstance(item, str):
                if not _GOES_ON.fullmatch(item):
                    items.append(item)
                continue
            last = items[-1] if items else None
            if isinstance(last, PrintedTable) and (mapping := _same_columns(last, walls, item)):
                _go_on(last, item, mapping)
            else:
                items.append(PrintedTable(len(item.walls) - 1, list(item.regions)))
            walls = item.walls
    return items


def _more_rows(first: list[DrawnTable], otherwise: list[DrawnTable]) -> list[DrawnTable]:
    """Of two readings the one with more rows: lines between columns only part no rows."""
    return first if sum(table.rows for table in first) > sum(table.rows for table in otherwise) else otherwise


def _running_lines(pages: Sequence[PdfPage]) -> set[tuple[str, int]]:
    """What is printed on several pages at the same place: texts without their numbers, and heights."""
    counts = Counter(
        key
        for page in pages
        for key in {_key(line) for line in lines_of(page.letters) if _is_marginal(line, page)}
    )
    return {key for key, count in counts.items() if count > 1}


def _is_marginal(line: TextLine, page: PdfPage) -> bool:
    ys = [letter.y for letter in page.letters]
    low, high = min(ys), max(ys)
    reach = (high - low) * MARGIN_SHARE
    return not low + reach < line.y < high - reach


def _key(line: TextLine) -> tuple[str, int]:
    return re.sub(r"\d+", "0", without_gaps(line.text)), round(line.y / SAME_PLACE)


def _without_running_top(page: PdfPage, running: set[tuple[str, int]]) -> PdfPage:
    """The page without what is printed at its top as on others: no line parts that from a table."""
    lines = lines_of(page.letters)
    first = next((index for index, line in enumerate(lines) if not _is_running(line, running)), len(lines))
    return replace(page, letters=tuple(letter for line in lines[first:] for letter in line.letters))


def _is_running(line: TextLine, running: set[tuple[str, int]]) -> bool:
    text = without_gaps(line.text)
    # A number alone may be the ordinal of a row, a few letters the rest of one.
    if text.isdecimal() or len(line.chunks()) >= MIN_COLUMNS:
        return False
    is_repeated = len(text) >= MIN_RUNNING_CHARACTERS and _key(line) in running
    return is_repeated or _PAGE_NUMBER.fullmatch(text) is not None


def _before(items: Sequence[str | PrintedTable], walls: tuple[float, ...]) -> TableBefore:
    """The table that may go on: the last one, if nothing follows it."""
    last = items[-1] if items else None
    if not isinstance(last, PrintedTable) or len(walls) - 1 != last.columns:
        return TableBefore()
    return TableBefore(walls, tuple(without_gaps(cell.text) for cell in last.in_row(0)))


def _in_order(
    page: PdfPage, tables: Sequence[DrawnTable], running: set[tuple[str, int]]
) -> list[str | DrawnTable]:
    """Tables and the lines between them, without heads and numbers of the page."""
    outside = [
        line
        for line in lines_of(page.letters)
        if not any(table.bottom <= line.y <= table.top for table in tables)
        and not (_is_marginal(line, page) and _key(line) in running)
        and not _PAGE_NUMBER.fullmatch(without_gaps(line.text))
    ]
    placed: list[tuple[float, str | DrawnTable]] = [(line.y, line.text) for line in outside]
    placed += [(table.top, table) for table in tables]
    return [item for _, item in sorted(placed, key=lambda pair: -pair[0])]


def _same_columns(table: PrintedTable, walls: Sequence[float], more: DrawnTable) -> dict[int, int] | None:
    """Which column of the table each column of the other is, if that can be its next page."""
    if len(more.walls) - 1 == table.columns:
        return {column: column for column in range(table.columns)}
    places = [
        next((index for index, wall in enumerate(walls) if abs(wall - place) <= SAME_WALL), None)
        for place in more.walls
    ]
    if None in places or len(walls) - 1 != table.columns:
        return None
    return {column: place for column, place in enumerate(places[:-1]) if place is not None}


def _go_on(table: PrintedTable, more: DrawnTable, mapping: dict[int, int]) -> None:
    """Put the rows of the next page below: without the head again, a row cut in two joined."""
    skip = _repeated_head(table, more)
    above = table.rows
    ends = [*mapping.values(), table.columns]
    regions = [
        replace(
            region,
            row=region.row - skip + above,
            column=mapping[region.column],
            columns=ends[min(region.column + region.columns, len(ends) - 1)] - mapping[region.column],
        )
        for region in more.regions
        if region.row >= skip
    ]
    if not regions:
        return
    fresh = PrintedTable(table.columns, regions)
    _fill_merged(table, fresh, above)
    first = fresh.in_row(above)
    if _is_cut(table, first):
        _join(table, first)
        rest = [region for region in fresh.cells if region.row > above or region.rows > 1]
        table.cells += [
            replace(region, row=max(above, region.row - 1), rows=region.rows - (region.row == above))
            for region in rest
        ]
    else:
        table.page_tops.append(above)
        table.cells += fresh.cells


def _repeated_head(table: PrintedTable, more: DrawnTable) -> int:
    """How many rows of the next page are those the table begins with."""
    rows = 0
    while rows < min(MAX_HEAD_ROWS, table.rows, more.rows):
        mine = [without_gaps(cell.text) for cell in table.in_row(rows) if cell.text]
        other = [without_gaps(cell.text) for cell in more.regions if cell.row == rows and cell.text]
        if mine != other:
            break
        rows += 1
    return rows


def _fill_merged(table: PrintedTable, fresh: PrintedTable, above: int) -> None:
    """A cell merged over the end of the page is blank on the next one: it has what it had before."""
    for index, cell in enumerate(fresh.cells):
        if cell.row == above and not cell.text:
            before = _last_in_column(table, cell.column)
            if before is not None and (cell.rows > 1 or before.rows > 1):
                fresh.cells[index] = replace(cell, text=before.text)


def _last_in_column(table: PrintedTable, column: int) -> Region | None:
    in_column = [cell for cell in table.cells if cell.column <= column < cell.column + cell.columns]
    return max(in_column, key=lambda cell: cell.row, default=None)


def _is_cut(table: PrintedTable, first: Sequence[Region]) -> bool:
    """Whether the first row of a page is the rest of the last one before: it lacks what no row lacks."""
    filled = Counter(cell.column for cell in table.cells if cell.text and cell.row > 0 and cell.rows == 1)
    usual = {column for column, count in filled.items() if count >= (table.rows - 1) * USUAL}
    there = {cell.column for cell in first if cell.text and cell.rows == 1}
    return bool(there) and bool(usual) and len(there & usual) <= len(usual) / 2 and not _is_wide(first)


def _is_wide(row: Sequence[Region]) -> bool:
    """Whether a row is a heading or a total: one cell over several columns."""
    return any(cell.text and cell.columns > 1 for cell in row)


def _join(table: PrintedTable, rest: Sequence[Region]) -> None:
    last = table.rows - 1
    for cell in rest:
        if not cell.text or cell.rows > 1:
            continue
        for index, own in enumerate(table.cells):
            if own.column == cell.column and own.row + own.rows - 1 == last and own.rows == 1:
                table.cells[index] = replace(own, text=own.text + cell.text)
