"""The index: built once beside the publication, then only read. The engine is Whoosh."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from markupsafe import Markup
from whoosh import index as whoosh_index
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.collectors import TimeLimit, TimeLimitCollector
from whoosh.fields import ID, STORED, TEXT, Schema
from whoosh.query import Or, Term
from whoosh.searching import Hit as WhooshHit
from whoosh.searching import Searcher

from openbureau.search.analysis import bigrams, document_tokens, is_chinese, query_tokens, runs
from openbureau.search.highlight import mark, passage

MOST_CHARACTERS = 64
MOST_SECONDS = 1.5
"""Bounds of one query: user text never reaches a query parser, and never runs for long."""

NEIGHBOURS = 0.6
"""The share of a run's neighbouring characters that must be neighbours in the document too."""

ENOUGH = 0.3
"""The share of a query's parts that a document must hold to be shown as near."""

FEW = 5
LONG = 4
MOST_NEAR = 20
"""A query of `LONG` parts is a question: when fewer than `FEW` documents hold all of it, near ones follow."""

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
    """The answer to a query: one page of `hits`, and the `keys` of all, best first.

    The first `whole` of the `total` hits hold the whole query; the others hold parts of it and must be shown
    as such. `shortened`: only the first `MOST_CHARACTERS` characters were looked for. `counts`: hits by
    kind, whatever kind was asked for.
    """

    hits: Sequence[Hit]
    keys: Sequence[str]
    total: int
    whole: int
    page: int
    per_page: int
    counts: dict[str, int]
    shortened: bool

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

    def find(
        self,
        query: str,
        *,
        kinds: Sequence[str] = (),
        page: int = 1,
        per_page: int = 10,
        without: Collection[str] = (),
    ) -> Hits:
        """Documents that hold every part of the query; when there are none, those that hold most of it.

        The documents whose keys are in `without` are not found and not counted.
        """
        asked = query.strip()[:MOST_CHARACTERS]
        shortened = len(query.strip()) > MOST_CHARACTERS
        asked_runs = runs(asked)
        if not asked_runs:
            return Hits([], [], 0, 0, page, per_page, {}, shortened)
        tokens = query_tokens(asked)
        hidden = {self._searcher.document_number(key=key) for key in without}
        whole = set.intersection(*(self._holding_run(run) for run in asked_runs)) - hidden
        too_few = not whole or (len(whole) < FEW and len(tokens) >= LONG)
        near = self._mostly_holding(tokens) - whole - hidden if too_few else set()
        ranked = self._ranked(tokens, whole | near)
        ranked = [hit for hit in ranked if hit.docnum in whole] + [
            hit for hit in ranked if hit.docnum in near
        ][:MOST_NEAR]
        wanted = [hit for hit in ranked if not kinds or hit["kind"] in kinds]
        return Hits(
            hits=[_shown(hit, asked) for hit in wanted[(page - 1) * per_page : page * per_page]],
            keys=[hit["key"] for hit in wanted],
            total=len(wanted),
            whole=sum(hit.docnum in whole for hit in wanted),
            page=page,
            per_page=per_page,
            counts=dict(Counter(hit["kind"] for hit in ranked)),
            shortened=shortened,
        )

    def _holding_run(self, run: str) -> set[int]:
        """Documents that hold an unbroken run of the query.

        People write 清城区羽毛球 without a space: each character must be there, and most neighbours, but not
        those that only meet where two words do.
        """
        if not is_chinese(run) or len(run) == 1:
            return self._holding(run)
        all_characters = set.intersection(*(self._holding(character) for character in set(run)))
        pairs = set(bigrams(run))
        held = Counter(number for pair in pairs for number in self._holding(pair) & all_characters)
        enough = ceil(len(pairs) * NEIGHBOURS)
        return {number for number, count in held.items() if count >= enough}

    def _holding(self, token: str) -> set[int]:
        """The numbers of all documents that have `token` in any field."""
        reader = self._searcher.reader()
        fields = (field for field in WEIGHTS if (field, token) in reader)
        return {number for field in fields for number in reader.postings(field, token).all_ids()}

    def _mostly_holding(self, tokens: Sequence[str]) -> set[int]:
        """Documents with enough of the query that showing them helps more than it distracts."""
        held = Counter(number for token in tokens for number in self._holding(token))
        enough = min(max(held.values(), default=0), max(1, round(len(tokens) * ENOUGH)))
        return {number for number, parts in held.items() if parts >= enough}

    def _ranked(self, tokens: Sequence[str], among: set[int]) -> list[WhooshHit]:
        """The documents `among`, best first; those ranked so far when the time is up."""
        query = Or(
            [Term(field, token, boost=weight) for token in tokens for field, weight in WEIGHTS.items()]
        )
        limited = TimeLimitCollector(self._searcher.collector(limit=None), MOST_SECONDS, use_alarm=False)
        # Running out of time keeps what was scored until then: a ranked part answers better than an error.
        with suppress(TimeLimit):
            self._searcher.search_with_collector(query, limited)
        # Whoosh's own filter is passed over by the collector with the time limit.
        return [hit for hit in limited.results() if hit.docnum in among]


def _shown(found: WhooshHit, query: str) -> Hit:
    title, body = found["shown_title"], found["shown_body"]
    return Hit(found["key"], found["kind"], mark(title, query), passage(body, query))
