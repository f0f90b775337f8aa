"""Until when somebody may apply for reconsideration (行政复议) or go to court (行政诉讼), counted before
their eyes. A tip does not stop these clocks, and whoever wants the fine cancelled needs them."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from openbureau.tips.deadlines import DaysOff, MissingYear, is_working_day

SOON = 15
"""Days left from which a remedy is urgent."""


@dataclass(frozen=True)
class Remedy:
    """A way to contest a fine: its name, its source, and its period in days or in months."""

    name: str
    source: str
    days: int = 0
    months: int = 0

    @property
    def period(self) -> str:
        """The period as the law says it."""
        return f"{self.days}日" if self.days else f"{self.months}个月"


RECONSIDERATION = Remedy("申请行政复议", "《行政复议法》第二十条", days=60)
LAWSUIT = Remedy("向法院起诉（行政诉讼）", "《行政诉讼法》第四十六条", months=6)


@dataclass(frozen=True)
class LastDay:
    """The last day of a remedy: `counted_to` by the calendar, `due_on` after days off at its end, None when
    their table is `missing`; `left` is the number of days from today to it, negative when it is over."""

    remedy: Remedy
    known_on: date
    counted_to: date
    due_on: date | None
    missing: MissingYear | None
    left: int

    @property
    def is_over(self) -> bool:
        """Whether the last day has passed."""
        return self.left < 0

    @property
    def is_soon(self) -> bool:
        """Whether there is little time left."""
        return 0 <= self.left <= SOON


def last_days(known_on: date, today: date, days_off: DaysOff) -> Sequence[LastDay]:
    """The last day of each remedy for somebody who learned of the fine on `known_on`.

    The day itself does not count (民法典 201); a period of months ends on the day of the same number, or the
    last of its month (202); a last day that is no working day is followed by the next one (203), as both laws
    on procedure are understood.
    """
    return [_last_day(remedy, known_on, today, days_off) for remedy in (RECONSIDERATION, LAWSUIT)]


def _last_day(remedy: Remedy, known_on: date, today: date, days_off: DaysOff) -> LastDay:
    counted_to = _months_after(known_on, remedy.months) + timedelta(days=remedy.days)
    due_on, missing = None, None
    try:
        due_on = counted_to
        while not is_working_day(due_on, days_off):
            due_on += timedelta(days=1)
    except MissingYear as error:
        due_on, missing = None, error
    return LastDay(remedy, known_on, counted_to, due_on, missing, ((due_on or counted_to) - today).days)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
