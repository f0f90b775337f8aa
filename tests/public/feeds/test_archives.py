"""Paged and archived feeds (RFC 5005): nothing that was ever told is out of a subscriber's reach."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree

from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import PENALTIES, PENALTY, set_fields, texts, visitor, write_notices, write_register

FORMS = ("rss", "atom")
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
PAGE = 50
"""Entries of one archive."""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """So many notices that there are two archives: 3 of the tests' content and 120 more."""
    copied = texts(tmp_path)
    write_notices(copied, 120)
    return copied


def fetched(client: FlaskClient, address: str) -> Any:
    answer = client.get(address.removeprefix("http://localhost"))
    assert answer.status_code == 200, address
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def link(feed: Any, relation: str) -> str:
    return next((each.href for each in feed.feed.links if each.rel == relation), "")


def documents(client: FlaskClient, address: str) -> Iterator[Any]:
    """The feed and all its archives, the newest first."""
    while address:
        feed = fetched(client, address)
        yield feed
        address = link(feed, "prev-archive")


def ids(feed: Any) -> list[str]:
    return [entry.id.rpartition("/")[2] for entry in feed.entries]


@pytest.mark.parametrize("form", FORMS)
def test_a_subscriber_reaches_everything_that_was_ever_told(content: Path, tmp_path: Path, form: str) -> None:
    found = list(documents(visitor(content, tmp_path), f"/feeds/notices.{form}"))
    assert [len(feed.entries) for feed in found] == [PAGE, PAGE, PAGE]
    told = {name for feed in found for name in ids(feed)}
    assert told == {"loans", "summer", "prepayment-limits", *(f"number-{n:02}" for n in range(120))}
    assert len({feed.feed.get("id", "") for feed in found}) == 1


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_says_that_it_is_one_and_leads_on_and_back(
    content: Path, tmp_path: Path, form: str
) -> None:
    client = visitor(content, tmp_path)
    current, newer, older = documents(client, f"/feeds/notices.{form}?topic=校外培训")
    assert (link(newer, "next-archive"), link(older, "prev-archive")) == ("", "")
    assert link(older, "next-archive") == link(newer, "self") == link(current, "prev-archive")
    assert link(newer, "current") == link(older, "current") == link(current, "self")
    assert link(current, "current") == ""
    for feed, expected in ((current, 0), (newer, 1), (older, 1)):
        answer = client.get(link(feed, "self").removeprefix("http://localhost"))
        assert len(list(etree.fromstring(answer.data).iter(ARCHIVE))) == expected


def test_the_json_feed_leads_to_what_is_older(content: Path, tmp_path: Path) -> None:
    client = visitor(content, tmp_path)
    address, told = "/feeds/notices.json", set()
    while address:
        feed = json.loads(client.get(address.removeprefix("http://localhost")).data)
        told |= {item["id"] for item in feed["items"]}
        address = feed.get("next_url", "")
    assert len(told) == 123


def test_a_feed_that_holds_everything_has_no_archive(content: Path, tmp_path: Path) -> None:
    client = visitor(content, tmp_path)
    assert link(fetched(client, "/feeds/policies.atom"), "prev-archive") == ""
    for number in ("0", "1", "-1", "x"):
        assert client.get(f"/feeds/policies/archive-{number}.atom").status_code == 404
    assert client.get("/feeds/notices/archive-3.atom").status_code == 404
    assert client.get("/feeds/notices/archive-1.atom?severity=无").status_code == 400


def test_an_archive_does_not_change_when_more_is_published(content: Path, tmp_path: Path) -> None:
    client = visitor(content, tmp_path)
    addresses = [f"/feeds/notices/archive-{number}.atom" for number in (1, 2)]
    before = [ids(fetched(client, address)) for address in addresses]
    first = client.get(addresses[0]).data
    for number in range(30):
        path = content / "notices" / f"later-{number:02}.md"
        path.write_bytes((content / "notices" / "summer.md").read_bytes())
        set_fields(path, index_no=f"2026-{8000 + number:05}", published_at=f"2026-05-30 10:{number:02}")
    publish(content, Shelf(tmp_path / "publications"))
    assert client.get(addresses[0]).data == first
    assert [ids(fetched(client, address)) for address in addresses] == before
    assert len(list(documents(client, "/feeds/notices.atom"))) == 4


def test_a_correction_of_something_old_is_told_now_and_stays_in_its_archive(
    content: Path, tmp_path: Path
) -> None:
    set_fields(content / "notices/number-119.md", updated_at="2026-05-30 09:00", change_note="更正了电话")
    current, newer, older = documents(visitor(content, tmp_path), "/feeds/notices.atom")
    assert ids(current)[0] == "number-119"
    (kept,) = [entry for entry in older.entries if entry.id.endswith("/number-119")]
    assert kept.title == current.entries[0].title == "【更正】第119号提示"
    assert "number-119" not in ids(newer)


def test_what_was_withdrawn_keeps_its_place_but_not_its_text_in_an_archive(
    content: Path, tmp_path: Path
) -> None:
    client = visitor(content, tmp_path)
    before = [sorted(ids(feed)) for feed in documents(client, "/feeds/notices/archive-2.atom")]
    set_fields(content / "notices/number-110.md", updated_at="2026-05-30 09:00", withdrawn_reason="内容有误")
    publish(content, Shelf(tmp_path / "publications"))
    after = list(documents(client, "/feeds/notices/archive-2.atom"))
    assert [sorted(ids(feed)) for feed in after] == before
    (entry,) = [each for feed in after for each in feed.entries if each.id.endswith("/number-110")]
    assert entry.content[0].value == "<p>本条已撤回。原因：内容有误</p>"


def test_many_corrections_push_nothing_out_of_reach(content: Path, tmp_path: Path) -> None:
    for number in range(60, 119):
        set_fields(
            content / f"notices/number-{number:02}.md",
            updated_at=f"2026-05-29 10:{number - 60:02}",
            change_note="更正了电话",
        )
    current, *archives = documents(visitor(content, tmp_path), "/feeds/notices.atom")
    told = {name for feed in (current, *archives) for name in ids(feed)}
    assert len(told) == 123
    assert {f"number-{number:02}" for number in range(69, 119)} < set(ids(current))


def test_what_became_known_in_one_instant_is_told_at_once(tmp_path: Path) -> None:
    content = texts(tmp_path)
    rows = [{**PENALTY, "编号": f"2025-{number}"} for number in range(130)]
    write_register(content, "penalties", PENALTIES, {"2025-12-31": rows})
    feed = fetched(visitor(content, tmp_path), "/feeds/registers-penalties.atom")
    assert len(feed.entries) == 130


def test_what_is_no_longer_on_display_leaves_the_archive_and_moves_nothing_else(tmp_path: Path) -> None:
    content = texts(tmp_path)
    rows = [{**PENALTY, "编号": f"2025-{number:03}"} for number in range(120)]
    rows[3] = {**rows[3], "公示截止": "2026-06-01"}
    write_register(content, "penalties", PENALTIES, {"2025-12-31": rows})
    told = []
    for day in (1, 2):
        client = visitor(content, tmp_path, now=datetime(2026, 6, day, 4, tzinfo=UTC))
        told.append(
            [sorted(ids(feed)) for feed in documents(client, "/feeds/registers-penalties/archive-2.atom")]
        )
    (newer, older), (newer_later, older_later) = told
    assert newer_later == newer
    assert set(older) - set(older_later) == {"penalties--2025-003"}
