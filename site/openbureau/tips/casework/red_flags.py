"""Points of law that the handler of a tip should check. They follow from what the submitter ticked, which
nobody has verified: a point is a question, never a finding, and is not shown to the submitter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from openbureau.law import in_force, number, rule
from openbureau.tips.deadlines import DaysOff, MissingYear, is_working_day
from openbureau.tips.form.penalty import Basis, Officers, PaidHow, Ticket, YesNo

MAX_CASH_YUAN = Decimal(number("处罚法68"))
"""Up to this a fine that is imposed on the spot may be taken on the spot (行政处罚法 68)."""

MAX_SERVICE_WORKING_DAYS = number("处罚法61")
"""In which a decision is to be served on somebody who was not there (行政处罚法 61, 85)."""

IN_FORCE = in_force("处罚法")
"""Since when the law has had the articles named here."""


@dataclass(frozen=True)
class Point:
    """Point to check, and the article of the law it hangs on."""

    article: str
    check: str


def points(body: Mapping[str, object], days_off: DaysOff) -> list[Point]:
    """The points to check for a tip: `body` is the opened document of `Submission.body_document`."""
    facts = _Facts(body, days_off)
    return [point for rule in _RULES if (point := rule(facts)) is not None]


class _Facts:
    """The answers by name; dates and the amount as such."""

    def __init__(self, body: Mapping[str, object], days_off: DaysOff) -> None:
        self.days_off = days_off
        penalty = body.get("penalty")
        self._answers: Mapping[str, object] = penalty if isinstance(penalty, Mapping) else {}
        self.decided_on = _day(body.get("decided_on"))
        self.received_on = _day(self._answers.get("received_on"))
        self.committed_on = _day(self._answers.get("committed_on"))
        amount = body.get("amount")
        self.amount = Decimal(str(amount)) if amount else None

    def __getitem__(self, name: str) -> str:
        return str(self._answers.get(name) or "")


def _too_late(facts: _Facts) -> Point | None:
    if not facts.committed_on or not facts.decided_on:
        return None
    if facts.decided_on <= _years_after(facts.committed_on, number("处罚法36")):
        return None
    return Point(
        "行政处罚法第三十六条",
        "从所说的行为到处罚决定超过二年。请核对：何时被发现，有没有连续或者继续状态，"
        "是否涉及公民生命健康安全、金融安全且有危害后果（五年）。",
    )


def _one_officer(facts: _Facts) -> Point | None:
    if facts["officers"] != Officers.ONE:
        return None
    return Point(
        "行政处罚法第四十二条", "反映只有一名执法人员。请核对执法记录：执法人员不得少于两人，且应有执法资格。"
    )


def _no_id(facts: _Facts) -> Point | None:
    if facts["id_shown"] != YesNo.NO:
        return None
    return Point("行政处罚法第五十五条", "反映没有出示执法证件。请核对执法记录或者音像记录。")


def _not_told(facts: _Facts) -> Point | None:
    if facts["told_before"] != YesNo.NO:
        return None
    return Point(
        "行政处罚法第四十四条、第四十五条、第六十二条",
        "反映处罚前没有告知内容、事实、理由、依据，也没有听取陈述申辩。请核对告知书及送达凭证。",
    )


def _no_hearing(facts: _Facts) -> Point | None:
    if facts["hearing"] != YesNo.NO:
        return None
    return Point(
        "行政处罚法第六十三条",
        "反映没有告知听证权利。请核对是否属于较大数额罚款等应当告知听证的情形，数额标准以本省规定为准。",
    )


def _no_decision(facts: _Facts) -> Point | None:
    if facts["decision"] != YesNo.NO:
        return None
    return Point(
        "行政处罚法第五十二条、第五十九条、第六十一条",
        "反映没有收到处罚决定书。请核对是否制作决定书，以及何时、怎样送达。",
    )


def _served_late(facts: _Facts) -> Point | None:
    if not facts.decided_on or not facts.received_on:
        return None
    if facts["on_the_spot"] == YesNo.YES or not _is_later(
        facts.received_on, facts.decided_on, MAX_SERVICE_WORKING_DAYS, facts.days_off
    ):
        return None
    return Point(
        "行政处罚法第六十一条、第八十五条",
        f"从决定到当事人收到超过{rule('处罚法61')}。当事人不在场的，应当在这个期限内送达；"
        "请核对宣告和送达的日期、方式。",
    )


def _no_basis(facts: _Facts) -> Point | None:
    if facts["basis"] not in {Basis.NONE, Basis.NOTICE}:
        return None
    return Point(
        "行政处罚法第十六条、第三十八条、第五十九条",
        "反映决定书没有写明法律、法规、规章的依据。其他规范性文件不得设定行政处罚；"
        "请核对依据条款，以及实施处罚的单位有没有主体资格。",
    )


def _twice(facts: _Facts) -> Point | None:
    if facts["repeated"] != YesNo.YES:
        return None
    return Point(
        "行政处罚法第二十九条", "反映为同一件事罚了不止一次。请核对是不是同一个违法行为，分别由谁处罚。"
    )


def _lenient(facts: _Facts) -> Point | None:
    if facts["corrected"] != YesNo.YES:
        return None
    what = "初次、已及时改正" if facts["first_time"] == YesNo.YES else "已及时改正"
    return Point(
        "行政处罚法第三十三条",
        f"反映{what}、没有造成危害。请核对是否属于轻微不罚或者首违不罚，减免责清单有没有规定。",
    )


def _unequal(facts: _Facts) -> Point | None:
    if not facts["comparator"]:
        return None
    return Point(
        "行政处罚法第五条、第三十四条",
        "反映同样的情况别人罚得不同。请对照公布的裁量基准和同类案件。",
    )


def _cash(facts: _Facts) -> Point | None:
    if facts["paid_how"] != PaidHow.CASH:
        return None
    articles = "行政处罚法第六十七条、第六十八条、第六十九条"
    if facts["on_the_spot"] == YesNo.NO:
        return Point(
            articles,
            "反映不是当场作出的处罚，却收了现金。按普通程序作出的罚款，无论多少都不能当场收缴，"
            "只有边远、水上、交通不便地区经当事人提出的除外；请核对收缴的地点和方式。",
        )
    if facts.amount is None or facts.amount > MAX_CASH_YUAN:
        return Point(
            articles,
            f"反映收取现金，而且不是（或者没有说明是）{rule('处罚法68')}以下。"
            "请核对是不是当场作出的处罚、不当场收缴事后难以执行的，或者边远、水上、交通不便地区经当事人提出的。",
        )
    if facts["on_the_spot"] == YesNo.YES:
        return None
    return Point(
        articles,
        f"反映收取现金。{rule('处罚法68')}以下也只有当场作出的处罚才可以当场收缴；请问清是不是当场作出的。",
    )


def _wrong_account(facts: _Facts) -> Point | None:
    if facts["paid_how"] not in {PaidHow.PERSONAL, PaidHow.ACCOUNT}:
        return None
    return Point(
        "行政处罚法第六十七条、第七十四条",
        "反映罚款转到了个人或者其他账户。罚款应当缴至指定的银行或者电子支付系统，全部上缴国库；请核对资金去向。",
    )


def _no_ticket(facts: _Facts) -> Point | None:
    if facts["ticket"] not in {Ticket.NONE, Ticket.PLAIN}:
        return None
    return Point(
        "行政处罚法第七十条、第七十七条",
        "反映没有给财政部门统一制发的专用票据。不出具的，当事人有权拒绝缴纳；请核对票据存根。",
    )


def _older_law(facts: _Facts) -> Point | None:
    if facts.decided_on is None or facts.decided_on >= IN_FORCE:
        return None
    return Point("行政处罚法的适用", "处罚决定早于2021年7月15日，以上条文以作出决定时有效的法律为准。")


_RULES: tuple[Callable[[_Facts], Point | None], ...] = (
    _no_basis,
    _one_officer,
    _no_id,
    _not_told,
    _no_hearing,
    _no_decision,
    _served_late,
    _too_late,
    _lenient,
    _twice,
    _unequal,
    _cash,
    _wrong_account,
    _no_ticket,
    _older_law,
)


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def _is_later(day: date, start: date, working_days: int, days_off: DaysOff) -> bool:
    """Whether more than so many working days lie between; never where a table of days off is missing."""
    try:
        while working_days >= 0 and start < day:
            start += timedelta(days=1)
            working_days -= is_working_day(start, days_off)
    except MissingYear:
        return False
    return working_days < 0


def _years_after(day: date, years: int) -> date:
    """The same day some years on; 28 February for a 29th that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
