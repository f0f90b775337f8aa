"""Every row of a sheet is an institution, something that has a name, or told."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from openbureau.library.whitelist.rows import Reading
from support.workbook_makers import FIRST, HEADER, SECOND, Line, read, saved, sheet_of, xlsx

HEAD = ["序号", "机构名称", "办学地址", "咨询电话"]
A = [1, "清远市示例甲足球培训中心", "清城区示例路1号", "0763-0000354"]
B = [2, "清远市示例乙钢琴培训有限公司", "清城区示例路2号", "0763-0000355"]
C = [3, "清远市示例丙围棋培训中心", "清城区示例路3号", "0763-0000356"]
D = [4, "清远市示例丁美术培训中心", "清城区示例路4号", "0763-0000357"]


def read_lines(folder: Path, lines: Sequence[Line]) -> Reading:
    """The reading of a workbook with these rows, each of which is accounted for."""
    reading = read(xlsx(folder, lines, sheet="名单"))
    for sheet in reading.sheets:
        assert sheet.seen == sum(any(line) for line in lines) == sheet.read + sum(sheet.others.values())
    return reading


def names(reading: Reading) -> list[str]:
    return [row.name[5] for row in reading.rows]


@pytest.mark.parametrize(
    "lines",
    [
        [HEAD + HEAD, A + B, C + D],
        [["清城区名单"], [*HEAD, None, *HEAD], [*A, None, *B], [*C, None, *D]],
        [HEAD[1:] + HEAD[1:], A[1:] + B[1:], C[1:] + D[1:]],
        [HEAD[:3] + HEAD[:3], A[:3] + B[:3], C[:3] + D[:3]],
    ],
)
def test_lists_side_by_side_are_both_read(tmp_path: Path, lines: list[Line]) -> None:
    assert names(read_lines(tmp_path, lines)) == ["甲", "乙", "丙", "丁"]


def test_a_list_that_begins_lower_beside_another_is_read_too(tmp_path: Path) -> None:
    lines: list[Line] = [HEAD, [*A, None, *HEAD], [*C, None, *B], [None] * 5 + D]
    assert sorted(names(read_lines(tmp_path, lines))) == sorted("甲丙乙丁")


def test_each_list_beside_another_has_its_own_states_and_duplicates(tmp_path: Path) -> None:
    head = [*HEADER[:5], "状态"]
    first, second = [*FIRST[:5], "正常"], [*SECOND[:5], "停业"]
    reading = read_lines(tmp_path, [head + head, first + second, second + first])
    assert [row.status for row in reading.rows] == ["正常", "停业", "停业", "正常"]
    duplicates = [problem for problem in reading.problems if problem.kind == "duplicate"]
    assert [(problem.row, problem.other.row if problem.other else None) for problem in duplicates] == [
        (3, 2),
        (3, 2),
    ]


@pytest.mark.parametrize(
    "between",
    [
        ["合计", None, "1家"],
        ["合计：1家"],
        ["说明："],
        ["注：以上机构均已备案。"],
        [None, None, "清远市示例教育局", "2024年12月31日"],
        ["填表人：示例甲", None, "审核人：示例乙"],
        ["2024年12月31日"],
        ["清远市教育局"],
        ["以下空白"],
        ["—", "—", "—", "—"],
        HEAD,
        [None],
    ],
)
def test_a_list_goes_on_after_totals_notes_and_signatures(tmp_path: Path, between: Line) -> None:
    reading = read_lines(tmp_path, [HEAD, A, between, B])
    assert names(reading) == ["甲", "乙"]
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("注音示例识字培训中心", "清城区示例路1号"),
        ("注册会计示例培训学校1部", "清城区示例路1号；清城区示例路2号"),
        ("备考示例培训中心", "清城区示例路1号。"),
        ("清远市合计示例教育有限公司", "清城区示例路1号"),
        ("小计算盘示例培训中心", "清城区示例路1号"),
        ("总计示例培训学校", "清城区示例路1号"),
        ("示例琴童之家", "清城区示例路1号"),
    ],
)
def test_no_name_is_lost_for_the_words_in_it(tmp_path: Path, name: str, address: str) -> None:
    reading = read_lines(tmp_path, [HEAD[1:], [name, address, "无"], B[1:]])
    assert [row.name for row in reading.rows] == [name, B[1]]


def test_a_row_of_one_cell_with_a_name_is_an_institution_and_another_one_is_told(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [HEAD[1:], ["清远市示例甲足球培训中心"], ["示例琴童之家"], B[1:]])
    assert names(reading) == ["甲", "乙"]
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("row_unclear", 3)]


@pytest.mark.parametrize(
    "row",
    [
        ["清远市示例丙围棋培训中心", None, "清城区示例路3号"],
        [3, None, "清远市示例丙围棋培训中心", "清城区示例路3号"],
        [None, None, "清城区示例路9号"],
        ["其中", "学科类机构", "1家"],
        [None, "以上为全部培训机构"],
    ],
)
def test_a_row_that_may_be_an_institution_and_is_not_taken_is_told(tmp_path: Path, row: Line) -> None:
    reading = read_lines(tmp_path, [HEAD, A, row, B])
    assert names(reading) == ["甲", "乙"]
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("row_unclear", 3)]


@pytest.mark.parametrize(
    "row",
    [
        [None, "（曾用名：清远市示例老钢琴培训中心）"],
        [None, "原名：清远市示例老钢琴培训中心"],
        ["（原清远市示例老钢琴培训中心）"],
        [None, "曾用名称：清远市示例老钢琴培训中心"],
    ],
)
def test_a_row_with_an_earlier_name_is_no_institution(tmp_path: Path, row: Line) -> None:
    reading = read_lines(tmp_path, [HEAD, A, B, row, C])
    assert [list(one.former_names) for one in reading.rows] == [[], ["清远市示例老钢琴培训中心"], []]


def test_two_names_in_one_cell_are_told(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [HEAD, [1, f"{A[1]}\n{B[1]}", *A[2:]]])
    assert [(problem.kind, problem.row, problem.column) for problem in reading.problems] == [
        ("row_unclear", 2, "B")
    ]


def test_names_above_the_header_and_columns_without_heading_are_told(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [A, HEAD[:3], B[:3], C])
    assert [(problem.kind, problem.row, problem.column) for problem in reading.problems] == [
        ("row_unclear", 1, None),
        ("row_unclear", 4, "D"),
    ]


def test_names_on_a_sheet_without_a_header_are_told(tmp_path: Path) -> None:
    sheet = sheet_of([HEAD, A], "名单")
    assert sheet.parent is not None
    other = sheet.parent.create_sheet("续表")
    other.append(B)
    reading = read(saved(sheet, tmp_path))
    assert names(reading) == ["甲"]
    assert [(problem.kind, problem.sheet, problem.row) for problem in reading.problems] == [
        ("row_unclear", "续表", 1)
    ]


def test_the_first_row_below_a_header_is_never_taken_for_a_part_of_it(tmp_path: Path) -> None:
    lines: list[Line] = [HEAD[1:], ["清远市示例甲足球培训中心", "清城区示例路1号", "无"], B[1:]]
    assert names(read_lines(tmp_path, lines)) == ["甲", "乙"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("清远市示例甲足球培训中心 0763-0000354", "号码"),
        ("清城区示例路1号2楼", "地址"),
        ("清城区教育局", "机关"),
        ("清远市示例甲足球培训中心\n清远市示例乙钢琴培训中心", "几家"),
    ],
)
def test_what_is_more_or_else_than_a_name_is_told(tmp_path: Path, name: str, word: str) -> None:
    reading = read_lines(tmp_path, [HEAD, [1, name, *A[2:]], B])
    assert [(problem.kind, problem.row, word in problem.message) for problem in reading.problems] == [
        ("row_unclear", 2, True)
    ]


def test_the_rest_of_a_name_in_the_next_row_is_told(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [HEAD, [1, "清远市示例甲足球", *A[2:]], [None, "培训中心"], B])
    assert [(problem.kind, problem.row) for problem in reading.problems] == [("row_unclear", 3)]


def test_the_number_of_a_row_written_into_its_name_is_taken_off(tmp_path: Path) -> None:
    lines = [HEAD[1:], ["1.清远市示例甲足球培训中心", *A[2:]], ["（2）清远市示例乙钢琴培训有限公司", *B[2:]]]
    assert [row.name for row in read_lines(tmp_path, lines).rows] == [A[1], B[1]]


def test_an_institution_without_a_name_is_told(tmp_path: Path) -> None:
    reading = read_lines(tmp_path, [HEADER, [1, None, *FIRST[2:]]])
    assert [(problem.row, problem.level, problem.examples) for problem in reading.problems] == [
        (2, "error", ())
    ]


def test_columns_in_another_order_on_the_next_sheet_or_lower_down_are_known(tmp_path: Path) -> None:
    sheet = sheet_of([HEAD, A, [], ["办学地址", "机构名称", "序号"], ["清城区示例路2号", B[1], 2]], "名单")
    book = sheet.parent
    assert book is not None
    second = book.create_sheet("清新区")
    for line in (["机构名称", "状态", "办学地址"], [C[1], "已注销", C[2]]):
        second.append(line)
    reading = read(saved(sheet, tmp_path))
    assert [(row.name, row.addr_premises, row.status) for row in reading.rows] == [
        (A[1], A[2], "正常"),
        (B[1], B[2], "正常"),
        (C[1], C[2], "已注销"),
    ]


def test_what_a_row_with_one_more_address_says_beside_it_is_told(tmp_path: Path) -> None:
    other = [None, None, None, None, "清城区示例路9号", *FIRST[5:10], "停业"]
    sheet = sheet_of([HEADER, FIRST, other], "名单")
    for area in ("B2:B3", "C2:C3", "D2:D3"):
        sheet.merge_cells(area)
    reading = read(saved(sheet, tmp_path))
    assert [(row.premises, row.status) for row in reading.rows] == [
        (("清城区示例路1号", "清城区示例路9号"), "正常")
    ]
    assert [(problem.kind, problem.row, problem.column) for problem in reading.problems] == [
        ("row_unclear", 3, "K")
    ]
