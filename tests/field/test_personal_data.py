"""Identity and mobile numbers in every part of a file that is handed out, and numbers that are none."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from openbureau.library.whitelist.workbook_parser import read_whitelist
from openbureau.publishing.build import check
from support.makers import texts
from support.workbook_makers import COUNTIES

MOBILE, IDENTITY = "13800000000", "440101199001011237"
PLACES = {
    "comment.xlsx": "批注",
    "custom-properties.xlsx": "自定义文档属性",
    "defined-name.xlsx": "定义的名称",
    "footer.xls": "页脚",
    "footer.xlsx": "页眉页脚",
    "properties.xlsx": "文档属性",
    "validation.xlsx": "数据有效性",
}


@pytest.mark.parametrize("name", PLACES)
def test_a_number_outside_the_cells_stops_the_file_with_its_place(
    name: str, case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    told()
    path = case("w29-personal-data-outside-cells") / name
    reading = read_whitelist(path, as_of=date(2024, 12, 31), counties=COUNTIES)
    assert reading.must_stop
    assert not reading.rows
    [problem] = [problem for problem in reading.problems if problem.level == "stop"]
    assert problem.kind == "pii_mobile"
    assert PLACES[name] in problem.message
    assert MOBILE not in repr(reading)


def test_permit_numbers_with_gaps_are_no_mobile_numbers(case: Callable[[str], Path]) -> None:
    path = case("w67-gaps-in-codes") / "2024-12-31.xlsx"
    reading = read_whitelist(path, as_of=date(2024, 12, 31), counties=COUNTIES)
    assert not reading.must_stop
    assert [(row.uscc, row.status, row.valid_to) for row in reading.rows] == [
        ("52441802MJ0EJJNK81", "正常", "2026-08-31"),
        ("91441802MA05W3P89N", "停业", "2026-08-31"),
    ]


def test_numbers_in_texts_and_attachments_stop_the_publication(
    case: Callable[[str], Path], told: Callable[[], None], tmp_path: Path
) -> None:
    told()
    content = texts(tmp_path)
    for name in ("form.docx", "list.xlsx"):
        shutil.copyfile(
            case("m01-personal-data-in-documents") / name, content / "policies" / "prepayment" / name
        )
    policy = content / "policies" / "prepayment.md"
    policy.write_text(
        policy.read_text(encoding="utf-8") + f"\n联系人电话{MOBILE}，身份证{IDENTITY}。\n", encoding="utf-8"
    )
    problems = [problem for problem in check(content) if problem.stops]
    assert {(problem.file.rpartition("/")[2], problem.place) for problem in problems} >= {
        ("form.docx", "正文第10段"),
        ("list.xlsx", "Sheet!B2"),
        ("list.xlsx", "Sheet!C2"),
        ("prepayment.md", str(len(policy.read_text(encoding="utf-8").splitlines()))),
    }
    words = "\n".join(map(str, check(content)))
    assert MOBILE not in words
    assert IDENTITY not in words
