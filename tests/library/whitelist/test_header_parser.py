"""The header of a whitelist sheet is found by meaning, and the rows below it are told apart."""

from pathlib import Path

import pytest

from openbureau.library.whitelist.addresses import read_addresses
from support.workbook_makers import (
    FIRST,
    HEADER,
    SECOND,
    changed,
    kinds,
    only_row,
    read,
    saved,
    sheet_of,
    xlsx,
)


def test_the_order_of_the_columns_does_not_matter(tmp_path: Path) -> None:
    order = [10, 4, 0, 7, 3, 9, 1, 5, 8, 2, 6]
    mixed = xlsx(
        tmp_path, [[line[place] for place in order] for line in (HEADER, FIRST, SECOND)], name="b.xlsx"
    )
    assert read(mixed).rows == read(xlsx(tmp_path, [HEADER, FIRST, SECOND])).rows


def test_a_header_in_traditional_characters_is_understood(tmp_path: Path) -> None:
    header = [
        "序號",
        "機構名稱",
        "統一社會信用代碼",
        "辦學許可證號",
        "辦學地址",
        "類別",
        "培訓類別",
        "培訓對象",
        "有效期起",
    ]
    header += ["有效期止", "狀態"]
    row = only_row(xlsx(tmp_path, [header, FIRST]))
    assert (row.uscc, row.permit_no, row.valid_to, row.categories) == (
        FIRST[2],
        FIRST[3],
        "2026-08-31",
        ("体育",),
    )


def test_other_words_for_the_same_columns_are_understood(tmp_path: Path) -> None:
    header = [
        "编号",
        "单位全称",
        "信用代码",
        "许可证编号",
        "教学场所",
        "办学类型",
        "科类",
        "招生对象",
        "起始日期",
        "到期时间",
    ]
    row = only_row(xlsx(tmp_path, [[*header, "运营情况"], FIRST]))
    assert (row.uscc, row.permit_no, row.addr_premises) == (FIRST[2], FIRST[3], FIRST[4])
    assert (row.subject_class, row.audiences, row.valid_from) == ("非学科", ("学龄前",), "2023-09-01")


def test_a_header_of_two_rows_needs_no_merged_cells(tmp_path: Path) -> None:
    upper = "序号,机构名称,办学许可证,,,地址,,预收费监管,,状态"
    lower = ",,编号,起,止,注册,实际,开户银行,户名,"
    line = "1,示例中心,144180270000034,2023.9.1,2026.8.31,甲地,乙地,示例银行,示例户名,正常"
    path = tmp_path / "清城区.csv"
    path.write_text("\n".join((upper, lower, line)), encoding="utf-8")
    row = only_row(path)
    assert (row.permit_no, row.valid_from, row.valid_to) == ("144180270000034", "2023-09-01", "2026-08-31")
    assert (row.addr_registered, row.addr_premises) == ("甲地", "乙地")
    assert (row.escrow_bank, row.escrow_name) == ("示例银行", "示例户名")


def test_a_header_of_two_rows_with_merged_cells_is_one_header(tmp_path: Path) -> None:
    upper = ["机构名称", "许可证", None, None, "机构", None]
    lower = [None, "编号", "有效期（起）", "有效期（至）", "信用代码", "地址"]
    sheet = sheet_of(
        [["名单"], upper, lower, ["示例中心", FIRST[3], "2023年9月", "2026年8月", FIRST[2], "甲地1号"]]
    )
    for cells in ("A1:F1", "A2:A3", "B2:D2", "E2:F2"):
        sheet.merge_cells(cells)
    row = only_row(saved(sheet, tmp_path))
    assert (row.permit_no, row.uscc, row.addr_premises) == (FIRST[3], FIRST[2], "甲地1号")
    assert (row.valid_from, row.valid_to) == ("2023-09-01", "2026-08-31")


def test_a_row_that_numbers_the_columns_belongs_to_the_header(tmp_path: Path) -> None:
    reading = read(xlsx(tmp_path, [HEADER, [f"({number})" for number in range(1, 12)], FIRST]))
    assert [(line.row, line.what) for line in reading.not_rows] == [(1, "header"), (2, "header")]
    assert len(reading.rows) == 1


def test_a_second_header_below_may_have_another_order(tmp_path: Path) -> None:
    rows = read(xlsx(tmp_path, [HEADER, FIRST, HEADER[::-1], SECOND[::-1]])).rows
    assert [row.uscc for row in rows] == [FIRST[2], SECOND[2]]


def test_a_column_that_is_not_understood_is_told_and_kept_out(tmp_path: Path) -> None:
    reading = read(
        xlsx(tmp_path, [[*HEADER, "幸运色", "身份证号", "备注"], [*FIRST, "青色", "已核", "朱红"]])
    )
    assert [(column.column, column.header) for column in reading.unknown_columns] == [
        ("L", "幸运色"),
        ("M", "身份证号"),
        ("N", "备注"),
    ]
    assert "青色" not in repr(reading.rows)
    assert "朱红" not in repr(reading.rows)


def test_records_without_a_header_are_refused_and_a_sheet_of_notes_is_not(tmp_path: Path) -> None:
    sheet = sheet_of([HEADER, FIRST])
    assert sheet.parent is not None
    notes = sheet.parent.create_sheet("填表说明")
    notes.append(["一、本表由各县（市、区）教育局填写。"])
    assert not read(saved(sheet, tmp_path)).must_stop
    notes.append(SECOND)
    reading = read(saved(sheet, tmp_path))
    assert (kinds(reading), reading.problems[0].sheet, reading.rows) == (["no_header"], "填表说明", ())


def test_a_file_without_a_single_institution_is_refused(tmp_path: Path) -> None:
    empty: list[list[list[object]]] = [[], [["清城区名单"]], [list(HEADER)]]
    for lines in empty:
        assert read(xlsx(tmp_path, lines)).must_stop


def test_titles_totals_notes_and_headings_are_no_institutions(tmp_path: Path) -> None:
    lines: list[list[object]] = [
        ["清远市校外培训机构名单"],
        ["填报单位：教育局", None, None, None, "填报日期：2024.12.31"],
        list(HEADER),
        ["一、佛冈县"],
        changed(FIRST, 办学许可证号="教民第1号"),
        ["小计", None, 1],
        ["（二）连山县（共1家）"],
        changed(SECOND, 办学许可证号=None),
        [None, "合 计", "2家"],
        ["注：本表由各县教育局填报。"],
        ["填表人：示例甲", None, None, "审核人：示例乙"],
    ]
    reading = read(xlsx(tmp_path, lines, sheet="Sheet1"))
    assert [(row.county_code, row.source_row) for row in reading.rows] == [("441821", 5), ("441825", 8)]
    whats = ["title", "title", "header", "title", "subtotal", "title", "subtotal", "note", "note"]
    assert [line.what for line in reading.not_rows] == whats


def test_the_same_as_above_means_the_institution_above_not_the_total_between(tmp_path: Path) -> None:
    ditto = changed(SECOND, 培训对象="同上", 有效期止="〃", 培训类别='"')
    row = read(xlsx(tmp_path, [HEADER, FIRST, ["小计", 1], ditto])).rows[1]
    assert (row.audiences, row.valid_to, row.categories) == (("学龄前",), "2026-08-31", ("体育",))


def test_merged_cells_speak_for_every_row_they_cover(tmp_path: Path) -> None:
    sheet = sheet_of([[*HEADER, "县区"], [*FIRST, "英德市"], [*SECOND, None]], "全市")
    sheet.merge_cells("L2:L3")
    assert [row.county_code for row in read(saved(sheet, tmp_path)).rows] == ["441881", "441881"]


def test_rows_merged_under_one_name_are_one_institution_with_several_places(tmp_path: Path) -> None:
    more = [None, None, None, None, "清城区示例路9号"]
    sheet = sheet_of([HEADER, FIRST, more, SECOND])
    for letter in "ABCD":
        sheet.merge_cells(f"{letter}2:{letter}3")
    first, second = read(saved(sheet, tmp_path)).rows
    assert first.premises == ("清城区示例路1号", "清城区示例路9号")
    assert (second.addr_premises, second.premises) == ("清城区示例路2号", ())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("清城区甲路1号；清城区乙路2号", 2),
        ("清远市清城区甲路1号\n清远市清城区乙路2号三楼", 2),
        ("①清城区甲路1号②清城区乙路2号", 1),
        ("① 清城区甲路1号 ② 乙路2号", 2),
        ("1.清城区甲路1号 2.清城区乙路2号 3.丙村", 3),
        ("主校区：清城区甲路1号；教学点：乙路2号", 2),
        ("清城区甲路1号、清新区乙路2号", 2),
        ("清城区甲路1号1栋、2栋", 1),
        ("连州市连州镇木棉示例路1\n55号首层", 1),
        ("清远市\n连州市九陂镇甲路3号", 1),
        ("清城区甲路1.5公里处8号", 1),
        ("无", 0),
    ],
)
def test_several_places_in_one_cell_are_parted_and_one_address_is_not(text: str, count: int) -> None:
    assert len(read_addresses(text)) == count


@pytest.mark.parametrize(
    "columns",
    [
        ["机构名称", "办学地址"],
        ["序号", "机构名称"],
        ["机构名称", "统一社会信用代码"],
        ["机构名称", "办学许可证号", "占地面积"],
    ],
)
def test_the_name_and_one_thing_more_make_a_list(tmp_path: Path, columns: list[str]) -> None:
    lines = [dict(zip(HEADER, line, strict=True)) for line in (FIRST, SECOND)]
    rows = [[line.get(column) for column in columns] for line in lines]
    reading = read(xlsx(tmp_path, [["白名单"], columns, *rows, ["合计", "2家"]]))
    assert [row.name for row in reading.rows] == [FIRST[1], SECOND[1]]
    assert not reading.must_stop


@pytest.mark.parametrize("columns", [["序号", "单位", "数量"], ["机构名称", "学员人数"], ["机构名称"]])
def test_a_table_of_figures_is_no_list(tmp_path: Path, columns: list[str]) -> None:
    reading = read(xlsx(tmp_path, [columns, ["示例甲足球培训中心", 12]]))
    assert [problem.kind for problem in reading.problems if problem.level == "stop"] == ["no_header"]
