"""Documents from the field: what clerks write is on the page, or told with its line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from openbureau.library.content import read_library
from openbureau.library.problems import Problem
from openbureau.publishing.build import check
from support.makers import REAL, main_part, set_fields, substitute, texts, visitor, words


@pytest.fixture
def trap(case: Callable[[str], Path], tmp_path: Path) -> Path:
    """A content folder with the text full of traps, `announcements/field-traps.md`."""
    content = texts(tmp_path)
    (content / "announcements").mkdir(exist_ok=True)
    shutil.copy(case("c01-markdown-traps") / "field-traps.md", content / "announcements")
    path = content / "announcements" / "field-traps.md"
    set_fields(path, topics="[校外培训]", checked_on="2026-11-23")
    return path


def stops_of(trap: Path) -> list[Problem]:
    return [
        problem
        for problem in check(trap.parents[1])
        if problem.stops and problem.file == "announcements/field-traps.md"
    ]


def test_what_of_a_text_full_of_traps_cannot_be_on_the_page_is_told_with_its_line(
    trap: Path, told: Callable[[], None]
) -> None:
    told()
    places = {problem.place for problem in stops_of(trap)}
    assert places == {"2", "38"}
    substitute(trap, "title: 示例通知 #2号楼培训室", 'title: "示例通知 #2号楼培训室"')
    lines = {problem.place: problem.what for problem in stops_of(trap) if "number (" not in problem.what}
    assert lines == {
        "28": "the picture https://example.invalid/p.png lies elsewhere and is not shown",
        "30": "<img>: this picture is not shown",
        "47": "this row has 3 cells, the heading 2",
    }


def test_everything_else_of_it_is_on_the_page_as_it_is_written(trap: Path, tmp_path: Path) -> None:
    substitute(trap, "title: 示例通知 #2号楼培训室", 'title: "示例通知 #2号楼培训室"')
    substitute(trap, "![公示照片](https://example.invalid/p.png)\n\n", "")
    substitute(trap, '<img src="/x.png" alt="盖章件">\n\n', "")
    substitute(trap, "| 示例甲 | 含 | 竖线 |", r"| 示例甲 | 含 \| 竖线 |")
    substitute(trap, "电话13800000000，身份证440101199001011237。\n\n", "")
    set_fields(trap, answers="[培训室在哪里, 什么时候办, 找谁问]")
    assert not [problem for problem in check(trap.parents[1]) if problem.file.startswith("announcements")]
    client = visitor(trap.parents[1], tmp_path / "instance")
    main = main_part(client.get("/announcements/field-traps/").get_data(as_text=True))
    assert words(main.find(".//h1")) == "示例通知 #2号楼培训室"
    (prose,) = main.find_class("prose")
    assert words(prose.find(".//h2")) == "收费标准 {示例甲}"
    items = prose.findall(".//ol/li")
    assert [(item.get("value"), words(item)) for item in items[:3]] == [
        (None, "第一项"),
        ("3", "第三项（第二项已废止）"),
        (None, "第四项"),
    ]
    spans = [(cell.get("rowspan"), cell.get("colspan")) for cell in prose.findall(".//th")[:2]]
    assert spans == [("2", None), (None, "2")]
    shown = words(prose)
    for written in (
        "请填写<A类机构登记表>并盖章，<示例机构>也适用，<WPS表格>另附。",
        "面积为3*4*5米，联系人_张_示例_，单价5*6。",
        "第五条 从WPS粘贴来的段落，前面有四个空格。",
        "2024. 年度计划如下。",
        "全角空格开头的段落。",
        "含 | 竖线",
    ):
        assert written in shown
    assert not prose.findall(".//pre")


def test_no_text_of_the_shipped_site_is_suspected_of_losing_words() -> None:
    library = read_library(REAL)
    assert not [problem for problem in library.problems if "is not on the page" in problem.what]
