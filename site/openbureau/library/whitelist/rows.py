"""Rows of a parsed whitelist workbook, and the problems found in it."""

from dataclasses import dataclass, field
from typing import Literal

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
    "expired",
    "hidden_sheet",
    "hidden_column",
    "hidden_row",
    "not_understood",
]
Level = Literal["stop", "error", "warning"]
"""`stop`: nothing of the file may be taken over. `error`: a value is wrong. `warning`: worth a look."""


RowKind = Literal["title", "header", "subtotal", "note"]


@dataclass(frozen=True, kw_only=True)
class RowPosition:
    """A row of the file; `sheet` is None for CSV."""

    sheet: str | None
    row: int


@dataclass(frozen=True, kw_only=True)
class WhitelistRow:
    """One institution as one sheet describes it. What the sheet does not say is None or empty.

    `uscc` is the credit code (GB 32100); its text as it stands if `uscc_state` is `invalid`, None if the
    digits are lost. `permit_no`: digits only. `county_code`: GB/T 2260, in its newest form.
    `valid_from`, `valid_to`: an ISO day or `长期`. `premises`: all places of teaching, the first of them
    `addr_premises`, only if there are several. `subject_class`: 学科, 非学科 or 学科+非学科. `mode`: 线上,
    线下 or 线上+线下. `escrow_last4`: the last four digits of the supervised account, all that is kept of
    it but `escrow_digest`, a digest under a key (`accounts.Account`) that nobody is told. `status`: 正常
    预警 灰 停业 有效期届满 已注销 已吊销 已取缔 变更中, None if the words are unknown.
    `status_date`: an ISO day. `source_row` counts from 1 as the spreadsheet does.
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
    is meant. `other` is the first place of a duplicate; `suggestion` the code probably meant. Personal
    data is never repeated in any field.
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

    def as_problem(self) -> Problem:
        """The same for the list of all problems of `content/`; only a stop refuses the publication."""
        cell = f"{self.column or ''}{self.row or ''}"
        place = "!".join(part for part in (self.sheet, cell) if part)
        return Problem(f"{FOLDER}/{self.file}", place, self.message, self.mend, stops=self.level == "stop")


@dataclass(frozen=True, kw_only=True)
class NotRow:
    """A row of a list that is no institution."""

    sheet: str | None
    row: int
    what: RowKind


@dataclass(frozen=True, kw_only=True)
class UnknownColumn:
    """A column that was not taken over: not understood, or never published (remarks, identity numbers)."""

    sheet: str | None
    column: str
    header: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that a workbook says. `rows` is empty if `must_stop`.

    `tells_accounts`: the file holds whole account numbers, so that it must not be handed out.
    """

    file: str
    rows: tuple[WhitelistRow, ...] = ()
    problems: tuple[WhitelistProblem, ...] = ()
    unknown_columns: tuple[UnknownColumn, ...] = ()
    not_rows: tuple[NotRow, ...] = ()
    tells_accounts: bool = False
    must_stop: bool = field(init=False)

    def __post_init__(self) -> None:
        stops = any(problem.level == "stop" for problem in self.problems)
        object.__setattr__(self, "must_stop", stops)
        if stops:
            object.__setattr__(self, "rows", ())
