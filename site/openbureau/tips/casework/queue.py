"""Queue of the tips that somebody of the desk may know of, the most urgent first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from openbureau.tips import deadlines
from openbureau.tips.casework.access import Actor, handles, may_see
from openbureau.tips.deadlines import Clock, DaysOff, DeadlineState, LimitRule
from openbureau.tips.model import Stage, Tip
from openbureau.tips.sealing.recipients import RecipientSet

_URGENCY = (
    DeadlineState.OVERDUE,
    DeadlineState.DUE,
    DeadlineState.UNKNOWN,
    DeadlineState.AMBER,
    DeadlineState.RUNNING,
)


@dataclass(frozen=True)
class QueueRow:
    """A tip in the queue with its clocks that run, the most urgent first."""

    tip: Tip
    clocks: Sequence[Clock]
    urgency: int
    due_on: date
    is_mine: bool

    @property
    def is_overdue(self) -> bool:
        """Whether a limit has passed."""
        return self.urgency == _URGENCY.index(DeadlineState.OVERDUE)


def rows(
    session: Session,
    recipients: RecipientSet,
    actor: Actor,
    limits: Mapping[str, LimitRule],
    days_off: DaysOff,
) -> list[QueueRow]:
    """Tips that whoever acts may know of, the most urgent first, then what came last."""
    queue = []
    for tip in known_tips(session, recipients, actor):
        clocks = deadlines.clocks(tip.events, limits, days_off, tip.extended_by)
        running = [clock for clock in clocks if clock.is_running]
        running.sort(key=lambda clock: _key(clock, actor.today))
        urgency, due_on = _key(running[0], actor.today) if running else (len(_URGENCY), date.max)
        queue.append(QueueRow(tip, running, urgency, due_on, handles(tip, actor.name)))
    put_away = (Stage.ARCHIVED, Stage.DESTROYED)
    return sorted(queue, key=lambda row: (row.tip.stage in put_away, row.urgency, row.due_on))


def known_tips(session: Session, recipients: RecipientSet, actor: Actor) -> Iterator[Tip]:
    """Tips that whoever acts may know of, the newest first. What a tip says is not even read from the
    database."""
    wanted = (
        select(Tip)
        .options(defer(Tip.body), defer(Tip.identity))
        .options(selectinload(Tip.events), selectinload(Tip.handlers), selectinload(Tip.recusals))
        .order_by(Tip.number.desc())
    )
    for tip in session.scalars(wanted):
        if may_see(tip, recipients, actor.name, actor.unit):
            yield tip


def _key(clock: Clock, today: date) -> tuple[int, date]:
    return _URGENCY.index(clock.state(today)), clock.deadline.due_on if clock.deadline else date.max
