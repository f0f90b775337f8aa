"""Every building block on one page, from the macros that pages use: for who designs and who checks."""

from flask import Blueprint, Response

from openbureau.desk.roles import EVERYBODY, roles
from openbureau.web import page

bp = Blueprint("patterns", __name__)


@bp.get("/patterns")
@roles(*EVERYBODY)
def index() -> Response:
    """The blocks, each in all its states."""
    return page("desk/patterns/index.html")
