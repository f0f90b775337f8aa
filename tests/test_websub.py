"""WebSub: after a publication the hub hears of the feeds that changed, and of nothing else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner, Result

from makers import PENALTIES, PENALTY, set_fields, substitute, texts, write_register
from openbureau.cli import main
from openbureau.feeds import MEDIA_TYPES

URL = "https://jyj.example"
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

    def run(*, url: str = URL, prefix: str = "") -> Result:
        environment = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": instance}
        environment |= {"OPENBUREAU_URL": url, "OPENBUREAU_URL_PREFIX": prefix}
        answer = CliRunner().invoke(main, ["publish"], env=environment)
        assert answer.exit_code == 0, answer.output
        return answer

    return run


def watched_by(content: Path, address: str) -> None:
    report = 'annual_report = "/announcements/report/"\n'
    substitute(content / "site.toml", report, f'{report}hub = "{address}"\n')


def feeds(*names: str) -> set[str]:
    return {f"{URL}/feeds/{name}.{form}" for name in names for form in MEDIA_TYPES}


def test_the_hub_hears_of_the_feeds_that_changed_and_of_no_other(
    content: Path, publish: Command, hub: Hub
) -> None:
    watched_by(content, hub.address)
    publish()
    hub.heard.clear()
    set_fields(content / "notices/loans.md", updated_at="2026-05-20 09:00", change_note="改正电话")
    answer = publish()
    assert {*hub.topics} == feeds("notices", "all")
    assert len(hub.topics) == 6
    assert all(form["hub.mode"] == ["publish"] for form in hub.heard)
    assert "told the hub of 6 changed feeds" in answer.output


def test_the_first_publication_tells_of_every_feed_that_has_something(
    content: Path, publish: Command, hub: Hub
) -> None:
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    watched_by(content, hub.address)
    publish()
    names = ("policies", "notices", "announcements", "consultations", "registers-penalties", "all")
    assert {*hub.topics} == feeds(*names)


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
    assert "was told of 0 of 15 changed feeds" in answer.output
    assert str(status) in answer.output
    assert len(hub.heard) == 1, "a hub that says no is not asked fourteen times more"


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
