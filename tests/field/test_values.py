"""Values that are not guessed: permit numbers, days, kinds of training and codes of files from the field."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from openbureau.library.whitelist.rows import Reading
from openbureau.library.whitelist.workbook_parser import read_whitelist
from openbureau.spreadsheets.workbook import open_workbook
from support.workbook_makers import COUNTIES

FIRST, SECOND = "52441802MJ0EJJNK81", "91441802MA05W3P89N"


def read_case(folder: Path, name: str = "2024-12-31.xlsx") -> Reading:
    """The reading of a list of a case."""
    return read_whitelist(folder / name, as_of=date(2024, 12, 31), counties=COUNTIES)


def messages(reading: Reading, column: str) -> list[str]:
    """What is told of a column."""
    return [problem.message for problem in reading.problems if problem.column == column]


def test_permit_numbers_are_the_national_form_or_as_written(
    case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    told()
    reading = read_case(case("w27-permit-forms"))

    assert [row.permit_no for row in reading.rows] == [
        "粤清体培核〔2023〕5号",
        "144180270000037",
        "441802-6-0012",
    ]
    [second] = messages(reading, "D")
    assert "不止一个许可证号" in second
    assert "144180270000037、144180270000038" in second


def test_serial_numbers_without_a_day_format_count_as_the_workbook_counts(
    case: Callable[[str], Path],
) -> None:
    reading = read_case(case("w10-date1904-general-serials"))

    assert [(row.valid_from, row.valid_to) for row in reading.rows] == [("2023-09-01", "2026-08-31")]
    assert not reading.problems


def test_workbooks_of_both_formats_tell_that_they_count_from_1904(case: Callable[[str], Path]) -> None:
    for name in ("w08-date1904-xlsx", "w09-date1904-xls"):
        [path] = case(name).iterdir()
        assert [sheet.from_1904 for sheet in open_workbook(path).sheets] == [True]
    [path] = case("w12-rich-text").iterdir()
    assert not open_workbook(path).sheets[0].from_1904


def test_classes_and_categories_are_taken_from_the_courses(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w25-kind-in-courses"))

    assert [(row.subject_class, row.categories) for row in reading.rows] == [
        ("非学科", ("体育",)),
        ("非学科", ("文化艺术",)),
    ]


def test_codes_between_equals_sign_and_quotes_are_right(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w30-csv-forms"), "equals-quote.csv")

    assert [(row.uscc, row.uscc_state, row.permit_no) for row in reading.rows] == [
        (FIRST, "ok", "144180270000034"),
        (SECOND, "ok", "144180270000037"),
    ]
    assert [row.status for row in reading.rows] == ["正常", "停业"]
    assert {row.valid_to for row in reading.rows} == {"2026-08-31"}


def test_a_code_and_a_permit_in_one_cell_are_both_read(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w49-code-and-permit-in-one-cell"))

    assert [(row.uscc, row.uscc_state, row.permit_no) for row in reading.rows] == [
        (FIRST, "ok", "144180270000034"),
        (SECOND, "ok", "144180270000037"),
    ]


def test_a_number_of_years_is_told_and_not_reckoned(
    case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    told()
    reading = read_case(case("w55-issue-day-and-years"))

    assert [row.valid_to for row in reading.rows] == ["2026-08-31", None]
    [message] = messages(reading, "G")
    assert "“3年”" in message


def test_old_codes_are_told_as_no_credit_codes(case: Callable[[str], Path], told: Callable[[], None]) -> None:
    told()
    reading = read_case(case("w60-old-codes"))

    assert [row.uscc_state for row in reading.rows] == ["invalid", "invalid"]
    assert all("应为18位" in message for message in messages(reading, "C"))


def test_look_alike_letters_are_told_by_their_names(
    case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    told()
    reading = read_case(case("w68-look-alike-letters"))

    assert [row.uscc_state for row in reading.rows] == ["invalid", "invalid"]
    greek, cyrillic = messages(reading, "C")
    assert "Μ" in greek
    assert "М" in cyrillic
    assert "А" in cyrillic
