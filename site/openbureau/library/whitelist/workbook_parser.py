"""Parse a whitelist workbook (校外培训机构白名单) as the counties send it into normalised rows.

A file with personal data, without a header or not readable is refused whole; everything else is taken
over row by row, with a problem for each thing a clerk should mend.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from openbureau.chinese.personal_data import NAMES, personal_data
from openbureau.library.lists.disclosed import (
    HOW_TO_GO_ON,
    list_disclosures,
    withheld_reason,
)
from openbureau.library.lists.opening import open_list
from openbureau.library.places import Counties
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.whitelist.escrow_accounts import AccountKey, tells_accounts
from openbureau.library.whitelist.header_parser import NOT_TAKEN
from openbureau.library.whitelist.layout.duplicates import find_duplicates
from openbureau.library.whitelist.layout.leftovers import listed_rows, looks_like_records
from openbureau.library.whitelist.layout.lines import Line, SheetLines
from openbureau.library.whitelist.row_parser import RowReader, Source
from openbureau.library.whitelist.rows import (
    Level,
    NotRow,
    ProblemKind,
    Reading,
    RowPosition,
    SheetRows,
    UnknownColumn,
    WhitelistProblem,
    WhitelistRow,
    once_per_column,
)
from openbureau.library.whitelist.sheet_parser import read_lines
from openbureau.library.whitelist.status.row_status import ASK_STATUS
from openbureau.spreadsheets.collecting import without_collecting
from openbureau.spreadsheets.refusals import ASK_FOR_WORKBOOK, LIST_IS_A_PICTURE
from openbureau.spreadsheets.workbook import (
    Sheet,
    Unreadable,
    Workbook,
    column_letters,
)

__all__ = ["NotRow", "Reading", "RowPosition", "WhitelistProblem", "WhitelistRow", "read_whitelist"]

_REMOVE = "请在原件中删除后重新提交；联系方式只保留办公固定电话"


def read_whitelist(
    path: Path,
    *,
    as_of: date,
    counties: Mapping[str, str],
    account_key: AccountKey | None = None,
    public: Collection[str] = (),
    readings: ReadingCache = UNCACHED,
) -> Reading:
    """Read the workbook at `path`, a list as it stood on `as_of`.

    `counties` gives the full name of each county code (GB/T 2260); account numbers are digested under
    `account_key`; mobile numbers that are `public` may stand in the file. Whatever is wrong with the file is
    among the problems of the reading; only a missing file raises (`OSError`).
    """
    return read_with_workbook(
        path, as_of=as_of, counties=counties, account_key=account_key, public=public, readings=readings
    )[0]


def read_with_workbook(
    path: Path,
    *,
    as_of: date,
    counties: Mapping[str, str],
    account_key: AccountKey | None = None,
    public: Collection[str] = (),
    readings: ReadingCache = UNCACHED,
) -> tuple[Reading, Workbook | None]:
    """As `read_whitelist`, with the workbook that was read, None if it cannot be opened."""
    try:
        with without_collecting():
            workbook = open_list(path)
            parser = _WorkbookParser(workbook, path, as_of, Counties(counties), account_key, public, readings)
            return parser.reading(), workbook
    except Unreadable as fault:
        kind: ProblemKind = "unreadable"
        if fault.kind in ("too_large", "no_text", "tracked_changes"):
            kind = fault.kind
        elif fault.kind == "no_table":
            kind = "no_header"
        problem = _problem(path.name, kind, "stop", fault.message, fault.mend)
        return Reading(file=path.name, problems=(problem,)), None


def _problem(
    file: str,
    kind: ProblemKind,
    level: Level,
    message: str,
    mend: str,
    *,
    sheet: str | None = None,
    row: int | None = None,
    column: str | None = None,
    header: str | None = None,
) -> WhitelistProblem:
    return WhitelistProblem(
        file=file,
        sheet=sheet,
        row=row,
        column=column,
        header=header,
        kind=kind,
        level=level,
        message=message,
        mend=mend,
    )


class _WorkbookParser:
    """Parses one workbook, all its sheets together."""

    def __init__(
        self,
        workbook: Workbook,
        path: Path,
        as_of: date,
        counties: Counties,
        account_key: AccountKey | None,
        public: Collection[str],
        readings: ReadingCache,
    ) -> None:
        self.workbook, self.path, self.file = workbook, path, workbook.file
        self.public, self.readings = public, readings
        self.withheld = withheld_reason(path)
        self.as_of = as_of
        self.counties = counties
        self.account_key = account_key
        county = counties.named(path.stem)
        self.sheets = [read_lines(sheet, counties, county) for sheet in workbook.sheets if any(sheet.rows)]
        self.shown = [lines for lines in self.sheets if not lines.sheet.hidden]
        self.remarks = [text for sheet in workbook.sheets for text in sheet.remarks]
        self.notices = workbook.notices
        self.pictures = [sheet.name for sheet in workbook.sheets if sheet.has_pictures and not sheet.hidden]
        self.lines: list[Line] = []

    def reading(self) -> Reading:
        personal, headless = list(self._personal_data()), list(self._without_header())
        hidden = [*self._hidden(), *self._notices()]
        # What is wrong with cells that hold personal data is told in words that might repeat it.
        if headless or any(problem.row for problem in personal):
            return Reading(file=self.file, problems=(*personal, *headless, *hidden))
        rows, problems = self._rows()
        if self.withheld and (stops := [*self._personal_rows(rows)]):
            return Reading(file=self.file, problems=(*stops, *hidden))
        problems += find_duplicates(self.file, rows, self._column_of)
        problems += [problem for lines in self.shown for problem in self._numbers_among_texts(lines)]
        problems += [problem for lines in self.sheets for problem in self._doubts(lines)]
        return Reading(
            file=self.file,
            rows=tuple(rows),
            problems=(*personal, *problems, *hidden),
            unknown_columns=tuple(self._unknown_columns()),
            not_rows=tuple(
                row for lines in self.sheets if lines in self.shown or lines.headers for row in lines.not_rows
            ),
            tells_accounts=tells_accounts(self.sheets, self.remarks),
            withheld=self.withheld or self.workbook.withheld,
            sheets=tuple(map(_sheet_rows, self.shown)),
        )

    def _personal_data(self) -> Iterable[WhitelistProblem]:
        """A stop for all personal data in a file that is handed out: in every cell and every other part."""
        if self.withheld:
            return
        lines_of = {id(lines.sheet): lines for lines in self.sheets}
        for disclosure in list_disclosures(self.path, self.workbook, self.public, self.readings):
            sheet, cell = disclosure.sheet, disclosure.cell
            kind: ProblemKind = "unreadable" if disclosure.kind == "unseen" else disclosure.kind
            if sheet and cell:
                yield _problem(
                    self.file,
                    kind,
                    "stop",
                    f"单元格内有{disclosure.words}，不得公开，整份文件未采用",
                    HOW_TO_GO_ON,
                    sheet=_without_personal_data(sheet),
                    row=cell.row,
                    column=cell.letter,
                    header=_shown_header(lines_of[id(sheet)], cell.column),
                )
            else:
                message = f"{disclosure.place}内有{disclosure.words}，不得公开，整份文件未采用"
                yield _problem(self.file, kind, "stop", message, HOW_TO_GO_ON)

    def _personal_rows(self, rows: Sequence[WhitelistRow]) -> Iterable[WhitelistProblem]:
        """A stop for personal data in what is published of a file that is withheld itself."""
        for at, row in enumerate(rows):
            for field, value in vars(row).items():
                for kind in personal_data(_words(value), self.public):
                    column, header = self._column_of(at, field)
                    message = f"要公布的内容中有{NAMES[kind]}，不得公开，整份文件未采用"
                    sheet = "（名称已隐去）" if personal_data(row.source_sheet or "") else row.source_sheet
                    yield _problem(
                        self.file,
                        kind,
                        "stop",
                        message,
                        _REMOVE,
                        sheet=sheet,
                        row=row.source_row,
                        column=column,
                        header=header and ("（表头已隐去）" if personal_data(header) else header),
                    )

    def _without_header(self) -> Iterable[WhitelistProblem]:
        """A stop for each sheet of records without a header, and for a file without any record."""
        bare = [lines for lines in self.shown if not lines.headers and looks_like_records(lines.sheet)]
        if not bare and not any(lines.headers for lines in self.shown):
            bare = self.shown[:1]
        for lines in bare:
            message = "找不到表头，无法判断各列的含义"
            mend = "请在名单首行上方补上表头，至少有“机构名称”“统一社会信用代码”“办学许可证号”“地址”"
            if lines.sheet.name in self.pictures:
                message, mend = LIST_IS_A_PICTURE, ASK_FOR_WORKBOOK
            yield _problem(
                self.file, "no_header", "stop", message, mend, sheet=_without_personal_data(lines.sheet)
            )
        if not bare and not any(lines.lines for lines in self.shown):
            message, mend = "文件中没有可见的名单", "请放入含有名单的工作簿"
            if self.pictures:
                message, mend = LIST_IS_A_PICTURE, ASK_FOR_WORKBOOK
            yield _problem(self.file, "no_header", "stop", message, mend)

    def _notices(self) -> Iterable[WhitelistProblem]:
        for notice in self.notices:
            yield _problem(
                self.file,
                "made_otherwise",
                "warning",
                notice.message,
                notice.mend,
                sheet=notice.sheet,
                row=notice.row,
            )

    def _hidden(self) -> Iterable[WhitelistProblem]:
        for lines in self.sheets:
            sheet = lines.sheet
            name = _without_personal_data(sheet)
            if sheet.hidden:
                message = "工作表被隐藏，其中的内容没有采用"
                yield _problem(
                    self.file,
                    "hidden_sheet",
                    "warning",
                    message,
                    "确属名单请取消隐藏，否则请删除",
                    sheet=name,
                )
                continue
            used = {cell.column for row in sheet.rows for cell in row}
            for column in sorted(sheet.hidden_columns & used):
                message = "该列被隐藏，仍按表头读取"
                letter = column_letters(column)
                mend = "请取消隐藏后核对，不该公开的请删除"
                yield _problem(
                    self.file, "hidden_column", "warning", message, mend, sheet=name, column=letter
                )
            filled = [
                row for row in sorted(sheet.hidden_rows) if row <= len(sheet.rows) and sheet.rows[row - 1]
            ]
            if filled:
                message = f"有 {len(filled)} 行被隐藏（第一处是第 {filled[0]} 行），仍按名单读取"
                mend = "请取消筛选和隐藏后核对，不该公开的请删除"
                yield _problem(self.file, "hidden_row", "warning", message, mend, sheet=name)

    def _rows(self) -> tuple[list[WhitelistRow], list[WhitelistProblem]]:
        rows: list[WhitelistRow] = []
        problems: list[WhitelistProblem] = []
        for lines in self.shown:
            source = Source(
                self.file,
                lines.sheet.name,
                self.as_of,
                self.counties,
                self.account_key,
                lines.sheet.from_1904,
            )
            silent: list[int] = []
            for line in lines.lines:
                reader = RowReader(source, line)
                rows.append(reader.row())
                problems += reader.problems
                self.lines.append(line)
                if not rows[-1].status and not reader.doubts_status:
                    silent.append(line.number)
            if silent:
                problems.append(self._silent(lines, silent))
        return rows, once_per_column(problems)

    def _doubts(self, lines: SheetLines) -> Iterable[WhitelistProblem]:
        """What may be lost of a visible sheet."""
        for doubt in lines.doubts if lines in self.shown else ():
            yield _problem(
                self.file,
                "row_unclear",
                "warning",
                doubt.message,
                doubt.mend,
                sheet=lines.sheet.name,
                row=doubt.row,
                column=column_letters(doubt.column) if doubt.column else None,
            )

    def _silent(self, lines: SheetLines, rows: Sequence[int]) -> WhitelistProblem:
        """Institutions of whose state the list does not say a word although it says that of others."""
        message = f"有 {len(rows)} 家机构没有写明状态（{listed_rows(rows)}），公开页面写“名单没有写明状态”"
        columns = [column for header in lines.headers for column in header.of("status")]
        return _problem(
            self.file,
            "status_unclear",
            "warning",
            message,
            ASK_STATUS,
            sheet=lines.sheet.name,
            row=rows[0],
            column=column_letters(columns[0].number) if columns else None,
            header=columns[0].header if columns else None,
        )

    def _column_of(self, row: int, field: str) -> tuple[str | None, str | None]:
        columns = self.lines[row].header.of(field)
        return (column_letters(columns[0].number), columns[0].header) if columns else (None, None)

    def _numbers_among_texts(self, lines: SheetLines) -> Iterable[WhitelistProblem]:
        """Permit numbers kept as numbers where the others are text: the next one may lose digits."""
        cells = [(line, *pair) for line in lines.lines for pair in line.of("permit_no")]
        if not any(isinstance(cell.value, str) for _, _, cell in cells):
            return
        for line, column, cell in cells:
            if isinstance(cell.value, float) and cell.value.is_integer() and cell.value < 10**15:
                yield _problem(
                    self.file,
                    "number_stored",
                    "warning",
                    f"“{column.header}”存成了数字，位数再多就会丢失",
                    "请把该列设为文本格式",
                    sheet=lines.sheet.name,
                    row=line.number,
                    column=column_letters(column.number),
                    header=column.header,
                )

    def _unknown_columns(self) -> Iterable[UnknownColumn]:
        """The columns with something in them that no row took over, the ordinal apart."""
        for lines in self.shown:
            for header in lines.headers[:1]:
                for column in header.columns.values():
                    left_out = column.field is None or column.field in NOT_TAKEN - {"ordinal"}
                    if left_out and any(column.number in line.cells for line in lines.lines):
                        letter = column_letters(column.number)
                        yield UnknownColumn(sheet=lines.sheet.name, column=letter, header=column.header)


def _sheet_rows(lines: SheetLines) -> SheetRows:
    filled = {row[0].row for row in lines.sheet.rows if any(cell.origin is None for cell in row)}
    seen = len(filled | lines.sheet.continuations)
    read = len({line.number for line in lines.lines})
    others = Counter(row.what for row in lines.not_rows)
    return SheetRows(sheet=lines.sheet.name, seen=seen, read=read, others=dict(others))


def _words(value: object) -> str:
    """The words of a field of a row."""
    return "；".join(value) if isinstance(value, tuple) else value if isinstance(value, str) else ""


def _without_personal_data(sheet: Sheet) -> str | None:
    """The sheet's name, unless that itself must not be repeated."""
    return "（名称已隐去）" if sheet.name and personal_data(sheet.name) else sheet.name


def _shown_header(lines: SheetLines, column: int) -> str | None:
    header = lines.header_of(column)
    return "（表头已隐去）" if header and personal_data(header) else header
