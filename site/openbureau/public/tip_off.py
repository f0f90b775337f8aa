"""The tip-off form, its receipt, and what became of a tip: for one visitor's eyes, kept nowhere."""

import hmac

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from openbureau.database import db
from openbureau.errors import RETRY_AFTER
from openbureau.tips import deadlines, handling, intake, receipts
from openbureau.tips.recipients import RecipientSet
from openbureau.tips.sealing import NoRecipients, SealingFailed
from openbureau.tips.submission import LIMITS, STORY_SHORTEST, UNIT_OTHER, Category, Submission
from openbureau.web import page, publication, read_secret, recipient_set, refuse_cross_site, site, today

bp = Blueprint("tip_off", __name__, url_prefix="/tip-off")
bp.before_request(refuse_cross_site)


@bp.get("/")
def index() -> Response:
    """What may be reported, how it is protected, and the form."""
    _recipients()
    return _form(_submission(), {})


@bp.post("/")
def create() -> Response:
    """Take a tip: 422 beside the fields, or the receipt; the code is in the page, never in an address."""
    recipients = _recipients()
    submission = _submission()
    problems = submission.problems(today())
    if submission.is_bot:
        problems["website"] = "有一个不该填写的空格被填了（可能是浏览器自动填写）。已清空，请再提交一次。"
    try:
        form_id = receipts.verify_form(read_secret(), request.form.get("form", ""), site().clock())
    except receipts.FormRefused:
        # Told beside a fresh form with everything kept, so that pressing the button again is enough.
        problems["form"] = "这张表单打开的时间太久，已经为您换了一张，内容都在，请再提交一次。"
    if problems:
        return _form(submission, problems, 422)
    try:
        receipt = intake.submit(db.session(), read_secret(), form_id, submission, recipients, today())
    except (SealingFailed, SQLAlchemyError) as error:
        current_app.logger.error("a tip was not stored: %s", type(error).__name__)
        db.session.rollback()
        return _form(submission, {"form": "系统暂时不能保存，您的内容没有丢失，请过一会儿再提交一次。"}, 503)
    return _receipt(receipt.code, request.form["form"], already=receipt.already)


@bp.post("/receipt")
def confirm() -> Response:
    """Compare the code typed again with the one given: only half of all submitters find theirs later."""
    token = request.form.get("form", "")
    try:
        code = receipts.code_for(read_secret(), receipts.verify_form(read_secret(), token, site().clock()))
    except receipts.FormRefused as error:
        return page("public/tip_off/status.html", status=422, tip=None, problem=str(error))
    if handling.find(db.session(), read_secret(), code) is None:
        # A form that was opened but never sent has a code, too: nobody may take it for a receipt.
        problem = "这张表单还没有提交，没有可以核对的查询码。"
        return page("public/tip_off/status.html", status=422, tip=None, problem=problem)
    try:
        typed = receipts.fold(request.form.get("code", ""))
    except receipts.BadCode as error:
        return _receipt(code, token, problem=str(error), status=422)
    if not hmac.compare_digest(typed, receipts.fold(code)):
        problem = "输入的是另一个查询码，请对照上面的查询码再输一遍。"
        return _receipt(code, token, problem=problem, status=422)
    return page("public/tip_off/kept.html")


@bp.get("/status")
def status() -> Response:
    """Where to type the code."""
    return page("public/tip_off/status.html", tip=None, problem="")


@bp.post("/status")
def follow() -> Response:
    """What became of the tip with this code."""
    try:
        tip = handling.find(db.session(), read_secret(), request.form.get("code", ""))
    except receipts.BadCode as error:
        return page("public/tip_off/status.html", status=422, tip=None, problem=str(error))
    if tip is None:
        problem = "没有查到这个查询码。请检查是否来自本站的回执。"
        return page("public/tip_off/status.html", status=422, tip=None, problem=problem)
    bureau, days_off = publication().bureau, publication().holidays
    clocks = deadlines.clocks(tip.events, bureau.clocks, days_off, tip.extended_by)
    for missing in deadlines.missing_years(clocks):
        current_app.logger.error("a due day of a tip cannot be told: %s", missing)
    return page("public/tip_off/status.html", tip=tip, clocks=clocks, problem="")


def _form(submission: Submission, problems: dict[str, str], status: int = 200) -> Response:
    return page(
        "public/tip_off/index.html",
        status=status,
        submission=submission,
        problems=problems,
        form=receipts.sign_form(read_secret(), _form_id(), site().clock()),
        units=[*publication().bureau.units, UNIT_OTHER],
        categories=list(Category),
        limits=LIMITS,
        shortest=STORY_SHORTEST,
    )


def _form_id() -> str:
    """The id the form had, so that posting it again is still the same tip; a fresh one when it had none."""
    try:
        return receipts.verify_form(read_secret(), request.form.get("form", ""), site().clock())
    except receipts.FormRefused:
        return receipts.new_form_id()


def _receipt(
    code: str, token: str, *, already: bool = False, problem: str = "", status: int = 200
) -> Response:
    return page(
        "public/tip_off/receipt.html", status=status, code=code, form=token, already=already, problem=problem
    )


def _submission() -> Submission:
    form = request.form
    return Submission.from_form(form, publication().bureau.units, form.getlist("categories"))


def _recipients() -> RecipientSet:
    """The recipients as they are now; without a valid signed set no tip is taken, and the rest goes on."""
    try:
        return recipient_set()
    except NoRecipients as error:
        current_app.logger.error("tips are closed: %s", error)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error
