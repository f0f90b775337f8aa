"""Access to a tip, and the frame of every change that the desk makes to one.

Nobody of the accused unit, and nobody who is recused, ever learns of a tip: 信访工作条例 28 (whoever has a
direct interest withdraws) and 30 (what is reported must not be disclosed or handed to the unit or person
reported). Who may read a tip is what the signed recipient set says of its unit, without the recused. A tip
about an unknown unit may be about anybody's: it is for the triage of the receiver alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.database.audit_log import LoggedChange
from openbureau.tips.casework.messages import MAX_MESSAGE_CHARACTERS
from openbureau.tips.casework.stages import get, locked
from openbureau.tips.model import Purpose, Stage, Tip, subject
from openbureau.tips.sealing.recipients import UNIT_OTHER, Duty, Recipient, RecipientSet

REFUSED = "refused"
"""The event of the log when somebody was kept away from a tip."""


@dataclass(frozen=True)
class Actor:
    """Who does something at the desk, and when: login name, role and unit, the instant and the local day;
    and whether they have the duty of the head."""

    name: str
    role: str
    unit: str
    at: datetime
    today: date
    is_head: bool = False


class Conflicted(PermissionError):
    """A tip is about the unit of whoever asks or was to get it, or they are recused, or not among those to
    whom it is sealed. `number` is the tip's."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__(f"“{name}”不能接触这条线索：属于被反映的单位、已经回避，或者不在接收人名册里。")
        self.number = number
        self.name = name


class NotTheirs(PermissionError):
    """Only whoever has taken a case on may do this."""

    def __init__(self) -> None:
        super().__init__("请先认领这条线索，再办理。")


class BadText(ValueError):
    """A text that has to be given is missing or too long."""


class NotNow(ValueError):
    """The case is not in a state in which this can be done; the message says what is missing."""


def readers(tip: Tip, recipients: RecipientSet) -> frozenset[str]:
    """The login names of those who may handle a tip."""
    return _names(recipients.without(tip.recused).of_body(tip.unit))


def custodians(tip: Tip, recipients: RecipientSet) -> frozenset[str]:
    """The login names of those who may learn who sent a tip."""
    return _names(recipients.without(tip.recused).of_identity(tip.unit))


def may_see(tip: Tip, recipients: RecipientSet, name: str, unit: str) -> bool:
    """Whether somebody may know of a tip at all."""
    informed = readers(tip, recipients) | custodians(tip, recipients)
    return name in informed and not _may_be_accused(tip, recipients, name, unit)


def check_may_see(tip: Tip, recipients: RecipientSet, actor: Actor) -> None:
    """Raise Conflicted unless whoever acts may know of the tip."""
    if not may_see(tip, recipients, actor.name, actor.unit):
        raise Conflicted(tip.number, actor.name)


def check_may_read(tip: Tip, recipients: RecipientSet, name: str, unit: str) -> None:
    """Raise Conflicted unless somebody may read what the tip says."""
    if is_kept_away(tip, recipients, name, unit):
        raise Conflicted(tip.number, name)


def is_kept_away(tip: Tip, recipients: RecipientSet, name: str, unit: str) -> bool:
    """Whether somebody whose account is of `unit` may not read what a tip says."""
    return name not in readers(tip, recipients) or _may_be_accused(tip, recipients, name, unit)


def handles(tip: Tip, name: str) -> bool:
    """Whether somebody has taken the tip on."""
    return name in {handler.name for handler in tip.handlers}


@contextmanager
def case(
    session: Session, number: int, actor: Actor, recipients: RecipientSet, *, taken_on: bool = True
) -> Iterator[tuple[LoggedChange, Tip]]:
    """A change to a tip by somebody of the desk: the change to tell of, and the tip as it is now.

    Raises UnknownTip, Conflicted, or NotTheirs when it has to be `taken_on` and is not.
    """
    with audit_log.change(session, audit_log.minute(actor.at), actor.name, actor.role) as change:
        tip = locked(session, number)
        check_may_read(tip, recipients, actor.name, actor.unit)
        if tip.stage is Stage.DESTROYED:
            raise NotNow("这条线索已经销毁，只留下登记信息。")
        if taken_on and not handles(tip, actor.name):
            raise NotTheirs
        yield change, tip


def log_refusal(session: Session, number: int, actor: Actor, name: str) -> None:
    """Write into the log that somebody was kept away from a tip: `name` may be another than who acts."""
    with audit_log.change(session, audit_log.minute(actor.at), actor.name, actor.role) as change:
        change.log(REFUSED, subject(number), name=name)


def log_unknown(session: Session, number: int, actor: Actor) -> None:
    """Write into the log that somebody asked for a number that no tip has."""
    with audit_log.change(session, audit_log.minute(actor.at), actor.name, actor.role) as change:
        change.log(REFUSED, f"no-tip/{number}", name=actor.name)


def log_opening(
    session: Session, number: int, actor: Actor, event: str, purpose: Purpose | None = None, file: str = ""
) -> Tip:
    """Write into the log that something sealed of a tip is about to be opened, before it is; and the tip."""
    detail: dict[str, str] = {"file": file} if file else {}
    if purpose is not None:
        detail["purpose"] = purpose
    with audit_log.change(session, audit_log.minute(actor.at), actor.name, actor.role) as change:
        change.log(event, subject(number), **detail)
    return get(session, number)


def text_of(typed: str, what: str) -> str:
    """Typed text without blanks around it. Raises BadText when it is empty or too long."""
    text = typed.replace("\r\n", "\n").strip()
    if not text:
        raise BadText(f"请填写{what}。")
    if (excess := len(text) - MAX_MESSAGE_CHARACTERS) > 0:
        raise BadText(f"{what}最多 {MAX_MESSAGE_CHARACTERS} 字，现在是 {len(text)} 字，请删减 {excess} 字。")
    return text


def _may_be_accused(tip: Tip, recipients: RecipientSet, name: str, unit: str) -> bool:
    """Whether a tip is, or may be, about the unit of somebody's account, whatever the signed set says."""
    if tip.unit != UNIT_OTHER:
        return unit == tip.unit
    return unit != recipients.receiver and name not in recipients.independent


def _names(recipients: tuple[Recipient, ...]) -> frozenset[str]:
    return frozenset(recipient.name for recipient in recipients if recipient.duty is not Duty.RECOVERY)
