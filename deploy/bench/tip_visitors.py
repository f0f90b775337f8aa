"""Visitors who send tips to a real server: they walk through the form, solve its puzzle and send it, as a
browser does."""

import http.client
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

import lxml.html

STORY = "五月二十日下午，两名人员到店检查，没有出示证件就当场罚款，也没有给票据。"

_FILLED_IN = {"agreed": "yes", "unit": "英德市教育局", "categories": "procedure", "named": "anonymous"}
_PDF = b"%PDF-1.7\n"


@dataclass
class Sent:
    """One submission: its form, a word in its story, its file; and what was answered."""

    fields: dict[str, str]
    word: str
    file: bytes
    status: int = 0
    code: str = ""


def ask(
    port: int, method: str, path: str, body: bytes = b"", kind: str = "", wait: float = 60
) -> tuple[int, bytes]:
    """Status and body of an answer. Raises OSError or HTTPException when there is none."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=wait)
    try:
        line.request(method, path, body or None, {"Content-Type": kind} if kind else {})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


Ask = Callable[..., tuple[int, bytes]]
"""How `ask` is called."""


def form(fields: Mapping[str, str], *files: tuple[str, bytes]) -> tuple[bytes, str]:
    """Body and type of a form as a browser sends it, its files (name and content) last."""
    edge = secrets.token_hex(16)
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, content in files:
        head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        parts += [f"{head}Content-Type: application/octet-stream\r\n\r\n".encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{edge}--\r\n".encode()]), f"multipart/form-data; boundary={edge}"


def fill_in(port: int, size: int = 0, ask: Ask = ask) -> Sent:
    """Walk to the last page of the form and solve its puzzle; the file has `size` bytes. `ask` goes there."""
    word = secrets.token_hex(8)
    filled = {**_FILLED_IN, "story": f"{STORY}{word}", "step": "sender", "go": "next"}
    _, page = ask(port, "POST", "/tip-off/", *form(filled))
    stack = lxml.html.fromstring(page.decode()).xpath("//form[contains(@class, 'stack')]")[0]
    fields = {name: str(value) for name, value in stack.form_values() if name != "files"}
    fields["proof"] = solved(fields["challenge"])
    return Sent(fields, word, _PDF + secrets.token_bytes(size) if size else b"")


def send(port: int, sent: Sent, ask: Ask = ask) -> None:
    """Post the form, and note what is answered; nothing when the server goes away."""
    files = [("decision.pdf", sent.file)] if sent.file else []
    with suppress(OSError, http.client.HTTPException):
        sent.status, page = ask(port, "POST", "/tip-off/submit", *form(sent.fields, *files))
        sent.code = code_in(page.decode())


def code_in(page: str) -> str:
    """The receipt code that a page shows; empty when there is none."""
    match = re.search(r'class="receipt-code"[^>]*>([^<]+)<', page)
    return match[1].strip() if match else ""


def solved(challenge: str) -> str:
    """The number that solves a challenge."""
    bits = int(challenge.split(".")[1])
    begun = sha256(f"{challenge}:".encode())
    for number in count():
        digest = begun.copy()
        digest.update(str(number).encode())
        if int.from_bytes(digest.digest(), "big") >> 256 - bits == 0:
            return str(number)
    raise AssertionError("numbers do not end")
