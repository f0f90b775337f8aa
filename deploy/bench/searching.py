"""What a page of search results that is not cached costs the processor, here and in another checkout.

Both publish the same content, that of the other checkout (which may not know what newer content says), and
are asked the same queries in turns, so that a slow minute of the machine falls on both alike: words, pairs of
words and questions made of the titles of the content, each once. With `--meaning` the other one is this
checkout again, whose search goes by words alone, while the first has learned what its lines mean: that takes
two minutes of the processor. With `--profile` it prints instead which functions take the time here.

Usage: deploy/bench.sh searching [--beside CHECKOUT | --meaning] [--queries N] [--profile]
"""

import argparse
import cProfile
import json
import os
import pstats
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import fmean, median, quantiles

from rjieba import Jieba
from werkzeug.test import Client

ROOT = Path(__file__).resolve().parents[2]
WARM_UP = 20
"""Queries that are asked first and not measured: a worker's first ones load dictionaries and templates."""

TAILS = ("怎么办", "合法吗", "有什么规定", "找谁")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    others = parser.add_mutually_exclusive_group()
    others.add_argument("--beside", type=Path, metavar="CHECKOUT")
    others.add_argument("--meaning", action="store_true")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    other = options.beside.resolve() if options.beside else ROOT
    beside = {"words" if options.meaning else "beside": other} if options.meaning or options.beside else {}
    content = other / "content"
    asked = queries(content, options.queries + WARM_UP)
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(worker(checkout, content, learns=options.meaning and name == "here"))
            for name, checkout in (beside | {"here": ROOT}).items()
        }
        if options.profile:
            print(ask(workers["here"], [*asked[:WARM_UP], "", *asked[WARM_UP:]]))
            return
        costs: dict[str, list[float]] = {name: [] for name in workers}
        for number, query in enumerate(asked):
            for name in workers if number % 2 else reversed(workers):
                cost = float(ask(workers[name], [query]))
                if number >= WARM_UP:
                    costs[name].append(cost)
        private = {name: float(ask(process, [])) for name, process in workers.items()}
    print(f"{'':10}{'mean ms':>10}{'median':>10}{'p95':>10}{'MB':>10}   ({options.queries} queries)")
    for name, spent in costs.items():
        figures = (fmean(spent), median(spent), quantiles(spent, n=20)[-1], private[name])
        print(f"{name:10}{''.join(f'{figure:10.2f}' for figure in figures)}")
    for name in beside:
        ratios = [here / other for here, other in zip(costs["here"], costs[name], strict=True)]
        print(f"here : {name}, median of the queries' ratios {median(ratios):.2f}")


def queries(content: Path, number: int) -> list[str]:
    """So many different queries of words that stand in titles, always the same ones."""
    chance = random.Random(1)  # noqa: S311
    jieba = Jieba()
    titles = [
        match[1]
        for path in sorted(content.glob("*/*.md"))
        if (match := re.search("(?m)^title: *(.+)$", path.read_text(encoding="utf-8")))
    ]
    asked: dict[str, None] = {}
    while len(asked) < number:
        words = [
            word for word in jieba.cut(chance.choice(titles)) if re.fullmatch("[\u4e00-\u9fff]{2,}", word)
        ]
        if len(words) >= 3:
            one, other = chance.sample(words, 2)
            kinds = (one, f"{one} {other}", f"{one}{other}", f"{one}{other}{chance.choice(TAILS)}")
            asked[kinds[len(asked) % len(kinds)]] = None
    return list(asked)


@contextmanager
def worker(checkout: Path, content: Path, *, learns: bool) -> Iterator["subprocess.Popen[str]"]:
    """A process of a checkout that has published the content, answers `ask`, and ends with the context."""
    own = checkout / ".venv" / "bin" / "python"
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {
            "PYTHONPATH": f"{checkout / 'site'}",
            "OPENBUREAU_CONTENT": str(content),
            "OPENBUREAU_INSTANCE": folder,
            "OPENBUREAU_MEANING": "on" if learns else "off",
        }
        program = [str(own if own.exists() else sys.executable), __file__, "--work", *["--learn"] * learns]
        process = subprocess.Popen(  # noqa: S603
            program, env=env, cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            yield process
        finally:
            process.communicate()


def ask(process: "subprocess.Popen[str]", asked: Sequence[str]) -> str:
    """What a worker answers to one line: the milliseconds of one query, the profile of several, its megabytes
    when there is none."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("a worker has no pipes")
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    answer: str = json.loads(process.stdout.readline())
    return answer


def work(*, learns: bool) -> None:
    """Be a worker: publish, learn what lines mean if told to, then answer each line until there is none."""
    # Of the checkout that is measured, which is known only here.
    from openbureau.app import create_app
    from openbureau.cli import main as run
    from openbureau.config import load

    notes = StringIO()
    for command in ("setup", "publish", *["search learn"] * learns):
        sys.argv = ["openbureau", *command.split()]
        with redirect_stdout(notes), redirect_stderr(notes):
            try:
                run()
            except SystemExit as end:
                if end.code:
                    raise SystemExit(f"openbureau {command} failed: {notes.getvalue()}") from end
    client = Client(create_app(load(os.environ)))
    for line in sys.stdin:
        queries = json.loads(line)
        match queries:
            case []:
                answer = f"{private_mb()}"
            case [query]:
                answer = f"{spent(client, query)}"
            case _:
                answer = profiled(client, queries)
        print(json.dumps(answer), flush=True)


def private_mb() -> float:
    """What this process alone has in memory, in megabytes."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1000


def spent(client: Client, query: str) -> float:
    """The processor's milliseconds for one page."""
    began = time.process_time()
    with client.get("/search", query_string={"q": query}) as answer:
        answer.get_data()
        if answer.status_code != 200:
            raise SystemExit(f"{query}: {answer.status}")
    return (time.process_time() - began) * 1000


def profiled(client: Client, asked: Sequence[str]) -> str:
    """Where the time goes for what comes behind an empty query."""
    warm, measured = asked[: asked.index("")], asked[asked.index("") + 1 :]
    for query in warm:
        spent(client, query)
    profile = cProfile.Profile()
    profile.enable()
    for query in measured:
        spent(client, query)
    profile.disable()
    path = Path(os.environ["OPENBUREAU_INSTANCE"], "profile")
    with path.open("w", encoding="utf-8") as file:
        pstats.Stats(profile, stream=file).sort_stats("cumulative").print_stats(120)
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(learns="--learn" in sys.argv)
    else:
        main()
