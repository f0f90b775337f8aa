"""Policies and interpretations: neither without the other where it is due."""

from datetime import date
from pathlib import Path

import pytest

from openbureau.inspection.indicators import IndicatorState
from openbureau.inspection.records import inspect
from openbureau.library.content import read_library
from openbureau.library.holidays import Holidays
from support.makers import main_part, problems, set_fields, texts, visitor, words

PREPAYMENT, EXPLAINED = "policies/prepayment.md", "policies/prepayment-explained.md"
OTHER = "policies/double-reduction.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def section(page: str, heading: str) -> str:
    return " ".join(
        words(each) for each in main_part(page).xpath(f".//section[h2='{heading}']/*[not(self::h2)]")
    )


def test_a_policy_that_needs_an_interpretation_and_has_none_is_told_and_published(
    content: Path, tmp_path: Path
) -> None:
    set_fields(content / OTHER, needs_interpretation="true")
    (told,) = problems(content)
    assert told.endswith(
        "this policy needs an interpretation and has none; write one with interprets: [double-reduction]"
    )
    page = visitor(content, tmp_path).get("/policies/double-reduction/").text
    assert section(page, "这份文件的解读") == "这份文件需要解读，解读还没有发布。"


def test_with_its_interpretation_nothing_is_missing(content: Path, tmp_path: Path) -> None:
    set_fields(content / PREPAYMENT, needs_interpretation="true")
    assert problems(content) == []
    page = visitor(content, tmp_path).get("/policies/prepayment/").text
    assert section(page, "这份文件的解读") == "预收费新规解读：交费前看三个数"


def test_a_withdrawn_interpretation_does_not_count(content: Path) -> None:
    set_fields(content / PREPAYMENT, needs_interpretation="true")
    set_fields(content / EXPLAINED, withdrawn_reason="有误", updated_at="2026-05-20 10:00")
    assert "needs an interpretation and has none" in problems(content)[0]


def test_an_interpretation_without_a_policy_is_refused(content: Path) -> None:
    set_fields(content / EXPLAINED, interprets="")
    assert "interprets is missing" in problems(content)[0]


def test_an_interpretation_of_a_document_elsewhere_says_which(content: Path, tmp_path: Path) -> None:
    set_fields(
        content / EXPLAINED,
        interprets="",
        interprets_elsewhere="《示例省预收费办法》（省教育厅网站）",
        interprets_elsewhere_url="https://example.org/rule",
    )
    assert problems(content) == []
    page = visitor(content, tmp_path).get("/policies/prepayment-explained/").text
    assert section(page, "解读的文件（本站没有刊载）") == "《示例省预收费办法》（省教育厅网站）"
    assert 'href="https://example.org/rule"' in page


def test_an_interpretation_of_what_was_withdrawn_is_told(content: Path) -> None:
    set_fields(content / PREPAYMENT, withdrawn_reason="有误", updated_at="2026-05-20 10:00")
    assert "all that is interpreted here was withdrawn" in problems(content)[0]


@pytest.mark.parametrize(
    ("file", "fields", "told"),
    [
        (PREPAYMENT, {"interprets_elsewhere": "省里的办法"}, "only genre 解读 interprets a policy"),
        (EXPLAINED, {"needs_interpretation": "true"}, "an interpretation needs none"),
        (PREPAYMENT, {"needs_interpretation": "要"}, "needs_interpretation is “要”; write true or false"),
        (EXPLAINED, {"interprets_elsewhere_url": "https://example.org/"}, "without interprets_elsewhere"),
    ],
)
def test_what_makes_no_sense_is_refused(content: Path, file: str, fields: dict[str, str], told: str) -> None:
    set_fields(content / file, **fields)
    assert any(told in problem for problem in problems(content))


def test_the_inspection_is_red_for_what_is_due_and_amber_for_the_rest(content: Path) -> None:
    def state() -> IndicatorState:
        library = read_library(content)
        assert library.bureau
        found = inspect(
            library.records, library.bureau, date(2026, 6, 1), holidays=Holidays({}), unfound=[], waiting=[]
        )
        return next(each.state for each in found if each.name == "文件有解读")

    set_fields(content / OTHER, validity="有效")
    assert state() is IndicatorState.AMBER
    set_fields(content / OTHER, needs_interpretation="true")
    assert state() is IndicatorState.RED
