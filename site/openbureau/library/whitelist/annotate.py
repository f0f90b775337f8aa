"""Annotate a whitelist workbook with all that is wrong with it, for the clerks who made it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from openpyxl.styles import Alignment, Font
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink

from openbureau.chinese.personal_data import PersonalData, personal_data
from openbureau.library.whitelist.rows import Level, Reading, WhitelistProblem
from openbureau.spreadsheets.annotated_copy import (
    AnnotatedCopy,
    CellPosition,
    Mark,
    empty_copy,
    file_bytes,
    holds_personal_data,
    merge_origins,
    personal_cells,
    plain_copy,
    solid,
    styled_copy,
    text_cell,
)
from openbureau.spreadsheets.collecting import without_collecting
from openbureau.spreadsheets.references import column_number
from openbureau.spreadsheets.workbook import Workbook

LIST = "问题清单"
"""The first sheet of an annotated workbook."""
MAX_COMMENTS = 2_000
"""The most comments in one annotated workbook; more make spreadsheet programs crawl. Fills have no bound."""
MAX_LINKS = 60_000
"""The most links in the list; Excel keeps 65,530 on a sheet."""

_LEVELS: dict[Level, str] = {"stop": "必须处理", "error": "错误", "warning": "提示"}
_COLOURS: dict[Level, str] = {"stop": "FF9C9C", "error": "FFC78F", "warning": "FFF2B3"}
_PERSONAL: dict[PersonalData, str] = {"pii_id": "身份证号码", "pii_mobile": "手机号码"}
_EMPTIED = "该单元格内有{}，不得公开；本副本已清空该单元格，原值没有写入本文件。请在原件中删除后重新提交"
_COLUMNS = (
    ("序号", 6),
    ("级别", 10),
    ("工作表", 16),
    ("单元格", 10),
    ("列标题", 18),
    ("问题", 60),
    ("怎样改正", 60),
    ("类型", 18),
)
"""The columns of the list and their widths in characters."""
_FIRST_PROBLEM = 4
"""The row of the list below its title, summary and headings."""
_LINKED = Font(color="0563C1", underline="single")


def annotate(path: Path, workbook: Workbook | None, reading: Reading, out: Path) -> None:
    """Write the workbook at `path` as .xlsx to the new file `out`, each problem of `reading` in its cell.

    `workbook` is what the file holds, None if it cannot be opened (`read_with_workbook` gives both).

    A problem is a fill and a comment; all of them stand on a first sheet, with links to the cells. Cells
    with personal data are emptied, and comments, links and names of sheets with such data are taken out:
    nothing in `out` is personal data. An .xlsx file keeps its looks; of other formats, of large files
    and of those whose looks hold personal data too, the values are copied. Of a file that cannot be
    opened there is only the list. Raises `FileExistsError` if there is `out` already, `OSError` if it
    cannot be written.
    """
    if out.exists():
        raise FileExistsError(f"{out} exists; a file is never written over")
    with without_collecting():
        data = _annotated(path, workbook, reading)
    with out.open("xb") as stream:
        stream.write(data)


def _annotated(path: Path, workbook: Workbook | None, reading: Reading) -> bytes:
    if workbook is None:
        return _with_list(empty_copy(), reading)
    # Each cell is marked, also where one problem tells of many rows.
    rows = [
        replace(problem, row=row) for problem in reading.problems for row in problem.rows or (problem.row,)
    ]
    reading = replace(reading, problems=tuple(rows))
    personal = personal_cells(workbook)
    marks = _marks(workbook, reading.problems, personal)
    if copy := styled_copy(path, marks, personal.keys()):
        data = _with_list(copy, reading)
        if not holds_personal_data(data):
            return data
    return _with_list(plain_copy(workbook, marks, personal.keys()), reading)


def _marks(
    workbook: Workbook,
    problems: Sequence[WhitelistProblem],
    personal: dict[CellPosition, tuple[PersonalData, ...]],
) -> dict[CellPosition, Mark]:
    """The mark of every cell that has a problem, the heaviest of its problems giving the colour.

    Personal data is marked where it is found, whatever the problems call its sheet.
    """
    origin = merge_origins(workbook)
    notes: dict[CellPosition, list[tuple[Level, str]]] = {
        position: [("stop", _EMPTIED.format("、".join(_PERSONAL[kind] for kind in kinds)))]
        for position, kinds in personal.items()
    }
    for problem in problems:
        if problem.row and problem.column and problem.kind not in _PERSONAL:
            position = problem.sheet, problem.row, column_number(problem.column)
            text = f"{problem.message}；{problem.mend}"
            notes.setdefault(origin.get(position, position), []).append((problem.level, text))
    marks: dict[CellPosition, Mark] = {}
    for position, lines in notes.items():
        heaviest = next(level for level in _LEVELS if any(level == other for other, _ in lines))
        comment = "\n".join(f"【{_LEVELS[level]}】{text}" for level, text in lines)
        marks[position] = Mark(_COLOURS[heaviest], comment if len(marks) < MAX_COMMENTS else "")
    return marks


def _with_list(copy: AnnotatedCopy, reading: Reading) -> bytes:
    """The file of the copy, with the list of all problems as its first sheet."""
    sheet = copy.book.create_sheet(LIST, 0)
    copy.book.active = 0
    for number, (_, width) in enumerate(_COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A4"
    looks: dict[tuple[object, ...], StyleArray] = {}
    for row, line in enumerate(_list(copy, reading), start=1):
        cells = [text_cell(sheet, row, column, entry.text) for column, entry in enumerate(line, start=1)]
        for cell, entry in zip(cells, line, strict=True):
            look = min(row, _FIRST_PROBLEM), entry.colour, bool(entry.link)
            if look not in looks:
                cell.alignment = Alignment(wrap_text=row > 2, vertical="top")
                cell.font = Font(bold=True) if row in (1, 3) else _LINKED if entry.link else Font()
                if entry.colour:
                    cell.fill = solid(entry.colour)
                looks[look] = cell._style  # type: ignore[attr-defined]
            # openpyxl has no public way to give a cell the looks of another, and making them anew takes
            # longer than all the rest of a long list.
            cell._style = looks[look]  # type: ignore[attr-defined]
            if entry.link:
                cell.hyperlink = Hyperlink(ref=cell.coordinate, location=entry.link)
        sheet.append(cells)
    return file_bytes(copy)


@dataclass(frozen=True)
class _ListCell:
    """One cell of the list: its text, its fill, and the cell it leads to."""

    text: str
    colour: str = ""
    link: str = ""


def _list(copy: AnnotatedCopy, reading: Reading) -> Iterator[list[_ListCell]]:
    file = "（文件名已隐去）" if personal_data(reading.file) else reading.file
    counts = Counter(problem.level for problem in reading.problems)
    summary = "，".join(f"{_LEVELS[level]} {counts[level]} 处" for level in _LEVELS)
    verdict = "整份文件未采用，请改正后重新提交" if reading.must_stop else "其余内容可以采用"
    yield [_ListCell(f"{LIST}：{file}")]
    yield [_ListCell(f"{summary}。{verdict}。" if reading.problems else "没有发现问题。")]
    yield [_ListCell(heading) for heading, _ in _COLUMNS]
    for number, problem in enumerate(reading.problems, start=1):
        title = copy.titles.get(problem.sheet) if number <= MAX_LINKS else None
        target = f"{problem.column or 'A'}{problem.row or 1}"
        yield [
            _ListCell(str(number)),
            _ListCell(_LEVELS[problem.level], colour=_COLOURS[problem.level]),
            _ListCell(problem.sheet or ""),
            _ListCell(_place(problem), link=f"{quote_sheetname(title)}!{target}" if title else ""),
            *map(_ListCell, (problem.header or "", problem.message, problem.mend, problem.kind)),
        ]


def _place(problem: WhitelistProblem) -> str:
    if problem.row:
        return f"{problem.column or '第 '}{problem.row}{'' if problem.column else ' 行'}"
    return f"{problem.column} 列" if problem.column else "整张表" if problem.sheet else "整份文件"
