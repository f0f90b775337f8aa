"""The tip-off form: page after page, and at the end the tip is taken in. Nothing is kept in between."""

from flask import Blueprint, Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ServiceUnavailable

from openbureau.database import db
from openbureau.public.tips.availability import check_open, recipients_now
from openbureau.public.tips.gate import Gate, GateRefused
from openbureau.public.tips.receipts import show_receipt
from openbureau.public.tips.uploads import UPLOAD_LIMITS, Busy, TooLong, Upload, sealed_files
from openbureau.tips import intake, receipt_codes
from openbureau.tips.form import penalty, steps
from openbureau.tips.form.remedies import Remedies, remedies
from openbureau.tips.form.steps import FormStep
from openbureau.tips.form.submission import (
    MAX_CHARACTERS,
    MIN_STORY_CHARACTERS,
    Category,
    Proceeding,
    Submission,
    SubmitterRelation,
)
from openbureau.tips.sealing import SealingFailed
from openbureau.tips.sealing.file_types import FileRefused
from openbureau.tips.sealing.recipients import UNIT_OTHER, sealer_for
from openbureau.web import page, publication, read_secret, refuse_cross_site, site, today
from openbureau.web.errors import RETRY_AFTER

bp = Blueprint("tip_off", __name__, url_prefix="/tip-off")
bp.before_request(refuse_cross_site)

Fields = MultiDict[str, str]

_STALE = "这张表单打开的时间太久，已经为您换了一张，内容都在，请再提交一次。"
_NOT_NOW = "系统暂时不能保存，您的内容没有丢失，请过一会儿再提交一次。"


def init_app(app: Flask) -> None:
    """Give the application the gate before its form."""
    app.extensions["openbureau.gate"] = Gate(app.extensions["openbureau"].settings.puzzle_bits)


@bp.get("/")
def index() -> Response:
    """The first page: what may be reported, and how whoever reports is protected."""
    check_open()
    return _page(FormStep.NOTICE, MultiDict(), {})


@bp.post("/")
def turn() -> Response:
    """The next page, or the one asked for; what is missing on this one is told beside its fields (422)."""
    check_open()
    fields = request.form
    if _is_received(fields.get("form", "")):
        # Whoever goes back from a receipt, perhaps the next one at the same computer, is shown nothing of it.
        return page("public/tips/form/sent.html")
    step, go = steps.find(fields.get("step", "")), fields.get("go", "next")
    problems = _problems(fields)
    if go == "next" and step in problems:
        return _page(step, fields, problems[step], 422)
    wanted = steps.beside(step, {"next": 1, "back": -1}[go]) if go in ("next", "back") else steps.find(go)
    first_open = next(iter(problems), FormStep.SEND)
    if wanted is FormStep.SEND and first_open is not FormStep.SEND:
        # Whoever came past a page by another way than its button gets to see it now.
        return _page(first_open, fields, problems[first_open], 422)
    return _page(wanted, fields, {})


@bp.post("/remedies")
def show_remedies() -> Response:
    """What can still be done about the fine, for what was typed so far."""
    return page("public/tips/_remedies.html", remedies=_remedies(_submission(request.form)))


@bp.post("/submit")
def create() -> Response:
    """Take a tip: 422 beside the fields, or the receipt; the code is in the page, never in an address."""
    upload = Upload()
    try:
        return _take(upload)
    finally:
        upload.skip_rest()


def _take(upload: Upload) -> Response:
    fields, secret = upload.fields, read_secret()
    submission = _submission(fields)
    try:
        form_id = receipt_codes.verify_form(secret, fields.get("form", ""), site().clock())
    except receipt_codes.FormRefused:
        # Told beside a fresh form with everything kept, so that pressing the button again is enough.
        return _page(FormStep.SEND, fields, {"form": _STALE}, 422)
    try:
        receipt = intake.find_receipt(db.session(), secret, receipt_codes.code_for(secret, form_id))
        # The database is not held while files come in.
        db.session.rollback()
        if receipt is not None:
            return show_receipt(receipt, fields["form"])
        for step, problems in _problems(fields).items():
            return _page(step, fields, problems, 422)
        opened_at = receipt_codes.opened_at(fields["form"])
        is_plain = gate().check(fields, secret, form_id, site().clock(), opened_at)
        recipients = recipients_now()
        readers = sealer_for(recipients.of_body(submission.unit))
        keep = bool(submission.keep_originals)
        with sealed_files(upload, readers, keep_originals=keep) as files, gate().storing(is_plain):
            receipt = intake.submit(
                db.session(), secret, form_id, submission, recipients, today(), files=files
            )
    except GateRefused as refused:
        return _page(FormStep.SEND, fields, {refused.field: str(refused)}, refused.status, refused.wait)
    except FileRefused as refused:
        return _page(FormStep.SEND, fields, {"files": str(refused)}, 422)
    except TooLong:
        return _page(FormStep.SEND, fields, {"files": "文件合计超过25MB，请减少或者压缩后重新选择。"}, 413)
    except Busy:
        problem = "正在上传的人太多，请一分钟后重新选择文件再提交；填写的内容都在。"
        return _page(FormStep.SEND, fields, {"files": problem}, 503, RETRY_AFTER)
    except (ServiceUnavailable, SealingFailed, SQLAlchemyError, OSError) as error:
        current_app.logger.error("a tip was not stored: %s", type(error).__name__)
        db.session.rollback()
        return _page(FormStep.SEND, fields, {"form": _NOT_NOW}, 503, RETRY_AFTER)
    return show_receipt(receipt, fields["form"])


def _page(
    step: FormStep, fields: Fields, problems: dict[str, str], status: int = 200, wait: int = 0
) -> Response:
    secret, now = read_secret(), site().clock()
    submission = _submission(fields)
    agreed = fields.get(steps.AGREED) == "yes"
    token = fields.get("form", "")
    try:
        form_id = receipt_codes.verify_form(secret, token, now)
    except receipt_codes.FormRefused:
        form_id = receipt_codes.new_form_id()
        token = receipt_codes.sign_form(secret, form_id, now)
    response = page(
        "public/tips/form/step.html",
        status=status,
        step=step,
        steps=list(FormStep),
        problems=problems,
        submission=submission,
        agreed=agreed,
        form=token,
        carried=list(steps.carried(submission, agreed, step)),
        units=[*publication().bureau.units, UNIT_OTHER],
        other_unit=UNIT_OTHER,
        periods=publication().bureau.house.retention,
        backup_days=site().settings.backup_days,
        categories=list(Category),
        relations=list(SubmitterRelation),
        proceedings=list(Proceeding),
        decision_choices=penalty.DECISION_CHOICES,
        choices=penalty.CHOICES[len(penalty.DECISION_CHOICES) :],
        max_characters={**MAX_CHARACTERS, **penalty.MAX_CHARACTERS},
        min_story=MIN_STORY_CHARACTERS,
        remedies=_remedies(submission),
        review=steps.review(submission) if step is FormStep.SEND else {},
        warnings=steps.warnings(submission.story),
        puzzle=gate().puzzle(secret, form_id, now, fields) if step is FormStep.SEND else None,
        limits=UPLOAD_LIMITS,
        # Files that were chosen are gone from a page that is shown again.
        again=bool(problems) or fields.get("go") == step.value,
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _is_received(token: str) -> bool:
    """Whether the form with this token has become a tip; a database that does not answer says no."""
    secret = read_secret()
    try:
        form_id = receipt_codes.verify_form(secret, token, site().clock())
        return intake.find_receipt(db.session(), secret, receipt_codes.code_for(secret, form_id)) is not None
    except receipt_codes.FormRefused:
        return False
    except SQLAlchemyError:
        db.session.rollback()
        return False


def gate() -> Gate:
    """The one gate before all forms of this process."""
    process_gate: Gate = current_app.extensions["openbureau.gate"]
    return process_gate


def _problems(fields: Fields) -> dict[FormStep, dict[str, str]]:
    submission = _submission(fields)
    problems = submission.problems(today())
    if submission.is_bot:
        problems["website"] = "有一个不该填写的空格被填了（可能是浏览器自动填写）。已清空，请再提交一次。"
    return steps.problems(fields.get(steps.AGREED) == "yes", problems)


def _submission(fields: Fields) -> Submission:
    multiple = fields.getlist("categories"), fields.getlist("proceedings")
    return Submission.from_form(fields, publication().bureau.units, *multiple)


def _remedies(submission: Submission) -> Remedies | None:
    return remedies(submission, today(), publication().holidays)
