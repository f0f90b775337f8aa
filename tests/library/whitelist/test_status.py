"""The state of an institution is found wherever clerks write it, and 正常 is assumed of nobody."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl.styles import Font, PatternFill

from openbureau.library.whitelist.rows import Reading
from openbureau.library.whitelist.status.remarks import read_remark
from openbureau.library.whitelist.vocabulary import read_status, status_of_heading
from support.workbook_makers import FIRST, HEADER, SECOND, Line, read, saved, sheet_of, xlsx

BARE, ONE, TWO = HEADER[:-1], FIRST[:-1], SECOND[:-1]
"""The header and two institutions without a column for the state."""


def states(reading: Reading) -> list[tuple[str | None, str | None]]:
    """The state of every institution, and how it is known."""
    return [(row.status, row.status_basis) for row in reading.rows]


def read_lines(folder: Path, lines: Sequence[Line], sheet: str = "名单") -> Reading:
    """The reading of a workbook with these rows."""
    return read(xlsx(folder, lines, sheet=sheet))


@pytest.mark.parametrize("head", ["情况", "现状", "办学情况", "经营状况", "目前情况", "状态说明", "类型说明"])
def test_a_head_stands_for_the_state_if_its_values_are_states(tmp_path: Path, head: str) -> None:
    reading = read_lines(tmp_path, [[*BARE, head], [*ONE, "正常"], [*TWO, "停办"]])
    assert states(reading) == [("正常", "状态栏"), ("停业", "状态栏")]


def test_a_vague_head_with_other_values_is_no_state(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [[*BARE, "办学情况"], [*ONE, "在校生120人"], [*TWO, "在校生80人"]])
    assert {row.status_basis for row in reading.rows} == {"名单未列状态"}
    assert [column.header for column in reading.unknown_columns] == ["办学情况"]


def test_lone_heads_for_the_two_days_are_understood(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [[*HEADER[:8], "起", "止"], ONE, TWO])
    assert {(row.valid_from, row.valid_to) for row in reading.rows} == {("2023-09-01", "2026-08-31")}


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (["一、正常运营机构（1家）"], ["二、停止办学机构（1家）"], "停业"),
        (["一、正常"], ["三、已注销"], "已注销"),
        (["一", "正常运营机构"], ["二", "已停办机构"], "停业"),
        (["正常办学机构", None, "1家"], ["限期整改机构", "1家"], "预警"),
        (["（一）在营机构"], ["（二）许可证已过期机构"], "有效期届满"),
        (["一、正常运营机构"], ["清城区已注销校外培训机构名单"], "已注销"),
    ],
)
def test_a_heading_gives_its_state_until_the_next(
    tmp_path: Path, first: Line, second: Line, status: str
) -> None:
    reading = read_lines(tmp_path, [BARE, first, ONE, second, TWO])
    assert states(reading) == [("正常", "小标题"), (status, "小标题")]


def test_headings_of_counties_and_states_go_into_one_another_either_way(tmp_path: Path) -> None:
    lines = [BARE, ["一、清城区"], ["（一）停止办学"], ONE, ["二、清新区"], TWO]
    assert [(row.status, row.county_code) for row in read_lines(tmp_path, lines).rows] == [
        ("停业", "441802"),
        ("正常", "441803"),
    ]
    lines = [BARE, ["已注销机构"], ["清城区"], ONE, ["清新区"], TWO]
    assert [(row.status, row.county_code) for row in read_lines(tmp_path, lines).rows] == [
        ("已注销", "441802"),
        ("已注销", "441803"),
    ]


def test_a_heading_ends_that_of_its_own_level_whatever_it_names(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [BARE, ["一、停止办学机构"], ONE, ["二、新批机构"], TWO])
    assert states(reading) == [("停业", "小标题"), ("正常", "名单未列状态")]


def test_a_heading_that_is_not_clear_makes_nobody_well(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [BARE, ["一、拟注销机构"], ONE, ["二、停业及注销机构"], TWO])
    assert states(reading) == [(None, None), (None, None)]
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("status_unclear", 3)]


def test_a_note_about_states_is_no_title(tmp_path: Path) -> None:
    note = ["注：标注“停业”的机构请谨慎选择。"]
    assert states(read_lines(tmp_path, [note, BARE, ONE])) == [("正常", "名单未列状态")]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("已注销", "已注销"),
        ("2024年10月停业，证照待收回", "停业"),
        ("已于2024.10.8注销", "已注销"),
        ("2024年12月5日由清城区教育局注销", "已注销"),
        ("办学许可证已被吊销", "已吊销"),
        ("自2024年9月起停办", "停业"),
        ("暂停", "停业"),
        ("停业（2024年10月）", "停业"),
        ("该机构已停止办学", "停业"),
    ],
)
def test_a_remark_that_says_nothing_but_a_state_is_one(tmp_path: Path, text: str, status: str) -> None:
    reading = read_lines(tmp_path, [[*BARE, "备注"], [*ONE, text], TWO])
    assert states(reading) == [(status, "备注"), ("正常", "名单未列状态")]
    assert reading.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "搬迁",
        "拟注销",
        "2024年停业，2025年恢复办学",
        "原许可证已注销，换发新证",
        "分校区已停办",
        "暂停招生",
        "正在办理注销手续",
        "失联",
        "营业执照被吊销，许可证未注销",
    ],
)
def test_a_remark_that_leaves_doubt_is_told_and_nobody_called_well_for_it(tmp_path: Path, text: str) -> None:
    reading = read_lines(tmp_path, [[*BARE, "备注"], [*ONE, text], TWO])
    assert states(reading) == [(None, None), ("正常", "名单未列状态")]
    assert [(problem.kind, problem.row, problem.column) for problem in reading.problems] == [
        ("status_unclear", 2, "K")
    ]


@pytest.mark.parametrize("text", ["2023年更名", "年检合格", "未注销", "整改已完成", "新批", "民办非企业"])
def test_a_remark_about_other_things_raises_no_doubt(text: str) -> None:
    assert read_remark(text) == (None, "")


def test_a_remark_against_the_column_for_states_is_told(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [[*HEADER, "备注"], [*FIRST, "已注销"], [*SECOND, "2024年更名"]])
    assert states(reading) == [("正常", "状态栏"), ("正常", "状态栏")]
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("status_unclear", 2)]


def test_a_state_in_brackets_after_the_name_is_no_part_of_it(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [BARE, [1, f"{ONE[1]}（已注销）", *ONE[2:]]])
    assert [(row.name, row.status, row.status_basis) for row in reading.rows] == [(ONE[1], "已注销", "名称")]


@pytest.mark.parametrize(
    ("head", "well", "ill", "status"),
    [
        ("是否停办", "否", "是", "停业"),
        ("是否注销", "×", "√", "已注销"),
        ("是否停业", None, "√", "停业"),
        ("是否停业", False, True, "停业"),
        ("停业", None, "2024年10月", "停业"),
        ("是否正常运营", "是", "否", None),
        ("是否正常办学（是/否）", "√", "×", None),
        ("是否在营", "是", "停业", "停业"),
    ],
)
def test_a_question_about_operating_is_answered_row_by_row(
    tmp_path: Path, head: str, well: str | None, ill: str, status: str | None
) -> None:
    reading = read_lines(tmp_path, [[*BARE, head], [*ONE, well], [*TWO, ill]])
    assert [row.status for row in reading.rows] == ["正常", status]
    assert [problem.row for problem in reading.problems] == ([] if status else [3])


def test_ticks_in_a_column_for_each_state_are_read(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [[*BARE, "正常", "停业", "注销"], [*ONE, "√"], [*TWO, None, None, "√"]])
    assert states(reading) == [("正常", "状态栏"), ("已注销", "状态栏")]


def test_a_day_of_cancelling_says_that_it_was_cancelled(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [[*BARE, "注销日期"], ONE, [*TWO, "2024-10-01"]])
    assert states(reading) == [("正常", "名单未列状态"), ("已注销", "状态栏")]


def test_of_two_columns_for_states_the_worse_one_counts(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [[*BARE, "许可证状态", "经营状态"], [*ONE, "有效", "停业"]])
    assert states(reading) == [("停业", "状态栏")]


def test_a_cell_left_empty_in_the_column_for_states_is_told_and_not_filled(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [HEADER, FIRST, [*TWO, None]])
    assert states(reading) == [("正常", "状态栏"), (None, None)]
    assert [(problem.kind, problem.row, problem.column) for problem in reading.problems] == [
        ("status_unclear", 3, "K")
    ]


def test_a_row_struck_out_is_never_called_well(tmp_path: Path) -> None:
    sheet = sheet_of([HEADER, FIRST, SECOND])
    for cell in sheet[2]:
        cell.font = Font(strike=True)
    reading = read(saved(sheet, tmp_path))
    assert states(reading) == [(None, None), ("正常", "状态栏")]
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("status_unclear", 2)]


def test_a_row_in_red_is_told_unless_most_are(tmp_path: Path) -> None:
    sheet = sheet_of([HEADER, FIRST, SECOND])
    for cell in sheet[2]:
        cell.font = Font(color="FFFF0000")
    assert [problem.row for problem in read(saved(sheet, tmp_path)).problems] == [2]
    for cell in sheet[3]:
        cell.font = Font(color="FFFF0000")
    assert read(saved(sheet, tmp_path)).problems == ()


@pytest.mark.parametrize(
    ("legend", "looks", "status"),
    [
        ("注：标红的为停业机构", {"font": Font(color="FFFF0000")}, "停业"),
        ("黄色表示已注销", {"fill": PatternFill("solid", fgColor="FFFFFF00")}, "已注销"),
        ("说明：划线的机构已停办", {"font": Font(strike=True)}, "停业"),
        ("删除线为已注销", {"font": Font(strike=True)}, "已注销"),
    ],
)
def test_what_the_list_says_of_a_colour_or_line_is_the_state(
    tmp_path: Path, legend: str, looks: dict[str, object], status: str
) -> None:
    sheet = sheet_of([BARE, ONE, TWO, [legend]])
    for cell in sheet[3]:
        for name, value in looks.items():
            setattr(cell, name, value)
    reading = read(saved(sheet, tmp_path))
    assert states(reading) == [("正常", "名单未列状态"), (status, "图例")]


@pytest.mark.parametrize(
    "text",
    [
        "未营业",
        "不再正常",
        "终止办学后",
        "违规办学",
        "年检不合格",
        "拟注销",
        "正常，已停业",
        "非法经营",
        "暂未开办",
    ],
)
def test_no_words_about_trouble_are_read_as_well(text: str) -> None:
    assert read_status(text) != "正常"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("停止办学机构（3家）", "停业"),
        ("灰名单", "灰"),
        ("黑名单", ""),
        ("含停业机构", ""),
        ("正常运营", "正常"),
        ("清城区", None),
        ("非学科类机构", None),
    ],
)
def test_headings_name_one_state_or_none(text: str, status: str | None) -> None:
    assert status_of_heading(text) == status


@pytest.mark.parametrize(
    ("heading", "status"),
    [
        ("以下机构已注销：", "已注销"),
        ("二、以下机构已停业:", "停业"),
        ("下列机构停业：", "停业"),
        ("停止办学机构如下：", "停业"),
        ("（以下停业）", "停业"),
        ("已注销机构：3家", "已注销"),
        ("以下机构2024年已停止办学，特此说明。", "停业"),
        ("以下机构正在办理注销手续：", None),
        ("以下机构拟注销", None),
        ("2.停业机构，共1家。", "停业"),
        ("清城区（已停业）", "停业"),
        ("下列培训机构因无法联系或已不在原址办学，现予公告", None),
        ("以下机构经镇街核查，目前没有学生，均已停业：", None),
    ],
)
@pytest.mark.parametrize("place", [0, 1])
def test_a_line_about_the_rows_below_is_a_heading_and_nobody_below_an_unclear_one_is_well(
    tmp_path: Path, heading: str, status: str | None, place: int
) -> None:
    reading = read_lines(tmp_path, [BARE, ONE, [*[None] * place, heading], TWO])
    assert [row.status for row in reading.rows] == ["正常", status]
    assert (status is None) == any(problem.kind == "status_unclear" for problem in reading.problems)


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        ([BARE, ONE, TWO, ["以上机构均已停业。"]], 4),
        ([BARE, ONE, ["说明：停业机构的学员由甲校接收。"], TWO], 3),
        ([BARE, ONE, ["停业机构合计", "1家"], TWO], 3),
    ],
)
def test_a_note_that_says_of_some_that_they_are_not_well_is_told(
    tmp_path: Path, lines: list[Line], row: int
) -> None:
    reading = read_lines(tmp_path, lines)
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("row_unclear", row)]


def test_a_note_below_the_list_that_speaks_of_others_is_not_told(tmp_path: Path) -> None:
    lines = [BARE, ONE, TWO, ["注：已注销的机构不在本名单内"]]
    assert not read_lines(tmp_path, lines).problems


@pytest.mark.parametrize(
    "remark",
    [
        "许可证已过期",
        "办学许可证于2023年到期未延续",
        "证照失效",
        "有效期已届满",
        "证已过期未换",
        "2023年8月已到期，未续期",
    ],
)
def test_a_remark_that_the_permit_is_out_of_date_is_a_state(remark: str) -> None:
    assert read_remark(remark).status == "有效期届满"


@pytest.mark.parametrize(
    "remark",
    [
        "许可证2027年到期",
        "租赁合同已到期",
        "原许可证已过期，已换证",
        "已搬迁",
        "暂停招生",
        "拟注销",
        "正在办理注销",
        "未续期",
        "许可证作废",
        "放弃办学",
        "没有营业",
        "未正常营业",
        "不办了",
        "暂不招生",
        "不在原址",
        "并入示例中心",
    ],
)
def test_a_remark_that_all_may_not_be_well_raises_doubt(tmp_path: Path, remark: str) -> None:
    reading = read_lines(tmp_path, [[*BARE, "备注"], [*ONE, remark], TWO])
    assert [row.status for row in reading.rows] == [None, "正常"]
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("status_unclear", 2)]


@pytest.mark.parametrize(
    "remark",
    [
        "许可证未到期",
        "到期日期见许可证",
        "2024年新批",
        "法人变更",
        "正在装修",
        "申请增加教学点",
        "有效期至2026年8月",
        "无违规",
    ],
)
def test_an_innocent_remark_raises_none(remark: str) -> None:
    assert read_remark(remark) == (None, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"机构名称": f"{SECOND[1]}（未营业）"},
        {"办学地址": f"{SECOND[4]}（已搬离）"},
        {"办学许可证号": f"{SECOND[3]}（已注销）"},
        {"现场检查意见": "已关门"},
    ],
)
def test_a_state_in_the_column_for_something_else_is_told(tmp_path: Path, changes: dict[str, str]) -> None:
    head = [*BARE, "现场检查意见"]
    line = [changes.get(column, value) for column, value in zip(head, [*TWO, None], strict=True)]
    reading = read_lines(tmp_path, [head, ONE, line])
    assert [row.status for row in reading.rows] == ["正常", None]
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("status_unclear", 3)]


@pytest.mark.parametrize("name", ["（已注销）{}", "{}-已注销", "{}【已注销】"])
def test_a_state_before_or_after_a_name_is_one(tmp_path: Path, name: str) -> None:
    reading = read_lines(tmp_path, [BARE, ONE, [2, name.format(TWO[1]), *TWO[2:]]])
    assert [(row.name, row.status) for row in reading.rows] == [(ONE[1], "正常"), (TWO[1], "已注销")]


def test_a_sign_at_a_name_is_told(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [BARE, ONE, [2, f"{TWO[1]}*", *TWO[2:]], ["*为已停业机构"]])
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("row_unclear", 3)]
