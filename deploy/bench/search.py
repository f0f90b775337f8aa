"""How well and how fast the search room answers, beside what a bureau could use instead, in one run.

Collections are folders' files NAME_docs.jsonl.gz and NAME_queries.jsonl.gz (id, title, body; text, rel). All
peers but one get the tokens of the room: characters and pairs of neighbours. `whoosh` is plain Whoosh with a
word tokenizer and its own ranking, as its manual sets it up. For every query all engines are asked one after
the other, so that a slow minute of the machine falls on all of them alike.

`meaning` is the room with its best documents ordered anew by what they mean (search/meaning), where the
package for it is installed; vectors of these documents alone are made, and kept in .bench/ for the next run.
Peers answer the same questions. Intervals are those of 95 % of the mean difference to the best peer, by
bootstrap over the questions, paired.
"""

import argparse
import json
import os
import platform
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

import bm25s
import numpy as np
import tantivy
from multiplied import multiplied, word_queries
from rjieba import Jieba
from vector_cache import CachedEncoder
from whoosh import index as whoosh_index
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import ID, TEXT, Schema
from whoosh.query import Or, Term

from openbureau.search import Document, build, open_index, update
from openbureau.search.analysis import bigrams, is_chinese, runs
from openbureau.search.evaluation import (
    DEPTH,
    JudgedQuery,
    answer_all,
    ndcg,
    read_documents,
    read_queries,
    relevance,
)
from openbureau.search.meaning.encoder import is_installed, load_encoder
from openbureau.search.meaning.reranking import Reranker

SIZES = (1_000, 10_000, 58_754, 200_000)
SLOW = {"fts5": 60, "whoosh": 30}
"""Engines that take a second for a query are asked only so many of each kind when speed is measured."""

WHOOSH_UP_TO = 10_000
"""Documents up to which plain Whoosh is built when speed is measured: it takes minutes beyond."""

PAGE = 10
"""Documents asked for when speed is measured: what a visitor sees."""

WORKERS = 10

VECTORS = Path(".bench/vectors.sqlite")

RESAMPLED = 10_000
"""How many samples of the questions a bootstrap takes."""

Rank = Callable[[str, int], Sequence[str]]
"""The keys of the best documents for a query, so many of them."""


def tokens(text: str) -> list[str]:
    """Characters and pairs of neighbours, and what is no Chinese whole."""
    terms: list[str] = []
    for run in runs(text):
        terms += [*run, *bigrams(run)] if is_chinese(run) else [run]
    return terms


class Engine:
    """One engine with one collection: how to rank, how long building took, how much it keeps on disk."""

    def __init__(self, name: str, folder: Path, documents: Sequence[Document]) -> None:
        self.name = name
        self.folder = folder
        folder.mkdir()
        began = time.perf_counter()
        self.rank: Rank = getattr(self, f"_{name}")(documents)
        self.build_s = time.perf_counter() - began
        self.index_mb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6

    def _openbureau(self, documents: Sequence[Document]) -> Rank:
        build(self.folder, documents)
        index = open_index(self.folder)
        return index.rank

    def _meaning(self, documents: Sequence[Document]) -> Rank:
        build(self.folder, documents)
        index = open_index(self.folder)
        encoder = load_encoder()
        if encoder is None:
            raise SystemExit("there is no encoder: deploy/venv.sh requirements-meaning.txt")
        reranker = Reranker(CachedEncoder(encoder, VECTORS))
        return lambda query, limit: index.rank(query, limit, reranker)

    def _tantivy(self, documents: Sequence[Document]) -> Rank:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
        builder.add_unsigned_field("number", stored=True)
        schema = builder.build()
        index = tantivy.Index(schema, str(self.folder))
        writer = index.writer(200_000_000, 1)
        for number, document in enumerate(documents):
            writer.add_document(tantivy.Document(text=_spaced(document), number=number))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
        keys = [document.key for document in documents]

        def rank(query: str, limit: int) -> list[str]:
            terms = [
                (tantivy.Occur.Should, tantivy.Query.term_query(schema, "text", token))
                for token in dict.fromkeys(tokens(query))
            ]
            hits = searcher.search(tantivy.Query.boolean_query(terms), limit, count=False).hits
            return [keys[searcher.doc(address)["number"][0]] for _, address in hits]

        return rank

    def _fts5(self, documents: Sequence[Document]) -> Rank:
        database = sqlite3.connect(self.folder / "fts.sqlite")
        database.execute("CREATE VIRTUAL TABLE texts USING fts5(text, key UNINDEXED, tokenize='unicode61')")
        rows = ((_spaced(document), document.key) for document in documents)
        database.executemany("INSERT INTO texts VALUES (?, ?)", rows)
        database.execute("INSERT INTO texts(texts) VALUES ('optimize')")
        database.commit()

        def rank(query: str, limit: int) -> list[str]:
            match = " OR ".join(f'"{token}"' for token in dict.fromkeys(tokens(query)))
            rows = database.execute(
                "SELECT key FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?", (match, limit)
            )
            return [key for (key,) in rows]

        return rank

    def _bm25s(self, documents: Sequence[Document]) -> Rank:
        vocabulary: dict[str, int] = {}
        numbered = [
            [vocabulary.setdefault(token, len(vocabulary)) for token in _spaced(document).split()]
            for document in documents
        ]
        retriever = bm25s.BM25(k1=1.2, b=0.75)
        retriever.index((numbered, vocabulary), show_progress=False)
        retriever.save(self.folder)
        keys = [document.key for document in documents]

        def rank(query: str, limit: int) -> list[str]:
            numbers = [vocabulary[token] for token in dict.fromkeys(tokens(query)) if token in vocabulary]
            scores = retriever.get_scores_from_ids(numbers) if numbers else np.zeros(len(keys))
            best = np.argpartition(-scores, min(limit, len(scores) - 1))[:limit]
            return [keys[number] for number in best[np.argsort(-scores[best], kind="stable")]]

        return rank

    def _whoosh(self, documents: Sequence[Document]) -> Rank:
        jieba = Jieba()

        def words(text: str) -> list[str]:
            return [
                word
                for run in runs(text)
                for word in (jieba.cut_for_search(run) if is_chinese(run) else [run])
            ]

        schema = Schema(key=ID(stored=True), text=TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False))
        writer = whoosh_index.create_in(str(self.folder), schema).writer(limitmb=512)
        for document in documents:
            writer.add_document(key=document.key, text=" ".join(words(f"{document.title}\n{document.body}")))
        writer.commit()
        searcher = whoosh_index.open_dir(str(self.folder)).searcher()

        def rank(query: str, limit: int) -> list[str]:
            parsed = Or([Term("text", word) for word in dict.fromkeys(words(query))])
            return [hit["key"] for hit in searcher.search(parsed, limit=limit)]

        return rank


OURS = ("openbureau", "meaning")
ENGINES = ("openbureau", "tantivy", "bm25s", "fts5", "whoosh")


def main() -> None:
    """Measure and print; see --help."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the collections are")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--only", choices=["relevance", "speed", "memory"], help="measure only this")
    parser.add_argument("--questions", type=int, help="ask so many of each collection, drawn at random")
    options = parser.parse_args()
    figures: dict[str, Any] = {"python": platform.python_version(), "cores": os.cpu_count()}
    parts = {
        "relevance": lambda folder: measure_relevance(folder, options.questions),
        "speed": measure_speed,
        "memory": measure_memory,
    }
    for name, measure in parts.items():
        if options.only in (None, name):
            figures[name] = measure(options.folder)
    if options.json:
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


def measure_relevance(folder: Path, questions: int | None = None) -> list[dict[str, Any]]:
    """Every engine on every collection with queries, all of them or so many; ours beside the best peer."""
    figures = []
    engines = [*ENGINES[:1], *(["meaning"] if is_installed() else []), *ENGINES[1:]]
    _row("collection", "engine", "nDCG@10", "MRR@10", "R@10", "R@100", "build s", "index MB", "ms")
    for path in sorted(folder.glob("*_queries.jsonl.gz")):
        name = path.name.removesuffix("_queries.jsonl.gz")
        documents, judged = read_documents(folder / f"{name}_docs.jsonl.gz"), _sample(path, questions)
        gains: dict[str, list[float]] = {}
        for engine in engines:
            with _built(engine, documents) as built:
                if engine == "meaning":
                    # Of the documents that are reranked the vectors are made first: a site has them, too.
                    answer_all(partial(_ranked, built), judged)
                answers, times = answer_all(partial(_ranked, built), judged)
                cost = {"build_s": built.build_s, "index_mb": built.index_mb, "p50_ms": median(times)}
            measured = relevance(answers, judged)
            gains[engine] = [
                ndcg(answer[:PAGE], query.relevant) for answer, query in zip(answers, judged, strict=True)
            ]
            about = {"collection": name, "queries": len(judged), "engine": engine}
            figures.append({**about, **measured, **cost})
            relevant = [f"{value:.4f}" for value in measured.values()]
            _row(name, engine, *relevant, *(f"{value:.1f}" for value in cost.values()))
        best = max(
            (engine for engine in gains if engine not in OURS), key=lambda engine: fmean(gains[engine])
        )
        for engine in (engine for engine in OURS if engine in gains):
            mean, low, high = _difference(gains[engine], gains[best])
            _row(name, f"{engine} -", best, f"{mean:+.4f}", f"[{low:+.4f},", f"{high:+.4f}]")
            figures.append(
                {"collection": name, "engine": engine, "peer": best, "difference": mean}
                | {"low": low, "high": high}
            )
    return figures


def _ranked(engine: Engine, text: str) -> Sequence[str]:
    return engine.rank(text, DEPTH)


def _sample(path: Path, questions: int | None) -> list[JudgedQuery]:
    """The queries of a collection, or so many of them, the same in each run."""
    judged = read_queries(path)
    if questions is None or questions >= len(judged):
        return judged
    drawn = random.Random(1).sample(range(len(judged)), questions)  # noqa: S311 -- a sample, no secret
    return [judged[number] for number in sorted(drawn)]


def _difference(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """The mean difference and the limits between which 95 % of those of resampled questions lie."""
    differences = np.array(ours) - np.array(theirs)
    chance = np.random.default_rng(1)
    drawn = chance.integers(len(differences), size=(RESAMPLED, len(differences)))
    low, high = np.quantile(differences[drawn].mean(axis=1), (0.025, 0.975))
    return float(differences.mean()), float(low), float(high)


def measure_speed(folder: Path) -> list[dict[str, Any]]:
    """Milliseconds per query by size, kind of query and engine; the ratio is that of p95 to tantivy's."""
    largest = max(folder.glob("*_docs.jsonl.gz"), key=lambda path: path.stat().st_size)
    real = read_documents(largest)
    questions = read_queries(largest.with_name(largest.name.replace("_docs", "_queries")))
    kinds = {"question": [query.text for query in questions[:200]], **word_queries(real)}
    figures = []
    _row("documents", "query", "engine", "p50 ms", "p95 ms", "p95 : tantivy", "build s", "index MB")
    for size in SIZES:
        documents = multiplied(real, size)
        with tempfile.TemporaryDirectory() as name:
            engines = [
                Engine(engine, Path(name) / engine, documents)
                for engine in ENGINES
                if engine != "whoosh" or size <= WHOOSH_UP_TO
            ]
            for kind, queries in kinds.items():
                times = _interleaved(engines, queries)
                slowest = {name: quantiles(durations, n=20)[18] for name, durations in times.items()}
                for engine in engines:
                    measured = {
                        "p50_ms": median(times[engine.name]),
                        "p95_ms": slowest[engine.name],
                        "p95_to_tantivy": slowest[engine.name] / slowest["tantivy"],
                        "build_s": engine.build_s,
                        "index_mb": engine.index_mb,
                    }
                    about = {"documents": size, "query": kind, "engine": engine.name}
                    figures.append({**about, **measured})
                    _row(
                        *(str(value) for value in about.values()),
                        *(f"{value:.2f}" for value in measured.values()),
                    )
    return figures


def measure_memory(folder: Path) -> dict[str, float]:
    """One document published until it is found, and what ten processes with one index hold."""
    largest = max(folder.glob("*_docs.jsonl.gz"), key=lambda path: path.stat().st_size)
    documents = read_documents(largest)
    with tempfile.TemporaryDirectory() as name:
        index = Path(name) / "index"
        index.mkdir()
        build(index, documents)
        seconds = []
        for number in range(5):
            fresh = Document(f"fresh/{number}", "document", f"刚刚公布的第{number}份文件", "刚刚公布")
            began = time.perf_counter()
            update(index, [fresh])
            opened = open_index(index)
            is_found = opened.find(fresh.title).keys[:1] == [fresh.key]
            seconds.append(time.perf_counter() - began)
            opened.close()
            if not is_found:
                raise SystemExit("the document that was just published is not found")
        command = [sys.executable, __file__, "--worker", str(index)]
        workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
            for _ in range(WORKERS)
        ]
        for worker in workers:
            if worker.stdout is None or not worker.stdout.readline():
                raise SystemExit("a worker could not open the index")
        memory = [_memory(worker.pid) for worker in workers]
        for worker in workers:
            worker.communicate(b"done")
    figures = {
        "documents": len(documents),
        "publish_one_s": median(seconds),
        "worker_rss_mb": max(rss for rss, _ in memory),
        "ten_workers_pss_mb": sum(pss for _, pss in memory),
    }
    for what, figure in figures.items():
        _row(what, f"{figure:.2f}")
    return figures


def work(index: Path) -> None:
    """Be a worker: open the index, answer some queries, say so, and wait to be told to end."""
    opened = open_index(index)
    for query in ("退费", "劳动合同 解除", "公司可以不签劳动合同吗", "土地 承包 经营权"):
        opened.find(query)
    print("ready", flush=True)
    sys.stdin.read()


def _memory(pid: int) -> tuple[float, float]:
    """Resident memory in MB, and the share of it that is this process's own, shared pages divided."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    return sizes["Rss"] * 1024 / 1e6, sizes["Pss"] * 1024 / 1e6


def _interleaved(engines: Sequence[Engine], queries: Sequence[str]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {engine.name: [] for engine in engines}
    for engine in engines:
        for query in queries[:5]:
            engine.rank(query, PAGE)
    for number, query in enumerate(queries):
        for engine in engines:
            if number < SLOW.get(engine.name, len(queries)):
                began = time.perf_counter()
                engine.rank(query, PAGE)
                times[engine.name].append((time.perf_counter() - began) * 1000)
    return times


@contextmanager
def _built(engine: str, documents: Sequence[Document]) -> Iterator[Engine]:
    folder = Path(tempfile.mkdtemp())
    try:
        yield Engine(engine, folder / engine, documents)
    finally:
        shutil.rmtree(folder)


def _spaced(document: Document) -> str:
    return " ".join(tokens(f"{document.title}\n{document.body}"))


def _row(*cells: str) -> None:
    print("".join(f"{cell:>15}" for cell in cells), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(Path(sys.argv[2]))
    else:
        main()
