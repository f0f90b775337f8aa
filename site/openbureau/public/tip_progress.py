"""What became of a tip, for whoever types its code: the code is posted with every step and kept nowhere."""

from flask import Blueprint, Response, current_app, request

from openbureau.database import db
from openbureau.tips import deadlines, handling, receipts
from openbureau.web import page, publication, read_secret, refuse_cross_site

bp = Blueprint("tip_progress", __name__, url_prefix="/tip-off/status")
bp.before_request(refuse_cross_site)


@bp.get("")
def index() -> Response:
    """Where to type the code."""
    return page("public/tip_off/status.html", tip=None, problem="")


@bp.post("")
def show() -> Response:
    """What became of the tip with this code."""
    try:
        tip = handling.find(db.session(), read_secret(), request.form.get("code", ""))
    except receipts.BadCode as error:
        return page("public/tip_off/status.html", status=422, tip=None, problem=str(error))
    if tip is None:
        problem = "没有查到这个查询码。请检查是否来自本站的回执。"
        return page("public/tip_off/status.html", status=422, tip=None, problem=problem)
    bureau, days_off = publication().bureau, publication().holidays
    clocks = deadlines.clocks(tip.events, bureau.clocks, days_off, tip.extended_by)
    for missing in deadlines.missing_years(clocks):
        current_app.logger.error("a due day of a tip cannot be told: %s", missing)
    return page("public/tip_off/status.html", tip=tip, clocks=clocks, problem="")
