"""Files as programs and offices write them: opened as spreadsheet programs do, or refused by name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from openbureau.library.whitelist.rows import Reading
from openbureau.library.whitelist.workbook_parser import read_whitelist
from support.workbook_makers import COUNTIES

CaseFolder = Callable[[str], Path]

SAME_TWO = [
    ("清远市示例甲足球培训中心", "52441802MJ0EJJNK81", "正常", "2026-08-31"),
    ("清远市示例乙钢琴培训有限公司", "91441802MA05W3P89N", "停业", "2026-08-31"),
]


def readings(folder: Path) -> dict[str, Reading]:
    return {
        path.name: read_whitelist(path, as_of=date(2024, 12, 31), counties=COUNTIES)
        for path in sorted(folder.iterdir())
    }


def read(reading: Reading) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(row.name, row.uscc, row.status, row.valid_to) for row in reading.rows]


def test_csv_files_of_every_form_are_read(case: CaseFolder) -> None:
    forms = readings(case("w30-csv-forms"))
    doubtful = {"bad-byte.csv", "big5.csv", "mixed-encodings.csv"}
    for name in forms.keys() - doubtful - {"ext-characters.csv"}:
        assert read(forms[name]) == SAME_TWO, name
        assert not forms[name].problems, name
    assert forms["ext-characters.csv"].rows[0].name == "清远市示例㙍𬭎䶮足球培训中心"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bad-byte.csv", ("GB 18030", "第 3 行")),
        ("big5.csv", ("Big5",)),
        ("mixed-encodings.csv", ("GB 18030", "UTF-8", "第 3 行")),
    ],
)
def test_a_csv_file_of_doubtful_encoding_is_refused_by_its_name(
    case: CaseFolder, told: Callable[[], None], name: str, words: tuple[str, ...]
) -> None:
    told()
    [problem] = readings(case("w30-csv-forms"))[name].problems
    assert all(word in problem.message for word in words)
    assert problem.mend


@pytest.mark.parametrize("name", ["w01-backslash-zip", "w04-lowercase-refs", "w21-stray-cell-at-the-bottom"])
def test_files_that_spreadsheet_programs_open_are_read(case: CaseFolder, name: str) -> None:
    for reading in readings(case(name)).values():
        assert read(reading) == SAME_TWO


def test_a_list_that_is_a_picture_is_told_as_one_to_be_typed(
    case: CaseFolder, told: Callable[[], None]
) -> None:
    told()
    for reading in readings(case("w18-list-is-a-picture")).values():
        [problem] = reading.problems
        assert problem.level == "stop"
        assert "名单是图片" in problem.message
        assert "录入" in problem.mend


@pytest.mark.parametrize("name", ["w16-html-named-xls", "w17-xml2003-named-xls"])
def test_a_page_named_as_a_workbook_is_told_as_a_page(
    case: CaseFolder, told: Callable[[], None], name: str
) -> None:
    told()
    [reading] = readings(case(name)).values()
    assert "网页" in reading.problems[0].message
    assert ".xlsx" in reading.problems[0].mend


def test_every_row_is_read_whatever_the_sheets_are_called(case: CaseFolder) -> None:
    forms = readings(case("w34-sheet-name-spaces"))
    assert [row.status for row in forms["2024-12-31.xlsx"].rows] == ["正常", "停业", "停业"]
    assert read(forms["2024-12-31-441802.xlsx"]) == SAME_TWO


@pytest.mark.parametrize("name", ["w59-name-is-a-number", "w64-pivot-sheet-beside", "w41-kangxi-radicals"])
def test_two_rows_are_read_and_nothing_stops_them(case: CaseFolder, name: str) -> None:
    for reading in readings(case(name)).values():
        assert len(reading.rows) == 2
        assert not reading.must_stop


def test_hidden_rows_and_formulas_without_values_are_told(case: CaseFolder, told: Callable[[], None]) -> None:
    told()
    [hidden] = readings(case("w63-filtered-rows")).values()
    assert (len(hidden.rows), [problem.kind for problem in hidden.problems]) == (2, ["hidden_row"])
    [formulas] = readings(case("w65-formulas-without-values")).values()
    assert len(formulas.rows) == 2
    assert sum(problem.kind == "formula_error" for problem in formulas.problems) == 2
