import re
from datetime import date

import pytest
from click.testing import CliRunner

from openbureau import law
from openbureau.cli import main
from openbureau.config import ROOT
from openbureau.law import RULES, STATUTES, Ground, Unit
from openbureau.library.bureau import read_bureau
from support.makers import REAL


def test_the_document_says_what_the_table_says() -> None:
    printed = CliRunner().invoke(main, ["law"], catch_exceptions=False).output
    written = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    assert written == printed, "make it anew: openbureau law > docs/law.md"


def test_a_rule_is_named_once_and_belongs_to_an_act() -> None:
    assert len(RULES) == len(law._RULES)
    assert {rule.act for rule in RULES.values()} == set(STATUTES)
    for rule in RULES.values():
        assert rule.key.startswith(rule.act)
        assert (rule.number is None) == (rule.unit is Unit.NONE)


def test_what_was_read_has_its_article_and_the_version_it_was_read_in() -> None:
    for rule in RULES.values():
        if rule.ground is Ground.READ:
            assert rule.article
            assert len(rule.statute.version) == len("2021-01-22")


def test_days_are_written_as_days_and_none_is_in_force_before_it_was_adopted() -> None:
    for act in STATUTES.values():
        for day in (act.version, act.in_force):
            assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", day)
        assert not act.in_force or act.in_force >= act.version
    assert law.in_force("处罚法") == date(2021, 7, 15)


def test_periods_of_seven_days_and_less_are_working_days_in_the_penalty_law() -> None:
    """处罚法 85: 二日、三日、五日、七日 are working days."""
    for rule in RULES.values():
        if rule.act == "处罚法" and rule.unit in (Unit.CALENDAR_DAYS, Unit.WORKING_DAYS):
            assert (rule.unit is Unit.WORKING_DAYS) == (rule.number in (2, 3, 5, 7)), rule.key


def test_a_rule_is_printed_with_its_unit() -> None:
    assert [str(law.rule(key)) for key in ("复议法20①", "行诉法46①", "处罚法61", "处罚法72")] == [
        "60日",
        "6个月",
        "7个工作日",
        "3%",
    ]


def test_the_clocks_of_the_first_site_are_those_of_the_law_or_no_longer() -> None:
    bureau, _ = read_bureau(REAL)
    assert bureau is not None
    limits = {"notify": "信访条例23", "conclude": "信访条例34", "extend": "信访条例34延长"}
    for step, key in limits.items():
        clock, of_law = bureau.clocks[step], law.rule(key)
        assert of_law.unit is Unit.CALENDAR_DAYS
        assert (clock.kind, clock.days) == ("calendar", of_law.number), step


def test_a_rule_that_nobody_wrote_cannot_be_printed() -> None:
    with pytest.raises(KeyError, match="复议法99"):
        law.rule("复议法99")
    with pytest.raises(KeyError, match="no number"):
        law.number("复议法23①")
