"""Progress of a tip, for whoever types its code: the code is posted with every step and kept nowhere."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from openbureau.database import db
from openbureau.public.tips.availability import recipients_now
from openbureau.public.tips.form import gate
from openbureau.public.tips.gate import GateRefused
from openbureau.public.tips.uploads import UPLOAD_LIMITS, Busy, TooLong, Upload, sealed_files
from openbureau.tips import deadlines, receipt_codes
from openbureau.tips.casework import messages, stages, submitter_actions
from openbureau.tips.casework.submitter_actions import NotPossible
from openbureau.tips.form.submission import NAMED, Submission
from openbureau.tips.model import DestructionReason, MessageKind, Stage, Tip, TipEventKind
from openbureau.tips.sealing import CannotOpen, SealingFailed
from openbureau.tips.sealing.file_types import FileRefused
from openbureau.tips.sealing.recipients import UNIT_OTHER, sealer_for
from openbureau.tips.text_input import clean
from openbureau.web import page, publication, read_secret, refuse_cross_site, site, today
from openbureau.web.errors import RETRY_AFTER

bp = Blueprint("tip_progress", __name__, url_prefix="/tip-off/status")
bp.before_request(refuse_cross_site)

BUCKET_BYTES = 32 * 1024
"""Bytes to whose multiple an answer is filled up: its length on the line does not tell what it says."""

RATINGS = {5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"}

_IDENTITY = ("name", "contact", "company", "uscc")
_NOT_NOW = "系统暂时不能保存，您写的内容还在下面，请过一会儿再试。"


class _Unknown(Exception):
    """No tip has the code that was typed; the message says why."""


@dataclass(frozen=True)
class ProgressMessage:
    """One message in clear."""

    kind: MessageKind
    by_staff: bool
    day: date
    text: str
    files: Sequence[Mapping[str, object]]


@bp.get("")
def index() -> Response:
    """Form for the code."""
    return page("public/tips/progress.html", tip=None, problem="")


@bp.post("")
def show() -> Response:
    """Progress of the tip with this code."""
    return _page(*_posted_tip(request.form))


@bp.post("/say")
def say() -> Response:
    """Answer the staff's question, or add something; files may come with it."""
    upload = Upload()
    try:
        return _say(upload)
    finally:
        upload.skip_rest()


def _say(upload: Upload) -> Response:
    tip, code = _posted_tip(upload.fields)
    text = clean(upload.fields.get("text", "")).strip()
    problem = _text_problem(text)
    if problem:
        return _page(tip, code, {"text": problem}, upload.fields, status=422)
    number, unit, recused = tip.number, tip.unit, tip.recused
    form_ids, secret, is_plain = _puzzle_ids(tip), read_secret(), False
    status, wait = 422, 0

    def admit() -> None:
        nonlocal is_plain
        tip = stages.get(db.session(), number)
        submitter_actions.check_room_for_files(tip)
        needs_proof = submitter_actions.needs_proof(tip)
        db.session.rollback()
        if needs_proof:
            own_id = upload.fields.get("challenge", "").partition(".")[0]
            form_id = own_id if own_id in form_ids else form_ids[0]
            is_plain = gate().check(upload.fields, secret, form_id, site().clock())

    try:
        submitter_actions.check_may_say(tip, today())
        # The database is not held while files come in.
        db.session.rollback()
        recipients = recipients_now()
        readers = sealer_for(recipients.without(recused).of_body(unit))
        keep = bool(upload.fields.get("keep_originals")) and tip.identity is not None
        with (
            sealed_files(upload, readers, keep_originals=keep, admit=admit) as files,
            gate().storing(is_plain) if files else nullcontext(),
        ):
            tip = stages.get(db.session(), number)
            is_new = submitter_actions.say(
                db.session(), tip, code, text, recipients, today(), files, sealed_for=unit
            )
        done = "已经收到，工作人员会看到。" if is_new else "这段内容刚才已经收到，没有重复保存。"
        return _page(stages.get(db.session(), number), code, done=done)
    except GateRefused as refused:
        field, problem, status, wait = refused.field, str(refused), refused.status, refused.wait
    except (FileRefused, TooLong, Busy) as refused:
        field, problem, status, wait = _about_files(refused)
    except NotPossible as refused:
        field, problem = "text", str(refused)
    except (ServiceUnavailable, SealingFailed, SQLAlchemyError, OSError) as error:
        field, problem, status, wait = "text", _not_stored(error), 503, RETRY_AFTER
    tip = stages.get(db.session(), number)
    response = _page(tip, code, {field: problem}, upload.fields, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


@bp.post("/withdraw")
def withdraw() -> Response:
    """Take the tip back, after a tick."""
    tip, code = _posted_tip(request.form)
    if request.form.get("sure") != "yes":
        return _page(tip, code, {"sure": "撤回以后不能恢复。确定要撤回的，请勾选后再提交。"}, status=422)
    try:
        submitter_actions.withdraw(db.session(), tip, today())
    except NotPossible as error:
        return _page(tip, code, {"sure": str(error)}, status=422)
    return _page(tip, code, done="已经撤回，不再继续办理。")


@bp.post("/name")
def give_name() -> Response:
    """From anonymous to named: the identity is sealed apart, as in the form."""
    tip, code = _posted_tip(request.form)
    submission = Submission.from_form({**request.form, "named": NAMED}, publication().bureau.units, ())
    all_problems = submission.problems(today())
    problems = {name: all_problems[name] for name in _IDENTITY if name in all_problems}
    if problems:
        return _page(tip, code, problems, request.form, status=422)
    try:
        submitter_actions.give_name(db.session(), tip, submission, recipients_now(), today())
    except NotPossible as error:
        return _page(tip, code, {"name": str(error)}, request.form, status=422)
    except (ServiceUnavailable, SealingFailed) as error:
        return _page(tip, code, {"name": _not_stored(error)}, request.form, status=503)
    return _page(tip, code, done="已经改为实名。身份单独加密，只有身份保管人能打开。")


@bp.post("/rate")
def rate() -> Response:
    """Rate the answer."""
    tip, code = _posted_tip(request.form)
    chosen = {str(number): number for number in RATINGS}.get(request.form.get("rating", ""), 0)
    try:
        submitter_actions.rate(db.session(), tip, chosen, today())
    except NotPossible as error:
        return _page(tip, code, {"rating": str(error)}, status=422)
    return _page(tip, code, done="谢谢，评价已经记下。")


@bp.errorhandler(_Unknown)
def unknown(error: _Unknown) -> Response:
    """A code that nobody has, or a slip of typing."""
    return page("public/tips/progress.html", status=422, tip=None, problem=str(error))


@bp.after_request
def fill_up(response: Response) -> Response:
    """Make the lengths of answers alike, whatever they say."""
    if request.method == "POST" and response.mimetype == "text/html":
        missing = -(len(response.get_data()) + 10) % BUCKET_BYTES
        response.set_data(response.get_data() + f"\n<!-- {secrets.token_hex(missing)[:missing]} -->".encode())
    return response


def _posted_tip(form: Mapping[str, str]) -> tuple[Tip, str]:
    """The tip, and the code as it is written. Raises _Unknown."""
    typed = form.get("code", "")
    try:
        tip = stages.find_by_code(db.session(), read_secret(), typed)
        code = receipt_codes.grouped(receipt_codes.fold(typed))
    except receipt_codes.BadCode as error:
        raise _Unknown(str(error)) from error
    if tip is None:
        raise _Unknown("没有查到这个查询码。请检查是否来自本站的回执。")
    return tip, code


def _page(
    tip: Tip,
    code: str,
    problems: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    *,
    done: str = "",
    status: int = 200,
) -> Response:
    parent = stages.get(db.session(), tip.merged_into) if tip.merged_into else None
    followed = parent or tip
    bureau, days_off = publication().bureau, publication().holidays
    clocks = deadlines.clocks(followed.events, bureau.clocks, days_off, followed.extended_by)
    for missing in deadlines.missing_years(clocks):
        current_app.logger.error("a due day of a tip cannot be told: %s", missing)
    return page(
        "public/tips/progress.html",
        status=status,
        tip=tip,
        parent=parent,
        code=code,
        clocks=clocks,
        messages=_messages(tip, code),
        is_answered=tip.stage in (Stage.ANSWERED, Stage.ARCHIVED),
        allowed=submitter_actions,
        ratings=RATINGS,
        corrected_on=max(_days_of(tip, TipEventKind.UNIT_CORRECTED), default=None),
        unit_other=UNIT_OTHER,
        destroyed_words=_destroyed_words(followed),
        receiver=bureau.units[0],
        done=done,
        problem="",
        problems=problems or {},
        typed={name: (typed or {}).get(name, "") for name in ("text", *_IDENTITY)},
        max_characters=messages.MAX_MESSAGE_CHARACTERS,
        limits=UPLOAD_LIMITS,
        puzzle=gate().puzzle(read_secret(), _puzzle_ids(tip)[0], site().clock(), typed or {}),
    )


def _destroyed_words(tip: Tip) -> str:
    """What the page says of a tip that is gone: why; of a merged one, of the other that it went with."""
    reason = tip.destruction.reason if tip.destruction else DestructionReason.EXPIRED
    return reason.meaning


def _days_of(tip: Tip, kind: TipEventKind) -> list[date]:
    return [event.day for event in tip.events if event.event is kind]


def _puzzle_ids(tip: Tip) -> list[str]:
    """What the puzzle before files is made for: a tip with so many messages. One puzzle is good for one
    message; the one before is taken as well, as a page that is loaded again posts the same once more."""
    secret, number, count = read_secret(), str(tip.number), len(tip.messages)
    return [
        receipt_codes.likeness(secret, "say", number, str(before)).hex()[:32] for before in (count, count - 1)
    ]


def _messages(tip: Tip, code: str) -> list[ProgressMessage]:
    """Messages of both sides, as far as the code opens it."""
    key = receipt_codes.reply_identity(code)
    readable = []
    for message in tip.messages:
        if message.kind is MessageKind.NOTE:
            continue
        try:
            document = messages.read(message, key)
        except CannotOpen:
            # One damaged message does not hide the others.
            current_app.logger.error("a message of a tip does not open with its code")
            document = {"text": "这一条打不开，请联系工作人员。", "files": []}
        files = document["files"] if isinstance(document["files"], list) else []
        text = str(document["text"])
        readable.append(ProgressMessage(message.kind, message.by_staff, message.day, text, files))
    return readable


def _text_problem(text: str) -> str:
    if not text:
        return "请写几句话；上传文件的，也请说明是什么。"
    if (length := len(text)) > messages.MAX_MESSAGE_CHARACTERS:
        limit = messages.MAX_MESSAGE_CHARACTERS
        return f"最多 {limit} 字，现在是 {length} 字，请删减 {length - limit} 字。"
    return ""


def _about_files(refused: FileRefused | TooLong | Busy) -> tuple[str, str, int, int]:
    match refused:
        case FileRefused():
            return "files", str(refused), 422, 0
        case TooLong():
            return "files", "文件合计超过25MB，请减少或者压缩后重新选择。", 413, 0
        case Busy():
            return "files", "正在上传的人太多，请一分钟后重新选择文件再提交。", 503, RETRY_AFTER


def _not_stored(error: Exception) -> str:
    current_app.logger.error("what a submitter sent was not stored: %s", type(error).__name__)
    db.session.rollback()
    return _NOT_NOW
