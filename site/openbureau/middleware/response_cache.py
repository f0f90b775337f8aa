"""A response cache: WSGI around an application, which is asked only for what is not cached.

The application says of a response that it may be cached (`offer`); it is then given to everybody who asks for
the same address in the same size, until the version changes: that of what is published, and the day. Nothing
else lets a response expire. For a moment after a change whoever asks for what was cached gets the stale
response at once, while it is refreshed in the background (stale-while-revalidate, RFC 5861). It knows WSGI
and HTTP, and nothing of this site.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from openbureau.middleware import content_coding
from openbureau.middleware.cached_response import (
    Action,
    CachedResponse,
    LruCache,
    cache_response,
    matched,
    plain,
    recoded,
    respond,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OFFER = "openbureau.offer"
"""Where the application finds the `CacheOffer` of its response in the environment of a request."""

MAX_BYTES = 64 * 1024 * 1024
"""Of all responses together, in one process."""

MAX_QUERY_BYTES = MAX_BYTES // 4
"""Of those whose address has a query: there is no end of these, and they never push out the others."""

WAIT_SECONDS = 10
"""For which a request waits for another that is already making the same response."""

MAX_REFRESHES = 32
"""Responses that wait to be refreshed; who asks for one more waits for it."""

log = logging.getLogger(__name__)

Key = tuple[Any, ...]
"""What decides a response besides the version and its coding; the query comes last."""


@dataclass
class CacheOffer:
    """What the application says of one response.

    `pack`: it holds nothing private, and may be compressed (BREACH). `keep`: everybody who asks the same is
    answered the same, so it may be cached. `each_time` is done whenever the response is given, with the
    environment of that request; what is done may not fail.
    """

    pack: bool = False
    keep: bool = False
    each_time: list[Action] = field(default_factory=list)


def offer(environ: WSGIEnvironment) -> CacheOffer:
    """The offer of the response to this request; without the cache around the application nobody heeds it."""
    return cast(CacheOffer, environ.setdefault(OFFER, CacheOffer()))


class ResponseCacheMiddleware:
    """WSGI: caches the responses of `app` that it offers.

    `version` names what all responses depend on; empty: there is nothing to answer with. `variant` tells what
    else but the address decides a response, such as the size that was asked for. `stale_version` is the
    version whose responses will still do at this moment; empty: none.
    """

    def __init__(
        self,
        app: WSGIApplication,
        version: Callable[[], str],
        variant: Callable[[WSGIEnvironment], object],
        stale_version: Callable[[], str] = str,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._app = app
        self._version = version
        self._variant = variant
        self._stale_version = stale_version
        self._lock = threading.Lock()
        self._making: dict[Key, threading.Event] = {}
        self._refreshing: set[Key] = set()
        query_bytes = max_bytes // (MAX_BYTES // MAX_QUERY_BYTES)
        self._caches = LruCache(max_bytes - query_bytes), LruCache(query_bytes)
        self._executor = ThreadPoolExecutor(1, "refresh")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        version = self._version()
        if not version:
            return self._app(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        key = (self._variant(environ), environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""), query)
        coding = content_coding.chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))
        response = self._lookup(version, key, coding) or self._lookup_stale(version, key, coding, environ)
        # Parts are read from what lies stored. Of anything else who asks for a part gets the whole (RFC 9110,
        # 14.2): else every range would have the application make the answer anew.
        if response and "HTTP_RANGE" in environ and ("Accept-Ranges", "bytes") in response.headers:
            return self._app(environ, start_response)
        if response is None:
            with self._sole_maker(key):
                # Whoever waited finds what the other has made, unless it is not cached.
                response = self._lookup(version, key, coding)
                if response is None:
                    chunks = self._ask(environ, start_response, version, key, coding)
                    _do(offer(environ).each_time, environ)
                    return chunks
        _do(response.each_time, environ)
        return respond(response, environ, start_response)

    def _lookup(self, version: str, key: Key, coding: str) -> CachedResponse | None:
        with self._lock:
            responses = self._caches[bool(key[-1])].get(key)
        if responses is None:
            return None
        cached = responses.get(coding) or next(iter(responses.values()))
        if cached.version != version:
            return None
        # What is cached in one coding is soon made in another.
        response = recoded(cached, coding)
        if response is not cached:
            self._store(key, response)
        return response

    def _lookup_stale(
        self, version: str, key: Key, coding: str, environ: WSGIEnvironment
    ) -> CachedResponse | None:
        """The stale response, if it will still do at this moment; it is then refreshed in the background."""
        stale_version = self._stale_version()
        response = self._lookup(stale_version, key, coding) if stale_version else None
        if response is None:
            return None
        with self._lock:
            if key in self._refreshing:
                return response
            if len(self._refreshing) == MAX_REFRESHES:
                return None
            self._refreshing.add(key)
        self._executor.submit(self._refresh, version, key, coding, environ.copy())
        return response

    def _refresh(self, version: str, key: Key, coding: str, environ: WSGIEnvironment) -> None:
        environ |= {"wsgi.input": BytesIO(), "HTTP_IF_NONE_MATCH": ""}
        try:
            with self._sole_maker(key) as is_first:
                if is_first and self._lookup(version, key, coding) is None:
                    close(self._ask(environ, _discard_head, version, key, coding))
        except Exception:
            log.exception("a cached response could not be refreshed")
        finally:
            with self._lock:
                self._refreshing.remove(key)

    def _store(self, key: Key, response: CachedResponse) -> None:
        # Made while one version took the place of another: nobody knows of which it is.
        if response.version == self._version():
            with self._lock:
                self._caches[bool(key[-1])].put(key, response)

    def _ask(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        version: str,
        key: Key,
        coding: str,
    ) -> Iterable[bytes]:
        """Have the application answer, and cache that if it offers it."""
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [status, headers, exc_info]
            return lambda data: None

        offered = environ[OFFER] = CacheOffer()
        if_none_match = environ.get("HTTP_IF_NONE_MATCH", "")
        # The application knows the tag of an answer, not those of its codings; and it is asked for the whole,
        # because the head of an answer tells of its body.
        inner = environ | {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": plain(if_none_match)}
        if not if_none_match:
            del inner["HTTP_IF_NONE_MATCH"]
        chunks = self._app(inner, start)
        status, headers, exc_info = started
        if not offered.pack:
            start_response(status, headers, *([exc_info] if exc_info else []))
            if environ["REQUEST_METHOD"] == "HEAD":
                close(chunks)
                return []
            return chunks
        body = b"".join(chunks)
        close(chunks)
        if status.startswith("200"):
            response = recoded(cache_response(version, headers, body, tuple(offered.each_time)), coding)
            if offered.keep:
                self._store(key, response)
            return respond(response, environ, start_response)
        if status.startswith("304"):
            headers = [
                (name, matched(if_none_match, value) or value if name == "ETag" else value)
                for name, value in headers
            ]
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    @contextmanager
    def _sole_maker(self, key: Key) -> Iterator[bool]:
        """Whether this is the first to ask for what is not there; others wait until that one is answered."""
        with self._lock:
            making = self._making.get(key)
            if is_first := making is None:
                making = self._making[key] = threading.Event()
        if not is_first:
            making.wait(WAIT_SECONDS)
            yield False
            return
        try:
            yield True
        finally:
            with self._lock:
                del self._making[key]
            making.set()


def close(chunks: Iterable[bytes]) -> None:
    if close := getattr(chunks, "close", None):
        close()


def _do(actions: Iterable[Action], environ: WSGIEnvironment) -> None:
    for action in actions:
        action(environ)


def _discard_head(
    status: str, headers: list[tuple[str, str]], exc_info: Any = None
) -> Callable[[bytes], object]:
    """Take the head of a response that nobody waits for."""
    return len
