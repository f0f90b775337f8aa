"""Opinions on drafts: how many came, what each says, what becomes of it, and the table to publish. What is
sealed is opened by POST and told to the log first."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from flask import Blueprint, Response, abort, g, request

from openbureau.chinese.personal_data import personal_data
from openbureau.database import audit_log, db
from openbureau.desk.cases.files import attached
from openbureau.desk.cases.page import act
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

bp = Blueprint("opinions", __name__, url_prefix="/consultation-opinions")

MOST = 10_000
"""Consultations at once: more than any bureau ever holds."""


@bp.get("/")
@roles(Role.HANDLER)
def index() -> Response:
    """Every consultation, with how many opinions came and how many have an answer."""
    drafts, found = _consultations(), _opinions()
    names = [*drafts, *sorted({each.consultation for each in found} - drafts.keys())]
    rows = [(name, drafts.get(name), [each for each in found if each.consultation == name]) for name in names]
    return page("desk/opinions/index.html", rows=rows)


@bp.get("/<slug>/")
@roles(Role.HANDLER)
def show(slug: str) -> Response:
    """The opinions on one draft: numbers, days and outcomes."""
    record, found = _consultations().get(slug), [each for each in _opinions() if each.consultation == slug]
    if record is None and not found:
        abort(404)
    return page(
        "desk/opinions/show.html",
        slug=slug,
        record=record,
        opinions=found,
        answered=sum(each.outcome is not None for each in found),
        may_read=_may_read(),
        is_unlocked=is_unlocked(),
        table=FILES[0],
    )


@bp.post("/<int:number>/open")
@roles(Role.HANDLER)
def open_opinion(number: int) -> Response:
    """What an opinion says, and the form for what becomes of it."""
    opinion = _readable(number)
    private, who = private_key(), act()
    said = opinions.read(db.session(), number, private, who.at, who.name, who.role)
    opened = dict(opinions.opened_answers(db.session(), opinion.consultation, private))
    known = opened.pop(number, None) or OpinionAnswer(said["clause"], "", "", None)
    earlier: dict[OpinionAnswer, int] = {}
    for other, each in opened.items():
        if each is not None:
            earlier.setdefault(each, other)
    return _opinion_page(opinion, known, said=said, earlier={each: other for other, each in earlier.items()})


@bp.post("/<int:number>/answer")
@roles(Role.HANDLER)
def create_answer(number: int) -> Response:
    """Write down what becomes of an opinion; with what is wrong, the page and all that was typed."""
    opinion, said, who = _readable(number), OpinionAnswer.from_form(request.form), act()
    problems = said.problems()
    for name in MAX_ANSWER_CHARACTERS:
        if personal_data(getattr(said, name)):
            problems[name] = "里面有身份证号或者手机号；这一栏要公布，请去掉。"
    if problems:
        return _opinion_page(opinion, said, problems)
    opinions.answer(db.session(), number, said, recipient_set(), who.at, who.name, who.role)
    return see_other("opinions.show", slug=opinion.consultation)


@bp.post("/<int:number>/same")
@roles(Role.HANDLER)
def create_same(number: int) -> Response:
    """Give an opinion the answer that another one has."""
    opinion, who, other = _readable(number), act(), request.form.get("same", type=int)
    try:
        opinions.answer_same(db.session(), number, other or 0, who.at, who.name, who.role)
    except UnknownOpinion:
        return _opinion_page(opinion, OpinionAnswer("", "", "", None), {"form": "请选择一条写过的处理。"})
    return see_other("opinions.show", slug=opinion.consultation)


@bp.post("/<slug>/results")
@roles(Role.HANDLER)
def results(slug: str) -> Response:
    """The table of what became of the opinions, as content takes it."""
    if not _may_read():
        abort(403)
    if not any(each.consultation == slug and each.outcome for each in _opinions()):
        abort(404)
    who = act()
    found = opinions.take_out(db.session(), slug, private_key(), who.at, who.name, who.role)
    rows = [
        Answered(each.clause, each.gist, count, each.outcome.label, each.reason)
        for each, count in found
        if each.outcome is not None
    ]
    return Response(
        written_results(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": attached(FILES[0])},
    )


def _consultations() -> Mapping[str, Consultation]:
    """The consultations on the site, the newest first."""
    found = publication().catalogue.latest(["consultations"], MOST)
    return {each.slug: each for each in found if isinstance(each, Consultation)}


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
        who = act()
        with audit_log.change(db.session(), audit_log.minute(who.at), who.name, who.role) as change:
            change.tell("refused", opinions.subject(number))
        abort(403)
    return opinion


def _opinion_page(
    opinion: Opinion,
    answer: OpinionAnswer,
    problems: Mapping[str, str] = MappingProxyType({}),
    *,
    said: Mapping[str, str] | None = None,
    earlier: Mapping[int, OpinionAnswer] = MappingProxyType({}),
) -> Response:
    return page(
        "desk/opinions/opinion.html",
        status=422 if problems else 200,
        opinion=opinion,
        record=_consultations().get(opinion.consultation),
        answer=answer,
        problems=problems,
        said=said,
        earlier=earlier,
        outcomes=list(OpinionOutcome),
        limits=MAX_ANSWER_CHARACTERS,
        is_unlocked=is_unlocked(),
    )
