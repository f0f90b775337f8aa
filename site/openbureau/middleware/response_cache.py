"""Answers kept ready: a layer of WSGI before an application, which it asks only for what it does not have.

The application says of an answer that it may be kept (`offer`); it is then given to everybody who asks for
the same address in the same size, until the version changes: that of what is published, and the day. Nothing
else lets an answer grow old. For a moment after a change whoever asks for what was ready gets the answer from
before at once, while it is made anew beside. It knows WSGI and HTTP, and nothing of ours.
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
from openbureau.middleware.cached_response import Action, Answer, Room, give, made, matched, plain, recoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OFFER = "openbureau.offer"
"""Where the application finds the `Offer` of its answer in the environment of a request."""

MOST_BYTES = 64 * 1024 * 1024
"""Of all answers together, in one process."""

MOST_BYTES_ASKED = MOST_BYTES // 4
"""Of those whose address has a query: there is no end of these, and they never push out the others."""

PATIENCE = 10
"""Seconds for which a request waits for another that is already making the same answer."""

MOST_ANEW = 32
"""Answers that wait to be made anew; who asks for one more waits for it."""

log = logging.getLogger(__name__)

Key = tuple[Any, ...]
"""What decides an answer besides the version and its coding; the query comes last."""


@dataclass
class Offer:
    """What the application says of one answer.

    `pack`: it holds nothing private, and may be compressed. `keep`: everybody who asks the same is answered
    the same. `each_time` is done whenever the answer is given, with the environment of that request; what is
    done may not fail.
    """

    pack: bool = False
    keep: bool = False
    each_time: list[Action] = field(default_factory=list)


def offer(environ: WSGIEnvironment) -> Offer:
    """The offer of the answer to this request; without a layer before the application nobody heeds it."""
    return cast(Offer, environ.setdefault(OFFER, Offer()))


class Kept:
    """The layer.

    `version` names what all answers depend on; empty: there is nothing to answer with. `variant` tells what
    else but the address decides an answer, such as the size that was asked for. `before` is the version whose
    answers will still do at this moment; empty: none.
    """

    def __init__(
        self,
        app: WSGIApplication,
        version: Callable[[], str],
        variant: Callable[[WSGIEnvironment], object],
        before: Callable[[], str] = str,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._app = app
        self._version = version
        self._variant = variant
        self._before = before
        self._lock = threading.Lock()
        self._making: dict[Key, threading.Event] = {}
        self._anew: set[Key] = set()
        asked = most_bytes // (MOST_BYTES // MOST_BYTES_ASKED)
        self._rooms = Room(most_bytes - asked), Room(asked)
        self._beside = ThreadPoolExecutor(1, "anew")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # A part of an answer is between the client and the application: what is kept is whole.
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_RANGE" in environ:
            return self._app(environ, start_response)
        version = self._version()
        if not version:
            return self._app(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        key = (self._variant(environ), environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""), query)
        coding = content_coding.chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))
        answer = self._find(version, key, coding) or self._find_before(version, key, coding, environ)
        if answer is None:
            with self._turn(key):
                # Whoever waited finds what the other has made, unless it was not to be kept.
                answer = self._find(version, key, coding)
                if answer is None:
                    chunks = self._ask(environ, start_response, version, key, coding)
                    _do(offer(environ).each_time, environ)
                    return chunks
        _do(answer.each_time, environ)
        return give(answer, environ, start_response)

    def _find(self, version: str, key: Key, coding: str) -> Answer | None:
        with self._lock:
            found = self._rooms[bool(key[-1])].get(key)
        if found is None:
            return None
        known = found.get(coding) or next(iter(found.values()))
        if known.version != version:
            return None
        # What is kept in one coding is soon made in another.
        answer = recoded(known, coding)
        if answer is not known:
            self._keep(key, answer)
        return answer

    def _find_before(self, version: str, key: Key, coding: str, environ: WSGIEnvironment) -> Answer | None:
        """The answer of the version before, if that will still do; it is then made anew beside."""
        before = self._before()
        answer = self._find(before, key, coding) if before else None
        if answer is None:
            return None
        with self._lock:
            if key in self._anew:
                return answer
            if len(self._anew) == MOST_ANEW:
                return None
            self._anew.add(key)
        self._beside.submit(self._make_anew, version, key, coding, environ.copy())
        return answer

    def _make_anew(self, version: str, key: Key, coding: str, environ: WSGIEnvironment) -> None:
        environ |= {"wsgi.input": BytesIO(), "HTTP_IF_NONE_MATCH": ""}
        try:
            with self._turn(key) as is_first:
                if is_first and self._find(version, key, coding) is None:
                    close(self._ask(environ, _tell_nobody, version, key, coding))
        except Exception:
            log.exception("an answer could not be made anew")
        finally:
            with self._lock:
                self._anew.remove(key)

    def _keep(self, key: Key, answer: Answer) -> None:
        # Made while one version took the place of another: nobody knows of which it is.
        if answer.version == self._version():
            with self._lock:
                self._rooms[bool(key[-1])].put(key, answer)

    def _ask(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        version: str,
        key: Key,
        coding: str,
    ) -> Iterable[bytes]:
        """Have the application answer, and keep that if it offers it."""
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            told[:] = [status, headers, exc_info]
            return lambda data: None

        offered = environ[OFFER] = Offer()
        asked = environ.get("HTTP_IF_NONE_MATCH", "")
        # The application knows the tag of an answer, not those of its codings; and it is asked for the whole,
        # because the head of an answer tells of its body.
        inner = environ | {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": plain(asked)}
        if not asked:
            del inner["HTTP_IF_NONE_MATCH"]
        chunks = self._app(inner, start)
        status, headers, exc_info = told
        if not offered.pack:
            start_response(status, headers, *([exc_info] if exc_info else []))
            if environ["REQUEST_METHOD"] == "HEAD":
                close(chunks)
                return []
            return chunks
        body = b"".join(chunks)
        close(chunks)
        if status.startswith("200"):
            answer = recoded(made(version, headers, body, tuple(offered.each_time)), coding)
            if offered.keep:
                self._keep(key, answer)
            return give(answer, environ, start_response)
        if status.startswith("304"):
            headers = [
                (name, matched(asked, value) or value if name == "ETag" else value) for name, value in headers
            ]
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    @contextmanager
    def _turn(self, key: Key) -> Iterator[bool]:
        """Whether this is the first to ask for what is not there; others wait until that one is answered."""
        with self._lock:
            making = self._making.get(key)
            if is_first := making is None:
                making = self._making[key] = threading.Event()
        if not is_first:
            making.wait(PATIENCE)
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


def _tell_nobody(
    status: str, headers: list[tuple[str, str]], exc_info: Any = None
) -> Callable[[bytes], object]:
    """What takes the head of an answer that nobody waits for."""
    return len
