"""Reported figures of supervision beside those that follow from the editions."""

from pathlib import Path

import pytest

from openbureau.library.bureau import read_bureau
from openbureau.publishing.build import check
from support.makers import main_part, substitute, texts, visitor, words
from support.whitelist_makers import edition, other


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content in which five applied, four are reported supervised, and two are on the list of that day."""
    copied = texts(tmp_path)
    (copied / "whitelist").mkdir()
    site = copied / "site.toml"
    substitute(site, "value = 416", "value = 5")
    substitute(site, "value = 380", "value = 4")
    gone = other("示例丙", "144180270000038", 状态="已注销")
    edition(copied, {}, other("示例乙"), gone)
    return copied


def figures(page: str) -> list[list[str]]:
    """The table of figures without its head, cell by cell."""
    rows = main_part(page).xpath(".//table[contains(@class, 'side-by-side')]/tbody/tr")
    return [[words(cell) for cell in row] for row in rows]


def test_what_is_reported_stands_beside_what_the_list_of_that_day_says(content: Path, tmp_path: Path) -> None:
    edition(content, {}, name="2025-06-30.xlsx")
    applied, supervised, rate = figures(visitor(content, tmp_path).get("/whitelist/").text)
    assert applied[0] == "申请审批的机构（截至该日）"
    assert supervised[0] == "现监管的机构"
    assert applied[1].startswith("报告口径5家2024年提出申请的")
    assert "无从计算" in applied[2]
    assert supervised[1].startswith("报告口径4家")
    assert supervised[2].startswith("本站计算2家名单内的机构")
    assert "截至2024年12月31日的名单" in supervised[2]
    assert rate[1].startswith("报告口径92%")
    assert rate[2].startswith("本站计算40.00%2 ÷ 5")
    assert "报告没有这样写明" in rate[2]


def test_every_figure_says_what_it_counts_and_of_which_day(content: Path, tmp_path: Path) -> None:
    for _, reported, ours in figures(visitor(content, tmp_path).get("/whitelist/").text):
        assert "2024年法治政府建设年度报告，截至2024年12月31日" in reported
        assert "截至" in ours or "无从计算" in ours


def test_without_a_list_of_that_day_nothing_is_computed(content: Path, tmp_path: Path) -> None:
    (content / "whitelist" / "2024-12-31.xlsx").rename(content / "whitelist" / "2025-01-01.xlsx")
    found = figures(visitor(content, tmp_path).get("/whitelist/").text)
    assert all("无从计算" in ours for _, _, ours in found)


def test_a_bureau_that_has_reported_nothing_has_no_such_table(content: Path, tmp_path: Path) -> None:
    site = content / "site.toml"
    before, _, rest = site.read_text(encoding="utf-8").partition("[[reported]]")
    site.write_text(before + rest[rest.index("[counties]") :], encoding="utf-8")
    page = visitor(content, tmp_path).get("/whitelist/").text
    assert figures(page) == []
    assert "本站计算" not in page


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('measure = "rate"', 'measure = "ratio"', "figure 3 of reported is not complete or not known"),
        ("value = 5\n", "", "figure 1 of reported is not complete or not known"),
        ("value = 5", "value = true", "figure 1 of reported is not complete or not known"),
        ("value = 5", 'value = 5\nnote = "x"', "figure 1 of reported is not complete or not known"),
        ('value = 92\nunit = "%"\nas_of = 2024-12-31', 'value = 92\nunit = "%"\nas_of = 2024', "figure 3"),
        ('measure = "rate"', 'measure = "applied"', "figure 3 of reported is the second one of applied"),
    ],
)
def test_a_figure_that_is_not_whole_is_told(content: Path, before: str, after: str, told: str) -> None:
    substitute(content / "site.toml", before, after)
    (problem,) = [each for each in check(content) if each.file == "site.toml"]
    assert told in problem.what
    assert problem.stops
    assert "measure, value, unit" in problem.mend


def test_figures_that_are_no_list_are_told(content: Path) -> None:
    site = content / "site.toml"
    before, _, rest = site.read_text(encoding="utf-8").partition("[[reported]]")
    text = f"reported = 416\n{before}{rest[rest.index('[counties]') :]}"
    site.write_text(text, encoding="utf-8")
    bureau, problems = read_bureau(content)
    assert bureau is not None
    assert [str(problem) for problem in problems] == [
        "site.toml:1: reported is not a list of tables: write [[reported]] above each figure; "
        "give it measure, value, unit, as_of, definition and source, and no more"
    ]
