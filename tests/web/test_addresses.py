"""What a request is addressed to: impossible hosts, paths, numbers; what moved is at our own host."""

from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from openbureau.app import create_app
from openbureau.config import Settings
from support.desk_makers import Seats
from support.site import CONTENT, NOON

DOORS = ["app", "desk"]

IMPOSSIBLE_HOSTS = [
    *(
        "a..b",
        ".",
        "..",
        ".a",
        f"{'a' * 64}.example",
        "a." * 200,
        "",
        " ",
        "a b",
        "a\tb",
        "-a.example",
        "a-.example",
    ),
    *(
        "[::1",
        "::1",
        "[zz]",
        "[::1]x",
        "[1.2.3.4]",
        "[:::]",
        "u@h",
        "u:p@h",
        "h/x",
        "h?x",
        "h#x",
        "h\\x",
        "<h>",
        "%41",
    ),
    *("h:99999", "h:65536", "h:abc", "h:-1", "h:1:2", "中.example", "ä.example", "a,b", "'", '"', "h:８０"),
]

POSSIBLE_HOSTS = [
    "localhost",
    "a.example",
    "a_b.example",
    "A.Example.",
    "127.0.0.1:8000",
    "[::1]:80",
    "[2001:db8::1]",
]


def answer_to(application: Flask, address: str, host: str) -> Response:
    """What is answered to a host as a server hands it on; a test client would look at it first."""
    environ = create_environ(address)
    environ["HTTP_HOST"] = host.encode().decode("latin-1")
    body, status, headers = run_wsgi_app(application, environ)
    return Response(body, status, headers)


@pytest.mark.parametrize("host", IMPOSSIBLE_HOSTS)
@pytest.mark.parametrize("name", DOORS)
def test_an_impossible_host_is_told_in_words(request: pytest.FixtureRequest, name: str, host: str) -> None:
    for address in ("/", "/policies", "/healthz", "/feeds/all.atom", "/login"):
        answer = answer_to(request.getfixturevalue(name), address, host)
        assert (answer.status_code, answer.mimetype) == (400, "text/plain"), address
        assert "主机名" in answer.get_data(as_text=True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", POSSIBLE_HOSTS)
@pytest.mark.parametrize("name", DOORS)
def test_a_possible_host_is_answered(request: pytest.FixtureRequest, name: str, host: str) -> None:
    for address in ("/healthz", "/"):
        assert answer_to(request.getfixturevalue(name), address, host).status_code in (200, 302, 303)


NUL = ["/\0", "/policies/\0/", "/%00", "/policies/?topic=%00", "/search?q=a%00b", "/?%00=1", "/hant/%00/"]


@pytest.mark.parametrize("address", [*NUL, "/?stage=%00&unit=%00", "/log/?actor=%00", "/cases/1/files/%00"])
def test_a_nul_in_an_address_of_the_desk_is_told_in_words(desk: Flask, address: str) -> None:
    for method in ("GET", "POST"):
        answer = desk.test_client().open(address, method=method)
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")


@pytest.mark.parametrize("address", NUL)
def test_a_nul_in_a_public_address_is_as_good_as_any_letter(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code in (200, 404)
    assert client.post(address, data={"a": "1"}).status_code in (404, 405)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_nul_in_a_field_is_left_out(desk: Flask, kind: str) -> None:
    data = {"name": "c\0handler", "password": "\0", "code": "0\0"}
    assert desk.test_client().post("/login", data=data, content_type=kind).status_code < 500
    with desk.test_request_context("/", method="POST", data={"story": "甲\0乙"}, content_type=kind):
        assert request.form.to_dict() == {"story": "甲乙"}


MISSING_SLASH = [
    *(
        "/policies",
        "/policies/prepayment",
        "/whitelist",
        "/hant/policies",
        "/senior/hant/policies/prepayment",
    ),
    *("/feeds", "/registers", "/open-data", "/hant", "/senior/hant"),
]


@pytest.mark.parametrize("address", MISSING_SLASH)
def test_an_address_without_its_slash_moved_for_good_to_a_path_and_no_host(
    client: FlaskClient, address: str
) -> None:
    for query in ("", "?topic=%E9%80%80%E8%B4%B9&page=2"):
        for method in ("GET", "HEAD"):
            answer = client.open(address + query, method=method, headers={"Host": "evil.example"})
            assert (answer.status_code, answer.headers["Location"]) == (301, f"{address}/{query}")


@pytest.mark.parametrize("prefix", ["", "/zwgk"])
@pytest.mark.parametrize("address", [*MISSING_SLASH, ""])
def test_with_an_address_of_our_own_it_moved_to_that(
    tmp_path: Path, published: Path, prefix: str, address: str
) -> None:
    if not prefix and not address:
        return
    (tmp_path / "publications").symlink_to(published)
    url = "https://bureau.example"
    settings = Settings(CONTENT, tmp_path, f"sqlite:///{tmp_path / 'tips.db'}", url=url, url_prefix=prefix)
    visit = create_app(settings, clock=lambda: NOON).test_client()
    answer = visit.get(
        f"{prefix}{address}?page=2", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{url}{prefix}{address}/?page=2"


@pytest.mark.parametrize(
    "address", ["//evil.example", "/policies//", "//evil.example/%2f..", "/hant//evil.example"]
)
def test_no_address_is_sent_on_to_another_host(client: FlaskClient, address: str) -> None:
    answer = client.get(f"http://bureau.example{address}")
    location = answer.headers.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith("//")


def test_what_is_sent_to_an_address_without_its_slash_is_told_in_words(client: FlaskClient) -> None:
    for address in ("/policies", "/tip-off", "/hant/tip-off"):
        answer = client.post(address, data={"story": "一件事"})
        assert answer.status_code in (404, 405)
        assert "Location" not in answer.headers
        assert "h1" in answer.text


NUMBERS = ["0", "2147483647", "2147483648", "4294967296", "9223372036854775808", "9" * 30, "9" * 5_000, "１"]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_desk_finds_nothing_under_an_impossible_number(seats: Seats, number: str) -> None:
    someone, pages = seats["甲"], seats["甲"].client
    for address in (f"/cases/{number}/", f"/cases/{number}/files/1", f"/cases/{number}/letters"):
        assert pages.get(address).status_code in (404, 405)
    for address in (
        f"/cases/{number}/note",
        f"/cases/{number}/open",
        f"/consultation-opinions/{number}/open",
    ):
        assert someone.post(address, data={"text": "记"}).status_code in (404, 405)
    for address in (f"/?page={number}", f"/?page=-{number}"):
        assert pages.get(address).status_code == 200


@pytest.mark.parametrize("number", NUMBERS)
def test_no_public_address_fails_for_its_number(client: FlaskClient, number: str) -> None:
    for address in (
        *(f"/policies/?page={number}", f"/search?q=退费&page={number}", f"/api/v1/policies?page={number}"),
        *(
            f"/api/v1/policies?per_page={number}",
            f"/feeds/all/archive-{number}.atom",
            f"/sitemap-{number}.xml",
        ),
        *(
            f"/feeds/policies/archive-{number}.atom",
            f"/policies/?year={number}",
            f"/whitelist/?page={number}",
        ),
    ):
        assert client.get(address).status_code < 500, address


@pytest.mark.parametrize(
    "day", ["0000-01-01", "0001-01-01", "9999-12-31", "99999-01-01", "1899-12-31", "2026-02-30"]
)
def test_no_public_address_fails_for_its_day(client: FlaskClient, day: str) -> None:
    institution = client.get("/api/v1/institutions?per_page=1").get_json()["institutions"][0]["id"]
    for address in (
        f"/api/v1/institutions/{institution}?on={day}",
        f"/whitelist/{institution}/?on={day}",
        f"/whitelist/{institution}/proof?on={day}",
    ):
        assert client.get(address).status_code < 500, address
