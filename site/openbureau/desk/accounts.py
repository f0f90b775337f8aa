"""Accounts, for their administrator: who there is, and ending what somebody can do."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, abort, g

from openbureau.database import db
from openbureau.desk.roles import roles
from openbureau.staff import Role, accounts
from openbureau.web import page, see_other, site

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


@bp.get("/")
@roles(Role.ADMINISTRATOR)
def index() -> Response:
    """All accounts."""
    return page("desk/accounts/index.html", members=accounts.list_members(db.session()))


@bp.post("/<name>/revoke")
@roles(Role.ADMINISTRATOR)
def revoke(name: str) -> Response:
    """End every session of an account."""
    with _known():
        accounts.revoke(db.session(), name, site().clock(), g.member.name)
    return see_other("accounts.index")


@bp.post("/<name>/disable")
@roles(Role.ADMINISTRATOR)
def disable(name: str) -> Response:
    """Close an account at once. One's own stays: somebody has to be able to undo it."""
    if name == g.member.name:
        abort(422)
    with _known():
        accounts.disable(db.session(), name, site().clock(), g.member.name)
    return see_other("accounts.index")


@bp.post("/<name>/enable")
@roles(Role.ADMINISTRATOR)
def enable(name: str) -> Response:
    """Open a closed account again."""
    with _known():
        accounts.disable(db.session(), name, site().clock(), g.member.name, disabled=False)
    return see_other("accounts.index")


@contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except accounts.UnknownMember:
        abort(404)
