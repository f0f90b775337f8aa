"""Consultations: the list, the single page, and the last day for opinions as a calendar."""

from flask import Blueprint, Response

from openbureau.public import lists
from openbureau.web import fetch, page, publication

FACETS = ("stage", "topic", "audience", "year")

bp = Blueprint("consultations", __name__, url_prefix="/consultations")


@bp.get("/")
def index() -> Response:
    """The list, with its filters."""
    return lists.index("consultations", FACETS)


@bp.get("/<slug>/")
def show(slug: str) -> Response:
    """One of them, with the pages of the draft and of what became of it."""
    record = fetch("consultations", slug)
    names = [("policies", name) for name in record.facet("document")]
    linked = [other for other in publication().catalogue.named(names) if not other.is_withdrawn]
    return page("public/documents/consultations.html", record=record, linked=linked)
