"""A whitelist workbook, as messy as the counties send it, becomes rows, and problems a clerk can mend."""

import json
import re
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from openbureau.library.whitelist.workbook_parser import Reading, read_whitelist
from support.site import WORKBOOKS
from support.workbook_makers import (
    AS_OF,
    COUNTIES,
    FIRST,
    HEADER,
    SECOND,
    changed,
    kinds,
    ods,
    only_row,
    read,
    saved,
    sheet_of,
    xlsx,
)

EXPECTED = sorted(
    path for path in (WORKBOOKS / "expected").glob("*.json") if not path.name.startswith("changes")
)
SPACED = ("name", "addr_premises", "escrow_name", "escrow_bank")
"""Fields in which white space and width do not count."""


def plain(field: str, value: object) -> object:
    """A value as it is compared: nothing and an empty list are the same."""
    if isinstance(value, str) and field in SPACED:
        return re.sub(r"\s", "", unicodedata.normalize("NFKC", value))
    return (list(value) or None) if isinstance(value, (tuple, list)) else value


def problem_keys(problems: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    keys = ("sheet", "row", "column", "header", "kind", "level", "suggestion")
    return {(*(problem.get(key) for key in keys), str(problem.get("other"))) for problem in problems}


def told(reading: Reading) -> list[dict[str, Any]]:
    """The problems of a reading in the form of the expected ones."""
    return [
        vars(problem)
        | {"other": {"sheet": problem.other.sheet, "row": problem.other.row} if problem.other else None}
        for problem in reading.problems
    ]


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_every_workbook_gives_the_rows_problems_and_totals_that_are_known_of_it(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))
    day = date.fromisoformat(expected["as_of"])
    reading = read_whitelist(WORKBOOKS / expected["file"], as_of=day, counties=COUNTIES)

    required = problem_keys([problem for problem in expected["problems"] if not problem.get("optional")])
    optional = problem_keys([problem for problem in expected["problems"] if problem.get("optional")])
    found = problem_keys(told(reading))
    assert required <= found
    assert found <= required | optional

    assert reading.must_stop == expected["must_stop"]
    rows = {(row["source_sheet"], row["source_row"]): row for row in expected.get("rows", [])}
    assert {(row.source_sheet, row.source_row) for row in reading.rows} == rows.keys()
    for row in reading.rows:
        known = rows[row.source_sheet, row.source_row]
        assert {field: plain(field, getattr(row, field)) for field in known} == {
            field: plain(field, value) for field, value in known.items()
        }
    if not reading.must_stop:
        listed = [row for row in reading.rows if row.on_list]
        assert expected["totals"] == {
            "rows": len(reading.rows),
            "on_list": len(listed),
            "by_county": Counter(row.county_code for row in listed),
            "by_status": Counter(row.status for row in reading.rows),
        }
        not_rows = {(line.sheet, line.row, line.what) for line in reading.not_rows}
        assert not_rows == {(line["sheet"], line["row"], line["what"]) for line in expected["not_rows"]}


def test_a_number_rounded_by_the_spreadsheet_is_not_taken_for_the_number(tmp_path: Path) -> None:
    lines = [
        changed(FIRST, 统一社会信用代码=914418020000818670, 办学许可证号="1.44180E+14"),
        changed(SECOND, 办学许可证号=144180270000037),
    ]
    reading = read(xlsx(tmp_path, [HEADER, *lines]))
    assert [(row.uscc, row.uscc_state, row.permit_no) for row in reading.rows] == [
        (None, "invalid", None),
        (SECOND[2], "ok", "144180270000037"),
    ]
    assert kinds(reading) == ["precision_lost", "precision_lost", "number_stored"]


def test_a_column_that_is_all_exact_numbers_is_no_problem(tmp_path: Path) -> None:
    lines = [changed(FIRST, 办学许可证号=144180270000034), changed(SECOND, 办学许可证号=144180270000037)]
    assert kinds(read(xlsx(tmp_path, [HEADER, *lines]))) == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("'52441802mj0ejjnk81\t", "ok"),
        ("５２４４１８０２　ＭＪ０ＥＪＪＮＫ ８１", "ok"),
        ("代码：52441802MJ0EJJNK81", "ok"),
        ("正在办理", "pending"),
        ("是", "pending"),
        ("/", "missing"),
        ("暂无", "missing"),
        ("52441802MJ0EJJNK8l", "invalid"),
    ],
)
def test_a_credit_code_cell_is_read_whatever_is_around_the_code(
    tmp_path: Path, text: str, state: str
) -> None:
    row = only_row(xlsx(tmp_path, [HEADER, changed(FIRST, 统一社会信用代码=text)]))
    assert row.uscc_state == state
    assert (row.uscc == FIRST[2]) == (state == "ok")


def test_a_letter_typed_for_a_digit_is_suggested_and_never_corrected(tmp_path: Path) -> None:
    line = changed(FIRST, 统一社会信用代码="52441802MJOEJJNK81")
    reading = read(xlsx(tmp_path, [HEADER, line]))
    (problem,) = reading.problems
    assert (problem.kind, problem.suggestion) == ("uscc_invalid", FIRST[2])
    assert reading.rows[0].uscc == "52441802MJOEJJNK81"
    wrong_twice = changed(FIRST, 统一社会信用代码="52441802MJOEJJNK82")
    assert read(xlsx(tmp_path, [HEADER, wrong_twice])).problems[0].suggestion is None


def test_a_failed_formula_is_told_and_one_without_a_stored_result_too(tmp_path: Path) -> None:
    lines = [changed(FIRST, 办学地址="=VLOOKUP(A1,B:C,2)"), SECOND]
    reading = read(xlsx(tmp_path, [HEADER, *lines]))
    assert [(problem.kind, problem.row, problem.column) for problem in reading.problems] == [
        ("formula_error", 2, "E")
    ]
    assert reading.rows[0].addr_premises is None


def test_only_the_last_four_digits_of_the_supervised_account_are_kept(tmp_path: Path) -> None:
    reading = read(xlsx(tmp_path, [[*HEADER, "监管账号"], [*FIRST, "6222 0000 1234 5678 901"]]))
    assert reading.rows[0].escrow_last4 == "8901"
    assert "1234" not in repr(reading)


def test_a_code_a_permit_or_a_name_with_its_place_that_comes_again_is_a_duplicate(tmp_path: Path) -> None:
    third = changed(SECOND, 统一社会信用代码="办理中", 机构名称="示例丙", 办学许可证号=f"教民{FIRST[3]}号")
    fourth = changed(
        SECOND, 统一社会信用代码="办理中", 办学许可证号=None, 机构名称="清远市示例乙 钢琴培训有限公司"
    )
    reading = read(xlsx(tmp_path, [HEADER, FIRST, SECOND, FIRST, third, fourth]))
    found = [problem for problem in reading.problems if problem.kind == "duplicate"]
    assert [(p.row, p.column, p.other.row if p.other else None) for p in found] == [
        (4, "C", 2),
        (5, "D", 2),
        (6, "B", 3),
    ]
    assert len(reading.rows) == 5


def test_what_is_hidden_is_told_and_a_hidden_sheet_gives_no_rows(tmp_path: Path) -> None:
    sheet = sheet_of([HEADER, FIRST, SECOND])
    assert sheet.parent is not None
    draft = sheet.parent.create_sheet("底稿")
    draft.append(HEADER)
    draft.append(FIRST)
    draft.sheet_state = "hidden"
    sheet.column_dimensions["E"].hidden = True
    sheet.row_dimensions[3].hidden = True
    reading = read(saved(sheet, tmp_path))
    assert kinds(reading) == ["hidden_column", "hidden_row", "hidden_sheet"]
    assert [row.source_row for row in reading.rows] == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_read_in_any_encoding_and_with_any_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "清新区.csv"
    text = "\r\n".join(delimiter.join(map(str, line)) for line in (HEADER, FIRST))
    path.write_bytes(text.encode(encoding))
    row = only_row(path)
    assert (row.name, row.uscc, row.county_code) == (FIRST[1], FIRST[2], "441803")
    assert (row.source_sheet, row.source_row) == (None, 2)


def test_an_opendocument_sheet_is_read_as_any_other(tmp_path: Path) -> None:
    line = [str(value) for value in FIRST[:8]] + [date(2023, 9, 1), date(2026, 8, 31), "正常"]
    reading = read(ods(tmp_path, [HEADER, line], hidden_column=5))
    assert reading.rows == read(xlsx(tmp_path, [HEADER, FIRST])).rows
    assert kinds(reading) == ["hidden_column"]


def test_a_problem_names_the_file_the_cell_and_the_remedy(tmp_path: Path) -> None:
    line = changed(FIRST, 统一社会信用代码="办理中")
    problem = (
        read_whitelist(xlsx(tmp_path, [HEADER, line]), as_of=AS_OF, counties=COUNTIES)
        .problems[0]
        .as_problem()
    )
    assert (problem.file, problem.place, problem.stops) == ("whitelist/名单.xlsx", "清城区!C2", False)
    assert problem.what
    assert problem.mend
