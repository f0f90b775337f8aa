"""The queue of tips: numbers, days and stages. What they say stays sealed."""

from flask import Blueprint, Response

from openbureau.database import db
from openbureau.tips import handling
from openbureau.web import page

bp = Blueprint("queue", __name__)


@bp.get("/")
def index() -> Response:
    """All tips, the newest first."""
    return page("desk/queue/index.html", tips=handling.list_tips(db.session()))
