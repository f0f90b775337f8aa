"""Self-inspection: what inspectors of government websites would count today, for those who can mend it."""

from flask import Blueprint, Response
from sqlalchemy import select

from openbureau.database import db
from openbureau.desk.roles import EVERYBODY, roles
from openbureau.inspection.indicators import IndicatorState
from openbureau.inspection.pages import inspect_served
from openbureau.library.holidays import missing_tables
from openbureau.tips.casework.stages import SETTLED
from openbureau.tips.model import Tip
from openbureau.web import page, publication, today

bp = Blueprint("self_check", __name__)

ORDER = (IndicatorState.RED, IndicatorState.AMBER, IndicatorState.UNKNOWN, IndicatorState.GREEN)


@bp.get("/self-check")
@roles(*EVERYBODY)
def index() -> Response:
    """Every indicator, what has to be mended first."""
    waiting = db.session().scalars(select(Tip.received_on).where(Tip.stage.not_in(SETTLED))).all()
    indicators = inspect_served(publication(), today(), waiting)
    return page(
        "desk/inspection/index.html",
        indicators=sorted(indicators, key=lambda indicator: ORDER.index(indicator.state)),
        missing_tables=missing_tables(publication().holidays, today()),
        counts={state: sum(indicator.state is state for indicator in indicators) for state in ORDER},
    )
