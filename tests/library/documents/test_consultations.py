"""Consultations: a draft says how far it came, until when to speak, and what became of what was said."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html

from openbureau.library.catalogue import Catalogue
from openbureau.library.content import read_library
from openbureau.library.documents.consultations import STAGES, Consultation
from openbureau.publishing.publication import Shelf
from support.makers import main_part, problems, set_fields, substitute, texts, titles, visitor, words

CARE = "consultations/after-school-care.md"
PAGE = "/consultations/after-school-care/"
HEAD = "条款,意见,件数,处理结果,理由\n"
ROWS = (
    "第二条,出口数量分大小,3,部分采纳,小场所可以只有一个\n"
    ",应当收费公示,2,采纳,\n"
    "第一条,不要公示,1,未采纳,公示是上级要求\n"
)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def at(content: Path, tmp_path: Path, month: int, day: int) -> FlaskClient:
    """A visitor on a day of 2026, at noon."""
    return visitor(content, tmp_path, now=datetime(2026, month, day, 4, tzinfo=UTC))


def answers(page: str) -> dict[str, str]:
    """The short answers at the head of a page."""
    rows = main_part(page).xpath(".//dl[@class='answers']/div")
    return {words(row.xpath("./dt")[0]): words(row.xpath("./dd")[0]) for row in rows}


def publish_result(content: Path, rows: str = ROWS, *, received: str = "6", on: str = "2026-06-20") -> None:
    set_fields(content / CARE, received=received, results_on=on)
    (content / "consultations/after-school-care/results.csv").write_text(HEAD + rows, encoding="utf-8")


# What a page says


@pytest.mark.parametrize(
    ("month", "day", "state", "told"),
    [
        (5, 5, "即将征求意见", "还没有开始"),
        (5, 6, "正在征求意见", "还剩35天"),
        (6, 10, "正在征求意见", "今天是最后一天"),
        (6, 11, "结果待公布", "已经截止"),
    ],
)
def test_the_page_counts_down_to_the_last_day(
    content: Path, tmp_path: Path, month: int, day: int, state: str, told: str
) -> None:
    page = at(content, tmp_path, month, day).get(PAGE).text
    assert words(main_part(page).xpath(".//span[contains(@class, 'badge')]")[0]) == state
    assert told in answers(page)["意见提到哪天"]


def test_the_way_of_a_draft_names_every_stage_and_guesses_none(client: FlaskClient) -> None:
    steps = main_part(client.get(PAGE).text).xpath(".//ol[@class='track']/li")
    assert [words(step.xpath("./strong")[0]) for step in steps] == list(STAGES)
    states = [words(step.xpath("./span[@class='track-state']")[0]) for step in steps]
    assert states == ["已完成", "进行中", "未载明", "未开始", "未载明", "未载明", "未载明"]
    (now,) = [step for step in steps if step.get("aria-current") == "step"]
    assert words(now) == "征求意见 进行中 2026年5月6日至今"


def test_draft_and_explanation_can_be_opened(client: FlaskClient) -> None:
    links = main_part(client.get(PAGE).text).xpath(".//dl[@class='answers']//a[contains(@href, '/files/')]")
    assert [words(link) for link in links] == ["草案（草案.docx）", "起草说明（起草说明.docx）"]
    assert {client.get(link.get("href"), buffered=True).status_code for link in links} == {200}


def test_a_draft_of_which_nothing_is_known_says_so(content: Path, tmp_path: Path) -> None:
    set_fields(content / CARE, opens_on="", closes_on="", draft="", explanation="", stage="起草")
    set_fields(content / CARE, missing_note="没有取得文本。")
    write_steps(content, "steps: [{stage: 起草, state: 进行中}]\n")
    visit = at(content, tmp_path, 6, 1)
    found = answers(visit.get(PAGE).text)
    assert found["意见提到哪天"] == "起止日期没有公布，本站也不填"
    assert found["草案和说明"] == "没有取得文本。"
    assert visit.get(f"{PAGE}deadline.ics").status_code == 404


@pytest.mark.parametrize(("as_of", "is_old"), [("2025-06-01", False), ("2025-05-31", True)])
def test_what_is_known_of_a_draft_for_more_than_a_year_is_told_as_old(
    content: Path, tmp_path: Path, as_of: str, is_old: bool
) -> None:
    set_fields(content / CARE, steps_as_of=as_of)
    assert ("这是1年多以前的情况" in at(content, tmp_path, 6, 1).get(PAGE).text) is is_old


def write_steps(content: Path, steps: str) -> None:
    """Write other rows of `steps`."""
    lines = (content / CARE).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(("steps:", "  - {stage")))
    (content / CARE).write_text(kept.replace("\nmajor:", f"\n{steps}major:"), encoding="utf-8")


def test_the_result_is_a_table_with_reasons_that_adds_up(content: Path, tmp_path: Path) -> None:
    publish_result(content)
    page = at(content, tmp_path, 6, 21).get(PAGE).text
    assert "2026年6月20日公布。共收到6条意见：采纳2条，部分采纳3条，未采纳1条。" in words(main_part(page))
    rows = [[words(cell) for cell in row.xpath("./td")] for row in main_part(page).xpath(".//tbody/tr")]
    assert rows[0] == ["第二条", "出口数量分大小", "3", "部分采纳", "小场所可以只有一个"]
    assert rows[1] == ["整体", "应当收费公示", "2", "采纳", ""]
    assert "已公布结果" in words(main_part(page))


def test_nobody_said_anything_is_a_result_too(content: Path, tmp_path: Path) -> None:
    set_fields(content / CARE, received="0", results_on="2026-06-20")
    assert "共收到0条意见。" in words(main_part(at(content, tmp_path, 6, 21).get(PAGE).text))


def test_the_draft_leads_to_the_document_it_became_and_back(content: Path, tmp_path: Path) -> None:
    issue(content, became="prepayment")
    visit = at(content, tmp_path, 6, 21)
    page = main_part(visit.get(PAGE).text)
    assert page.xpath(".//section[@class='linked']//a/@href") == ["/policies/prepayment/"]
    assert "已印发" in words(page)
    policy = main_part(visit.get("/policies/prepayment/").text)
    assert PAGE in policy.xpath(".//section[@class='linked']//a/@href")


def issue(content: Path, became: str) -> None:
    set_fields(content / CARE, stage="印发", became=became)
    substitute(content / CARE, "{stage: 专家论证, state: 未开始}", "{stage: 印发, state: 已完成}")


# One word, five places


def test_it_is_in_list_search_feed_calendar_and_site_map(client: FlaskClient) -> None:
    title = "示例市课后看护管理办法（征求意见稿）"
    assert titles(client.get("/consultations/?stage=征求意见").text) == [title]
    assert titles(client.get("/consultations/").text) == [title, "示例市预收费监管通知（征求意见稿）"]
    assert title in titles(client.get("/search?q=课后看护").text)
    assert title in titles(client.get("/search?q=两个出口").text), "what the draft says is found"
    assert title in client.get("/feeds/consultations.atom?stage=征求意见").text
    assert title in client.get("/feeds/all.rss").text
    assert f"{PAGE}</loc>" in client.get("/sitemap.xml").text
    for calendar in ("/feeds/deadlines.ics", f"{PAGE}deadline.ics"):
        event = client.get(calendar).text.replace("\r\n ", "")
        assert f"SUMMARY:征求意见截止：{title}" in event
        assert "DTSTART;VALUE=DATE:20260610" in event


def test_the_front_page_and_every_page_lead_to_drafts(client: FlaskClient) -> None:
    page = html.document_fromstring(client.get("/").text)
    assert PAGE in page.xpath("//section[@aria-labelledby='h-now']//li//a/@href")
    assert "/consultations/" in html.document_fromstring(client.get("/about/").text).xpath("//nav//@href")


# What an editor is told


def test_a_weighty_decision_is_open_thirty_days_or_says_why_not(content: Path, tmp_path: Path) -> None:
    set_fields(content / CARE, closes_on="2026-06-05")
    assert (
        any("30 days for a 重大" not in each and "closes_on later" in each for each in problems(content))
        is False
    )
    set_fields(content / CARE, closes_on="2026-06-04")
    (told,) = problems(content)
    assert "29 days for a 重大行政决策, fewer than 30" in told
    set_fields(content / CARE, short_reason="汛期将至，需要尽快施行")
    assert problems(content) == []
    assert "原因：汛期将至" in answers(at(content, tmp_path, 6, 1).get(PAGE).text)["期限"]
    set_fields(content / CARE, short_reason="", major="否")
    assert problems(content) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"closes_on": ""}, "only opens_on is given"),
        ({"closes_on": "2026-05-06"}, "closes_on is not after opens_on"),
        ({"received": "6"}, "only received is given"),
        ({"received": "六", "results_on": "2026-06-20"}, "received is “六”"),
        ({"received": "6", "results_on": "2026-06-20"}, "6 opinions without the table"),
        ({"received": "0", "results_on": "2026-06-10"}, "results_on is before the last day"),
        ({"stage": "印发"}, "stage is 印发 without became"),
        ({"stage": "集体讨论"}, "steps does not say that it came so far"),
        ({"became": "prepayment"}, "not issued yet"),
        ({"document": "prepayment"}, "there is no draft policy prepayment"),
        ({"draft": "别的.docx"}, "there is no file 别的.docx"),
        ({"explanation": ""}, "起草说明) is missing"),
        ({"major": "也许"}, "major is “也许”"),
        ({"opinions": "5"}, "unknown field opinions"),
    ],
)
def test_what_does_not_fit_together_is_told_with_its_line(
    content: Path, fields: dict[str, str], told: str
) -> None:
    set_fields(content / CARE, **fields)
    assert [each for each in problems(content) if each.startswith(f"{CARE}:") and told in each], problems(
        content
    )


@pytest.mark.parametrize(
    ("rows", "place", "told"),
    [
        (ROWS.replace(",3,", ",4,"), CARE, "received is 6, but the rows of results.csv make 7"),
        (ROWS.replace("小场所可以只有一个", ""), "results.csv:2", "部分采纳 without 理由"),
        (ROWS.replace("未采纳", "不采纳"), "results.csv:4", "处理结果 is “不采纳”"),
        (ROWS.replace(",2,", ",两,"), "results.csv:3", "件数 is “两”"),
        (ROWS.replace("不要公示", "请打13800138000找我"), "results.csv:4", "a mobile number"),
        ("", "results.csv:2", "the table answers no opinion"),
    ],
)
def test_a_result_that_does_not_add_up_is_not_published(
    content: Path, rows: str, place: str, told: str
) -> None:
    publish_result(content, rows)
    found = problems(content)
    assert [each for each in found if place in each and told in each], found
    assert not any("13800138000" in each for each in found)


def test_a_result_saved_by_a_chinese_spreadsheet_is_read(content: Path, tmp_path: Path) -> None:
    publish_result(content)
    path = content / "consultations/after-school-care/results.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    assert problems(content) == []


def test_a_table_without_its_headings_is_told_what_they_are(content: Path) -> None:
    publish_result(content)
    substitute(content / "consultations/after-school-care/results.csv", "处理结果", "结果")
    found = problems(content)
    assert any("results.csv:1: the column 结果 is not known" in each for each in found)
    assert any("results.csv:1: there is no column 处理结果" in each for each in found)


def test_what_a_catalogue_gives_back_is_what_was_read(content: Path, tmp_path: Path) -> None:
    publish_result(content)
    at(content, tmp_path, 6, 21)
    (served,) = Shelf(tmp_path / "publications").served()
    found = Catalogue(tmp_path / "publications" / served / "library.sqlite").get(
        "consultations", "after-school-care"
    )
    read = next(each for each in read_library(content).records if each.slug == "after-school-care")
    assert isinstance(read, Consultation)
    assert isinstance(found, Consultation)
    assert found.answered == read.answered
    assert found.steps == read.steps


def test_programs_get_the_same_as_readers(client: FlaskClient) -> None:
    listed = client.get("/api/v1/consultations?stage=印发").get_json()
    (found,) = listed["consultations"]
    assert (found["id"], found["state"], found["received"]) == ("prepayment", "已印发", 6)
    assert sum(row["count"] for row in found["results"]) == 6
    assert [step["stage"] for step in found["steps"]] == list(STAGES)
    one = client.get("/api/v1/consultations/after-school-care").get_json()
    assert (one["closes_on"], one["received"], one["results"]) == ("2026-06-10", None, [])
    assert client.get("/api/v1/consultations/nothing").status_code == 404
