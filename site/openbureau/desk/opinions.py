"""Opinions on drafts: how many came, what each says, what becomes of it, and the table to publish. What is
sealed is opened by POST and told to the log first."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flask import Blueprint, Response, abort, g, request

from openbureau.chinese.personal_data import personal_data
from openbureau.database import audit_log, db
from openbureau.desk.cases.files import attached
from openbureau.desk.cases.page import current_actor
from openbureau.desk.roles import roles
from openbureau.desk.unlocking import is_unlocked, private_key
from openbureau.library.documents.consultation_results import FILES, Answered, written_results
from openbureau.library.documents.consultations import Consultation
from openbureau.staff import Role
from openbureau.tips import opinions
from openbureau.tips.opinions import (
    MAX_ANSWER_CHARACTERS,
    Opinion,
    OpinionAnswer,
    OpinionOutcome,
    UnknownOpinion,
)
from openbureau.web import page, publication, recipient_set, see_other
from openbureau.web.addresses import whole_number

bp = Blueprint("opinions", __name__, url_prefix="/consultation-opinions")

MAX_CONSULTATIONS = 10_000
"""Consultations at once: more than any bureau ever holds."""


@bp.get("/")
@roles(Role.HANDLER)
def index() -> Response:
    """Every consultation, with how many opinions came and how many have an answer."""
    drafts = _consultations()
    by_draft: dict[str, list[Opinion]] = {name: [] for name in drafts}
    for opinion in _opinions():
        by_draft.setdefault(opinion.consultation, []).append(opinion)
    rows = [(name, drafts.get(name), received) for name, received in by_draft.items()]
    return page("desk/opinions/index.html", rows=rows)


@bp.get("/<slug>/")
@roles(Role.HANDLER)
def show(slug: str) -> Response:
    """The opinions on one draft: numbers, days and outcomes."""
    record = _consultations().get(slug)
    received = [opinion for opinion in _opinions() if opinion.consultation == slug]
    if record is None and not received:
        abort(404)
    return page(
        "desk/opinions/show.html",
        slug=slug,
        record=record,
        opinions=received,
        answered=sum(opinion.outcome is not None for opinion in received),
        may_read=_may_read(),
        is_unlocked=is_unlocked(),
        table=FILES[0],
    )


@bp.post("/<int:number>/open")
@roles(Role.HANDLER)
def open_opinion(number: int) -> Response:
    """Opinion in clear, and the form for its outcome."""
    opinion = _readable(number)
    private, actor = private_key(), current_actor()
    document = opinions.read(db.session(), number, private, actor.at, actor.name, actor.role)
    opened = dict(opinions.opened_answers(db.session(), opinion.consultation, private))
    answer = opened.pop(number, None) or OpinionAnswer(document["clause"], "", "", None)
    first_with: dict[OpinionAnswer, int] = {}
    for other, written in opened.items():
        if written is not None:
            first_with.setdefault(written, other)
    earlier = {other: written for written, other in first_with.items()}
    return _opinion_page(opinion, answer, document=document, earlier=earlier)


@bp.post("/<int:number>/answer")
@roles(Role.HANDLER)
def create_answer(number: int) -> Response:
    """Write down what becomes of an opinion; with what is wrong, the page and all that was typed."""
    opinion, answer, actor = _readable(number), OpinionAnswer.from_form(request.form), current_actor()
    problems = answer.problems()
    for name in MAX_ANSWER_CHARACTERS:
        if personal_data(getattr(answer, name), publication().bureau.public_numbers):
            problems[name] = "里面有身份证号或者手机号；这一栏要公布，请去掉。"
    if problems:
        return _opinion_page(opinion, answer, problems)
    opinions.answer(db.session(), number, answer, recipient_set(), actor.at, actor.name, actor.role)
    return see_other("opinions.show", slug=opinion.consultation)


@bp.post("/<int:number>/same")
@roles(Role.HANDLER)
def create_same(number: int) -> Response:
    """Give an opinion the answer that another one has."""
    opinion, actor, other = _readable(number), current_actor(), whole_number(request.form.get("same"))
    try:
        opinions.answer_same(db.session(), number, other or 0, actor.at, actor.name, actor.role)
    except UnknownOpinion:
        return _opinion_page(opinion, OpinionAnswer("", "", "", None), {"form": "请选择一条写过的处理。"})
    return see_other("opinions.show", slug=opinion.consultation)


@bp.post("/<slug>/results")
@roles(Role.HANDLER)
def results(slug: str) -> Response:
    """The table of what became of the opinions, as content takes it."""
    if not _may_read():
        abort(403)
    if not any(opinion.consultation == slug and opinion.outcome for opinion in _opinions()):
        abort(404)
    actor = current_actor()
    counted = opinions.take_out(db.session(), slug, private_key(), actor.at, actor.name, actor.role)
    rows = [
        Answered(answer.clause, answer.gist, count, answer.outcome.label, answer.reason)
        for answer, count in counted
        if answer.outcome is not None
    ]
    return Response(
        written_results(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": attached(FILES[0])},
    )


def _consultations() -> Mapping[str, Consultation]:
    """The consultations on the site, the newest first."""
    records = publication().catalogue.latest(["consultations"], MAX_CONSULTATIONS)
    return {record.slug: record for record in records if isinstance(record, Consultation)}


def _opinions() -> Sequence[Opinion]:
    return opinions.list_opinions(db.session())


def _may_read() -> bool:
    return g.member.name in opinions.readers(recipient_set())


def _readable(number: int) -> Opinion:
    """An opinion, for those to whom opinions are sealed now; the log tells who else asked."""
    try:
        opinion = opinions.get(db.session(), number)
    except UnknownOpinion:
        abort(404)
    if not _may_read():
        actor = current_actor()
        with audit_log.change(db.session(), audit_log.minute(actor.at), actor.name, actor.role) as change:
            change.log("refused", opinions.subject(number))
        abort(403)
    return opinion


def _opinion_page(
    opinion: Opinion,
    answer: OpinionAnswer,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    document: Mapping[str, str] | None = None,
    earlier: Mapping[int, OpinionAnswer] = MappingProxyType({}),
) -> Response:
    return page(
        "desk/opinions/opinion.html",
        status=422 if problems else 200,
        opinion=opinion,
        record=_consultations().get(opinion.consultation),
        answer=answer,
        problems=problems,
        document=document,
        earlier=earlier,
        outcomes=list(OpinionOutcome),
        limits=MAX_ANSWER_CHARACTERS,
        is_unlocked=is_unlocked(),
    )
