"""Whether tips are kept, whatever happens: real servers, both stores. Prints figures, fails below them.

  kill     the server is killed without warning, time and again, while visitors send tips with and without
           files: is every tip that was acknowledged there and whole, does the same code come a second time?
  order    the system calls of one submission with a file: nothing is answered before the last sync
           (SQLite)
  writers  8 processes with 100 changes each, through the engine of the product
  locked   another process holds the database for 3 and for 40 seconds (SQLite)
  full     the disk fills up while tips come, and is freed again (SQLite; needs to mount a tmpfs)
  rate     tips per second with and without a file of 1 MB, memory over 1,000 submissions

Every visitor here solves the puzzle of the form; it is set to one bit, so that the site is measured and not
the visitor.

Usage: .venv/bin/python deploy/bench/tips.py [--kills N] [--store sqlite|postgresql|both] SUBJECT …
"""

import argparse
import http.client
import multiprocessing
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import pyrage  # type: ignore[import-untyped]
from servers import ROOT, Node
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session
from tip_visitors import STORY, Sent, ask, fill_in, send

from support.nginx import free_port

sys.path.insert(0, str(ROOT / "site"))
sys.path.insert(0, str(ROOT / "tests"))

import openbureau.cli.tips  # noqa: F401 -- whoever verifies has to know every table
from openbureau.database import ENGINE_OPTIONS, audit_log, guard_sqlite
from openbureau.tips.casework import dossier
from openbureau.tips.model import AttachmentPart, Tip, TipAttachment, subject
from openbureau.tips.verify import prove
from support.postgresql import Server, running

VISITORS = 4
FLAGS = (
    *("--worker-class", "gthread", "--workers", "1", "--threads", "8", "--no-control-socket"),
    *("--log-level", "critical", "--graceful-timeout", "1"),
)


class Missed(Exception):
    """A figure is worse than it has to be."""


@dataclass
class Place:
    """A site to send tips to."""

    node: Node
    url: str
    port: int
    folder: Path

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = create_engine(self.url, **ENGINE_OPTIONS)
        guard_sqlite(engine)
        try:
            yield engine
        finally:
            engine.dispose()

    def keys(self) -> list[str]:
        """The private keys of two different recipients of the demonstration."""
        files = sorted((self.node.instance / "demo-keys").glob("*.key"))
        read = [path.read_bytes() for path in files]
        return [key.decode().strip() for key in read if key.startswith(b"AGE-SECRET-KEY-")]


@contextmanager
def place(kind: str, server: Server | None, folder: Path | None = None, **settings: str) -> Iterator[Place]:
    """A site with a store of a kind; an SQLite file lies in `folder`."""
    with tempfile.TemporaryDirectory(prefix="openbureau-bench-") as name:
        instance = Path(name) / "instance"
        where = folder or instance
        url = f"sqlite:///{where / 'tips.db'}" if server is None else server.create_database()
        instance.mkdir()
        port = free_port()
        chosen = {"PUZZLE_BITS": "1", "RESERVE_MB": "0", "RESERVE_PERCENT": "0", **settings}
        node = Node(ROOT / "tests" / "content", instance, DATABASE_URL=url, **chosen)
        node.run("setup")
        node.run("publish")
        print(f"== {kind}", flush=True)
        yield Place(node, url, port, where)


def kill(site: Place, kills: int) -> None:
    """Kill all that serve, time and again, under visitors; then look at what is stored.

    Each time at least one visitor is answered first, and the others are killed wherever they are. Only
    gunicorn's arbiter is left, which never sees a request: it forks the next worker at once.
    """
    everything: list[Sent] = []
    done = threading.Event()

    began = time.monotonic()
    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [pool.submit(keep_telling, site.port, everything, done) for _ in range(VISITORS)]
        process = start(site, "--preload")
        try:
            for _ in range(kills):
                count, ending = heard(everything), time.monotonic() + 60
                while heard(everything) == count and time.monotonic() < ending:
                    time.sleep(0.01)
                time.sleep(random.uniform(0, 0.3))  # noqa: S311
                kill_workers(process.pid)
        finally:
            done.set()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for task in visits:
            task.result()
    seconds = time.monotonic() - began
    acknowledged = [sent for sent in everything if sent.code]
    process = start(site)
    try:
        unheard = [sent for sent in everything if not sent.code]
        before = {sent.word: sent.code for sent in acknowledged}
        again = acknowledged[-100:]
        for sent in [*unheard, *again]:
            sent.code = ""
            send(site.port, sent)
        same = sum(sent.code == before[sent.word] for sent in again)
        late = sum(bool(sent.code) for sent in unheard)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
    lost, half, faults = look_through(site, {sent.word: sent for sent in everything}, set(before))
    print(
        f"kills {kills} in {seconds:.0f} s; sent {len(everything)}, acknowledged {len(before)}, lost {lost}, "
        f"half {half}, faults of the log {faults}; "
        f"posted again: {same} of {len(again)} acknowledged with the same code, "
        f"{late} of {len(unheard)} unheard taken in",
        flush=True,
    )
    if lost or half or faults or same < len(again) or late < len(unheard):
        raise Missed("kill")


def keep_telling(port: int, everything: list[Sent], done: threading.Event) -> None:
    """Send tips, with and without files, until `done`, and note each before it is sent."""
    chance = random.Random()  # noqa: S311 -- sizes, not secrets
    while not done.is_set():
        try:
            sent = fill_in(port, chance.choice([0, 0, 1_000, 200_000, 1_500_000]))
        except (OSError, http.client.HTTPException, IndexError, KeyError):
            time.sleep(0.01)
            continue
        everything.append(sent)
        send(port, sent)


def heard(sent: Sequence[Sent]) -> int:
    """How many were acknowledged so far."""
    return sum(bool(form.code) for form in list(sent))


def kill_workers(arbiter: int) -> None:
    """End every worker without warning; from the moment that there is one."""
    while not (workers := children(arbiter)):
        time.sleep(0.005)
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    while set(workers) & set(children(arbiter)):
        time.sleep(0.005)


def start(site: Place, *flags: str) -> "subprocess.Popen[bytes]":
    """Serve in a process group of its own, from the moment that the port is open."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:app",
        "--bind",
        f"127.0.0.1:{site.port}",
        *FLAGS,
        *flags,
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=site.node.env, start_new_session=True)  # noqa: S603
    ending = time.monotonic() + 60
    while time.monotonic() < ending:
        with suppress(OSError, http.client.HTTPException):
            ask(site.port, "GET", "/tip-off/", wait=5)
            return process
        time.sleep(0.02)
    raise Missed("the server does not start")


def look_through(site: Place, sent: Mapping[str, Sent], acknowledged: set[str]) -> tuple[int, int, int]:
    """How many acknowledged tips are absent, how many are not whole for each of two keys, faults found."""
    keys = site.keys()
    whole: set[str] = set()
    half = 0
    with site.engine() as engine, Session(engine) as session:
        for number in session.scalars(select(Tip.number)).all():
            tip = session.get_one(Tip, number)
            words = set()
            for key in keys:
                body = dossier.open_body(tip, key)
                word = str(body["story"])[len(STORY) :]
                files = [
                    bytes(
                        pyrage.decrypt(b"".join(parts(session, file)), [pyrage.x25519.Identity.from_str(key)])
                    )
                    for file in tip.attachments
                ]
                wanted = [sent[word].file] if sent[word].file else []
                if [unpadded(file, content) for file, content in zip(files, wanted, strict=True)] != wanted:
                    half += 1
                words.add(word)
            whole |= words
            session.rollback()
        if len(keys) < 2:
            raise Missed("two different keys must open a tip")
        faults = list(prove(session))
        if engine.dialect.name == "sqlite":
            faults += [line for (line,) in session.execute(text("PRAGMA integrity_check")) if line != "ok"]
    for fault in faults[:10]:
        print(f"  {fault}", flush=True)
    return len(acknowledged - whole), half, len(faults)


def unpadded(plain: bytes, wanted: bytes) -> bytes:
    """The file inside its padding."""
    at = plain.find(wanted[:32])
    return plain[at : at + len(wanted)]


def parts(session: Session, file: TipAttachment) -> list[bytes]:
    query = (
        select(AttachmentPart.data)
        .where(AttachmentPart.attachment_id == file.id)
        .order_by(AttachmentPart.place)
    )
    return list(session.scalars(query))


def order(site: Place) -> None:
    """Trace the server's calls during one submission with a file."""
    process = start(site)
    try:
        sent = fill_in(site.port, 300_000)
        log = site.node.instance / "trace"
        calls = "fsync,fdatasync,unlink,unlinkat,rename,write,pwrite64,sendto,sendmsg,openat"
        worker = str(children(process.pid)[0])
        tracing = ["strace", "-f", "-y", "-e", f"trace={calls}", "-o", str(log), "-p", worker]
        tracer = subprocess.Popen(tracing, stderr=subprocess.DEVNULL)  # noqa: S603
        time.sleep(2)
        send(site.port, sent)
        time.sleep(0.5)
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
    lines = log.read_text(errors="replace").splitlines()
    seen = [line for line in lines if re.search(r"sync\(|unlink|HTTP/1.1 200", line)]
    shown = [re.sub(r"^\d+\s+|<\S*/(?=[^/>]*>)", "", line)[:100] for line in seen]
    last = max((place for place, line in enumerate(seen) if "sync(" in line or "unlink" in line), default=-1)
    answer = next((place for place, line in enumerate(seen) if "200" in line), -1)
    print("\n".join(f"  {line}" for line in shown), flush=True)
    print(
        f"answered after the last of {sum('sync(' in line for line in seen)} syncs: {last < answer}",
        flush=True,
    )
    if not sent.code or answer < 0 or last > answer or last < 0:
        raise Missed("order")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _write(url: str, times: int) -> list[float]:
    engine = create_engine(url, **ENGINE_OPTIONS)
    guard_sqlite(engine)
    waits = []
    with Session(engine) as session:
        for _ in range(times):
            began = time.monotonic()
            with audit_log.change(session, audit_log.minute(datetime.now(UTC)), "clerk", "handler") as change:
                tip = session.get_one(Tip, 1)
                tip.corrected_fines = (tip.corrected_fines or 0) + 1
                change.log("counted", subject(1))
            waits.append(time.monotonic() - began)
    engine.dispose()
    return waits


def writers(site: Place) -> None:
    """8 processes read one tip, add one to a number of it and tell the log, 100 times each."""
    process = start(site)
    sent = fill_in(site.port)
    send(site.port, sent)
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        waits_of_writers = pool.starmap(_write, [(site.url, 100)] * 8)
    seconds, longest = time.monotonic() - began, max(max(waits) for waits in waits_of_writers)
    with site.engine() as engine, Session(engine) as session:
        total = session.get_one(Tip, 1).corrected_fines
        entries = session.scalar(select(func.count()).select_from(audit_log.LogEntry))
        faults = [*prove(session)]
    print(
        f"counted {total} of 800, entries {entries}, faults {len(faults)}, longest wait "
        f"{longest:.2f} s, {seconds:.1f} s in all",
        flush=True,
    )
    if total != 800 or faults or longest > 5:
        raise Missed("writers")


def locked(site: Place) -> None:
    """Hold the database exclusively while visitors send tips and others read pages."""
    for seconds in (3, 40):
        process = start(site)
        try:
            ready = [fill_in(site.port) for _ in range(8)]
            quiet = times(site.port, 40)
            other = sqlite3.connect(site.folder / "tips.db", isolation_level=None, timeout=30)
            other.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            with ThreadPoolExecutor(VISITORS + 1) as pool:
                sending = [pool.submit(send, site.port, form) for form in ready[:VISITORS]]
                reading = pool.submit(times, site.port, 40)
                busy = reading.result()
                while time.monotonic() - began < seconds:
                    time.sleep(0.05)
                other.execute("COMMIT")
                for post in sending:
                    post.result()
            other.close()
            statuses = sorted(form.status for form in ready[:VISITORS])
            for form in ready[:VISITORS]:
                if not form.code:
                    send(site.port, form)
            stored = sum(bool(form.code) for form in ready[:VISITORS])
            print(
                f"held {seconds} s: answers {statuses}, stored in the end {stored} of {VISITORS}; "
                f"pages p95 {percentile(quiet):.0f} ms before, {percentile(busy):.0f} ms meanwhile, "
                f"failed {busy.count(-1)}",
                flush=True,
            )
            if (
                stored < VISITORS
                or 500 in statuses
                or -1 in busy
                or (seconds == 3 and set(statuses) != {200})
            ):
                raise Missed("locked")
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def times(port: int, number: int) -> list[float]:
    """Milliseconds of a public page, each time; -1 when it was not answered well."""
    durations = []
    for _ in range(number):
        began = time.monotonic()
        status, _ = ask(port, "GET", "/policies/")
        durations.append((time.monotonic() - began) * 1000 if status == 200 else -1)
        time.sleep(0.02)
    return durations


def percentile(durations: list[float]) -> float:
    return quantiles(durations, n=20)[18]


def full(site: Place) -> None:
    """Fill the disk: first to the reserve, then to the last byte; then free it."""
    process = start(site)
    old, ballast = site.folder / "old", site.folder / "ballast"
    old.write_bytes(bytes(10_000_000))  # what an administrator finds to delete
    taken = 0
    try:
        statuses: list[int] = []
        while True:
            status, _ = ask(site.port, "GET", "/tip-off/")
            if status == 503:
                break
            sent = fill_in(site.port, 1_500_000)
            send(site.port, sent)
            statuses.append(sent.status)
            taken += bool(sent.code)
        free = os.statvfs(site.folder).f_bavail * os.statvfs(site.folder).f_frsize
        print(
            f"taken {taken} until the reserve was reached with {free / 1e6:.1f} MB free; then 503", flush=True
        )
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(65536))
        pages = times(site.port, 20)
        closed = [ask(site.port, "GET", "/tip-off/")[0] for _ in range(5)]
        ballast.unlink()
        old.unlink()
        status, _ = ask(site.port, "GET", "/tip-off/")
        late = fill_in(site.port, 10_000)
        send(site.port, late)
        taken += bool(late.code)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
    with site.engine() as engine, Session(engine) as session:
        stored = session.scalar(select(func.count()).select_from(Tip))
        faults = [*prove(session)]
        sound = session.scalar(text("PRAGMA integrity_check"))
    print(
        f"disk full: pages failed {pages.count(-1)} of {len(pages)}, form {sorted(set(closed))}; freed: "
        f"form {status}, a tip {late.status}; stored {stored} of {taken} acknowledged, integrity {sound}, "
        f"faults {len(faults)}",
        flush=True,
    )
    is_open = 500 in statuses or -1 in pages or set(closed) != {503} or not late.code
    if is_open or stored != taken or faults or sound != "ok":
        raise Missed("full")


def rate(site: Place) -> None:
    """Send 1,000 tips without and 200 with a file of 1 MB; watch the worker's memory."""
    process = start(site)
    worker = children(process.pid)[0]
    try:
        for size, number in ((0, 1000), (1_000_000, 200)):
            memory = []
            seconds = 0.0
            failed = 0
            for _ in range(number // 50):
                ready = [fill_in(site.port, size) for _ in range(50)]
                began = time.monotonic()
                with ThreadPoolExecutor(VISITORS) as pool:
                    list(pool.map(lambda form: send(site.port, form), ready))
                seconds += time.monotonic() - began
                failed += sum(not form.code for form in ready)
                memory.append(resident(worker))
            print(
                f"{number} tips with {size} bytes of file: {number / seconds:.0f} a second, failed {failed}; "
                f"memory {memory[0]:.0f} MB after 50, {memory[len(memory) // 2]:.0f} halfway, "
                f"{memory[-1]:.0f} at the end",
                flush=True,
            )
            if failed:
                raise Missed("rate")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def resident(pid: int) -> float:
    """Megabytes of a process in memory."""
    match = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) / 1000 if match else 0


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own; needs the right to mount."""
    with tempfile.TemporaryDirectory(prefix="openbureau-disk-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", name], check=True)  # noqa: S603, S607
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)  # noqa: S603, S607


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--store", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument(
        "--programs", type=Path, help="folder of other PostgreSQL programs than the pinned ones"
    )
    parser.add_argument("subjects", nargs="+", choices=["kill", "order", "writers", "locked", "full", "rate"])
    options = parser.parse_args()
    both: dict[str, Callable[[Place], None]] = {
        "kill": lambda site: kill(site, options.kills),
        "writers": writers,
        "rate": rate,
    }
    with ExitStack() as stack:
        stores: dict[str, Server | None] = {}
        if options.store != "postgresql":
            stores["SQLite"] = None
        if options.store != "sqlite":
            stores["PostgreSQL"] = stack.enter_context(running(options.programs, durable=True))
        for subject in options.subjects:
            print(f"# {subject}", flush=True)
            if subject in ("order", "locked"):
                with place("SQLite", None) as site:
                    {"order": order, "locked": locked}[subject](site)
            elif subject == "full":
                with small_disk(64) as disk, place("SQLite", None, disk, RESERVE_MB="20") as site:
                    full(site)
            else:
                for kind, server in stores.items():
                    with place(kind, server) as site:
                        both[subject](site)


if __name__ == "__main__":
    try:
        main()
    except Missed as missed:
        sys.exit(f"not good enough: {missed}")
