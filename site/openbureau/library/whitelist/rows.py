"""Rows of a parsed whitelist workbook, and the problems found in it."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from openbureau.library.problems import Problem
from openbureau.library.whitelist.vocabulary import OFF_LIST

FOLDER = "whitelist"
"""The folder of `content/` that holds the editions."""

UNTOLD = frozenset({"escrow_digest"})
"""The fields of a row that are neither printed nor published."""

ProblemKind = Literal[
    "pii_id",
    "pii_mobile",
    "uscc_invalid",
    "uscc_pending",
    "uscc_missing",
    "duplicate",
    "no_header",
    "formula_error",
    "precision_lost",
    "number_stored",
    "unreadable",
    "too_large",
    "no_text",
    "tracked_changes",
    "expired",
    "hidden_sheet",
    "hidden_column",
    "hidden_row",
    "not_understood",
    "made_otherwise",
    "status_unclear",
    "row_unclear",
]
Level = Literal["stop", "error", "warning"]
"""`stop`: nothing of the file may be taken over. `error`: a value is wrong. `warning`: worth a look."""


MAX_EXAMPLES = 3
"""So many rows and texts are shown of what is told at once."""

RowKind = Literal["title", "header", "subtotal", "note", "signature", "former_name", "continuation"]
"""What a row is that is no institution: `title` also a heading inside the list, `former_name` and
`continuation` rows that add an earlier name, an address or the rest of a row cut at the end of a
page to the institution above."""

UNSTATED: Literal["名单未列状态"] = "名单未列状态"
StatusBasis = Literal["状态栏", "备注", "名称", "图例", "小标题", "标题", "名单未列状态"]
"""Where the state of an institution was found: in a column for it, in the remarks, in brackets after the
name, by a colour or line and what the list says it means, in a heading inside the list, in the title or the
sheet's name; or the list has no word about states (`UNSTATED`)."""
STATUS_BASES: tuple[StatusBasis, ...] = get_args(StatusBasis)


@dataclass(frozen=True, kw_only=True)
class RowPosition:
    """A row of the file; `sheet` is None for CSV."""

    sheet: str | None
    row: int


@dataclass(frozen=True, kw_only=True)
class WhitelistRow:
    """One institution as one sheet describes it. What the sheet does not say is None or empty.

    `uscc` is the credit code (GB 32100); its text as it stands if `uscc_state` is `invalid`, None if the
    digits are lost. `permit_no`: the digits of a number of the national form, else as it is written
    (441802-6-0012, 粤清体培核〔2023〕5号). `county_code`: GB/T 2260, in its newest form.
    `valid_from`, `valid_to`: an ISO day or `长期`. `premises`: all places of teaching, the first of them
    `addr_premises`, only if there are several. `subject_class`: 学科, 非学科 or 学科+非学科. `mode`: 线上,
    线下 or 线上+线下. `escrow_last4`: the last four digits of the supervised account, all that is kept of
    it but `escrow_digest`, a digest under a key (`accounts.Account`) that nobody is told. `status`: 正常
    预警 灰 停业 有效期届满 已注销 已吊销 已取缔 变更中, None if the words are unknown.
    `status_basis` says how `status` is known. `status_date`: an ISO day. `source_row` counts from 1 as the
    spreadsheet does.
    """

    name: str
    uscc: str | None
    uscc_state: Literal["ok", "pending", "missing", "invalid"]
    permit_no: str | None
    county_code: str | None
    addr_registered: str | None
    addr_premises: str | None
    premises: tuple[str, ...]
    subject_class: str | None
    categories: tuple[str, ...]
    courses: tuple[str, ...]
    audiences: tuple[str, ...]
    mode: str | None
    valid_from: str | None
    valid_to: str | None
    issuer: str | None
    regulator: str | None
    registrar: str | None
    nature: str | None
    legal_rep: str | None
    principal: str | None
    sponsor: str | None
    escrow_bank: str | None
    escrow_name: str | None
    escrow_last4: str | None
    phone_public: str | None
    on_national_platform: bool | None
    status: str | None
    status_reason: str | None
    status_date: str | None
    former_names: tuple[str, ...]
    source_sheet: str | None
    source_row: int
    uscc_text: str = ""
    escrow_digest: str | None = field(default=None, repr=False)
    status_basis: StatusBasis | None = None

    @property
    def on_list(self) -> bool:
        """Whether the institution is on the list, in whatever state, not merely named as struck off."""
        return self.status not in OFF_LIST

    @property
    def place(self) -> RowPosition:
        return RowPosition(sheet=self.source_sheet, row=self.source_row)


@dataclass(frozen=True, kw_only=True)
class WhitelistProblem:
    """One fault of a workbook. `message` says what, `mend` how to put it right, both for clerks.

    `sheet` is None for CSV or the whole file; `row` and `column` (a letter) are None if the whole sheet
    is meant. `other` is the first place of a duplicate; `suggestion` the code probably meant. `rows` are
    the rows of all that is told at once, `examples` up to three texts of their cells. Personal data is
    never repeated in any field.
    """

    file: str
    sheet: str | None
    row: int | None
    column: str | None
    header: str | None
    kind: ProblemKind
    level: Level
    message: str
    mend: str
    other: RowPosition | None = None
    suggestion: str | None = None
    rows: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()

    def as_problem(self) -> Problem:
        """The same for the list of all problems of `content/`; only a stop refuses the publication."""
        cell = f"{self.column or ''}{self.row or ''}"
        return Problem(
            f"{FOLDER}/{self.file}",
            _place(self.sheet, cell),
            self.message,
            self.mend,
            stops=self.level == "stop",
        )


def once_per_column(problems: Iterable[WhitelistProblem]) -> list[WhitelistProblem]:
    """What is not understood in a column as one problem, with its rows and examples; all else as it is."""
    alike: dict[Hashable, list[WhitelistProblem]] = {}
    for problem in problems:
        is_own = problem.kind != "not_understood"
        key = id(problem) if is_own else (problem.sheet, problem.column, problem.header, problem.message)
        alike.setdefault(key, []).append(problem)
    return [_together(group) if group[0].kind == "not_understood" else group[0] for group in alike.values()]


def _together(group: Sequence[WhitelistProblem]) -> WhitelistProblem:
    first = group[0]
    rows = tuple(dict.fromkeys(problem.row for problem in group if problem.row))
    examples = tuple(dict.fromkeys(text for problem in group for text in problem.examples))[:MAX_EXAMPLES]
    shown = f"例如{'、'.join(f'“{text}”' for text in examples)}" if examples else ""
    count = f"共 {len(rows)} 行：第 {_listed(rows)} 行" if len(rows) > 1 else ""
    more = "；".join(filter(None, (count, shown)))
    message = f"{first.message}（{more}）" if more else first.message
    return replace(first, message=message, rows=rows, examples=examples)


def _listed(rows: Sequence[int]) -> str:
    """The first of the rows, and that there are more."""
    return "、".join(map(str, rows[:MAX_EXAMPLES])) + (" …" if len(rows) > MAX_EXAMPLES else "")


def as_problems(problems: Sequence[WhitelistProblem]) -> list[Problem]:
    """The problems for the list of all of `content/`: of a kind in a column the first few, and how many more.

    The command that reads one list tells them row by row.
    """
    alike: dict[Hashable, list[WhitelistProblem]] = {}
    for problem in problems:
        key = (problem.sheet, problem.column, problem.kind) if problem.level != "stop" else id(problem)
        alike.setdefault(key, []).append(problem)
    lines: list[Problem] = []
    for group in alike.values():
        is_long = len(group) > MAX_EXAMPLES + 1
        lines += [problem.as_problem() for problem in (group[:MAX_EXAMPLES] if is_long else group)]
        if is_long:
            rows = [problem.row for problem in group[MAX_EXAMPLES:] if problem.row]
            what = f"同一列还有 {len(group) - MAX_EXAMPLES} 处同样的问题：第 {_listed(rows)} 行"
            mend = f"openbureau whitelist read content/{FOLDER}/{group[0].file} 逐行列出"
            lines.append(
                replace(lines[-1], place=_place(group[0].sheet, group[0].column or ""), what=what, mend=mend)
            )
    return lines


def _place(sheet: str | None, cell: str) -> str:
    return "!".join(part for part in (sheet, cell) if part)


@dataclass(frozen=True, kw_only=True)
class NotRow:
    """A row of a list that is no institution."""

    sheet: str | None
    row: int
    what: RowKind


@dataclass(frozen=True, kw_only=True)
class SheetRows:
    """How many rows of a visible sheet have something in them (`seen`), how many of these are institutions
    (`read`), and what the others are."""

    sheet: str | None
    seen: int
    read: int
    others: dict[RowKind, int]

    def __str__(self) -> str:
        others = "".join(f", {count} {kind}" for kind, count in self.others.items())
        return f"{self.sheet or '-'}: {self.read} of {self.seen} rows are institutions{others}"


@dataclass(frozen=True, kw_only=True)
class UnknownColumn:
    """A column that was not taken over: not understood, or never published (remarks, identity numbers)."""

    sheet: str | None
    column: str
    header: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that a workbook says. `rows` is empty if `must_stop`.

    `tells_accounts`: the file holds whole account numbers, so that it must not be handed out. `withheld`: why
    else it must not; empty: it may be.
    """

    file: str
    rows: tuple[WhitelistRow, ...] = ()
    problems: tuple[WhitelistProblem, ...] = ()
    unknown_columns: tuple[UnknownColumn, ...] = ()
    not_rows: tuple[NotRow, ...] = ()
    tells_accounts: bool = False
    withheld: str = ""
    sheets: tuple[SheetRows, ...] = ()
    must_stop: bool = field(init=False)

    def __post_init__(self) -> None:
        stops = any(problem.level == "stop" for problem in self.problems)
        object.__setattr__(self, "must_stop", stops)
        if stops:
            object.__setattr__(self, "rows", ())
