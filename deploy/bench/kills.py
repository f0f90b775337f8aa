"""Everything is killed at once, time and again: is what was acknowledged there, and whole?

Both doors with the shipped gunicorn.conf.py and WEB_CONCURRENCY=2, and a publisher that publishes a changed
notice without a pause and lengthens the log, run in a process group each. Visitors send tips, with and
without files, others read pages, feeds and the search, and a handler reads the queue. Then all three groups,
servers and workers alike, get SIGKILL within a millisecond, are started anew, and so on. At the end every
acknowledged tip is opened with two keys, what was never acknowledged is sent once more, the log is verified,
and every publication on the shelf is opened.

Usage: .venv/bin/python deploy/bench/kills.py [--kills N] [--store sqlite|postgresql|both]
"""

import argparse
import http.client
import multiprocessing
import os
import random
import re
import secrets
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from shutil import copytree
from urllib.parse import urlencode

import pyotp
from servers import CONF, ROOT, Node
from tip_visitors import Sent, ask, send

from support.nginx import free_port
from tips import Missed, Place, heard, keep_telling, look_through, place

sys.path.insert(0, str(ROOT / "site"))

from openbureau.publishing.publication import Damaged, Publication, Shelf
from support.postgresql import Server, running

TELLERS = 4
READERS = 2
PAGES = ("/", "/policies/", "/whitelist/", "/feeds/all.atom", "/search?q=%E9%80%80%E8%B4%B9", "/tip-off/")
PUBLIC, DESK, PUBLISHER = "wsgi:app", "wsgi:desk", "publisher"
# Imported once for all starts: two hundred starts would else take longer than what is measured.
LOADED = ["gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "openbureau.cli", "openbureau.app"]
LOADED += ["openbureau.public", "openbureau.desk", "openbureau.publishing.build", "openbureau.cli.publish"]


@dataclass
class Reading:
    """What readers were answered: whole answers by who asked and by status (503 asks to come back), and
    answers that were none, in words."""

    good: dict[str, int] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)

    def note(self, reader: str, status: int, body: bytes, path: str) -> None:
        """Note one answer. A page has to be whole: its last words are there."""
        endings = (b"</html>", b"</feed>")
        if status in (200, 503) and body.rstrip().endswith(endings):
            answered = f"{reader} {status}"
            self.good[answered] = self.good.get(answered, 0) + 1
        else:
            self.bad.append(f"{reader} {path}: {status}, {len(body)} bytes")


def run(what: str, port: int, env: dict[str, str]) -> None:
    """What one process group does: serve a door, or publish without a pause."""
    os.setsid()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    if what == PUBLISHER:
        log = os.open(env["PUBLISHER_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        publish(Path(env["OPENBUREAU_CONTENT"]))
        return
    from gunicorn.app.wsgiapp import run as serve  # type: ignore[import-untyped]

    sys.argv = ["gunicorn", "-c", CONF, "--bind", f"127.0.0.1:{port}", "--graceful-timeout", "1", what]
    serve()


def publish(content: Path) -> None:
    """Publish a changed notice again and again, and lengthen the log."""
    from openbureau.cli import main

    notice = sorted((content / "notices").glob("*.md"))[0]
    text = notice.read_text(encoding="utf-8")
    for _ in count():
        notice.write_text(f"{text}\n\n{secrets.token_hex(8)}。\n", encoding="utf-8")
        main(["publish"], standalone_mode=False)
        main(["tips", "heartbeat"], standalone_mode=False)


class Groups:
    """The three process groups of a site."""

    def __init__(self, site: Place) -> None:
        self._site = site
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(LOADED)
        self.ports = {PUBLIC: site.port, DESK: free_port(), PUBLISHER: 0}
        self._processes: list[BaseProcess] = []

    def start(self, *wanted: str) -> None:
        """Start groups, all three unless some are named; returns when the doors answer."""
        for what in wanted or self.ports:
            env = {**self._site.node.env, "WEB_CONCURRENCY": "2"}
            process = self._context.Process(target=run, args=(what, self.ports[what], env))
            process.start()
            self._processes.append(process)
        ending = time.monotonic() + 120
        for port in (self.ports[PUBLIC], self.ports[DESK]):
            while time.monotonic() < ending:
                with suppress(OSError, http.client.HTTPException):
                    ask(port, "GET", "/readyz", wait=5)
                    break
                time.sleep(0.02)
            else:
                raise Missed("a door does not start")

    def end(self, how: int = signal.SIGKILL) -> None:
        """Send a signal to every group at once, and wait until all are gone."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid or 0, how)
        for process in self._processes:
            process.join()
            # A worker that outlives the others of its group would still hold the port.
            while _lives(process.pid or 0):
                time.sleep(0.005)
        self._processes.clear()


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class Handler:
    """A handler at the desk, who logs in once: the session outlives every kill."""

    def __init__(self, node: Node, port: int) -> None:
        self._password = secrets.token_urlsafe(16)
        self._port = port
        words = ("staff", "add", "clerk", "--role", "handler", "--unit", "清城区教育局")
        added = node.run(*words, "--password", self._password)
        [self._shared] = re.findall("secret: ([A-Z2-7]{32})", added)
        self.cookie = ""

    def log_in(self) -> None:
        """Log in with password and second factor."""
        fields = {"name": "clerk", "password": self._password, "code": pyotp.TOTP(self._shared).now()}
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", "/login", urlencode(fields), kind)
        answer = line.getresponse()
        cookies = [value.partition(";")[0] for value in answer.msg.get_all("Set-Cookie") or []]
        if answer.status != 303 or not cookies:
            raise Missed(f"the handler cannot log in: {answer.status}")
        self.cookie = "; ".join(cookies)

    def read_queue(self) -> tuple[int, bytes]:
        """Status and body of the queue."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            line.request("GET", "/", headers={"Cookie": self.cookie})
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()


def kill(site: Place, kills: int) -> None:
    """Kill all groups, time and again, under tellers and readers; then look at what is stored."""
    sent: list[Sent] = []
    reading = Reading()
    done = threading.Event()
    groups = Groups(site)
    handler = Handler(site.node, groups.ports[DESK])

    def read() -> None:
        chance = random.Random()  # noqa: S311
        while not done.is_set():
            path = chance.choice(PAGES)
            try:
                reading.note("reader", *ask(site.port, "GET", path), path)
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
            time.sleep(0.02)

    def handle() -> None:
        while not done.is_set():
            try:
                reading.note("handler", *handler.read_queue(), "queue")
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
            time.sleep(0.05)

    began = time.monotonic()
    groups.start()
    handler.log_in()
    with ThreadPoolExecutor(TELLERS + READERS + 1) as pool:
        visits = [pool.submit(keep_telling, site.port, sent, done) for _ in range(TELLERS)]
        visits += [pool.submit(who) for who in (*[read] * READERS, handle)]
        try:
            for number in range(kills):
                acknowledged, ending = heard(sent), time.monotonic() + 60
                while heard(sent) == acknowledged and time.monotonic() < ending:
                    time.sleep(0.01)
                time.sleep(random.uniform(0, 1))  # noqa: S311
                groups.end()
                groups.start()
                if number % 20 == 19:
                    print(f"  {number + 1} kills, {heard(sent)} acknowledged", flush=True)
        finally:
            done.set()
            groups.end()
        for visit in visits:
            visit.result()
    seconds = time.monotonic() - began

    codes = {form.word: form.code for form in sent if form.code}
    unheard = [form for form in sent if not form.code]
    again = [form for form in sent if form.code][-100:]
    groups.start(PUBLIC, DESK)
    for form in [*unheard, *again]:
        form.code = ""
        send(site.port, form)
    same = sum(form.code == codes[form.word] for form in again)
    late = sum(bool(form.code) for form in unheard)
    groups.end(signal.SIGTERM)

    lost, half, faults = look_through(site, {form.word: form for form in sent}, set(codes))
    damaged = damaged_publications(site.node.instance / "publications")
    log = Path(site.node.env["PUBLISHER_LOG"]).read_text(encoding="utf-8")
    published, faulty = log.count("\npublished "), log.count("Traceback")
    print(
        f"kills {kills} in {seconds:.0f} s; sent {len(sent)}, acknowledged {len(codes)}, lost {lost}, "
        f"half {half}, faults of the log {faults}; posted again: {same} of {len(again)} acknowledged with "
        f"the same code, {late} of {len(unheard)} unheard taken in; pages read whole {reading.good}, "
        f"otherwise {len(reading.bad)}; published {published} times, damaged publications {damaged}, "
        f"tracebacks of the publisher {faulty}",
        flush=True,
    )
    for answer in reading.bad[:10]:
        print(f"  {answer}", flush=True)
    if lost or half or faults or damaged or faulty or reading.bad or same < len(again) or late < len(unheard):
        raise Missed("kills")


def damaged_publications(folder: Path) -> int:
    """How many publications that were ever switched to, and are kept, cannot be opened."""
    damaged = 0
    for name in Shelf(folder).served():
        try:
            Publication(folder / name)
        except (Damaged, OSError):
            damaged += 1
    return damaged


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--store", choices=["sqlite", "postgresql", "both"], default="both")
    options = parser.parse_args()
    with ExitStack() as stack:
        stores: dict[str, Server | None] = {}
        if options.store != "postgresql":
            stores["SQLite"] = None
        if options.store != "sqlite":
            stores["PostgreSQL"] = stack.enter_context(running(None, durable=True))
        for kind, server in stores.items():
            with place(kind, server) as site:
                # The publisher changes it.
                content = copytree(site.node.content, site.node.instance.parent / "content")
                site.node.env["OPENBUREAU_CONTENT"] = str(content)
                site.node.env["PUBLISHER_LOG"] = str(content.parent / "publisher.log")
                kill(site, options.kills)


if __name__ == "__main__":
    try:
        main()
    except Missed as missed:
        sys.exit(f"not good enough: {missed}")
