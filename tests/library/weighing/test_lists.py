"""Lists weighed against those before them: days ahead, names too wide, whom a complete list no longer has."""

from datetime import timedelta
from pathlib import Path

import pytest

from openbureau.clock import today
from openbureau.library.content import Library, read_library
from openbureau.library.problems import Problem
from openbureau.library.weighing.editions import EditionCounts
from openbureau.publishing.build import PublicationRefused, publish
from openbureau.publishing.publication import Shelf
from support.makers import texts
from support.whitelist_makers import edition, institutions, other

pytestmark = [pytest.mark.weighs, pytest.mark.builds_itself]

BEFORE, AFTER = "2024-06-30.xlsx", "2024-12-31.xlsx"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content without workbooks."""
    folder = texts(tmp_path)
    (folder / "whitelist").mkdir()
    return folder


def city(count: int) -> list[dict[str, str]]:
    """A list of two counties: ten institutions of 英德市, the others of 清城区."""
    return [*institutions(count - 10), *institutions(10, "441881", "英德市")]


def stops(content: Path) -> list[str]:
    return [str(problem) for problem in read_library(content).problems if problem.stops]


def of_lists(library: Library) -> list[Problem]:
    """The problems that weighing finds."""
    return [problem for problem in library.problems if "此前有" in problem.what or "文件名" in problem.what]


# What a complete list no longer has


@pytest.mark.parametrize(
    ("listed", "gone", "is_stopped"),
    [
        (100, 5, False),
        (100, 6, True),
        (20, 1, False),
        (19, 1, True),
        (300, 10, False),
        (300, 11, True),
        (560, 11, False),
        (549, 11, True),
    ],
    ids=lambda value: str(value),
)
def test_more_than_5_percent_or_more_than_10_and_2_percent_stop(
    content: Path, listed: int, gone: int, is_stopped: bool
) -> None:
    rows = city(listed)
    edition(content, *rows, name=BEFORE, sheet="名单")
    edition(content, *rows[gone:], name=AFTER, sheet="名单")
    assert bool(stops(content)) is is_stopped


def test_who_is_gone_is_named_with_how_many_and_how_to_go_on(content: Path) -> None:
    rows = city(50)
    edition(content, *rows, name=BEFORE, sheet="名单")
    edition(content, *rows[3:], name=AFTER, sheet="名单")
    assert stops(content) == [
        "whitelist/2024-12-31.xlsx: 本期有47家，此前有50家，其中3家（6.0%）在本期没有："
        "清远市示例清城区1培训中心、清远市示例清城区2培训中心、清远市示例清城区3培训中心; "
        "漏写的请补上；只增补或更新的，请改名为 2024-12-31-batch.xlsx；"
        "核对无误的，运行 openbureau whitelist confirm 2024-12-31.xlsx 确认"
    ]


def test_of_very_many_some_dozens_are_named(content: Path) -> None:
    rows = city(100)
    edition(content, *rows, name=BEFORE, sheet="名单")
    edition(content, *rows[60:], name=AFTER, sheet="名单")
    (problem,) = stops(content)
    assert problem.count("培训中心") == 30
    assert "等60家" in problem


def test_the_same_institutions_under_other_names_or_numbers_are_not_gone(content: Path) -> None:
    rows = city(30)
    edition(content, *rows, name=BEFORE, sheet="名单")
    renamed = [row | {"机构名称": f"{row['机构名称']}有限公司"} for row in rows[:10]]
    edition(content, *renamed, *rows[10:], name=AFTER, sheet="名单")
    library = read_library(content)
    assert not of_lists(library)
    assert EditionCounts("whitelist/2024-12-31.xlsx", 30, 0, 10, 0) in library.editions


def test_a_row_that_says_struck_off_is_no_removal_and_neither_is_its_end(content: Path) -> None:
    rows = city(30)
    struck_off = [row | {"状态": "已注销"} for row in rows[:10]]
    edition(content, *rows, name="2024-03-31.xlsx", sheet="名单")
    edition(content, *struck_off, *rows[10:], name=BEFORE, sheet="名单")
    edition(content, *rows[10:], name=AFTER, sheet="名单")
    library = read_library(content)
    assert not of_lists(library)
    assert library.editions[:3] == [
        EditionCounts("whitelist/2024-03-31.xlsx", 30, 30, 0, 0),
        EditionCounts("whitelist/2024-06-30.xlsx", 30, 0, 10, 0),
        EditionCounts("whitelist/2024-12-31.xlsx", 20, 0, 0, 10),
    ]


def test_a_batch_removes_nobody(content: Path) -> None:
    edition(content, *city(30), name=BEFORE, sheet="名单")
    edition(content, other("清远市示例新培训中心", "144180270000999"), name="2024-12-31-batch.xlsx")
    assert not stops(content)


def test_a_batch_under_the_name_of_a_list_is_told_its_name(content: Path) -> None:
    edition(content, *city(30), name=BEFORE, sheet="名单")
    added = [*institutions(1, first=900), *institutions(1, "441881", "英德市", first=900)]
    edition(content, *added, name=AFTER, sheet="名单")
    (problem,) = stops(content)
    assert "只增补或更新的，请改名为 2024-12-31-batch.xlsx" in problem
    (content / "whitelist" / AFTER).rename(content / "whitelist" / "2024-12-31-batch.xlsx")
    assert not stops(content)


def test_a_county_is_weighed_against_all_that_was_said_of_it(content: Path) -> None:
    edition(content, *city(60), name="2024-03-31.xlsx", sheet="名单")
    edition(content, *institutions(10, "441881", "英德市"), name="2024-06-30-441881.xlsx", sheet="名单")
    edition(content, *institutions(40), name="2024-09-30-441802.xlsx", sheet="名单")
    (problem,) = stops(content)
    assert problem.startswith("whitelist/2024-09-30-441802.xlsx: 本期有40家，此前有50家，其中10家（20.0%）")


def test_who_comes_back_is_new_and_was_gone(content: Path) -> None:
    rows = city(100)
    edition(content, *rows, name="2024-03-31.xlsx", sheet="名单")
    edition(content, *rows[2:], name=BEFORE, sheet="名单")
    edition(content, *rows, name=AFTER, sheet="名单")
    assert read_library(content).editions[1:3] == [
        EditionCounts("whitelist/2024-06-30.xlsx", 98, 0, 0, 2),
        EditionCounts("whitelist/2024-12-31.xlsx", 100, 2, 0, 0),
    ]


# What a file name claims


def test_a_list_of_one_county_under_the_name_of_the_city_is_told_its_name(content: Path) -> None:
    edition(content, *institutions(3), name=AFTER, sheet="名单")
    (problem,) = stops(content)
    assert problem.startswith(
        "whitelist/2024-12-31.xlsx: 各行都属于清城区，文件名却是全市的名单; 是清城区的名单的，请改名为 "
        "2024-12-31-441802.xlsx；"
    )
    (content / "whitelist" / AFTER).rename(content / "whitelist" / "2024-12-31-441802.xlsx")
    assert not stops(content)


def test_a_list_of_one_county_under_the_name_of_another_is_told_its_name(content: Path) -> None:
    rows = institutions(3, "441881", "英德市")
    edition(content, *rows, name="2024-12-31-441802.xlsx", sheet="名单")
    (problem,) = stops(content)
    assert "各行都属于英德市，文件名却是清城区的名单; " in problem
    assert "是英德市的名单的，请改名为 2024-12-31-441881.xlsx" in problem


def test_a_batch_of_the_city_may_bring_one_county(content: Path) -> None:
    edition(content, *institutions(3), name="2024-12-31-batch.xlsx", sheet="名单")
    assert not stops(content)


def test_where_there_is_one_county_only_its_list_is_that_of_all(content: Path) -> None:
    site = content / "site.toml"
    text = site.read_text(encoding="utf-8")
    head, _, counties = text.partition("[counties]\n")
    first = counties.split("\n", 1)[0]
    assert first.startswith("441802")
    site.write_text(f"{head}[counties]\n{first}\n", encoding="utf-8")
    edition(content, *institutions(3), name=AFTER, sheet="名单")
    assert not [problem for problem in stops(content) if problem.startswith("whitelist/")]


# Days ahead


@pytest.mark.parametrize("name", ["{}.xlsx", "{}-441802.xlsx", "{}-batch.xlsx"])
@pytest.mark.parametrize("days", [1, 365 * 16])
def test_a_list_of_a_day_ahead_is_refused(content: Path, name: str, days: int) -> None:
    edition(content, *city(20), name=name.format(today() + timedelta(days)), sheet="名单")
    problems = stops(content)
    what = f"文件名里的日期 {today() + timedelta(days)} 还没有到（今天是 {today()}）; 请改正文件名里的日期"
    assert [problem for problem in problems if what in problem]


def test_a_list_of_today_is_published(content: Path) -> None:
    edition(content, *city(20), name=f"{today()}.xlsx", sheet="名单")
    assert not stops(content)


# Served already


def test_what_is_served_already_is_told_and_published_on(
    content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is where an earlier release, which did not weigh, published."""
    shelf = Shelf(tmp_path / "publications")
    edition(content, *city(30), name=BEFORE, sheet="名单")
    edition(content, *institutions(2), name=AFTER, sheet="名单")
    edition(content, *city(30), name=f"{today() + timedelta(9)}.xlsx", sheet="名单")
    with monkeypatch.context() as patch:
        patch.setattr("openbureau.library.weighing.editions.Removal.needs_word", False)
        patch.setattr("openbureau.library.whitelist.editions.future_problems", lambda *_, **__: [])
        publish(content, shelf)
    with (content / "notices" / "loans.md").open("a", encoding="utf-8") as file:
        file.write("\n改了一处。\n")
    done = publish(content, shelf)
    assert done.built
    notes = [problem for problem in done.notes if "照旧公布" in problem.mend]
    assert [problem.file for problem in notes] == [
        "whitelist/2024-12-31.xlsx",
        f"whitelist/{today() + timedelta(9)}.xlsx",
    ]
    edition(content, *institutions(1), name=AFTER, sheet="名单")
    with pytest.raises(PublicationRefused):
        publish(content, shelf)
