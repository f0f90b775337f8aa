"""Deadlines of the steps of a tip: when each is due, how that was counted, and how near it is.

Counting begins on the day after (民法典 201). A legal limit whose last day is no working day ends on the next
working day (民法典 203, applied by analogy; 民事诉讼法 has the same rule for its periods); a promise is not
stretched. Nothing is kept: due days are computed anew whenever they are asked for, so that a corrected table
of days off also corrects open tips.

The State Council announces each year's days off in the autumn before (`content/holidays/`). Without the table
of a year only its weekends and 1 January are known to be off: a last day found there is the earliest that the
last day can be, and nothing is overdue by it before the longest holiday has passed, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

from openbureau.enums import Labelled
from openbureau.tips.model import Stage, TipEvent

AMBER_PERCENT = 70
"""Per cent of a limit after which its clock warns."""

MAX_MOVED_DAYS = 15
"""Calendar days by which a last day in a year without a table may still move: no holiday has been longer than
nine days, and no table is taken that has one over fifteen (`library/holidays.py`)."""

_DAY = timedelta(days=1)


class LimitRule(Protocol):
    """A limit: `days` of a `kind` (calendar or working), and whether law or a promise `binds`."""

    @property
    def name(self) -> str: ...
    @property
    def days(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def binds(self) -> str: ...


class DaysOff(Protocol):
    """The tables of days off: `years` that are known, each with its source; the days `off` besides weekends
    and the weekend days of `work` (调休), each with the name of its holiday."""

    @property
    def years(self) -> Mapping[int, str]: ...
    @property
    def off(self) -> Mapping[date, str]: ...
    @property
    def work(self) -> Mapping[date, str]: ...


class MissingYear(LookupError):
    """There is no table of days off for a year that a date depends on."""

    def __init__(self, year: int) -> None:
        super().__init__(f"no days off are known for {year}: add content/holidays/{year}.toml and publish")
        self.year = year


class DeadlineState(Labelled):
    """State of a clock on a day. Red begins on the last day itself, when all of the limit is used. Unknown
    is a day after what may be the last one, while the table of its year is missing."""

    WAITING = "waiting", "尚未开始"
    UNKNOWN = "unknown", "缺放假安排，不能判定"
    RUNNING = "running", "期限内"
    AMBER = "amber", "临近期限"
    DUE = "due", "今天到期"
    OVERDUE = "overdue", "已超期"
    MET = "met", "按期完成"
    LATE = "late", "超期完成"
    STOPPED = "stopped", "不再计算"


@dataclass(frozen=True)
class Deadline:
    """The end of a period and how it was found.

    `counted_to` is the last day counted and `due_on` the last day in time: a later one when a legal limit
    would end on a day off. From `amber_on` on the clock warns. Of working days, `passed_over` are the
    weekdays off, with their holidays, and `made_up` the weekend days that counted. `sources` are the notices
    used. When the table of a year is `missing`, `due_on` is the last day as far as weekends and 1 January
    tell; whatever the table will say, what is done by `act_by` is in time, and the period is over after
    `latest_on`.
    """

    counted_to: date
    due_on: date
    amber_on: date
    passed_over: tuple[tuple[date, str], ...]
    made_up: tuple[date, ...]
    sources: tuple[str, ...]
    missing: MissingYear | None
    act_by: date
    latest_on: date


@dataclass(frozen=True)
class LastDay:
    """The last day of a period by law: `counted_to` by the calendar, `due_on` after the days off at its end;
    `missing`, `act_by` and `latest_on` as in Deadline."""

    counted_to: date
    due_on: date
    missing: MissingYear | None
    act_by: date
    latest_on: date

    def is_over(self, day: date) -> bool:
        """Whether the period has certainly ended."""
        return day > self.latest_on


@dataclass(frozen=True)
class Clock:
    """One step of one tip: its limit, when it began and ended, and its deadline.

    `step` is the name of the limit in site.toml. `stopped` says that the tip was withdrawn, or merged into
    another whose clocks count. There is no deadline before it began.
    When more time was granted, `extended_by` is how many days of the limit `extend`, and `unextended` the
    deadline that they follow.
    """

    step: str
    limit: LimitRule
    began_on: date | None
    done_on: date | None
    stopped: bool
    deadline: Deadline | None
    extended_by: int = 0
    unextended: Deadline | None = None

    def state(self, today: date) -> DeadlineState:
        """State on the day `today`."""
        if self.done_on is None and self.stopped:
            return DeadlineState.STOPPED
        if self.deadline is None:
            return DeadlineState.WAITING
        due_on, latest_on = self.deadline.due_on, self.deadline.latest_on
        day = self.done_on or today
        if due_on < day <= latest_on:
            return DeadlineState.UNKNOWN
        if self.done_on is not None:
            return DeadlineState.MET if day <= due_on else DeadlineState.LATE
        if day >= due_on:
            return DeadlineState.DUE if day == due_on else DeadlineState.OVERDUE
        return DeadlineState.AMBER if day >= self.deadline.amber_on else DeadlineState.RUNNING

    @property
    def missing(self) -> MissingYear | None:
        """The table without which the deadline is only the earliest there can be."""
        return self.deadline.missing if self.deadline else None

    @property
    def is_running(self) -> bool:
        """Whether somebody still has to do something."""
        return self.began_on is not None and self.done_on is None and not self.stopped


_COURSE: Mapping[str, tuple[Stage, frozenset[Stage]]] = MappingProxyType(
    {
        "screen": (Stage.RECEIVED, frozenset({Stage.ACCEPTED, Stage.DECLINED, Stage.MERGED})),
        "notify": (Stage.RECEIVED, frozenset({Stage.ACCEPTED, Stage.DECLINED, Stage.MERGED})),
        # 信访工作条例 34 counts from the acceptance (受理之日), not from the receipt.
        "conclude": (Stage.ACCEPTED, frozenset({Stage.CONCLUDED})),
    }
)
"""The stage that starts the clock of each step and those that stop it."""


def is_working_day(day: date, days_off: DaysOff) -> bool:
    """Whether offices work on `day`. Raises MissingYear."""
    if day.year not in days_off.years:
        raise MissingYear(day.year)
    return day in days_off.work or (day.weekday() < 5 and day not in days_off.off)


def is_known_off(day: date, days_off: DaysOff) -> bool:
    """Whether offices are known not to work on `day`. Without the table of its year, weekends and 1 January
    are (全国年节及纪念日放假办法 2), though a weekend may turn out to be worked."""
    if day.year in days_off.years:
        return not is_working_day(day, days_off)
    return day.weekday() >= 5 or _is_new_year(day)


def deadline(start: date, limit: LimitRule, days_off: DaysOff) -> Deadline:
    """Deadline of a period that starts with what happened on `start`."""
    if limit.kind == "working":
        return _working(start, limit.days, days_off)
    counted_to = start + limit.days * _DAY
    end = LastDay(counted_to, counted_to, None, counted_to, counted_to)
    sources: tuple[str, ...] = ()
    if limit.binds == "law":
        end = last_day(counted_to, days_off)
        sources = _sources(counted_to, end.due_on, days_off)
    amber_on = start + _warned_after((end.due_on - start).days) * _DAY
    return Deadline(counted_to, end.due_on, amber_on, (), (), sources, end.missing, end.act_by, end.latest_on)


def last_day(counted_to: date, days_off: DaysOff) -> LastDay:
    """The last day of a period of the law that is counted to a day: that day or the working day after it."""
    due_on = counted_to
    while is_known_off(due_on, days_off):
        due_on += _DAY
    missing = _missing(counted_to, due_on, days_off)
    if missing is None:
        return LastDay(counted_to, due_on, None, due_on, due_on)
    # A weekend may be worked, and then the day counted is the last.
    act_by = counted_to - _DAY if _is_new_year(counted_to) else counted_to
    return LastDay(counted_to, due_on, missing, act_by, counted_to + MAX_MOVED_DAYS * _DAY)


@dataclass(frozen=True)
class _Extended:
    """The limit `extend` with the days that were granted."""

    name: str
    days: int
    kind: str
    binds: str


def clocks(
    events: Iterable[TipEvent],
    limits: Mapping[str, LimitRule],
    days_off: DaysOff,
    extended_by: int | None = None,
) -> list[Clock]:
    """The clocks of a tip with these events, in the order of its steps; without those that can never begin.

    `extended_by` are the days granted besides (tip.extended_by): they follow the last day counted of the
    limit for concluding, so that 60 and 30 calendar days are 90.
    A clock whose date depends on a year without a table has `missing`: tell people and the log, with
    `missing_years`.
    """
    reached: dict[Stage, date] = {}
    for event in events:
        reached.setdefault(event.stage, event.day)
    stopped = bool({Stage.WITHDRAWN, Stage.MERGED} & reached.keys())
    course = []
    for step, (start, ends) in _COURSE.items():
        began_on = reached.get(start)
        if began_on is None and (stopped or Stage.DECLINED in reached):
            continue
        done_on = min((reached[stage] for stage in ends & reached.keys()), default=None)
        granted = extended_by or 0 if step == "conclude" else 0
        due, unextended = None, None
        if began_on is not None:
            due = deadline(began_on, limits[step], days_off)
            if granted:
                extend = limits["extend"]
                unextended = due
                more = _Extended(extend.name, granted, extend.kind, extend.binds)
                due = deadline(due.counted_to, more, days_off)
        course.append(Clock(step, limits[step], began_on, done_on, stopped, due, granted, unextended))
    return course


def missing_years(clocks: Iterable[Clock]) -> list[str]:
    """Causes that keep clocks from being computed, each once: for the log."""
    return sorted({str(clock.missing) for clock in clocks if clock.missing is not None})


def _working(start: date, days: int, days_off: DaysOff) -> Deadline:
    counted: list[date] = []
    passed_over: list[tuple[date, str]] = []
    day = start
    while len(counted) < days:
        day += _DAY
        if not is_known_off(day, days_off):
            counted.append(day)
        elif day.weekday() < 5:
            passed_over.append((day, days_off.off.get(day, "元旦")))
    made_up = tuple(working_day for working_day in counted if working_day in days_off.work)
    amber_on = counted[_warned_after(days) - 1]
    sources, missing = _sources(start + _DAY, day, days_off), _missing(start + _DAY, day, days_off)
    act_by = latest_on = day
    if missing is not None:
        act_by = _if_every_weekend_were_worked(start, days, days_off)
        # Holidays make working days later as often as they come: not oftener than once a month.
        latest_on = day + (2 + (day - start).days // 30) * MAX_MOVED_DAYS * _DAY
    return Deadline(day, day, amber_on, tuple(passed_over), made_up, sources, missing, act_by, latest_on)


def _if_every_weekend_were_worked(start: date, days: int, days_off: DaysOff) -> date:
    """The day on which that many working days could have passed at the earliest, in years without a table."""
    day, counted = start, 0
    while counted < days:
        day += _DAY
        counted += not (_is_new_year(day) or (day.year in days_off.years and is_known_off(day, days_off)))
    return day


def _warned_after(days: int) -> int:
    """Number of the days that are used when the clock begins to warn: 70 %, rounded up."""
    return -(-days * AMBER_PERCENT // 100)


def _sources(first: date, last: date, days_off: DaysOff) -> tuple[str, ...]:
    return tuple(days_off.years[year] for year in range(first.year, last.year + 1) if year in days_off.years)


def _missing(first: date, last: date, days_off: DaysOff) -> MissingYear | None:
    """The first year of these days that has no table."""
    unknown = (year for year in range(first.year, last.year + 1) if year not in days_off.years)
    return next((MissingYear(year) for year in unknown), None)


def _is_new_year(day: date) -> bool:
    return (day.month, day.day) == (1, 1)
