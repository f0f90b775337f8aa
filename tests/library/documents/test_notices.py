"""Risk notices: how grave, for whom, until when, and what to do now."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from support.makers import main_part, set_fields, texts, titles, visitor, words

SUMMER = "notices/summer.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def answers(page: str) -> dict[str, str]:
    """The reader's questions with their answers."""
    pairs = main_part(page).xpath(".//dl[@class='answers']/div")
    return {words(pair.find("dt")): words(pair.find("dd")) for pair in pairs}


def head(page: str) -> str:
    """The line of marks above the title."""
    return words(main_part(page).xpath(".//article/p[@class='item-head']")[0])


def test_a_notice_says_how_grave_it_is_and_for_whom(client: FlaskClient) -> None:
    assert head(client.get("/notices/loans/").text) == "高风险面向家长"
    assert head(client.get("/notices/summer/").text) == "中风险面向家长"


def test_a_notice_says_what_to_do_before_it_explains(client: FlaskClient) -> None:
    page = client.get("/notices/loans/").text
    assert answers(page) == {
        "现在该做什么": "先查白名单再交费",
        "适用至": "2099年12月31日",
        "与谁有关": "家长",
        "原文在哪": "示例来源，请以其公布的原件为准",
    }
    assert page.index("现在该做什么") < page.index('class="prose"')
    assert main_part(page).xpath(".//a[@class='button']/@href") == ["/whitelist/"]


def test_a_notice_names_its_source_index_number_and_hour(client: FlaskClient) -> None:
    shown = words(main_part(client.get("/notices/loans/").text))
    assert "索引号示例/2026-00004" in shown
    assert "资料来源：示例来源 发布时间：2026-04-04 08:30 核对于：2026年5月1日" in shown


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (datetime(2026, 8, 31, 15, 59, tzinfo=UTC), False),
        (datetime(2026, 8, 31, 16, 0, tzinfo=UTC), True),
    ],
)
def test_a_notice_holds_through_its_last_day_in_china(
    content: Path, tmp_path: Path, now: datetime, expired: bool
) -> None:
    visit = visitor(content, tmp_path, now=now)
    page = visit.get("/notices/summer/").text
    assert ("已经过期，仅供查阅" in answers(page)["适用至"]) is expired
    assert ("已过期" in head(page)) is expired
    item = main_part(visit.get("/notices/").text).xpath(".//li[.//a[@href='/notices/summer/']]")[0]
    assert ("已过期" in words(item)) is expired


def test_notices_are_listed_newest_first_with_their_last_day(client: FlaskClient) -> None:
    page = client.get("/notices/").text
    assert titles(page) == ["一次交费别超过三个月", "暑假不得组织学科类培训", "当心培训贷：不要贷款交学费"]
    assert "适用至2026年8月31日" in words(main_part(page))


def test_notices_are_filtered_by_gravity_topic_and_audience(client: FlaskClient) -> None:
    assert titles(client.get("/notices/?severity=中").text) == ["暑假不得组织学科类培训"]
    assert titles(client.get("/notices/?severity=高&topic=预收费").text) == ["一次交费别超过三个月"]
    assert len(titles(client.get("/notices/?audience=家长").text)) == 3
    assert titles(client.get("/notices/?audience=学校").text) == []


def test_the_front_page_shows_only_grave_notices(client: FlaskClient) -> None:
    (urgent,) = main_part(client.get("/").text).xpath(".//section[@aria-labelledby='h-now']")
    assert "一次交费别超过三个月" in words(urgent)
    assert "暑假不得组织学科类培训" not in words(urgent)


def test_a_corrected_notice_says_what_was_corrected(content: Path, tmp_path: Path) -> None:
    set_fields(content / SUMMER, updated_at="2026-05-01 09:00", change_note="更正了适用日期")
    page = visitor(content, tmp_path).get("/notices/summer/").text
    assert (
        words(main_part(page).xpath(".//p[@class='changed']")[0]) == "更正 2026-05-01 09:00：更正了适用日期"
    )


def test_a_withdrawn_notice_is_gone_from_page_list_and_front_page(content: Path, tmp_path: Path) -> None:
    set_fields(content / "notices/loans.md", updated_at="2026-05-01 09:00", withdrawn_reason="发布有误")
    visit = visitor(content, tmp_path)
    answer = visit.get("/notices/loans/")
    assert answer.status_code == 410
    assert "撤回原因：发布有误" in words(main_part(answer.text))
    for address in ("/", "/notices/", "/search?q=培训贷"):
        assert "当心培训贷" not in visit.get(address).text, address


def test_a_notice_that_never_was_is_not_found(client: FlaskClient) -> None:
    assert client.get("/notices/prepayment/").status_code == 404
