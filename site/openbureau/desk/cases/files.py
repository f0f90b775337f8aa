"""Attached files at the desk: first a harmless picture of one; the original with a reason that is kept."""

import base64
from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Response, abort

from openbureau.database import audit_log, db
from openbureau.desk.cases.page import case_page, current_actor, handled_tip, stated_reason
from openbureau.desk.roles import roles
from openbureau.desk.unlocking import private_key
from openbureau.renditions import NoRendition, render
from openbureau.staff import Role
from openbureau.tips.casework import access, triage
from openbureau.tips.casework.access import BadText, NotTheirs
from openbureau.tips.casework.dossier import open_dossier, open_file
from openbureau.tips.casework.export import safe_name
from openbureau.tips.model import MessageKind, Tip, TipAttachment, subject
from openbureau.web import HEADERS, page, recipient_set

bp = Blueprint("case_files", __name__, url_prefix="/cases/<int:number>/files/<file_id>")

SEALED_OFF = {
    "Content-Type": "application/octet-stream",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
}
"""Headers of what a stranger made: a browser stores it and does nothing else with it."""


@bp.post("/rendition")
@roles(Role.HANDLER)
def show(number: int, file_id: str) -> Response:
    """Rendition of a file: pictures of its pages or its text, made in a process that can do no harm."""
    private = private_key()
    try:
        tip = handled_tip(number)
    except NotTheirs as error:
        return case_page(number, problem=str(error))
    file = _file(tip, file_id)
    description = open_dossier(tip, private).files.get(file_id, {})
    data = open_file(db.session(), file, description, private)
    name = safe_name(served_name(description))
    access.log_opening(db.session(), number, current_actor(), "file-shown", file=file_id)
    problem, rendition = "", None
    try:
        rendition = render(rendition_ending(description), data)
    except NoRendition as error:
        problem = str(error)
    response = page(
        "desk/cases/rendition.html",
        tip_number=number,
        name=name,
        size=len(data),
        problem=problem,
        rendition=rendition,
        pictures=[_in_page(picture) for picture in rendition.pictures] if rendition else [],
    )
    # The pictures were made by us a moment ago and lie nowhere: they can only stand in the page itself.
    policy = HEADERS["Content-Security-Policy"].replace("img-src 'self'", "img-src 'self' data:")
    response.headers["Content-Security-Policy"] = policy
    return response


@bp.post("/original")
@roles(Role.HANDLER)
def take(number: int, file_id: str) -> Response:
    """The file as it came. Whole or not at all: it is handed out when all of it has opened."""
    private = private_key()
    try:
        tip = handled_tip(number)
        purpose, text = stated_reason()
    except (BadText, NotTheirs) as error:
        return case_page(number, problem=str(error))
    file = _file(tip, file_id)
    description = open_dossier(tip, private).files.get(file_id, {})
    data = open_file(db.session(), file, description, private)
    actor = current_actor()
    with audit_log.change(db.session(), audit_log.minute(actor.at), actor.name, actor.role) as change:
        change.log("file-taken", subject(number), file=file_id, purpose=purpose)
        why = f"下载附件原件的理由：{text}"
        triage.say(db.session(), change, tip, MessageKind.NOTE, why, actor, recipient_set())
    return Response(data, headers={**SEALED_OFF, "Content-Disposition": attached(served_name(description))})


def attached(name: str) -> str:
    """The header that has a browser store a file under a harmless name, whatever its alphabet."""
    return f"attachment; filename*=UTF-8''{quote(safe_name(name), safe='')}"


def served_name(description: Mapping[str, object]) -> str:
    """The name a file is handed out under: with an ending that is true of its content."""
    return str(description.get("served") or description["name"])


def rendition_ending(description: Mapping[str, object]) -> str:
    """What a file is by its content; files of earlier releases are what their names say."""
    return str(description.get("ending") or str(description["name"]).rpartition(".")[2])


def _in_page(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}"


def _file(tip: Tip, file_id: str) -> TipAttachment:
    file = next((attachment for attachment in tip.attachments if attachment.id == file_id), None)
    if file is None:
        abort(404)
    return file
