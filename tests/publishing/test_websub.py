"""WebSub: after a publication the hub hears of the feeds that changed, and of nothing else."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from openbureau.app import create_app
from openbureau.cli import main
from openbureau.config import Settings
from openbureau.formats.feeds import MEDIA_TYPES
from openbureau.publishing.websub import narrowed
from support.makers import (
    PENALTIES,
    PENALTY,
    main_part,
    set_fields,
    substitute,
    texts,
    visitor,
    write_register,
)

URL = "https://jyj.example"
SHOWN = {**PENALTY, "公示截止": "2099-12-31"}
"""The command goes by today's date: its public display has not ended."""

Command = Callable[..., Result]


class Hub(ThreadingHTTPServer):
    """A hub that notes what it is told and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.heard: list[dict[str, list[str]]] = []
        self.status = 204

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def topics(self) -> list[str]:
        return [form["hub.url"][0] for form in self.heard]


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.server.heard.append(parse_qs(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test looks at what was heard."""


@contextmanager
def listening() -> Iterator[Hub]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with listening() as found:
        yield found


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


@pytest.fixture
def publish(content: Path, tmp_path: Path) -> Command:
    """The command `publish` for a site with a public address, or another one."""
    instance = str(tmp_path / "instance")

    def run(command: str = "publish", *, url: str = URL, prefix: str = "") -> Result:
        environment = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": instance}
        environment |= {"OPENBUREAU_URL": url, "OPENBUREAU_URL_PREFIX": prefix}
        answer = CliRunner().invoke(main, [command], env=environment)
        assert answer.exit_code == 0, answer.output
        return answer

    return run


def watched_by(content: Path, address: str) -> None:
    report = 'annual_report = "/announcements/report/"\n'
    substitute(content / "site.toml", report, f'{report}hub = "{address}"\n')


def feeds(*names: str) -> set[str]:
    parts = [quote(name, safe="?=&").partition("?") for name in names]
    return {f"{URL}/feeds/{name}.{form}{mark}{query}" for name, mark, query in parts for form in MEDIA_TYPES}


def test_the_hub_hears_of_the_feeds_that_changed_and_of_no_other(
    content: Path, publish: Command, hub: Hub
) -> None:
    watched_by(content, hub.address)
    publish()
    hub.heard.clear()
    set_fields(content / "notices/loans.md", updated_at="2026-05-20 09:00", change_note="改正电话")
    answer = publish()
    narrowed = (
        "notices?severity=高",
        "notices?topic=校外培训",
        "notices?audience=家长",
        "all?topic=校外培训",
    )
    assert {*hub.topics} == feeds("notices", "all", *narrowed)
    assert len(hub.topics) == 18
    assert all(form["hub.mode"] == ["publish"] for form in hub.heard)
    assert "told the hub of 18 changed feeds" in answer.output


def test_the_first_publication_tells_of_every_feed_that_has_something(
    content: Path, publish: Command, hub: Hub
) -> None:
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [SHOWN]})
    watched_by(content, hub.address)
    publish()
    names = ("policies", "notices", "announcements", "consultations", "registers-penalties", "all")
    assert {topic for topic in hub.topics if "?" not in topic} == feeds(*names)
    assert feeds("registers-penalties?event=新增", "policies?year=2026") <= {*hub.topics}


def test_nothing_changed_nothing_told(content: Path, publish: Command, hub: Hub) -> None:
    watched_by(content, hub.address)
    publish()
    hub.heard.clear()
    publish()
    assert hub.heard == []


def test_under_a_path_the_feeds_are_named_there(content: Path, publish: Command, hub: Hub) -> None:
    watched_by(content, hub.address)
    publish(prefix="/zwgk")
    assert f"{URL}/zwgk/feeds/all.atom" in hub.topics


@pytest.mark.parametrize("status", [400, 503])
def test_a_hub_that_refuses_is_told_of_and_stops_nothing(
    content: Path, publish: Command, hub: Hub, status: int
) -> None:
    watched_by(content, hub.address)
    hub.status = status
    answer = publish()
    assert "published " in answer.output
    assert re.search(r"was told of 0 of \d+ changed feeds", answer.output)
    assert str(status) in answer.output
    assert len(hub.heard) == 1, "a hub that says no is not asked again for every feed"


def test_a_hub_that_is_not_there_stops_nothing(content: Path, publish: Command) -> None:
    with listening() as gone:
        watched_by(content, gone.address)
    answer = publish()
    assert "published " in answer.output
    assert "was told of 0 of" in answer.output


def test_without_a_public_address_the_hub_cannot_be_told(content: Path, publish: Command, hub: Hub) -> None:
    watched_by(content, hub.address)
    answer = publish(url="")
    assert "set OPENBUREAU_URL" in answer.output
    assert hub.heard == []


def test_without_a_hub_nobody_is_asked(publish: Command) -> None:
    assert "hub" not in publish().output


def single(client: FlaskClient) -> Iterator[str]:
    """Every feed that names the hub, whole or narrowed by one choice of its page."""
    addresses = client.get("/subscribe/").text
    for name in dict.fromkeys(re.findall(r'href="/subscribe/([a-z-]+)/"', addresses)):
        page = main_part(client.get(f"/subscribe/{name}/").text)
        choices = [
            f"?{urlencode({select.get('name'): value})}"
            for select in page.xpath(".//select")
            for value in select.xpath("./option/@value")
            if value
        ]
        for query in ("", *choices):
            answer = client.get(f"/feeds/{name}.atom{query}")
            if answer.status_code == 200 and 'rel="hub"' in answer.text:
                yield f"{URL}/feeds/{name}.atom{query}"


def said(client: FlaskClient) -> dict[str, str]:
    """The entries of every feed that names the hub."""
    return {
        address: "".join(re.findall(r"<entry>.*?</entry>", client.get(address.removeprefix(URL)).text, re.S))
        for address in single(client)
    }


def test_every_feed_that_names_the_hub_is_told_of_when_it_says_something_else(
    content: Path, tmp_path: Path, publish: Command, hub: Hub
) -> None:
    watched_by(content, hub.address)
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [SHOWN]})
    publish()
    settings = Settings(content, tmp_path / "instance", "sqlite://", url=URL)
    client = create_app(settings, clock=lambda: datetime.now(UTC)).test_client()
    before = said(client)
    assert any("topic=" in address for address in before)
    hub.heard.clear()
    changed = {"updated_at": "2026-05-20 09:00", "change_note": "改正"}
    set_fields(content / "notices/loans.md", severity="低", **changed)
    set_fields(content / "policies/prepayment.md", validity="失效", **changed)
    write_register(content, "penalties", PENALTIES, {"2026-03-31": [{**SHOWN, "罚款数额": "1"}]})
    publish()
    after = said(client)
    silent = {address for address, entries in after.items() if entries != before.get(address, "")}
    assert silent, "something has changed"
    assert silent <= {*hub.topics}
    assert {topic for topic in hub.topics if ".atom" in topic} <= {*before, *after}


def test_a_feed_of_which_the_hub_does_not_hear_does_not_name_it(content: Path, tmp_path: Path) -> None:
    watched_by(content, "https://hub.example/")
    client = visitor(content, tmp_path)
    for query in ("notices.atom?severity=高&topic=预收费", "search.atom?q=退费"):
        answer = client.get(f"/feeds/{query}")
        assert (answer.status_code, "hub.example" in answer.text) == (200, False), query
    assert "hub.example" in client.get("/feeds/notices.atom?severity=高").text


def test_what_narrows_a_feed_that_names_the_hub_is_what_its_list_offers(client: FlaskClient) -> None:
    for name, choices in narrowed().items():
        page = main_part(client.get(f"/subscribe/{name}/").text)
        offered = {select.get("name") for select in page.xpath(".//form//select[@name]")}
        assert {*choices} <= offered or not choices, name
        if name not in ("whitelist-changes",):
            assert {*choices} == offered, name


def test_the_hub_hears_of_a_rollback(content: Path, publish: Command, hub: Hub) -> None:
    watched_by(content, hub.address)
    publish()
    set_fields(content / "notices/loans.md", updated_at="2026-05-20 09:00", change_note="改正电话")
    publish()
    hub.heard.clear()
    answer = publish("rollback")
    assert "serving " in answer.output
    assert feeds("notices", "all", "notices?severity=高") <= {*hub.topics}
    assert not feeds("policies") & {*hub.topics}
