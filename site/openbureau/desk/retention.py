"""Retention of tips: which are to be destroyed, what was proposed and by whom, what is held, what is gone."""

from collections.abc import Callable, Iterable

from flask import Blueprint, Response, g, request

from openbureau.database import db
from openbureau.desk.cases.page import case_page, current_actor, do
from openbureau.desk.roles import roles
from openbureau.staff import Role
from openbureau.tips.casework import retention
from openbureau.tips.casework.access import Actor, NotNow, NotTheirs
from openbureau.tips.casework.queue import known_tips
from openbureau.tips.model import DestructionReason, HoldReason, Stage
from openbureau.web import page, publication, recipient_set, see_other, today

bp = Blueprint("retention", __name__)

MAX_AT_ONCE = 500
"""Tips of one form: more boxes than anybody ticks."""


@bp.get("/retention/")
@roles(Role.HANDLER)
def index() -> Response:
    """What is due, waits for approval, is held and was destroyed, of the tips that one may know of."""
    return _page("")


@bp.post("/retention/propose")
@roles(Role.HANDLER)
def propose() -> Response:
    """Propose to destroy the tips that are ticked, each for the reason that it is due for."""
    periods = publication().bureau.house.retention
    actor, recipients = current_actor(), recipient_set()
    due = {tip.number: retention.expiry(tip, periods) for tip in known_tips(db.session(), recipients, actor)}
    reasons = {number: expiry.reason for number, expiry in due.items() if expiry is not None}
    db.session.rollback()

    def one(number: int) -> None:
        retention.propose(db.session(), number, reasons[number], actor, recipients, periods)

    return _each((number for number in _ticked() if number in reasons), one)


@bp.post("/retention/decide")
@roles(Role.HANDLER)
def decide() -> Response:
    """Approve what another proposed, and destroy it at once; or do not."""
    is_granted = request.form.get("decision") == "granted"
    actor, recipients = current_actor(), recipient_set()

    def one(number: int) -> None:
        retention.decide(db.session(), number, is_granted, actor, recipients)
        if is_granted:
            _destroy(number, actor)

    return _each(_ticked(), one)


@bp.post("/cases/<int:number>/destruction")
@roles(Role.HANDLER)
def propose_by_request(number: int) -> Response:
    """Propose to destroy a tip before its time, because whoever it is from or about asked for it."""
    periods = publication().bureau.house.retention
    return do(number, retention.propose, DestructionReason.REQUEST, periods=periods)


@bp.post("/cases/<int:number>/hold")
@roles(Role.HANDLER)
def hold(number: int) -> Response:
    """Keep a tip from being destroyed, or no longer."""
    chosen = HoldReason.of(request.form.get("hold", ""))
    if chosen is None and request.form.get("hold") != "none":
        return case_page(number, problem="请选择暂缓的理由，或者不再暂缓。")
    return do(number, retention.hold, chosen)


def _destroy(number: int, actor: Actor) -> None:
    retention.destroy(db.session(), number, actor.at, actor.today, actor.name, actor.role)


def _ticked() -> list[int]:
    numbers = request.form.getlist("number")[:MAX_AT_ONCE]
    return [int(number) for number in numbers if number.isdecimal() and len(number) < 10]


def _each(numbers: Iterable[int], what: Callable[[int], None]) -> Response:
    """Do something to each of some tips; to the list again, with what could not be done."""
    problems, done = [], 0
    for number in numbers:
        try:
            what(number)
            done += 1
        except (NotNow, NotTheirs) as error:
            problems.append(f"线索{number}：{error}")
    if problems or not done:
        return _page("".join(problems) or "请先勾选线索。", 422)
    return see_other("retention.index")


def _page(problem: str, status: int = 200) -> Response:
    bureau, actor, recipients = publication().bureau, current_actor(), recipient_set()
    tips = list(known_tips(db.session(), recipients, actor))
    expiries = {tip.number: retention.expiry(tip, bureau.house.retention) for tip in tips}
    kept = [tip for tip in tips if tip.stage is not Stage.DESTROYED]
    due = [
        (tip, expiry)
        for tip in kept
        if (expiry := expiries[tip.number]) is not None and expiry.due_on <= today()
    ]
    return page(
        "desk/retention/index.html",
        status=status,
        problem=problem,
        periods=bureau.house.retention,
        due=[(tip, expiry) for tip, expiry in due if tip.destruction is None and tip.hold is None],
        proposed=[tip for tip in kept if tip.destruction is not None],
        held=[tip for tip in kept if tip.hold is not None],
        gone=[tip for tip in tips if tip.stage is Stage.DESTROYED],
        may_approve=[
            tip.number
            for tip in kept
            if tip.destruction is not None
            and tip.destruction.proposed_by != g.member.name
            and (g.member.is_head or tip.unit == recipients.receiver)
        ],
    )
