"""Last days of the remedies: reconsideration (行政复议) and lawsuit (行政诉讼), counted before their eyes.

A tip does not stop these clocks, and whoever wants the fine cancelled needs them.

Whoever was not told of the remedy has up to a year (行政复议法 20③; 法释〔2018〕1号 64), a fine imposed on
the spot goes to reconsideration first (行政复议法 23), and a last day that is no working day is followed by
the next one (民事诉讼法 85, through 行政复议法 88 and 行政诉讼法 101).
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from openbureau.chinese.dates import NotADay, read_day
from openbureau.enums import Labelled
from openbureau.law import Rule, Unit, rule
from openbureau.tips.deadlines import DaysOff, LastDay, last_day
from openbureau.tips.form.penalty import FIRST_PENALTY, YesNo
from openbureau.tips.form.submission import Proceeding, Submission

SOON_DAYS = 15
"""Days left from which a remedy is urgent."""

_DAY = timedelta(days=1)
_BUREAU, _GOVERNMENT = "教育局", "人民政府"


@dataclass(frozen=True)
class Remedy:
    """A way to contest a fine: its name, the rule of its period and that of the longest one, which whoever
    was not told of it has; each rule with its article as pages name it."""

    name: str
    rule: Rule
    source: str
    untold_rule: Rule
    untold_source: str

    def last_day(self, known_on: date, days_off: DaysOff) -> LastDay:
        """The last day for somebody who knew of the fine on `known_on`."""
        return last_day(_counted_to(known_on, self.rule), days_off)

    def longest(self, known_on: date, days_off: DaysOff) -> LastDay:
        """The last day for somebody who knew of the fine on `known_on` and was not told of the remedy."""
        return last_day(_counted_to(known_on, self.untold_rule), days_off)


RECONSIDERATION = Remedy(
    "申请行政复议",
    rule("复议法20①"),
    "《行政复议法》第二十条",
    rule("复议法20③"),
    "《行政复议法》第二十条第三款",
)
LAWSUIT = Remedy(
    "向法院起诉（行政诉讼）",
    rule("行诉法46①"),
    "《行政诉讼法》第四十六条",
    rule("行诉解释64"),
    "最高人民法院法释〔2018〕1号第六十四条",
)


class RemedyState(Labelled):
    """How a remedy stands on a day."""

    OPEN = "open", "期限内"
    UNTOLD = "untold", "没有被告知的，还在期限内"
    OVER = "over", "已经超过"


@dataclass(frozen=True)
class RemedyStanding:
    """How one remedy stands on the day `today`: its `ordinary` last day, and the `longest` one of whoever was
    not told of it."""

    remedy: Remedy
    ordinary: LastDay
    longest: LastDay
    today: date

    @property
    def state(self) -> RemedyState:
        """Whether there is time, for whom."""
        if not self.ordinary.is_over(self.today):
            return RemedyState.OPEN
        return RemedyState.OVER if self.longest.is_over(self.today) else RemedyState.UNTOLD

    @property
    def left(self) -> int:
        """Days from today to the day to act by in the ordinary period, negative when it has passed."""
        return (self.ordinary.act_by - self.today).days

    @property
    def is_soon(self) -> bool:
        """Whether there is little time left of the ordinary period."""
        return self.left <= SOON_DAYS


@dataclass(frozen=True)
class Remedies:
    """What somebody can still do about a fine that they knew of on `known_on`.

    `is_received` says that this is the day on which they received it, not the earlier one of the decision.
    `on_the_spot` is None when they do not say; `has_decision` likewise.
    """

    known_on: date
    is_received: bool
    government: str
    on_the_spot: bool | None
    has_decision: bool | None
    under_review: bool
    in_court: bool
    reconsideration: RemedyStanding
    lawsuit: RemedyStanding


def remedies(submission: Submission, today: date, days_off: DaysOff) -> Remedies | None:
    """The remedies against the fine a form tells of, counted from the day it was received or else decided;
    None while neither day can be read."""
    answers = submission.penalty.answers
    known_on = _day(answers["received_on"], today)
    is_received = known_on is not None
    known_on = known_on or _day(submission.decided_on, today)
    if known_on is None:
        return None
    reconsideration, lawsuit = standings(known_on, today, days_off)
    return Remedies(
        known_on,
        is_received,
        government(submission.unit) if submission.unit in submission.units else "",
        _yes_or_no(answers["on_the_spot"]),
        _yes_or_no(answers["decision"]),
        Proceeding.REVIEW in submission.proceedings,
        Proceeding.COURT in submission.proceedings,
        reconsideration,
        lawsuit,
    )


def standings(known_on: date, today: date, days_off: DaysOff) -> Sequence[RemedyStanding]:
    """How reconsideration and lawsuit stand for somebody who learned of the fine on `known_on`.

    The day itself does not count (民法典 201); a period of months ends on the day of the same number, or the
    last of its month (202).
    """
    return [
        RemedyStanding(remedy, remedy.last_day(known_on, days_off), remedy.longest(known_on, days_off), today)
        for remedy in (RECONSIDERATION, LAWSUIT)
    ]


def government(unit: str) -> str:
    """The people's government of the same level (本级人民政府), to which reconsideration of what a bureau
    decided is applied for (行政复议法 24); nothing for a unit that is no bureau of education."""
    return unit.removesuffix(_BUREAU) + _GOVERNMENT if unit.endswith(_BUREAU) else ""


def months_after(day: date, months: int) -> date:
    """The day of the same number some months on, or the last of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _counted_to(start: date, period: Rule) -> date:
    """The day that a period of a law which begins on `start` is counted to."""
    length = period.number or 0
    if period.unit is Unit.CALENDAR_DAYS:
        return start + length * _DAY
    return months_after(start, length * {Unit.MONTHS: 1, Unit.YEARS: 12}[period.unit])


def _day(text: str, today: date) -> date | None:
    try:
        day = read_day(text)
    except NotADay:
        return None
    return day if FIRST_PENALTY <= day <= today else None


def _yes_or_no(answer: str) -> bool | None:
    return {YesNo.YES.value: True, YesNo.NO.value: False}.get(answer)
