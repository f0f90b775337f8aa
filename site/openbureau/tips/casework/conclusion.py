"""The end of a tip: more time if it takes more, what was found, the answer, the archive."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from openbureau.law import number as number_of
from openbureau.tips.casework import messages
from openbureau.tips.casework.access import Actor, NotNow, case, text_of
from openbureau.tips.casework.assignment import MIN_HANDLERS, check_enough, handlers_needed
from openbureau.tips.casework.merging import children
from openbureau.tips.casework.stages import enter
from openbureau.tips.casework.triage import say
from openbureau.tips.model import (
    Action,
    Conclusion,
    Matter,
    MessageKind,
    Stage,
    Tip,
    TipEvent,
    TipEventKind,
    TipExtension,
    subject,
)
from openbureau.tips.sealing.recipients import RecipientSet

REVIEW_DAYS = number_of("信访条例35")
"""Days in which a review of the opinion on a 申诉求决 may be asked for. Until then nothing is archived: other
tips have no review, and the same wait is a practice of the house."""

UNDER_WAY = frozenset({Stage.ACCEPTED, Stage.TRANSFERRED, Stage.INVESTIGATING})
"""Stages of a tip in which more time can be granted."""


@dataclass(frozen=True)
class Finding:
    """Result of an investigation: fines corrected (their number and yuan) and yuan paid back."""

    conclusion: Conclusion
    action: Action
    corrected_fines: int | None = None
    corrected_yuan: Decimal | None = None
    refunded_yuan: Decimal | None = None


def ask_for_time(
    session: Session, number: int, days: int, max_days: int, text: str, actor: Actor, recipients: RecipientSet
) -> None:
    """Ask for `days` more, `most` at most, with the reason that the submitter will be told. Once a tip.

    Like the other functions here: raises UnknownTip, Conflicted, NotTheirs, NotNow, ImpossibleMove, BadText
    or SealingFailed, and then changes nothing.
    """
    reason = text_of(text, "延长的理由")
    if not 1 <= days <= max_days:
        raise NotNow(f"延长天数是1到{max_days}的整数。")
    with case(session, number, actor, recipients) as (change, tip):
        if tip.stage not in UNDER_WAY or tip.extension is not None:
            raise NotNow("只有已经受理、还没有办结的线索可以申请延长，而且只能延长一次。")
        sealed = messages.seal(messages.sealer(recipients, tip, MessageKind.REASON), reason)
        tip.extension = TipExtension(days=days, asked_by=actor.name, asked_on=actor.today, sealed=sealed)
        change.log("extension-asked", subject(number), days=days)


def decide_on_time(
    session: Session, number: int, granted: bool, actor: Actor, recipients: RecipientSet
) -> None:
    """Grant the time asked for, or not: by a head (负责人, 信访工作条例 34) who did not ask for it. Granted,
    the clock is longer and the submitter is told why; refused, it may be asked for again."""
    with case(session, number, actor, recipients, taken_on=False) as (change, tip):
        extension = tip.extension
        if extension is None or extension.approved_by is not None:
            raise NotNow("没有等待批准的延长申请。")
        if not actor.is_head:
            raise NotNow("延长要由本单位负责人批准。")
        if extension.asked_by == actor.name:
            raise NotNow("负责人自己申请的延长，要由另一位负责人批准。")
        if not granted:
            session.delete(extension)
            change.log("extension-refused", subject(number), days=extension.days)
            return
        if tip.stage not in UNDER_WAY:
            raise NotNow(f"线索现在是“{tip.stage.label}”，不能再延长。")
        extension.approved_by = actor.name
        tip.extended_by = extension.days
        tip.events.append(TipEvent(day=actor.today, event=TipEventKind.EXTENDED, stage=tip.stage))
        change.log("extended", subject(number), days=extension.days)
        messages.add(session, change, tip, MessageKind.REASON, True, actor.today, extension.sealed)


def conclude(
    session: Session,
    number: int,
    finding: Finding,
    actor: Actor,
    recipients: RecipientSet,
    *,
    min_handlers: int = MIN_HANDLERS,
    alone: bool = True,
    outside: Collection[str] = (),
) -> None:
    """Close the investigation with what was found: here, or by a body `outside` that it was handed over to,
    whose own rules say how many look into it."""
    with case(session, number, actor, recipients) as (change, tip):
        if not (tip.stage is Stage.TRANSFERRED and tip.handling_unit in outside):
            check_enough(tip, handlers_needed(tip, recipients, min_handlers, alone))
        enter(tip, Stage.CONCLUDED, actor.today)
        tip.conclusion, tip.action = finding.conclusion, finding.action
        tip.corrected_fines = finding.corrected_fines
        tip.corrected_yuan, tip.refunded_yuan = finding.corrected_yuan, finding.refunded_yuan
        change.log("concluded", subject(number), conclusion=finding.conclusion, action=finding.action)


def reply(session: Session, number: int, text: str, actor: Actor, recipients: RecipientSet) -> None:
    """Answer the submitter, and those of the tips that were merged into this one."""
    answer = text_of(text, "答复")
    with case(session, number, actor, recipients) as (change, tip):
        enter(tip, Stage.ANSWERED, actor.today)
        change.log("moved", subject(number), stage=Stage.ANSWERED)
        for answered in (tip, *children(session, number)):
            say(session, change, answered, MessageKind.REPLY, answer, actor, recipients)


def archive(session: Session, number: int, actor: Actor, recipients: RecipientSet) -> None:
    """Put a finished tip away, and those merged into it; an answered or declined one after REVIEW_DAYS."""
    with case(session, number, actor, recipients) as (change, tip):
        open_until = tip.stage_on + timedelta(days=REVIEW_DAYS)
        if tip.stage in (Stage.ANSWERED, Stage.DECLINED) and actor.today <= open_until:
            if tip.matter is Matter.PETITION and tip.stage is Stage.ANSWERED:
                raise NotNow(f"反映人到{open_until.isoformat()}为止可以请求复查，请在此之后归档。")
            raise NotNow(f"按本单位的做法，{open_until.isoformat()}以后才归档，以便反映人补充。")
        if tip.stage is Stage.MERGED:
            raise NotNow(f"请归档线索{tip.merged_into}，并入的线索会一起归档。")
        member: Tip
        for member in (tip, *children(session, number)):
            enter(member, Stage.ARCHIVED, actor.today)
            change.log("moved", subject(member.number), stage=Stage.ARCHIVED)
