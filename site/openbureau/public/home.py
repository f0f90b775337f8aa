"""The front page, and what the site is."""

from flask import Blueprint, Response

from openbureau.web import fetch, page, publication

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> Response:
    """The front page: the three questions of a parent, then what is new."""
    catalogue = publication().catalogue
    return page(
        "public/home/index.html",
        news=catalogue.latest(["policies", "notices", "announcements", "consultations"], 3),
        notices=catalogue.page("notices", {"severity": "高"}, per_page=4).records,
        policies=catalogue.page("policies", {"genre": "解读"}, per_page=5).records,
        announcements=catalogue.latest(["announcements"], 4),
        consultations=catalogue.latest(["consultations"], 3),
        edition=catalogue.newest_edition(),
        report=catalogue.at(publication().bureau.annual_report),
    )


@bp.get("/about/")
def about() -> Response:
    """What this site is and how it treats what people tell it."""
    editions = publication().catalogue.page("editions", {}).records
    return page("public/home/about.html", record=fetch("pages", "about"), editions=editions)
