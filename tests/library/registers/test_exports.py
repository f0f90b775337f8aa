"""What departments export goes into a shipped register as it is, or is told with its cell."""

import csv
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers.editions import RegisterReading, read_snapshots
from openbureau.library.registers.schema import read_schema
from openbureau.library.weighing.editions import NOTHING_SERVED

REGISTER = "administrative-penalties"
SHIPPED = Path(__file__).parents[3] / "content" / "registers" / REGISTER / "register.toml"

ENTRY = {
    "行政相对人名称": "清远市示例甲足球培训中心",
    "行政相对人代码_1(统一社会信用代码)": "52441802MJ0EJJNK81",
    "法定代表人": "张示例",
    "行政处罚决定书文号": "清教罚〔2024〕1号",
    "处罚类别": "罚款",
    "处罚内容": "罚款三千元",
    "罚款金额（万元）": "0.3",
    "处罚决定日期": "2024/05/06",
}
HEADINGS = list(ENTRY)


def folder_of(tmp_path: Path) -> Path:
    """The folder of the shipped register, without an edition."""
    folder = tmp_path / "registers" / REGISTER
    folder.mkdir(parents=True)
    shutil.copy(SHIPPED, folder)
    return folder


def reading_of(tmp_path: Path) -> RegisterReading:
    """What is read of the edition in that folder."""
    folder = tmp_path / "registers" / REGISTER
    schema, _ = read_schema(folder, tmp_path)
    assert schema is not None
    return read_snapshots(folder, tmp_path, schema, date(2026, 1, 1), NOTHING_SERVED, (), ReadingCache())


def export(tmp_path: Path, *lines: Sequence[str]) -> RegisterReading:
    """What the shipped register reads of an export with these lines."""
    with (folder_of(tmp_path) / "2025-03-31.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return reading_of(tmp_path)


def cell(tmp_path: Path, heading: str, text: str, column: str) -> tuple[str, list[str]]:
    """The value of a column of the one entry in which a cell says `text`, and what is told of the cell."""
    reading = export(tmp_path, HEADINGS, [*(ENTRY | {heading: text}).values()])
    position = chr(ord("A") + HEADINGS.index(heading))
    told = [problem.what for problem in reading.problems if problem.place == f"{position}2"]
    rows = reading.snapshots[-1].rows.values() if reading.snapshots else ()
    return "".join(row.values[column] for row in rows), told


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024.5.1", "2024-05-01"),
        ("2024年5月", "2024-05"),
        ("2024.05.", "2024-05"),
        ("2024年5月上旬", "2024-05"),
        ("202405", "2024-05"),
        ("2024年", "2024"),
        ("20240501", "2024-05-01"),
        ("45413", "2024-05-01"),
        ("2024/5/1 0:00:00", "2024-05-01"),
        ("长期", "长期"),
        ("9999/12/31", "长期"),
        ("/", ""),
        ("无", ""),
    ],
)
def test_a_day_is_read_as_far_as_it_is_known(tmp_path: Path, text: str, value: str) -> None:
    assert cell(tmp_path, "处罚决定日期", text, "decided_on") == (value, [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.30", "0.30"),
        ("1,000.00", "1000.00"),
        ("0.5万元", "0.5"),
        ("0.5万", "0.5"),
        ("-", ""),
        ("无", ""),
        ("0", "0"),
    ],
)
def test_an_amount_is_a_number_in_the_unit_of_its_column(tmp_path: Path, text: str, value: str) -> None:
    assert cell(tmp_path, "罚款金额（万元）", text, "fine") == (value, [])


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("1,000.00元", "0.1", "元"), ("人民币5000元整", "0.5", "元"), ("0.5亿元", "5000", "亿元")],
)
def test_an_amount_in_another_unit_is_turned_into_that_of_the_column_and_told(
    tmp_path: Path, text: str, value: str, unit: str
) -> None:
    told = [f"“罚款金额（万元）”写明以{unit}为单位，已折算成万元"]

    assert cell(tmp_path, "罚款金额（万元）", text, "fine") == (value, told)


@pytest.mark.parametrize("text", ["￥5,000.00", "¥0.30"])
def test_an_amount_of_which_only_a_sign_tells_the_unit_is_not_taken(tmp_path: Path, text: str) -> None:
    told = ["“罚款金额（万元）”只有货币符号，看不出是元还是万元，该项没有采用"]

    assert cell(tmp_path, "罚款金额（万元）", text, "fine") == ("", told)


def test_an_amount_in_words_stops_with_its_cell(tmp_path: Path) -> None:
    assert cell(tmp_path, "罚款金额（万元）", "壹万元", "fine") == ("", ["“罚款金额（万元）”不是数字"])


@pytest.mark.parametrize("text", ["52441802 MJ0EJJNK 81", "52441802mj0ejjnk81", "５２４４１８０２MJ0EJJNK81"])
def test_a_credit_code_has_one_form(tmp_path: Path, text: str) -> None:
    heading = "行政相对人代码_1(统一社会信用代码)"

    assert cell(tmp_path, heading, text, "uscc") == ("52441802MJ0EJJNK81", [])


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("52441802MJOEJJNK81", "52441802MJOEJJNK81", "可能是 52441802MJ0EJJNK81"),
        ("52441802MJ0EJJNK8", "52441802MJ0EJJNK8", "应为18位，现为17位"),
        ("5.24E+17", "", "末尾几位已丢失"),
    ],
)
def test_what_is_no_credit_code_is_told(tmp_path: Path, text: str, value: str, told: str) -> None:
    said, [problem] = cell(tmp_path, "行政相对人代码_1(统一社会信用代码)", text, "uscc")

    assert said == value
    assert told in problem


def test_an_identity_number_in_the_place_of_a_credit_code_stops_and_is_not_repeated(tmp_path: Path) -> None:
    said, [problem] = cell(tmp_path, "行政相对人代码_1(统一社会信用代码)", "441802199001011234", "uscc")

    assert (said, problem) == ("", "单元格内有身份证号码，不得公开")


@pytest.mark.parametrize(
    ("party", "shown"),
    [
        ("张三", "张*"),
        ("张 三", "张*"),
        ("个体工商户张三", "个体工商户张*"),
        ("清城区示例小吃店（经营者：张三）", "清城区示例小吃店（经营者：张*）"),
        ("张三先生", "张*先生"),
    ],
)
def test_a_person_is_masked_wherever_the_name_stands(tmp_path: Path, party: str, shown: str) -> None:
    changed = {"行政相对人名称": party, "处罚内容": "对张三罚款三千元", "处罚类别": "其他-责令张三改正"}
    reading = export(tmp_path, HEADINGS, [*(ENTRY | changed).values()])
    [row] = reading.snapshots[-1].rows.values()

    assert row.values["party"] == shown
    assert (row.values["content"], row.values["kind"]) == ("对张*罚款三千元", "其他-责令张*改正")


@pytest.mark.parametrize(
    ("below", "kind"),
    [
        ("合计：3件", "subtotal"),
        ("总 计（件）", "subtotal"),
        ("合计（3件）", "subtotal"),
        ("全年合计：3件", "subtotal"),
        ("罚款合计", "subtotal"),
        ("市直小计（2件）", "subtotal"),
        ("1.本表由法规科填报", "note"),
        ("以下无正文", "note"),
        ("2025年", "note"),
        ("清远市教育局 2024年12月31日", "signature"),
    ],
)
def test_what_stands_below_a_list_is_no_entry_and_is_told(tmp_path: Path, below: str, kind: str) -> None:
    reading = export(tmp_path, HEADINGS, [*ENTRY.values()], [below])
    [[sheet]] = reading.sheets.values()

    assert (sheet.seen, sheet.read, sheet.others[kind]) == (3, 1, 1)
    assert [problem.place for problem in reading.problems if "此行只有" in problem.what] == ["A3"]
    assert not any(problem.stops for problem in reading.problems)


@pytest.mark.parametrize("name", ["清远市示例乙培训中心", "李示例"])
def test_a_name_alone_is_an_entry_that_lacks_the_rest(tmp_path: Path, name: str) -> None:
    reading = export(tmp_path, HEADINGS, [*ENTRY.values()], [name])

    [(place, what)] = [(problem.place, problem.what) for problem in reading.problems if problem.stops]
    assert (place, what) == ("D3", "“决定书文号”是空的，没有可以用作“本站编号”的")


@pytest.mark.parametrize(
    "line",
    [
        [str(number) for number in range(1, len(HEADINGS) + 1)],
        ["CF_XDR_MC", "CF_XDR_SHXYM", "CF_FRDB", "CF_WSH", "CF_CFLB", "CF_NR", "CF_NR_FK", "CF_JDRQ"],
        [
            "必填项，填写名称",
            "法人必填",
            "选填",
            "必填项",
            "必填项",
            "必填项",
            "选填",
            "必填项，写年月日",
        ],
    ],
    ids=["numbers", "names of fields", "explanations"],
)
def test_a_line_below_the_headings_that_explains_them_is_no_entry(tmp_path: Path, line: list[str]) -> None:
    reading = export(tmp_path, HEADINGS, line, [*ENTRY.values()])
    [[sheet]] = reading.sheets.values()

    assert (sheet.read, sheet.others["header"]) == (1, 2)
    assert not any(problem.stops for problem in reading.problems)


@pytest.mark.parametrize("mark", ["*{}", "{}＊", "{}（必填）", "{} （必填项）"])
def test_a_heading_may_bear_the_mark_that_it_must_be_filled_in(tmp_path: Path, mark: str) -> None:
    reading = export(tmp_path, [mark.format(heading) for heading in HEADINGS], [*ENTRY.values()])

    assert len(reading.snapshots[-1].rows) == 1


def test_ditto_is_told_and_not_published(tmp_path: Path) -> None:
    second = ENTRY | {"行政处罚决定书文号": "清教罚〔2024〕2号", "法定代表人": "同上", "处罚类别": "〃"}
    reading = export(tmp_path, HEADINGS, [*ENTRY.values()], [*second.values()])

    told = [problem.what for problem in reading.problems if problem.stops]
    assert told == ["“法定代表人”写的是“同上”", "“处罚类别”写的是“同上”"]


def test_a_file_without_the_column_of_the_key_is_told_which_one_to_add(tmp_path: Path) -> None:
    reading = export(tmp_path, ["行政相对人名称", "处罚类别"], ["清远市示例甲足球培训中心", "罚款"])

    [problem] = [problem.what for problem in reading.problems if problem.stops]
    assert problem == "表头缺少：本站编号或决定书文号、案件名称或违法行为类型或决定书文号"


def test_a_number_of_a_decision_that_is_there_twice_is_told_once(tmp_path: Path) -> None:
    reading = export(tmp_path, HEADINGS, [*ENTRY.values()], [*ENTRY.values()])

    assert [problem.place for problem in reading.problems if problem.stops] == ["D3"]


def test_a_fault_of_a_whole_column_is_told_in_a_few_lines(tmp_path: Path) -> None:
    lines = [
        [*(ENTRY | {"行政处罚决定书文号": f"清教罚〔2024〕{number}号", "处罚类别": "责罚"}).values()]
        for number in range(30)
    ]
    reading = export(tmp_path, HEADINGS, *lines)

    stops = [problem for problem in reading.problems if problem.stops]
    assert [problem.place for problem in stops] == ["E2", "E3", "E4", "E5"]
    assert stops[-1].what == "“处罚类别”不在可选的范围内（同一列还有 27 处：第 5、6、7 … 行）"


def test_of_two_headings_for_one_column_the_one_named_first_is_read(tmp_path: Path) -> None:
    reading = export(tmp_path, [*HEADINGS, "处罚生效期"], [*ENTRY.values(), "2024-06-01"])
    [row] = reading.snapshots[-1].rows.values()

    assert row.values["decided_on"] == "2024-05-06"
    [told] = [problem.what for problem in reading.problems if problem.place == "I1"]
    assert told == "“处罚生效期”一列与另一列都是“决定日期”，只采用了那一列"


def test_a_heading_that_is_there_twice_stops(tmp_path: Path) -> None:
    reading = export(tmp_path, [*HEADINGS, "处罚决定日期"], [*ENTRY.values(), "2024-06-01"])

    [stop] = [problem.what for problem in reading.problems if problem.stops]
    assert stop == "表头“决定日期”出现了两次"


def test_the_words_of_notices_are_headings_too(tmp_path: Path) -> None:
    headings = ["被处罚人", "处罚决定书编号", "案由", "处罚种类", "行政处罚依据", "处罚日期", "处罚部门"]
    line = [
        "李示例",
        "清教罚〔2024〕1号",
        "擅自举办",
        "罚款",
        "《民办教育促进法》",
        "2024.5.6",
        "清远市教育局",
    ]
    [row] = export(tmp_path, headings, line).snapshots[-1].rows.values()

    assert (row.values["party"], row.values["violation"]) == ("李**", "擅自举办")
    assert (row.values["decided_on"], row.values["organ"]) == ("2024-05-06", "清远市教育局")


def test_a_sheet_that_explains_the_form_is_told_and_not_read(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.worksheets[0].append(HEADINGS)
    workbook.worksheets[0].append([*ENTRY.values()])
    workbook.create_sheet("填报说明").append(["行政相对人名称：必填"])
    workbook.save(folder_of(tmp_path) / "2025-03-31.xlsx")
    reading = reading_of(tmp_path)

    assert len(reading.snapshots[-1].rows) == 1
    told = [problem.what for problem in reading.problems if problem.place == "填报说明"]
    assert told == ["工作表里没有表格，没有采用"]


def test_serial_numbers_of_days_count_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    workbook.worksheets[0].append(HEADINGS)
    workbook.worksheets[0].append([*(ENTRY | {"处罚决定日期": 43951}).values()])
    workbook.save(folder_of(tmp_path) / "2025-03-31.xlsx")
    [row] = reading_of(tmp_path).snapshots[-1].rows.values()

    assert row.values["decided_on"] == "2024-05-01"
