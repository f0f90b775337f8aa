"""How far one machine goes with search: real documents multiplied, each size in a process of its own.

Prints for every size what building took and held, what lies on disk, what a worker holds that serves it, and
milliseconds for a question and for one, two and three words. The engine `postgresql` has the same tokens in a
column with a GIN index and ranks with ts_rank.

Usage: deploy/bench.sh scale FOLDER [--sizes N …] [--engines openbureau postgresql] [--json FILE]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg
from multiplied import multiplied, word_queries

from openbureau.search import Document, build, open_index
from openbureau.search.analysis import bigrams, is_chinese, runs
from openbureau.search.evaluation import DEPTH, read_documents, read_queries, relevance
from support.postgresql import running

SIZES = (10_000, 100_000, 1_000_000)
ASKED = 100
PAGE = 10
PATIENCE_S = 60
"""Seconds after which a kind of query is asked no more."""

Rank = Callable[[str, int], Sequence[str]]


def main() -> None:
    """Measure and print; see --help."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the collections are")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=["openbureau"])
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        engine, size = options.one
        print(json.dumps(ENGINES[engine](options.folder, int(size))))
        return
    figures = []
    for size in options.sizes:
        for engine in options.engines:
            command = [sys.executable, __file__, str(options.folder), "--one", engine, str(size)]
            done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
            if done.returncode:
                sys.exit(done.stderr)
            measured = {"documents": size, "engine": engine, **json.loads(done.stdout.splitlines()[-1])}
            figures.append(measured)
            print("  ".join(f"{name} {_shown(value)}" for name, value in measured.items()), flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def measure_openbureau(folder: Path, size: int) -> dict[str, Any]:
    """The room of the project."""
    real, judged = _collection(folder)
    documents = multiplied(real, size)
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        # Built by a process of its own, so that what it held is known and what serves has none of it.
        child = os.fork()
        if not child:
            build(Path(name), documents)
            os._exit(0)
        _, status, used = os.wait4(child, 0)
        built = time.perf_counter() - began
        if status:
            sys.exit("the index was not built")
        queries = {"question": [query.text for query in judged[:ASKED]], **word_queries(real)}
        del documents
        memory_before_mb = _own_memory()
        began = time.perf_counter()
        index = open_index(Path(name))
        opened = time.perf_counter() - began
        figures: dict[str, Any] = {
            "build_s": built,
            "build_mb": used.ru_maxrss / 1000,
            "index_mb": sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file()) / 1e6,
            "open_s": opened,
            **_asked(lambda query, limit: index.rank(query, limit), queries),
            "serving_mb": _own_memory() - memory_before_mb,
        }
        if size == len(real):
            figures["ndcg"] = _ndcg(index.rank, judged)
    return figures


def measure_postgresql(folder: Path, size: int) -> dict[str, Any]:
    """A token column, a GIN index, ts_rank."""
    real, judged = _collection(folder)
    with running() as server:
        address = server.create_database().replace("+psycopg", "", 1)
        with psycopg.connect(address, autocommit=True) as database:
            began = time.perf_counter()
            database.execute("CREATE TABLE texts (key text, tokens tsvector)")
            with database.cursor().copy("COPY texts FROM STDIN") as copy:
                for document in multiplied(real, size):
                    words = dict.fromkeys(_tokens(f"{document.title}\n{document.body}"))
                    copy.write_row((document.key, " ".join(f"'{word}'" for word in words if "'" not in word)))
            database.execute("CREATE INDEX ON texts USING gin (tokens)")
            database.execute("ANALYZE texts")
            built = time.perf_counter() - began

            def rank(query: str, limit: int) -> list[str]:
                wanted = " | ".join(
                    f"'{token}'" for token in dict.fromkeys(_tokens(query)) if "'" not in token
                )
                rows = database.execute(
                    "SELECT key FROM texts, to_tsquery('simple', %s) AS wanted WHERE tokens @@ wanted "
                    "ORDER BY ts_rank(tokens, wanted) DESC LIMIT %s",
                    (wanted, limit),
                )
                return [key for (key,) in rows]

            sizes = database.execute("SELECT pg_total_relation_size('texts')").fetchone()
            queries = {"question": [query.text for query in judged[:ASKED]], **word_queries(real)}
            megabytes = float((sizes or [0])[0]) / 1e6
            figures: dict[str, Any] = {"build_s": built, "index_mb": megabytes, **_asked(rank, queries)}
            if size == len(real):
                figures["ndcg"] = _ndcg(rank, judged[:ASKED])
    return figures


ENGINES: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "openbureau": measure_openbureau,
    "postgresql": measure_postgresql,
}


def _collection(folder: Path) -> tuple[list[Document], Any]:
    largest = max(folder.glob("*_docs.jsonl.gz"), key=lambda path: path.stat().st_size)
    documents = list(read_documents(largest))
    return documents, read_queries(largest.with_name(largest.name.replace("_docs", "_queries")))


def _asked(rank: Rank, queries: dict[str, list[str]]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind, texts in queries.items():
        rank(texts[0], PAGE)
        times: list[float] = []
        ending = time.monotonic() + PATIENCE_S
        for text in texts[:ASKED]:
            began = time.perf_counter()
            rank(text, PAGE)
            times.append((time.perf_counter() - began) * 1000)
            if time.monotonic() > ending and len(times) > 1:
                break
        figures |= {f"{kind}_p50_ms": median(times), f"{kind}_p95_ms": quantiles(times, n=20)[18]}
    return figures


def _ndcg(rank: Rank, judged: Any) -> float:
    # Under their own names again, without the number of the copy.
    rankings = [[key.rpartition("/")[0] for key in rank(query.text, DEPTH)] for query in judged]
    measured = relevance(rankings, judged)
    return float(next(iter(measured.values())))


def _own_memory() -> float:
    """Resident memory of this process in MB, its files in memory included."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _tokens(text: str) -> list[str]:
    """What the room has: characters and pairs of neighbours, and what is no Chinese whole."""
    terms: list[str] = []
    for run in runs(text):
        terms += [*run, *bigrams(run)] if is_chinese(run) else [run]
    return terms


def _shown(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
