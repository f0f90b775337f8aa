"""The front page, and what the site is."""

from flask import Blueprint, Response

from openbureau.library import kinds
from openbureau.web import fetch, page, publication

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> Response:
    """The front page: the three questions of a parent, then what is new."""
    catalogue = publication().catalogue
    featured = {kind.name: kind.featured for kind in kinds.KINDS}
    return page(
        "public/home/index.html",
        news=catalogue.latest(kinds.names(), 3),
        notices=catalogue.page("notices", featured["notices"], per_page=4).records,
        policies=catalogue.page("policies", featured["policies"], per_page=5).records,
        announcements=catalogue.latest(["announcements"], 4),
        panels=[(kind, catalogue.latest([kind.name], 3)) for kind in kinds.KINDS if kind.panel],
        edition=catalogue.newest_edition(),
        report=catalogue.at(publication().bureau.annual_report),
    )


@bp.get("/about/")
def about() -> Response:
    """What this site is and how it treats what people tell it."""
    editions = publication().catalogue.page("editions", {}).records
    return page("public/home/about.html", record=fetch("pages", "about"), editions=editions)
