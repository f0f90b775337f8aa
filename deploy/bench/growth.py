"""How publishing and pages grow with the content, and what ten times more content costs in each.

Publishing: the documents of `content/`, multiplied to about so many, are published, and again after one of
them was changed; seconds of the processor and memory of each such process. Pages: documents and whitelist
once, ten times, a hundred times, asked in one process, past what is kept ready; the median of the processor's
milliseconds for an answer, what the first of its kind took, and the bytes of the answer. An answer other than
200 ends the program. `x10` is the ratio for ten times more content: 10 is linear, 1 is no growth at all.

Usage: deploy/bench.sh growth [--documents N ...] [--times N ...] [--json FILE]

The usual sizes take about six minutes; `--documents 1000 10000 50000` ten more.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from math import log10
from pathlib import Path
from statistics import median
from urllib.parse import quote

from flask import Flask
from grown import grown, shipped
from servers import ROOT, Node
from werkzeug.test import Client

from openbureau.app import create_app
from openbureau.config import load
from openbureau.publishing.publication import Shelf

PUBLISH = [sys.executable, "-c", "from openbureau.cli import main; main()", "publish", "--keep", "1"]
INSTITUTIONS = 200
"""Of the whitelist that is multiplied."""

ASKED = 9
WORDS = ("退费", "培训合同", "处罚", "白名单", "收费", "许可证", "暑期", "义务教育", "行政检查")

Figures = dict[str, dict[str, float]]
"""By what was measured, then by what it says of it."""


def main() -> None:
    """Measure and print; see --help."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--times", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--json", type=Path, default=ROOT / ".bench" / "growth.json")
    parser.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(answers()))
        return
    figures = measure(options.documents, options.times)
    options.json.parent.mkdir(exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def measure(documents: Sequence[int], times: Sequence[int]) -> dict[str, dict[int, Figures]]:
    """The figures by number of documents; prints both tables."""
    publishing: dict[int, Figures] = {}
    asking: dict[int, Figures] = {}
    for number in documents:
        with tempfile.TemporaryDirectory() as folder:
            publishing.update([published(Path(folder), max(1, round(number / shipped())))])
    report(publishing, {"cpu_s": "CPU s", "peak_mb": "peak MB"})
    for number in times:
        with tempfile.TemporaryDirectory() as folder:
            asking.update([pages(Path(folder), number)])
    report(asking, {"cpu_ms": "CPU ms", "first_ms": "first, ms", "bytes": "bytes"})
    return {"publishing": publishing, "pages": asking}


def published(folder: Path, times: int) -> tuple[int, Figures]:
    """How many documents were published, what that took, and what it took when one was changed."""
    documents = grown(folder / "content", times)
    node = Node(folder / "content", folder / "instance", URL="https://bureau.example")
    node.run("setup")
    figures = {"publish, all": publish(node)}
    with (node.content / "notices" / "training-loans.md").open("a", encoding="utf-8") as file:
        file.write("\n示例：这一句是后加的。\n")
    return documents, figures | {"publish, one changed": publish(node)}


def publish(node: Node) -> dict[str, float]:
    """What one publication takes; ends the program when nothing was built."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(PUBLISH, env=node.env, cwd=ROOT, stdout=output, stderr=output)  # noqa: S603
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        log = output.read().decode()
    if process.returncode or " records" not in log:
        sys.exit(f"nothing was published: {log[-1_000:]}")
    return {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def pages(folder: Path, times: int) -> tuple[int, Figures]:
    """How many documents there are, and what the answers of a process of their own cost."""
    documents = grown(folder / "content", times, INSTITUTIONS * times)
    node = Node(folder / "content", folder / "instance", URL="https://bureau.example")
    node.run("setup")
    publish(node)
    done = subprocess.run([sys.executable, __file__, "--ask"], env=node.env, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        sys.exit(done.stderr)
    return documents, json.loads(done.stdout.splitlines()[-1])


def answers() -> Figures:
    """What answers cost the publication that the settings name."""
    settings = load(os.environ)
    # Past the layers around the application: what is measured is the making of an answer.
    client = Client(partial(Flask.wsgi_app, create_app(settings)))
    catalogue = Shelf(settings.publications).current().catalogue
    policies = catalogue.page("policies", {}, per_page=ASKED).records
    cards = catalogue.page("whitelist", {}, per_page=ASKED).records
    questions = {
        "home": ["/"] * ASKED,
        "article": [f"/policies/{record.slug}/" for record in policies],
        "list": ["/policies/"] * ASKED,
        "feed": ["/feeds/all.atom"] * ASKED,
        "search": [f"/search?q={quote(word)}" for word in WORDS],
        "card": [f"/whitelist/{record.slug}/" for record in cards],
        "whitelist": ["/whitelist/"] * ASKED,
        "whitelist search": [f"/whitelist/?q={quote(word)}" for word in WORDS],
        "whitelist as CSV": ["/whitelist/list.csv"] * 3,
        "whitelist as XLSX": ["/whitelist/list.xlsx"] * 3,
    }
    return {question: answered(client, paths) for question, paths in questions.items()}


def answered(client: Client, paths: Sequence[str]) -> dict[str, float]:
    """Milliseconds of the processor for these answers, and the bytes of one."""
    times, sizes = [], []
    for path in paths:
        began = time.process_time()
        answer = client.get(path)
        sizes.append(len(answer.data))
        times.append((time.process_time() - began) * 1000)
        if answer.status_code != 200:
            sys.exit(f"{path} answered {answer.status}")
    return {"cpu_ms": median(times[1:]), "first_ms": times[0], "bytes": median(sizes)}


def report(figures: dict[int, Figures], kinds: dict[str, str]) -> None:
    """One table: a line for every figure, a column for every size, and the ratio for ten times more."""
    sizes = list(figures)
    if not sizes:
        return
    print("".join([f"{'documents':34}", *(f"{size:>12}{'x10':>7}" for size in sizes)]))
    for name, values in figures[sizes[0]].items():
        for kind in values:
            line, before = f"{name + ', ' + kinds[kind]:34}", None
            for size in sizes:
                value = figures[size][name][kind]
                line += f"{value:12.1f}{ratio(before, (size, value)):>7}"
                before = size, value
            print(line)
    print(flush=True)


def ratio(before: tuple[int, float] | None, now: tuple[int, float]) -> str:
    """What ten times more content costs, going by two sizes."""
    if before is None or not before[1]:
        return ""
    return f"{10 ** (log10(now[1] / before[1]) / log10(now[0] / before[0])):.1f}"


if __name__ == "__main__":
    main()
