"""Assignment of a tip: taking it on, giving it to others, withdrawing from it, sending it to another unit.

Never to the accused unit or to anybody of it (信访工作条例 30, 46(5)).
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from openbureau.tips.casework.access import (
    Actor,
    Conflicted,
    NotNow,
    case,
    check_may_read,
    handles,
    readers,
    text_of,
)
from openbureau.tips.casework.stages import enter
from openbureau.tips.casework.triage import say
from openbureau.tips.model import MessageKind, Stage, Tip, TipHandler, TipRecusal, subject
from openbureau.tips.sealing.recipients import UNIT_OTHER, RecipientSet

MIN_HANDLERS = 2
"""Before a tip is investigated: nobody looks into one alone who could be two (as 行政处罚法 42 has it for
penalties). A rule of the house, which site.toml may change."""


def claim(session: Session, number: int, actor: Actor, recipients: RecipientSet) -> None:
    """Take a tip on; a fresh one goes to triage by it. Raises UnknownTip, Conflicted, NotNow."""
    with case(session, number, actor, recipients, taken_on=False) as (change, tip):
        if handles(tip, actor.name):
            raise NotNow("您已经认领了这条线索。")
        _take_on(tip, actor.name, actor)
        change.log("claimed", subject(number), name=actor.name)
        if tip.stage is Stage.RECEIVED:
            enter(tip, Stage.SCREENING, actor.today)
            change.log("moved", subject(number), stage=Stage.SCREENING)


def assign(
    session: Session, number: int, name: str, unit: str, actor: Actor, recipients: RecipientSet
) -> None:
    """Give a tip to somebody else of that `unit`, too. Raises UnknownTip, Conflicted (also when it is they
    who may not have it), NotTheirs, NotNow."""
    with case(session, number, actor, recipients) as (change, tip):
        check_may_read(tip, recipients, name, unit)
        if handles(tip, name):
            raise NotNow(f"“{name}”已经在办理这条线索。")
        _take_on(tip, name, actor)
        change.log("assigned", subject(number), name=name)


def recuse(session: Session, number: int, name: str, actor: Actor, recipients: RecipientSet) -> None:
    """Keep somebody away from a tip for good: oneself, or another by whoever handles it.

    What was sealed before stays readable with their key; the desk opens it to them no more. Raises
    UnknownTip, Conflicted, NotTheirs, or NotNow when nobody would be left.
    """
    with case(session, number, actor, recipients, taken_on=name != actor.name) as (change, tip):
        left = readers(tip, recipients)
        if name not in left:
            raise NotNow(f"“{name}”本来就不能接触这条线索。")
        if left == {name}:
            raise NotNow(f"“{name}”回避以后就没有人能办理了，请先在接收人名册里增加办理人。")
        for handler in tip.handlers:
            if handler.name == name:
                session.delete(handler)
        tip.recusals.append(TipRecusal(name=name, day=actor.today))
        change.log("recused", subject(number), name=name)


def route(
    session: Session,
    number: int,
    unit: str,
    actor: Actor,
    recipients: RecipientSet,
    units: Collection[str],
    outside: Collection[str] = (),
    text: str = "",
) -> None:
    """Send an accepted tip to another unit of the list (转办), or hand it over to a body `outside` the bureau
    (移送); more may be said to its submitter. Raises UnknownTip, NotTheirs, NotNow, ImpossibleMove, BadText,
    and Conflicted when it is the accused unit, or when the accused is the receiver, above all others."""
    with case(session, number, actor, recipients) as (change, tip):
        if unit not in (*units, *outside):
            raise NotNow("请从列表中选择转办的单位。")
        if unit not in outside and tip.unit == UNIT_OTHER:
            raise NotNow("被反映的单位还没有查明，可能就是要转去的单位，请先更正被反映单位。")
        if unit == tip.unit or (unit not in outside and tip.unit == recipients.receiver):
            raise Conflicted(number, unit)
        enter(tip, Stage.TRANSFERRED, actor.today)
        tip.handling_unit = unit
        change.log("routed", subject(number), unit=unit)
        if text.strip():
            say(session, change, tip, MessageKind.REASON, text_of(text, "说明"), actor, recipients)


def investigate(
    session: Session,
    number: int,
    actor: Actor,
    recipients: RecipientSet,
    *,
    min_handlers: int = MIN_HANDLERS,
    alone: bool = True,
) -> None:
    """Begin to look into an accepted tip. Raises UnknownTip, Conflicted, NotTheirs, ImpossibleMove, or NotNow
    while it has too few handlers (`handlers_needed`)."""
    with case(session, number, actor, recipients) as (change, tip):
        check_enough(tip, handlers_needed(tip, recipients, min_handlers, alone))
        enter(tip, Stage.INVESTIGATING, actor.today)
        change.log("moved", subject(number), stage=Stage.INVESTIGATING)


def handlers_needed(tip: Tip, recipients: RecipientSet, min_handlers: int, alone: bool) -> int:
    """How many handlers a tip needs: `min_handlers`, or, where fewer people may read it and the house lets
    them do it `alone`, all of them. A tip about the receiver may have one independent recipient and nobody
    else: it must not be left lying."""
    return min(min_handlers, len(readers(tip, recipients))) if alone else min_handlers


def check_enough(tip: Tip, needed: int) -> None:
    """Raise NotNow while a tip has fewer handlers."""
    if len(tip.handlers) < needed:
        raise NotNow(
            f"核查至少要有{needed}名办理人，现在有{len(tip.handlers)}名，请先指派；"
            "没有人可以指派的，移送有权处理的机关。"
        )


def _take_on(tip: Tip, name: str, actor: Actor) -> None:
    tip.handlers.append(TipHandler(name=name, since=actor.today))
