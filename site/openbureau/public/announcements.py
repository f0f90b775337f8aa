"""Announcements: the list and the single page."""

from flask import Blueprint, Response

from openbureau.public import lists
from openbureau.web import fetch, page

FACETS = ("genre", "topic", "year")

bp = Blueprint("announcements", __name__, url_prefix="/announcements")


@bp.get("/")
def index() -> Response:
    """The list, with its filters."""
    return lists.index("announcements", FACETS)


@bp.get("/<slug>/")
def show(slug: str) -> Response:
    """One of them."""
    return page("public/documents/announcements.html", record=fetch("announcements", slug))
