"""Points of law for the handler: each hangs on an answer and an article, and none is a conclusion."""

from datetime import date, timedelta

import pytest

from openbureau.config import ROOT
from openbureau.library.holidays import Holidays, read_holidays
from openbureau.tips.casework.red_flags import Point, points
from openbureau.tips.form import penalty
from openbureau.tips.form.penalty import Penalty

DAYS_OFF, _ = read_holidays(ROOT / "content")
BODY: dict[str, object] = {"decided_on": "2026-05-20", "amount": "5000", "penalty": {}}


def of(**told: object) -> list[Point]:
    """The points of a tip whose body and penalty tell this."""
    top = {name: told.pop(name) for name in ("decided_on", "amount") if name in told}
    return points({**BODY, **top, "penalty": told}, DAYS_OFF)


@pytest.mark.parametrize(
    ("told", "article"),
    [
        ({"committed_on": "2024-05-19"}, "第三十六条"),
        ({"officers": "one"}, "第四十二条"),
        ({"id_shown": "no"}, "第五十五条"),
        ({"told_before": "no"}, "第四十四条"),
        ({"hearing": "no"}, "第六十三条"),
        ({"decision": "no"}, "第五十九条"),
        ({"received_on": "2026-06-01"}, "第六十一条"),
        ({"basis": "notice"}, "第十六条"),
        ({"basis": "none"}, "第三十八条"),
        ({"repeated": "yes"}, "第二十九条"),
        ({"corrected": "yes"}, "第三十三条"),
        ({"comparator": "隔壁只警告"}, "第三十四条"),
        ({"paid_how": "cash"}, "第六十八条"),
        ({"paid_how": "cash", "amount": None}, "第六十八条"),
        ({"paid_how": "cash", "amount": "100.01", "on_the_spot": "yes"}, "第六十八条"),
        ({"paid_how": "cash", "amount": "100.00", "on_the_spot": "no"}, "第六十八条"),
        ({"paid_how": "cash", "amount": "20", "on_the_spot": "no"}, "第六十八条"),
        ({"paid_how": "cash", "amount": "20"}, "第六十八条"),
        ({"paid_how": "personal"}, "第七十四条"),
        ({"paid_how": "account"}, "第六十七条"),
        ({"ticket": "none"}, "第七十条"),
        ({"ticket": "plain"}, "第七十七条"),
        ({"decided_on": "2021-07-14"}, "适用"),
    ],
)
def test_an_answer_that_touches_an_article_is_a_point_to_check(told: dict[str, object], article: str) -> None:
    [point] = of(**told)
    assert article in point.article
    assert point.check.endswith("。")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"committed_on": "2024-05-20"},
        {"committed_on": "2024-02-29", "decided_on": "2026-02-28"},
        {"officers": "more"},
        {"id_shown": "yes", "told_before": "yes", "hearing": "yes", "decision": "yes", "basis": "law"},
        {"received_on": "2026-05-29"},
        {"received_on": "2026-12-29", "on_the_spot": "yes"},
        {"first_time": "yes"},
        {"corrected": "no", "repeated": "no"},
        {"paid_how": "cash", "amount": "100.00", "on_the_spot": "yes"},
        {"paid_how": "bank", "ticket": "fiscal", "paid": "yes"},
        {"decided_on": "2021-07-15"},
    ],
)
def test_an_answer_as_the_law_wants_it_is_none(told: dict[str, object]) -> None:
    assert of(**told) == []


@pytest.mark.parametrize(
    ("decided_on", "in_time"),
    [("2026-09-29", "2026-10-14"), ("2026-11-02", "2026-11-11"), ("2026-02-10", "2026-02-26")],
)
def test_seven_days_to_serve_a_decision_are_working_days(decided_on: str, in_time: str) -> None:
    """Counted by hand over 国庆, over no holiday, and over 春节 with a Saturday that is worked."""
    assert of(decided_on=decided_on, received_on=in_time) == []
    late = (date.fromisoformat(in_time) + timedelta(days=1)).isoformat()
    [point] = of(decided_on=decided_on, received_on=late)
    assert "超过7个工作日" in point.check


def test_where_a_table_of_days_off_is_missing_no_lateness_is_guessed() -> None:
    body = {**BODY, "decided_on": "2026-12-30", "penalty": {"received_on": "2027-03-30"}}
    assert points(body, DAYS_OFF) == []
    assert points({**BODY, "penalty": {"received_on": "2026-07-30"}}, Holidays()) == []


def test_a_first_and_mended_offence_is_told_as_both() -> None:
    [point] = of(corrected="yes", first_time="yes")
    assert "初次" in point.check


def test_every_point_speaks_of_what_was_reported_and_asks_to_check() -> None:
    worst = {
        choice.name: list(choice.answers)[-1].value
        for choice in penalty.CHOICES
        if choice.name not in ("corrected", "repeated")
    }
    found = of(**worst, corrected="yes", repeated="yes", comparator="别家没罚")
    assert len(found) > 8
    for point in found:
        assert "请" in point.check, point
        assert not [word for word in ("违法无疑", "属实", "应当撤销") if word in point.check]


def test_a_body_without_a_penalty_has_no_points() -> None:
    assert points({"version": 1, "unit": "英德市教育局"}, DAYS_OFF) == []


def test_a_sealed_penalty_holds_days_and_keys_and_nothing_for_what_was_left_out() -> None:
    told = Penalty.from_form({"received_on": "2026年5月21日", "officers": "one", "cause": " 超范围 \n 办学 "})
    document = told.document()
    assert (document["received_on"], document["officers"], document["cause"]) == (
        "2026-05-21",
        "one",
        "超范围 办学",
    )
    assert document["ticket"] is None
    assert set(document) == set(penalty.NAMES)


def test_cash_is_lawful_by_its_amount_only_on_the_spot_and_what_is_unknown_is_asked() -> None:
    [ordinary] = of(paid_how="cash", amount="20", on_the_spot="no")
    [unknown] = of(paid_how="cash", amount="20")
    assert "无论多少都不能当场收缴" in ordinary.check
    assert "请问清是不是当场作出的" in unknown.check
