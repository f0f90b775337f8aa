"""Correction of the unit that a tip is about (更正被反映单位): unknown at first, or found to be another.

Everything sealed is sealed anew for those whom the new unit lets read it, in the commit that changes it: not
to the unit that is accused now (信访工作条例 30). What the key of whoever corrects does not open, as a rule
who sent the tip, waits for a key that does (`rewrapping.settle`); nobody of the new unit is shown it.
"""

from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from openbureau.tips import receipt_codes
from openbureau.tips.casework import rewrapping
from openbureau.tips.casework.access import Actor, NotNow, case, check_may_read, is_kept_away, text_of
from openbureau.tips.casework.dossier import open_body
from openbureau.tips.casework.merging import children
from openbureau.tips.casework.stages import enter
from openbureau.tips.casework.triage import say
from openbureau.tips.form.submission import fine_of
from openbureau.tips.model import MessageKind, Stage, Tip, TipEvent, TipEventKind, subject
from openbureau.tips.sealing.recipients import UNIT_OTHER, RecipientSet


def correct_unit(
    session: Session,
    number: int,
    unit: str,
    text: str,
    actor: Actor,
    recipients: RecipientSet,
    *,
    units: Collection[str],
    accounts: Mapping[str, str],
    private: str,
    secret: bytes,
) -> None:
    """Set the unit that a tip, and those merged into it, are about, with the reason for whoever handles it
    next. Handlers who may not read it any more lose it, and a unit that it was sent to and that it may not be
    with any more, too. `accounts` tells the unit of each account.

    Raises UnknownTip, Conflicted, NotTheirs, NotNow, BadText, CannotOpen or SealingFailed, and then changes
    nothing.
    """
    reason = text_of(text, "更正的理由")
    with case(session, number, actor, recipients) as (change, tip):
        if unit not in (*units, UNIT_OTHER) or unit == tip.unit:
            raise NotNow("请从列表中选择另一个单位。")
        if tip.stage is Stage.MERGED:
            raise NotNow(f"请更正线索{tip.merged_into}，并入的线索会一起更正。")
        # Of those merged into it, too, whoever corrects has to be a reader.
        for corrected in (tip, *children(session, number)):
            check_may_read(corrected, recipients, actor.name, actor.unit)
            _correct(session, corrected, unit, actor, recipients, private, secret)
            _take_away(session, corrected, actor, recipients, accounts)
            change.log("unit-corrected", subject(corrected.number), unit=unit)
        say(session, change, tip, MessageKind.NOTE, f"更正被反映单位的理由：{reason}", actor, recipients)


def _correct(
    session: Session,
    tip: Tip,
    unit: str,
    actor: Actor,
    recipients: RecipientSet,
    private: str,
    secret: bytes,
) -> None:
    body = open_body(tip, private)
    tip.unit = unit
    fine = fine_of(unit, body)
    tip.fine_mac = receipt_codes.likeness(secret, "fine", *fine) if all(fine) else None
    tip.events.append(TipEvent(day=actor.today, event=TipEventKind.UNIT_CORRECTED, stage=tip.stage))
    rewrapping.seal_anew(session, tip, recipients, private)


def _take_away(
    session: Session, tip: Tip, actor: Actor, recipients: RecipientSet, accounts: Mapping[str, str]
) -> None:
    for handler in tip.handlers:
        if is_kept_away(tip, recipients, handler.name, accounts.get(handler.name, "")):
            session.delete(handler)
    if tip.handling_unit is not None and tip.unit in (tip.handling_unit, recipients.receiver, UNIT_OTHER):
        tip.handling_unit = None
        if tip.stage is Stage.TRANSFERRED:
            enter(tip, Stage.ACCEPTED, actor.today)
