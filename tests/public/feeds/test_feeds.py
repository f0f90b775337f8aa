"""Feeds as a subscriber meets them: valid, absolute, stable, and telling corrections and withdrawals."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from openbureau.formats.feeds import Feed, FeedEntry, render
from openbureau.publishing.build import PublicationRefused, publish
from openbureau.publishing.publication import Shelf
from support.makers import (
    PENALTIES,
    PENALTY,
    set_fields,
    substitute,
    texts,
    visitor,
    words,
    write_notices,
    write_register,
)
from support.site import CONTENT

FORMS = ("rss", "atom")
"""The formats that are XML; JSON Feed has tests of its own at the end."""

KINDS = {
    "all": {"policies", "notices", "announcements", "consultations", "editions"},
    "policies": {"policies"},
    "notices": {"notices"},
    "announcements": {"announcements"},
    "consultations": {"consultations"},
    "whitelist": {"editions"},
}
ADDRESSES = [f"/feeds/{name}.{form}" for name in KINDS for form in FORMS]
ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
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
def test_a_feed_names_itself_and_its_page(client: FlaskClient, form: str) -> None:
    feed = subscribe(client, f"/feeds/policies.{form}").feed
    assert feed.link == "http://localhost/policies/"
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
            sorted((e.id, e.title, e.link, e.summary, e.content[0].value) for e in each)
            for each in (rss, atom)
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


def test_feeds_without_policies_do_not_change_with_the_day(content: Path, tmp_path: Path) -> None:
    visits = [
        visitor(content, tmp_path, now=datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=days))
        for days in (0, 400)
    ]
    first, later = (visit.get("/feeds/notices.atom") for visit in visits)
    assert first.data == later.data
    assert first.headers["ETag"] == later.headers["ETag"]


PROGRAM = """
import sys
from pathlib import Path
from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.publishing.publication import Shelf
from openbureau.publishing.build import publish
content, instance = map(Path, sys.argv[1:])
publish(content, Shelf(instance / "publications"))
visit = create_app(Settings(content, instance, "sqlite://", url="")).test_client()
for address in ("/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json", "/feeds/search.atom?q=退费"):
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


ENTRY = FeedEntry(
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


@pytest.mark.parametrize(
    "address",
    ["/feeds/none.rss", "/feeds/all.pdf", "/feeds/all.RSS", "/feeds/none/", "/feeds/all/archive-1.atom"],
)
def test_a_feed_that_is_not_there_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def offered(client: FlaskClient, page: str) -> set[str]:
    """The feeds that the head of a page offers."""
    links = html.document_fromstring(client.get(page).text).head.xpath("./link[@rel='alternate'][@type]")
    types = {link.get("type") for link in links}
    assert types == {"application/rss+xml", "application/atom+xml", "application/feed+json"}, page
    assert all(link.get("title") for link in links), page
    return {link.get("href") for link in links}


def test_every_page_offers_feeds_that_answer(client: FlaskClient) -> None:
    pages = ["/", "/about/", "/subscribe/", "/search?q=退费", "/whitelist/", "/tip-off/status", "/none"]
    for kind in ("policies", "notices", "announcements", "consultations"):
        pages.append(f"/{kind}/")
        pages += [f"/{kind}/{path.stem}/" for path in sorted((CONTENT / kind).glob("*.md"))]
    found = set().union(*(offered(client, page) for page in pages))
    assert set(ADDRESSES) < found
    for address in found:
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/notices/?topic=校外培训&severity=高", "/feeds/notices.atom?severity=高&topic=校外培训"),
        ("/policies/?genre=解读&page=1", "/feeds/policies.atom?genre=解读"),
        ("/whitelist/?county=清新区&audience=小学生", "/feeds/whitelist-changes.atom?county=清新区"),
        ("/search?q=预收费&kind=policies", "/feeds/search.atom?kind=policies&q=预收费"),
        ("/feeds/policies/?genre=解读", "/feeds/policies.atom?genre=解读"),
    ],
)
def test_a_list_offers_the_feed_of_just_what_it_shows(client: FlaskClient, page: str, feed: str) -> None:
    assert feed in {unquote(address) for address in offered(client, page)}
    in_the_page = (
        html.document_fromstring(client.get(page).text).get_element_by_id("main").xpath(".//a/@href")
    )
    narrowed = feed.replace("/feeds/", "/subscribe/").replace(".atom", "/")
    assert narrowed in {unquote(address) for address in in_the_page}, "the link 订阅 says the same"
    subscribe(client, feed)


def test_the_part_that_htmx_renews_offers_the_feed_of_the_new_choice(client: FlaskClient) -> None:
    part = client.get("/notices/?severity=高", headers={"HX-Request": "true"}).text
    assert f"/subscribe/notices/?severity={quote('高')}" in part


def test_a_narrowed_feed_tells_only_what_was_chosen_and_says_so(client: FlaskClient) -> None:
    feed = subscribe(client, "/feeds/notices.atom?severity=高&topic=校外培训")
    assert feed.feed.title == "清远市教育局政务公开：风险提示（高、校外培训）"
    assert unquote(feed.feed.link) == "http://localhost/notices/?severity=高&topic=校外培训"
    assert LOANS in {entry.id for entry in feed.entries}
    for entry in feed.entries:
        assert {"高", "校外培训"} <= {tag.term for tag in entry.tags}
    assert len(feed.entries) < len(subscribe(client, "/feeds/notices.atom").entries)


def test_one_choice_is_one_feed_however_it_is_written(client: FlaskClient) -> None:
    one = subscribe(client, "/feeds/notices.atom?severity=高&topic=校外培训")
    other = subscribe(client, "/feeds/notices.atom?topic=校外培训&severity=高&audience=")
    assert one.feed.id == other.feed.id != subscribe(client, "/feeds/notices.atom?severity=高").feed.id
    own = [[link.href for link in feed.feed.links if link.rel == "self"] for feed in (one, other)]
    assert own[0] == own[1]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/feeds/notices.rss?severity=极高", "“风险程度”里没有“极高”。可以用：高"),
        (
            "/feeds/notices.json?colour=red",
            "“colour”不是“风险提示”的订阅条件。可以用的条件：severity（风险程度）",
        ),
        ("/feeds/whitelist.atom?county=清城区", "可以用的条件：没有，请去掉它"),
        ("/feeds/notices.atom?severity=高&severity=中", "“severity”写了不止一次"),
        ("/feeds/search.atom", "请写明搜索词"),
        ("/feeds/search.atom?q=退费&kind=tips", "“栏目”里没有“tips”。可以用：policies（政策与解读）"),
        ("/feeds/whitelist-changes.atom?institution=1", "请从名单中该机构的页面复制订阅地址"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_the_remedy(
    client: FlaskClient, address: str, told: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer.content_type == "text/plain; charset=utf-8"
    assert told in answer.text
    remedy = re.search(r"http://localhost(/subscribe/\S+)", answer.text)
    assert remedy
    assert client.get(remedy[1]).status_code == 200


def test_one_may_subscribe_to_a_subject_before_anything_is_published_about_it(client: FlaskClient) -> None:
    assert subscribe(client, "/feeds/announcements.atom?topic=预收费").entries == []


def test_who_subscribed_to_a_subject_learns_of_the_withdrawal_of_the_last_record_about_it(
    content: Path, tmp_path: Path
) -> None:
    for name in ("loans", "prepayment-limits"):
        set_fields(content / f"notices/{name}.md", severity="中")
    set_fields(content / "notices/summer.md", severity="高")
    reader = Reader(visitor(content, tmp_path), "/feeds/notices.atom?severity=高")
    assert set(reader.news()) == {SUMMER}
    set_fields(content / "notices/summer.md", updated_at="2026-05-21 09:00", withdrawn_reason="与新规不一致")
    publish(content, Shelf(tmp_path / "publications"))
    assert reader.news() == {SUMMER: "【撤回】暑假不得组织学科类培训：本条已撤回。原因：与新规不一致"}


# Searches


def test_the_feed_of_a_search_tells_what_the_search_finds_the_latest_first(client: FlaskClient) -> None:
    feed = subscribe(client, "/feeds/search.atom?q=培训贷")
    assert feed.feed.title == "清远市教育局政务公开：搜索“培训贷”"
    assert unquote(feed.feed.link) == "http://localhost/search?q=培训贷"
    assert LOANS in {entry.id for entry in feed.entries}
    days = [entry.updated_parsed for entry in feed.entries]
    assert days == sorted(days, reverse=True)
    assert subscribe(client, "/feeds/search.atom?q=培训贷&kind=policies").entries == [
        entry for entry in feed.entries if ":policies/" in entry.id
    ]


def test_a_search_that_finds_nothing_whole_has_a_feed_without_entries(client: FlaskClient) -> None:
    assert subscribe(client, "/feeds/search.atom?q=月球基地").entries == []


def test_who_subscribed_to_a_search_learns_what_was_added_corrected_and_withdrawn(
    content: Path, tmp_path: Path
) -> None:
    reader = Reader(visitor(content, tmp_path), "/feeds/search.atom?q=培训贷")
    shelf = Shelf(tmp_path / "publications")
    assert LOANS in reader.news()
    set_fields(
        content / "notices/summer.md", title="培训贷与暑假", updated_at="2026-05-20 09:00", change_note="改题"
    )
    publish(content, shelf)
    assert set(reader.news()) == {SUMMER}
    set_fields(content / "notices/loans.md", updated_at="2026-05-21 09:00", withdrawn_reason="与新规不一致")
    set_fields(
        content / "announcements/report.md", updated_at="2026-05-21 09:00", withdrawn_reason="数字有误"
    )
    publish(content, shelf)
    assert set(reader.news()) == {LOANS}, "what never spoke of it is withdrawn without a word here"


# What programs need


def test_in_atom_a_withdrawal_has_a_tombstone_of_the_instant_of_its_entry(
    content: Path, tmp_path: Path
) -> None:
    set_fields(
        content / "notices/summer.md", updated_at="2026-05-21 09:00", withdrawn_reason="与<新规>不一致"
    )
    root = etree.fromstring(visitor(content, tmp_path).get("/feeds/notices.atom").data)
    (stone,) = root.findall(f"{TOMBSTONES}deleted-entry")
    assert dict(stone.attrib) == {"ref": SUMMER, "when": "2026-05-21T01:00:00+00:00"}
    assert stone.findtext(f"{TOMBSTONES}comment") == "与<新规>不一致"
    (entry,) = [each for each in root.findall(f"{ATOM}entry") if each.findtext(f"{ATOM}id") == SUMMER]
    assert entry.findtext(f"{ATOM}updated") == stone.get("when")


@pytest.mark.parametrize("form", FORMS)
def test_an_edition_of_the_whitelist_comes_with_its_workbook(client: FlaskClient, form: str) -> None:
    entries = subscribe(client, f"/feeds/whitelist.{form}").entries
    files = {file.href: file for entry in entries for file in entry.enclosures}
    file = files["http://localhost/whitelist/editions/2024-09-30-441803/file"]
    answer = client.get(file.href.removeprefix("http://localhost"), buffered=True)
    assert (file.type, int(file.length)) == ("text/csv", len(answer.data))
    assert all(entry.content[0].value for entry in entries)


@pytest.mark.parametrize("hub", ["", "https://hub.example/"])
def test_the_hub_is_named_in_every_form_when_there_is_one(content: Path, tmp_path: Path, hub: str) -> None:
    substitute(content / "site.toml", "[links]\n", f'[links]\nhub = "{hub}"\n')
    visit = visitor(content, tmp_path)
    for form in FORMS:
        links = subscribe(visit, f"/feeds/all.{form}").feed.links
        assert [link.href for link in links if link.rel == "hub"] == ([hub] if hub else [])
    told = visit.get("/feeds/all.json").json
    assert told.get("hubs") == ([{"type": "WebSub", "url": hub}] if hub else None)


def test_a_hub_that_is_no_address_stops_the_publication(content: Path, tmp_path: Path) -> None:
    substitute(content / "site.toml", "[links]\n", '[links]\nhub = "hub.example"\n')
    with pytest.raises(PublicationRefused) as refused:
        publish(content, Shelf(tmp_path / "publications"))
    assert [problem.what for problem in refused.value.problems] == ["hub is not an address"]


@pytest.mark.parametrize("name", [*KINDS, "whitelist-changes", "search"])
def test_the_json_feed_is_well_formed_and_says_the_same_as_atom(client: FlaskClient, name: str) -> None:
    query = "?q=退费" if name == "search" else ""
    answer = client.get(f"/feeds/{name}.json{query}")
    assert answer.content_type == "application/feed+json"
    told = json.loads(answer.data)
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert unquote(told["feed_url"]) == f"http://localhost/feeds/{name}.json{query}"
    assert told["authors"] == [{"name": "清远市教育局"}]
    assert told["language"] == "zh-CN"
    atom = subscribe(client, f"/feeds/{name}.atom{query}")
    assert (told["title"], told["home_page_url"]) == (atom.feed.title, atom.feed.link)
    assert [(i["id"], i["title"], i["url"], i["summary"], i["content_html"]) for i in told["items"]] == [
        # The parser of the tests closes empty elements in its own way.
        (e.id, e.title, e.link, e.summary, e.content[0].value.replace(" />", ">"))
        for e in atom.entries
    ]
    assert [(i["date_published"], i["date_modified"]) for i in told["items"]] == [
        (e.published, e.updated) for e in atom.entries
    ]
    assert [i.get("tags", []) for i in told["items"]] == [
        [tag.term for tag in e.get("tags", [])] for e in atom.entries
    ]
    files = [
        [(f["url"], f["mime_type"], str(f["size_in_bytes"])) for f in i.get("attachments", [])]
        for i in told["items"]
    ]
    assert files == [[(f.href, f.type, f.length) for f in e.enclosures] for e in atom.entries]


def test_the_list_of_subscriptions_is_opml_and_its_feeds_answer(client: FlaskClient) -> None:
    answer = client.get("/feeds/subscriptions.opml")
    assert answer.content_type == "text/x-opml; charset=utf-8"
    root = etree.fromstring(answer.data)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "清远市教育局政务公开"
    told = root.findall("body/outline/outline")
    assert {each.get("type") for each in told} == {"rss"}
    assert all(each.get("text") and each.get("htmlUrl") for each in told)
    addresses = [each.get("xmlUrl", "").removeprefix("http://localhost") for each in told]
    assert {f"/feeds/{name}.atom" for name in KINDS} < set(addresses)
    assert f"/feeds/whitelist-changes.atom?county={quote('清新区')}" in addresses
    for address in addresses:
        subscribe(client, address)


# Asking again


@pytest.mark.parametrize("form", [*FORMS, "json"])
def test_who_asks_by_the_day_of_the_last_change_gets_not_modified_and_no_body(
    client: FlaskClient, form: str
) -> None:
    first = client.get(f"/feeds/notices.{form}")
    again = client.get(
        f"/feeds/notices.{form}", headers={"If-Modified-Since": first.headers["Last-Modified"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    earlier = {"If-Modified-Since": "Sat, 04 Apr 2020 00:00:00 GMT"}
    assert client.get(f"/feeds/notices.{form}", headers=earlier).status_code == 200


def test_a_tag_made_weak_on_the_way_is_known_again(client: FlaskClient) -> None:
    tag = client.get("/feeds/all.atom").headers["ETag"]
    assert client.get("/feeds/all.atom", headers={"If-None-Match": f"W/{tag}"}).status_code == 304


def test_two_nodes_and_a_restarted_one_give_the_same_tags_and_days(content: Path, tmp_path: Path) -> None:
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    nodes = [visitor(content, tmp_path / name) for name in ("one", "two", "one")]
    addresses = ["/feeds/registers-penalties.atom", "/feeds/search.json?q=退费", "/feeds/all.rss"]
    for address in addresses:
        answers = [node.get(address) for node in nodes]
        assert len({answer.headers["ETag"] for answer in answers}) == 1
        assert len({answer.headers["Last-Modified"] for answer in answers}) == 1
        assert len({answer.data for answer in answers}) == 1


def test_the_feed_of_a_register_changes_with_the_day_on_which_a_display_ends(
    content: Path, tmp_path: Path
) -> None:
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    address = "/feeds/registers-penalties.atom?kind=罚款"
    last, after = (
        visitor(content, tmp_path, now=datetime(2026, 11, day, 4, tzinfo=UTC)).get(address) for day in (3, 4)
    )
    assert len(parsed(last.data).entries) == 1
    assert parsed(after.data).entries == []
    assert last.headers["ETag"] != after.headers["ETag"]


# Registers


def test_a_register_is_told_by_what_happened_and_by_its_facets(content: Path, tmp_path: Path) -> None:
    other = {**PENALTY, "编号": "2025-2", "处罚类别": "警告"}
    editions = {"2025-12-31": [PENALTY, other], "2026-03-31": [PENALTY, {**other, "罚款数额": "1"}]}
    write_register(content, "penalties", PENALTIES, editions)
    visit = visitor(content, tmp_path)

    def told(query: str) -> list[str]:
        entries = subscribe(visit, f"/feeds/registers-penalties.atom?{query}").entries
        return [entry.id.rpartition("--")[2] for entry in entries]

    assert told("event=变更") == ["2025-2"]
    assert told("event=新增") == ["2025-1"]
    assert told("kind=警告") == ["2025-2"]
    assert told("kind=罚款&event=变更") == []


def test_who_narrowed_a_register_learns_of_its_withdrawals_whatever_they_were(
    content: Path, tmp_path: Path
) -> None:
    other = {**PENALTY, "编号": "2025-2"}
    gone = {**PENALTY, "撤回日期": "2026-03-01", "撤回原因": "复议撤销"}
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY, other]})
    reader = Reader(visitor(content, tmp_path), "/feeds/registers-penalties.atom?kind=罚款")
    assert len(reader.news()) == 2
    write_register(content, "penalties", PENALTIES, {"2026-03-31": [gone, other]})
    publish(content, Shelf(tmp_path / "publications"))
    (text,) = reader.news().values()
    assert text == "【撤回】行政处罚：编号 2025-1：本条已撤回。原因：2026-03-01 撤回。复议撤销"


# The page


def main(client: FlaskClient, address: str) -> html.HtmlElement:
    return html.document_fromstring(client.get(address).text).get_element_by_id("main")


def raw(page: html.HtmlElement) -> list[str]:
    """The addresses for readers, to be copied."""
    return [unquote(each.text_content()) for each in page.xpath(".//details[@class='raw']//dd/code")]


def test_the_page_of_feeds_leads_to_each_of_them(client: FlaskClient) -> None:
    page = main(client, "/subscribe/")
    assert raw(page) == [f"http://localhost/feeds/all.{form}" for form in (*FORMS, "json")]
    pages = page.xpath(".//nav[@class='kinds']//a/@href")
    assert {f"/subscribe/{name}/" for name in (*KINDS, "whitelist-changes", "search")} <= set(pages)
    for address in pages:
        assert client.get(address).status_code == 200
    assert client.get("/feeds/").headers["Location"] == "/subscribe/"


def test_the_page_of_a_feed_makes_the_address_of_what_is_chosen(client: FlaskClient) -> None:
    (form,) = main(client, "/subscribe/whitelist-changes/").xpath(".//form[@class='stack']")
    assert form.action.startswith("/subscribe/whitelist-changes/")
    assert form.method == "GET"
    form.fields = {"county": "清新区", "category": "", "event": "removed", "institution": ""}
    made = raw(main(client, f"{form.action.partition('#')[0]}?{urlencode(form.form_values())}"))
    assert made[0] == "http://localhost/feeds/whitelist-changes.rss?county=清新区&event=removed"
    for address in made:
        assert client.get(address.removeprefix("http://localhost")).status_code == 200


def test_whoever_subscribes_is_shown_the_easiest_way_first(client: FlaskClient) -> None:
    ways = [words(each) for each in main(client, "/subscribe/").xpath(".//ul[@class='ways']//b")]
    assert ways == ["加到手机日历", "做一页“我的关注”", "用阅读器"], "no 公众号 is set"
    narrowed = main(client, "/subscribe/whitelist-changes/?county=清新区").xpath(
        ".//ul[@class='ways']//a/@href"
    )
    assert [unquote(address) for address in narrowed[:2]] == [
        "/follow/deadlines.ics?c=清新区",
        "/follow/?c=清新区",
    ]
    for address in narrowed[:2]:
        assert client.get(address).status_code == 200


def test_the_account_at_wechat_is_shown_with_its_code_once_it_is_set(content: Path, tmp_path: Path) -> None:
    site = content / "site.toml"
    account = '[links]\nwechat = "清远教育"\nwechat_url = "http://weixin.qq.com/r/example"\n'
    site.write_text(site.read_text(encoding="utf-8").replace("[links]\n", account), encoding="utf-8")
    client = visitor(content, tmp_path)
    assert "公众号“清远教育”" in words(main(client, "/subscribe/"))
    assert client.get("/subscribe/wechat.svg").mimetype == "image/svg+xml"


@pytest.mark.parametrize("address", ["/notices/", "/policies/?topic=预收费", "/search?q=退费"])
def test_pages_lead_people_to_words_and_never_to_a_feed(client: FlaskClient, address: str) -> None:
    """One link 订阅 under a list, then the page in words, then what the feed says, as a page."""
    links = main(client, address).xpath(".//a/@href")
    (told,) = [link for link in links if link.startswith("/subscribe/")]
    page = main(client, told)
    (twin,) = [link for link in page.xpath(".//a/@href") if re.match("/feeds/[a-z-]+/", link)]
    assert client.get(twin).mimetype == "text/html"
    for link in (*links, *page.xpath(".//a/@href"), *main(client, twin).xpath(".//a/@href")):
        assert not link.partition("?")[0].endswith((".rss", ".atom")), link
        assert not (link.startswith("/feeds/") and ".json" in link), link


@pytest.mark.parametrize("form", [*FORMS, "json"])
def test_a_feed_answers_a_browser_as_it_answers_a_reader(client: FlaskClient, form: str) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "HX-Request": "true"}
    address = f"/feeds/notices.{form}"
    assert client.get(address, headers=browser).data == client.get(address).data
    assert "html" not in client.get(address, headers=browser).mimetype


def test_the_twin_says_what_the_feed_says(client: FlaskClient) -> None:
    entries = subscribe(client, "/feeds/notices.atom?topic=预收费").entries
    titles = main(client, "/feeds/notices/?topic=预收费").xpath(".//ul[@class='items']//h2")
    assert [words(title) for title in titles] == [entry.title for entry in entries]
    assert client.get("/feeds/notices/?topic=月球").headers["Location"].startswith("/subscribe/notices/")


def test_the_page_of_a_feed_says_what_is_missing_or_wrong_instead_of_an_address(client: FlaskClient) -> None:
    for address, told in (
        ("/subscribe/search/", "先在上面写明搜索词，再生成网址"),
        ("/subscribe/whitelist-changes/?county=月球区", "“县（市、区）”里没有“月球区”"),
        ("/subscribe/notices/?colour=red", "“colour”不是“风险提示”的订阅条件"),
    ):
        answer = client.get(address)
        assert told in answer.text
        assert not raw(main(client, address))
