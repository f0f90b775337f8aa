"""The rows of one edition of a register: a whole snapshot in a workbook, read by the register's schema.

The value of a cell follows the type of its column; it is always text, empty when there is none.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from openbureau.chinese.dates import FOREVER, NotADay, read_days
from openbureau.chinese.folding import half_width, without_gaps
from openbureau.chinese.personal_data import personal_data
from openbureau.chinese.personal_names import hide_names, mask_persons
from openbureau.library.lists.disclosed import ListDisclosure, list_disclosures
from openbureau.library.lists.opening import open_list
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers.schema import ColumnType, RegisterColumn, Schema
from openbureau.spreadsheets.refusals import ASK_FOR_WORKBOOK, LIST_IS_A_PICTURE
from openbureau.spreadsheets.workbook import Cell, Sheet, Unreadable, column_letters

MAX_HEADER_ROW = 20
"""The header is among the first rows of a sheet; what stands above it is its title."""

NOTES = ("注", "备注", "说明", "填表", "合计", "制表")
"""A row of one cell that begins so is a remark on the list and no entry."""

BETWEEN = re.compile(r"\s*[、,，;；]\s*")
"""What stands between several choices in one cell."""

_KNOWN_PART = re.compile(r"((?:19|20)\d\d)\s*(?:年|(?:[-./]|年)\s*(\d{1,2})\s*月?)?")
_LINK = re.compile(r"https?://[^\s/\\]+(/[^\s\\]*)?|/(?!/)[^\s\\]*")


class NotAValue(ValueError):
    """The cell holds something else than its column says: `what` is wrong and how to `mend` it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}；{mend}")
        self.what = what
        self.mend = mend


@dataclass(frozen=True)
class RegisterRow:
    """One row: its values by column name, every one of them, and where it stands.

    Persons are masked in their own columns only; `persons` are their names, which must be hidden in all
    other cells of the register too, and appear in no repr.
    """

    values: Mapping[str, str] = field(repr=False)
    persons: frozenset[str] = field(repr=False)
    sheet: str
    number: int
    cells: Mapping[str, str]


@dataclass
class SnapshotRows:
    """The rows of one edition and what is wrong with its file. Without rows when a problem stops it."""

    file: str
    rows: list[RegisterRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, place: str, what: str, mend: str, *, stops: bool = True) -> None:
        self.problems.append(Problem(self.file, place, what, mend, stops))


def read_rows(
    path: Path, file: str, schema: Schema, public: Collection[str], readings: ReadingCache
) -> SnapshotRows:
    """Read the workbook at `path`, called `file` in its problems."""
    edition = SnapshotRows(file)
    try:
        workbook = open_list(path)
    except Unreadable as fault:
        edition.report("", fault.message, fault.mend)
        return edition
    sheets = [sheet for sheet in workbook.sheets if any(sheet.rows)]
    _report_personal_data(edition, list_disclosures(path, workbook, public, readings))
    if edition.problems:
        return edition
    shown = [sheet for sheet in sheets if not sheet.hidden]
    for sheet in sheets:
        if sheet.hidden:
            mend = "确属清单请取消隐藏，否则请删除"
            edition.report(sheet.name or "", "工作表被隐藏，其中的内容没有采用", mend, stops=False)
    for sheet in shown:
        _read_sheet(edition, sheet, schema)
    for notice in workbook.notices:
        place = "!".join(filter(None, (notice.sheet or "", str(notice.row or ""))))
        edition.report(place, notice.message, notice.mend, stops=False)
    if not shown and any(sheet.has_pictures for sheet in workbook.sheets):
        edition.report("", LIST_IS_A_PICTURE, ASK_FOR_WORKBOOK)
    elif not shown:
        edition.report("", "文件中没有可见的清单", "请放入有表头的清单；没有记录的，只留表头")
    return edition


def _report_personal_data(edition: SnapshotRows, disclosures: Iterable[ListDisclosure]) -> None:
    """A stop for all personal data in the file, in hidden sheets and parts, too."""
    for disclosure in disclosures:
        what, mend = f"有{disclosure.words}，不得公开", "请在原件中删除后重新提交"
        if disclosure.sheet and disclosure.cell:
            name = disclosure.sheet.name or ""
            place = _place("（名称已隐去）" if personal_data(name) else name, disclosure.cell)
            edition.report(place, f"单元格内{what}", mend)
        else:
            edition.report(disclosure.place, f"此处{what}", mend)


def _read_sheet(edition: SnapshotRows, sheet: Sheet, schema: Schema) -> None:
    name = sheet.name or ""
    headings = {fold(heading): column for column in schema.columns for heading in column.headings}
    header = max(sheet.rows[:MAX_HEADER_ROW], key=lambda row: len(_columns(row, headings)))
    columns = _columns(header, headings)
    needed = [column for column in schema.columns if column.required]
    missing = [column.label for column in needed if column not in columns.values()]
    if missing or not columns:
        what = f"表头缺少：{'、'.join(missing)}" if columns else "找不到表头"
        labels = "、".join(column.label for column in schema.columns)
        mend = f"表头应为：{labels}"
        if sheet.has_pictures and not columns:
            what, mend = LIST_IS_A_PICTURE, ASK_FOR_WORKBOOK
        edition.report(name, what, mend)
        return
    headed = {cell.column for cell in header}
    begin = header[0].row
    _report_columns(edition, sheet, header, columns)
    for cells in sheet.rows[begin:]:
        own = [cell for cell in cells if cell.origin is None]
        if not own or len(_columns(cells, headings)) == len(columns):
            continue
        if len(own) == 1 and len(columns) > 1 and own[0].text.strip().startswith(NOTES):
            mend = "不必处理；确是一条记录的，请补全各列"
            edition.report(_place(name, own[0]), "此行只有说明，没有采用", mend, stops=False)
            continue
        for cell in cells:
            if cell.column not in headed:
                mend = "请检查是否多了一格（CSV 中文字里的逗号要加引号），或补上表头"
                edition.report(_place(name, cell), "这一格没有表头", mend)
        row = _row(edition, cells, columns, schema, name)
        if row:
            edition.rows.append(row)


def _report_columns(
    edition: SnapshotRows, sheet: Sheet, header: Iterable[Cell], columns: Mapping[int, RegisterColumn]
) -> None:
    """Columns that are there twice, that the schema does not know, or that are hidden."""
    seen: set[str] = set()
    name = sheet.name or ""
    for cell in header:
        column = columns.get(cell.column)
        if column is None:
            mend = "请改成规定的表头；不该公开的，从文件中删除"
            edition.report(_place(name, cell), "这一列不在清单的规定之内，没有采用", mend, stops=False)
        elif column.name in seen:
            edition.report(_place(name, cell), f"表头“{column.label}”出现了两次", "请只保留一列")
        else:
            seen.add(column.name)
            if cell.column in sheet.hidden_columns:
                mend = "请取消隐藏后核对，不该公开的请删除"
                edition.report(_place(name, cell), "该列被隐藏，仍按表头读取", mend, stops=False)
    hidden = [row for row in sorted(sheet.hidden_rows) if row <= len(sheet.rows) and sheet.rows[row - 1]]
    if hidden:
        what = f"有 {len(hidden)} 行被隐藏（第一处是第 {hidden[0]} 行），仍按清单读取"
        edition.report(name, what, "请取消筛选和隐藏后核对，不该公开的请删除", stops=False)


def _row(
    edition: SnapshotRows,
    cells: Iterable[Cell],
    columns: Mapping[int, RegisterColumn],
    schema: Schema,
    sheet: str,
) -> RegisterRow | None:
    """One row, or None when something in it is wrong."""
    before = len(edition.problems)
    values = {column.name: "" for column in schema.columns}
    places = {column.name: "" for column in schema.columns}
    persons: set[str] = set()
    number = 0
    for cell in cells:
        number = cell.row
        column = columns.get(cell.column)
        if column is None:
            continue
        places[column.name] = _place(sheet, cell)
        try:
            values[column.name] = read_value(column, cell)
        except NotAValue as fault:
            edition.report(places[column.name], f"“{column.label}”{fault.what}", fault.mend)
            continue
        if column.mask:
            values[column.name], names = mask_persons(values[column.name])
            persons |= names
    for position, column in columns.items():
        places[column.name] = places[column.name] or _at(sheet, position, number)
    if len(edition.problems) == before:
        for column in schema.columns:
            if column.required and not values[column.name]:
                mend = "请填写；不是记录的行请删除"
                edition.report(places[column.name], f"“{column.label}”是空的", mend)
    if len(edition.problems) > before:
        return None
    return RegisterRow(values, frozenset(persons), hide_names(sheet, persons), number, places)


def _columns(row: Iterable[Cell], headings: Mapping[str, RegisterColumn]) -> dict[int, RegisterColumn]:
    """The columns whose headings stand in a row, by the number of the column."""
    return {cell.column: headings[text] for cell in row if (text := fold(cell.text)) in headings}


def fold(text: str) -> str:
    """A heading or a key without what differs only to the eye: width, white space, letter case."""
    return without_gaps(half_width(one_line(text))).casefold()


def _place(sheet: str, cell: Cell) -> str:
    return _at(sheet, cell.column, cell.row)


def _at(sheet: str, column: int, row: int) -> str:
    return "!".join(part for part in (sheet, f"{column_letters(column)}{row}") if part)


def read_value(column: RegisterColumn, cell: Cell) -> str:
    """The value of a cell. Raises NotAValue, whose words never repeat the cell."""
    if cell.error:
        raise NotAValue("公式出错", "请改成数值或文字")
    return _READERS[column.type](column, cell)


def last_day(day: str) -> str:
    """The last day of a day, month or year; empty for 长期 and for nothing, which have none."""
    parts = day.split("-")
    if not parts[0].isdigit():
        return ""
    year, month = int(parts[0]), int(parts[1]) if len(parts) > 1 else 12
    return day if len(parts) == 3 else f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"


def one_line(text: str) -> str:
    """The text without line breaks, doubled white space and the characters nobody sees."""
    seen = "".join(char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(seen.split())


def _text(column: RegisterColumn, cell: Cell) -> str:
    return one_line(cell.text)


def _day(column: RegisterColumn, cell: Cell) -> str:
    """An ISO day, or the year or month that is all that is known: nothing is filled in."""
    part = _KNOWN_PART.fullmatch(half_width(cell.text).strip())
    if part and part[2] is None:
        return part[1]
    if part and 1 <= int(part[2]) <= 12:
        return f"{part[1]}-{int(part[2]):02}"
    try:
        days = read_days(cell.value, last=False)
    except NotADay:
        days = ("", "")
    if len(days) > 1:
        raise NotAValue("不是一个日期", f"请写成 2024-05-31，只知道年月的写 2024-05，没有期限的写“{FOREVER}”")
    return days[0] if days else ""


def _number(column: RegisterColumn, cell: Cell) -> str:
    text = half_width(cell.text).replace(",", "").strip()
    text = text.removesuffix(column.unit).strip() if column.unit else text
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        number = None
    if text and (number is None or not number.is_finite()):
        raise NotAValue("不是数字", "请只写数字；说明写在说明栏")
    return text


def _choice(column: RegisterColumn, cell: Cell) -> str:
    chosen = [choice for choice in BETWEEN.split(one_line(cell.text)) if choice]
    if not set(chosen) <= set(column.choices):
        raise NotAValue("不在可选的范围内", f"请用：{'、'.join(column.choices)}；多项之间用顿号")
    return "、".join(dict.fromkeys(chosen))


def _link(column: RegisterColumn, cell: Cell) -> str:
    text = cell.text.strip()
    if text and not _LINK.fullmatch(text):
        raise NotAValue("不是网址", "请写完整的 https:// 网址，或本站以 / 开头的地址")
    return text


_READERS: Mapping[ColumnType, Callable[[RegisterColumn, Cell], str]] = {
    "text": _text,
    "day": _day,
    "number": _number,
    "choice": _choice,
    "link": _link,
}
