"""The log, for its auditor: who did what when, and whether the chain holds. Never what a tip says."""

from flask import Blueprint, Response, request
from sqlalchemy import func, select

from openbureau.database import audit_log, db
from openbureau.database.audit_log import LogEntry
from openbureau.desk.log_labels import EVENTS, log_line
from openbureau.desk.roles import roles
from openbureau.staff import Role
from openbureau.web import page

bp = Blueprint("log", __name__, url_prefix="/log")

PER_PAGE = 100


@bp.get("/")
@roles(Role.AUDITOR)
def index() -> Response:
    """The entries, the newest first, by event, person or subject."""
    chosen = {name: request.args.get(name, "").strip() for name in ("event", "actor", "subject")}
    wanted = select(LogEntry)
    for name, value in chosen.items():
        if value:
            wanted = wanted.where(getattr(LogEntry, name) == value)
    session = db.session()
    count = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = max(request.args.get("page", 1, type=int), 1)
    entries = session.scalars(
        wanted.order_by(LogEntry.seq.desc()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    ).all()
    seq, head = audit_log.head(session)
    return page(
        "desk/log/index.html",
        entries=[log_line(entry) for entry in entries],
        count=count,
        page_number=number,
        pages=-(-count // PER_PAGE),
        chosen=chosen,
        events=EVENTS,
        actors=session.scalars(select(LogEntry.actor).distinct().order_by(LogEntry.actor)).all(),
        broken=audit_log.check_chain(session),
        seq=seq,
        head=head,
    )
