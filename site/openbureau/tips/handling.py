"""The only functions that change a tip. Every change and its event are one commit, or nothing.

Give each call a session of its own: the functions commit whatever the session holds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from openbureau.tips import receipts
from openbureau.tips.model import EventKind, Stage, Tip, TipEvent
from openbureau.tips.sealing import SUITE, CannotOpen, Sealer, open_sealed
from openbureau.tips.submission import Submission, SubmissionRefused

# Which stages may follow which. A stage that leads nowhere is the end.
MOVES: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        Stage.RECEIVED: frozenset({Stage.SCREENING, Stage.WITHDRAWN}),
        Stage.SCREENING: frozenset({Stage.ACCEPTED, Stage.DECLINED, Stage.WITHDRAWN}),
        Stage.ACCEPTED: frozenset({Stage.TRANSFERRED, Stage.INVESTIGATING, Stage.WITHDRAWN}),
        Stage.DECLINED: frozenset(),
        Stage.TRANSFERRED: frozenset({Stage.INVESTIGATING, Stage.CONCLUDED, Stage.WITHDRAWN}),
        Stage.INVESTIGATING: frozenset({Stage.TRANSFERRED, Stage.CONCLUDED, Stage.WITHDRAWN}),
        Stage.CONCLUDED: frozenset({Stage.ANSWERED}),
        Stage.ANSWERED: frozenset(),
        Stage.WITHDRAWN: frozenset(),
    }
)


class UnknownTip(LookupError):
    """No tip has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"没有编号为 {number} 的线索。请核对编号。")


class ImpossibleMove(ValueError):
    """The tip's stage does not lead to the wanted one."""

    def __init__(self, stage: Stage, wanted: Stage) -> None:
        allowed = "、".join(next_stage.label for next_stage in Stage if next_stage in MOVES[stage])
        mend = f"只能转为：{allowed}" if allowed else "这个阶段已经是终点"
        super().__init__(f"线索现在是“{stage.label}”，不能转为“{wanted.label}”；{mend}。")


@dataclass(frozen=True)
class Receipt:
    """What the submitter gets. `already` means that this form had been received before and that nothing was
    stored now, not even if its text had changed since: the page has to say so."""

    code: str = field(repr=False)
    already: bool


@dataclass(frozen=True, repr=False)
class OpenedTip:
    """A tip in clear, for the desk's memory only: the two documents of `Submission`."""

    body: dict[str, object]
    identity: dict[str, object] | None


def submit(
    session: Session, secret: bytes, form_id: str, submission: Submission, sealer: Sealer, today: date
) -> Receipt:
    """Seal a submission and store it, once per form however often and from wherever the form is posted.

    Raises SubmissionRefused when it has problems and SealingFailed when it cannot be sealed; then nothing is
    stored.
    """
    problems = submission.problems(today)
    if problems or submission.is_bot:
        raise SubmissionRefused(problems)
    code = receipts.code_for(secret, form_id)
    receipt_mac = receipts.mac(secret, code)
    identity = submission.identity_document()
    tip = Tip(
        receipt_mac=receipt_mac,
        received_on=today,
        stage=Stage.RECEIVED,
        stage_on=today,
        body=sealer.seal(submission.body_document()),
        identity=None if identity is None else sealer.seal(identity),
        suite=SUITE,
        events=[TipEvent(day=today, event=EventKind.SUBMITTED, stage=Stage.RECEIVED)],
    )
    session.add(tip)
    try:
        session.commit()
    except IntegrityError:
        # Two posts of one form may run at the same time: only the unique digest can judge which was first.
        session.rollback()
        if session.scalar(select(Tip.number).where(Tip.receipt_mac == receipt_mac)) is None:
            raise
        return Receipt(code, already=True)
    return Receipt(code, already=False)


def find(session: Session, secret: bytes, code_text: str) -> Tip | None:
    """The tip of a receipt code as typed, with its `events`. Raises BadCode on a typing slip."""
    receipt_mac = receipts.mac(secret, code_text)
    return session.scalar(select(Tip).where(Tip.receipt_mac == receipt_mac))


def move(session: Session, number: int, stage: Stage, today: date) -> Tip:
    """Bring a tip to its next stage. Raises UnknownTip or ImpossibleMove, and then changes nothing."""
    # Read again and locked: what the session remembers may be older than another clerk's move.
    tip = session.get(Tip, number, with_for_update=True, populate_existing=True)
    if tip is None:
        raise UnknownTip(number)
    if stage not in MOVES[tip.stage]:
        raise ImpossibleMove(tip.stage, stage)
    tip.stage = stage
    tip.stage_on = today
    tip.events.append(TipEvent(day=today, event=EventKind.MOVED, stage=stage))
    session.commit()
    return tip


def list_tips(session: Session) -> Sequence[Tip]:
    """All tips with their events, the newest first."""
    return session.scalars(select(Tip).options(selectinload(Tip.events)).order_by(Tip.number.desc())).all()


def read(session: Session, number: int, identity_key: str) -> OpenedTip:
    """Open a tip with a recipient's private key. Raises UnknownTip or CannotOpen."""
    tip = session.get(Tip, number)
    if tip is None:
        raise UnknownTip(number)
    if tip.suite != SUITE:
        raise CannotOpen(f"线索 {number} 的加密格式“{tip.suite}”不受支持，请使用写入它的软件版本打开。")
    return OpenedTip(
        body=json.loads(open_sealed(tip.body, identity_key)),
        identity=None if tip.identity is None else json.loads(open_sealed(tip.identity, identity_key)),
    )
