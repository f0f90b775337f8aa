"""Papers of a case: letters to print, and the whole case as an archive."""

from collections.abc import Iterator

from flask import Blueprint, Response, abort, g, request, stream_with_context

from openbureau.database import audit_log, db
from openbureau.desk.cases.files import attached
from openbureau.desk.cases.letters import Letter, belongs, letters
from openbureau.desk.cases.page import case_page, current_actor, handled_tip, stated_reason
from openbureau.desk.roles import roles
from openbureau.desk.unlocking import private_key
from openbureau.staff import Role
from openbureau.tips import deadlines
from openbureau.tips.casework import access, triage
from openbureau.tips.casework.access import BadText, NotTheirs
from openbureau.tips.casework.dossier import open_dossier, open_file
from openbureau.tips.casework.export import archive, marked
from openbureau.tips.model import MessageKind, TipAttachment, subject
from openbureau.web import page, publication, recipient_set

bp = Blueprint("case_papers", __name__, url_prefix="/cases/<int:number>")


@bp.post("/letters/<kind>")
@roles(Role.HANDLER)
def letter(number: int, kind: str) -> Response:
    """A letter to print, with the words that were sealed for it."""
    private = private_key()
    try:
        tip = handled_tip(number)
    except NotTheirs as error:
        return case_page(number, problem=str(error))
    chosen = next((option for option in letters(tip) if option.value == kind), None)
    if chosen is None:
        abort(404)
    dossier = open_dossier(tip, private)
    wanted = MessageKind.REPLY if chosen is Letter.ANSWERED else MessageKind.REASON
    days = {event.day for event in tip.events if belongs(chosen, event)}
    is_ours = tip.unit != recipient_set().receiver
    words = [text for message, text in dossier.messages if message.kind is wanted and message.day in days]
    tip = access.log_opening(db.session(), number, current_actor(), "letter-made")
    bureau, days_off = publication().bureau, publication().holidays
    clocks = deadlines.clocks(tip.events, bureau.clocks, days_off, tip.extended_by)
    return page(
        "desk/cases/letter.html",
        tip=tip,
        letter=chosen,
        day=max(days),
        sender=publication().bureau.name if is_ours else g.member.unit,
        is_ours=is_ours,
        words=words[-1] if words else "",
        conclude=next((clock for clock in clocks if clock.step == "conclude"), None),
    )


@bp.post("/export")
@roles(Role.HANDLER)
def export(number: int) -> Response:
    """The case as a ZIP archive: masked and without files, unless asked for whole."""
    private = private_key()
    try:
        tip = handled_tip(number)
        purpose, text = stated_reason()
    except (BadText, NotTheirs) as error:
        return case_page(number, problem=str(error))
    is_whole = request.form.get("form") == "whole"
    dossier = open_dossier(tip, private)
    files = [file.id for file in tip.attachments]

    def opened(file_id: str) -> bytes:
        session = db.session()
        file = session.get_one(TipAttachment, file_id)
        return open_file(session, file, dossier.files.get(file_id, {}), private)

    if is_whole:
        # Once an archive has begun it cannot become an error page: a damaged file is found before.
        for file_id in files:
            opened(file_id)
    actor = current_actor()
    with audit_log.change(db.session(), audit_log.minute(actor.at), actor.name, actor.role) as change:
        change.log("exported", subject(number), purpose=purpose, redacted=int(not is_whole))
        why = f"导出案卷（{'未脱敏' if is_whole else '脱敏'}）的理由：{text}"
        triage.say(db.session(), change, tip, MessageKind.NOTE, why, actor, recipient_set())
    pieces: Iterator[bytes] = archive(
        tip,
        dossier,
        audit_log.entries_of(db.session(), subject(number)),
        actor.at,
        purpose.label,
        open_file=opened if is_whole else None,
        hidden=None if is_whole else marked(request.form.get("hidden", "")),
    )
    name = f"线索{number}{'' if is_whole else '（脱敏）'}.zip"
    return Response(
        stream_with_context(pieces),
        content_type="application/zip",
        headers={"Content-Disposition": attached(name)},
    )
