"""Two public nodes with a shelf each, a desk and one PostgreSQL: what a balancer before them relies on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import create_engine, text

from conftest import CONTENT, Keys
from openbureau import schema
from openbureau.config import ROOT, Settings
from openbureau.public.keeping import GRACE
from openbureau.publication import Shelf
from openbureau.publish import publish
from postgresql import Server
from tip_client import code_in, encoded, ready

PAGES = (
    "/",
    "/policies/",
    "/notices/",
    "/whitelist/",
    "/feeds/all.atom",
    "/search?q=退费",
    "/api/v1/institutions",
)
TIPS = 6
PATIENCE = 90


@dataclass
class Answer:
    """What a node said; with the names that the form-filling visitor of the tests knows."""

    status_code: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()


class Node:
    """A machine: a shelf of its own, the keys of the site, a server that can be killed."""

    def __init__(self, folder: Path, origin: Path, content: Path, database: str, door: str = "app") -> None:
        # Secret and keys are the same on every machine; a publication is made by each for itself.
        shutil.copytree(origin, folder, ignore=shutil.ignore_patterns("publications", "tips.db"))
        self.shelf = Shelf(folder / "publications")
        self.content = content
        self.door = door
        with create_server(("127.0.0.1", 0)) as place:
            self.port = place.getsockname()[1]
        self.env = os.environ | {
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
            "OPENBUREAU_CONTENT": str(content),
            "OPENBUREAU_INSTANCE": str(folder),
            "OPENBUREAU_DATABASE_URL": database,
            "OPENBUREAU_URL": "https://bureau.example",
            "OPENBUREAU_PUZZLE_BITS": "4",
            "WEB_CONCURRENCY": "1",
        }

    def publish(self) -> str:
        return publish(self.content, self.shelf).id

    @contextmanager
    def running(self) -> Iterator["Node"]:
        """Serve, as deploy/ does, until the end or until killed."""
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", f"wsgi:{self.door}"]
        self.server = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{self.port}"], cwd=ROOT, env=self.env, start_new_session=True
        )
        try:
            self.wait()
            yield self
        finally:
            self.server.terminate()
            self.server.wait()

    def wait(self) -> None:
        ending = time.monotonic() + PATIENCE
        while time.monotonic() < ending:
            try:
                if self.ask("GET", "/readyz").status_code == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise AssertionError(f"{self.door} does not get ready")

    def kill(self) -> None:
        """As a machine goes that loses its power: nothing is finished."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Answer:
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Content-Type": kind} if kind else {}
            line.request(method, quote(path, safe="/?=&%"), body, headers)
            said = line.getresponse()
            return Answer(said.status, dict(said.headers), said.read())
        finally:
            line.close()


class Balanced:
    """Asks one node after the other, and the next when one does not answer, as a visitor's browser or a
    balancer does with what may be asked twice."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._turns = count()

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, data: Any, content_type: str = "") -> Answer:
        body = data if isinstance(data, bytes) else urlencode(data, doseq=True).encode()
        return self._ask("POST", path, body, content_type or "application/x-www-form-urlencoded")

    def _ask(self, *what: Any) -> Answer:
        turn = next(self._turns)
        for number in range(len(self._nodes)):
            with suppress(OSError, HTTPException):
                return self._nodes[(turn + number) % len(self._nodes)].ask(*what)
        raise AssertionError("no node answers")


@pytest.fixture
def database(postgresql_server: Server) -> str:
    url = postgresql_server.create_database()
    schema.upgrade(url)
    return url


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def stored(database: str) -> int:
    engine = create_engine(database)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM tip"))
    engine.dispose()
    return int(found or 0)


def tell(site: Balanced) -> str:
    """The code of a tip that is told through whichever node answers; sent again when none did."""
    boundary, body = encoded(ready(site))  # type: ignore[arg-type]
    answer = site.post("/tip-off/submit", body, f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == 200, answer.text
    return code_in(answer)  # type: ignore[arg-type]


@pytest.mark.timeout(400)
def test_two_nodes_are_one_site_and_one_of_them_may_be_lost(
    settings: Settings, keys: Keys, database: str, content: Path, tmp_path: Path
) -> None:
    one, two = (Node(tmp_path / name, settings.instance, content, database) for name in ("one", "two"))
    desk = Node(tmp_path / "desk", settings.instance, content, database, "desk")
    assert one.publish() == two.publish() == desk.publish()
    site = Balanced([one, two])
    with ExitStack() as stack:
        for node in (one, two, desk):
            stack.enter_context(node.running())

        # The same pages under the same tags, whoever is asked.
        first = {page: one.ask("GET", page) for page in PAGES}
        for page, answer in first.items():
            other = two.ask("GET", page)
            assert (answer.status_code, answer.headers.get("ETag")) == (200, other.headers.get("ETag")), page
            assert answer.data == other.data, page

        # One is killed while people read and tell: nothing that may be asked again goes unanswered.
        pool = stack.enter_context(ThreadPoolExecutor(4))
        told = [pool.submit(tell, site) for _ in range(TIPS)]
        read = [pool.submit(site.get, PAGES[number % len(PAGES)]) for number in range(40)]
        while not any(each.done() for each in told):
            time.sleep(0.02)
        one.kill()
        codes = {each.result(PATIENCE) for each in told}
        assert {each.result(PATIENCE).status_code for each in read} == {200}
        assert len(codes - {""}) == TIPS
        assert stored(database) == TIPS, "a tip was lost, or taken twice"
        assert desk.ask("GET", "/readyz").status_code == 200

        # It comes back, and a publication goes through both, one after the other.
        stack.enter_context(one.running())
        notice = content / "notices" / "summer.md"
        notice.write_text(notice.read_text(encoding="utf-8") + "\n\n新增一句。\n", encoding="utf-8")
        one.publish()
        time.sleep(GRACE)
        assert "新增一句" in one.ask("GET", "/notices/summer/").text
        assert "新增一句" not in two.ask("GET", "/notices/summer/").text
        two.publish()
        time.sleep(GRACE)
        for page in PAGES:
            answers = [node.ask("GET", page) for node in (one, two)]
            assert len({(each.status_code, each.headers["ETag"], each.data) for each in answers}) == 1, page
            assert answers[0].headers["ETag"] != first[page].headers["ETag"], page
