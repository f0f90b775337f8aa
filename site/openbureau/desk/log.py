"""The log, for its auditor: who did what when, and whether the chain holds. Never what a tip says.

Of tips that are, or may be, about the auditor's own unit nothing is shown, not even that there are any
(信访工作条例 30). Nor are the heartbeats: they keep gaps in the numbers from telling what is left out. For
the same reason the page names the head that was published last, and not the present one.
"""

from flask import Blueprint, Response, g, request
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from openbureau.database import audit_log, db
from openbureau.database.audit_log import LogEntry
from openbureau.desk.log_labels import EVENTS, log_line
from openbureau.desk.roles import roles
from openbureau.staff import Role
from openbureau.tips import log_heads
from openbureau.tips.model import Tip, subject
from openbureau.tips.sealing import NoRecipients
from openbureau.tips.sealing.recipients import UNIT_OTHER
from openbureau.web import page, recipient_set
from openbureau.web.addresses import whole_number

bp = Blueprint("log", __name__, url_prefix="/log")

PER_PAGE = 100


@bp.get("/")
@roles(Role.AUDITOR)
def index() -> Response:
    """The entries, the newest first, by event, person or subject."""
    session = db.session()
    chosen = {name: request.args.get(name, "").strip() for name in ("event", "actor", "subject")}
    shown = _shown(session, g.member.unit)
    wanted = select(LogEntry).where(*shown)
    for name, value in chosen.items():
        if value:
            wanted = wanted.where(getattr(LogEntry, name) == value)
    count = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = whole_number(request.args.get("page")) or 1
    entries = session.scalars(
        wanted.order_by(LogEntry.seq.desc()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    ).all()
    return page(
        "desk/log/index.html",
        entries=[log_line(entry) for entry in entries],
        count=count,
        page_number=number,
        pages=-(-count // PER_PAGE),
        chosen=chosen,
        events=EVENTS,
        actors=session.scalars(
            select(LogEntry.actor).where(*shown).distinct().order_by(LogEntry.actor)
        ).all(),
        broken=audit_log.check_chain(session),
        head=next(iter(log_heads.list_heads(session)), None),
    )


def _shown(session: Session, unit: str) -> list[ColumnElement[bool]]:
    """What makes an entry one that somebody of a unit may know of."""
    of_unit = Tip.unit == unit if unit == _receiver() else Tip.unit.in_((unit, UNIT_OTHER))
    hidden = [subject(number) for number in session.scalars(select(Tip.number).where(of_unit))]
    return [LogEntry.event != log_heads.HEARTBEAT, LogEntry.subject.not_in(hidden)]


def _receiver() -> str:
    """The unit whose triage finds out what unknown tips are about; none while there is no signed set."""
    try:
        return recipient_set().receiver
    except NoRecipients:
        return ""
