"""Whole answers as they are kept: in every coding that was asked for, within a number of bytes.

It knows WSGI and HTTP, and nothing of ours.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from openbureau.middleware import content_coding

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PART = 4
"""One answer is kept if it takes no more than this part of the room there is."""

OVERHEAD = 2048
"""What an answer takes besides its bytes: the headers, the address, the entry itself."""

_CODED = re.compile(f'-(?:{"|".join(content_coding.ENCODERS)})"')
"""The end of the tag of an answer that is compressed."""

_REPEATED = {
    "access-control-allow-origin",
    "access-control-expose-headers",
    "cache-control",
    "etag",
    "expires",
    "last-modified",
    "strict-transport-security",
    "vary",
}
"""Of these, those of other sites' scripts and of TLS are asked of every answer by itself."""

Action = Callable[["WSGIEnvironment"], None]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer in one coding, with the headers of 200 and of 304 as they are sent.

    `version` is what it was made of; `tag` is the application's, `own_tag` that of this coding; `is_text` if
    it is worth another coding.
    """

    version: str
    coding: str
    body: bytes
    headers: list[tuple[str, str]]
    short: list[tuple[str, str]]
    tag: str
    own_tag: str
    modified: str
    is_text: bool
    each_time: tuple[Action, ...]

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return len(self.body) + OVERHEAD


class Room:
    """Answers within a number of bytes, by key and coding; what nobody asked for longest goes first.

    Of a key there are answers of one version only, the one that was put last.
    """

    def __init__(self, most_bytes: int) -> None:
        """`most_bytes` of all answers together."""
        self._answers: OrderedDict[object, dict[str, Answer]] = OrderedDict()
        self._most = most_bytes
        self.bytes = 0

    def get(self, key: object) -> dict[str, Answer] | None:
        """The answers that there are, by their codings."""
        found = self._answers.get(key)
        if found is not None:
            self._answers.move_to_end(key)
        return found

    def put(self, key: object, answer: Answer) -> None:
        """Keep an answer, unless it is too large."""
        if answer.size > self._most // PART:
            return
        known = self._answers.pop(key, {})
        self.bytes -= _size(known)
        # Replaced, not changed: others may be reading it.
        same = {coding: each for coding, each in known.items() if each.version == answer.version}
        self._answers[key] = same | {answer.coding: answer}
        self.bytes += _size(self._answers[key])
        while self.bytes > self._most:
            _, gone = self._answers.popitem(last=False)
            self.bytes -= _size(gone)

    def __len__(self) -> int:
        return len(self._answers)


def give(answer: Answer, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with it, or with 304 to one who has it."""
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked is not None:
        is_known = asked == answer.own_tag or bool(matched(asked, answer.tag))
    else:
        # Only exactly the same instant: what was taken back may leave an older one behind.
        is_known = bool(answer.modified) and environ.get("HTTP_IF_MODIFIED_SINCE") == answer.modified
    if is_known:
        start_response("304 NOT MODIFIED", answer.short)
        return []
    start_response("200 OK", answer.headers)
    return [answer.body] if environ["REQUEST_METHOD"] == "GET" else []


def made(version: str, headers: list[tuple[str, str]], body: bytes, each_time: tuple[Action, ...]) -> Answer:
    """The answer as the application gave it."""
    given = Headers(headers)
    tag, modified = given.get("ETag", ""), given.get("Last-Modified", "")
    given["Content-Length"] = str(len(body))
    is_text = content_coding.is_worth_it(given.get("Content-Type", ""), len(body))
    if is_text:
        vary = given.get("Vary")
        given["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    return Answer(
        version=version,
        coding=content_coding.IDENTITY,
        body=body,
        headers=given.to_wsgi_list(),
        short=_short(given),
        tag=tag,
        own_tag=tag,
        modified=modified,
        is_text=is_text,
        each_time=each_time,
    )


def recoded(answer: Answer, coding: str) -> Answer:
    """The answer in another coding; the same if it is of a kind that has only one."""
    if coding == answer.coding or not answer.is_text:
        return answer
    given = Headers(answer.headers)
    body = content_coding.encoded(content_coding.decoded(answer.body, answer.coding), coding)
    given["Content-Length"] = str(len(body))
    given.pop("Content-Encoding", None)
    if coding:
        given["Content-Encoding"] = coding
    own_tag = f'{answer.tag[:-1]}-{coding}"' if coding and answer.tag else answer.tag
    if own_tag:
        given["ETag"] = own_tag
    return replace(
        answer, coding=coding, body=body, headers=given.to_wsgi_list(), short=_short(given), own_tag=own_tag
    )


def _size(answers: Mapping[str, Answer]) -> int:
    return sum(each.size for each in answers.values())


def _short(given: Headers) -> list[tuple[str, str]]:
    """What 304 must repeat (RFC 9110, 15.4.5); all else the client has with the answer that it keeps."""
    return [(name, value) for name, value in given.to_wsgi_list() if name.lower() in _REPEATED]


def plain(asked: str) -> str:
    """`If-None-Match` with the tags as the application knows them."""
    return _CODED.sub('"', asked)


def matched(asked: str, tag: str) -> str:
    """The tag among those asked about that means this answer, in whatever coding; empty if none does.

    Compared weakly (RFC 9110, 13.1.2): a server before this one that compresses makes tags weak.
    """
    for each in asked.split(","):
        one = each.strip().removeprefix("W/")
        if tag and (one == "*" or plain(one) == tag):
            return tag if one == "*" else one
    return ""
