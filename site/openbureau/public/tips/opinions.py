"""The form for an opinion on a draft: no login, no cookie, sealed like a tip, kept nowhere in between."""

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from openbureau.database import db
from openbureau.library.documents.consultations import Consultation
from openbureau.public.tips.availability import check_open, recipients_now
from openbureau.public.tips.form import gate
from openbureau.public.tips.gate import GateRefused
from openbureau.tips import opinions, receipt_codes
from openbureau.tips.opinions import MAX_CHARACTERS, WrittenOpinion
from openbureau.tips.sealing import SealingFailed
from openbureau.web import fetch, page, read_secret, refuse_cross_site, site, today
from openbureau.web.errors import RETRY_AFTER

bp = Blueprint("opinions", __name__, url_prefix="/opinions")
bp.before_request(refuse_cross_site)

_STALE = "这张表单打开的时间太久，已经为您换了一张，内容都在，请再提交一次。"
_NOT_NOW = "系统暂时不能保存，您的内容没有丢失，请过一会儿再提交一次。"
_CLOSED = "现在不在征求意见的期限内，没有提交；内容都在，可以复制后按别的渠道反映。"


@bp.get("/<slug>/")
def new(slug: str) -> Response:
    """The form, while opinions are taken."""
    record = _consultation(slug)
    if not record.is_open_on(today()):
        abort(404)
    check_open()
    return _form(record, WrittenOpinion.from_form({}), {})


@bp.post("/<slug>/")
def create(slug: str) -> Response:
    """Take an opinion: 422 beside the fields with everything kept, or the page that says it came in."""
    record, written, secret = _consultation(slug), WrittenOpinion.from_form(request.form), read_secret()
    try:
        form_id = receipt_codes.verify_form(secret, request.form.get("form", ""), site().clock())
    except receipt_codes.FormRefused:
        return _form(record, written, {"form": _STALE}, 422)
    try:
        if opinions.is_received(db.session(), secret, form_id):
            return page("public/tips/opinions/received.html", record=record, already=True)
        db.session.rollback()
        if problems := written.problems():
            return _form(record, written, problems, 422)
        if not record.is_open_on(today()):
            return _form(record, written, {"form": _CLOSED}, 422)
        opened_at = receipt_codes.opened_at(request.form["form"])
        is_plain = gate().check(request.form, secret, form_id, site().clock(), opened_at)
        recipients = recipients_now()
        with gate().storing(is_plain):
            opinions.submit(db.session(), secret, form_id, slug, written, recipients, today())
    except GateRefused as refused:
        return _form(record, written, {refused.field: str(refused)}, refused.status, refused.wait)
    except (ServiceUnavailable, SealingFailed, SQLAlchemyError, OSError) as error:
        current_app.logger.error("an opinion was not stored: %s", type(error).__name__)
        db.session.rollback()
        return _form(record, written, {"form": _NOT_NOW}, 503, RETRY_AFTER)
    return page("public/tips/opinions/received.html", record=record, already=False)


def _consultation(slug: str) -> Consultation:
    record = fetch("consultations", slug)
    if not isinstance(record, Consultation):
        abort(404)
    return record


def _form(
    record: Consultation, written: WrittenOpinion, problems: dict[str, str], status: int = 200, wait: int = 0
) -> Response:
    secret, now = read_secret(), site().clock()
    token = request.form.get("form", "")
    try:
        form_id = receipt_codes.verify_form(secret, token, now)
    except receipt_codes.FormRefused:
        form_id = receipt_codes.new_form_id()
        token = receipt_codes.sign_form(secret, form_id, now)
    response = page(
        "public/tips/opinions/new.html",
        status=status,
        record=record,
        written=written,
        problems=problems,
        limits=MAX_CHARACTERS,
        form=token,
        puzzle=gate().puzzle(secret, form_id, now, request.form),
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
