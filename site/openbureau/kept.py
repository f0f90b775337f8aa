"""Answers kept ready: a layer of WSGI before an application, which it asks only for what it does not have.

The application says of an answer that it may be kept (`offer`); it is then given to everybody who asks for
the same address in the same size, until the version changes: that of what is published, and the day. Nothing
else lets an answer grow old. It knows WSGI and HTTP, and nothing of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from openbureau import codings
from openbureau.kept_answers import Action, Answer, Room, give, made, matched, plain, recoded

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


@dataclass
class Offer:
    """What the application says of one answer.

    `pack`: it holds nothing private, and may be compressed. `keep`: everybody who asks the same is answered
    the same. `each_time` is done when a kept answer is given again, with the environment of that request;
    what is done may not fail.
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
    else but the address decides an answer, such as the size that was asked for.
    """

    def __init__(
        self,
        app: WSGIApplication,
        version: Callable[[], str],
        variant: Callable[[WSGIEnvironment], object],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._app = app
        self._version = version
        self._variant = variant
        self._most = most_bytes
        self._lock = threading.Lock()
        self._making: dict[object, threading.Event] = {}
        self._of = ""
        self._rooms = self._empty()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # A part of an answer is between the client and the application: what is kept is whole.
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_RANGE" in environ:
            return self._app(environ, start_response)
        version = self._version()
        if not version:
            return self._app(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        key = (self._variant(environ), environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", ""), query)
        coding = codings.chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))
        answer = self._find(version, key, coding)
        if answer is None:
            with self._turn(key) as is_first:
                # Whoever waited finds what the other has made, unless it was not to be kept.
                answer = None if is_first else self._find(version, key, coding)
                if answer is None:
                    return self._ask(environ, start_response, version, key, coding)
        for action in answer.each_time:
            action(environ)
        return give(answer, environ, start_response)

    def _find(self, version: str, key: tuple[Any, ...], coding: str) -> Answer | None:
        with self._lock:
            if version != self._of:
                self._of, self._rooms = version, self._empty()
            found = self._rooms[bool(key[-1])].get(key)
        if found is None:
            return None
        if coding in found:
            return found[coding]
        # What is kept in one coding is soon made in another.
        known = next(iter(found.values()))
        other = recoded(known, coding)
        if other is not known:
            self._keep(version, key, other)
        return other

    def _keep(self, version: str, key: tuple[Any, ...], answer: Answer) -> None:
        with self._lock:
            # Made of what has been replaced meanwhile: nobody may get it any more.
            if version == self._of:
                self._rooms[bool(key[-1])].put(key, answer)

    def _ask(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        version: str,
        key: tuple[Any, ...],
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
            answer = recoded(made(headers, body, tuple(offered.each_time)), coding)
            if offered.keep:
                self._keep(version, key, answer)
            return give(answer, environ, start_response)
        if status.startswith("304"):
            headers = [
                (name, matched(asked, value) or value if name == "ETag" else value) for name, value in headers
            ]
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    @contextmanager
    def _turn(self, key: object) -> Iterator[bool]:
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

    def _empty(self) -> tuple[Room, Room]:
        asked = self._most // (MOST_BYTES // MOST_BYTES_ASKED)
        return Room(self._most - asked), Room(asked)


def close(chunks: Iterable[bytes]) -> None:
    if close := getattr(chunks, "close", None):
        close()
