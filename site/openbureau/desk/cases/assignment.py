"""Assignment of a case: taking it on, giving it to others, withdrawing, sending it to another unit."""

from flask import Blueprint, Response, g, request

from openbureau.desk.cases.page import do, unit_of
from openbureau.desk.roles import roles
from openbureau.staff import Role
from openbureau.tips.casework import assignment
from openbureau.web import publication

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
    """Send it to another unit."""
    return do(number, assignment.route, request.form.get("unit", ""), units=publication().bureau.units)


@bp.post("/investigate")
@roles(Role.HANDLER)
def investigate(number: int) -> Response:
    """Begin to look into it."""
    return do(number, assignment.investigate)
