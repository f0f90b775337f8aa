"""Lists in the forms that spreadsheet programs and offices write: all say the same two institutions."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from openbureau.library.whitelist.rows import Reading
from openbureau.library.whitelist.workbook_parser import read_whitelist
from support.workbook_makers import COUNTIES

SAME_TWO = (
    "w05-no-cell-refs",
    "w06-wps-dimension-a1",
    "w07-strict-ooxml-iso-dates",
    "w08-date1904-xlsx",
    "w09-date1904-xls",
    "w11-phonetic-runs",
    "w12-rich-text",
    "w14-xlsx-named-xls",
    "w15-xls-named-xlsx",
    "w19-wps-dispimg",
    "w23-sheet-protection",
    "w35-headers-with-breaks",
    "w38-upper-case-extension",
    "w40-x000d-escape",
    "w46-ods-header-rows",
    "w47-two-row-header",
    "w50-prefixed-elements",
    "w52-bom-and-newline-before-xml",
    "w53-trailing-bytes",
    "w57-blank-rows",
    "w58-merged-county",
)


def read_case(folder: Path) -> Reading:
    """The reading of the one list of a case."""
    [path] = folder.iterdir()
    return read_whitelist(path, as_of=date(2024, 12, 31), counties=COUNTIES)


@pytest.mark.parametrize("name", SAME_TWO)
def test_the_same_two_institutions_are_read_from_every_form(name: str, case: Callable[[str], Path]) -> None:
    reading = read_case(case(name))

    assert [(row.name, row.uscc, row.status) for row in reading.rows] == [
        ("清远市示例甲足球培训中心", "52441802MJ0EJJNK81", "正常"),
        ("清远市示例乙钢琴培训有限公司", "91441802MA05W3P89N", "停业"),
    ]
    assert {row.valid_to for row in reading.rows} == {"2026-08-31"}
