"""A form that breaks off on the way is refused by both doors, over a real connection to a real server."""

import http.client
import re
import socket
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pyotp
import pytest
from flask import Flask
from werkzeug.test import encode_multipart

from support.visitors import Served

FIELDS = {"story": "到店检查，没有出示证件就当场罚款。" * 20, "name": "clerk", "password": "x", "q": "退费"}
BODY = urlencode(FIELDS).encode()
MULTIPART = encode_multipart(FIELDS, "edge")[1]


def status_of(address: str, path: str, *, length: int, body: bytes) -> int:
    """Post a body under a length, close our side of the connection, and answer the status."""
    url = urlsplit(address)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nOrigin: {address}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection((url.hostname or "", url.port or 0)) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert match, answer[:100]
    return int(match[1])


@pytest.mark.parametrize(
    ("door", "path"),
    [
        ("public", "/tip-off/"),
        ("public", "/tip-off/submit"),
        ("public", "/tip-off/status"),
        ("public", "/tip-off/receipt"),
        ("public", "/tip-off/verify"),
        ("desk", "/login"),
    ],
)
def test_a_form_that_is_cut_off_on_the_way_is_refused(served: Served, door: str, path: str) -> None:
    address = getattr(served, door)
    assert status_of(address, path, length=len(BODY), body=BODY[:-100]) == 400
    assert status_of(address, path, length=len(BODY), body=BODY) != 400


def addresses_of(app: Flask) -> list[str]:
    """Where forms of a door are posted to, with something in the place of each part that varies."""
    found = set()
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            found.add(re.sub(r"<(?:(\w+):)?\w+>", lambda part: "1" if part[1] == "int" else "x", rule.rule))
    return sorted(found)


def answer_to(address: str, path: str, kind: str, cookie: str, *, torn: str) -> bytes:
    """The first line of the answer to a form that is cut off, or whole when `torn` is empty."""
    url = urlsplit(address)
    body = BODY if kind == "application/x-www-form-urlencoded" else MULTIPART
    sent, length = body if not torn else body[:-100], f"Content-Length: {len(body)}"
    if torn == "chunked":
        sent, length = f"{len(body):x}\r\n".encode() + body[:-100], "Transfer-Encoding: chunked"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nOrigin: {address}\r\nCookie: {cookie}\r\n"
        f"Connection: close\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"
    )
    with socket.create_connection((url.hostname or "", url.port or 0)) as connection:
        connection.sendall(head.encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n")[0]


@pytest.fixture(scope="module")
def cookies(served: Served) -> dict[str, str]:
    """What a visitor of each door brings: at the desk, the login of a handler."""
    fields = {
        "name": served.member,
        "password": served.password,
        "code": pyotp.TOTP(served.second_factor).now(),
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": served.desk}
    with closing(http.client.HTTPConnection(urlsplit(served.desk).netloc)) as connection:
        connection.request("POST", "/login", urlencode(fields), headers)
        response = connection.getresponse()
        response.read()
        assert response.status == 303
        return {"public": "", "desk": str(response.headers["Set-Cookie"]).partition(";")[0]}


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=edge"])
@pytest.mark.parametrize("torn", ["length", "chunked"])
@pytest.mark.parametrize("door", ["public", "desk"])
def test_no_form_of_either_door_takes_half_a_body(
    served: Served, app: Flask, desk: Flask, cookies: dict[str, str], door: str, torn: str, kind: str
) -> None:
    taken = []
    addresses = addresses_of(app if door == "public" else desk)
    assert len(addresses) > 8
    for path in addresses:
        line = answer_to(getattr(served, door), path, kind, cookies[door], torn=torn)
        # A door that closes the connection without a word has taken nothing either; one that has no such
        # page, as nothing is called x, says so without reading.
        if line and not re.match(rb"HTTP/1\.1 40[045] ", line):
            taken.append((path, line))
    assert taken == []


def test_what_is_torn_would_have_been_read_whole(served: Served, app: Flask) -> None:
    lines = {
        path: answer_to(served.public, path, "application/x-www-form-urlencoded", "", torn="")
        for path in addresses_of(app)
    }
    assert all(b" 400 " not in line for line in lines.values()), lines
