"""The end of a case: more time, what was found, the answer, the archive."""

from decimal import Decimal

from flask import Blueprint, Response, request

from openbureau.desk.cases.page import case_page, do
from openbureau.desk.roles import roles
from openbureau.staff import Role
from openbureau.tips.casework import conclusion
from openbureau.tips.casework.conclusion import Finding
from openbureau.tips.model import Action, Conclusion
from openbureau.tips.text_input import read_amount
from openbureau.web import publication

bp = Blueprint("case_end", __name__, url_prefix="/cases/<int:number>")


@bp.post("/time")
@roles(Role.HANDLER)
def ask_for_time(number: int) -> Response:
    """Ask for more time."""
    days, max_days = request.form.get("days", "").strip(), publication().bureau.clocks["extend"].days
    wanted_days = int(days) if days.isdecimal() and len(days) < 4 else 0
    return do(number, conclusion.ask_for_time, wanted_days, max_days, request.form.get("text", ""))


@bp.post("/time/decision")
@roles(Role.HANDLER)
def decide_on_time(number: int) -> Response:
    """Grant it, or not."""
    return do(number, conclusion.decide_on_time, request.form.get("decision") == "granted")


@bp.post("/conclude")
@roles(Role.HANDLER)
def conclude(number: int) -> Response:
    """Say what was found and done."""
    finding, action = (
        Conclusion.of(request.form.get("conclusion", "")),
        Action.of(request.form.get("action", "")),
    )
    if finding is None or action is None:
        return case_page(number, problem="请选择核查结论和处理措施。")
    count = request.form.get("corrected_fines", "").strip()
    if count and not (count.isdecimal() and len(count) < 6):
        return case_page(number, problem="纠正罚款的件数只填整数，没有可以留空。")
    try:
        corrected, refunded = _amount("corrected_yuan"), _amount("refunded_yuan")
    except ValueError:
        return case_page(number, problem="金额以元为单位，只填数字，最多两位小数，没有可以留空。")
    fines = int(count) if count else None
    house = publication().bureau.house
    return do(
        number,
        conclusion.conclude,
        Finding(finding, action, fines, corrected, refunded),
        min_handlers=house.min_handlers,
        alone=house.alone,
        outside=house.outside,
    )


@bp.post("/reply")
@roles(Role.HANDLER)
def reply(number: int) -> Response:
    """Answer the submitter."""
    return do(number, conclusion.reply, request.form.get("text", ""))


@bp.post("/archive")
@roles(Role.HANDLER)
def archive(number: int) -> Response:
    """Put it away."""
    return do(number, conclusion.archive)


def _amount(name: str) -> Decimal | None:
    typed = request.form.get(name, "").strip()
    return read_amount(typed) if typed else None
