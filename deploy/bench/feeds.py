"""What subscribers cost: 200 readers poll two nodes 60 times, and one notice is published meanwhile.

Each node publishes the same content by itself; every poll goes to the other node than the one before, as
behind a balancer. Prints how many answers were 304 and how many bytes were sent. Fails if fewer than 95 %
were 304, or if the nodes ever give one address two tags or two bodies.

Usage: .venv/bin/python deploy/bench/feeds.py
"""

import http.client
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import create_server
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
SERVE = (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8").replace("\\\n", "")
FLAGS = shlex.split(SERVE.split('--bind "127.0.0.1:$port"')[1])
"""How deploy/serve.sh has gunicorn serve."""

CLIENTS = 200
POLLS = 60
AT_ONCE = 16
MIN_SHARE_OF_304 = 0.95

FEEDS = (
    "/feeds/all.rss",
    "/feeds/all.atom",
    "/feeds/all.json",
    "/feeds/notices.atom?topic=预收费",
    "/feeds/whitelist-changes.atom",
    "/feeds/whitelist-changes.rss?county=清城区&category=体育&event=removed",
    "/feeds/registers-administrative-penalties.atom",
    "/feeds/search.atom?q=退费",
)

NOTICE = """---
title: 测量用的提示
summary: 测量时多发布的一条。
topics: [校外培训]
audience: [家长]
published_at: 2026-11-23 12:00
index_no: 2026-99999
keywords: [测量]
source: 测量
severity: 低
valid_until: 2099-12-31
to_do: 无需办理事项。
---

测量时多发布的一条，说到退费。
"""


class Node:
    """One server with a shelf of its own."""

    def __init__(self, content: Path, instance: Path) -> None:
        self.env = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "site"),
            "OPENBUREAU_CONTENT": str(content),
            "OPENBUREAU_INSTANCE": str(instance),
            "OPENBUREAU_DEMONSTRATION_DAY": "2026-11-30",
            "OPENBUREAU_URL": "https://bureau.example",
        }
        self.port = 0

    def run(self, command: str) -> None:
        """Run a command of the project on this node."""
        program = [sys.executable, "-c", "from openbureau.cli import main; main()", command]
        done = subprocess.run(program, env=self.env, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            sys.exit(done.stderr)

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Serve at a port of the system's choosing."""
        with create_server(("127.0.0.1", 0)) as door:
            number = door.fileno()
            command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"fd://{number}", *FLAGS]
            server = subprocess.Popen(command, cwd=ROOT, env=self.env, pass_fds=[number])  # noqa: S603
            self.port = door.getsockname()[1]
        try:
            yield
        finally:
            server.terminate()
            server.wait()


class Reader:
    """A subscriber's program: asks with the tag it has, and counts what it gets."""

    def __init__(self, number: int, nodes: list[Node]) -> None:
        self.number = number
        self.address = quote(FEEDS[number % len(FEEDS)], safe="/?=&")
        self.nodes = nodes
        self.tag = ""
        self.statuses: Counter[int] = Counter()
        self.octets = 0
        self.seen: list[tuple[str, bytes]] = []

    def poll(self, turn: int) -> None:
        """Ask once, this time the other node."""
        node = self.nodes[(self.number + turn) % len(self.nodes)]
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=60)
        connection.request("GET", self.address, headers={"If-None-Match": self.tag} if self.tag else {})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.statuses[answer.status] += 1
        self.octets += len(body)
        if answer.status == 200:
            self.tag = answer.headers["ETag"]
            self.seen.append((self.tag, body))


def main() -> int:
    """Measure; answers 1 if the measure is not met."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        content = Path(shutil.copytree(ROOT / "content", folder / "content"))
        nodes = [Node(content, folder / name) for name in ("one", "two")]
        for node in nodes:
            node.run("setup")
            node.run("publish")
            stack.enter_context(node.serve())
        readers = [Reader(number, nodes) for number in range(CLIENTS)]
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        begun = time.monotonic()
        for turn in range(POLLS):
            if turn == POLLS // 2:
                (content / "notices" / "measured.md").write_text(NOTICE, encoding="utf-8")
                for node in nodes:
                    node.run("publish")
            list(pool.map(lambda reader: reader.poll(turn), readers))  # noqa: B023 -- used at once
        return report(readers, time.monotonic() - begun)


def report(readers: list[Reader], seconds: float) -> int:
    """Print the figures; answers 1 if they do not suffice."""
    statuses: Counter[int] = sum((reader.statuses for reader in readers), Counter())
    bodies: dict[tuple[str, str], set[bytes]] = {}
    tags: dict[str, set[str]] = {}
    for reader in readers:
        for tag, body in reader.seen:
            bodies.setdefault((reader.address, tag), set()).add(body)
            tags.setdefault(reader.address, set()).add(tag)
    polls, octets = sum(statuses.values()), sum(reader.octets for reader in readers)
    whole = sum(len(body) for reader in readers for _, body in reader.seen[-1:]) * POLLS
    share = statuses[304] / polls
    print(f"polls         {polls} by {len(readers)} readers in {seconds:.1f} s, two publications included")
    print(f"answers       {', '.join(f'{status}: {number}' for status, number in sorted(statuses.items()))}")
    print(f"304           {share:.2%} (at least {MIN_SHARE_OF_304:.0%})")
    print(f"bodies        {octets / 1e6:.1f} MB; without tags about {whole / 1e6:.0f} MB")
    same = all(len(texts) == 1 for texts in bodies.values()) and all(
        len(values) == 2 for values in tags.values()
    )
    print(f"two nodes     {'one tag and one body' if same else 'DIFFERENT'} per feed and publication")
    return 0 if share >= MIN_SHARE_OF_304 and same and set(statuses) == {200, 304} else 1


if __name__ == "__main__":
    sys.exit(main())
