"""Two public nodes with a shelf each, a desk and one PostgreSQL, behind the nginx of deploy/nginx.

`pytest -s tests/deploy/test_two_nodes.py` prints how many asked, and what became of them.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, IncompleteRead
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import create_engine, text

from openbureau.config import ROOT, Settings
from openbureau.database import schema
from openbureau.public.caching import GRACE_SECONDS
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.nginx import DESK, HOST, DeskConnection, NamedConnection, free_port, front
from support.postgresql import Server
from support.site import CONTENT, Keys
from support.tip_client import code_in, encoded, ready
from support.waiting import PATIENCE_SECONDS, wait_for

PAGES = (
    "/",
    "/policies/",
    "/notices/",
    "/whitelist/",
    "/feeds/all.atom",
    "/search?q=退费",
    "/api/v1/institutions",
)
TELLERS = 12
READERS = 6
PAUSE = 0.04
"""Seconds between two pages of a reader: nginx takes 30 a second from one address."""


@dataclass
class Answer:
    """What a node said; with the names that the form-filling visitor of the tests knows."""

    status_code: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()


def asked(
    line: HTTPConnection, method: str, path: str, body: bytes | None = None, kind: str = "", host: str = HOST
) -> Answer:
    """The answer on a connection of its own."""
    try:
        line.request(method, quote(path, safe="/?=&%"), body, headers(host, kind))
        said = line.getresponse()
        return Answer(said.status, dict(said.headers), said.read())
    finally:
        line.close()


def headers(host: str, kind: str = "") -> dict[str, str]:
    return {"Host": host, **({"Content-Type": kind} if kind else {})}


class Node:
    """A machine: a shelf of its own, the keys of the site, a server that can be killed."""

    def __init__(self, folder: Path, origin: Path, content: Path, database: str, door: str = "app") -> None:
        # Secret and keys are the same on every machine; a publication is made by each for itself.
        shutil.copytree(origin, folder, ignore=shutil.ignore_patterns("publications", "tips.db"))
        self.shelf = Shelf(folder / "publications")
        self.content = content
        self.door = door
        self.port = free_port()
        self.env = os.environ | {
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
            "OPENBUREAU_CONTENT": str(content),
            "OPENBUREAU_INSTANCE": str(folder),
            "OPENBUREAU_DATABASE_URL": database,
            "OPENBUREAU_URL": f"https://{HOST}",
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
        def is_ready() -> bool:
            try:
                return self.ask("GET", "/readyz").status_code == 200
            except (OSError, HTTPException):
                return False

        wait_for(is_ready, f"{self.door} does not get ready")

    def kill(self) -> None:
        """As a machine goes that loses its power: nothing is finished."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Answer:
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        return asked(line, method, path, body, kind)


class Visitor:
    """Somebody with an address of their own who asks nginx.

    A form that was refused, or whose answer broke off when a node was killed, is sent once more.
    """

    def __init__(self, port: int, number: int) -> None:
        self._place = port, f"127.0.{100 + number}.1"
        self.refused = 0
        self.broken_off = 0

    def line(self) -> NamedConnection:
        port, address = self._place
        return NamedConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS, source_address=(address, 0))

    def get(self, path: str) -> Answer:
        def whole() -> Answer | None:
            try:
                return asked(self.line(), "GET", path)
            except IncompleteRead:
                self.broken_off += 1
                return None

        answer = wait_for(whole, f"{path} breaks off again and again")
        assert answer
        return answer

    def post(self, path: str, data: Any, content_type: str = "") -> Answer:
        body = data if isinstance(data, bytes) else urlencode(data, doseq=True).encode()
        kind = content_type or "application/x-www-form-urlencoded"

        def taken() -> Answer | None:
            try:
                answer = asked(self.line(), "POST", path, body, kind)
            except IncompleteRead:
                self.broken_off += 1
                return None
            if answer.status_code != 503:
                return answer
            assert "暂时不能使用" in answer.text
            self.refused += 1
            time.sleep(0.2)
            return None

        answer = wait_for(taken, f"{path} is refused again and again")
        assert answer
        return answer

    def tell(self) -> str:
        """The code of a tip."""
        boundary, body = encoded(ready(self))  # type: ignore[arg-type]
        answer = self.post("/tip-off/submit", body, f"multipart/form-data; boundary={boundary}")
        assert answer.status_code == 200, answer.text
        return code_in(answer)  # type: ignore[arg-type]


@dataclass
class Readers:
    """People who read page after page, on a connection that they keep, until they are told to stop.

    `seen`: pages with their tags. `broken_off`: an answer of which a part had come when its node was killed,
    which nobody can ask for in nginx's place; the reader did.
    """

    port: int
    done: Event = field(default_factory=Event)
    whole: int = 0
    broken_off: int = 0
    failed: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, bytes]] = field(default_factory=set)

    def read(self, number: int) -> None:
        line = Visitor(self.port, 50 + number).line()
        for page in cycle(PAGES[number % len(PAGES) :] + PAGES[: number % len(PAGES)]):
            if self.done.wait(PAUSE):
                line.close()
                return
            try:
                line.request("GET", quote(page, safe="/?=&%"), headers=headers(HOST))
                said = line.getresponse()
                body = said.read()
            except IncompleteRead:
                self.broken_off += 1
                line.close()
            except (OSError, HTTPException) as error:
                self.failed.append(f"{page}: {error!r}")
                line.close()
            else:
                self.whole += 1
                self.seen.add((page, said.headers["ETag"], body))
                if said.status != 200:
                    self.failed.append(f"{page}: {said.status}")


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


def login_at_desk(port: int) -> Answer:
    return asked(DeskConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS), "GET", "/login", host=DESK)


@pytest.mark.timeout(600)
def test_two_nodes_are_one_site_and_one_of_them_may_be_lost(
    settings: Settings, keys: Keys, database: str, content: Path, tmp_path: Path
) -> None:
    one, two = (Node(tmp_path / name, settings.instance, content, database) for name in ("one", "two"))
    desk = Node(tmp_path / "desk", settings.instance, content, database, "desk")
    assert one.publish() == two.publish() == desk.publish()
    mirror = tmp_path / "mirror" / "site" / "policies"
    mirror.mkdir(parents=True)
    (mirror / "index.html").write_text("<title>镜像</title>", encoding="utf-8")
    with ExitStack() as stack:
        for node in (one, two, desk):
            stack.enter_context(node.running())
        nodes = [f"127.0.0.1:{node.port}" for node in (one, two)]
        folder = tmp_path / "nginx"
        folder.mkdir()
        port = stack.enter_context(
            # Which node was asked, and which after it.
            front(
                folder,
                nodes,
                mirror.parents[1],
                desk=f"127.0.0.1:{desk.port}",
                changes={'"mirror":"$upstream_status"': '"asked":"$upstream_addr"'},
            )
        )

        # The same pages under the same tags, whoever is asked.
        first = {page: one.ask("GET", page) for page in PAGES}
        for page, answer in first.items():
            other = two.ask("GET", page)
            assert (answer.status_code, answer.headers.get("ETag")) == (200, other.headers.get("ETag")), page
            assert answer.data == other.data, page

        pool = stack.enter_context(ThreadPoolExecutor(READERS + TELLERS))
        readers = Readers(port)
        stack.callback(readers.done.set)
        reading = [pool.submit(readers.read, number) for number in range(READERS)]

        # One is killed while people read and tell: nobody reads in vain, and no tip is lost.
        tellers = [Visitor(port, number) for number in range(TELLERS)]
        told = [pool.submit(each.tell) for each in tellers]
        wait_for(lambda: any(each.done() for each in told))
        one.kill()
        codes = {each.result(PATIENCE_SECONDS) for each in told}
        assert len(codes - {""}) == TELLERS
        assert stored(database) == TELLERS, "a tip was lost, or taken twice"
        for teller, code in zip(tellers, codes, strict=True):
            assert teller.post("/tip-off/status", {"code": code}).status_code == 200, "a code without its tip"
        assert login_at_desk(port).status_code == 200

        # It comes back, and a publication goes through both, one after the other, while people read on.
        stack.enter_context(one.running())
        notice = content / "notices" / "summer.md"
        notice.write_text(notice.read_text(encoding="utf-8") + "\n\n新增一句。\n", encoding="utf-8")
        one.publish()
        time.sleep(GRACE_SECONDS)
        assert "新增一句" in one.ask("GET", "/notices/summer/").text
        assert "新增一句" not in two.ask("GET", "/notices/summer/").text
        two.publish()
        time.sleep(GRACE_SECONDS)
        published = {(page, answer.headers["ETag"], answer.data) for page, answer in first.items()}
        for page in PAGES:
            answers = [node.ask("GET", page) for node in (one, two)]
            assert len({(each.status_code, each.headers["ETag"], each.data) for each in answers}) == 1, page
            assert answers[0].headers["ETag"] != first[page].headers["ETag"], page
            published |= {(page, answers[0].headers["ETag"], answers[0].data)}
        readers.done.set()
        for each in reading:
            each.result(PATIENCE_SECONDS)
        lines = (folder / "log" / "openbureau-access.log").read_text(encoding="utf-8").splitlines()
        retried = sum(", " in json.loads(line)["asked"] for line in lines)
        print(
            f"\n{readers.whole} pages read, {len(readers.failed)} failed, {readers.broken_off} broken "
            f"off and asked for again; nginx asked the other node {retried} times; {TELLERS} tips told, "
            f"{stored(database)} stored, {sum(each.refused for each in tellers)} forms refused and "
            f"{sum(each.broken_off for each in tellers)} answers broken off, sent again"
        )
        assert not readers.failed
        assert readers.seen <= published, "a page of neither publication, or of both"
        assert readers.broken_off <= READERS
        assert all(each.broken_off <= 1 for each in tellers), (
            "an answer breaks off only where a node is killed"
        )
        assert retried, "the killed node was never asked: nothing was proved"

        # Without any node pages come from the mirror, and a form says that it is closed.
        one.kill()
        two.kill()
        last = Visitor(port, 0)
        assert "镜像" in last.get("/policies/").text
        assert last.get("/tip-off/").status_code == 503
        assert login_at_desk(port).status_code == 200
