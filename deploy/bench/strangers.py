"""A visitor with an address and headers of his own, who may be honest or not."""

import http.client
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tip_visitors import STORY, form, solved

FORM: Mapping[str, str] = {
    "agreed": "yes",
    "unit": "英德市教育局",
    "categories": "procedure",
    "story": STORY,
    "named": "anonymous",
}
"""The least that is a tip."""


class Stranger:
    """One visitor of `host:port`, who comes from `source` (an address of this machine) with these headers."""

    def __init__(
        self, bind: str, source: str = "127.0.0.1", headers: Mapping[str, str] | None = None
    ) -> None:
        host, _, port = bind.partition(":")
        self._where = host, int(port)
        self._source = source
        self._headers = dict(headers or {})

    def ask(self, method: str, path: str, body: bytes = b"", **headers: Any) -> tuple[int, str]:
        """Status and text of an answer."""
        line = http.client.HTTPConnection(*self._where, timeout=120, source_address=(self._source, 0))
        try:
            line.request(method, path, body, {**self._headers, **headers})
            answer = line.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            line.close()

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """Status and text of the answer to a form without files."""
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(fields).encode(), **{"Content-Type": kind})

    def last_page(self) -> dict[str, str]:
        """What the last page of the form would send, its puzzle still unsolved."""
        _, first = self.ask("GET", "/tip-off/")
        walk = {**FORM, "form": _value(first, "form"), "step": "sender", "go": "next"}
        _, last = self.post("/tip-off/", walk)
        carried = {"form": _value(last, "form"), "challenge": _value(last, "challenge"), "step": "send"}
        return {**FORM, **carried, "question": "".join(re.findall(r'for="answer">(.加.)', last))}

    def submit(
        self, fields: Mapping[str, str] = FORM, files: Sequence[tuple[str, bytes]] = ()
    ) -> tuple[int, str]:
        """Fill in, solve, send."""
        page = self.last_page()
        return self.send({**page, **fields, "proof": solved(page["challenge"])}, files)

    def send(self, page: Mapping[str, str], files: Sequence[tuple[str, bytes]] = ()) -> tuple[int, str]:
        """Post the last page with its files."""
        body, kind = form(page, *files)
        return self.ask("POST", "/tip-off/submit", body, **{"Content-Type": kind})


def summed(page: Mapping[str, str]) -> str:
    """The answer to the question of a last page."""
    return str(sum("零一二三四五六七八九".index(digit) for digit in page["question"][::2]))


def _value(text: str, name: str) -> str:
    match = re.search(rf'name="{name}"[^>]* value="([^"]*)"', text)
    if match is None:
        raise AssertionError(f"the page has no field {name}")
    return match[1]
