"""A case: its page, what it says, who sent it. What is sealed is opened by POST and logged first."""

from flask import Blueprint, Response, g, request

from openbureau.database import audit_log, db
from openbureau.desk.cases.page import case_page, current_actor, do, handled_tip, stated_reason, visible_tip
from openbureau.desk.roles import roles
from openbureau.desk.unlocking import private_key
from openbureau.staff import Role
from openbureau.tips.casework import access, merging, triage
from openbureau.tips.casework.access import BadText, Conflicted, NotTheirs
from openbureau.tips.casework.dossier import open_dossier, open_identity
from openbureau.tips.model import DeclineReason, Matter, MessageKind, subject
from openbureau.web import read_secret, recipient_set

bp = Blueprint("cases", __name__, url_prefix="/cases/<int:number>")


@bp.get("/")
@roles(Role.HANDLER, Role.CUSTODIAN)
def show(number: int) -> Response:
    """Page of a case: what is in clear, and what can be done."""
    return case_page(number)


@bp.post("/open")
@roles(Role.HANDLER)
def open_content(number: int) -> Response:
    """Content of the tip, and everything written about it since."""
    private = private_key()
    try:
        tip = handled_tip(number)
    except NotTheirs as error:
        return case_page(number, problem=str(error))
    dossier = open_dossier(tip, private)
    tip = access.log_opening(db.session(), number, current_actor(), "opened")
    near = list(merging.nearly_alike(db.session(), tip, dossier.body, read_secret()))
    return case_page(number, dossier=dossier, near=near)


@bp.post("/identity")
@roles(Role.CUSTODIAN, Role.HANDLER)
def open_sender(number: int) -> Response:
    """Identity of the submitter: for those alone to whom identities are sealed, with a logged reason."""
    tip = visible_tip(number)
    if g.member.name not in access.custodians(tip, recipient_set()):
        raise Conflicted(number, g.member.name)
    private = private_key()
    try:
        purpose, text = stated_reason()
    except BadText as error:
        return case_page(number, problem=str(error))
    identity = open_identity(tip, private)
    actor = current_actor()
    with audit_log.change(db.session(), audit_log.minute(actor.at), actor.name, actor.role) as change:
        change.log("identity-opened", subject(number), purpose=purpose)
        triage.say(
            db.session(), change, tip, MessageKind.NOTE, f"打开身份的理由：{text}", actor, recipient_set()
        )
    return case_page(number, identity=identity or {})


@bp.post("/accept")
@roles(Role.HANDLER)
def accept(number: int) -> Response:
    """Take the tip up, as what it is in law."""
    matter = Matter.of(request.form.get("matter", ""))
    if matter is None:
        return case_page(number, problem="请选择是检举控告还是申诉求决。")
    return do(number, triage.accept, matter, text=_text())


@bp.post("/decline")
@roles(Role.HANDLER)
def decline(number: int) -> Response:
    """Do not take it up."""
    chosen = DeclineReason.of(request.form.get("reason", ""))
    if chosen is None:
        return case_page(number, problem="请选择不予受理的理由。")
    return do(number, triage.decline, chosen, _text())


@bp.post("/complete")
@roles(Role.HANDLER)
def complete(number: int) -> Response:
    """Ask for what is missing."""
    return do(number, triage.complete, _text())


@bp.post("/ask")
@roles(Role.HANDLER)
def ask(number: int) -> Response:
    """Ask the submitter something."""
    return do(number, triage.ask, _text())


@bp.post("/note")
@roles(Role.HANDLER)
def note(number: int) -> Response:
    """Write something down for the desk."""
    return do(number, triage.note, _text())


@bp.post("/reopen")
@roles(Role.HANDLER)
def reopen(number: int) -> Response:
    """Look at it again."""
    return do(number, triage.reopen, _text())


@bp.post("/merge")
@roles(Role.HANDLER)
def merge(number: int) -> Response:
    """Handle it together with another tip."""
    into = request.form.get("into", "").strip()
    if not into.isdecimal() or len(into) > 9:
        return case_page(number, problem="请填写要并入的线索编号。")
    return do(number, merging.merge, int(into))


def _text() -> str:
    return request.form.get("text", "")
