"""Assignment of a case: taking it on, giving it to others, withdrawing, sending it to another unit; and the
unit that it is about, on which all of that depends."""

from flask import Blueprint, Response, g, request

from openbureau.database import db
from openbureau.desk.cases.page import do, unit_of
from openbureau.desk.roles import roles
from openbureau.desk.unlocking import private_key
from openbureau.staff import Role, accounts
from openbureau.tips.casework import access, assignment, correction, stages
from openbureau.web import publication, read_secret, recipient_set, see_other

bp = Blueprint("case_staff", __name__, url_prefix="/cases/<int:number>")


@bp.post("/claim")
@roles(Role.HANDLER)
def claim(number: int) -> Response:
    """Take the case on."""
    return do(number, assignment.claim)


@bp.post("/assign")
@roles(Role.HANDLER)
def assign(number: int) -> Response:
    """Give it to somebody else, too."""
    name = request.form.get("name", "").strip()
    return do(number, assignment.assign, name, unit_of(name))


@bp.post("/recuse")
@roles(Role.HANDLER)
def recuse(number: int) -> Response:
    """Withdraw from it, or keep another away from it."""
    return do(number, assignment.recuse, request.form.get("name", "").strip() or g.member.name)


@bp.post("/route")
@roles(Role.HANDLER)
def route(number: int) -> Response:
    """Send it to another unit, or hand it over to a body outside."""
    bureau, form = publication().bureau, request.form
    return do(
        number,
        assignment.route,
        form.get("unit", ""),
        units=bureau.units,
        outside=bureau.house.outside,
        text=form.get("text", ""),
    )


@bp.post("/unit")
@roles(Role.HANDLER)
def correct_unit(number: int) -> Response:
    """Set the unit that it is about; whoever may not know of it any more goes back to the queue."""
    private, form, session = private_key(), request.form, db.session()
    answer = do(
        number,
        correction.correct_unit,
        form.get("unit", ""),
        form.get("text", ""),
        units=publication().bureau.units,
        accounts={member.name: member.unit for member in accounts.list_members(session)},
        private=private,
        secret=read_secret(),
    )
    member, tip = g.member, stages.get(session, number)
    if access.may_see(tip, recipient_set(), member.name, member.unit):
        return answer
    return see_other("queue.index")


@bp.post("/investigate")
@roles(Role.HANDLER)
def investigate(number: int) -> Response:
    """Begin to look into it."""
    house = publication().bureau.house
    return do(number, assignment.investigate, min_handlers=house.min_handlers, alone=house.alone)
