"""Answers from an opened index."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
from whoosh import index as whoosh_index
from whoosh.reading import IndexReader

from openbureau.chinese.pinyin import heard
from openbureau.search.analysis import is_chinese
from openbureau.search.documents import Hit, Hits, Language
from openbureau.search.highlight import mark, passage
from openbureau.search.index import load_arrays, read_about, read_vocabulary
from openbureau.search.matching import NOBODY, holding, labelled, relabel
from openbureau.search.postings import Held, Scores
from openbureau.search.query import Query, exact_form
from openbureau.search.terms import Docs, label, term
from openbureau.search.vocabulary import Vocabulary

ENOUGH = 0.3
"""The share of a query's parts that a document must hold to be shown as near."""

FEW = 5
LONG = 4
MOST_NEAR = 20
"""A query of `LONG` parts is a question: when fewer than `FEW` documents hold all of it, near ones follow."""

MOST_READ = 200
"""Documents whose text is read to see whether a phrase stands in it."""

MOST_NAMED = 1_000
"""Keys told with one answer."""

BLOCK = 64


def open_index(folder: Path) -> "Index":
    """Open a built index for reading; raises Broken when its files do not belong together."""
    return Index(folder)


class Index:
    """An index that answers queries; safe to share between threads, and a later update does not touch it."""

    def __init__(self, folder: Path) -> None:
        about = read_about(folder)
        self._folder = folder
        self._about = about
        self._postings, self._columns = load_arrays(folder, about)
        self._language = Language(about["words"], about["synonyms"])
        self._reader: IndexReader = whoosh_index.open_dir(str(folder), readonly=True).reader()
        # Readers of Whoosh share one place in its files: two threads at once would read each other's bytes.
        self._reading = RLock()

    def close(self) -> None:
        """Let go of the files."""
        self._reader.close()

    def find(
        self,
        query: str,
        *,
        kinds: Sequence[str] = (),
        filters: Mapping[str, str] | None = None,
        choices: Sequence[str] = (),
        sort: str = "best",
        page: int = 1,
        per_page: int = 10,
        without: Collection[str] = (),
        now: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Hits:
        """Documents that hold every part of the query; when few do, those that hold most of it after them.

        `filters` are labels that they must have; `choices` the labels whose values are counted. `sort` is
        `best` or `newest`. The documents whose keys are in `without` are not found and not counted. `now`
        tells of labels that changed since the index was made: for each, the one value that keys have now.
        """
        asked = self._ask(query)
        hidden = self._columns.numbers(without)
        for name, values in (now or {}).items():
            self._relabel(asked.held, name, values)
        exact = self._exactly(asked.query)
        whole = np.setdiff1d(np.union1d(self._holding(asked), exact), hidden, assume_unique=True)
        near = np.setdiff1d(self._near(asked, whole), hidden, assume_unique=True)
        both = np.union1d(whole, near)
        wanted = {name: [value] for name, value in (filters or {}).items()}
        if kinds:
            wanted["kind"] = list(kinds)
        counted = {
            name: self._choices(
                name,
                {*self._about["labels"].get(name, ()), *(now or {}).get(name, {}).values()},
                labelled(both, asked.held, wanted, but=name),
                asked.held,
            )
            for name in ("kind", *choices)
        }
        whole, near = (labelled(docs, asked.held, wanted) for docs in (whole, near))
        first = np.intersect1d(whole, exact)
        parts = (first, np.setdiff1d(whole, first), near)
        most = max(MOST_NAMED, page * per_page)
        ranked = [number for docs in parts for number in self._ranked(docs, asked.scores, most, sort)][:most]
        shown = ranked[(page - 1) * per_page : page * per_page]
        return Hits(
            hits=[self._shown(number, asked.query) for number in shown],
            keys=self._columns.named(ranked[:MOST_NAMED]),
            total=len(whole) + len(near),
            whole=len(whole),
            page=page,
            per_page=per_page,
            counts=dict(counted["kind"]),
            shortened=asked.query.is_shortened,
            exact=self._columns.named(first),
            choices={name: counted[name] for name in choices},
        )

    def rank(self, query: str, most: int) -> list[str]:
        """The keys of the `most` documents that answer the query best, those that hold all of it first."""
        asked = self._ask(query)
        whole = self._holding(asked)
        ranked = self._ranked(whole, asked.scores, most)
        if len(ranked) < most:
            others = np.setdiff1d(_best(asked.scores, most + len(whole)), whole, assume_unique=True)
            ranked += self._ranked(others, asked.scores, most - len(ranked))
        return self._columns.named(ranked)

    def holding(self, query: str, kinds: Sequence[str]) -> list[str]:
        """The keys of all documents of some kinds that hold the whole query, however many, best first."""
        asked = self._ask(query)
        docs = labelled(self._holding(asked), asked.held, {"kind": kinds})
        return self._columns.named(self._ranked(docs, asked.scores, len(docs)))

    def suggest(self, prefix: str, most: int = 8) -> list[str]:
        """What somebody may be about to type: words of titles, then titles."""
        form = exact_form(prefix)
        if not form:
            return []
        words = self._vocabulary.beginning(form, most // 2)
        field, spelt = ("exact", form) if is_chinese(form) else ("spelt", heard(form))
        found = [*self._beginning(field, spelt, most), *self._beginning("exact", form, most)]
        if is_chinese(form):
            asked = self._ask(prefix)
            found += self._ranked(self._holding(asked), asked.scores, most)
        titles = (str(self._stored(number)["title"]) for number in found)
        return list(dict.fromkeys([*words, *titles]))[:most]

    def correct(self, query: str) -> str:
        """The query as it was probably meant, in characters; empty when nothing better would be found."""
        asked = Query(query, self._language)
        meant = [self._vocabulary.meant(run, self._is_known) for run in asked.runs]
        better = " ".join(meant)
        return better if meant != asked.runs and len(self._holding(self._ask(better))) else ""

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return read_vocabulary(self._folder, self._about)

    def _is_known(self, part: str) -> bool:
        return len(self._postings.held([term(part)])[term(part)].docs) > 0

    def _ask(self, text: str) -> "_Asked":
        query = Query(text, self._language)
        weights = {term(token): weight for token, weight in query.weights().items()}
        held = self._postings.held(weights)
        scores = self._postings.scores(weights, held)
        scores *= self._columns.weights
        return _Asked(query, held, scores)

    def _holding(self, asked: "_Asked") -> Docs:
        """Documents that hold every run of the query or a synonym of it, and every phrase as it stands."""
        return self._with_phrases(holding(asked.query, asked.held), asked.query.phrases)

    def _with_phrases(self, docs: Docs, phrases: Sequence[str]) -> Docs:
        """Those of `docs` in whose text the phrases stand; of very many only the first are read."""
        if not phrases:
            return docs
        kept = []
        for number in docs[:MOST_READ].tolist():
            stored = self._stored(number)
            text = exact_form(f"{stored['title']} {stored['body']}")
            if all(phrase in text for phrase in phrases):
                kept.append(number)
        return np.array(kept, np.int32)

    def _near(self, asked: "_Asked", whole: Docs) -> Docs:
        """Documents with enough of the query that showing them helps more than it distracts."""
        parts = asked.query.parts
        if len(whole) and (len(whole) >= FEW or len(parts) < LONG):
            return NOBODY
        likely = np.setdiff1d(_best(asked.scores, MOST_READ), whole, assume_unique=True)
        shares = np.zeros(len(likely), np.int16)
        for part in parts:
            shares += asked.held[term(part)].among(likely)
        enough = min(shares.max(initial=0), max(1, round(len(parts) * ENOUGH)))
        near = likely[(shares >= enough) & (shares > 0)]
        return np.sort(np.array(self._ranked(near, asked.scores, MOST_NEAR), np.int32))

    def _relabel(self, held: Held, name: str, values: Mapping[str, str]) -> None:
        keys: dict[str, list[str]] = {}
        for key, value in values.items():
            keys.setdefault(value, []).append(key)
        docs = {value: np.sort(self._columns.numbers(names)) for value, names in keys.items()}
        relabel(held, name, self._about["labels"].get(name, ()), docs)

    def _choices(self, name: str, values: Iterable[str], docs: Docs, held: Held) -> list[tuple[str, int]]:
        counts = ((value, int(held[label(name, value)].among(docs).sum())) for value in values)
        return sorted((each for each in counts if each[1]), key=lambda each: (-each[1], each[0]))

    def _ranked(self, docs: Docs, scores: Scores, most: int, sort: str = "best") -> list[int]:
        """The first `most` of `docs`, best first, or newest; of equals the one that was given first."""
        if sort == "newest":
            keys = [self._columns.places[docs], -scores[docs], -self._columns.days[docs]]
        else:
            docs = docs[_best(scores[docs], most)] if len(docs) > BLOCK * most else docs
            keys = [self._columns.places[docs], -scores[docs]]
        ranked: list[int] = docs[np.lexsort(keys)[:most]].tolist()
        return ranked

    def _exactly(self, asked: Query) -> Docs:
        """The documents whose title, number or name the query is."""
        form = exact_form(asked.text)
        return np.array(sorted(self._posted("exact", form)) if form else [], np.int32)

    def _beginning(self, field: str, prefix: str, most: int) -> list[int]:
        """Documents of which a title, number or name (or how it sounds) begins so."""
        found: list[int] = []
        with self._reading:
            for form in self._reader.expand_prefix(field, prefix):
                # A form may be left over from documents that are gone.
                found += sorted(self._posted(field, form.decode()), key=self._columns.places.__getitem__)
                if len(found) >= most:
                    break
        return found[:most]

    def _posted(self, field: str, form: str) -> list[int]:
        with self._reading:
            if (field, form) not in self._reader:
                return []
            return [int(number) for number in self._reader.postings(field, form).all_ids()]

    def _stored(self, number: int) -> dict[str, Any]:
        with self._reading:
            found: dict[str, Any] = self._reader.stored_fields(number)["document"]
        return found

    def _shown(self, number: int, query: Query) -> Hit:
        stored = self._stored(number)
        title, body = mark(stored["title"], query.marked), passage(stored["body"], query.marked)
        return Hit(stored["key"], stored["kind"], title, body)


class _Asked(NamedTuple):
    """A query with what is kept of its terms and how well every document answers it."""

    query: Query
    held: Held
    scores: Scores


def _best(scores: Scores, most: int) -> Docs:
    """The places of at least the `most` best scores above 0, in order.

    The best of every block are scores, too: whoever is among the `most` best is not below the one that comes
    at that place among these few.
    """
    blocks = -(-len(scores) // BLOCK)
    if blocks <= most:
        return np.flatnonzero(scores > 0).astype(np.int32)
    tops = np.maximum.reduceat(scores, np.arange(0, len(scores), BLOCK))
    least = np.partition(tops, blocks - most)[blocks - most]
    return np.flatnonzero((scores >= least) & (scores > 0)).astype(np.int32)
