"""Triage, the first decisions of the desk about a tip: accepting, declining, asking, noting."""

from sqlalchemy.orm import Session

from openbureau.database.audit_log import LoggedChange
from openbureau.tips.casework import messages
from openbureau.tips.casework.access import Actor, NotNow, case, text_of
from openbureau.tips.casework.stages import enter
from openbureau.tips.model import (
    DeclineReason,
    Matter,
    MessageKind,
    Stage,
    Tip,
    TipEvent,
    TipEventKind,
    subject,
)
from openbureau.tips.sealing.recipients import RecipientSet

OVER = frozenset({Stage.DECLINED, Stage.MERGED, Stage.WITHDRAWN, Stage.ARCHIVED})
"""Stages in which nothing is asked any more."""


def accept(
    session: Session, number: int, matter: Matter, actor: Actor, recipients: RecipientSet, text: str = ""
) -> None:
    """Take a tip up (受理) as the `matter` that it is in law, and say more to its submitter if there is
    more to say.

    Like the other functions here: raises UnknownTip, Conflicted, NotTheirs, ImpossibleMove, BadText or
    SealingFailed, and then changes nothing.
    """
    with case(session, number, actor, recipients) as (change, tip):
        enter(tip, Stage.ACCEPTED, actor.today)
        tip.matter = matter
        change.log("moved", subject(number), stage=Stage.ACCEPTED, matter=matter)
        if text.strip():
            say(session, change, tip, MessageKind.REASON, text_of(text, "说明"), actor, recipients)


def decline(
    session: Session, number: int, reason: DeclineReason, text: str, actor: Actor, recipients: RecipientSet
) -> None:
    """Do not take a tip up (不予受理): the reason from the list, explained in words; for another organ's
    matter they name the organ."""
    explanation = text_of(text, "给反映人的说明")
    with case(session, number, actor, recipients) as (change, tip):
        enter(tip, Stage.DECLINED, actor.today)
        tip.decline_reason = reason
        change.log("declined", subject(number), reason=reason)
        say(session, change, tip, MessageKind.REASON, explanation, actor, recipients)


def complete(session: Session, number: int, text: str, actor: Actor, recipients: RecipientSet) -> None:
    """Ask for what is missing (补正) before it can be decided whether the tip is taken up."""
    question = text_of(text, "需要补充什么")
    with case(session, number, actor, recipients) as (change, tip):
        enter(tip, Stage.AWAITING, actor.today)
        change.log("moved", subject(number), stage=Stage.AWAITING)
        say(session, change, tip, MessageKind.QUESTION, question, actor, recipients)


def ask(session: Session, number: int, text: str, actor: Actor, recipients: RecipientSet) -> None:
    """Ask the submitter something; the stage stays. Raises NotNow, too, when the case is over."""
    question = text_of(text, "问题")
    with case(session, number, actor, recipients) as (change, tip):
        if tip.stage in OVER:
            raise NotNow(f"线索现在是“{tip.stage.label}”，不再提问。")
        tip.events.append(TipEvent(day=actor.today, event=TipEventKind.ASKED, stage=tip.stage))
        say(session, change, tip, MessageKind.QUESTION, question, actor, recipients)


def note(session: Session, number: int, text: str, actor: Actor, recipients: RecipientSet) -> None:
    """Write something down that the submitter does not see."""
    with case(session, number, actor, recipients) as (change, tip):
        say(session, change, tip, MessageKind.NOTE, text_of(text, "记录"), actor, recipients)


def reopen(session: Session, number: int, text: str, actor: Actor, recipients: RecipientSet) -> None:
    """Bring a declined or answered tip back to triage, and note why."""
    why = text_of(text, "重新审核的理由")
    with case(session, number, actor, recipients) as (change, tip):
        enter(tip, Stage.SCREENING, actor.today)
        change.log("moved", subject(number), stage=Stage.SCREENING)
        say(session, change, tip, MessageKind.NOTE, why, actor, recipients)


def say(
    session: Session,
    change: LoggedChange,
    tip: Tip,
    kind: MessageKind,
    text: str,
    actor: Actor,
    recipients: RecipientSet,
) -> None:
    """Seal a message of the desk and add it to a tip, inside a change."""
    sealer = messages.sealer(recipients, tip, kind)
    messages.store(session, change, tip, kind, True, actor.today, text, sealer)
