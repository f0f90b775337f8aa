"""The county that a sheet, a title, a file or a permit number names: in full, in short, by an old code."""

from pathlib import Path

import pytest

from openbureau.library.places import Counties, Places, names_of, stem_of
from support.workbook_makers import COUNTIES, FIRST, HEADER, changed, only_row, read, xlsx


@pytest.mark.parametrize(
    ("county", "stem"),
    [("清城区", "清城"), ("佛冈县", "佛冈"), ("连山壮族瑶族自治县", "连山"), ("英德市", "英德")],
)
def test_a_county_is_known_by_the_stem_of_its_name(county: str, stem: str) -> None:
    assert stem_of(county) == stem
    assert set(names_of(county)) == {county, f"{stem}区", f"{stem}县", f"{stem}市"}


@pytest.mark.parametrize("form", ["连山壮族瑶族自治县", "连山县", "连山"])
def test_tables_and_addresses_understand_the_same_short_forms(form: str) -> None:
    assert Counties(COUNTIES).named(form) == "441825"
    assert Places("清远市", COUNTIES.values()).leading(form) == (("连山",), (), len(form))


@pytest.mark.parametrize(
    ("sheet", "title", "file", "county"),
    [
        ("连山县", "名单", "名单.xlsx", "441825"),
        ("01 连南", "名单", "名单.xlsx", "441826"),
        ("Sheet1", "清新县校外培训机构名单", "名单.xlsx", "441803"),
        ("Sheet1", "連州市名單", "名单.xlsx", "441882"),
        ("Sheet1", "名单", "英德市2024.xlsx", "441881"),
        ("Sheet1", "佛冈县、阳山县名单", "名单.xlsx", "441802"),
        ("市直", "名单", "名单.xlsx", "441800"),
    ],
)
def test_the_county_is_told_by_sheet_title_or_file_and_else_by_the_permit(
    tmp_path: Path, sheet: str, title: str, file: str, county: str
) -> None:
    path = xlsx(tmp_path, [[title], HEADER, FIRST], sheet=sheet, name=file)
    assert only_row(path).county_code == county


def test_a_permit_with_an_old_county_code_is_of_the_county_that_replaced_it(tmp_path: Path) -> None:
    line = changed(FIRST, 办学许可证号="教民4418277000012号", 办学地址="甲路1号")
    row = only_row(xlsx(tmp_path, [HEADER, line], sheet="Sheet1"))
    assert (row.permit_no, row.county_code) == ("4418277000012", "441803")


def test_a_county_that_is_not_of_this_city_is_told(tmp_path: Path) -> None:
    reading = read(xlsx(tmp_path, [[*HEADER, "县区"], [*FIRST, "番禺区"]]))
    assert [(problem.kind, problem.column) for problem in reading.problems] == [("not_understood", "L")]
