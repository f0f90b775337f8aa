"""关注: what stands in an address, what became of it, and that it stands nowhere else."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import html

from openbureau.config import ROOT
from openbureau.middleware.cached_response import LruCache
from openbureau.public.follow import views
from openbureau.public.follow.followed import MAX_INSTITUTIONS
from openbureau.search.query_log import BufferedQueryLog
from support.makers import main_part, set_fields, texts, visitor, words
from support.site import CONTENT
from support.whitelist_makers import EXAMPLE, edition, institutions, other

FOOTBALL = "52441802MJ0EJJNK81"
CHESS = "144180270000037"
NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)


def written(folder: Path) -> Path:
    """Content: football stops and chess moves between two editions; a document of a topic changes later."""
    copied = texts(folder)
    (copied / "whitelist").mkdir()
    chess = other("清远市示例围棋培训中心", CHESS, 有效期止="2028-02-29")
    edition(copied, EXAMPLE, chess, name="2026-09-30-441802.xlsx")
    moved = chess | {"办学地址": "清远市清城区东城街道示例路9号"}
    drawing = other("清远市示例画室培训中心", "144180270000038")
    edition(copied, {"状态": "停业"}, moved, drawing, name="2026-10-31-441802.xlsx")
    set_fields(copied / "notices" / "loans.md", updated_at="2026-11-20 09:00", change_note="更正了电话")
    return copied


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content to write to."""
    return written(tmp_path)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Somebody who only reads."""
    folder = tmp_path_factory.mktemp("follow")
    return visitor(written(folder), folder, now=NOW)


def link(page: str, text: str) -> str:
    (found,) = [each for each in main_part(page).xpath(".//a") if words(each).startswith(text)][:1]
    return str(found.get("href"))


def query(address: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(address).query)


def news(page: str) -> list[str]:
    return [words(each) for each in main_part(page).xpath(".//section[@aria-labelledby='h-news']//ol/li")]


def test_the_page_tells_what_changed_for_just_these(client: FlaskClient) -> None:
    page = client.get(f"/follow/?i={FOOTBALL}&since=2026-10-01").text
    (told,) = [each for each in news(page) if "状态变更" in each]
    assert "状态变更：正常 → 停业" in told
    assert "围棋" not in words(main_part(page)), "nobody else's"
    assert "画室" not in words(main_part(page))
    both = news(client.get(f"/follow/?i={FOOTBALL}&i={CHESS}&since=2026-10-01").text)
    assert any("办学地址变更" in each for each in both)
    county = news(client.get("/follow/?c=清城区&since=2026-10-01").text)
    assert any("画室" in each for each in county)


def test_a_document_of_a_topic_is_told_when_it_changed(client: FlaskClient) -> None:
    text = (CONTENT / "notices" / "loans.md").read_text(encoding="utf-8")
    topic = text.partition("topics: [")[2].partition("]")[0].split(",")[0].strip()
    (told,) = news(client.get(f"/follow/?t={topic}&since=2026-11-15").text)
    assert "【更正】" in told
    assert f"主题：{topic}" in told
    assert news(client.get(f"/follow/?t={topic}&since=2026-11-21").text) == []


def test_a_permit_that_ran_out_is_told_though_no_list_says_so(client: FlaskClient) -> None:
    # Football's ended on 31 August; it stopped afterwards, and still must not be paid.
    page = client.get(f"/follow/?i={FOOTBALL}&since=2026-08-01").text
    assert any("2026年9月1日" in each and "许可证有效期已过" in each for each in news(page))


def test_each_institution_shows_its_state_and_what_it_means(client: FlaskClient) -> None:
    (row,) = main_part(client.get(f"/follow/?i={FOOTBALL}").text).xpath(".//ul[@class='follow-rows']/li")
    assert "停业 不要交费" in words(row)
    assert "截至2026年10月31日" in words(row)


def test_all_seen_is_the_same_address_with_today(client: FlaskClient) -> None:
    page = client.get(f"/follow/?i={FOOTBALL}&i={CHESS}&t=校外培训&since=2026-10-01").text
    seen = link(page, "都看过了")
    assert query(seen)[:4] == [("i", FOOTBALL), ("i", CHESS), ("t", "校外培训"), ("since", "2026-12-01")]
    assert news(client.get(seen).text) == []


def test_a_list_that_is_published_after_its_day_is_not_missed(content: Path, tmp_path: Path) -> None:
    """Who looked on 1 December has not seen the list of 30 November that is published on 9 December."""
    seen = link(visitor(content, tmp_path, now=NOW).get(f"/follow/?i={CHESS}").text, "都看过了")
    edition(content, other("清远市示例围棋培训中心", CHESS, 状态="停业"), name="2026-11-30-441802.xlsx")
    later = visitor(content, tmp_path, now=datetime(2026, 12, 9, 4, tzinfo=UTC))
    assert any("停业" in each for each in news(later.get(seen).text))


def test_following_begins_with_a_name_and_ends_with_a_link(client: FlaskClient) -> None:
    page = client.get("/follow/", query_string={"q": "示例围棋", "i": FOOTBALL}).text
    added = link(page, "关注：清远市示例围棋培训中心")
    assert query(added) == [("i", FOOTBALL), ("i", CHESS)]
    page = client.get(added).text
    assert query(link(page, "不再关注：清远市示例甲足球培训中心")) == [("i", CHESS)]
    carried = html.document_fromstring(page).xpath("//form//input[@type='hidden' and @name='i']/@value")
    assert [*carried] == [FOOTBALL, CHESS] * 2, "both forms keep what is there"


def test_nothing_followed_is_explained(client: FlaskClient) -> None:
    text = words(main_part(client.get("/follow/").text))
    assert "本站不保存" in text
    assert "都看过了" not in text


def test_what_is_wrong_is_told_where_it_is(client: FlaskClient) -> None:
    page = main_part(client.get(f"/follow/?i=nobody&i={CHESS}&t=月球&c=月球区&since=昨天").text)
    text = words(page)
    assert "没有找到这些机构：nobody" in text
    assert "没有这些主题：月球" in text
    assert "没有这些县（市、区）：月球区" in text
    (field,) = page.xpath(".//input[@name='since' and @type!='hidden']")
    assert field.get("value") == "昨天"
    assert "“昨天”不是日期" in words(page.get_element_by_id(field.get("aria-describedby").split()[-1]))
    assert "这一天还没有到" in client.get("/follow/?since=2027-01-01").text
    for part in ("deadlines.ics", "changes.atom"):
        refused = client.get(f"/follow/{part}?i=nobody")
        assert (refused.status_code, refused.mimetype) == (400, "text/plain")


def test_one_page_follows_twenty(content: Path, tmp_path: Path) -> None:
    rows = institutions(MAX_INSTITUTIONS + 2)
    edition(content, *rows, name="2026-11-15-441802.xlsx")
    slugs = [("i", row["办学许可证号"]) for row in rows]
    page = visitor(content, tmp_path, now=NOW).get("/follow/", query_string=slugs).text  # type: ignore[arg-type]
    assert len(main_part(page).xpath(".//ul[@class='follow-rows']/li")) == MAX_INSTITUTIONS
    assert "最多关注20家机构，后面的2家没有算进去" in words(main_part(page))
    assert not main_part(page).xpath(".//input[@name='q']"), "there is no room for another"


def test_calendar_and_feed_follow_the_same(client: FlaskClient) -> None:
    page = client.get(f"/follow/?i={CHESS}&since=2026-11-01").text
    calendar = client.get(link(page, "到期日进日历"))
    assert calendar.mimetype == "text/calendar"
    assert "DTSTART;VALUE=DATE:20280229" in calendar.text
    assert calendar.text.count("BEGIN:VEVENT") == 1
    addresses = [words(each) for each in main_part(page).xpath(".//details//code[@class='address']")]
    assert len(addresses) == 3
    for address in addresses:
        assert "since" not in address, "a reader would have to be told the new day each time"
        answer = client.get(address.removeprefix("http://localhost"), headers={"Accept": "text/html"})
        assert "html" not in answer.mimetype
        told: list[Any] = (
            json.loads(answer.data)["items"] if "json" in address else feedparser.parse(answer.data).entries
        )
        assert [entry["title"] for entry in told] == ["清远市示例围棋培训中心（清城区）：办学地址变更"]


def test_a_star_leads_there_from_cards(client: FlaskClient) -> None:
    star = html.document_fromstring(client.get(f"/whitelist/{CHESS}/").text).xpath(
        "//a[contains(@href, '/follow/?')]"
    )[0]
    assert star.get("href") == f"/follow/?i={CHESS}"
    assert "nofollow" in star.get("rel")


PARTS = ("", "deadlines.ics", "changes.atom", "changes.rss", "changes.json", "nothing")


def test_no_answer_may_be_stored_or_found(client: FlaskClient) -> None:
    for address in (f"/follow?i={CHESS}", *(f"/follow/{part}?i={CHESS}" for part in PARTS)):
        answer = client.get(address)
        assert answer.headers["Cache-Control"] == "private, no-store", address
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "ETag" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert '<meta name="referrer" content="no-referrer">' in client.get(f"/follow/?i={CHESS}").text
    assert "/follow" not in client.get("/sitemap.xml").text


def test_what_is_followed_is_in_no_cache_and_no_count(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[object] = []
    put = LruCache.put

    def noted(self: LruCache, key: Any, response: Any) -> None:
        keys.append(key)
        put(self, key, response)

    monkeypatch.setattr(LruCache, "put", noted)
    searched: list[object] = []
    monkeypatch.setattr(BufferedQueryLog, "record", lambda *values: searched.append(values))
    with caplog.at_level(logging.DEBUG):
        client.get("/announcements/")
        for part in PARTS:
            client.get(
                f"/follow/{part}?i={CHESS}&q=示例围棋",
                headers={"Accept": "text/html", "User-Agent": "Mozilla"},
            )
    assert any("/announcements/" in str(key) for key in keys), "this is how a kept answer is seen"
    assert not [key for key in keys if "follow" in str(key)]
    assert CHESS not in caplog.text
    assert not searched


def test_a_fault_is_told_to_the_log_without_what_is_followed(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise KeyError(CHESS)

    monkeypatch.setattr(views, "news_of", broken)
    monkeypatch.setattr(client.application, "testing", False)
    assert client.get(f"/follow/?i={CHESS}").status_code == 500
    assert "KeyError at follow.index" in caplog.text
    assert CHESS not in caplog.text


def test_the_shipped_server_has_no_log_of_requests() -> None:
    settings = (ROOT / "deploy" / "gunicorn.conf.py").read_text(encoding="utf-8")
    assert "accesslog" not in settings
    assert "--access-logfile" not in (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8")
