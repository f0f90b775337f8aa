"""Stages of a tip and the moves between them. Every change, its event and its entry in the log are one
commit, or nothing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from openbureau.database import audit_log
from openbureau.tips import receipt_codes
from openbureau.tips.model import Stage, Tip, TipEvent, TipEventKind, subject

# Which stages may follow which. A stage that leads nowhere is the end.
MOVES: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        Stage.RECEIVED: frozenset({Stage.SCREENING, Stage.WITHDRAWN}),
        Stage.SCREENING: frozenset(
            {Stage.AWAITING, Stage.ACCEPTED, Stage.DECLINED, Stage.MERGED, Stage.WITHDRAWN}
        ),
        Stage.AWAITING: frozenset({Stage.SCREENING, Stage.ACCEPTED, Stage.DECLINED, Stage.WITHDRAWN}),
        Stage.ACCEPTED: frozenset({Stage.TRANSFERRED, Stage.INVESTIGATING, Stage.MERGED, Stage.WITHDRAWN}),
        Stage.DECLINED: frozenset({Stage.SCREENING, Stage.ARCHIVED, Stage.DESTROYED}),
        # Back, when the unit that it was sent to turns out to be the one that it is about.
        Stage.TRANSFERRED: frozenset({Stage.ACCEPTED, Stage.INVESTIGATING, Stage.CONCLUDED, Stage.WITHDRAWN}),
        Stage.INVESTIGATING: frozenset({Stage.TRANSFERRED, Stage.CONCLUDED, Stage.WITHDRAWN}),
        Stage.CONCLUDED: frozenset({Stage.ANSWERED}),
        # New material after the answer brings a tip back to triage.
        Stage.ANSWERED: frozenset({Stage.SCREENING, Stage.ARCHIVED, Stage.DESTROYED}),
        Stage.MERGED: frozenset({Stage.ARCHIVED, Stage.DESTROYED}),
        Stage.WITHDRAWN: frozenset({Stage.ARCHIVED, Stage.DESTROYED}),
        Stage.ARCHIVED: frozenset({Stage.DESTROYED}),
        Stage.DESTROYED: frozenset(),
    }
)


SETTLED = (
    Stage.DECLINED,
    Stage.MERGED,
    Stage.ANSWERED,
    Stage.WITHDRAWN,
    Stage.ARCHIVED,
    Stage.DESTROYED,
)
"""Stages in which nobody waits for an answer any more; of a merged tip the other one tells."""


class UnknownTip(LookupError):
    """No tip has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"没有编号为 {number} 的线索。请核对编号。")
        self.number = number


class ImpossibleMove(ValueError):
    """The tip's stage does not lead to the wanted one."""

    def __init__(self, stage: Stage, wanted: Stage) -> None:
        allowed = "、".join(next_stage.label for next_stage in Stage if next_stage in MOVES[stage])
        mend = f"只能转为：{allowed}" if allowed else "这个阶段已经是终点"
        super().__init__(f"线索现在是“{stage.label}”，不能转为“{wanted.label}”；{mend}。")


def find_by_code(session: Session, secret: bytes, code_text: str) -> Tip | None:
    """The tip of a receipt code as typed, with its `events`. Raises BadCode on a typing slip."""
    receipt_mac = receipt_codes.mac(secret, code_text)
    return session.scalar(select(Tip).where(Tip.receipt_mac == receipt_mac))


def get(session: Session, number: int) -> Tip:
    """The tip with this number. Raises UnknownTip."""
    tip = session.get(Tip, number)
    if tip is None:
        raise UnknownTip(number)
    return tip


def move(
    session: Session, number: int, stage: Stage, at: datetime, today: date, actor: str, role: str
) -> Tip:
    """Bring a tip to its next stage. Raises UnknownTip or ImpossibleMove, and then changes nothing. None is
    destroyed by this: that takes two (`retention.destroy`)."""
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        tip = locked(session, number)
        if stage is Stage.DESTROYED:
            raise ImpossibleMove(tip.stage, stage)
        enter(tip, stage, today)
        change.log("moved", subject(number), stage=stage)
    return tip


def locked(session: Session, number: int) -> Tip:
    """The tip as it is now, inside a change: writers come one after another. Raises UnknownTip."""
    tip = session.get(Tip, number, populate_existing=True)
    if tip is None:
        raise UnknownTip(number)
    return tip


def enter(tip: Tip, stage: Stage, today: date, event: TipEventKind = TipEventKind.MOVED) -> None:
    """Bring a tip to its next stage, inside a change that tells of it. Raises ImpossibleMove."""
    if stage not in MOVES[tip.stage]:
        raise ImpossibleMove(tip.stage, stage)
    tip.stage = stage
    tip.stage_on = today
    tip.events.append(TipEvent(day=today, event=event, stage=stage))


def list_tips(session: Session) -> Sequence[Tip]:
    """All tips with their events, the newest first."""
    return session.scalars(select(Tip).options(selectinload(Tip.events)).order_by(Tip.number.desc())).all()
