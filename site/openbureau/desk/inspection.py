"""Self-inspection: what inspectors of government websites would count today, for those who can mend it."""

from datetime import date

from flask import Blueprint, Response, g

from openbureau.database import db
from openbureau.desk.cases.page import current_actor
from openbureau.desk.roles import EVERYBODY, roles
from openbureau.inspection.indicators import IndicatorState
from openbureau.inspection.pages import inspect_served
from openbureau.library.holidays import missing_tables
from openbureau.staff import Role
from openbureau.tips.casework.queue import known_tips
from openbureau.tips.casework.stages import SETTLED
from openbureau.tips.sealing import NoRecipients
from openbureau.web import page, publication, recipient_set, today

bp = Blueprint("self_check", __name__)

ORDER = (IndicatorState.RED, IndicatorState.AMBER, IndicatorState.UNKNOWN, IndicatorState.GREEN)


@bp.get("/self-check")
@roles(*EVERYBODY)
def index() -> Response:
    """Every indicator, what has to be mended first."""
    indicators = inspect_served(publication(), today(), _waiting())
    return page(
        "desk/inspection/index.html",
        indicators=sorted(indicators, key=lambda indicator: ORDER.index(indicator.state)),
        missing_tables=missing_tables(publication().holidays, today()),
        counts={state: sum(indicator.state is state for indicator in indicators) for state in ORDER},
    )


def _waiting() -> list[date] | None:
    """The days on which the unanswered tips came, of those that whoever asks finds in their queue; None for
    whoever has none. A number for all would tell the accused when something came in (信访工作条例 30)."""
    if g.member.role not in (Role.HANDLER, Role.CUSTODIAN):
        return None
    try:
        tips = known_tips(db.session(), recipient_set(), current_actor())
    except NoRecipients:
        return None
    return [tip.received_on for tip in tips if tip.stage not in SETTLED]
