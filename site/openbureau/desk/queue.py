"""The queue of tips: numbers, days and stages. What they say stays sealed."""

from flask import Blueprint, Response, current_app, g, request

from openbureau.database import db
from openbureau.desk.cases.page import current_actor
from openbureau.desk.roles import EVERYBODY, roles
from openbureau.library.holidays import missing_tables
from openbureau.staff import Role
from openbureau.tips import deadlines
from openbureau.tips.casework.queue import rows
from openbureau.tips.model import Stage
from openbureau.tips.sealing import NoRecipients
from openbureau.web import page, publication, recipient_set, today
from openbureau.web.addresses import whole_number

bp = Blueprint("queue", __name__)

PER_PAGE = 50


@bp.get("/")
@roles(*EVERYBODY)
def index() -> Response:
    """The tips that somebody may know of, the most urgent first; for whoever has nothing to do with tips, the
    way to what they have to do with."""
    if g.member.role in (Role.HANDLER, Role.CUSTODIAN):
        return _queue()
    return page("desk/queue/none.html", problem="")


def _queue() -> Response:
    bureau, days_off = publication().bureau, publication().holidays
    try:
        all_rows = rows(db.session(), recipient_set(), current_actor(), bureau.clocks, days_off)
    except NoRecipients as error:
        current_app.logger.error("the queue is closed: %s", error)
        return page("desk/queue/none.html", problem="接收人名册无效，无法判断谁能看哪条线索，暂时都不显示。")
    for missing in deadlines.missing_years(clock for row in all_rows for clock in row.clocks):
        current_app.logger.error("due days of tips cannot be told: %s", missing)
    stage, unit = request.args.get("stage", ""), request.args.get("unit", "")
    chosen_rows = [
        row
        for row in all_rows
        if (row.tip.stage == stage if stage else row.tip.stage not in (Stage.ARCHIVED, Stage.DESTROYED))
        and (not unit or row.tip.unit == unit)
        and (not request.args.get("mine") or row.is_mine)
        and (not request.args.get("overdue") or row.is_overdue)
    ]
    number = whole_number(request.args.get("page")) or 1
    return page(
        "desk/queue/index.html",
        rows=chosen_rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        count=len(chosen_rows),
        page_number=number,
        pages=-(-len(chosen_rows) // PER_PAGE),
        stages=list(Stage),
        units=sorted({row.tip.unit for row in all_rows}),
        chosen={name: request.args.get(name, "") for name in ("stage", "unit", "mine", "overdue")},
        any_rows=bool(all_rows),
        missing_tables=missing_tables(days_off, today()),
    )
