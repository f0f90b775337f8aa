"""A number is read as the clerk sees it: 92% and 0012 and not what the file holds beneath."""

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from openbureau.spreadsheets.number_formats import number_format
from openbureau.spreadsheets.workbook import open_workbook
from support.workbook_makers import ods, rezipped

WORKBOOKS = Path(__file__).parents[1] / "workbooks"


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("0%", 0.92, "92%"),
        ("0.00%", 0.913461538, "91.35%"),
        ("0000", 12.0, "0012"),
        ("0.00", 91.3461538, 91.35),
        ("0.00", 0.3, 0.3),
        ("#,##0.00", 1234.5, 1234.5),
        ("#,##0", 1234567.0, 1234567.0),
        ('"教民"000000000000000"号"', 144180270000037.0, "教民144180270000037号"),
        ("000000-0-0000", 44180260012.0, "441802-6-0012"),
        ("[$¥-804]#,##0.00", 5000.0, "¥5,000.00"),
        ('_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', 5000.0, 5000.0),
        ('_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', 0.0, 0.0),
        ("0.00_);(0.00)", -5.0, -5.0),
        ("[Red]0.00;[Blue]-0.00", -2.0, -2.0),
        ('0!.0,"万"', 12345.0, "1.2万"),
        ("0.##", 2.0, 2.0),
        ("000000000000000000", 4.41802e17, 4.41802e17),
        ('"14418027"0000000', 34.0, 144180270000034.0),
        ("0.0", 144180270000034.0, 144180270000034.0),
        ('"14418027"00000000000', 34.0, "1441802700000000034"),
        ("000-0000", 12.0, "000-0012"),
        ("000-0000", 1234567.0, "123-4567"),
        ('"0"#', 5.0, "05"),
        ('#,##0,"千"', 1234567.0, "1,235千"),
        ("0000000,", 12345678.0, "0012346"),
        ("\\K0000", 12.0, "K0012"),
        ("0000年", 2024.0, "2024年"),
        ("[$-804]0000", 7.0, "0007"),
        ("000;;@", -5.0, -5.0),
        ('0"人";;"无"', 0.0, "无"),
        ('[=1]"正常";[=2]"停业";0', 2.0, "停业"),
        ('[=1]"正常";[=2]"停业"', 3.0, 3.0),
        ('[>=100]0"多";0000', 7.0, "0007"),
        ('[>=100]0"多";0000', -7.0, -7.0),
        ('[>9]0"甲";0"乙";0"丙"', 7.0, 7.0),
        ('"教民"General"号"', 34.0, "教民34号"),
        ('"教民"G/通用格式"号"', 0.5, 0.5),
    ],
)
def test_a_format_shows_what_a_spreadsheet_program_shows(code: str, value: float, shown: float | str) -> None:
    show = number_format(code)

    assert show is not None
    assert show(value) == shown
    assert type(show(value)) is type(shown)


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "G/通用格式",
        "@",
        "yyyy-mm-dd",
        "0.00E+00",
        "# ?/?",
        "[DBNum1]0",
        ";;;",
        '0"unfinished',
        "",
        "0" * 999,
    ],
)
def test_a_format_that_says_no_more_than_the_number_or_cannot_be_told_is_left_alone(code: str) -> None:
    assert number_format(code) is None


def test_a_workbook_gives_the_numbers_that_are_seen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    formats = ["General", "0%", "0000", "0.00", "0%", "General"]
    sheet.append([0.92, 0.92, 12, 0.30000000000000004, "文字", 7])
    for cell, code in zip(sheet[1], formats, strict=True):
        cell.number_format = code
    sheet.append([None, None, "下一行"])
    sheet.merge_cells("B1:B2")
    path = tmp_path / "a.xlsx"
    book.save(path)
    [read] = open_workbook(path).sheets

    assert [cell.text for cell in read.rows[0]] == ["0.92", "92%", "0012", "0.3", "文字", "7"]
    assert [(cell.text, cell.origin) for cell in read.rows[1]] == [("92%", (1, 2)), ("下一行", None)]


def test_an_opendocument_sheet_gives_the_numbers_that_are_seen(tmp_path: Path) -> None:
    numbers = (
        ("percentage", "0.92", "92%", 1),
        ("float", "12", "0012", 2),
        ("currency", "1234.5", "1,234.50", 1),
        ("float", "144180270000037", "1.44E+14", 1),
    )
    cells = "".join(
        f'<table:table-cell office:value-type="{kind}" office:value="{value}"'
        f' table:number-columns-repeated="{times}"><text:p>{text}</text:p></table:table-cell>'
        for kind, value, text, times in numbers
    )
    path = ods(tmp_path, [[]])
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml").decode()
    shown = content.replace("<table:table-row>", f"<table:table-row>{cells}")
    [sheet] = open_workbook(rezipped(path, tmp_path / "b.ods", {"content.xml": shown})).sheets

    assert [cell.text for cell in sheet.rows[0]] == ["92%", "0012", "0012", "1234.5", "144180270000037"]


def test_an_old_xls_gives_the_numbers_that_are_seen(tmp_path: Path) -> None:
    data = (WORKBOOKS / "连州市.xls").read_bytes()
    plain, *_ = open_workbook(WORKBOOKS / "连州市.xls").sheets
    # Every style shows per cent: XF records with number 9 for number 164, the General of this file.
    path = tmp_path / "a.xls"
    style = re.compile(rb"(\xe0\x00\x14\x00..)\xa4\x00", re.DOTALL)
    path.write_bytes(style.sub(lambda match: match[1] + b"\x09\x00", data))
    shown, *_ = open_workbook(path).sheets

    numbers = [
        (one.text, other.text)
        for row, line in zip(plain.rows, shown.rows, strict=True)
        for one, other in zip(row, line, strict=True)
        if isinstance(one.value, (int, float))
    ]
    assert numbers
    assert all(other == f"{one}00%" for one, other in numbers)
