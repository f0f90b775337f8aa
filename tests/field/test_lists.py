"""Lists as counties publish them on paper, tables in Word and PDF files: read whole, or refused in words."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from openbureau.library.whitelist.rows import Reading, WhitelistRow
from openbureau.library.whitelist.workbook_parser import read_whitelist
from support.workbook_makers import COUNTIES

LISTS = Path(__file__).with_name("lists")
EXPECTED = sorted((LISTS / "expected").glob("*.json"))
SPACED = ("name", "addr_premises", "uscc", "permit_no", "valid_from", "valid_to")
"""Fields in which white space and width do not count."""
OF_REGISTERS = {"document_no", "content", "facts", "penalty", "decided_on"}

known = pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)


def read(path: Path) -> tuple[dict[str, Any], Reading]:
    """What is known of a list, and what was read of it."""
    expected = json.loads(path.read_text(encoding="utf-8"))
    day = date.fromisoformat(expected["as_of"])
    return expected, read_whitelist(LISTS / expected["file"], as_of=day, counties=COUNTIES)


def plain(field: str, value: object) -> object:
    """A value as it is compared: nothing and an empty list are the same, lists have no order."""
    if isinstance(value, str) and field in SPACED:
        return re.sub(r"\s", "", unicodedata.normalize("NFKC", value))
    return sorted(value) or None if isinstance(value, (tuple, list)) else value


def known_fields(row: WhitelistRow, expected: dict[str, Any]) -> dict[str, object]:
    """The fields of a row that the expectation names."""
    return {field: plain(field, getattr(row, field)) for field in expected if field not in OF_REGISTERS}


@known
def test_every_list_on_paper_is_read_row_by_row_or_refused(
    path: Path, listed: Callable[[str], None], told: Callable[[], None]
) -> None:
    expected, reading = read(path)
    listed(expected["file"])

    assert {problem["kind"] for problem in expected["problems"] if not problem.get("optional")} <= {
        problem.kind for problem in reading.problems
    }
    if reading.must_stop:
        assert expected["stop_allowed"]
        assert not reading.rows
        told()
        return
    assert not expected["must_stop"]
    assert [known_fields(row, known) for row, known in zip(reading.rows, expected["rows"], strict=True)] == [
        {field: plain(field, value) for field, value in known.items() if field not in OF_REGISTERS}
        for known in expected["rows"]
    ]


@known
def test_the_totals_of_a_list_on_paper_are_those_that_are_known(path: Path) -> None:
    expected, reading = read(path)
    if reading.must_stop:
        return

    listed = [row for row in reading.rows if row.on_list]
    assert (len(reading.rows), len(listed)) == (expected["totals"]["rows"], expected["totals"]["on_list"])
    assert Counter(row.county_code for row in listed) == expected["totals"]["by_county"]


@known
def test_rows_of_a_word_table_that_are_no_institutions_are_known_for_what_they_are(path: Path) -> None:
    expected, reading = read(path)
    if reading.must_stop or not expected["file"].endswith(".docx"):
        return

    assert {(row.sheet, row.row, row.what) for row in reading.not_rows} == {
        (row["sheet"], row["row"], row["what"]) for row in expected["not_rows"]
    }


@pytest.mark.parametrize("name", ["2024-12-31.docx", "2024-12-31.pdf"])
def test_the_same_two_institutions_are_read_from_word_and_pdf(name: str, case: Callable[[str], Path]) -> None:
    path = case("w36-list-as-word-or-pdf") / name
    reading = read_whitelist(path, as_of=date(2024, 12, 31), counties=COUNTIES)

    assert [(row.name, row.uscc, row.status, row.valid_to) for row in reading.rows] == [
        ("清远市示例甲足球培训中心", "52441802MJ0EJJNK81", "正常", "2026-08-31"),
        ("清远市示例乙钢琴培训有限公司", "91441802MA05W3P89N", "停业", "2026-08-31"),
    ]


def test_a_list_of_an_old_word_processor_says_what_to_do(
    case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    path = case("w36-list-as-word-or-pdf") / "2024-12-31.doc"
    reading = read_whitelist(path, as_of=date(2024, 12, 31), counties=COUNTIES)

    [problem] = reading.problems
    assert (problem.level, problem.kind) == ("stop", "unreadable")
    assert "另存为 .xlsx" in problem.mend
    told()
