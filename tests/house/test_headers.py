"""What every answer carries and what none does: each test says in its message how to keep the rule."""

import re
from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.app import MAX_FORM_BYTES, create_app
from openbureau.config import Settings
from support.house_visits import addresses, ask, tip_answers
from support.site import CONTENT, Keys


def test_no_public_answer_sets_a_cookie(answers: Mapping[str, TestResponse]) -> None:
    assert {200, 301, 403, 404, 405, 410, 413, 422} <= {answer.status_code for answer in answers.values()}
    setting = [name for name, answer in answers.items() if "Set-Cookie" in answer.headers]
    assert not setting, f"{setting}: the public door keeps nothing about a visitor: no session, no flash()"


def test_reading_changes_nothing(app: Flask, client: FlaskClient, settings: Settings, keys: Keys) -> None:
    def kept() -> dict[str, bytes]:
        files = [*settings.instance.rglob("*"), *settings.publications.rglob("*")]
        # That something was searched for is counted, as a visit would be; nobody can see or undo it.
        # The file in which writers of SQLite take their turn is always empty.
        turn = settings.instance / "tips.db-turn"
        files = [path for path in files if path not in (settings.searches_file, settings.visits_file, turn)]
        return {str(path): path.read_bytes() for path in files if path.is_file()}

    before = kept()
    for address in addresses(app):
        ask(client, address)
        ask(client, address, method="HEAD")
    assert kept() == before, "GET changes nothing: make it a POST that answers 303"


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
}


OPEN_DATA = re.compile(
    r"/api/|/whitelist/(list|schema|datapackage|editions/.*(rows|schema|file)|changes/.*\.)|/registers/.*/list\."
)
"""The addresses whose answers scripts of any site may read; nothing else is shared."""


PICTURE = re.compile(r"/[a-z]+/[^/]+/files/(\d+/)?[^/]+\.(png|jpe?g|webp|svg)( again)?")
"""Pictures of texts, which readers of feeds show on pages of their own."""

OF_PICTURES = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""What differs with them: whoever opens one by itself runs nothing of an SVG file."""


def assert_headers(name: str, answer: TestResponse) -> None:
    is_shared = bool(OPEN_DATA.match(name))
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"] * is_shared, (
        f"{name}: public.OPEN names what is open data; a page, a form or the desk never is"
    )
    shared = {"Cross-Origin-Resource-Policy": "cross-origin"} if is_shared else {}
    if PICTURE.fullmatch(name):
        shared = OF_PICTURES
    # Who is told 304 has them with the answer that is not sent again.
    for header, value in (HEADERS | shared).items() if answer.status_code != 304 else ():
        assert answer.headers.getlist(header) == [value], (
            f"{name} ({answer.status_code}): {header}: web._finish sets it on every answer, nothing else does"
        )
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers, "promised only over TLS"


def broken() -> str:
    raise ZeroDivisionError


def test_every_public_answer_carries_the_headers_of_the_house(
    app: Flask, client: FlaskClient, keys: Keys, settings: Settings
) -> None:
    app.add_url_rule("/broken", "broken", broken)
    got = {address: ask(client, address) for address in addresses(app)} | tip_answers(client)
    etags = {address: answer.headers["ETag"] for address, answer in got.items() if "ETag" in answer.headers}
    got |= {
        f"{each} again": ask(client, each, headers={"If-None-Match": etag}) for each, etag in etags.items()
    }
    assert {got[f"{each} again"].status_code for each in etags} == {304}
    got |= {
        "wrong method": client.post("/policies/"),
        "head": client.head("/"),
        "options": client.options("/tip-off/"),
        "fault": client.get("/broken"),
    }
    settings.recipients_file.unlink()
    got["tips closed"] = client.get("/tip-off/")
    unpublished = create_app(Settings(CONTENT, settings.instance / "none", settings.database_url, url=""))
    got["nothing published"] = unpublished.test_client().get("/")
    for name, answer in got.items():
        assert_headers(name, answer)
    assert {200, 301, 304, 403, 404, 405, 410, 413, 422, 500, 503} <= {
        each.status_code for each in got.values()
    }


def test_every_answer_of_the_desk_carries_the_headers_of_the_house(desk: Flask) -> None:
    clerk = desk.test_client()
    got = {
        "login": clerk.get("/login"),
        "queue": clerk.get("/"),
        "unknown": clerk.get("/nothing-here"),
        "refused": clerk.post("/login", data={"name": "a", "password": "b"}),
        "from elsewhere": clerk.post("/login", headers={"Origin": "https://elsewhere.example"}),
        "too long": clerk.post("/login", data={"name": "长" * MAX_FORM_BYTES}),
        "file": ask(clerk, "/static/css/openbureau.css"),
        "no file": ask(clerk, "/static/nothing.css"),
    }
    for name, answer in got.items():
        assert_headers(name, answer)
    assert [answer.status_code for answer in got.values()] == [200, 303, 303, 422, 403, 413, 200, 404]


def test_over_tls_the_browser_is_told_to_stay_there(client: FlaskClient) -> None:
    for address in ("/", "/nothing-here", "/static/css/openbureau.css"):
        answer = ask(client, address, base_url="https://localhost")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_policy_for_scripts_and_styles_allows_nothing_unsafe(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    for word in ("unsafe", "*", "data:", "blob:", "http", "nonce-"):
        assert word not in policy, f"{word}: put the script or style into a file of its own under static/"
    assert policy.startswith("default-src 'none';")
