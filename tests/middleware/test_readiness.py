"""Health, metrics and forms say the same of whether tips are taken, over HTTP on both doors."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from openbureau import database, readiness
from openbureau.config import Settings
from openbureau.database import site_keys
from openbureau.middleware import health
from openbureau.publishing.publication import Shelf
from openbureau.tips import signing_keys
from openbureau.tips.sealing import signing
from support.databases import open_database
from support.site import NOON, Keys
from support.tip_client import code_in, encoded, ready, solved, submit

OPINION = "/opinions/after-school-care/"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


Cause = Callable[[Settings], AbstractContextManager[None]]


class DiskUsage(NamedTuple):
    """What shutil.disk_usage answers, in bytes."""

    total: int
    used: int
    free: int


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    text: str


def ask(port: int, path: str, body: bytes | None = None, headers: Mapping[str, str] = FORM) -> Answer:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("POST" if body is not None else "GET", path, body, dict(headers) if body else {})
        response = connection.getresponse()
        return Answer(response.status, response.read().decode("utf-8", "replace"))


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """The port at which an application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Doors:
    """Ports of both doors, and what somebody has filled in before anything went wrong."""

    public: int
    desk: int
    tip: Mapping[str, str]
    opinion: Mapping[str, str]
    code: str


@pytest.fixture
def doors(app: Flask, client: FlaskClient, desk: Flask, settings: Settings, keys: Keys) -> Iterator[Doors]:
    """Both doors of a site that knows its keys, on which a tip was handed in."""
    engine = open_database(settings.database_url)
    with Session(engine) as session:
        fingerprint = site_keys.fingerprint(settings.secret_file.read_bytes())
        site_keys.note(session, site_keys.SECRET, fingerprint, NOON.date(), NOON, "cli")
        signing_keys.note(session, settings.signing_key_file.read_bytes(), NOON.date(), NOON, "cli")
    engine.dispose()
    code = code_in(submit(client))
    page = lxml.html.fromstring(client.get(OPINION).text)
    fields = dict(page.get_element_by_id("send-form").form_values())
    opinion = {**fields, "opinion": "费用应当按月公示。", "proof": solved(fields["challenge"])}
    tip = ready(client)
    with served(app) as public, served(desk) as staff:
        yield Doors(public, staff, tip, opinion, code)


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    with closing(sqlite3.connect(settings.instance / "tips.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def lost(name: str, left: bytes | None = None) -> Cause:
    """Something in the instance folder is gone, and something else in its place."""

    @contextmanager
    def cause(settings: Settings) -> Iterator[None]:
        path = settings.instance / name
        path.unlink()
        if left is not None:
            path.write_bytes(left)
        yield

    return cause


@contextmanager
def unsigned(settings: Settings) -> Iterator[None]:
    signed = json.loads(settings.recipients_file.read_text(encoding="utf-8"))
    signed["signature"] = "A" * 86 + "=="
    settings.recipients_file.write_text(json.dumps(signed), encoding="utf-8")
    yield


@contextmanager
def no_room(_: Settings) -> Iterator[None]:
    """The disk has reached its reserve, as both doors see it: the one of the tests is as full as it is."""
    with pytest.MonkeyPatch.context() as disk:
        disk.setattr(readiness.shutil, "disk_usage", lambda _: DiskUsage(10**12, 10**12, -1))
        yield


@contextmanager
def nothing(_: Settings) -> Iterator[None]:
    yield


CAUSES: Mapping[str, tuple[Cause, bool, bool, str]] = {
    "nothing": (nothing, True, True, "open"),
    "no set": (lost("keys/recipients.json"), False, True, "no signed set"),
    "bad signature": (unsigned, False, True, "no signed set"),
    "secret missing": (lost("secret.key"), False, False, "secret.key: No such file"),
    "secret cut": (lost("secret.key", b"s" * 31), False, False, "secret.key has 31 bytes"),
    "secret empty": (lost("secret.key", b""), False, False, "secret.key has 0 bytes"),
    "secret of another": (lost("secret.key", b"o" * 32), False, False, "secret.key is not the one"),
    "database missing": (lost("tips.db"), False, False, "FileNotFoundError"),
    "database without tables": (lost("tips.db", b""), False, False, "OperationalError"),
    "database locked": (locked, False, False, "OperationalError"),
    "reserve reached": (no_room, False, True, "must stay so"),
    "signing key missing": (lost("signing.key"), True, True, "receipts are not signed: signing.key"),
    "signing key of another": (
        lost("signing.key", signing.create_key()),
        True,
        True,
        "receipts are not signed: signing.key is not the one",
    ),
}
"""What is wrong: what makes it so, whether tips are taken, whether staff can log in, and how it is said."""


def assert_all_say(doors: Doors, settings: Settings, *, tips: bool, desk: bool, words: str) -> None:
    for port, needed in ((doors.public, True), (doors.desk, desk)):
        answer = ask(port, "/readyz")
        parts = json.loads(answer.text)
        assert (parts["tips"]["ready"], parts["desk"]["ready"]) == (tips, desk)
        assert words in parts["tips"]["says"]
        assert answer.status == (200 if needed else 503)
    engine = open_database(settings.database_url)
    figures = health.figures(Shelf(settings.publications), engine, settings)
    engine.dispose()
    assert figures["tips_ready"][1] == float(tips)
    boundary, body = encoded(doors.tip)
    multipart = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    said = urlencode({"code": doors.code, "text": "补充一句。"}).encode()
    answers = (
        ask(doors.public, "/tip-off/submit", body, multipart),
        ask(doors.public, OPINION, urlencode(doors.opinion).encode()),
        ask(doors.public, "/tip-off/status/say", said),
    )
    assert {answer.status for answer in answers} == {200 if tips else 503}
    login = ask(doors.desk, "/login", urlencode({"name": "甲", "password": "x", "code": "1"}).encode())
    assert login.status == (422 if desk else 503)
    for answer in (*answers, login):
        assert "<h1" in answer.text, "said in words, on a page of the house"
    assert ask(doors.public, "/").status == 200, "pages go on"


@pytest.mark.parametrize("name", CAUSES)
def test_health_metric_and_forms_say_the_same_whatever_is_wrong(
    doors: Doors, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # The house waits for a lock as long as a visitor would; the test need not.
    monkeypatch.setattr(database, "_MAX_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(database, "_BUSY_MS", 50)
    cause, tips, desk, words = CAUSES[name]
    with cause(settings):
        assert_all_say(doors, settings, tips=tips, desk=desk, words=words)
