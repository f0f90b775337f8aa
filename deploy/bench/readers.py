"""Visitors of a server, over TLS or not: they read as browsers do, from addresses of their own, and tell."""

import asyncio
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from itertools import cycle
from statistics import quantiles
from typing import NamedTuple

from tip_visitors import Sent, fill_in, send

from support.nginx import HOST, NamedConnection

Door = tuple[int, ssl.SSLContext | None]
"""A port of this machine, and how to speak TLS to it."""

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answer(NamedTuple):
    """What was answered; `closes`: the server takes no more requests on this connection."""

    status: int
    body: bytes
    closes: bool


class Unheard(Exception):
    """The connection ended before the first byte of an answer."""


@dataclass
class Tally:
    """What became of requests; `again`: asked anew, as a browser does when a kept connection was closed."""

    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    again: int = 0

    def __str__(self) -> str:
        total = len(self.took) + len(self.failed)
        slowest = quantiles(self.took, n=20)[18] * 1000 if len(self.took) > 1 else float("nan")
        kinds = ", ".join(f"{self.failed.count(kind)} {kind}" for kind in sorted(set(self.failed))[:3])
        return f"{len(self.failed)} of {total} failed, p95 {slowest:.0f} ms {kinds}".rstrip()


@asynccontextmanager
async def connected(door: Door, source: str = "127.0.9.9", window: int = 0) -> AsyncIterator[Line]:
    """A connection from an address of this machine."""
    port, tls = door
    plug = socket.socket()
    if window:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    plug.setblocking(False)
    plug.bind((source, 0))
    await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", port))
    name = HOST if tls else None
    reader, writer = await asyncio.open_connection(sock=plug, ssl=tls, server_hostname=name, limit=1 << 22)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def request(method: str, path: str, headers: str = "", body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}{length}\r\n".encode() + body


async def answer(reader: asyncio.StreamReader) -> Answer:
    """One answer. Raises Unheard, and OSError or EOFError for one that was broken off."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        raise Unheard from error
    except ConnectionError as error:
        raise Unheard from error
    length = re.search(r"content-length: (\d+)", head)
    if length:
        body = await reader.readexactly(int(length[1]))
    elif "chunked" in head:
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        body = b""
    return Answer(int(head.split()[1]), body, "\r\nconnection: close" in head)


async def ask(door: Door, wire: bytes, source: str = "127.0.9.9") -> Answer:
    """One request, on a connection of its own."""
    async with asyncio.timeout(30), connected(door, source) as (reader, writer):
        writer.write(wire)
        return await answer(reader)


async def read_on(
    door: Door,
    tally: Tally,
    until: Callable[[], bool],
    *,
    keep: bool,
    pause: float,
    source: str = "127.0.9.9",
    paths: Sequence[str] = ("/policies/",),
) -> None:
    """A visitor who reads page after page, on one connection or a fresh one each.

    A kept connection that turns out to be closed is opened anew and the page asked for once more, as RFC 9112
    (9.3.1) has it and browsers do; nginx closes one after 1,000 requests, and says so in the last answer.
    """
    async with AsyncExitStack() as stack:
        line: Line | None = None

        async def read(path: str) -> int:
            nonlocal line
            is_kept = line is not None
            if line is None:
                line = await stack.enter_async_context(connected(door, source))
            try:
                line[1].write(request("GET", path))
                response = await answer(line[0])
            except Unheard:
                await stack.aclose()
                line = None
                if not is_kept:
                    raise
                tally.again += 1
                return await read(path)
            if response.closes or not keep:
                await stack.aclose()
                line = None
            return response.status

        for path in cycle(paths):
            if until():
                break
            began = time.monotonic()
            try:
                async with asyncio.timeout(5):
                    status = await read(path)
                if status == 200:
                    tally.took.append(time.monotonic() - began)
                else:
                    tally.failed.append(f"{status} {path}")
            except (OSError, TimeoutError, EOFError, Unheard) as error:
                tally.failed.append(type(error).__name__)
                await stack.aclose()
                line = None
            await asyncio.sleep(pause)


def ask_over_tls(
    port: int, method: str, path: str, body: bytes = b"", kind: str = "", source: str = "127.0.9.8"
) -> tuple[int, bytes]:
    """Status and body of an answer of the front server, to an address of one's own."""
    line = NamedConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
    try:
        line.request(method, path, body or None, {"Host": HOST, **({"Content-Type": kind} if kind else {})})
        response = line.getresponse()
        return response.status, response.read()
    finally:
        line.close()


def tell(port: int, source: str = "127.0.9.8") -> Sent:
    """Send one tip through the front server."""
    sent = fill_in(port, ask=partial(ask_over_tls, source=source))
    send(port, sent, ask=partial(ask_over_tls, source=source))
    return sent


async def tell_on(door: Door, tally: Tally, until: Callable[[], bool]) -> None:
    """Somebody who tells tip after tip; gentle enough for the limits of the front server."""
    while not until():
        began = time.monotonic()
        try:
            sent = await asyncio.to_thread(tell, door[0])
            if sent.status == 200 and sent.code:
                tally.took.append(time.monotonic() - began)
            else:
                tally.failed.append(f"status {sent.status}")
        except (OSError, HTTPException) as error:
            tally.failed.append(type(error).__name__)
        await asyncio.sleep(2)
