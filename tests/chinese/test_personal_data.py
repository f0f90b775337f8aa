"""Personal data anywhere in a workbook stops the whole file, and is repeated nowhere."""

import logging
from pathlib import Path

import pytest
from openpyxl.comments import Comment

from openbureau.chinese.credit_codes import inner_digit_fits, is_sound
from openbureau.chinese.personal_data import personal_data
from support.workbook_makers import FIRST, HEADER, changed, kinds, read, rezipped, saved, sheet_of, xlsx

IDENTITY = "441899190001010015"
"""No person's: the region does not exist, and nobody was born that day and is on a list."""
MOBILE = "13800138000"
PLACES = ["cell", "number", "title", "header", "note", "hidden sheet", "comment", "formula", "name"]


@pytest.mark.parametrize(
    "text",
    [
        IDENTITY,
        f"身份证{IDENTITY}，已核验",
        "44189919000101001x",
        "４４１８９９１９０００１０１００１５",
        "441899 19000101 0015",
        "441899-19000101-0015",
        "441899190001010016",
    ],
)
def test_an_identity_number_is_seen_however_it_is_written(text: str) -> None:
    assert personal_data(text) == ("pii_id",)


@pytest.mark.parametrize(
    "text",
    [
        MOBILE,
        "0763-0000123/13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "13800 138000",
        "１３８００１３８０００",
        "+86 13800138000",
        "8613800138000",
        "微信13800138000号",
        "138\u200b00138000",
        "1380-013-8000",
        "13800138000 0763",
        "13121234567 0763",
        "013800138000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "许可证号144180270000037，电话13800138000",
        "教民1441802 7000 0037号 13800138000",
        "1441802 7000 0037 13800138000",
    ],
)
def test_a_mobile_number_is_seen_however_it_is_written(text: str) -> None:
    assert personal_data(text) == ("pii_mobile",)


@pytest.mark.parametrize(
    "text",
    [
        "914418020000818670",
        "52441802MJ0EJJNK81",
        "144180270000034",
        "4418027000024",
        "0763-3312345",
        "07633312345",
        "400-138-0013",
        "4001380013",
        "12345",
        "2023-09-01—2026-08-31",
        "0.13800138000",
        "138001380001",
        "6222021234567890123",
        "14418027000 0037",
        "教民 1441802 7000 0037号",
        "教民14418027000\n0037号",
        "教民1441802-7000-0037号",
        "14418816000　0012",
        "1441802 7000 0037 1441802 7000 0038",
        "教民14418027000号",
        "13800138000元",
        "13800138000.25",
        "1500 23 45678",
    ],
)
def test_credit_codes_permits_landlines_and_days_are_not_personal_data(text: str) -> None:
    assert personal_data(text) == ()


def test_a_credit_code_that_looks_like_an_identity_number_is_told_by_its_check_digits() -> None:
    like = [f"91110119791015{serial:04}" for serial in range(10_000)]
    assert personal_data(like[0]) == ("pii_id",)
    code = next(code for code in like if is_sound(code))
    assert personal_data(code) == ()


def test_the_common_wrong_recipes_for_the_inner_check_digit_are_not_ours() -> None:
    for code in ("014109488", "006939748", "000014349", "MB1A08302"):
        assert inner_digit_fits("0" * 8 + code)
        wrong = "1" if code[-1] == "0" else "0"
        assert not inner_digit_fits("0" * 8 + code[:-1] + wrong)


def everything_told(path: Path, caplog: pytest.LogCaptureFixture) -> str:
    """All that leaves the reading of a file, in one text."""
    with caplog.at_level(logging.DEBUG):
        reading = read(path)
    assert reading.must_stop
    problems = [str(problem.as_problem()) for problem in reading.problems]
    return "".join([repr(reading), *problems, caplog.text])


@pytest.mark.parametrize("secret", [IDENTITY, MOBILE])
@pytest.mark.parametrize("place", PLACES)
def test_personal_data_stops_the_file_wherever_it_stands_and_is_never_repeated(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    place: str,
    secret: str,
) -> None:
    header = [*HEADER, f"电话{secret}" if place == "header" else "备注"]
    remark: object = {
        "cell": f"法人{secret}",
        "number": int(secret),
        "formula": f'=HYPERLINK("tel:{secret}","电话")',
    }.get(place)
    sheet = sheet_of([[f"名单 {secret}" if place == "title" else "名单"], header, [*FIRST, remark]])
    assert sheet.parent is not None
    if place == "note":
        sheet.append([f"注：联系人 {secret}"])
    if place == "comment":
        sheet["B3"].comment = Comment(f"他的号码是 {secret}", "示例")
    if place == "hidden sheet":
        hidden = sheet.parent.create_sheet("底稿")
        hidden["Z99"] = secret
        hidden.sheet_state = "veryHidden"
    if place == "name":
        sheet.title = secret
        sheet["A1"] = f"名单 {secret}"
    told = everything_told(saved(sheet, tmp_path), caplog)
    assert ("pii_id" if secret == IDENTITY else "pii_mobile") in told
    assert secret not in told
    assert secret not in "".join(capfd.readouterr())


def test_the_place_of_personal_data_is_told(tmp_path: Path) -> None:
    problem = read(xlsx(tmp_path, [HEADER, FIRST, changed(FIRST, 办学地址=f"找{MOBILE}")])).problems[0]
    assert (problem.sheet, problem.row, problem.column, problem.header) == ("清城区", 3, "E", "办学地址")
    assert problem.level == "stop"


def test_a_telephone_link_and_a_pivot_cache_are_looked_into(tmp_path: Path) -> None:
    source = xlsx(tmp_path, [HEADER, FIRST])
    cache = f'<pivotCacheRecords><r><s v="{IDENTITY}"/></r></pivotCacheRecords>'
    link = f'<Relationships><Relationship Id="rId9" Target="tel:{MOBILE}"/></Relationships>'
    changes: dict[str, str | bytes] = {
        "xl/pivotCache/pivotCacheRecords1.xml": cache,
        "xl/worksheets/_rels/sheet1.xml.rels": link,
    }
    assert set(kinds(read(rezipped(source, tmp_path / "b.xlsx", changes)))) == {"pii_id", "pii_mobile"}
