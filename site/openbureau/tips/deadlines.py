"""When each step of a tip is due, how that was counted, and how near it is.

Counting begins on the day after (民法典 201). A legal limit whose last day is no working day ends on the next
working day (民法典 203, applied by analogy; 民事诉讼法 has the same rule for its periods); a promise is not
stretched. Nothing is kept: due days are computed anew whenever they are asked for, so that a corrected table
of days off also corrects open tips.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

from openbureau.enums import Labelled
from openbureau.tips.model import Stage, TipEvent

AMBER = 70
"""Per cent of a limit after which its clock warns."""

_DAY = timedelta(days=1)


class Limit(Protocol):
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


class State(Labelled):
    """How a clock stands on a day. Red begins on the last day itself, when all of the limit is used."""

    WAITING = "waiting", "尚未开始"
    UNKNOWN = "unknown", "日期无法计算"
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
    used.
    """

    counted_to: date
    due_on: date
    amber_on: date
    passed_over: tuple[tuple[date, str], ...]
    made_up: tuple[date, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Clock:
    """One step of one tip: its limit, when it began and ended, and its deadline.

    `step` is the name of the limit in site.toml. `stopped` says that the tip was withdrawn, or merged into
    another whose clocks count. `missing` says why there is no deadline although it began.
    When more time was granted, `extended_by` is how many days of the limit `extend`, and `unextended` the
    deadline that they follow.
    """

    step: str
    limit: Limit
    began_on: date | None
    done_on: date | None
    stopped: bool
    deadline: Deadline | None
    missing: MissingYear | None
    extended_by: int = 0
    unextended: Deadline | None = None

    def state(self, today: date) -> State:
        """How it stands on the day `today`."""
        if self.done_on is None and self.stopped:
            return State.STOPPED
        if self.began_on is None:
            return State.WAITING
        if self.deadline is None:
            return State.UNKNOWN
        due_on = self.deadline.due_on
        if self.done_on is not None:
            return State.MET if self.done_on <= due_on else State.LATE
        if today >= due_on:
            return State.DUE if today == due_on else State.OVERDUE
        return State.AMBER if today >= self.deadline.amber_on else State.RUNNING

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


def deadline(start: date, limit: Limit, days_off: DaysOff) -> Deadline:
    """When a period that starts with what happened on `start` ends. Raises MissingYear."""
    if limit.kind == "working":
        return _working(start, limit.days, days_off)
    counted_to = due_on = start + limit.days * _DAY
    sources: tuple[str, ...] = ()
    if limit.binds == "law":
        while not is_working_day(due_on, days_off):
            due_on += _DAY
        sources = _sources(counted_to, due_on, days_off)
    amber_on = start + _warned_after((due_on - start).days) * _DAY
    return Deadline(counted_to, due_on, amber_on, (), (), sources)


@dataclass(frozen=True)
class _Extended:
    """The limit `extend` with the days that were granted."""

    name: str
    days: int
    kind: str
    binds: str


def clocks(
    events: Iterable[TipEvent],
    limits: Mapping[str, Limit],
    days_off: DaysOff,
    extended_by: int | None = None,
) -> list[Clock]:
    """The clocks of a tip with these events, in the order of its steps; without those that can never begin.

    `extended_by` are the days granted besides (tip.extended_by): they follow the last day counted of the
    limit for concluding, so that 60 and 30 calendar days are 90.
    A clock whose date depends on a year without a table has `missing`: tell the log, with `missing_years`.
    """
    reached: dict[Stage, date] = {}
    for event in events:
        reached.setdefault(event.stage, event.day)
    stopped = bool({Stage.WITHDRAWN, Stage.MERGED} & reached.keys())
    found = []
    for step, (start, ends) in _COURSE.items():
        began_on = reached.get(start)
        if began_on is None and (stopped or Stage.DECLINED in reached):
            continue
        done_on = min((reached[stage] for stage in ends & reached.keys()), default=None)
        granted = extended_by or 0 if step == "conclude" else 0
        due, unextended, missing = None, None, None
        if began_on is not None:
            try:
                due = deadline(began_on, limits[step], days_off)
                if granted:
                    extend = limits["extend"]
                    unextended = due
                    more = _Extended(extend.name, granted, extend.kind, extend.binds)
                    due = deadline(due.counted_to, more, days_off)
            except MissingYear as error:
                missing = error
        found.append(Clock(step, limits[step], began_on, done_on, stopped, due, missing, granted, unextended))
    return found


def missing_years(found: Iterable[Clock]) -> list[str]:
    """What keeps clocks from being computed, each cause once: for the log."""
    return sorted({str(clock.missing) for clock in found if clock.missing is not None})


def _working(start: date, days: int, days_off: DaysOff) -> Deadline:
    counted: list[date] = []
    passed_over: list[tuple[date, str]] = []
    day = start
    while len(counted) < days:
        day += _DAY
        if is_working_day(day, days_off):
            counted.append(day)
        elif day.weekday() < 5:
            passed_over.append((day, days_off.off[day]))
    made_up = tuple(each for each in counted if each in days_off.work)
    amber_on = counted[_warned_after(days) - 1]
    return Deadline(day, day, amber_on, tuple(passed_over), made_up, _sources(start + _DAY, day, days_off))


def _warned_after(days: int) -> int:
    """How many of the days are used when the clock begins to warn: 70 %, rounded up."""
    return -(-days * AMBER // 100)


def _sources(first: date, last: date, days_off: DaysOff) -> tuple[str, ...]:
    return tuple(days_off.years[year] for year in range(first.year, last.year + 1))
