"""Policies and their interpretations: the list and the single page."""

from flask import Blueprint, Response

from openbureau.public import lists
from openbureau.web import fetch, page, publication

FACETS = ("genre", "topic", "validity", "audience", "year")

bp = Blueprint("policies", __name__, url_prefix="/policies")


@bp.get("/")
def index() -> Response:
    """The list, with its filters."""
    return lists.index("policies", FACETS)


@bp.get("/<slug>/")
def show(slug: str) -> Response:
    """One of them, with the consultations on it."""
    record = fetch("policies", slug)
    asked = publication().catalogue.page("consultations", {"document": slug}).records
    return page("public/documents/policies.html", record=record, consultations=asked)
