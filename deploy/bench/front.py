"""What the shipped front server keeps from the doors, with a real nginx: prints figures, fails below them.

  slow      200 slow connections from 8 networks (headers, bodies, answers not read), before bare gunicorn and
            behind nginx: does a visitor who comes meanwhile get an answer?
  restart   10 times HUP under 8 readers and a teller of tips, behind nginx and of gunicorn alone: requests
            that failed, tips that were lost
  down      the public process ends: pages come from the mirror, the form says that it is closed
  silent    every kind of fault on the tip routes: address, browser and referring page in no file at all

Usage: .venv/bin/python deploy/bench/front.py [slow|restart|down|silent …]
"""

import asyncio
import shlex
import signal
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import quantiles
from subprocess import Popen

from readers import Door, Tally, Unheard, ask, connected, read_on, request, tell_on
from servers import ROOT, Node

from support.nginx import HOST, free_port, front, trusting

SERVE = (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8").replace("\\\n", "")
BARE = shlex.split(SERVE.split('--bind "127.0.0.1:$port"')[1])
"""How `make run` serves."""

SLOW_CLIENTS = 200
NETWORKS = 8
SIEGE_SECONDS = 25
BARE_SIEGE_SECONDS = 10
PAUSE_SECONDS = 0.3
RESTARTS = 10


async def drip(door: Door, kind: str, number: int, lived: list[float]) -> None:
    """A slow connection: notes how long the server bore it."""
    began = time.monotonic()
    source = f"127.0.{1 + number % NETWORKS}.1"
    with suppress(OSError, EOFError, ssl.SSLError):
        async with connected(door, source, window=1024 if kind == "answers" else 0) as (reader, writer):
            match kind:
                case "headers":
                    writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
                case "bodies":
                    writer.write(request("POST", "/tip-off/", "Content-Length: 200000\r\n"))
                case "answers":
                    writer.transport.pause_reading()  # type: ignore[attr-defined]
                    writer.write(request("GET", "/static/vendor/htmx-2.0.11.min.js") * 4)
            while not reader.at_eof() and not writer.is_closing():
                if kind != "answers":
                    writer.write(b"x")
                    await writer.drain()
                await asyncio.sleep(PAUSE_SECONDS)
    lived.append(time.monotonic() - began)


async def besiege(door: Door, kind: str, seconds: float) -> tuple[Tally, list[float]]:
    """Good visitors among slow connections."""
    tally, lived = Tally(), list[float]()
    slow = [asyncio.create_task(drip(door, kind, number, lived)) for number in range(SLOW_CLIENTS)]
    await asyncio.sleep(2)
    ending = time.monotonic() + seconds
    await read_on(door, tally, lambda: time.monotonic() > ending, keep=False, pause=PAUSE_SECONDS)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    return tally, lived


@contextmanager
def shipped(node: Node, folder: Path) -> Iterator[tuple[Door, Popen[bytes], Path]]:
    """The node behind the shipped nginx: its door, the server behind it, and where nginx writes."""
    place = Path(tempfile.mkdtemp(dir=folder))
    bind = f"unix:{place}/public.sock"
    with node.serve(bind) as public, front(place, [bind], folder / "mirror") as port:
        yield (port, trusting()), public, place


async def slow(node: Node, folder: Path) -> bool:
    """The siege, before both."""
    well = True
    for kind in ("headers", "bodies", "answers"):
        port = free_port()
        with node.serve(f"127.0.0.1:{port}", BARE):
            tally, lived = await besiege((port, None), kind, BARE_SIEGE_SECONDS)
        print(
            f"slow {kind:8} bare gunicorn   {tally}; {len(lived)} of {SLOW_CLIENTS} slow ones let go",
            flush=True,
        )
        with shipped(node, folder) as (door, _, _):
            tally, lived = await besiege(door, kind, SIEGE_SECONDS)
        longest = f"after {max(lived):.0f} s at most" if lived else ""
        print(
            f"slow {kind:8} behind nginx    {tally}; {len(lived)} of {SLOW_CLIENTS} slow ones let go "
            f"{longest}"
        )
        well = well and not tally.failed and quantiles(tally.took, n=20)[18] <= 0.1
    return well


async def restart(node: Node, folder: Path) -> bool:
    """HUP under steady load: through the shipped nginx with tips, and of gunicorn alone, set alike."""
    before = len(node.run("tips", "list").splitlines())
    with shipped(node, folder) as (door, public, _):
        readers, tellers = await reload_under(door, public, with_tips=True)
    stored = len(node.run("tips", "list").splitlines()) - before
    print(f"restart  behind nginx     {RESTARTS} times HUP; {readers}, slowest {max(readers.took):.2f} s")
    print(f"restart  behind nginx     tips: {tellers}; {len(tellers.took)} receipts, {stored} stored")
    port = free_port()
    with node.serve(f"127.0.0.1:{port}") as public:
        alone, _ = await reload_under((port, None), public, with_tips=False)
    print(f"restart  gunicorn alone   {RESTARTS} times HUP; {alone}, slowest {max(alone.took):.2f} s")
    print(f"restart  kept connections found closed and opened anew: {readers.again} and {alone.again}")
    faults = readers.failed + tellers.failed + alone.failed
    return not faults and stored == len(tellers.took)


async def reload_under(door: Door, public: Popen[bytes], *, with_tips: bool) -> tuple[Tally, Tally]:
    """Readers, of whom half keep their connections, and who tells tips, while the server is told HUP."""
    done, readers, tellers = asyncio.Event(), Tally(), Tally()
    async with asyncio.TaskGroup() as visitors:
        for number in range(8):
            source = f"127.0.{1 + number}.1"
            keep = bool(number % 2)
            visitors.create_task(read_on(door, readers, done.is_set, keep=keep, pause=0.1, source=source))
        if with_tips:
            visitors.create_task(tell_on(door, tellers, done.is_set))
        for _ in range(RESTARTS):
            old = workers(public)
            public.send_signal(signal.SIGHUP)
            async with asyncio.timeout(120):
                while old & workers(public) or len(workers(public)) < len(old):
                    await asyncio.sleep(0.1)
        done.set()
    return readers, tellers


def workers(server: Popen[bytes]) -> set[str]:
    """The processes that a server has started."""
    return set(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split())


async def down(node: Node, folder: Path) -> bool:
    """What is answered when the public process is gone, and after it came back."""
    mirror = folder / "mirror" / "site" / "policies"
    mirror.mkdir(parents=True, exist_ok=True)
    (mirror / "index.html").write_text("<title>镜像</title>", encoding="utf-8")
    with shipped(node, folder) as (door, public, place):
        whole = (await ask(door, request("GET", "/policies/")))[0]
        public.terminate()
        public.wait()
        got = {
            "/policies/": await ask(door, request("GET", "/policies/")),
            "/search?q=a": await ask(door, request("GET", "/search?q=a")),
            "/tip-off/": await ask(door, request("GET", "/tip-off/")),
            "tip": await ask(door, request("POST", "/tip-off/", body=b"story=x")),
        }
        with node.serve(f"unix:{place}/public.sock"):
            waited = time.monotonic()
            while "镜像".encode() in (await ask(door, request("GET", "/policies/")))[1]:
                await asyncio.sleep(0.05)
        waited = time.monotonic() - waited
    statuses = {name: status for name, (status, _, _) in got.items()}
    closed = all("暂时不能使用".encode() in got[name][1] for name in ("/search?q=a", "/tip-off/", "tip"))
    print(
        f"down     before {whole}; without the door {statuses}, closed in words: {closed}; "
        f"back in {waited:.1f} s"
    )
    return whole == 200 and list(statuses.values()) == [200, 503, 503, 503] and closed


CANARIES = ("127.0.7.7", "UACANARY", "REFCANARY", "LANGCANARY", "QUERYCANARY")


async def silent(node: Node, folder: Path) -> bool:
    """Faults of every kind on the tip routes, and then a search for who made them."""
    about = "User-Agent: UACANARY\r\nReferer: https://REFCANARY/\r\nAccept-Language: LANGCANARY\r\n"
    statuses: list[str] = []
    with shipped(node, folder) as (door, public, place):

        async def send(wire: bytes) -> None:
            try:
                statuses.append(str((await ask(door, wire, "127.0.7.7"))[0]))
            except (OSError, TimeoutError, EOFError, Unheard) as error:
                statuses.append(type(error).__name__)

        faults = (
            *(request("GET", f"/tip-off/{path}", about) for path in ("", "status", "none", "?q=QUERYCANARY")),
            request("PUT", "/tip-off/", about),
            request("POST", "/tip-off/", about, b"story=x"),
            request("POST", "/tip-off/", about, b"x" * 300_000),
            request("POST", "/tip-off/status", f"{about}Content-Length: 9\r\n"),
            request("GET", "/tip-off/", about + f"X: {'y' * 9000}\r\n" * 9),
            request("GET", f"/tip-off/{'z' * 40_000}", about),
            b"GET /tip-off/ HTTP/9.9\r\n" + about.encode() + b"\r\n",
            b"GET /tip-off/ HTTP/1.1\r\n" + about.encode() + b": \x00\r\n\r\n",
            b"\x16\x03 /tip-off/\r\n" + about.encode() + b"\r\n",
        )
        await asyncio.gather(*map(send, faults))
        await asyncio.gather(*(send(request("GET", "/tip-off/", about)) for _ in range(60)))
        public.terminate()
        public.wait()
        await send(request("POST", "/tip-off/", about, b"story=x"))
        await ask(door, request("GET", "/policies/?q=QUERYCANARY", about), "127.0.7.7")
    traces_of = {
        canary: [str(path.relative_to(folder)) for path in folder.rglob("*") if holds(path, canary)]
        for canary in CANARIES
    }
    read = (place / "log" / "openbureau-access.log").read_text(encoding="utf-8").count("\n")
    kinds = ", ".join(sorted(set(statuses)))
    traces = {canary: files for canary, files in traces_of.items() if files}
    print(f"silent   {len(statuses)} faults ({kinds}); traces in files: {traces or 'none'}")
    print(f"silent   lines in the access log: {read}")
    return not any(traces_of.values()) and read == 1


def holds(path: Path, text: str) -> bool:
    """Whether a file has this text in it."""
    return path.is_file() and text.encode() in path.read_bytes()


PARTS: dict[str, Callable[[Node, Path], Coroutine[None, None, bool]]] = {
    "slow": slow,
    "restart": restart,
    "down": down,
    "silent": silent,
}


def main() -> int:
    """Measure; answers 1 if a measure is not met."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = Node(ROOT / "content", folder / "instance", LOG="json", URL=f"https://{HOST}", PUZZLE_BITS="1")
        node.run("setup")
        node.run("publish")
        (folder / "mirror").mkdir()
        parts = sys.argv[1:] or list(PARTS)
        met = [asyncio.run(PARTS[part](node, folder)) for part in parts]
        return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
