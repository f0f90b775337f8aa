"""What a sheet holds beside its lists: names above or without a header, columns without a heading."""

import re
from collections.abc import Iterator, Sequence

from openbureau.chinese.credit_codes import CODE_CELL
from openbureau.chinese.folding import fold
from openbureau.library.whitelist.layout.lines import Doubt, SheetLines
from openbureau.library.whitelist.layout.row_kinds import is_note, looks_like_name
from openbureau.library.whitelist.vocabulary import status_of_heading
from openbureau.spreadsheets.workbook import Cell, Sheet, column_letters

MIN_CELLS = 3
"""A row of a list has so many cells."""
MAX_PLACES = 5
"""So many rows are named in one problem."""

_PLAIN_NUMBER = re.compile(r"\W*\d*\W*")


def listed_rows(rows: Sequence[int]) -> str:
    """Rows for a sentence: 第 3、5、8 行."""
    shown = "、".join(map(str, rows[:MAX_PLACES]))
    return f"第 {shown} 行{'等' if len(rows) > MAX_PLACES else ''}"


def looks_like_records(sheet: Sheet) -> bool:
    """Whether a sheet without a header holds institutions: rows with a credit code or permit number."""
    return any(
        len(row) >= MIN_CELLS and any(CODE_CELL.fullmatch(fold(cell.text).upper()) for cell in row)
        for row in sheet.rows
    )


def leftovers(result: SheetLines) -> Iterator[Doubt]:
    """All that the sheet holds and no list of it has taken."""
    yield from _above_headers(result)
    yield from _without_heading(result)
    yield from _in_title(result)


def _above_headers(result: SheetLines) -> Iterator[Doubt]:
    """Rows with names of institutions above the first header, or on a sheet that has none."""
    # A table that goes on without its head has the head of the part before, above its first row.
    last = max(result.headers[0].first - 1, 0) if result.headers else len(result.sheet.rows)
    rows = [row for row in result.sheet.rows[:last] if _has_name(row)]
    if rows:
        where = "表头上方" if result.headers else "没有表头的工作表中"
        message = f"{where}有像是机构的行（{listed_rows([row[0].row for row in rows])}），没有采用"
        mend = "请在这些行上方补上表头，至少有“机构名称”“统一社会信用代码”“办学许可证号”“地址”"
        yield Doubt(row=rows[0][0].row, column=None, message=message, mend=mend)


def _has_name(row: Sequence[Cell]) -> bool:
    own = [fold(cell.text) for cell in row if cell.origin is None]
    return len(own) >= MIN_CELLS and any(looks_like_name(text) and not is_note(text) for text in own)


def _without_heading(result: SheetLines) -> Iterator[Doubt]:
    """Columns beside the lists in which rows have something and that no header names."""
    if not result.headers:
        return
    headed = {number for header in result.headers for number in header.columns}
    rows = {line.number for line in result.lines}
    strays: dict[int, list[int]] = {}
    for row in result.sheet.rows[result.headers[0].last :]:
        for cell in row:
            is_stray = cell.row in rows and cell.column not in headed and cell.origin is None
            if is_stray and not _PLAIN_NUMBER.fullmatch(cell.text):
                strays.setdefault(cell.column, []).append(cell.row)
    for column, places in strays.items():
        message = f"{column_letters(column)} 列没有列标题，其中的内容（{listed_rows(places)}）没有采用"
        mend = "请在表头中给该列写上标题，不需要的请删除"
        yield Doubt(row=places[0], column=column, message=message, mend=mend)


def _in_title(result: SheetLines) -> Iterator[Doubt]:
    """A white list whose title says that it has others, too, without saying which."""
    if not result.headers or any(header.of("status") or header.of("operating") for header in result.headers):
        return
    titles = [
        cell
        for row in result.sheet.rows[: max(result.headers[0].first - 1, 0)]
        for cell in row
        if not cell.origin
    ]
    for cell in titles:
        plain = fold(cell.text)
        status = status_of_heading(plain.replace("白名单", ""))
        is_said = any(line.around.heading is not None for line in result.lines)
        if "白名单" in plain and status not in (None, "正常") and not is_said:
            message = "标题说名单含有不在正常办学的机构，但没有一列写明是哪些"
            mend = "请增加“状态”列逐行写明，或把这些机构另列一张表"
            yield Doubt(row=cell.row, column=cell.column, message=message, mend=mend)
