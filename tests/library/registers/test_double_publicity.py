"""The official forms of 双公示 go into the shipped registers as they are exported, of every generation."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from openbureau.chinese.personal_names import mask_persons
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers.editions import read_snapshots
from openbureau.library.registers.schema import read_schema
from openbureau.library.registers.values import chosen
from openbureau.library.weighing.editions import NOTHING_SERVED

SHIPPED = Path(__file__).parents[3] / "content" / "registers"

PENALTIES = {
    "2016": """
        行政处罚决定书文号 处罚名称 处罚类别1 处罚事由 处罚依据 行政相对人名称
        行政相对人代码_1(统一社会信用代码) 行政相对人代码_2(组织机构代码)
        行政相对人代码_3(工商登记码) 行政相对人代码_4(税务登记号) 行政相对人代码_5(居民身份证号)
        法定代表人姓名 处罚结果 处罚决定日期 处罚机关 当前状态 地方编码 数据更新时间戳 备注
    """,
    "2018": """
        行政相对人名称 行政相对人类别 行政相对人代码_1(统一社会信用代码)
        行政相对人代码_2(工商注册号) 行政相对人代码_3(组织机构代码) 行政相对人代码_4(税务登记号)
        行政相对人代码_5(事业单位证书号) 行政相对人代码_6(社会组织登记证号) 法定代表人
        法定代表人身份证号 证件类型 证件号码 行政处罚决定书文号 违法行为类型 违法事实 处罚依据
        处罚类别 处罚内容 罚款金额（万元） 没收违法所得、没收非法财物的金额（万元）
        暂扣或吊销证照名称及编号 处罚决定日期 处罚有效期 公示截止期 处罚机关
        处罚机关统一社会信用代码 数据来源单位 数据来源单位统一社会信用代码 备注
    """,
    "now": """
        行政相对人名称 行政相对人类别 行政相对人代码_1(统一社会信用代码)
        行政相对人代码_2(工商注册号) 行政相对人代码_3(组织机构代码) 行政相对人代码_4(税务登记号)
        行政相对人代码_5(事业单位证书号) 行政相对人代码_6(社会组织登记证号) 法定代表人
        法定代表人证件类型 法定代表人证件号码 证件类型 证件号码 行政处罚决定文书号 违法行为类型
        违法事实 处罚依据 处罚类别 处罚内容 罚款金额(万元) 没收违法所得、没收非法财物的金额(万元)
        暂扣或吊销证照名称及编号 处罚决定日期 处罚有效期 公示截止期 处罚机关
        处罚机关统一社会信用代码 数据来源单位 数据来源单位统一社会信用代码 备注
    """,
}
LICENCES = {
    "2016": """
        行政许可决定书文号 项目名称 审批类别 许可内容 行政相对人名称
        行政相对人代码_1(统一社会信用代码) 行政相对人代码_2(组织机构代码) 法定代表人姓名
        许可决定日期 许可截止期 许可机关 当前状态 地方编码 数据更新时间戳 备注
    """,
    "2018": """
        行政相对人名称 行政相对人类别 行政相对人代码_1(统一社会信用代码)
        行政相对人代码_2(工商注册号) 行政相对人代码_3(组织机构代码) 行政相对人代码_4(税务登记号)
        行政相对人代码_5(事业单位证书号) 行政相对人代码_6(社会组织登记证号) 法定代表人
        法定代表人身份证号 证件类型 证件号码 行政许可决定文书名称 行政许可决定文书号 许可类别
        许可证书名称 许可编号 许可内容 许可决定日期 有效期自 有效期至 许可机关
        许可机关统一社会信用代码 当前状态 数据来源单位 数据来源单位统一社会信用代码 备注
    """,
}
EXAMPLE = {
    "行政相对人名称": "清远市示例甲足球培训中心",
    "行政相对人类别": "法人及非法人组织",
    "行政相对人代码_1(统一社会信用代码)": "52441802MJ0EJJNK81",
    "法定代表人": "张示例",
    "法定代表人姓名": "张示例",
    "行政处罚决定书文号": "清教罚〔2024〕1号",
    "行政处罚决定文书号": "清教罚〔2024〕1号",
    "行政许可决定书文号": "清教许〔2024〕1号",
    "行政许可决定文书号": "清教许〔2024〕1号",
    "处罚类别": "没收违法所得、没收非法财物;罚款",
    "处罚类别1": "罚款",
    "罚款金额（万元）": "0.3",
    "罚款金额(万元)": "0.3",
    "处罚有效期": "2099/12/31",
    "有效期至": "2099/12/31",
    "许可截止期": "2099/12/31",
    "处罚决定日期": "2024/05/06",
    "许可决定日期": "2024/05/06",
    "项目名称": "民办学校设立",
    "处罚名称": "擅自举办培训机构案",
    "许可内容": "准予设立",
    "许可类别": "普通",
    "审批类别": "普通",
}


def read_export(name: str, form: str, tmp_path: Path) -> tuple[dict[str, str], list[Problem]]:
    """The one entry of an export with a line of totals, and all problems."""
    headings = form.split()
    folder = tmp_path / "registers" / name
    folder.mkdir(parents=True)
    shutil.copy(SHIPPED / name / "register.toml", folder)
    with (folder / "2025-03-31.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(headings)
        writer.writerow([EXAMPLE.get(heading, "") for heading in headings])
        writer.writerow(["合计", *["1件" for _ in headings[1:]]])
    schema, faults = read_schema(folder, tmp_path)
    assert schema is not None, faults
    reading = read_snapshots(folder, tmp_path, schema, date(2026, 1, 1), NOTHING_SERVED, (), ReadingCache())
    assert reading.snapshots, reading.problems
    [row] = reading.snapshots[-1].rows.values()
    return dict(row.values), reading.problems


@pytest.mark.parametrize("form", PENALTIES.values(), ids=PENALTIES)
def test_penalties_of_every_generation_of_the_form_are_read(form: str, tmp_path: Path) -> None:
    entry, problems = read_export("administrative-penalties", form, tmp_path)

    assert (entry["no"], entry["doc_no"]) == ("清教罚〔2024〕1号", "清教罚〔2024〕1号")
    assert (entry["party"], entry["legal_rep"]) == ("清远市示例甲足球培训中心", "张**")
    assert (entry["decided_on"], entry["uscc"]) == ("2024-05-06", "52441802MJ0EJJNK81")
    assert (entry["cases"], entry["counting"]) == ("1", "逐件公开")
    assert "罚款" in entry["kind"]
    assert entry["effective_until"] in ("长期", "")
    assert not [problem for problem in problems if problem.stops]
    assert not [problem for problem in problems if "不在清单的规定之内" in problem.what]
    assert [problem.what for problem in problems if problem.place == "A3"] == ["此行只有合计，没有采用"]


@pytest.mark.parametrize("form", LICENCES.values(), ids=LICENCES)
def test_licences_of_every_generation_of_the_form_are_read(form: str, tmp_path: Path) -> None:
    entry, problems = read_export("administrative-licences", form, tmp_path)

    assert (entry["no"], entry["subject"], entry["kind"]) == ("清教许〔2024〕1号", "准予设立", "普通")
    assert (entry["valid_to"], entry["decided_on"]) == ("长期", "2024-05-06")
    assert not [problem for problem in problems if problem.stops]
    assert not [problem for problem in problems if "不在清单的规定之内" in problem.what]


def test_columns_of_the_form_that_are_not_published_are_told_in_one_line(tmp_path: Path) -> None:
    _, problems = read_export("administrative-penalties", PENALTIES["2018"], tmp_path)

    [line] = [problem.what for problem in problems if "不公开" in problem.what]
    assert "证件号码" in line
    assert "行政相对人代码_6(社会组织登记证号)" in line


def test_every_row_of_a_sheet_is_an_entry_or_something_that_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "registers" / "administrative-penalties"
    folder.mkdir(parents=True)
    shutil.copy(SHIPPED / folder.name / "register.toml", folder)
    lines = [
        "行政处罚信息公示表",
        "行政相对人名称,行政处罚决定书文号,处罚类别,处罚决定日期",
        "清远市示例甲足球培训中心,清教罚〔2024〕1号,罚款,2024-05-06",
        "",
        "行政相对人名称,行政处罚决定书文号,处罚类别,处罚决定日期",
        "清远市示例乙培训中心,清教罚〔2024〕2号,警告,2024-05-07",
        "小计,2,,",
        "2024年度合计,2件,,",
        "填表人：示例,审核人：示例,填报日期：2025-01-05,",
        "注：数据截至年底,,,",
    ]
    (folder / "2025-03-31.csv").write_text("\n".join(lines), encoding="utf-8")
    schema, _ = read_schema(folder, tmp_path)
    assert schema is not None
    reading = read_snapshots(folder, tmp_path, schema, date(2026, 1, 1), NOTHING_SERVED, (), ReadingCache())

    [[sheet]] = reading.sheets.values()
    assert (sheet.seen, sheet.read) == (9, 2)
    assert sheet.others == {"title": 1, "header": 2, "subtotal": 2, "signature": 1, "note": 1}
    assert sheet.read + sum(sheet.others.values()) == sheet.seen
    assert str(sheet) == "-: 2 of 9 rows are entries, 1 title, 2 header, 2 subtotal, 1 signature, 1 note"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("没收违法所得、没收非法财物", ["没收违法所得、没收非法财物"]),
        ("罚款;没收违法所得、没收非法财物", ["罚款", "没收违法所得、没收非法财物"]),
        ("警告、罚款", ["警告", "罚款"]),
        ("警告并处罚款", ["警告", "罚款"]),
        ("警告\n罚款", ["警告", "罚款"]),
        ("没收违法所得、\n没收非法财物", ["没收违法所得、没收非法财物"]),
        ("罚款，罚款", ["罚款"]),
        ("", []),
        ("没收违法所得", None),
        ("罚款警告", None),
        ("罚款、没收", None),
    ],
)
def test_a_choice_may_have_a_mark_of_parting_within(text: str, named: list[str] | None) -> None:
    pairs = named and [(choice, choice) for choice in named]

    assert chosen(text, ("警告", "罚款", "没收违法所得、没收非法财物")) == pairs


@pytest.mark.parametrize("text", ["罚款；其他-责令改正", "罚款，其他：责令改正", "罚款、其他（责令改正）"])
def test_what_is_none_of_the_choices_stands_behind_other(text: str) -> None:
    assert chosen(text, ("罚款", "其他")) == [("罚款", "罚款"), ("其他", "其他-责令改正")]


@pytest.mark.parametrize("text", ["合计", "小计", "本页合计", "总计"])
def test_a_word_for_a_total_is_nobodys_name(text: str) -> None:
    assert mask_persons(text) == (text, frozenset())
