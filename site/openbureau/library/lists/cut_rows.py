"""Rows that were cut in two where a page ends, and tables that go on without their head."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from openbureau.chinese.credit_codes import CODE_CELL
from openbureau.chinese.folding import fold
from openbureau.spreadsheets.workbook import Cell, Sheet

MAX_ORDINAL_COLUMN = 4
MIN_SHARE = 0.5
"""Of the rows have an ordinal, and of these follow the one above, in a column of ordinals."""
MIN_NAME_CHARACTERS = 8
"""Of a name that is whole and not the rest of one."""

_ORDINAL = re.compile(r"\d{1,4}[.、]?")
_ORDINAL_HEADS = {"序号", "序", "编号", "no", "no."}
_NO_REST = re.compile(
    r"(小计|合计|总计|共计|累计|总数|注|备注|说明|附注?)[:：]?.*"
    r"|([(（]?[一二三四五六七八九十]+[)）]?、?.*|.*(区|县|市|机构|类|名单)[:：]?|.*\d+[家所个][)）]?)"
)
"""Totals, notes and headings: alone in their row they are no rest of the row above."""
_WHOLE = (
    CODE_CELL,
    re.compile(r"\d{4}[年./-]\d{1,2}[月./-]\d{1,2}日?"),
    re.compile(rf".{{{MIN_NAME_CHARACTERS},}}(公司|学校|中心|机构|俱乐部|学院|工作室|馆|社)([(（].*[)）])?"),
)
_ENDED = re.compile(r".*(号|室|层|楼|铺|房|栋|幢|座|之[一二三四五六七八九十])[)）]?", re.DOTALL)
_ADDRESS = re.compile(r".{2,6}[省市县区镇乡]|.{2,6}(街道|路|大道)")

Row = tuple[Cell, ...]


def joined(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The tables of a paper, the rest of each cut row joined to the row above, be that in the table before.

    In a table with ordinals the rest of a row has none. It stays in its place, blank, and is counted among
    the `continuations`. A table that begins with the next ordinal gets the head of the one before.
    """
    tables = [list(sheet.rows) for sheet in sheets]
    cut: list[set[int]] = [set() for _ in sheets]
    heads: list[tuple[Row, ...]] = []
    above: tuple[int, int] | None = None
    following: tuple[int, int] | None = None
    for number, rows in enumerate(tables):
        column, first = _ordinals(rows, following)
        for index, row in enumerate(rows):
            if column is None or not row:
                continue
            if index >= first and any(cell.column == column for cell in row):
                above = (number, index)
            elif above and (index >= first or index == 0):
                table, place = above
                if _is_rest(row, tables[table][place], column):
                    tables[table][place] = _completed(tables[table][place], row)
                    rows[index] = ()
                    cut[number].add(index + 1)
        if column is None:
            first = _first_record(rows)
        has_own_head = first != 0 if column is None else first > len(cut[number] & {1})
        heads.append(() if has_own_head else _head_before(tables, heads, number))
        following = _following(rows, column) if column else None
    return tuple(
        replace(sheet, rows=tuple(rows), continuations=frozenset(rests), head=head)
        for sheet, rows, rests, head in zip(sheets, tables, cut, heads, strict=True)
    )


def _ordinals(rows: Sequence[Row], following: tuple[int, int] | None = None) -> tuple[int | None, int]:
    """The column in which the rows are numbered, and the first row with a number; None without one.

    `following` are the column of ordinals in the table before and the ordinal after its last one.
    """
    for column in range(1, MAX_ORDINAL_COLUMN + 1):
        numbers = [
            (index, int(re.sub(r"\D", "", fold(cell.text))))
            for index, row in enumerate(rows)
            for cell in row
            if cell.column == column and cell.origin is None and _ORDINAL.fullmatch(fold(cell.text))
        ]
        if not numbers:
            continue
        first = numbers[0][0]
        filled = sum(any(cell.origin is None for cell in row) for row in rows[first:])
        in_order = sum(below == above + 1 for (_, above), (_, below) in pairwise(numbers))
        is_called_so = any(
            cell.column == column and fold(cell.text).lower() in _ORDINAL_HEADS
            for row in rows[:first]
            for cell in row
        )
        if len(numbers) >= filled * MIN_SHARE and (
            is_called_so
            or (column, numbers[0][1]) == following
            or 0 < in_order >= (len(numbers) - 1) * MIN_SHARE
        ):
            return column, first
    return None, 0


def _first_record(rows: Sequence[Row]) -> int:
    """The first row with a credit code or permit number, which no head has; -1 without one."""
    return next(
        (
            index
            for index, row in enumerate(rows)
            if any(CODE_CELL.fullmatch(fold(cell.text).upper()) for cell in row)
        ),
        -1,
    )


def _following(rows: Sequence[Row], column: int) -> tuple[int, int] | None:
    """The column, and the ordinal after the last one in it."""
    texts = [fold(cell.text) for row in rows for cell in row if cell.column == column]
    numbers = [text for text in texts if _ORDINAL.fullmatch(text)]
    return (column, int(re.sub(r"\D", "", numbers[-1])) + 1) if numbers else None


def _head_before(
    tables: Sequence[Sequence[Row]], heads: Sequence[tuple[Row, ...]], number: int
) -> tuple[Row, ...]:
    """The head of the table before one that begins without any, if it is as wide."""
    if number == 0 or _width(tables[number]) != _width(tables[number - 1]):
        return ()
    column, first_before = _ordinals(tables[number - 1])
    if column is None:
        first_before = max(_first_record(tables[number - 1]), 0)
    return tuple(tables[number - 1][:first_before]) or heads[number - 1]


def _width(rows: Sequence[Row]) -> int:
    return max((row[-1].column for row in rows if row), default=0)


def _is_rest(row: Row, above: Row, ordinal: int) -> bool:
    own = [cell for cell in row if cell.origin is None]
    is_wide = any(cell.origin is not None and cell.origin[0] == cell.row for cell in row)
    if not own or is_wide or any(cell.column == ordinal for cell in row) or own[-1].column < ordinal:
        return False
    if len(own) == 1 and _NO_REST.fullmatch(fold(own[0].text)):
        return False
    upper = {cell.column: cell.text for cell in above}
    return not any(_is_whole(cell.text) and _is_whole(upper.get(cell.column, "")) for cell in own)


def _is_whole(text: str) -> bool:
    plain = fold(text).upper()
    return any(pattern.fullmatch(plain) for pattern in _WHOLE)


def _completed(above: Row, rest: Row) -> Row:
    cells = {cell.column: cell for cell in above}
    for cell in rest:
        if cell.origin is not None:
            continue
        upper = cells.get(cell.column)
        if upper is None:
            cells[cell.column] = cell._replace(row=above[0].row)
        else:
            # A whole address above and another one below are two of them.
            is_another = _ENDED.fullmatch(upper.text) and _ADDRESS.match(cell.text)
            cells[cell.column] = upper._replace(value=upper.text + ("\n" if is_another else "") + cell.text)
    return tuple(cells[column] for column in sorted(cells))
