"""Feeds as a subscriber meets them: valid, absolute, stable, and telling corrections and withdrawals."""

import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from conftest import CONTENT
from makers import set_fields, substitute, texts, visitor, write_notices
from openbureau.feeds import Entry, Feed, render
from openbureau.publication import Shelf
from openbureau.publish import publish

FORMS = ("rss", "atom")
KINDS = {
    "all": {"policies", "notices", "announcements", "editions"},
    "policies": {"policies"},
    "notices": {"notices"},
    "announcements": {"announcements"},
    "whitelist": {"editions"},
}
ADDRESSES = [f"/feeds/{name}.{form}" for name in KINDS for form in FORMS]
ATOM = "{http://www.w3.org/2005/Atom}"
LOANS = "tag:openbureau.example,2026:notices/loans"
SUMMER = "tag:openbureau.example,2026:notices/summer"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def parsed(data: bytes) -> Any:
    """The feed as a reader takes it; a reader that stumbles fails the test."""
    feed = feedparser.parse(data)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def subscribe(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200
    return parsed(answer.data)


@dataclass
class Reader:
    """A reader's program: keeps what it has seen by id, and tells what is new or changed."""

    client: FlaskClient
    address: str
    seen: dict[str, str] = field(default_factory=dict)
    etag: str = ""

    def news(self) -> dict[str, str]:
        """Title by id of all entries that are new or say something else than before."""
        answer = self.client.get(self.address, headers={"If-None-Match": self.etag})
        if answer.status_code == 304:
            return {}
        self.etag = answer.headers["ETag"]
        entries = parsed(answer.data).entries
        told = {entry.id: f"{entry.title}：{entry.summary}" for entry in entries}
        changed = {name: text for name, text in told.items() if self.seen.get(name) != text}
        self.seen |= told
        return changed


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_is_valid_and_says_whose_it_is(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    form = address.rpartition(".")[2]
    assert answer.content_type == f"application/{form}+xml; charset=utf-8"
    feed = parsed(answer.data)
    assert feed.version == {"rss": "rss20", "atom": "atom10"}[form]
    assert feed.encoding == "utf-8"
    assert feed.feed.title.startswith("清远市教育局政务公开：")
    assert feed.feed.subtitle.startswith("【演示数据】")
    assert feed.feed.language == "zh-CN"
    assert feed.entries


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_tells_of_its_kinds_and_of_nothing_twice(client: FlaskClient, address: str) -> None:
    name = address.removeprefix("/feeds/").partition(".")[0]
    ids = [entry.id for entry in subscribe(client, address).entries]
    assert len(set(ids)) == len(ids)
    assert {each.split(":")[2].split("/")[0] for each in ids} == KINDS[name]
    assert all(each.startswith("tag:openbureau.example,2026:") for each in ids)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_has_the_latest_change_first(client: FlaskClient, address: str) -> None:
    told = "updated_parsed" if address.endswith("atom") else "published_parsed"
    days = [entry[told] for entry in subscribe(client, address).entries]
    assert len(days) > 1
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("form", FORMS)
def test_every_link_of_a_feed_says_where_it_leads_and_leads_there(
    content: Path, tmp_path: Path, form: str
) -> None:
    path = content / "notices" / "loans.md"
    path.write_text(
        path.read_text(encoding="utf-8") + "\n脚注[^1]\n\n[^1]: 见[首页](/)。\n", encoding="utf-8"
    )
    # The form for tips opens only where there is a key pair.
    substitute(content / "announcements" / "clue-call.md", "/tip-off/", "/whitelist/")
    visit = visitor(content, tmp_path, url="https://bureau.example")
    feed = subscribe(visit, f"/feeds/all.{form}")
    found = [feed.feed.link, *(link.href for link in feed.feed.links)]
    for entry in feed.entries:
        found.append(entry.link)
        found += html.fromstring(f"<div>{entry.content[0].value}</div>").xpath(".//a/@href")
    assert len(found) > 12
    for link in found:
        assert link.startswith("https://bureau.example/"), link
        assert visit.get(link.removeprefix("https://bureau.example")).status_code == 200, link


def test_without_a_setting_links_lead_to_the_address_the_reader_used(client: FlaskClient) -> None:
    answer = client.get("/feeds/notices.rss", base_url="https://reader.example")
    assert all(entry.link.startswith("https://reader.example/") for entry in parsed(answer.data).entries)


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_names_itself_and_the_site(client: FlaskClient, form: str) -> None:
    feed = subscribe(client, f"/feeds/policies.{form}").feed
    assert feed.link == "http://localhost/"
    own = [link.href for link in feed.links if link.rel == "self"]
    assert own == [f"http://localhost/feeds/policies.{form}"]


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_carries_the_whole_text_its_summary_and_its_subjects(client: FlaskClient, form: str) -> None:
    entries = {entry.id: entry for entry in subscribe(client, f"/feeds/notices.{form}").entries}
    loans = entries[LOANS]
    assert loans.title == "当心培训贷：不要贷款交学费"
    assert loans.link == "http://localhost/notices/loans/"
    assert loans.summary == "培训贷让家长背上债务，机构关门仍要还款。"
    assert "遇到问题拨打12345" in loans.content[0].value
    assert {tag.term for tag in loans.tags} == {"校外培训", "高"}
    assert datetime(*loans.published_parsed[:6], tzinfo=UTC) == datetime(2026, 4, 4, 0, 30, tzinfo=UTC)


def test_both_forms_tell_the_same(client: FlaskClient) -> None:
    for name in KINDS:
        rss, atom = (subscribe(client, f"/feeds/{name}.{form}").entries for form in FORMS)
        told = [
            [(e.id, e.title, e.link, e.summary, e.content[0].value) for e in each] for each in (rss, atom)
        ]
        assert told[0] == told[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_subscriber_learns_what_was_added_corrected_and_withdrawn(
    content: Path, tmp_path: Path, form: str
) -> None:
    reader = Reader(visitor(content, tmp_path), f"/feeds/notices.{form}")
    shelf = Shelf(tmp_path / "publications")
    assert len(reader.news()) == 3
    assert reader.news() == {}

    write_notices(content, 1)
    publish(content, shelf)
    assert [name.rpartition("/")[2] for name in reader.news()] == ["number-00"]

    loans, summer = content / "notices/loans.md", content / "notices/summer.md"
    set_fields(loans, updated_at="2026-05-20 09:00", change_note="更正了电话")
    set_fields(summer, updated_at="2026-05-21 09:00", withdrawn_reason="与新规不一致")
    publish(content, shelf)
    assert reader.news() == {
        SUMMER: "【撤回】暑假不得组织学科类培训：本条已撤回。原因：与新规不一致",
        LOANS: "【更正】当心培训贷：不要贷款交学费：培训贷让家长背上债务，机构关门仍要还款。",
    }
    assert reader.news() == {}


@pytest.mark.parametrize("form", FORMS)
def test_a_correction_comes_with_its_note_and_a_withdrawal_without_the_old_text(
    content: Path, tmp_path: Path, form: str
) -> None:
    set_fields(content / "notices/loans.md", updated_at="2026-05-20 09:00", change_note="更正了<电话>")
    set_fields(content / "notices/summer.md", updated_at="2026-05-21 09:00", withdrawn_reason="与新规不一致")
    visit = visitor(content, tmp_path)
    entries = subscribe(visit, f"/feeds/notices.{form}").entries
    assert [entry.id for entry in entries[:2]] == [SUMMER, LOANS]
    withdrawn, corrected = (html.fromstring(entry.content[0].value).text_content() for entry in entries[:2])
    assert withdrawn == "本条已撤回。原因：与新规不一致"
    assert corrected.startswith("更正说明：更正了<电话>")
    assert "遇到问题拨打12345" in corrected
    assert visit.get("/notices/summer/").status_code == 410


def test_in_atom_a_correction_is_newer_than_its_publication(content: Path, tmp_path: Path) -> None:
    set_fields(content / "notices/loans.md", updated_at="2026-05-20 09:00", change_note="更正了电话")
    (loans,) = [
        entry
        for entry in subscribe(visitor(content, tmp_path), "/feeds/notices.atom").entries
        if entry.id == LOANS
    ]
    assert datetime(*loans.published_parsed[:6], tzinfo=UTC) == datetime(2026, 4, 4, 0, 30, tzinfo=UTC)
    assert datetime(*loans.updated_parsed[:6], tzinfo=UTC) == datetime(2026, 5, 20, 1, 0, tzinfo=UTC)


def test_a_feed_holds_the_fifty_latest(content: Path, tmp_path: Path) -> None:
    write_notices(content, 60)
    entries = subscribe(visitor(content, tmp_path), "/feeds/notices.atom").entries
    assert [entry.id.rpartition("-")[2] for entry in entries] == [f"{number:02}" for number in range(50)]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_reader_that_has_the_feed_gets_not_modified_and_no_body(client: FlaskClient, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = client.get(address, headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.data) == (200, first.data)


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_was_last_modified_when_its_latest_entry_was(content: Path, tmp_path: Path, form: str) -> None:
    set_fields(content / "notices/loans.md", updated_at="2026-05-20 09:00", change_note="更正了电话")
    answer = visitor(content, tmp_path).get(f"/feeds/notices.{form}")
    assert answer.last_modified == datetime(2026, 5, 20, 1, 0, tzinfo=UTC)


def test_another_publication_has_another_etag_even_if_no_date_changed(content: Path, tmp_path: Path) -> None:
    visit = visitor(content, tmp_path)
    before = visit.get("/feeds/notices.atom")
    set_fields(content / "notices/loans.md", summary="换了摘要，没有写更正。")
    publish(content, Shelf(tmp_path / "publications"))
    headers = {"If-None-Match": before.headers["ETag"], "If-Modified-Since": before.headers["Last-Modified"]}
    after = visit.get("/feeds/notices.atom", headers=headers)
    assert after.status_code == 200
    assert "换了摘要" in after.text


def test_feeds_do_not_change_with_the_day(content: Path, tmp_path: Path) -> None:
    visits = [
        visitor(content, tmp_path, now=datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=days))
        for days in (0, 400)
    ]
    first, later = (visit.get("/feeds/all.atom") for visit in visits)
    assert first.data == later.data
    assert first.headers["ETag"] == later.headers["ETag"]


PROGRAM = """
import sys
from pathlib import Path
from openbureau import create_app
from openbureau.config import Settings
from openbureau.publication import Shelf
from openbureau.publish import publish
content, instance = map(Path, sys.argv[1:])
publish(content, Shelf(instance / "publications"))
visit = create_app(Settings(content, instance, "sqlite://", url="")).test_client()
for address in ("/feeds/all.rss", "/feeds/all.atom"):
    sys.stdout.buffer.write(visit.get(address).data)
"""


def test_two_builds_give_the_same_bytes(content: Path, tmp_path: Path) -> None:
    answers = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(content), str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        )
        answers.append(done.stdout)
    assert b"<entry>" in answers[0]
    assert answers[0] == answers[1]


ENTRY = Entry(
    id="tag:openbureau.example,2026:notices/one",
    title="标题",
    link="https://bureau.example/notices/one/",
    published_at=datetime(2026, 5, 1, tzinfo=UTC),
    updated_at=datetime(2026, 5, 1, tzinfo=UTC),
    summary="摘要",
    html="<p>正文</p>",
)
FEED = Feed(
    id="tag:openbureau.example,2026:feeds/all",
    title="全部更新",
    subtitle="副题",
    link="https://bureau.example/",
    self_link="https://bureau.example/feeds/all.rss",
    author="示例市教育局",
    language="zh-CN",
    updated_at=datetime(2026, 5, 1, tzinfo=UTC),
    entries=[ENTRY],
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_left_out(character: str, form: str) -> None:
    dirty = f"甲{character}乙"
    entry = replace(ENTRY, title=dirty, summary=dirty, html=f"<p>{dirty}</p>", categories=[dirty])
    feed = parsed(render(replace(FEED, title=dirty, subtitle=dirty, author=dirty, entries=[entry]), form))
    (told,) = feed.entries
    shown = (feed.feed.title, feed.feed.subtitle, told.title, told.summary, told.tags[0].term)
    assert set(shown) == {"甲乙"}
    assert told.content[0].value == "<p>甲乙</p>"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["<b>&amp;</b>", "]]>", "“引号”&'\"", "𠮷野家😀", "第一行\n第二行"])
def test_marks_and_rare_characters_reach_the_reader_as_written(text: str, form: str) -> None:
    root = etree.fromstring(render(replace(FEED, entries=[replace(ENTRY, title=text, summary=text)]), form))
    entry = root.find("channel/item" if form == "rss" else f"{ATOM}entry")
    names = ("title", "description") if form == "rss" else (f"{ATOM}title", f"{ATOM}summary")
    assert [entry.findtext(name) for name in names] == [text, text]


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_without_entries_can_be_subscribed_to(content: Path, tmp_path: Path, form: str) -> None:
    visit = visitor(content, tmp_path)
    feed = subscribe(visit, f"/feeds/whitelist.{form}")
    assert feed.entries == []
    assert feed.feed.title == "清远市教育局政务公开：白名单各期"


@pytest.mark.parametrize("address", ["/feeds/none.rss", "/feeds/all.json", "/feeds/all.RSS", "/feeds/all"])
def test_a_feed_that_is_not_there_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_every_page_offers_feeds_that_answer(client: FlaskClient) -> None:
    pages = ["/", "/about/", "/feeds/", "/search?q=退费", "/whitelist/", "/tip-off/status", "/none"]
    for kind in ("policies", "notices", "announcements"):
        pages.append(f"/{kind}/")
        pages += [f"/{kind}/{path.stem}/" for path in sorted((CONTENT / kind).glob("*.md"))]
    offered: set[str] = set()
    for page in pages:
        head = html.document_fromstring(client.get(page).text).head
        links = head.xpath("./link[@rel='alternate']")
        assert {link.get("type") for link in links} == {"application/rss+xml", "application/atom+xml"}, page
        assert all(link.get("title") for link in links), page
        offered |= {link.get("href") for link in links}
    assert offered == set(ADDRESSES)
    for address in offered:
        subscribe(client, address)


def test_the_page_of_feeds_names_each_of_them(client: FlaskClient) -> None:
    page = html.document_fromstring(client.get("/feeds/").text).get_element_by_id("main")
    assert set(page.xpath(".//dd/a/@href")) == set(ADDRESSES)
