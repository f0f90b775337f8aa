"""The head and the foot of a document: what to do by when, where the original is, the eight particulars."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.makers import main_part, problems, set_fields, texts, visitor, words

ANNOUNCEMENT = "announcements/clue-call.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def answers(page: str) -> dict[str, str]:
    pairs = main_part(page).xpath(".//dl[@class='answers']/div")
    return {words(pair.find("dt")): words(pair.find("dd")) for pair in pairs}


@pytest.mark.parametrize(
    ("day", "left"), [("2026-06-28", "还有2天"), ("2026-06-30", "就是今天"), ("2026-07-01", "已经过了")]
)
def test_what_is_to_be_done_has_its_last_day(content: Path, tmp_path: Path, day: str, left: str) -> None:
    set_fields(content / "policies/prepayment.md", to_do_by="2026-06-30")
    now = datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)
    visit = visitor(content, tmp_path, now=now)
    answer = answers(visit.get("/policies/prepayment/").text)["要做什么"]
    assert answer == f"交费前核对收费时间跨度和收款账户截止2026年6月30日（{left}）"
    calendar = visit.get("/feeds/deadlines.ics").text.replace("\r\n ", "")
    assert "DTSTART;VALUE=DATE:20260630" in calendar
    assert "最后一天：示例市关于加强校外培训机构预收费监管工作的通知" in calendar


def test_an_announcement_answers_the_reader_s_questions_too(content: Path, tmp_path: Path) -> None:
    set_fields(content / ANNOUNCEMENT, applies_to="被罚款的企业", to_do="写明时间和依据")
    told = answers(visitor(content, tmp_path).get("/announcements/clue-call/").text)
    assert told["与谁有关"] == "被罚款的企业"
    assert told["要做什么"] == "写明时间和依据"
    assert "原文在哪" in told


def test_an_announcement_that_says_no_more_names_its_readers(content: Path, tmp_path: Path) -> None:
    told = answers(visitor(content, tmp_path).get("/announcements/clue-call/").text)
    assert told["与谁有关"] == "企业"
    assert "要做什么" not in told


def test_a_last_day_for_nothing_is_refused(content: Path) -> None:
    set_fields(content / ANNOUNCEMENT, to_do_by="2026-06-30")
    assert "to_do_by without to_do; add to_do" in problems(content)[0]


@pytest.mark.parametrize(
    ("address", "genre"),
    [("/notices/loans/", "风险提示"), ("/announcements/clue-call/", "公告公示·公告")],
)
def test_notices_and_announcements_have_the_eight_particulars(
    content: Path, tmp_path: Path, address: str, genre: str
) -> None:
    rows = main_part(visitor(content, tmp_path).get(address).text).xpath(".//table[@class='metadata']//tr")
    told = {words(row.find("th")): words(row.find("td")) for row in rows}
    assert list(told) == ["索引号", "分类", "发布机构", "成文日期", "名称", "文号", "发布日期", "主题词"]
    assert told["分类"] == genre
    assert told["发布机构"] == "清远市教育局"
