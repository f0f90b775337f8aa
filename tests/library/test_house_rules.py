"""Rules of the house that site.toml may set: their defaults, and what a slip of the pen is told."""

from pathlib import Path

import pytest

from openbureau.library.bureau import read_bureau
from openbureau.library.house_rules import HouseRules, Retention


def with_lines(content: Path, tip_off: str = "", retention: str = "") -> Path:
    toml = content / "site.toml"
    text = toml.read_text(encoding="utf-8").replace("[tip_off]\n", f"[tip_off]\n{tip_off}\n")
    toml.write_text(text + (f"\n[retention]\n{retention}\n" if retention else ""), encoding="utf-8")
    return content


def test_without_a_word_of_them_the_rules_have_their_defaults(content: Path) -> None:
    bureau, problems = read_bureau(content)
    assert bureau is not None
    assert (bureau.house, problems) == (HouseRules(), [])
    assert (bureau.house.min_handlers, bureau.house.alone) == (2, True)


def test_a_bureau_sets_its_own(content: Path) -> None:
    lines = 'min_handlers = 3\nalone = false\noutside = ["市纪委监委"]'
    bureau, problems = read_bureau(with_lines(content, lines, "closed_years = 5"))
    assert bureau is not None
    assert problems == []
    assert bureau.house == HouseRules(3, False, ("市纪委监委",), Retention(closed_years=5))


@pytest.mark.parametrize(
    ("tip_off", "retention", "what"),
    [
        ("min_handlers = 0", "", "min_handlers is no number of people"),
        ('alone = "no"', "", "alone is neither true nor false"),
        ('outside = "市纪委"', "", "outside is no list of names"),
        ("", "spam_days = 0", "spam_days is no number of days or years"),
        ("", "closed_years = 2.5", "closed_years is no number of days or years"),
        ("", "months = 3", "months is not known here"),
    ],
)
def test_a_slip_is_told_with_its_name_and_how_to_mend_it(
    content: Path, tip_off: str, retention: str, what: str
) -> None:
    _, problems = read_bureau(with_lines(content, tip_off, retention))
    assert [problem.what for problem in problems] == [what]
    assert problems[0].mend
