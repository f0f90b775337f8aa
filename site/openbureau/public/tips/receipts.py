"""The receipt of a tip: shown, typed again, saved, printed; and a page where anybody may verify one."""

import hmac
from datetime import date

import segno
from flask import Blueprint, Response, current_app, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import ServiceUnavailable

from openbureau.database import audit_log, db
from openbureau.readiness import public_keys, signing_key
from openbureau.tips import intake, receipt_codes, receipts
from openbureau.tips import verify as verify_log
from openbureau.tips.intake import Receipt
from openbureau.tips.sealing import signing
from openbureau.web import base_url, page, publication, read_secret, refuse_cross_site, site
from openbureau.web.errors import RETRY_AFTER

bp = Blueprint("tip_receipts", __name__, url_prefix="/tip-off")
bp.before_request(refuse_cross_site)


class _NoReceipt(Exception):
    """There is no receipt for this form; the message says why."""


def show_receipt(receipt: Receipt, token: str, *, problem: str = "", status: int = 200) -> Response:
    """The page with the code; `token` is that of the form, from which the code follows."""
    drawing = segno.make_qr(receipt.code, error="m").svg_inline(scale=5, svgclass=None, lineclass=None)
    return page(
        "public/tips/receipt.html",
        status=status,
        receipt=receipt,
        drawing=Markup(drawing),  # noqa: S704 - drawn here, of a code that we made
        form=token,
        problem=problem,
    )


@bp.post("/receipt")
def confirm() -> Response:
    """Compare the code typed again with the one given: only half of all submitters find theirs later."""
    try:
        receipt = _receipt()
    except _NoReceipt as error:
        return page("public/tips/progress.html", status=422, tip=None, problem=str(error))
    token = request.form["form"]
    try:
        typed = receipt_codes.fold(request.form.get("code", ""))
    except receipt_codes.BadCode as error:
        return show_receipt(receipt, token, problem=str(error), status=422)
    if not hmac.compare_digest(typed, receipt_codes.fold(receipt.code)):
        problem = "输入的是另一个查询码，请对照上面的查询码再输一遍。"
        return show_receipt(receipt, token, problem=problem, status=422)
    return page("public/tips/kept.html")


@bp.post("/receipt/save")
def save() -> Response:
    """The receipt as a file: the code, and a signed statement that does not tell it."""
    try:
        receipt = _receipt()
    except _NoReceipt as error:
        return page("public/tips/progress.html", status=422, tip=None, problem=str(error))
    name = publication().bureau.name
    try:
        private = signing_key(db.session(), site().settings)
        signed = receipts.signed_lines(receipt, name, private)
    except signing.BadSigningKey as error:
        # The code is what the submitter needs first.
        current_app.logger.error("receipts are not signed: %s", error)
        signed = "本站暂时不能签名；以后再次提交同一张表单，可以补存带签名的回执。\n"
    url = base_url() + url_for("tip_progress.index")
    text = receipts.receipt_text(receipt, name, url, signed)
    response = Response(text, content_type="text/plain; charset=utf-8")
    # The name tells whoever finds the file nothing.
    response.headers.set("Content-Disposition", "attachment", filename="receipt.txt")
    return response


@bp.get("/verify")
def verify() -> Response:
    """Form to verify a receipt."""
    return _verdict()


@bp.post("/verify")
def check() -> Response:
    """Whether a receipt is genuine, and of which day; nothing else is told of the tip."""
    file = request.files.get("file")
    text = file.read().decode("utf-8", "replace") if file else ""
    try:
        statement = receipts.read(text or request.form.get("text", ""), *_public_keys())
    except receipts.NoReceipt as error:
        return _verdict(problem=str(error), status=422)
    destroyed_on = verify_log.destroyed_on(db.session(), statement)
    entry = db.session().get(audit_log.LogEntry, statement.seq)
    return _verdict(statement=statement, entry=entry, destroyed_on=destroyed_on)


def _verdict(
    *,
    statement: receipts.Statement | None = None,
    entry: audit_log.LogEntry | None = None,
    destroyed_on: date | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    return page(
        "public/tips/verify.html",
        status=status,
        statement=statement,
        is_logged=statement is not None and entry is not None and entry.hash == statement.entry,
        destroyed_on=destroyed_on,
        problem=problem,
        fingerprint=signing.fingerprint(_public_keys()[0]),
    )


def _public_keys() -> list[str]:
    """The site's own, earlier ones after the present. Raises ServiceUnavailable and tells the log why."""
    try:
        return public_keys(db.session(), site().settings)
    except signing.BadSigningKey as error:
        current_app.logger.error("receipts cannot be verified: %s", error)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error


def _receipt() -> Receipt:
    """The receipt of the form that is posted. Raises _NoReceipt."""
    secret = read_secret()
    try:
        form_id = receipt_codes.verify_form(secret, request.form.get("form", ""), site().clock())
    except receipt_codes.FormRefused as error:
        raise _NoReceipt(str(error)) from error
    receipt = intake.find_receipt(db.session(), secret, receipt_codes.code_for(secret, form_id))
    if receipt is None:
        # A form that was opened but never sent has a code, too: nobody may take it for a receipt.
        raise _NoReceipt("这张表单还没有提交，没有可以核对的查询码。")
    return receipt
