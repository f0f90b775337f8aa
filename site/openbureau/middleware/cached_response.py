"""Cached responses: whole ones, in every content coding that was asked for, in an LRU cache bounded by bytes.

It knows WSGI and HTTP, and nothing of this site.
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

MIN_RESPONSES = 4
"""A response is cached only if so many of its size fit into the cache."""

OVERHEAD_BYTES = 2048
"""What a response takes besides its body: the headers, the address, the cache's entry itself."""

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
class CachedResponse:
    """A whole response in one coding, with the headers of 200 and of 304 as they are sent.

    `version` is what it was made of; `tag` is the application's ETag, `own_tag` that of this coding;
    `is_text` if it is worth another coding.
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
        """Bytes of memory, roughly."""
        return len(self.body) + OVERHEAD_BYTES


class LruCache:
    """A cache of responses by key and coding, bounded by bytes; the least recently used go first.

    Of a key there are responses of one version only, the one that was put last.
    """

    def __init__(self, max_bytes: int) -> None:
        """`max_bytes` of all responses together."""
        self._responses: OrderedDict[object, dict[str, CachedResponse]] = OrderedDict()
        self._max_bytes = max_bytes
        self.bytes = 0

    def get(self, key: object) -> dict[str, CachedResponse] | None:
        """The responses of a key, by their codings."""
        responses = self._responses.get(key)
        if responses is not None:
            self._responses.move_to_end(key)
        return responses

    def put(self, key: object, response: CachedResponse) -> None:
        """Cache a response, unless it is too large."""
        if response.size > self._max_bytes // MIN_RESPONSES:
            return
        cached = self._responses.pop(key, {})
        self.bytes -= _size(cached)
        # Replaced, not changed: others may be reading it.
        current = {coding: other for coding, other in cached.items() if other.version == response.version}
        self._responses[key] = current | {response.coding: response}
        self.bytes += _size(self._responses[key])
        while self.bytes > self._max_bytes:
            _, evicted = self._responses.popitem(last=False)
            self.bytes -= _size(evicted)

    def __len__(self) -> int:
        return len(self._responses)


def respond(
    response: CachedResponse, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer with a cached response, or with 304 to a client that has it."""
    if_none_match = environ.get("HTTP_IF_NONE_MATCH")
    if if_none_match is not None:
        is_known = if_none_match == response.own_tag or bool(matched(if_none_match, response.tag))
    else:
        # Only exactly the same instant: what was taken back may leave an older one behind.
        is_known = bool(response.modified) and environ.get("HTTP_IF_MODIFIED_SINCE") == response.modified
    if is_known:
        start_response("304 NOT MODIFIED", response.short)
        return []
    start_response("200 OK", response.headers)
    return [response.body] if environ["REQUEST_METHOD"] == "GET" else []


def cache_response(
    version: str, headers: list[tuple[str, str]], body: bytes, each_time: tuple[Action, ...]
) -> CachedResponse:
    """The response as the application gave it."""
    fields = Headers(headers)
    tag, modified = fields.get("ETag", ""), fields.get("Last-Modified", "")
    fields["Content-Length"] = str(len(body))
    is_text = content_coding.is_worth_it(fields.get("Content-Type", ""), len(body))
    if is_text:
        vary = fields.get("Vary")
        fields["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    return CachedResponse(
        version=version,
        coding=content_coding.IDENTITY,
        body=body,
        headers=fields.to_wsgi_list(),
        short=_short(fields),
        tag=tag,
        own_tag=tag,
        modified=modified,
        is_text=is_text,
        each_time=each_time,
    )


def recoded(response: CachedResponse, coding: str) -> CachedResponse:
    """The response in another coding; the same if it is of a kind that has only one."""
    if coding == response.coding or not response.is_text:
        return response
    fields = Headers(response.headers)
    body = content_coding.encoded(content_coding.decoded(response.body, response.coding), coding)
    fields["Content-Length"] = str(len(body))
    fields.pop("Content-Encoding", None)
    if coding:
        fields["Content-Encoding"] = coding
    own_tag = f'{response.tag[:-1]}-{coding}"' if coding and response.tag else response.tag
    if own_tag:
        fields["ETag"] = own_tag
    return replace(
        response,
        coding=coding,
        body=body,
        headers=fields.to_wsgi_list(),
        short=_short(fields),
        own_tag=own_tag,
    )


def _size(responses: Mapping[str, CachedResponse]) -> int:
    return sum(response.size for response in responses.values())


def _short(fields: Headers) -> list[tuple[str, str]]:
    """What 304 must repeat (RFC 9110, 15.4.5); all else the client has with the response that it keeps."""
    return [(name, value) for name, value in fields.to_wsgi_list() if name.lower() in _REPEATED]


def plain(if_none_match: str) -> str:
    """`If-None-Match` with the tags as the application knows them."""
    return _CODED.sub('"', if_none_match)


def matched(if_none_match: str, tag: str) -> str:
    """The tag of `If-None-Match` that means the response with this `tag`, in whatever coding; else empty.

    Compared weakly (RFC 9110, 13.1.2): a server before this one that compresses makes tags weak.
    """
    for candidate in if_none_match.split(","):
        known = candidate.strip().removeprefix("W/")
        if tag and (known == "*" or plain(known) == tag):
            return tag if known == "*" else known
    return ""
