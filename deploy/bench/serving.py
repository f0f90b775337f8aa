"""What serving costs: answers that are kept ready beside an empty application on the same server.

Beside it stands another empty application that sends the headers of our front page: what the server itself
takes for these is not ours to save.

`figures` measures requests per second with wrk, one address after the other and all over again, so that what
else the machine does hits them alike; the ratios are medians of the rounds. Processor time per request is
read from /proc, and hardly depends on what else runs. `--memory` asks for 5,000 addresses until there were
100,000 requests, and `--publications` publishes 30 times under load.

Usage: .venv/bin/python deploy/bench/serving.py [--memory] [--publications] [--json FILE]
"""

import argparse
import http.client
import json
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
SERVE = (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8").replace("\\\n", "")
FLAGS = shlex.split(SERVE.split('--bind "127.0.0.1:$port"')[1])
"""How deploy/serve.sh has gunicorn serve."""

ROUNDS, SECONDS, CLIENTS = 5, 3, 8
"""How often each address is measured, for how long, and how many clients ask at once."""

KEPT_LEAST, UNCHANGED_LEAST = 0.8, 0.9
"""The ratios to the empty application that are wanted: of a kept page, and of 304."""

PAGES = {
    "home": "/",
    "article": "/policies/double-reduction-2021/",
    "list": "/whitelist/",
    "feed": "/feeds/all.atom",
    "search": "/search?q=退费",
}
"""What is measured, by the name in the report."""

EMPTY = """
BODY = b"x" * {size}
HEADERS = {headers}

def app(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
"""

_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")


@dataclass
class Server:
    """A running gunicorn: where it answers, and its worker."""

    port: int
    process: "subprocess.Popen[bytes]"

    def worker(self) -> int:
        """The process that answers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text(encoding="ascii").split()[0])

    def seconds(self) -> float:
        """Processor time of the worker until now."""
        fields = Path(f"/proc/{self.worker()}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Memory of the worker that is its own or shared, now (RSS)."""
        status = Path(f"/proc/{self.worker()}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def ask(self, address: str, **headers: str) -> tuple[int, dict[str, str], bytes, float]:
        """Status, headers and body of an answer, and after how many seconds its first byte came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        begun = time.perf_counter()
        connection.request("GET", quote(address, safe="/?=&%"), headers=headers)
        answer = connection.getresponse()
        first = time.perf_counter() - begun
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.headers), body, first


@contextmanager
def server(application: str, folder: Path, env: dict[str, str]) -> Iterator[Server]:
    """Serve `application` as the project is served, at a port of the system's choosing."""
    with create_server(("127.0.0.1", 0), backlog=512) as door:
        number = door.fileno()
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"fd://{number}", *FLAGS]
        process = subprocess.Popen(command, cwd=folder, env=env, pass_fds=[number])  # noqa: S603
        running = Server(door.getsockname()[1], process)
    try:
        for _ in range(300):
            try:
                running.ask("/")
                break
            except OSError:
                time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait()


class Site:
    """The project with a content folder of its own, published into a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.content = Path(shutil.copytree(ROOT / "content", folder / "content"))
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OPENBUREAU_")},
            "PYTHONPATH": str(ROOT / "site"),
            "OPENBUREAU_CONTENT": str(self.content),
            "OPENBUREAU_INSTANCE": str(folder / "instance"),
            "OPENBUREAU_URL": "https://bureau.example",
            "OPENBUREAU_DEMONSTRATION_DAY": "2026-11-30",
        }
        self.run("setup")
        self.run("publish")

    def run(self, *arguments: str) -> None:
        """Run a command of the project."""
        program = [sys.executable, "-c", "from openbureau.cli import main; main()", *arguments]
        done = subprocess.run(program, env=self.env, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            sys.exit(done.stderr)

    def change(self, number: int) -> None:
        """Change one document and publish."""
        notice = self.content / "notices" / "training-loans.md"
        text = notice.read_text(encoding="utf-8").partition("\n\n第")[0].rstrip()
        notice.write_text(f"{text}\n\n第{number}次测量。\n", encoding="utf-8")
        self.run("publish")


def wrk(port: int, address: str, headers: Sequence[str] = (), seconds: int = SECONDS) -> float:
    """Requests per second; stops when anything but 200 and 304 is answered."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}"]
    for header in headers:
        command += ["-H", header]
    command.append(f"http://127.0.0.1:{port}{quote(address, safe='/?=&%')}")
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    if "Non-2xx or 3xx" in output or "Socket errors" in output:
        sys.exit(f"{address}: {output}")
    return float(_RATE.findall(output)[0])


def figures(rounds: int = ROUNDS) -> dict[str, Any]:
    """Rates, ratios to the empty application, and processor time in µs, by page and way of asking."""
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(folder)
        with server("wsgi:app", ROOT, site.env) as ours:
            ways: dict[str, tuple[str, list[str]]] = {}
            for page, address in PAGES.items():
                tag = ours.ask(address, **{"Accept-Encoding": "br"})[1]["ETag"]
                ways[f"{page} br"] = address, ["Accept-Encoding: br"]
                ways[f"{page} 304"] = address, ["Accept-Encoding: br", f"If-None-Match: {tag}"]
            _, headers, body, _ = ours.ask("/", **{"Accept-Encoding": "br"})
            own = ("Server", "Date", "Connection")
            sent = [(name, value) for name, value in headers.items() if name not in own]
            least = [(name, value) for name, value in sent if name in ("Content-Type", "Content-Length")]
            for module, those in {"empty": least, "headers": sent}.items():
                text = EMPTY.format(size=len(body), headers=those)
                (folder / f"{module}.py").write_text(text, encoding="utf-8")
            env = dict(os.environ)
            with server("empty:app", folder, env) as empty, server("headers:app", folder, env) as same:
                return _interleaved(ours, empty, same, ways, rounds)


def _interleaved(
    ours: Server, empty: Server, same: Server, ways: dict[str, tuple[str, list[str]]], rounds: int
) -> dict[str, Any]:
    """`same` is an empty application that sends the headers of our front page."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    costs: dict[str, list[float]] = {name: [] for name in ways}
    peers: dict[str, list[float]] = {name: [] for name in ways}
    bare: list[float] = []
    alike: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (address, headers) in ways.items():
            alike[name].append(wrk(same.port, "/", seconds=1))
            begun = empty.seconds()
            peers[name].append(wrk(empty.port, "/", seconds=1))
            bare.append((empty.seconds() - begun) / peers[name][-1])
            begun = ours.seconds()
            rates[name].append(wrk(ours.port, address, headers))
            costs[name].append((ours.seconds() - begun) / (rates[name][-1] * SECONDS))
    empty_cost = statistics.median(bare) * 1e6
    return {
        "empty": {
            "per_second": round(statistics.median(rate for rates in peers.values() for rate in rates), 1),
            "microseconds": round(empty_cost, 1),
        },
        "kept": {
            name: {
                "per_second": round(statistics.median(rates[name]), 1),
                "ratio": round(statistics.median(map(_divided, rates[name], peers[name])), 3),
                "ratio_with_headers": round(statistics.median(map(_divided, rates[name], alike[name])), 3),
                "microseconds": round(statistics.median(costs[name]) * 1e6, 1),
                "ratio_of_processor": round(empty_cost / (statistics.median(costs[name]) * 1e6), 3),
            }
            for name in ways
        },
    }


def _divided(one: float, other: float) -> float:
    return one / other


def memory(requests: int = 100_000, addresses: int = 5_000) -> dict[str, Any]:
    """The worker's memory after every tenth of the requests, over so many distinct addresses."""
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name))
        with server("wsgi:app", ROOT, site.env) as ours:
            # What people ask for most, and what a crawler makes of filters, pages and searches.
            paths = [f"/search?q=退费&page=1&year={number}" for number in range(addresses // 5)]
            paths += [f"/whitelist/?q=培训{number}" for number in range(addresses // 5)]
            paths += [f"/policies/?topic=双减{number}" for number in range(addresses // 5)]
            paths += [f"/notices/?x={number}" for number in range(addresses // 5)]
            paths += [f"/announcements/?year={number}" for number in range(addresses - len(paths))]
            seen, begun = [round(ours.megabytes(), 1)], time.monotonic()
            statuses: list[int] = []
            threads = CLIENTS
            for tenth in range(10):
                start = tenth * requests // 10

                def some(first: int, start: int = start) -> None:
                    for number in range(start + first, start + requests // 10, threads):
                        answer = ours.ask(paths[number * 7919 % len(paths)], **{"Accept-Encoding": "br"})
                        statuses.append(answer[0])

                running = [threading.Thread(target=some, args=(first,)) for first in range(threads)]
                for reader in running:
                    reader.start()
                for reader in running:
                    reader.join()
                seen.append(round(ours.megabytes(), 1))
            return {
                "requests": requests,
                "addresses": len(set(paths)),
                "megabytes": seen,
                "statuses": dict(Counter(statuses)),
                "seconds": round(time.monotonic() - begun, 1),
            }


def publications(times: int = 30, seconds: float = 60) -> dict[str, Any]:
    """Answers during `times` publications within `seconds`, and as many seconds without any."""
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name))
        with server("wsgi:app", ROOT, site.env) as ours:
            idle = _load(ours, seconds / 2)
            first: list[float] = []

            def publish() -> None:
                begun = time.monotonic()
                for number in range(times):
                    site.change(number)
                    first.append(ours.ask("/")[3])
                    time.sleep(max(0.0, begun + (number + 1) * seconds / times - time.monotonic()))

            publisher = threading.Thread(target=publish)
            publisher.start()
            busy = _load(ours, seconds, publisher)
            publisher.join()
        return {
            "publications": times,
            "success": busy["success"],
            "p95_ms": busy["p95_ms"],
            "p95_idle_ms": idle["p95_ms"],
            "ratio": round(busy["p95_ms"] / idle["p95_ms"], 2),
            "requests": busy["requests"],
            "seconds": busy["seconds"],
            "first_byte_after_publish_ms": round(statistics.median(first) * 1000, 1),
        }


def _load(ours: Server, seconds: float, until: threading.Thread | None = None) -> dict[str, float]:
    """What visitors see who ask 20 times a second."""
    took: list[float] = []
    failed = 0
    begun = time.monotonic()
    number = 0
    while time.monotonic() - begun < seconds or (until is not None and until.is_alive()):
        address = [*PAGES.values()][number % len(PAGES)]
        asked_at = time.perf_counter()
        try:
            status = ours.ask(address, **{"Accept-Encoding": "br"})[0]
        except OSError:
            status = 0
        took.append(time.perf_counter() - asked_at)
        failed += status != 200
        number += 1
        time.sleep(max(0.0, begun + number / 20 - time.monotonic()))
    return {
        "requests": len(took),
        "seconds": round(time.monotonic() - begun, 1),
        "success": 1 - failed / len(took),
        "p95_ms": round(statistics.quantiles(took, n=20)[-1] * 1000, 2),
    }


def report(results: dict[str, Any]) -> int:
    """Print the figures; answers 1 if they do not suffice."""
    enough = True
    if "kept" in results:
        empty = results["empty"]
        print(f"{'empty application':18} {empty['per_second']:8.0f}/s {empty['microseconds']:6.0f} µs")
        for name, result in results["kept"].items():
            wanted = UNCHANGED_LEAST if name.endswith("304") else KEPT_LEAST
            enough &= result["ratio"] >= wanted
            print(
                f"{name:18} {result['per_second']:8.0f}/s {result['microseconds']:6.0f} µs  "
                f"ratio {result['ratio']:.2f} (wanted {wanted}), "
                f"of processor {result['ratio_of_processor']:.2f}, "
                f"with the same headers {result['ratio_with_headers']:.2f}"
            )
    for part in ("memory", "publications"):
        if part in results:
            print(part, json.dumps(results[part], ensure_ascii=False))
    return 0 if enough else 1


def main() -> int:
    """Measure what is asked for; answers 1 if a wanted ratio is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", action="store_true", help="memory under 100,000 requests instead")
    parser.add_argument("--publications", action="store_true", help="30 publications under load instead")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    if options.memory:
        results["memory"] = memory()
    if options.publications:
        results["publications"] = publications()
    results = results or figures()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return report(results)


if __name__ == "__main__":
    sys.exit(main())
