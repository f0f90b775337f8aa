"""OpenBureau beside what else could serve the same, in one run on one machine; ratios first.

The peers: nginx with the same page as a file; the same gunicorn with an application that does nothing; a
Wagtail site with the same articles and its database search; Datasette with the same register and FTS5. All of
them have one worker process. Every question goes to all who can answer it, one after the other, and all over
again, so that what else the machine does hits them alike. A ratio above 1 means that OpenBureau answers more
requests in a second. `cold` searches ask something else every time, `warm` the same again.

Usage: make bench        (needs wrk and nginx; --rounds N, --seconds N, --json FILE)
"""

import argparse
import csv
import json
import os
import random
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from servers import ROOT, Node

from support.nginx import free_port, program, wait_for

PEERS = ROOT / ".bench" / "sites"
SERVE = (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8").replace("\\\n", "")
FLAGS = shlex.split(SERVE.split('--bind "127.0.0.1:$port"')[1])
"""How deploy/serve.sh has gunicorn serve: one worker, eight threads."""

CLIENTS = 8
WORDS = ["退费", "培训", "学科", "收费", "处罚", "监管", "合同", "教育", "学校", "暑期"]
WORDS += ["规范", "通知", "办法", "检查", "许可", "投诉", "资金", "家长", "义务", "双减"]

EMPTY = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "{size}")])
    return [BODY]

BODY = b"x" * {size}
"""
NGINX = """
worker_processes 1; pid {folder}/pid; error_log stderr crit; daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; default_type text/html; etag on;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""
EXPORT = """
import json, sys
from pathlib import Path
from openbureau.publishing.publication import Shelf
catalogue = Shelf(Path(sys.argv[1])).current().catalogue
records = catalogue.latest(["policies", "notices", "announcements"], 100_000)
print(json.dumps([
    {"title": record.title, "slug": f"{record.kind}-{record.slug}",
     "day": record.published_at.date().isoformat(), "summary": record.summary, "body": record.html}
    for record in records if not record.is_withdrawn
]))
"""


@dataclass
class Peer:
    """One server: its name, its port, the process that works, and what to ask it for each question."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    asks: dict[str, list[str]]

    def workers(self) -> list[int]:
        """The server's processes, the first one included."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, children.read_text(encoding="ascii").split())]

    def seconds(self) -> float:
        """Processor time of all of them until now."""
        ticks = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Memory of the largest of them: the worker."""
        statuses = (Path(f"/proc/{pid}/status").read_text(encoding="ascii") for pid in self.workers())
        return max(int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) for text in statuses) / 1024

    def get(self, path: str) -> tuple[int, dict[str, str], bytes, float]:
        """Status, headers and body, and after how many seconds the first byte came."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        begun = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        first = time.perf_counter() - begun
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.headers), body, first


def wrk(peer: Peer, paths: Sequence[str], seconds: int, tag: str = "") -> dict[str, float]:
    """Requests a second, milliseconds and processor time while eight clients ask for these paths."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
        file.write("\n".join(paths))
        file.flush()
        env = {**os.environ, "ADDRESSES": file.name, **({"TAG": tag} if tag else {})}
        script = str(ROOT / "deploy" / "bench" / "load.lua")
        command = [
            "wrk",
            "-t1",
            f"-c{CLIENTS}",
            f"-d{seconds}",
            "-s",
            script,
            f"http://127.0.0.1:{peer.port}",
        ]
        before = peer.seconds()
        output = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout  # noqa: S603
        used = peer.seconds() - before
    counts = json.loads(output.splitlines()[-1])
    # Whoever is asked to come back later is no answer; a search room that is full says so.
    answered = counts["requests"] - counts["failed"]
    return {
        "per_second": answered / counts["microseconds"] * 1e6,
        **{name: counts[name] / 1000 for name in ("p50", "p95", "p99")},
        "cpu_us": used / max(answered, 1) * 1e6,
        "refused": counts["failed"] / max(counts["requests"], 1),
    }


@contextmanager
def serving(name: str, command: Sequence[str | Path], port: int, **options: Any) -> Iterator[Peer]:
    """A server, from the moment that it answers."""
    process = subprocess.Popen(command, stderr=sys.stderr, stdout=subprocess.DEVNULL, **options)  # noqa: S603
    try:
        wait_for(f"127.0.0.1:{port}", "/", process)
        yield Peer(name, port, process, {})
    finally:
        process.terminate()
        process.wait()


def gunicorn(app: str, port: int) -> list[str]:
    """The command that serves an application as the project is served."""
    return [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", *FLAGS]


def peer_env() -> dict[str, str]:
    """What the peers stand on: their own packages before those of the project."""
    return {**os.environ, "PYTHONPATH": str(PEERS)}


@contextmanager
def openbureau(node: Node) -> Iterator[Peer]:
    """The project itself, as `make run` serves it."""
    port = free_port()
    with serving("openbureau", gunicorn("wsgi:app", port), port, cwd=ROOT, env=node.env) as peer:
        record = peer.get("/policies/")[2].decode()
        card = re.search(r'href="(/whitelist/[^"?/]+/)"', peer.get("/whitelist/")[2].decode())
        article = re.search(r'href="(/policies/[^"?/]+/)"', record)
        if not card or not article:
            sys.exit("no article or no card on the lists")
        peer.asks = {
            "home": ["/"],
            "article": [article[1]],
            "list": ["/whitelist/"],
            "card": [card[1]],
            "feed": ["/feeds/all.rss"],
            "search cold": [f"/search?q={query}" for query in questions()],
            "search warm": [f"/search?q={quote(WORDS[0])}"],
            "register search cold": [f"/whitelist/?q={query}" for query in questions()],
        }
        yield peer


def questions() -> list[str]:
    """Four thousand different searches of two or three words, in another order every time."""
    chance = random.Random()  # noqa: S311
    queries = {quote(" ".join(chance.sample(WORDS, 3))) for _ in range(4000)}
    return sorted(queries, key=lambda _: chance.random())


@contextmanager
def nothing(folder: Path, size: int) -> Iterator[Peer]:
    """The same server with an application that does nothing but answer as many bytes."""
    port = free_port()
    (folder / "empty.py").write_text(EMPTY.format(size=size), encoding="utf-8")
    with serving("empty app", gunicorn("empty:app", port), port, cwd=folder) as peer:
        peer.asks = {name: ["/"] for name in ("home", "article", "list", "card", "feed", "search warm")}
        yield peer


@contextmanager
def files(folder: Path, page: bytes) -> Iterator[Peer]:
    """nginx with the page as a file."""
    port = free_port()
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "index.html").write_bytes(page)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    command: list[str | Path] = [program(), "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
    with serving("nginx file", command, port) as peer:
        peer.asks = {"home": ["/"]}
        yield peer


@contextmanager
def wagtail(folder: Path, node: Node) -> Iterator[Peer]:
    """A Wagtail site with the same articles."""
    shutil.copytree(ROOT / "deploy" / "bench" / "wagtail_site", folder)
    program = [sys.executable, "-c", EXPORT, str(node.instance / "publications")]
    output = subprocess.run(program, env=node.env, check=True, capture_output=True, text=True).stdout  # noqa: S603
    (folder / "articles.json").write_text(output, encoding="utf-8")
    fill = [sys.executable, "fill.py", "articles.json"]
    subprocess.run(fill, cwd=folder, env=peer_env(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    port = free_port()
    slug = json.loads(output)[0]["slug"]
    with serving("wagtail", gunicorn("fill:app", port), port, cwd=folder, env=peer_env()) as peer:
        peer.asks = {
            "home": ["/"],
            "article": [f"/{slug}/"],
            "feed": ["/feed"],
            "search cold": [f"/search?q={query}" for query in questions()],
            "search warm": [f"/search?q={quote(WORDS[0])}"],
        }
        yield peer


@contextmanager
def datasette(folder: Path, rows: str) -> Iterator[Peer]:
    """Datasette with the same register, as an immutable file: the fastest it knows."""
    folder.mkdir()
    (heads, *lines) = csv.reader(rows.removeprefix("\ufeff").splitlines())
    columns = ", ".join(f'"{head}" TEXT' for head in heads)
    database = sqlite3.connect(folder / "register.db")
    database.execute(f"CREATE TABLE institutions (id INTEGER PRIMARY KEY, {columns})")
    marks = ", ".join("?" * len(heads))
    names = ", ".join(f'"{head}"' for head in heads)
    database.executemany(f"INSERT INTO institutions ({names}) VALUES ({marks})", lines)  # noqa: S608
    database.execute(
        f"CREATE VIRTUAL TABLE texts USING fts5({names}, content='institutions', content_rowid='id')"
    )
    database.execute("INSERT INTO texts(texts) VALUES ('rebuild')")
    database.commit()
    database.close()
    port = free_port()
    command = [sys.executable, "-m", "datasette", "-i", "register.db", "-p", str(port)]
    with serving("datasette", command, port, cwd=folder, env=peer_env()) as peer:
        table = "/register/institutions"
        peer.asks = {
            "list": [f"{table}?_size=20"],
            "card": [f"{table}/1"],
            "register search cold": [f"{table}?_size=20&_search={query}" for query in questions()],
        }
        yield peer


def main() -> None:
    """Measure and print; see --help."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--json", type=Path, default=ROOT / ".bench" / "sites.json")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing; on Debian, as root: apt-get install wrk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        node = Node(ROOT / "content", folder / "instance", URL="https://bureau.example")
        node.run("setup")
        node.run("publish")
        ours = stack.enter_context(openbureau(node))
        page = ours.get("/")[2]
        rows = ours.get("/whitelist/list.csv")[2].decode()
        peers = [
            ours,
            stack.enter_context(nothing(folder, len(page))),
            stack.enter_context(files(folder / "files", page)),
            stack.enter_context(wagtail(folder / "wagtail", node)),
            stack.enter_context(datasette(folder / "datasette", rows)),
        ]
        figures = measure(peers, options.rounds, options.seconds)
        options.json.parent.mkdir(exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        report(figures)


def measure(peers: Sequence[Peer], rounds: int, seconds: int) -> dict[str, Any]:
    """The medians of all rounds, by question and peer, and memory afterwards."""
    figures: dict[str, dict[str, list[dict[str, float]]]] = {}
    for _ in range(rounds):
        for question in peers[0].asks:
            for peer in peers:
                if question in peer.asks:
                    measured = wrk(peer, peer.asks[question], seconds)
                    figures.setdefault(question, {}).setdefault(peer.name, []).append(measured)
                if question == "feed" and question in peer.asks:
                    tag = peer.get(peer.asks[question][0])[1].get("ETag")
                    if tag:
                        measured = wrk(peer, peer.asks[question], seconds, tag)
                        figures.setdefault("feed 304", {}).setdefault(peer.name, []).append(measured)
    return {
        "answers": {
            question: {
                name: {key: median(turn[key] for turn in turns) for key in turns[0]}
                for name, turns in by_peer.items()
            }
            for question, by_peer in figures.items()
        },
        "worker_mb": {peer.name: peer.megabytes() for peer in peers},
    }


def report(figures: dict[str, Any]) -> None:
    """One table, the ratio first."""
    shape = "{:22}{:12}{:>8}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}"
    heads = ("question", "server", "ratio", "per s", "p50 ms", "p95 ms", "p99 ms", "CPU us", "refused")
    print(shape.format(*heads))
    for question, by_peer in figures["answers"].items():
        own = by_peer["openbureau"]["per_second"]
        for name, row in by_peer.items():
            times = [f"{row[key]:.1f}" for key in ("p50", "p95", "p99")]
            ratio = f"{own / row['per_second']:.2f}" if row["per_second"] else "-"
            times += [f"{row['cpu_us']:.0f}", f"{row['refused']:.0%}"]
            print(shape.format(question, name, ratio, f"{row['per_second']:.0f}", *times))
    print("\nmemory of a worker, MB: " + ", ".join(f"{k} {v:.0f}" for k, v in figures["worker_mb"].items()))


if __name__ == "__main__":
    main()
