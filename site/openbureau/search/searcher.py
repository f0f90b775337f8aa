"""The searcher: ranks the documents of an opened index, suggests, and corrects spelling."""

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
from openbureau.search.documents import Hit, Hits, Language, Section
from openbureau.search.highlight import mark, passage
from openbureau.search.index import load_arrays, read_about, read_vocabulary
from openbureau.search.matching import NO_DOCS, labelled, match, relabel
from openbureau.search.postings import QueryPostings, Scores
from openbureau.search.query import Query, exact_form
from openbureau.search.terms import Docs, label, term
from openbureau.search.vocabulary import Vocabulary

ENOUGH = 0.3
"""The share of a query's parts that a document must hold to be shown as near."""

FEW = 5
LONG = 4
MAX_NEAR_HITS = 20
"""A query of `LONG` parts is a question: when fewer than `FEW` documents hold all of it, near ones follow."""

MAX_DOCUMENTS_READ = 200
"""Documents whose text is read to see whether a phrase stands in it."""

MAX_KEYS = 1_000
"""Keys that come with one answer."""

BLOCK = 64


def open_index(folder: Path) -> "Index":
    """Open a built index for reading; raises BrokenIndex when its files do not belong together."""
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
        scored = self._score(query)
        hidden = self._columns.numbers(without)
        for name, values in (now or {}).items():
            self._relabel(scored.postings, name, values)
        exact = self._exactly(scored.query)
        whole = np.setdiff1d(np.union1d(self._matching(scored), exact), hidden, assume_unique=True)
        near = np.setdiff1d(self._near(scored, whole), hidden, assume_unique=True)
        both = np.union1d(whole, near)
        wanted = {name: [value] for name, value in (filters or {}).items()}
        if kinds:
            wanted["kind"] = list(kinds)
        counted = {
            name: self._choices(
                name,
                {*self._about["labels"].get(name, ()), *(now or {}).get(name, {}).values()},
                labelled(both, scored.postings, wanted, but=name),
                scored.postings,
            )
            for name in ("kind", *choices)
        }
        whole, near = (labelled(docs, scored.postings, wanted) for docs in (whole, near))
        first = np.intersect1d(whole, exact)
        parts = (first, np.setdiff1d(whole, first), near)
        limit = max(MAX_KEYS, page * per_page)
        ranked = [number for docs in parts for number in self._ranked(docs, scored.scores, limit, sort)][
            :limit
        ]
        shown = ranked[(page - 1) * per_page : page * per_page]
        return Hits(
            hits=[self._shown(number, scored.query) for number in shown],
            keys=self._columns.named(ranked[:MAX_KEYS]),
            total=len(whole) + len(near),
            whole=len(whole),
            page=page,
            per_page=per_page,
            counts=dict(counted["kind"]),
            shortened=scored.query.is_shortened,
            exact=self._columns.named(first),
            choices={name: counted[name] for name in choices},
            divide=len(whole),
        )

    def rank(self, query: str, limit: int) -> list[str]:
        """The keys of the `limit` documents that answer the query best, those that hold all of it first."""
        scored = self._score(query)
        whole = self._matching(scored)
        ranked = self._ranked(whole, scored.scores, limit)
        if len(ranked) < limit:
            others = np.setdiff1d(_best(scored.scores, limit + len(whole)), whole, assume_unique=True)
            ranked += self._ranked(others, scored.scores, limit - len(ranked))
        return self._columns.named(ranked)

    def holding(self, query: str, kinds: Sequence[str]) -> list[str]:
        """The keys of all documents of some kinds that hold the whole query, however many, best first."""
        scored = self._score(query)
        docs = labelled(self._matching(scored), scored.postings, {"kind": kinds})
        return self._columns.named(self._ranked(docs, scored.scores, len(docs)))

    def suggest(self, prefix: str, limit: int = 8) -> list[str]:
        """What somebody may be about to type: words of titles, then titles."""
        form = exact_form(prefix)
        if not form:
            return []
        words = self._vocabulary.beginning(form, limit // 2)
        field, spelt = ("exact", form) if is_chinese(form) else ("spelt", heard(form))
        matches = [*self._beginning(field, spelt, limit), *self._beginning("exact", form, limit)]
        if is_chinese(form):
            scored = self._score(prefix)
            matches += self._ranked(self._matching(scored), scored.scores, limit)
        titles = (str(self._stored(number)["title"]) for number in matches)
        return list(dict.fromkeys([*words, *titles]))[:limit]

    def correct(self, query: str) -> str:
        """The query with its spelling corrected, in characters; empty when nothing better would be found."""
        typed = Query(query, self._language)
        corrected = [self._vocabulary.correct(run, self._is_known) for run in typed.runs]
        better = " ".join(corrected)
        return better if corrected != typed.runs and len(self._matching(self._score(better))) else ""

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return read_vocabulary(self._folder, self._about)

    def _is_known(self, part: str) -> bool:
        return len(self._postings.look_up([term(part)])[term(part)].docs) > 0

    def _score(self, text: str) -> "_ScoredQuery":
        query = Query(text, self._language)
        weights = {term(token): weight for token, weight in query.weights().items()}
        postings = self._postings.look_up(weights)
        scores = self._postings.scores(weights, postings)
        scores *= self._columns.weights
        return _ScoredQuery(query, postings, scores)

    def _matching(self, scored: "_ScoredQuery") -> Docs:
        """Documents that hold every run of the query or a synonym of it, and every phrase as it stands."""
        return self._with_phrases(match(scored.query, scored.postings), scored.query.phrases)

    def _with_phrases(self, docs: Docs, phrases: Sequence[str]) -> Docs:
        """Those of `docs` in whose text the phrases stand; of very many only the first are read."""
        if not phrases:
            return docs
        matching = []
        for number in docs[:MAX_DOCUMENTS_READ].tolist():
            stored = self._stored(number)
            text = exact_form(f"{stored['title']} {_body(stored)}")
            if all(phrase in text for phrase in phrases):
                matching.append(number)
        return np.array(matching, np.int32)

    def _near(self, scored: "_ScoredQuery", whole: Docs) -> Docs:
        """Documents with enough of the query that showing them helps more than it distracts."""
        parts = scored.query.parts
        if len(whole) and (len(whole) >= FEW or len(parts) < LONG):
            return NO_DOCS
        likely = np.setdiff1d(_best(scored.scores, MAX_DOCUMENTS_READ), whole, assume_unique=True)
        shares = np.zeros(len(likely), np.int16)
        for part in parts:
            shares += scored.postings[term(part)].among(likely)
        enough = min(shares.max(initial=0), max(1, round(len(parts) * ENOUGH)))
        near = likely[(shares >= enough) & (shares > 0)]
        return np.sort(np.array(self._ranked(near, scored.scores, MAX_NEAR_HITS), np.int32))

    def _relabel(self, postings: QueryPostings, name: str, values: Mapping[str, str]) -> None:
        keys: dict[str, list[str]] = {}
        for key, value in values.items():
            keys.setdefault(value, []).append(key)
        docs = {value: np.sort(self._columns.numbers(names)) for value, names in keys.items()}
        relabel(postings, name, self._about["labels"].get(name, ()), docs)

    def _choices(
        self, name: str, values: Iterable[str], docs: Docs, postings: QueryPostings
    ) -> list[tuple[str, int]]:
        counts = ((value, int(postings[label(name, value)].among(docs).sum())) for value in values)
        return sorted((pair for pair in counts if pair[1]), key=lambda pair: (-pair[1], pair[0]))

    def _ranked(self, docs: Docs, scores: Scores, limit: int, sort: str = "best") -> list[int]:
        """The first `limit` of `docs`, best first, or newest; of equals the one that was given first."""
        if sort == "newest":
            keys = [self._columns.places[docs], -scores[docs], -self._columns.days[docs]]
        else:
            docs = docs[_best(scores[docs], limit)] if len(docs) > BLOCK * limit else docs
            keys = [self._columns.places[docs], -scores[docs]]
        ranked: list[int] = docs[np.lexsort(keys)[:limit]].tolist()
        return ranked

    def _exactly(self, query: Query) -> Docs:
        """The documents whose title, number or name the query is."""
        form = exact_form(query.text)
        return np.array(sorted(self._posted("exact", form)) if form else [], np.int32)

    def _beginning(self, field: str, prefix: str, limit: int) -> list[int]:
        """Documents of which a title, number or name (or how it sounds) begins so."""
        matches: list[int] = []
        with self._reading:
            for form in self._reader.expand_prefix(field, prefix):
                # A form may be left over from documents that are gone.
                matches += sorted(self._posted(field, form.decode()), key=self._columns.places.__getitem__)
                if len(matches) >= limit:
                    break
        return matches[:limit]

    def _posted(self, field: str, form: str) -> list[int]:
        with self._reading:
            if (field, form) not in self._reader:
                return []
            return [int(number) for number in self._reader.postings(field, form).all_ids()]

    def _stored(self, number: int) -> dict[str, Any]:
        with self._reading:
            stored: dict[str, Any] = self._reader.stored_fields(number)["document"]
        return stored

    def _shown(self, number: int, query: Query) -> Hit:
        stored = self._stored(number)
        title, body = mark(stored["title"], query.marked), passage(_body(stored), query.marked)
        return Hit(stored["key"], stored["kind"], title, body)


class _ScoredQuery(NamedTuple):
    """A query with the postings of its terms and how well every document answers it."""

    query: Query
    postings: QueryPostings
    scores: Scores


def _body(stored: Mapping[str, Any]) -> str:
    return "\n".join(Section(*section).whole for section in stored["sections"])


def _best(scores: Scores, limit: int) -> Docs:
    """The places of at least the `limit` best scores above 0, in order.

    The best of every block are scores, too: whoever is among the `limit` best is not below the one that comes
    at that place among these few.
    """
    blocks = -(-len(scores) // BLOCK)
    if blocks <= limit:
        return np.flatnonzero(scores > 0).astype(np.int32)
    tops = np.maximum.reduceat(scores, np.arange(0, len(scores), BLOCK))
    threshold = np.partition(tops, blocks - limit)[blocks - limit]
    return np.flatnonzero((scores >= threshold) & (scores > 0)).astype(np.int32)
