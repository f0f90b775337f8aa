"""The index: built once beside the publication, then only read. The engine is Whoosh."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from whoosh import index as whoosh_index
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.collectors import TimeLimit, TimeLimitCollector
from whoosh.fields import ID, STORED, TEXT, Schema
from whoosh.query import Or, Term
from whoosh.searching import Searcher

from openbureau.search.analysis import document_tokens, query_tokens
from openbureau.search.highlight import mark, passage

MOST_CHARACTERS = 64
MOST_TOKENS = 64
MOST_SECONDS = 1.5
"""Bounds of one query: user text never reaches a query parser, and never runs for long."""

ENOUGH = 0.5
"""The share of a query's parts that a document must hold to be shown when none holds all."""

WEIGHTS = {"title": 4.0, "names": 2.0, "body": 1.0}


@dataclass(frozen=True)
class Document:
    """What is searched: `key` is its one name, `names` other words that mean it (numbers, short names)."""

    key: str
    kind: str
    title: str
    body: str
    names: str = ""


@dataclass(frozen=True)
class Hit:
    """One found document, its title and best passage with the matches marked."""

    key: str
    kind: str
    title: Markup
    passage: Markup


@dataclass(frozen=True)
class Hits:
    """The answer to a query.

    `partial`: no document holds the whole query, so these hold parts of it, best first. `shortened`: only the
    first `MOST_CHARACTERS` characters were looked for. `counts`: hits by kind, whatever kind was asked for.
    """

    hits: Sequence[Hit]
    total: int
    page: int
    per_page: int
    counts: dict[str, int]
    partial: bool = False
    shortened: bool = False

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.per_page))


def build(folder: Path, documents: Iterable[Document]) -> int:
    """Write a new index of `documents` into the empty `folder`; answers how many there are.

    Raises ValueError when two documents have one key: Whoosh would keep both.
    """
    tokens = SpaceSeparatedTokenizer()
    schema = Schema(
        key=ID(unique=True, stored=True),
        kind=ID(stored=True),
        shown_title=STORED,
        shown_body=STORED,
        **{name: TEXT(analyzer=tokens, phrase=False) for name in WEIGHTS},
    )
    seen: set[str] = set()
    with whoosh_index.create_in(str(folder), schema).writer(timeout=10) as writer:
        for document in documents:
            if document.key in seen:
                raise ValueError(f"two documents have the key {document.key}")
            seen.add(document.key)
            writer.add_document(
                key=document.key,
                kind=document.kind,
                shown_title=document.title,
                shown_body=document.body,
                title=" ".join(document_tokens(document.title)),
                names=" ".join(document_tokens(document.names)),
                body=" ".join(document_tokens(document.body)),
            )
    return len(seen)


def open_index(folder: Path) -> "Index":
    """Open a built index for reading."""
    return Index(folder)


class Index:
    """An index that answers queries; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._searcher: Searcher = whoosh_index.open_dir(str(folder), readonly=True).searcher()

    def close(self) -> None:
        """Let go of the files."""
        self._searcher.close()

    def find(self, query: str, *, kinds: Sequence[str] = (), page: int = 1, per_page: int = 10) -> Hits:
        """Documents that hold every part of the query; when there are none, those that hold most of it."""
        asked = query[:MOST_CHARACTERS]
        shortened = len(query.strip()) > MOST_CHARACTERS
        tokens = query_tokens(asked)[:MOST_TOKENS]
        if not tokens:
            return Hits([], 0, page, per_page, {}, shortened=shortened)
        every = {token: self._holding(token) for token in tokens}
        whole = set.intersection(*every.values())
        found = whole or self._mostly_holding(every)
        ranked = self._ranked(tokens, found) if found else []
        counts = Counter(kind for _, kind in ranked)
        wanted = [number for number, kind in ranked if not kinds or kind in kinds]
        return Hits(
            hits=[self._hit(number, asked) for number in wanted[(page - 1) * per_page : page * per_page]],
            total=len(wanted),
            page=page,
            per_page=per_page,
            counts=dict(counts),
            partial=bool(found) and not whole,
            shortened=shortened,
        )

    def _holding(self, token: str) -> set[int]:
        """The numbers of all documents that have `token` in any field."""
        reader = self._searcher.reader()
        fields = (field for field in WEIGHTS if (field, token) in reader)
        return {number for field in fields for number in reader.postings(field, token).all_ids()}

    def _mostly_holding(self, every: dict[str, set[int]]) -> set[int]:
        """Documents with enough of the query that showing them helps more than it distracts."""
        held = Counter(number for numbers in every.values() for number in numbers)
        enough = min(max(held.values(), default=0), max(1, round(len(every) * ENOUGH)))
        return {number for number, parts in held.items() if parts >= enough}

    def _ranked(self, tokens: Sequence[str], among: set[int]) -> list[tuple[int, str]]:
        """(document number, kind) of `among`, best first; the order found so far when time is up."""
        query = Or(
            [Term(field, token, boost=weight) for token in tokens for field, weight in WEIGHTS.items()]
        )
        limited = TimeLimitCollector(
            self._searcher.collector(limit=None, filter=among), MOST_SECONDS, use_alarm=False
        )
        # Running out of time keeps what was scored until then: a ranked part answers better than an error.
        with suppress(TimeLimit):
            self._searcher.search_with_collector(query, limited)
        return [(hit.docnum, hit["kind"]) for hit in limited.results()]

    def _hit(self, number: int, query: str) -> Hit:
        stored = self._searcher.stored_fields(number)
        title, body = stored["shown_title"], stored["shown_body"]
        return Hit(stored["key"], stored["kind"], mark(title, query), passage(body, query))
