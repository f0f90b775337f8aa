"""The rows of one edition of a register: a whole snapshot in a workbook, read by the register's schema."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from openbureau.chinese.personal_data import personal_data
from openbureau.chinese.personal_names import hide_names, mask_persons
from openbureau.library.lists.disclosed import ListDisclosure, list_disclosures
from openbureau.library.lists.opening import open_list
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers.other_rows import NAMES, explains_heading, other_row
from openbureau.library.registers.schema import RegisterColumn, Schema
from openbureau.library.registers.values import NotAValue, doubt_of, fold, one_line, read_value
from openbureau.spreadsheets.refusals import ASK_FOR_WORKBOOK, LIST_IS_A_PICTURE
from openbureau.spreadsheets.workbook import Cell, Sheet, Unreadable, column_letters

MAX_HEADER_ROW = 20
"""The header is among the first rows of a sheet; what stands above it is its title."""

MAX_ALIKE = 3
"""How many times a fault of one column is told cell by cell; of the others only the rows are told."""

_MUST = re.compile(r"^\*+|\*+$|\((?:必填|选填|非必填)项?\)$")
"""Marks at headings of forms, folded."""


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
class RegisterSheetRows:
    """How many rows of a visible sheet have something in them (`seen`), how many of these are entries
    (`read`), and what the others are."""

    sheet: str
    seen: int
    read: int = 0
    others: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        others = "".join(f", {count} {kind}" for kind, count in self.others.items() if count)
        return f"{self.sheet or '-'}: {self.read} of {self.seen} rows are entries{others}"


@dataclass
class SnapshotRows:
    """The rows of one edition and what is wrong with its file. Without rows when a problem stops it.

    `stopping` counts the problems that stop the publication.
    """

    file: str
    sheets: list[RegisterSheetRows] = field(default_factory=list)
    stopping: int = 0
    rows: list[RegisterRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, place: str, what: str, mend: str, *, stops: bool = True) -> None:
        self.problems.append(Problem(self.file, place, what, mend, stops))
        self.stopping += stops


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
        if len(shown) > 1 and _is_prose(sheet):
            filled = sum(map(_is_filled, sheet.rows))
            edition.sheets.append(RegisterSheetRows(sheet.name or "", filled, others=Counter(note=filled)))
            what, mend = "工作表里没有表格，没有采用", "不必处理；确有清单的，请写成有表头的表格"
            edition.report(sheet.name or "", what, mend, stops=False)
            continue
        _read_sheet(edition, sheet, schema)
    edition.problems = _folded(edition.problems)
    for notice in workbook.notices:
        place = "!".join(filter(None, (notice.sheet or "", str(notice.row or ""))))
        edition.report(place, notice.message, notice.mend, stops=False)
    if not shown and any(sheet.has_pictures for sheet in workbook.sheets):
        edition.report("", LIST_IS_A_PICTURE, ASK_FOR_WORKBOOK)
    elif not shown:
        edition.report("", "文件中没有可见的清单", "请放入有表头的清单；没有记录的，只留表头")
    return edition


_REMOVE = "请在原件中删除后重新提交；本来就要公开的号码，写入 site.toml 的 [disclosure] public_numbers"


def _report_personal_data(edition: SnapshotRows, disclosures: Iterable[ListDisclosure]) -> None:
    """A stop for all personal data in the file, in hidden sheets and parts, too."""
    for disclosure in disclosures:
        what, mend = f"有{disclosure.words}，不得公开", _REMOVE
        if disclosure.sheet and disclosure.cell:
            name = disclosure.sheet.name or ""
            place = _place("（名称已隐去）" if personal_data(name) else name, disclosure.cell)
            edition.report(place, f"单元格内{what}", mend)
        else:
            edition.report(disclosure.place, f"此处{what}", mend)


def _read_sheet(edition: SnapshotRows, sheet: Sheet, schema: Schema) -> None:
    name = sheet.name or ""
    headings = {_heading(heading): column for column in schema.columns for heading in column.headings}
    header = max(sheet.rows[:MAX_HEADER_ROW], key=lambda row: len(_columns(row, headings)))
    columns = _columns(header, headings)
    tally = RegisterSheetRows(name, sum(map(_is_filled, sheet.rows)))
    edition.sheets.append(tally)
    left = [column for column in schema.columns if column not in columns.values()]
    missing = [
        "或".join([column.label, *(schema.column(name).label for name in column.taken_from)])
        for column in left
        if column.required and not _replaced(column, left)
    ]
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
    tally.others["title"] = sum(map(_is_filled, sheet.rows[: begin - 1]))
    tally.others["header"] = 1
    _report_columns(edition, sheet, header, columns, schema)
    _report_replaced(edition, name, left, schema)
    key = schema.column(schema.key)
    keyed = [number for number, column in columns.items() if column.name in (key.name, *key.taken_from)]
    for cells in sheet.rows[begin:]:
        own = _own(cells)
        if not own:
            continue
        if len(_columns(cells, headings)) == len(columns):
            tally.others["header"] += 1
            continue
        is_first = not tally.read and explains_heading(own)
        if kind := "header" if is_first else other_row(own, headed, columns, keyed):
            what = f"此行只有{NAMES[kind]}，没有采用"
            mend = "不必处理；确是一条记录的，请补全各列"
            tally.others[kind] += 1
            edition.report(_place(name, own[0]), what, mend, stops=False)
            continue
        for cell in cells:
            if cell.column not in headed:
                mend = "请检查是否多了一格（CSV 中文字里的逗号要加引号），或补上表头"
                edition.report(_place(name, cell), "这一格没有表头", mend)
        row = _row(edition, cells, columns, schema, sheet)
        if row:
            edition.rows.append(row)
            tally.read += 1


def _is_prose(sheet: Sheet) -> bool:
    """Whether a sheet is no table: no row has two cells, and nothing lies on it."""
    return not sheet.has_pictures and all(len(_own(row)) < 2 for row in sheet.rows)


def _own(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.origin is None]


def _is_filled(cells: Iterable[Cell]) -> bool:
    return any(cell.origin is None for cell in cells)


def _heading(text: str) -> str:
    """A heading without the marks of what must be filled in (*行政相对人名称, 行政相对人名称（必填）)."""
    return _MUST.sub("", fold(text))


def _replaced(column: RegisterColumn, left: Collection[RegisterColumn]) -> bool:
    """Whether something stands for a column that the file has not; `left` are all that it has not."""
    absent = {column.name for column in left}
    return bool(column.absent) or any(name not in absent for name in column.taken_from)


def _folded(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, of each fault of a column only the first few, and in how many rows it is besides."""
    alike: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((problem.place.rstrip("0123456789"), problem.what, problem.mend), []).append(problem)
    lines: list[Problem] = []
    for group in alike.values():
        if not group[0].place or len(group) <= MAX_ALIKE + 1:
            lines += group
            continue
        more = group[MAX_ALIKE:]
        rows = "、".join(re.sub(r".*\D", "", problem.place) for problem in more[:MAX_ALIKE])
        others = f"{rows} …" if len(more) > MAX_ALIKE else rows
        what = f"{more[0].what}（同一列还有 {len(more)} 处：第 {others} 行）"
        lines += [*group[:MAX_ALIKE], replace(more[0], what=what)]
    return lines


def _report_replaced(
    edition: SnapshotRows, sheet: str, left: Iterable[RegisterColumn], schema: Schema
) -> None:
    """What the schema puts into columns that the file does not have, in one line."""
    replaced = [
        f"“{column.label}”（"
        + (
            f"按“{column.absent}”"
            if column.absent
            else f"取“{'”或“'.join(schema.column(name).label for name in column.taken_from)}”"
        )
        + "）"
        for column in left
        if column.replacement
    ]
    if replaced:
        what = f"表头没有{'、'.join(replaced)}，各行照此补上"
        edition.report(sheet, what, "不必处理；要逐行填写的，请补上这几列", stops=False)


def _report_columns(
    edition: SnapshotRows,
    sheet: Sheet,
    header: Iterable[Cell],
    columns: Mapping[int, RegisterColumn],
    schema: Schema,
) -> None:
    """Columns that are there twice, that the schema does not know or leaves out, or that are hidden."""
    seen: set[str] = set()
    name = sheet.name or ""
    left_out = set(map(_heading, schema.left_out))
    unpublished = [cell for cell in header if _heading(cell.text) in left_out and cell.column not in columns]
    if unpublished:
        headings = "、".join(f"“{one_line(cell.text)}”" for cell in unpublished)
        mend = "不必处理；要公开的，在 register.toml 里写成一列"
        edition.report(name, f"这几列按清单的规定不公开，没有采用：{headings}", mend, stops=False)
    for cell in header:
        column = columns.get(cell.column)
        if cell in unpublished:
            continue
        if column is None:
            own = next(
                (one for one in schema.columns if _heading(cell.text) in map(_heading, one.headings)), None
            )
            what = f"“{one_line(cell.text)}”一列" + (
                f"与另一列都是“{own.label}”，只采用了那一列" if own else "不在清单的规定之内，没有采用"
            )
            mend = "要公开的请改成规定的表头；不该公开的请从文件中删除"
            edition.report(_place(name, cell), what, mend, stops=False)
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
    sheet: Sheet,
) -> RegisterRow | None:
    """One row, or None when something in it is wrong."""
    before = edition.stopping
    values = {column.name: "" for column in schema.columns}
    places = {column.name: "" for column in schema.columns}
    persons: set[str] = set()
    name = sheet.name or ""
    number = 0
    for cell in cells:
        number = cell.row
        column = columns.get(cell.column)
        if column is None:
            continue
        places[column.name] = _place(name, cell)
        try:
            values[column.name] = read_value(column, cell, from_1904=sheet.from_1904)
        except NotAValue as fault:
            edition.report(places[column.name], f"“{column.label}”{fault.what}", fault.mend)
            continue
        if doubt := doubt_of(column, cell):
            edition.report(places[column.name], f"“{column.label}”{doubt.what}", doubt.mend, stops=False)
        if column.mask:
            values[column.name], names = mask_persons(values[column.name])
            persons |= names
    for position, column in columns.items():
        places[column.name] = places[column.name] or _at(name, position, number)
    for column in schema.columns:
        if column.replacement and column not in columns.values():
            source = next((one for one in column.taken_from if values[one]), "")
            values[column.name] = column.absent or (values[source] if source else "")
            sources = [source, *column.taken_from]
            places[column.name] = next(filter(None, map(places.get, sources)), _at(name, 1, number))
    if edition.stopping == before:
        empty = [column for column in schema.columns if column.required and not values[column.name]]
        # What is taken from one column is missing with it, and told once.
        for column in {places[column.name]: column for column in reversed(empty)}.values():
            what = f"“{column.label}”是空的"
            if column not in columns.values():
                labels = "”和“".join(schema.column(source).label for source in column.taken_from)
                what = f"“{labels}”是空的，没有可以用作“{column.label}”的"
            edition.report(places[column.name], what, "请填写；不是记录的行请删除")
    if edition.stopping > before:
        return None
    return RegisterRow(values, frozenset(persons), hide_names(name, persons), number, places)


def _columns(row: Iterable[Cell], headings: Mapping[str, RegisterColumn]) -> dict[int, RegisterColumn]:
    """The columns whose headings stand in a row, by the number of the column.

    Where several headings of a column do, the one that its schema names first stands for it.
    """
    known = {cell.column: text for cell in row if (text := _heading(cell.text)) in headings}
    order = {heading: index for index, heading in enumerate(headings)}
    first: dict[str, str] = {}
    for text in sorted(known.values(), key=order.__getitem__):
        first.setdefault(headings[text].name, text)
    return {number: headings[text] for number, text in known.items() if first[headings[text].name] == text}


def _place(sheet: str, cell: Cell) -> str:
    return _at(sheet, cell.column, cell.row)


def _at(sheet: str, column: int, row: int) -> str:
    return "!".join(part for part in (sheet, f"{column_letters(column)}{row}") if part)
