"""Announcements and reports: a figure is never shown without what it counts and the day it holds for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from support.makers import main_part, set_fields, substitute, texts, titles, visitor, words

REPORT = "announcements/report.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def figures(page: str) -> list[list[str]]:
    """The rows of the figures' table, its head first."""
    rows = main_part(page).xpath(".//table[@class='figures']//tr")
    return [[words(cell) for cell in row.xpath("./th|./td")] for row in rows]


def test_a_report_shows_each_figure_with_its_definition_and_day(client: FlaskClient) -> None:
    assert figures(client.get("/announcements/report/").text) == [
        ["项目", "数值", "口径", "截至"],
        ["完成监管率（报告口径）", "92%", "报告所载", "2025年12月31日"],
        ["完成监管率（系统计算）", "91.35%", "380除以416", "2025年12月31日"],
    ]


def test_a_figure_keeps_its_unit_and_its_zeros(content: Path, tmp_path: Path) -> None:
    substitute(content / REPORT, 'value: 92%\n    unit: ""', "value: 12.50\n    unit: 万元")
    substitute(content / REPORT, 'value: 91.35%\n    unit: ""', "value: 0\n    unit: 件")
    shown = figures(visitor(content, tmp_path).get("/announcements/report/").text)
    assert [row[1] for row in shown[1:]] == ["12.50万元", "0件"]


def test_an_announcement_without_figures_has_no_empty_table(client: FlaskClient) -> None:
    page = client.get("/announcements/clue-call/").text
    assert figures(page) == []
    assert "数字与口径" not in page


def test_an_announcement_says_its_kind_audience_number_and_source(client: FlaskClient) -> None:
    page = main_part(client.get("/announcements/clue-call/").text)
    assert words(page.xpath(".//article/p[@class='item-head']")[0]) == "公告面向企业"
    assert "索引号示例/2026-00007" in words(page)
    assert "资料来源：示例来源 发布时间：2026-05-06 09:00" in words(page)


def test_the_call_for_clues_leads_to_the_form(client: FlaskClient) -> None:
    page = main_part(client.get("/announcements/clue-call/").text)
    assert page.xpath(".//div[@class='prose']//a/@href") == ["/tip-off/"]


def test_announcements_are_listed_newest_first_and_filtered(client: FlaskClient) -> None:
    report, call = "示例年度法治政府建设报告", "征集教育领域涉企乱罚款问题线索的示例公告"
    assert titles(client.get("/announcements/").text) == [report, call]
    assert titles(client.get("/announcements/?genre=报告").text) == [report]
    assert titles(client.get("/announcements/?topic=涉企执法&year=2026").text) == [call]
    assert titles(client.get("/announcements/?year=2025").text) == []


def test_the_year_of_an_announcement_is_that_of_its_day_in_china(content: Path, tmp_path: Path) -> None:
    set_fields(content / REPORT, published_at="2027-01-01 00:30")
    visit = visitor(content, tmp_path, now=datetime(2027, 1, 1, 4, tzinfo=UTC))
    assert titles(visit.get("/announcements/?year=2027").text) == ["示例年度法治政府建设报告"]
    item = main_part(visit.get("/announcements/").text).xpath(".//ul[@class='items']//time/@datetime")
    assert item[0] == "2027-01-01"


def test_a_corrected_report_says_so_and_a_withdrawn_one_is_gone(content: Path, tmp_path: Path) -> None:
    set_fields(content / REPORT, updated_at="2026-05-10 09:00", change_note="更正了口径")
    set_fields(
        content / "announcements/clue-call.md", updated_at="2026-05-10 09:00", withdrawn_reason="已截止"
    )
    visit = visitor(content, tmp_path)
    assert "更正 2026-05-10 09:00：更正了口径" in words(main_part(visit.get("/announcements/report/").text))
    gone = visit.get("/announcements/clue-call/")
    assert (gone.status_code, "撤回原因：已截止" in words(main_part(gone.text))) == (410, True)
    assert titles(visit.get("/announcements/").text) == ["示例年度法治政府建设报告"]
    assert "征集教育领域" not in visit.get("/").text


def test_a_withdrawn_report_leaves_the_front_page(content: Path, tmp_path: Path) -> None:
    path = content / REPORT
    news = ".//section[@aria-labelledby='h-news']//a/@href"
    address = f"/{REPORT.removesuffix('.md')}/"
    assert address in main_part(visitor(content, tmp_path).get("/").text).xpath(news)
    set_fields(path, updated_at="2026-05-10 09:00", withdrawn_reason="数字有误")
    assert address not in main_part(visitor(content, tmp_path).get("/").text).xpath(news)
