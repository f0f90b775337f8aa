"""Risk notices: the list and the single page."""

from flask import Blueprint, Response

from openbureau.public import lists
from openbureau.web import fetch, page

FACETS = ("severity", "topic", "audience")

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("/")
def index() -> Response:
    """The list, with its filters."""
    return lists.index("notices", FACETS)


@bp.get("/<slug>/")
def show(slug: str) -> Response:
    """One of them."""
    return page("public/documents/notices.html", record=fetch("notices", slug))
