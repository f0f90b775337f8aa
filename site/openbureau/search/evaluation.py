"""Evaluation: how well and how fast an index answers: the measures of retrieval, with binary gain.

nDCG after Järvelin and Kekäläinen (2002), MRR after Voorhees (1999), each cut at ten; Recall is the share of
the relevant documents among the first ten or hundred. A query without a hit counts 0.
"""

import gzip
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from statistics import fmean, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from openbureau.search.documents import TITLE_WEIGHT, Document
from openbureau.search.index import build
from openbureau.search.searcher import open_index

NEEDED = ("id", "title", "body")
MAX_ALIKE = 2
"""Documents with one title but for its numbers that are not yet parts of one whole."""

_NUMBERS = re.compile("[0-9０-９〇零一二三四五六七八九十百千]+")

DEPTH = 100
"""How many documents are asked for."""


class BadCollection(ValueError):
    """A file of documents or queries cannot be read; the message says which line and why."""


@dataclass(frozen=True)
class JudgedQuery:
    """A question with the documents that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class Figures:
    """What was measured: relevance from 0 to 1, milliseconds per query, seconds, megabytes (10⁶ bytes)."""

    documents: int
    queries: int
    ndcg_10: float
    mrr_10: float
    recall_10: float
    recall_100: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    build_s: float
    index_mb: float
    peak_rss_mb: float


def bench(docs: Path, queries: Path) -> Figures:
    """Build an index of a collection in a folder of its own and ask it every query; raises BadCollection."""
    documents = read_documents(docs)
    judged = read_queries(queries)
    with TemporaryDirectory() as name:
        folder = Path(name)
        began = perf_counter()
        build(folder, documents)
        built = perf_counter() - began
        index = open_index(folder)
        # The first query of a process loads a dictionary; a visitor's is hardly ever the first.
        index.rank(judged[0].text, DEPTH)
        answers, times = answer_all(lambda text: index.rank(text, DEPTH), judged)
        index.close()
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    cuts = quantiles(times, n=100) if len(times) > 1 else times * 99
    return Figures(
        documents=len(documents),
        queries=len(judged),
        **relevance(answers, judged),
        p50_ms=cuts[49],
        p95_ms=cuts[94],
        p99_ms=cuts[98],
        build_s=built,
        index_mb=size / 1e6,
        peak_rss_mb=_peak_rss() / 1e6,
    )


def answer_all(
    rank: Callable[[str], Sequence[str]], judged: Sequence[JudgedQuery]
) -> tuple[list[Sequence[str]], list[float]]:
    """The answer to every query, and how many milliseconds each took."""
    answers, times = [], []
    for query in judged:
        began = perf_counter()
        answers.append(rank(query.text))
        times.append((perf_counter() - began) * 1000)
    return answers, times


def relevance(answers: Sequence[Sequence[str]], judged: Sequence[JudgedQuery]) -> dict[str, float]:
    """The means over all queries."""
    pairs = list(zip(answers, judged, strict=True))
    return {
        "ndcg_10": fmean(ndcg(answer[:10], query.relevant) for answer, query in pairs),
        "mrr_10": fmean(reciprocal_rank(answer[:10], query.relevant) for answer, query in pairs),
        "recall_10": fmean(recall(answer[:10], query.relevant) for answer, query in pairs),
        "recall_100": fmean(recall(answer[:100], query.relevant) for answer, query in pairs),
    }


def ndcg(answer: Sequence[str], relevant: frozenset[str]) -> float:
    """Discounted gain beside that of an ideal answer of ten."""
    ideal = sum(1 / log2(place + 2) for place in range(min(10, len(relevant))))
    gained = sum(1 / log2(place + 2) for place, key in enumerate(answer) if key in relevant)
    return gained / ideal if ideal else 0.0


def reciprocal_rank(answer: Sequence[str], relevant: frozenset[str]) -> float:
    """One over the place of the first relevant document; 0 without one."""
    return next((1 / place for place, key in enumerate(answer, start=1) if key in relevant), 0.0)


def recall(answer: Sequence[str], relevant: frozenset[str]) -> float:
    """The share of the relevant documents that were found."""
    return len(relevant.intersection(answer)) / len(relevant) if relevant else 0.0


def read_documents(path: Path) -> list[Document]:
    """Documents as JSON lines, gzip or plain: `id`, `title`, `body`; raises BadCollection.

    Titles that differ only in their numbers (民法典第五条) are addresses and count no more than the body.
    """
    read = [
        (str(record["id"]), record["title"] or "", record["body"] or "") for record in _lines(path, NEEDED)
    ]
    alike = Counter(_NUMBERS.sub("", title) for _, title, _ in read)
    return [
        Document(
            key,
            "document",
            title,
            body,
            title_weight=1.0 if alike[_NUMBERS.sub("", title)] > MAX_ALIKE else TITLE_WEIGHT,
        )
        for key, title, body in read
    ]


def read_queries(path: Path) -> list[JudgedQuery]:
    """Queries as JSON lines, gzip or plain: `text` and `rel`, by document id; raises BadCollection."""
    judged = [
        JudgedQuery(record["text"], frozenset(key for key, grade in record["rel"].items() if grade > 0))
        for record in _lines(path, ("text", "rel"))
    ]
    if not judged:
        raise BadCollection(f"{path.name}: there are no queries in it")
    return judged


def _lines(path: Path, needed: Sequence[str]) -> Iterator[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                yield _record(line, needed, f"{path.name}:{number}")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadCollection(f"{path.name}: {error}") from error


def _record(line: str, needed: Sequence[str], place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise BadCollection(f"{place}: this is no JSON ({error})") from error
    missing = [name for name in needed if not isinstance(record, dict) or name not in record]
    if missing:
        raise BadCollection(f"{place}: {', '.join(missing)} is missing")
    return dict(record)


def _peak_rss() -> int:
    """The most memory this process ever held, in bytes; Linux counts in kibibytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
