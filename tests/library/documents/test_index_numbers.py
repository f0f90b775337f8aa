"""索引号: made of the bureau's code, the year and a serial, and checked before anything is published."""

from pathlib import Path

import pytest

from openbureau.library.bureau import organ_code_fault
from support.makers import problems, set_fields, substitute, texts

PREPAYMENT = "policies/prepayment.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def test_a_missing_number_is_proposed(content: Path) -> None:
    set_fields(content / PREPAYMENT, index_no="")
    assert problems(content) == [
        "policies/prepayment.md:1: index_no is missing; add index_no: 2026-00009, the next free one"
    ]


def test_two_missing_numbers_are_proposed_different_ones(content: Path) -> None:
    for name in (PREPAYMENT, "notices/loans.md"):
        set_fields(content / name, index_no="")
    told = problems(content)
    assert "add index_no: 2026-00009" in told[0]
    assert "add index_no: 2026-00010" in told[1]


def test_a_number_of_a_year_still_to_come_is_refused(content: Path) -> None:
    set_fields(content / PREPAYMENT, index_no="2027-00001")
    (told,) = problems(content)
    assert "of a year after the publication; take 2026-00009" in told


@pytest.mark.parametrize(
    "code",
    ["11441700007280420Y", "114403006955506492", "11500226753092798P", "014109488", "006939748", "MB1A08302"],
)
def test_codes_that_official_numbers_begin_with_are_sound(code: str) -> None:
    assert organ_code_fault(code) == ""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("11441700007280421Y", "校验位不符"),
        ("11441700OO7280420Y", "是不是 11441700007280420Y"),
        ("1144170000728042", "应为18位，现为16位"),
        ("014109489", "GB 11714"),
        ("11441700007280420y", "含有代码中不会出现的字符"),
    ],
)
def test_a_code_that_cannot_be_right_stops_the_publication(content: Path, code: str, why: str) -> None:
    substitute(content / "site.toml", 'organ_code = ""', f'organ_code = "{code}"')
    (told,) = problems(content)
    assert told.startswith("site.toml:13: organ_code")
    assert why in told
