"""Answers that are kept ready: who gets them, how long they hold, and what never enters."""

import gzip
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import brotli
import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.database import db
from openbureau.middleware.response_cache import ResponseCacheMiddleware, offer
from openbureau.public import caching
from openbureau.public.caching import GRACE_SECONDS
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.search.query_log import LoggedQuery, QueryLog
from support.site import CONTENT, NOON, Clock
from support.waiting import PATIENCE_SECONDS, wait_for

DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, "zstd": zstandard.decompress}


class Node:
    """A server of its own, with its content, and how often it had to make an answer."""

    def __init__(self, folder: Path, *, url: str = "https://bureau.example") -> None:
        self.content = Path(shutil.copytree(CONTENT, folder / "content"))
        self.settings = Settings(self.content, folder, f"sqlite:///{folder / 'tips.db'}", url=url)
        (folder / "secret.key").write_bytes(b"s" * 32)
        self.clock = Clock()
        self.publish()
        self.app = create_app(self.settings, clock=self.clock)
        self.app.testing = True
        self.made: list[str] = []
        self.app.before_request(self._note)
        self.client = self.app.test_client()

    def publish(self) -> str:
        return publish(self.content, Shelf(self.settings.publications)).id

    def change(self, title: str = "另一个标题") -> str:
        """Publish another title of a notice; answers the id of what is now served."""
        notice = self.content / "notices" / "loans.md"
        first, *rest = notice.read_text(encoding="utf-8").split("\n")
        kept = [line for line in rest if not line.startswith("title:")]
        notice.write_text("\n".join([first, f"title: {title}", *kept]), encoding="utf-8")
        return self.publish()

    def _note(self) -> None:
        from flask import request

        self.made.append(request.full_path)

    def times(self, *addresses: str, **options: object) -> int:
        """How many answers had to be made for these addresses, asked one after the other."""
        self.made.clear()
        for address in addresses:
            self.client.get(address, **options)
        return len(self.made)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path)
    yield made
    with made.app.app_context():
        db.engine.dispose()


PAGES = ("/", "/policies/", "/notices/loans/", "/whitelist/", "/feeds/all.atom", "/whitelist/list.xlsx")


@pytest.mark.parametrize("address", PAGES)
def test_what_was_asked_once_is_answered_again_without_being_made(node: Node, address: str) -> None:
    first, again = node.client.get(address), node.client.get(address)
    assert node.made == [f"{address}?"]
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers == first.headers


@pytest.mark.parametrize("coding", DECODE)
def test_every_coding_holds_the_same_page_under_a_tag_of_its_own(node: Node, coding: str) -> None:
    plain = node.client.get("/policies/")
    coded = node.client.get("/policies/", headers={"Accept-Encoding": coding})
    assert node.made == ["/policies/?"], "one coding is made of another"
    assert coded.headers["Content-Encoding"] == coding
    assert DECODE[coding](coded.data) == plain.data
    assert int(coded.headers["Content-Length"]) == len(coded.data) < len(plain.data) / 2
    assert coded.headers["ETag"] == f'{plain.headers["ETag"][:-1]}-{coding}"'
    assert "Accept-Encoding" in plain.vary
    assert "Accept-Encoding" in coded.vary
    assert coded.headers["Content-Security-Policy"] == plain.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", None),
        ("identity", None),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.2, gzip;q=0.8", "gzip"),
        ("*", "br"),
        ("br;q=0, gzip;q=0, zstd;q=0", None),
        (f"gzip;x={'a' * 5000}", None),
    ],
)
def test_the_client_says_which_codings_it_takes(node: Node, accepted: str, expected: str | None) -> None:
    answer = node.client.get("/policies/", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == expected


def test_a_workbook_is_compressed_already(node: Node) -> None:
    answer = node.client.get("/whitelist/list.xlsx", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" not in answer.vary


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("accepted", ["", "br"])
def test_who_has_the_answer_is_told_that_nothing_changed(node: Node, accepted: str, is_kept: bool) -> None:
    options = {"Accept-Encoding": accepted}
    tag = node.client.get("/policies/", headers=options).headers["ETag"]
    if not is_kept:
        node.clock.now += timedelta(seconds=1)
        node.app.wsgi_app = create_app(node.settings, clock=node.clock).wsgi_app  # type: ignore[method-assign]
    for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = node.client.get("/policies/", headers={**options, "If-None-Match": asked})
        assert (answer.status_code, answer.data) == (304, b""), asked
        assert answer.headers["ETag"] in (tag, tag.replace("-br", ""))
        assert "Content-Length" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert "Accept-Encoding" in answer.vary or not is_kept
    for asked in ('"other"', '"other-br"', "", tag[:-2]):
        answer = node.client.get("/policies/", headers={**options, "If-None-Match": asked})
        assert answer.status_code == 200, asked


def test_a_feed_that_has_not_changed_since_is_not_sent_again(node: Node) -> None:
    feed = node.client.get("/feeds/all.atom")
    since = {"If-Modified-Since": feed.headers["Last-Modified"]}
    assert node.client.get("/feeds/all.atom", headers=since).status_code == 304
    earlier = {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    assert node.client.get("/feeds/all.atom", headers=earlier).status_code == 200


@pytest.mark.parametrize("address", [*PAGES, "/tip-off/status", "/nothing-here"])
def test_a_head_is_told_just_what_a_get_is_told(node: Node, address: str) -> None:
    options = {"headers": {"Accept-Encoding": "br"}}
    before = node.client.head(address, **options)
    whole = node.client.get(address, **options)
    after = node.client.head(address, **options)
    assert before.data == after.data == b""
    for head in (before, after):
        assert (head.status_code, head.headers) == (whole.status_code, whole.headers)


def test_a_page_and_its_fragment_are_kept_apart(node: Node) -> None:
    page = node.client.get("/policies/").data
    part = node.client.get("/policies/", headers={"HX-Request": "true"}).data
    boosted = node.client.get("/policies/", headers={"HX-Request": "true", "HX-Boosted": "true"}).data
    assert len(part) < len(page) == len(boosted)
    for header in ("HX-Request", "HX-Boosted", "HX-History-Restore-Request"):
        assert header in node.client.get("/policies/").vary


def test_a_new_publication_is_answered_a_second_later(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "GRACE_SECONDS", 3600)
    old = node.client.get("/notices/loans/")
    name = node.change("换了标题的提示")
    monkeypatch.setattr(caching, "GRACE_SECONDS", GRACE_SECONDS)
    time.sleep(GRACE_SECONDS)
    new = node.client.get("/notices/loans/")
    assert "换了标题的提示" in new.text
    assert name in new.headers["ETag"]
    tag = {"If-None-Match": old.headers["ETag"]}
    assert node.client.get("/notices/loans/", headers=tag).status_code == 200
    Shelf(node.settings.publications).rollback()
    assert node.client.get("/notices/loans/").data == old.data


def test_until_then_nobody_waits_for_what_was_ready_and_it_is_made_anew_once(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "GRACE_SECONDS", 3600)
    old = node.client.get("/notices/loans/")
    name = node.change("换了标题的提示")
    given = node.client.get("/notices/loans/", headers={"If-None-Match": old.headers["ETag"]})
    assert given.status_code == 304, "the answer of before"

    def new() -> TestResponse | None:
        answer = node.client.get("/notices/loans/")
        return answer if name in answer.headers["ETag"] else None

    answer = wait_for(new)
    assert answer
    assert "换了标题的提示" in answer.text
    assert node.made.count("/notices/loans/?") == 2, "once for each publication"
    assert name in node.client.get("/notices/").headers["ETag"], "what was not ready is new at once"


def test_a_search_made_anew_beside_is_not_counted(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "GRACE_SECONDS", 3600)
    for _ in range(2):
        node.client.get("/search?q=退费")
    name = node.change()
    asked = 2
    while name not in node.client.get("/search?q=退费").headers["ETag"]:
        asked += 1
    node.app.extensions["searches"].write()
    assert QueryLog(node.settings.searches_file).of_month(NOON.date()) == [LoggedQuery("退费", asked + 1, 0)]


def test_a_cached_response_that_cannot_be_refreshed_leaves_a_trace_and_the_next_visitor_makes_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    version, before = ["1"], [""]
    app = Flask(__name__)

    @app.get("/")
    def show() -> str:
        from flask import request

        if before[0]:
            raise RuntimeError("broken")
        offer(request.environ).pack = offer(request.environ).keep = True
        return f"version {version[0]} " * 100

    app.testing = True
    kept = ResponseCacheMiddleware(app.wsgi_app, lambda: version[0], lambda environ: "", lambda: before[0])
    app.wsgi_app = kept  # type: ignore[method-assign]
    client = app.test_client()
    client.get("/")
    version[0], before[0] = "2", "1"
    assert "version 1" in client.get("/").text
    wait_for(lambda: "could not be refreshed" in caplog.text)
    before[0] = ""
    assert "version 2" in client.get("/").text


def test_a_new_day_makes_new_pages(node: Node) -> None:
    node.clock.now = datetime(2026, 6, 1, 15, 59, tzinfo=UTC)
    assert node.times("/", "/") == 1
    node.clock.now = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
    assert node.times("/", "/") == 1, "midnight in China"


def test_an_address_that_its_view_does_not_know_is_not_kept(node: Node) -> None:
    assert node.times("/policies/?topic=双减", "/policies/?topic=双减") == 1
    assert node.times("/policies/?x=1", "/policies/?x=1") == 2
    assert node.times("/policies/?topic=双减&x=1", "/policies/?topic=双减&x=1") == 2
    assert node.times("/api/v1/institutions?page=1", "/api/v1/institutions?page=1") == 1
    assert node.times("/notices/loans/?topic=双减", "/notices/loans/?topic=双减") == 2


def test_what_is_wrong_or_gone_is_not_kept(node: Node) -> None:
    for address in ("/nothing-here", "/policies/?page=99", "/policies", "/feeds/all.atom?topic=无"):
        assert node.times(address, address) == 2, address


@pytest.mark.parametrize("address", ["/tip-off/", "/tip-off/status", "/healthz"])
def test_what_is_one_visitors_own_is_neither_kept_nor_compressed(
    app: Flask, client: FlaskClient, keys: object, address: str
) -> None:
    for _ in range(2):
        answer = client.get(address, headers={"Accept-Encoding": "br"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in answer.headers, "its length would tell what it holds (BREACH)"
    if address == "/tip-off/":
        assert client.get(address).data != client.get(address).data, "every form has a token of its own"


def test_what_is_posted_is_made_each_time(node: Node) -> None:
    (card, *_) = Shelf(node.settings.publications).current().catalogue.page("whitelist", {}).records
    address = f"/whitelist/{card.slug}/"
    node.client.get(address)
    for _ in range(2):
        answer = node.client.post(address, data={"account": "1"}, headers={"Accept-Encoding": "br"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in answer.headers
    assert len(node.made) == 3


def test_a_search_that_is_answered_from_what_is_kept_is_counted(node: Node) -> None:
    for _ in range(3):
        node.client.get("/search?q=退费")
    assert len(node.made) == 1
    node.app.extensions["searches"].write()
    assert QueryLog(node.settings.searches_file).of_month(NOON.date()) == [LoggedQuery("退费", 3, 0)]


def test_without_an_address_of_its_own_the_site_answers_every_host_by_its_name(tmp_path: Path) -> None:
    named = Node(tmp_path, url="")
    one = named.client.get("/feeds/all.atom", base_url="http://one.example")
    two = named.client.get("/feeds/all.atom", base_url="http://two.example")
    assert "http://one.example/" in one.text
    assert "http://two.example/" in two.text
    with named.app.app_context():
        db.engine.dispose()


def test_a_static_file_is_for_ever_only_under_the_address_of_what_it_is_now(node: Node) -> None:
    address = node.client.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "?v=" in address
    now = node.client.get(address, headers={"Accept-Encoding": "br"})
    assert now.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert now.headers["Content-Encoding"] == "br"
    assert node.times(address, address) == 0
    other = node.client.get(f"{address}0", headers={"Accept-Encoding": "br"})
    assert other.headers["Cache-Control"] == "public, no-cache", "a server of another release may be asked"
    assert node.times(f"{address}0", f"{address}0") == 2


def test_a_part_of_a_file_is_left_to_the_application(node: Node) -> None:
    address = "/policies/prepayment/files/退费申请表.docx"
    whole = node.client.get(address, buffered=True)
    part = node.client.get(address, buffered=True, headers={"Range": "bytes=0-9", "Accept-Encoding": "br"})
    assert (part.status_code, part.data) == (206, whole.data[:10])
    page = node.client.get("/policies/", headers={"Range": "bytes=0-9"})
    assert page.status_code == 200


def test_a_part_of_a_page_is_the_whole_from_the_cache_and_has_it_made_but_once(node: Node) -> None:
    answers = [node.client.get("/notices/", headers={"Range": f"bytes={start}-"}) for start in range(3)]
    assert [(answer.status_code, answer.data) for answer in answers] == [(200, answers[0].data)] * 3
    assert node.made == ["/notices/?"]


# The layer alone


@contextmanager
def layer(max_bytes: int = 1024 * 1024) -> Iterator[tuple[FlaskClient, list[str]]]:
    """A layer before an application whose answers are ten thousand bytes."""
    app, made = Flask(__name__), []

    @app.get("/<name>")
    def show(name: str) -> tuple[bytes, dict[str, str]]:
        from flask import request

        made.append(request.full_path)
        offer(request.environ).pack = offer(request.environ).keep = True
        return name.encode() * 1000, {"Content-Type": "application/octet-stream"}

    app.wsgi_app = ResponseCacheMiddleware(app.wsgi_app, lambda: "1", lambda environ: "", max_bytes=max_bytes)  # type: ignore[method-assign]
    yield app.test_client(), made


def test_what_nobody_asked_for_longest_makes_room() -> None:
    with layer(max_bytes=200_000) as (client, made):
        for number in range(100, 140):
            client.get(f"/number-{number}")
            client.get("/number-100")
        assert len(made) == 40, "what is asked for all the time stays"
        client.get("/number-139")
        assert len(made) == 40
        client.get("/number-101")
        assert len(made) == 41


def test_addresses_with_a_query_never_push_out_those_without() -> None:
    with layer(max_bytes=200_000) as (client, made):
        client.get("/number-100")
        for number in range(200):
            client.get(f"/number-100?q={number}")
        made.clear()
        client.get("/number-100")
        assert made == []
        client.get("/number-100?q=1")
        assert made == ["/number-100?q=1"]


def test_an_answer_larger_than_its_part_of_the_room_is_not_kept() -> None:
    with layer(max_bytes=40_000) as (client, made):
        assert client.get("/number-100").data == client.get("/number-100").data
        assert len(made) == 2


def test_many_who_ask_at_once_have_one_answer_made_for_all() -> None:
    app, made, both = Flask(__name__), [], Barrier(2, timeout=PATIENCE_SECONDS)

    @app.get("/")
    def show() -> str:
        from flask import request

        made.append("")
        offer(request.environ).pack = offer(request.environ).keep = True
        both.wait()
        return "answer" * 100

    app.wsgi_app = ResponseCacheMiddleware(app.wsgi_app, lambda: "1", lambda environ: "")  # type: ignore[method-assign]
    got: list[str] = []
    asking = [Thread(target=lambda: got.append(app.test_client().get("/").text)) for _ in range(5)]
    for each in asking:
        each.start()
    both.wait()
    for each in asking:
        each.join()
    assert got == ["answer" * 100] * 5
    assert len(made) == 1
