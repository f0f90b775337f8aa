"""Two tips about one fine: finding them, and handling them as one (并案).

The later one, the child, points to the one that goes on. Whoever sent the child follows the other's progress
with their own code and gets its answers; nothing of what the other says.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from openbureau.tips import receipt_codes
from openbureau.tips.casework.access import Actor, NotNow, case, check_may_read
from openbureau.tips.casework.dossier import Document
from openbureau.tips.casework.stages import enter, get
from openbureau.tips.model import Stage, Tip, subject
from openbureau.tips.sealing.recipients import RecipientSet

NEAR_DAYS = 7
"""Calendar days by which two tips may differ about the day of one fine."""


def children(session: Session, number: int) -> Sequence[Tip]:
    """The tips that were merged into this one."""
    return session.scalars(select(Tip).where(Tip.merged_into == number).order_by(Tip.number)).all()


def alike(session: Session, tip: Tip) -> Sequence[Tip]:
    """Other tips with the same decision number, or about the same unit, amount and day."""
    macs = [
        column == value
        for column, value in ((Tip.doc_mac, tip.doc_mac), (Tip.fine_mac, tip.fine_mac))
        if value
    ]
    return _others(session, tip, macs)


def nearly_alike(session: Session, tip: Tip, body: Document, secret: bytes) -> Sequence[Tip]:
    """Those, and tips about the same unit and amount within NEAR_DAYS: it takes the opened body to know."""
    amount, decided_on = body.get("amount"), body.get("decided_on")
    if not amount or not decided_on:
        return alike(session, tip)
    plain, day = str(Decimal(str(amount)).normalize()), date.fromisoformat(str(decided_on))
    days = (day + timedelta(days=count) for count in range(-NEAR_DAYS, NEAR_DAYS + 1))
    macs = [
        receipt_codes.likeness(secret, "fine", tip.unit, plain, near_day.isoformat()) for near_day in days
    ]
    same_number = [Tip.doc_mac == tip.doc_mac] if tip.doc_mac else []
    return _others(session, tip, [Tip.fine_mac.in_(macs), *same_number])


def merge(session: Session, number: int, into: int, actor: Actor, recipients: RecipientSet) -> None:
    """Handle a tip together with another one. Raises UnknownTip, Conflicted, NotTheirs, ImpossibleMove, or
    NotNow when the other one cannot take it up."""
    with case(session, number, actor, recipients) as (change, tip):
        parent = get(session, into)
        check_may_read(parent, recipients, actor.name, actor.unit)
        if parent.number == tip.number or parent.unit != tip.unit:
            raise NotNow("只能并入反映同一单位的另一条线索。")
        if parent.stage in (Stage.MERGED, Stage.WITHDRAWN, Stage.DECLINED, Stage.ARCHIVED):
            raise NotNow(f"线索{into}现在是“{parent.stage.label}”，不能并入。")
        if children(session, number):
            raise NotNow("已经有别的线索并入这条线索，请反过来并案。")
        enter(tip, Stage.MERGED, actor.today)
        tip.merged_into = into
        change.log("merged", subject(number), into=into)
        change.log("took-in", subject(into), child=number)


def _others(session: Session, tip: Tip, conditions: Sequence[object]) -> Sequence[Tip]:
    if not conditions:
        return []
    wanted = select(Tip).where(or_(*conditions), Tip.number != tip.number).order_by(Tip.number)  # type: ignore[arg-type]
    return session.scalars(wanted).all()
