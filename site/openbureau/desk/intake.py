"""Tips that came by telephone, letter, e-mail or visit: the same form, the same receipt for the person."""

from flask import Blueprint, Response, g, request

from openbureau.database import db
from openbureau.desk.roles import roles
from openbureau.staff import Role
from openbureau.tips import intake, receipt_codes
from openbureau.tips.form.penalty import CHOICES, DATES, TEXTS
from openbureau.tips.form.submission import (
    MAX_CHARACTERS,
    MIN_STORY_CHARACTERS,
    Category,
    Submission,
)
from openbureau.tips.model import Channel
from openbureau.tips.sealing.recipients import UNIT_OTHER
from openbureau.web import page, publication, read_secret, recipient_set, site, today

bp = Blueprint("entry", __name__, url_prefix="/cases/new")

CHANNELS = (Channel.PHONE, Channel.LETTER, Channel.EMAIL, Channel.VISIT)


@bp.get("/")
@roles(Role.HANDLER)
def new() -> Response:
    """The form."""
    return _form(_submission(), {})


@bp.post("/")
@roles(Role.HANDLER)
def create() -> Response:
    """Take the tip: 422 beside the fields, or the receipt to hand over."""
    submission = _submission()
    problems = submission.problems(today())
    channel = next((option for option in CHANNELS if option.value == request.form.get("channel")), None)
    if channel is None:
        problems["channel"] = "请选择线索是怎样来的。"
    try:
        form_id = receipt_codes.verify_form(read_secret(), request.form.get("form", ""), site().clock())
    except receipt_codes.FormRefused as error:
        problems["form"] = str(error)
    if problems or channel is None:
        return _form(submission, problems, 422)
    receipt = intake.submit(
        db.session(),
        read_secret(),
        form_id,
        submission,
        recipient_set(),
        today(),
        channel=channel,
        actor=g.member.name,
    )
    return page("desk/intake/receipt.html", receipt=receipt, channel=channel)


def _form(submission: Submission, problems: dict[str, str], status: int = 200) -> Response:
    return page(
        "desk/intake/new.html",
        status=status,
        submission=submission,
        problems=problems,
        form=receipt_codes.sign_form(read_secret(), _form_id(), site().clock()),
        channels=CHANNELS,
        channel=request.form.get("channel", ""),
        units=[*publication().bureau.units, UNIT_OTHER],
        categories=list(Category),
        limits=MAX_CHARACTERS,
        dates=DATES,
        texts=TEXTS,
        questions=CHOICES,
        min_story=MIN_STORY_CHARACTERS,
    )


def _form_id() -> str:
    try:
        return receipt_codes.verify_form(read_secret(), request.form.get("form", ""), site().clock())
    except receipt_codes.FormRefused:
        return receipt_codes.new_form_id()


def _submission() -> Submission:
    form = request.form
    return Submission.from_form(form, publication().bureau.units, form.getlist("categories"))
