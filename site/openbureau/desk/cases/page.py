"""Page of a case, and what its views share: who acts, which tip, and what becomes of a refusal."""

from collections.abc import Callable, Collection, Iterable, Mapping

from flask import Flask, Response, abort, g, make_response, render_template, request

from openbureau.database import audit_log, db
from openbureau.desk.cases.letters import letters
from openbureau.desk.log_labels import log_line
from openbureau.desk.unlocking import is_unlocked
from openbureau.library.holidays import missing_tables
from openbureau.staff import Role, accounts
from openbureau.tips import deadlines
from openbureau.tips.casework import access, assignment, merging, retention, stages
from openbureau.tips.casework.access import Actor, BadText, Conflicted, NotNow, NotTheirs
from openbureau.tips.casework.dossier import Document, Dossier
from openbureau.tips.casework.red_flags import points
from openbureau.tips.casework.stages import MOVES, ImpossibleMove, UnknownTip
from openbureau.tips.form.penalty import answers
from openbureau.tips.form.submission import Category
from openbureau.tips.model import Action, Conclusion, DeclineReason, HoldReason, Matter, Purpose, Tip, subject
from openbureau.tips.sealing import CannotOpen, SealingFailed
from openbureau.tips.sealing.recipients import UNIT_OTHER
from openbureau.web import page, publication, recipient_set, see_other, site, today

MIN_REASON_CHARACTERS = 4
"""Characters of a reason for opening what is closed."""


def init_app(app: Flask) -> None:
    """Say once what becomes of each refusal."""
    app.register_error_handler(UnknownTip, _unknown)
    app.register_error_handler(Conflicted, _conflicted)
    app.register_error_handler(CannotOpen, lambda error: _error(422, str(error)))
    app.register_error_handler(SealingFailed, lambda error: _error(503, str(error)))


def current_actor() -> Actor:
    """Actor of this request, and when."""
    member = g.member
    return Actor(member.name, member.role.value, member.unit, site().clock(), today(), member.is_head)


def visible_tip(number: int) -> Tip:
    """The tip, if whoever asks may know of it. Raises UnknownTip or Conflicted."""
    tip = stages.get(db.session(), number)
    access.check_may_see(tip, recipient_set(), current_actor())
    return tip


def handled_tip(number: int) -> Tip:
    """The tip, if whoever asks has taken it on and may read it. Raises UnknownTip, Conflicted, NotTheirs."""
    tip = stages.get(db.session(), number)
    access.check_may_read(tip, recipient_set(), g.member.name, g.member.unit)
    if not access.handles(tip, g.member.name):
        raise NotTheirs
    return tip


def do(number: int, what: Callable[..., None], *arguments: object, **more: object) -> Response:
    """Change a case and go back to its page; or the page with what is wrong, and with what was typed."""
    try:
        what(db.session(), number, *arguments, actor=current_actor(), recipients=recipient_set(), **more)
    except (BadText, NotNow, NotTheirs, ImpossibleMove) as error:
        return case_page(number, problem=str(error))
    return see_other("cases.show", number=number)


def stated_reason() -> tuple[Purpose, str]:
    """For what something closed is opened: of the list, and in words. Raises BadText."""
    purpose = Purpose.of(request.form.get("purpose", ""))
    if purpose is None:
        raise BadText("请选择用途。")
    text = access.text_of(request.form.get("reason", ""), "理由")
    if len(text) < MIN_REASON_CHARACTERS:
        raise BadText("理由太短，请写明为什么需要。")
    return purpose, text


def case_page(
    number: int,
    *,
    problem: str = "",
    dossier: Dossier | None = None,
    identity: Document | None = None,
    near: list[Tip] | None = None,
) -> Response:
    """The page of a case: what is in clear, and beneath it what was opened just now."""
    tip = visible_tip(number)
    session, recipients, member = db.session(), recipient_set(), g.member
    bureau, days_off = publication().bureau, publication().holidays
    alike = near if near is not None else list(merging.alike(session, tip))

    def seen(others: Iterable[Tip]) -> list[Tip]:
        return [other for other in others if access.may_see(other, recipients, member.name, member.unit)]

    return page(
        "desk/cases/show.html",
        status=422 if problem else 200,
        tip=tip,
        clocks=deadlines.clocks(tip.events, bureau.clocks, days_off, tip.extended_by),
        missing_tables=missing_tables(days_off, today()),
        entries=[log_line(entry) for entry in audit_log.entries_of(session, subject(number))],
        categories=[category.label for category in Category if category.value in tip.categories.split()],
        parent=next(iter(seen([stages.get(session, tip.merged_into)] if tip.merged_into else [])), None),
        children=seen(merging.children(session, number)),
        alike=seen(alike),
        is_mine=access.handles(tip, g.member.name),
        may_read=g.member.name in access.readers(tip, recipients),
        may_identify=g.member.name in access.custodians(tip, recipients),
        is_unlocked=is_unlocked(),
        receiver=recipients.receiver,
        unit_other=UNIT_OTHER,
        next_stages=MOVES[tip.stage],
        colleagues=_colleagues(tip),
        units=[*_units_to_route_to(tip, bureau.units), *bureau.house.outside],
        handlers_needed=assignment.handlers_needed(
            tip, recipients, bureau.house.min_handlers, bureau.house.alone
        ),
        units_to_correct=[unit for unit in (*bureau.units, UNIT_OTHER) if unit != tip.unit],
        most_days=bureau.clocks["extend"].days,
        reasons=list(DeclineReason),
        matters=list(Matter),
        conclusions=list(Conclusion),
        actions=list(Action),
        purposes=list(Purpose),
        hold_reasons=list(HoldReason),
        is_over=retention.expiry(tip, bureau.house.retention) is not None,
        problem=problem,
        dossier=dossier,
        points=points(dossier.body, days_off) if dossier else [],
        facts=answers(dossier.body) if dossier else [],
        letters=letters(tip),
        identity=identity,
    )


def _units_to_route_to(tip: Tip, units: Collection[str]) -> list[str]:
    """The units that a tip may be sent to: none while it may be about any of them, or above all of them."""
    if tip.unit in (recipient_set().receiver, UNIT_OTHER):
        return []
    return [unit for unit in units if unit != tip.unit]


def _colleagues(tip: Tip) -> list[str]:
    """Colleagues who could take the tip on: open accounts of handlers that the signed set lets read it."""
    recipients = recipient_set()
    names = access.readers(tip, recipients) - {handler.name for handler in tip.handlers}
    # They come in on their own, but where there is nobody else.
    independent = recipients.independent if tip.unit != recipients.receiver else frozenset()
    return [
        member.name
        for member in accounts.list_members(db.session())
        if member.name in names
        and member.role is Role.HANDLER
        and member.unit != tip.unit
        and not member.is_disabled
        and member.name not in independent
    ]


def unit_of(name: str) -> str:
    """The unit of an account; of nobody's the empty one."""
    try:
        return accounts.find(db.session(), name).unit
    except accounts.UnknownMember:
        return ""


def _unknown(error: UnknownTip) -> Response:
    """A number that no tip has leaves the same line behind, and takes as long, as one that whoever asks must
    not know of."""
    access.log_unknown(db.session(), error.number, current_actor())
    return _error(404)


def _conflicted(error: Conflicted) -> Response:
    """What must not be known of looks like what is not there; what is known of is refused with the reason."""
    actor, session = current_actor(), db.session()
    access.log_refusal(session, error.number, actor, error.name)
    if not access.may_see(stages.get(session, error.number), recipient_set(), actor.name, actor.unit):
        return _error(404)
    message = "按规定，线索不得转给被反映的单位，回避的人员也不再接触。这次操作已经记入办理日志。"
    return _error(403, message)


def _error(code: int, message: str = "") -> Response:
    headings: Mapping[int, str] = {
        403: "不能接触这条线索",
        404: "没有这条线索",
        422: "打不开",
        503: "暂时不能使用",
    }
    if code not in headings:
        abort(code)
    text = render_template("desk/cases/refused.html", code=code, heading=headings[code], message=message)
    return make_response(text, code)
