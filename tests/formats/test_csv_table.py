"""A CSV file that leaves the house runs nothing, and is read again as it was written."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from openbureau.formats.csv_table import csv_file
from openbureau.library.documents.consultation_results import Answered, read_results, written_results
from openbureau.spreadsheets.workbook import open_workbook

FORMULAS = [
    '=HYPERLINK("https://example.org")',
    "@SUM(A1)",
    "+1",
    "-1",
    "-5",
    "+86 763 336 0000",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u3000＝1+1",
    "\x00=1",
    "\ufeff=1",
    "\u200b=1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "−1",
    "=cmd|' /C calc'!A0",
    "'=1+1",
    "''=1+1",
]


def cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_and_no_heading_runs_as_a_formula(text: str) -> None:
    heading, cell = cells(csv_file([text], [[text]]))
    assert heading == cell == [f"'{text}"]


@pytest.mark.parametrize("text", ["平常", "甲=乙", "1-2", "'引'", "’=", "a@b.example", "（=）", ""])
def test_a_text_that_runs_nothing_stays_as_it_is(text: str) -> None:
    assert cells(csv_file(["甲"], [[text, 1]]))[1] == [text, "1"]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    row = [-5, -1.5, Decimal("-2.50"), None, date(2026, 1, 2)]
    assert cells(csv_file(["甲"], [row]))[1] == ["-5", "-1.5", "-2.50", "", "2026-01-02"]


@pytest.mark.parametrize("text", [text for text in FORMULAS if "\0" not in text])
def test_a_table_of_ours_is_read_as_it_was_written(text: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(csv_file(["甲", "乙", "丙"], [[text, "其余", ""]]))
    (sheet,) = open_workbook(file).sheets
    assert sheet.rows[1][0].value == text


def test_what_becomes_of_opinions_runs_nothing_and_is_read_as_it_was_written(tmp_path: Path) -> None:
    gists = ['=HYPERLINK("https://example.org")', "@SUM(A1)", "+1", "-1", "＝1", "平常"]
    rows = [Answered("-5", gist, 3, "未采纳", f"@{gist}") for gist in gists]
    data = written_results(rows)
    for line in cells(data)[1:]:
        assert not any(cell.startswith(("=", "@", "+", "-", "＝")) for cell in line), line
    file = tmp_path / "results.csv"
    file.write_bytes(data)
    table = read_results(file, "results.csv")
    assert (table.rows, table.problems) == (rows, [])
