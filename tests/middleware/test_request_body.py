"""A form that breaks off on the way is refused by both doors, over a real connection to a real server."""

import re
import socket
from urllib.parse import urlencode, urlsplit

import pytest

from support.visitors import Served

FIELDS = {"story": "到店检查，没有出示证件就当场罚款。" * 20, "name": "clerk", "password": "x", "q": "退费"}
BODY = urlencode(FIELDS).encode()


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
