"""How long tips are kept, and their destruction: by two people, told to the log, with what is counted left.

No longer than needed (个人信息保护法 19, 47). What is left, the tombstone, holds no word of what was said and
nothing of who said it: number, days, unit, kinds, outcome, for the figures and the log; and the keyed digest
of the receipt code, as long as the tombstone is there, so that the code learns when its tip was destroyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.database.audit_log import LoggedChange
from openbureau.tips.casework.access import Actor, NotNow, NotTheirs, case, handles
from openbureau.tips.casework.merging import children
from openbureau.tips.casework.stages import enter, locked
from openbureau.tips.model import (
    AttachmentPart,
    DeclineReason,
    DestructionReason,
    HoldReason,
    Message,
    PendingSealing,
    Stage,
    Tip,
    TipAttachment,
    TipDestruction,
    TipEventKind,
    TipExtension,
    TipHandler,
    subject,
)
from openbureau.tips.sealing.recipients import RecipientSet

DESTROYED = "destroyed"
"""The event of the log that a destruction is."""

_ENDS = (Stage.DECLINED, Stage.WITHDRAWN, Stage.ANSWERED)
_ENDED = frozenset({*_ENDS, Stage.ARCHIVED})


class RetentionPeriods(Protocol):
    """How long tips are kept after they ended: days for spam, years for the others."""

    @property
    def spam_days(self) -> int: ...
    @property
    def declined_years(self) -> int: ...
    @property
    def closed_years(self) -> int: ...


class NotAgreed(NotNow):
    """Two people have not agreed that a tip is destroyed."""


@dataclass(frozen=True)
class Expiry:
    """When a tip ended, from when on it is to be destroyed, and for which reason."""

    ended_on: date
    due_on: date
    reason: DestructionReason


def expiry(tip: Tip, periods: RetentionPeriods) -> Expiry | None:
    """When a tip is to be destroyed; None while it has not ended, and of one that was merged: it goes with
    the one that it was merged into."""
    if tip.stage not in _ENDED or tip.merged_into is not None:
        return None
    ends = [event for event in tip.events if event.event is TipEventKind.MOVED and event.stage in _ENDS]
    if not ends:
        return None
    last = ends[-1]
    if last.stage is Stage.DECLINED and tip.decline_reason is DeclineReason.SPAM:
        due_on = last.day + timedelta(days=periods.spam_days)
        return Expiry(last.day, due_on, DestructionReason.SPAM)
    years = periods.closed_years if last.stage is Stage.ANSWERED else periods.declined_years
    return Expiry(last.day, _years_later(last.day, years), DestructionReason.EXPIRED)


def propose(
    session: Session,
    number: int,
    reason: DestructionReason,
    actor: Actor,
    recipients: RecipientSet,
    periods: RetentionPeriods,
) -> None:
    """Propose to destroy a tip and those merged into it. Raises UnknownTip, Conflicted, or NotNow when it has
    not ended, is held, or its time is not over (unless whoever it is about or from asked for it)."""
    with case(session, number, actor, recipients, taken_on=False) as (change, tip):
        expected = expiry(tip, periods)
        if expected is None:
            raise NotNow("没有办结的线索不能销毁；并入别的线索的，随那一条销毁。")
        _refuse_held(session, tip)
        if reason is not DestructionReason.REQUEST and reason is not expected.reason:
            raise NotNow(f"这条线索的销毁理由应当是“{expected.reason.label}”。")
        if reason is not DestructionReason.REQUEST and actor.today < expected.due_on:
            raise NotNow(f"保存期限到{expected.due_on.isoformat()}才满。")
        if tip.destruction is not None:
            raise NotNow("已经提出销毁，等待批准。")
        tip.destruction = TipDestruction(reason=reason, proposed_by=actor.name, proposed_on=actor.today)
        change.log("destruction-proposed", subject(number), reason=reason)


def decide(session: Session, number: int, granted: bool, actor: Actor, recipients: RecipientSet) -> None:
    """Approve the destruction that another proposed, or not: a head; of a tip about the receiver, of which
    its heads know nothing, another independent recipient. Approved, `destroy` may follow."""
    with case(session, number, actor, recipients, taken_on=False) as (change, tip):
        proposal = tip.destruction
        if proposal is None or proposal.approved_by is not None:
            raise NotNow("没有等待批准的销毁。")
        if not actor.is_head and tip.unit != recipients.receiver:
            raise NotNow("销毁要由本单位负责人批准。")
        if proposal.proposed_by == actor.name:
            raise NotNow("自己提出的销毁，要由另一个人批准。")
        if not granted:
            session.delete(proposal)
            change.log("destruction-refused", subject(number))
            return
        _refuse_held(session, tip)
        proposal.approved_by = actor.name
        change.log("destruction-approved", subject(number), reason=proposal.reason)


def destroy(session: Session, number: int, at: datetime, today: date, actor: str, role: str) -> list[int]:
    """Destroy a tip that two agreed on, and those merged into it; the numbers. Raises UnknownTip, NotNow when
    it is held, and NotAgreed."""
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        tip = locked(session, number)
        agreed = tip.destruction
        if tip.stage is Stage.DESTROYED:
            raise NotNow(f"线索{number}已于{tip.destroyed_on}销毁。")
        if agreed is None or agreed.approved_by is None:
            raise NotAgreed(f"线索{number}：销毁要两个人，一人在工作台“保存期限”提出，另一位负责人批准。")
        _refuse_held(session, tip)
        gone = [tip, *children(session, number)]
        numbers = [member.number for member in gone]
        for member in gone:
            _destroy(session, change, member, agreed.reason, today)
    return numbers


def hold(
    session: Session, number: int, reason: HoldReason | None, actor: Actor, recipients: RecipientSet
) -> None:
    """Keep a tip from being destroyed, or, without a reason, no longer: by whoever handles it, or a head."""
    with case(session, number, actor, recipients, taken_on=False) as (change, tip):
        if not (actor.is_head or handles(tip, actor.name)):
            raise NotTheirs
        tip.hold = reason
        change.log("held" if reason else "released", subject(number), hold=reason)


def list_kept(session: Session) -> Sequence[Tip]:
    """The tips that are not destroyed, by number."""
    return session.scalars(select(Tip).where(Tip.destroyed_on.is_(None)).order_by(Tip.number)).all()


def _destroy(
    session: Session, change: LoggedChange, tip: Tip, reason: DestructionReason, today: date
) -> None:
    number = tip.number
    was = audit_log.state(session, subject(number))
    files = select(TipAttachment.id).where(TipAttachment.tip_number == number)
    session.execute(delete(AttachmentPart).where(AttachmentPart.attachment_id.in_(files)))
    for table in (TipAttachment, Message, TipExtension, TipHandler, PendingSealing):
        session.execute(delete(table).where(table.tip_number == number))
    session.expire(tip)
    tip.body, tip.reply_key = b"", ""
    tip.identity = tip.doc_mac = tip.fine_mac = None
    enter(tip, Stage.DESTROYED, today)
    tip.destroyed_on = today
    # The digest of what was there, so that a copy that turns up later can be told.
    change.log(DESTROYED, subject(number), reason=reason, was=was)


def _refuse_held(session: Session, tip: Tip) -> None:
    for member in (tip, *children(session, tip.number)):
        if member.hold is not None:
            raise NotNow(f"线索{member.number}暂缓销毁：{member.hold.label}。")


def _years_later(day: date, years: int) -> date:
    """The same day so many years later; of 29 February in other years, 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
