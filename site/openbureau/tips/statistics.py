"""The figures that are published of tips: frozen once a month, and from then on the same for ever.

Nothing is counted while somebody looks: a counter that moved would tell when a tip arrived. A month in which
something happened only once or twice is added to the next one, so that no two published numbers differ by one
or two; tables by channel, unit and kind are for whole years.

Disclosure control of the tables: one or two tips of one place and kind would tell who sent them. A cell of
one or two becomes SMALL. When a total is known, one more cell becomes HIDDEN, or the small one could be
computed from the others. Which one is hidden, and whether a table is published at all, follows from its order
and from what is published anyway, never from a hidden value: else the choice itself would tell it.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import mean, median
from typing import Any

from sqlalchemy import Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload

from openbureau.database import Model, audit_log
from openbureau.tips import deadlines
from openbureau.tips.deadlines import DaysOff, DeadlineState, LimitRule
from openbureau.tips.form.submission import Category
from openbureau.tips.model import Action, Channel, Conclusion, DeclineReason, Stage, Tip
from openbureau.tips.sealing.recipients import UNIT_OTHER

SERIES = {
    "received": "收到",
    "accepted": "受理",
    "declined": "不予受理",
    "concluded": "办结",
    "answered": "答复",
}
"""Series counted month by month: each tip once, on the day on which it first came so far."""

SMALL = "1–2"
HIDDEN = "不公布"
MIN_SHOWN_COUNT = 3
"""The least count that is published as it is (besides none at all)."""

MIN_DIVIDED_TOTAL = 7
"""The least total whose table is published at all: of fewer, what is hidden can sometimes be guessed."""

Shown = dict[str, int | str]

_STAGES = {stage.value: stage for stage in Stage}
_DAY = timedelta(days=1)


class FrozenFigures(Model):
    """The figures as they were published for a month (`2026-05`): JSON, see `_content`. Never altered."""

    __tablename__ = "frozen_figures"
    __table_args__ = {"info": audit_log.PROMISED}  # noqa: RUF012

    month: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    content: Mapped[str] = mapped_column(Text)

    @property
    def figures(self) -> dict[str, Any]:
        """The content: `series` by name, each with `from` (None: the beginning), `to` and `count` (None: one
        or two, to be added to the next month's); and in December `year`."""
        figures: dict[str, Any] = json.loads(self.content)
        return figures


@dataclass(frozen=True)
class Rules:
    """Rules of counting: the closed list of units, and the clocks of the site with its days off."""

    units: Collection[str]
    limits: Mapping[str, LimitRule]
    days_off: DaysOff


def frozen(session: Session) -> list[FrozenFigures]:
    """All published figures, the newest first."""
    return list(session.scalars(select(FrozenFigures).order_by(FrozenFigures.month.desc())))


def freeze(session: Session, today: date, rules: Rules, at: datetime, actor: str) -> list[str]:
    """Publish the figures of every month that has ended and is still missing; the log is told. The months."""
    months = []
    while (month_end := _next_end(session)) is None or month_end < today:
        as_of = month_end or today.replace(day=1) - _DAY
        with audit_log.change(session, audit_log.minute(at), actor) as change:
            month = f"{as_of:%Y-%m}"
            content = json.dumps(_content(session, as_of, rules), ensure_ascii=False)
            session.add(FrozenFigures(month=month, as_of=as_of, content=content))
            change.log("figures", f"{FrozenFigures.__tablename__}/{month}")
        months.append(month)
    return months


def statement(versions: Sequence[FrozenFigures], about: str) -> str:
    """Figures in one sentence: of the year that the newest version is about. `about` is what the
    tips are about."""
    newest = versions[0]
    year = [
        version.figures["series"]["received"]
        for version in versions
        if version.as_of.year == newest.as_of.year
    ]
    total = sum(period["count"] or 0 for period in year)
    new_year = f"{newest.as_of.year}-01-01"
    carried = (
        "（含以前年度并入的）"
        if any(period["count"] and (period["from"] or "") < new_year for period in year)
        else ""
    )
    as_of = f"截至{newest.as_of.year}年{newest.as_of.month}月{newest.as_of.day}日，{newest.as_of.year}年"
    if year[0]["count"] is None:
        waiting = "另有1–2件，将并入下一期公布" if total else "收到的不足3件，将并入下一期公布"
        return f"{as_of}{f'收到{about}{total}件{carried}，' if total else f'{about}'}{waiting}。"
    return f"{as_of}收到{about}{total}件{carried}。" if total else f"{as_of}未收到{about}。"


def _next_end(session: Session) -> date | None:
    """The last day of the month after the newest version; None when there is none yet."""
    session.rollback()
    newest = session.scalar(select(FrozenFigures.as_of).order_by(FrozenFigures.month.desc()).limit(1))
    if newest is None:
        return None
    return ((newest + _DAY).replace(day=28) + 4 * _DAY).replace(day=1) - _DAY


def _content(session: Session, as_of: date, rules: Rules) -> dict[str, object]:
    tips = session.scalars(select(Tip).options(selectinload(Tip.events)).order_by(Tip.number)).all()
    days = {name: _days(tips, name) for name in SERIES}
    before = [version.figures for version in frozen(session)]
    series = {name: _one_series(days[name].values(), _closed_to(before, name), as_of) for name in SERIES}
    content: dict[str, object] = {"series": series}
    if as_of.month == 12:
        with_this = [{"series": series}, *before]
        last_year = [figures for figures in before if _latest(figures) <= date(as_of.year - 1, 12, 31)]
        chosen = {
            name: [
                tip
                for tip in tips
                if tip.number in days[name]
                and _is_between(
                    days[name][tip.number], _closed_to(last_year, name), _closed_to(with_this, name)
                )
            ]
            for name in SERIES
        }
        content["year"] = {"year": as_of.year, **_year(chosen, rules)}
    return content


def _days(tips: Iterable[Tip], name: str) -> dict[int, date]:
    """On which day each tip came so far, by its number."""
    if name == "received":
        return {tip.number: tip.received_on for tip in tips}
    stage = _STAGES[name]
    reached = {tip.number: [event.day for event in tip.events if event.stage is stage] for tip in tips}
    return {number: min(days) for number, days in reached.items() if days}


def _one_series(days: Iterable[date], closed_to: date | None, as_of: date) -> dict[str, object]:
    count = sum(_is_between(day, closed_to, as_of) for day in days)
    return {
        "from": (closed_to + _DAY).isoformat() if closed_to else None,
        "to": as_of.isoformat(),
        "count": count if count == 0 or count >= MIN_SHOWN_COUNT else None,
    }


def _closed_to(versions: Iterable[Mapping[str, Any]], name: str) -> date | None:
    """Up to which day what is in a series has been published; `versions` newest first."""
    for figures in versions:
        if figures["series"][name]["count"] is not None:
            return date.fromisoformat(figures["series"][name]["to"])
    return None


def _latest(figures: Mapping[str, Any]) -> date:
    return date.fromisoformat(figures["series"]["received"]["to"])


def _is_between(day: date, after: date | None, until: date | None) -> bool:
    return (after is None or day > after) and until is not None and day <= until


def _year(chosen: Mapping[str, Sequence[Tip]], rules: Rules) -> dict[str, object]:
    received, declined, concluded = chosen["received"], chosen["declined"], chosen["concluded"]
    units = [*rules.units, UNIT_OTHER]
    categories = {kind.value: sum(kind in tip.categories.split() for tip in received) for kind in Category}
    return {
        "totals": {name: len(tips) for name, tips in chosen.items()},
        "tables": {
            "channel": divided(_count(received, Channel, lambda tip: tip.channel)),
            # A unit that left the list since is counted with the rest.
            "unit": divided(
                _count(received, units, lambda tip: tip.unit if tip.unit in units else UNIT_OTHER)
            ),
            "category": overlapping(categories, len(received)),
            "decline_reason": divided(_count(declined, DeclineReason, lambda tip: tip.decline_reason)),
            "conclusion": divided(_count(concluded, Conclusion, lambda tip: tip.conclusion)),
            "action": divided(_count(concluded, Action, lambda tip: tip.action)),
        },
        "numbers": {
            "median_days": _of_enough([_days_taken(tip) for tip in concluded], median),
            "on_time_percent": _of_enough(
                _on_time(concluded, rules), lambda in_time: round(100 * mean(in_time))
            ),
            "rating": _of_enough([tip.rating for tip in concluded], lambda ratings: round(mean(ratings), 1)),
            "corrected_fines": _of_enough([tip.corrected_fines for tip in concluded], sum, nothing=0),
            "corrected_yuan": _of_enough([tip.corrected_yuan for tip in concluded], _sum, nothing="0"),
            "refunded_yuan": _of_enough([tip.refunded_yuan for tip in concluded], _sum, nothing="0"),
        },
    }


def _count(tips: Iterable[Tip], keys: Iterable[str], key: Callable[[Tip], str | None]) -> dict[str, int]:
    """Number of tips with each key; those without one are `none-yet`, so that the cells add up."""
    counts = dict.fromkeys(map(str, keys), 0) | {"none-yet": 0}
    for tip in tips:
        counts[key(tip) or "none-yet"] += 1
    return counts


def _of_enough(
    values: Iterable[Any], what: Callable[[Sequence[Any]], Any], *, nothing: object = None
) -> object | None:
    """Statistic of the known values that are not zero, if there are enough of them; else None."""
    present = [value for value in values if value is not None]
    if nothing is not None:
        present = [value for value in present if value]
        if not present:
            return nothing
    return what(present) if len(present) >= MIN_SHOWN_COUNT else None


def _sum(amounts: Iterable[Decimal]) -> str:
    return str(sum(amounts, Decimal()))


def _days_taken(tip: Tip) -> int:
    concluded = min(event.day for event in tip.events if event.stage is Stage.CONCLUDED)
    return (concluded - tip.received_on).days


def _on_time(tips: Iterable[Tip], rules: Rules) -> list[bool]:
    """Whether each tip was concluded in time, as far as that can be told."""
    states = [
        clock.state(clock.done_on)
        for tip in tips
        for clock in deadlines.clocks(tip.events, rules.limits, rules.days_off, tip.extended_by)
        if clock.step == "conclude" and clock.done_on
    ]
    return [state is DeadlineState.MET for state in states if state is not DeadlineState.UNKNOWN]


def divided(counts: Mapping[str, int]) -> Shown | None:
    """A table whose cells add up to a published total, as it may be shown; None: not at all."""
    total = sum(counts.values())
    small = [key for key, count in counts.items() if 0 < count < MIN_SHOWN_COUNT]
    if 0 < total < MIN_DIVIDED_TOTAL:
        return None
    if not small:
        return dict(counts)
    hidden = sum(counts[key] for key in small)
    large = [key for key, count in counts.items() if count >= MIN_SHOWN_COUNT]
    if large:
        # Both one and two must be possible for every small cell, with three or more left for the other.
        if hidden + counts[large[-1]] < len(small) + 1 + MIN_SHOWN_COUNT:
            return None
    elif not len(small) < hidden < 2 * len(small):
        return None
    shown: Shown = {**counts, **dict.fromkeys(small, SMALL)}
    return {**shown, **dict.fromkeys(large[-1:], HIDDEN)}


def overlapping(counts: Mapping[str, int], total: int) -> Shown | None:
    """A table in which each of `total` tips is in one cell or several, as it may be shown; None: not at
    all."""
    small = [key for key, count in counts.items() if 0 < count < MIN_SHOWN_COUNT]
    if 0 < total < MIN_DIVIDED_TOTAL:
        return None
    shown_count = sum(count for key, count in counts.items() if key not in small)
    # Every tip is somewhere: if the others do not suffice, a small cell must be two.
    if small and shown_count + 2 * len(small) - 1 < total:
        return None
    return {**counts, **dict.fromkeys(small, SMALL)}
