"""The queue of tips: numbers, days and stages. What they say stays sealed."""

from flask import Blueprint, Response, current_app

from openbureau.database import db
from openbureau.desk.roles import EVERYBODY, roles
from openbureau.tips import deadlines, handling
from openbureau.web import page, publication

bp = Blueprint("queue", __name__)


@bp.get("/")
@roles(*EVERYBODY)
def index() -> Response:
    """All tips, the newest first, each with the clocks that run."""
    tips = handling.list_tips(db.session())
    limits, days_off = publication().bureau.clocks, publication().holidays
    clocks = {
        tip.number: [each for each in deadlines.clocks(tip.events, limits, days_off) if each.is_running]
        for tip in tips
    }
    for missing in deadlines.missing_years(clock for running in clocks.values() for clock in running):
        current_app.logger.error("due days of tips cannot be told: %s", missing)
    return page("desk/queue/index.html", tips=tips, clocks=clocks)
