"""Parse one line of a whitelist sheet into a row, with all that is wrong in it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar

from openbureau.chinese.credit_codes import (
    CreditCode,
    fault_of,
    has_permit_length,
    is_rounded,
    meant_permit_no,
    read_credit_code,
    read_permit_numbers,
    says_nothing,
    without_codes,
)
from openbureau.chinese.dates import FOREVER, NotADay, Period, read_days, read_period
from openbureau.chinese.folding import tidy
from openbureau.chinese.personal_data import personal_data
from openbureau.chinese.personal_names import may_be_name
from openbureau.library.places import Counties
from openbureau.library.whitelist.addresses import read_addresses
from openbureau.library.whitelist.escrow_accounts import Account, AccountKey, masked, read_account
from openbureau.library.whitelist.header_parser import WhitelistColumn
from openbureau.library.whitelist.layout.lines import Line
from openbureau.library.whitelist.layout.row_kinds import without_ordinal
from openbureau.library.whitelist.rows import Level, ProblemKind, WhitelistProblem, WhitelistRow
from openbureau.library.whitelist.status.remarks import name_and_status
from openbureau.library.whitelist.status.row_status import ASK_STATUS, RowStatus, row_status
from openbureau.library.whitelist.vocabulary import (
    is_kind_alone,
    read_audiences,
    read_categories,
    read_courses,
    read_mode,
    read_nature,
    read_subject_class,
    read_yes,
    subject_of,
    subject_words,
)
from openbureau.spreadsheets.workbook import Cell, column_letters

_T = TypeVar("_T")

_FORMER = re.compile(r"[（(](?:原名称?|曾用名|原)[:：为]\s*(.{1,80}?)[）)]")
_LIST = re.compile(r"[、，,;；/|\n]+(?![^（(]*[）)])")
"""What stands between the words of a list, outside brackets: 学科类（语文、数学） is one."""
_NOTHING = re.compile(r"[-/\\—_.、无]*|暂无|没有")
_RANGE_HEADER = re.compile("起.{0,2}[止至讫终]")
"""A column of both days: one day alone in it may be either."""
_YEAR = re.compile(r"\s*\d{4}\s*年?度?\s*")
"""A year alone under 有效期 may be that of the permit."""
_OTHER_KINDS = (None, "remark", "mode", "audiences", "nature", "regulator")
"""Columns in which some lists say the kind of training, in so many words and nothing else."""
MAX_EXAMPLE_CHARACTERS = 20
_LONG_DIGITS = re.compile(r"(?!(?:19|20)\d{6}(?!\d))(?<!\d)\d{7,}")
"""Digits that may be a telephone or an account; eight may be a day."""
_ASK = "请对照办学许可证或登记证书原件改正该单元格"
_RETYPE = "请把该列设为文本格式，再按证件原件重新录入完整号码"


def example_of(cell: Cell | None) -> tuple[str, ...]:
    """The text of a cell as an example of what is not understood; none if it may tell of a person."""
    text = tidy(cell.text) if cell else ""
    if not text or personal_data(text) or may_be_name(text) or _LONG_DIGITS.search(text):
        return ()
    return (text if len(text) <= MAX_EXAMPLE_CHARACTERS else f"{text[:MAX_EXAMPLE_CHARACTERS]}…",)


@dataclass(frozen=True)
class Source:
    """Context in which a row is parsed: file and sheet, the day of the list, counties, the account key.

    `from_1904`: the sheet's serial numbers of days count from 1904.
    """

    file: str
    sheet: str | None
    as_of: date
    counties: Counties
    account_key: AccountKey | None = None
    from_1904: bool = False


@dataclass
class RowReader:
    """Reads one line; when `row()` has returned, `problems` is complete.

    `doubts_status` says that some of them are about the state.
    """

    source: Source
    line: Line
    problems: list[WhitelistProblem] = field(default_factory=list)
    doubts_status: bool = False

    def row(self) -> WhitelistRow:
        name, former = self._names()
        code = self._credit_code()
        permit = self._permit()
        valid_from, valid_to = self._validity()
        state = self._state()
        self._check_expiry(state.status, valid_to)
        addresses = self._addresses()
        subject, categories = self._classes()
        account = self._account()
        return WhitelistRow(
            name=name,
            uscc=code.code,
            uscc_state=code.state,
            permit_no=permit,
            county_code=self._county(permit, addresses, name),
            addr_registered=self._text("addr_registered"),
            addr_premises=addresses[0] if addresses else None,
            premises=addresses if len(addresses) > 1 else (),
            subject_class=subject,
            categories=categories,
            courses=self._list("courses"),
            audiences=self._words("audiences", read_audiences) or (),
            mode=self._words("mode", read_mode),
            valid_from=valid_from,
            valid_to=valid_to,
            issuer=self._text("issuer"),
            regulator=self._text("regulator"),
            registrar=self._text("registrar"),
            nature=self._words("nature", read_nature),
            legal_rep=self._text("legal_rep"),
            principal=self._text("principal"),
            sponsor=self._text("sponsor"),
            escrow_bank=masked(self._text("escrow_bank")),
            escrow_name=masked(self._text("escrow_name")),
            escrow_last4=account.last4,
            escrow_digest=account.digest,
            phone_public=self._text("phone_public"),
            on_national_platform=self._words("on_national_platform", read_yes),
            status=state.status,
            status_basis=state.basis,
            status_reason=self._text("status_reason"),
            status_date=self._status_date(),
            former_names=former,
            source_sheet=self.source.sheet,
            source_row=self.line.number,
            uscc_text=code.text,
        )

    def report(
        self,
        column: WhitelistColumn | None,
        kind: ProblemKind,
        level: Level,
        message: str,
        mend: str,
        suggestion: str | None = None,
        examples: tuple[str, ...] = (),
    ) -> None:
        self.problems.append(
            WhitelistProblem(
                file=self.source.file,
                sheet=self.source.sheet,
                row=self.line.number,
                column=column_letters(column.number) if column else None,
                header=column.header if column else None,
                kind=kind,
                level=level,
                message=message,
                mend=mend,
                suggestion=suggestion,
                examples=examples,
            )
        )

    def _cells(self, name: str) -> list[tuple[WhitelistColumn, Cell]]:
        """The cells of a field that can be read; a failed formula is reported instead."""
        readable: list[tuple[WhitelistColumn, Cell]] = []
        for column in self.line.header.by_field.get(name, ()):
            cell = self.line.cells.get(column.number)
            if cell is None:
                continue
            if cell.error:
                message = f"“{column.header}”是公式错误（{cell.error}），没有可读的内容"
                self.report(column, "formula_error", "error", message, "请改正公式，或粘贴为数值后重新录入")
            elif cell.value is not None:
                readable.append((column, cell))
        return readable

    def _text(self, name: str) -> str | None:
        for _, cell in self._cells(name):
            text = tidy(cell.text)
            return None if _NOTHING.fullmatch(text) else text
        return None

    def _list(self, name: str) -> tuple[str, ...]:
        return tuple(
            part for _, cell in self._cells(name) for part in map(tidy, _LIST.split(cell.text)) if part
        )

    def _words(self, name: str, read: Callable[[str], _T]) -> _T | None:
        """Read a field by a vocabulary; words that are not in it are reported."""
        for column, cell in self._cells(name):
            value = read(cell.text)
            if not value and value is not False and not _NOTHING.fullmatch(tidy(cell.text)):
                self._not_understood(column, cell)
            return value
        return None

    def _not_understood(self, column: WhitelistColumn, cell: Cell) -> None:
        message = f"“{column.header}”的写法无法识别，该项未采用"
        self.report(column, "not_understood", "warning", message, "请改用规范写法", examples=example_of(cell))

    def _names(self) -> tuple[str, tuple[str, ...]]:
        text = without_ordinal(name_and_status(self._text("name") or "")[0])
        within = _FORMER.findall(text)
        former = [*self._list("former_names"), *map(tidy, within), *map(tidy, self.line.former_names)]
        if not text:
            column = self.line.header.of("name")[0]
            message = f"这一行没有“{column.header}”，公开页面无法称呼该机构"
            self.report(column, "not_understood", "error", message, "请补上名称；不是机构的行请删除")
        former_names = tuple(name for name in former if not _NOTHING.fullmatch(name))
        return _FORMER.sub("", text) if within else text, former_names

    def _credit_code(self) -> CreditCode:
        columns = self.line.header.of("uscc")
        if not columns:
            return CreditCode(None, "missing")
        cells = self._cells("uscc")
        if not cells and any(cell.error for _, cell in self.line.of("uscc")):
            return CreditCode(None, "invalid")
        column, value, text = (
            (cells[0][0], cells[0][1].value, cells[0][1].text) if cells else (columns[0], "", "")
        )
        code = read_credit_code(value, text)
        if code.lost:
            self._lost(column)
        elif code.state == "invalid":
            meant = f"，可能是 {code.suggestion}" if code.suggestion else ""
            message = f"统一社会信用代码{fault_of(code.code or '')}{meant}"
            self.report(column, "uscc_invalid", "error", message, _ASK, code.suggestion)
        elif code.inner_fault:
            message = "统一社会信用代码第17位与其主体标识码不符（GB 11714）"
            self.report(column, "uscc_invalid", "warning", message, _ASK)
        elif code.state == "pending":
            message = "统一社会信用代码尚在办理，暂按许可证号识别该机构"
            self.report(column, "uscc_pending", "warning", message, "领到代码后请补录")
        elif code.state == "missing":
            message = "没有统一社会信用代码，暂按许可证号识别该机构"
            self.report(column, "uscc_missing", "warning", message, "请补录代码，正在办理的请写“办理中”")
        return code

    def _lost(self, column: WhitelistColumn) -> None:
        message = f"“{column.header}”被表格软件存成数字，末尾几位已丢失，无法还原"
        self.report(column, "precision_lost", "error", message, _RETYPE)

    def _permit(self) -> str | None:
        """The number of the permit; it may stand beside the credit code, in a column of both."""
        for column, cell in self._cells("permit_no") or self._cells("uscc"):
            if is_rounded(cell.value):
                if column.field == "permit_no":
                    self._lost(column)
                return None
            rest = without_codes(cell.text)
            numbers = read_permit_numbers(rest)
            if column.field == "uscc":
                numbers = tuple(number for number in numbers if number.isdecimal() and rest != cell.text)
            elif not numbers and not says_nothing(rest):
                self._not_understood(column, cell)
            if len(numbers) > 1:
                message = f"“{column.header}”一格内有不止一个许可证号，只采用了第一个"
                mend = "一行只写一个许可证号；另一个许可证另起一行"
                self.report(
                    column, "not_understood", "warning", message, mend, examples=("、".join(numbers),)
                )
            if numbers and numbers[0].isdecimal() and not has_permit_length(numbers[0]):
                message = (
                    f"“{column.header}”是 {len(numbers[0])} 位数字，许可证号通常为 13 或 15 位，按原样采用"
                )
                self.report(column, "not_understood", "warning", message, _ASK, examples=numbers[:1])
            elif numbers and (meant := meant_permit_no(numbers[0])):
                message = f"“{column.header}”的数字里有字母，按原样采用"
                self.report(column, "not_understood", "warning", message, _ASK, meant, numbers[:1])
            return numbers[0] if numbers else None
        return None

    def _account(self) -> Account:
        for column, cell in self._cells("escrow_account"):
            if is_rounded(cell.value):
                self._lost(column)
                return Account()
            return read_account(cell.text, self.source.account_key)
        return Account()

    def _period(self, name: str, alone: Literal["begin", "end"]) -> Period:
        for column, cell in self._cells(name):
            is_either = _RANGE_HEADER.search(column.header) or _YEAR.fullmatch(cell.text)
            side = "" if name == "valid_range" and is_either else alone
            try:
                return read_period(cell.value, alone=side, from_1904=self.source.from_1904)
            except NotADay:
                self._not_a_day(column, cell)
        return Period(None, None)

    def _not_a_day(self, column: WhitelistColumn, cell: Cell) -> None:
        message = f"“{column.header}”不是可识别的日期，或该日期不存在，该项未采用"
        mend = "请按 2024-12-31 的样式填写起止日期，无期限的写“长期”"
        self.report(column, "not_understood", "error", message, mend, examples=example_of(cell))

    def _validity(self) -> tuple[str | None, str | None]:
        """First and last day, from two columns or from one that holds both."""
        begin = self._period("valid_from", "begin")
        end = self._period("valid_to", "end")
        both = self._period("valid_range", "end")
        first = begin.begin or end.begin or both.begin
        last = end.end or both.end or begin.end
        if first and last and last != FOREVER and last < first:
            cells = [cell for name in ("valid_to", "valid_range", "valid_from") for cell in self._cells(name)]
            column, cell = cells[0]
            message = f"“{column.header}”的截止日期早于起始日期，两项都未采用"
            mend = "请对照办学许可证改正起止日期"
            self.report(column, "not_understood", "error", message, mend, examples=example_of(cell))
            return None, None
        return first, last

    def _status_date(self) -> str | None:
        for column, cell in self._cells("status_date"):
            try:
                days = read_days(cell.value, last=True, from_1904=self.source.from_1904)
            except NotADay:
                days = (FOREVER,)
            if days[-1:] != (FOREVER,):
                return days[-1] if days else None
            self._not_a_day(column, cell)
        return None

    def _state(self) -> RowStatus:
        """The state, with a problem for each doubt about it."""
        self._cells("status")
        state = row_status(self.line)
        self.doubts_status = bool(state.doubts)
        for column, message, kind in state.doubts:
            example = example_of(self.line.cells.get(column.number)) if column else ()
            examples = example if kind == "not_understood" else ()
            self.report(column, kind, "warning", message, ASK_STATUS, examples=examples)
        return state

    def _check_expiry(self, status: str | None, valid_to: str | None) -> None:
        last = self.source.as_of.isoformat()
        if status != "正常" or not valid_to or valid_to == FOREVER or valid_to >= last:
            return
        for name in ("valid_to", "valid_range", "valid_from"):
            for column, _ in self.line.of(name):
                message = f"办学许可证已于 {valid_to} 到期，状态却是“正常”"
                self.report(column, "expired", "warning", message, "请核实是否已延续，改正有效期或状态")
                return

    def _addresses(self) -> tuple[str, ...]:
        cells = [cell.text for name in ("addr_premises", "premises") for _, cell in self._cells(name)]
        addresses = [address for text in [*cells, *self.line.more] for address in read_addresses(text)]
        return tuple(dict.fromkeys(addresses))

    def _classes(self) -> tuple[str | None, tuple[str, ...]]:
        """School subject or not, and the categories: from any column about kinds, else from the courses.

        Where neither says it, a cell of another column that holds nothing but such words does.
        """
        cells = self._cells("class")
        texts = [subject_words(column.header, cell.text) for column, cell in cells]
        subject = next(filter(None, map(read_subject_class, texts)), None)
        categories = read_categories("、".join(texts))
        if cells and not subject and not categories:
            self._not_understood(*cells[0])
        courses = "、".join(cell.text for _, cell in self._cells("courses"))
        if not categories:
            subject, categories = read_courses(courses, subject)
        if not subject and not categories:
            text = next(filter(is_kind_alone, self._other_texts()), "")
            subject, categories = read_subject_class(text), read_categories(text)
        return subject or subject_of(categories), categories

    def _other_texts(self) -> Iterator[str]:
        for name in _OTHER_KINDS:
            for column in self.line.header.by_field.get(name, ()):
                if cell := self.line.cells.get(column.number):
                    yield cell.text

    def _county(self, permit: str | None, addresses: Sequence[str], name: str) -> str | None:
        counties = self.source.counties
        for column, cell in self._cells("county"):
            if code := counties.named(cell.text):
                return code
            self._not_understood(column, cell)
        named = (counties.named(text, exact_only=True) for text in (*addresses, name))
        return self.line.county or counties.of_permit(permit) or next(filter(None, named), None)
