"""The searcher: ranks the documents of an opened index, suggests, and corrects spelling."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import NamedTuple

import numpy as np
from whoosh import index as whoosh_index
from whoosh.reading import IndexReader

from openbureau.chinese.document_numbers import read_document_number
from openbureau.chinese.pinyin import heard
from openbureau.search.analysis import folded, is_chinese
from openbureau.search.documents import Hit, Hits
from openbureau.search.index import language_of, load_arrays, read_about, read_vocabulary
from openbureau.search.kept import Kept
from openbureau.search.labels import Labels
from openbureau.search.matching import NO_DOCS, excluded, labelled, match
from openbureau.search.meaning.learning import DocumentLines
from openbureau.search.meaning.lines import AnchoredLine, lines_of
from openbureau.search.meaning.nearness import ELSEWHERE, Meaning, Nearness, is_question
from openbureau.search.meaning.reranking import RERANKED, Reranker
from openbureau.search.postings import QueryPostings, Scores
from openbureau.search.query import Query, exact_form, number_form
from openbureau.search.ranking import BLOCK, OTHERS, best, crowd, most_held, most_told, raised, spread
from openbureau.search.sections import hit_of, part_weights
from openbureau.search.stored import StoredDocument, body_of, length_of
from openbureau.search.terms import Docs, term
from openbureau.search.vocabulary import Vocabulary

NEAR = 0.65
"""The share of the best score that a document must have to be shown as near."""

FEW = 5
LONG = 4
MAX_NEAR_HITS = 20
"""A query of `LONG` parts is a question: it gets near hits besides those that hold all of it, and when there
are fewer than `FEW` in all, the best of the others up to that number."""

COVERED = 0.5
"""The share of what tells that the best document must hold for those near it in score to be about it."""

CLEARLY = 1.5
"""How many times as much of what tells a question for other offices must hold as any document does."""

MAX_DOCUMENTS_READ = 200
"""Documents whose text is read to see whether a phrase stands in it."""

MAX_KEYS = 1_000
"""Keys that come with one answer."""

MAX_READ_CHARACTERS = 500_000
"""Of all documents of an index that stay read and folded: about four megabytes."""


def open_index(folder: Path, vectors: Path | None = None) -> "Index":
    """Open a built index for reading; raises BrokenIndex when its files do not belong together.

    With a file of `vectors` (meaning/learning.py) it goes by meaning, too, if that can be used.
    """
    return Index(folder, vectors)


class Index:
    """An index that answers queries; safe to share between threads, and a later update does not touch it."""

    def __init__(self, folder: Path, vectors: Path | None = None) -> None:
        about = read_about(folder)
        self._folder = folder
        self._about = about
        self._postings, self._columns, self._texts = load_arrays(folder, about)
        self._labels = Labels(about["labels"], self._postings, self._columns)
        self._language = language_of(about)
        self._reader: IndexReader = whoosh_index.open_dir(str(folder), readonly=True).reader()
        # Readers of Whoosh share one place in its files: two threads at once would read each other's bytes.
        self._reading = RLock()
        self._read: Kept[int, StoredDocument] = Kept(MAX_READ_CHARACTERS)
        size = len(self._columns.keys)
        self.meaning = Meaning.load(vectors, self.digest, size) if vectors else None

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
        """Documents that answer the query best, or what was meant if it was mistyped and nothing holds it.

        `filters` are labels that they must have; `choices` the labels whose values are counted. `sort` is
        `best` or `newest`. The documents whose keys are in `without` are not found and not counted. `now`
        tells of labels that changed since the index was made: for each, the one value that keys have now;
        what was worked out of such a mapping is kept for the next query that comes with the same object.
        """
        asked = Query(query, self._language)
        hidden = np.union1d(self._columns.numbers(without), excluded(asked, self._postings.look_up([])))
        scored, exact, whole = self._held(query, hidden)
        meant = "" if len(whole) else self.correct(query)
        if meant:
            scored, exact, whole = self._held(meant, hidden)
        now = now or {}
        for name, values in now.items():
            scored.postings.update(self._labels.column(name, values).postings)
        near = self._near(scored, whole, hidden)
        nearness = self._nearness(scored.query, exact, whole)
        if nearness:
            is_off_topic = nearness.is_elsewhere(is_held=len(whole) > 0)
        else:
            is_off_topic = not len(whole) and self._is_elsewhere(scored, near)
        if is_off_topic:
            whole = near = NO_DOCS
        elif nearness:
            scored = scored._replace(scores=nearness.joined(scored.scores))
            near = nearness.hits(near, scored.scores, np.union1d(whole, hidden))
        both = np.union1d(whole, near)
        scores = raised(scored.scores, whole)
        bar = self._bar(scored, scores, whole, near)
        wanted = {name: [value] for name, value in (filters or {}).items()}
        if kinds:
            wanted["kind"] = list(kinds)
        counted = {
            name: self._labels.column(name, now.get(name)).counts(
                labelled(both, scored.postings, wanted, but=name), self._postings.size
            )
            for name in ("kind", *choices)
        }
        shown = labelled(both, scored.postings, wanted)
        first = np.intersect1d(shown, exact)
        others = np.setdiff1d(shown, first, assume_unique=True)
        about = others[scores[others] >= bar]
        parts = (first, about, np.setdiff1d(others, about, assume_unique=True))
        limit = max(MAX_KEYS, page * per_page)
        ranked = [number for docs in parts for number in self._ranked(docs, scores, limit, sort)][:limit]
        divide = len(first) + len(about)
        if sort == "best":
            # Nothing crosses the line; where there is none, what lies behind it is all there is.
            end = divide or limit
            alike = crowd(ranked[:end], scored.postings, self._kinds)
            ranked = [*spread(ranked[:end], alike), *ranked[end:]]
        weights = part_weights(scored.query, scored.postings, self._postings.living)
        return Hits(
            hits=[
                self._shown(number, scored, weights, exact, nearness)
                for number in ranked[(page - 1) * per_page : page * per_page]
            ],
            keys=self._columns.named(ranked[:MAX_KEYS]),
            total=len(shown),
            whole=len(np.intersect1d(shown, whole)),
            page=page,
            per_page=per_page,
            counts=dict(counted["kind"]),
            shortened=scored.query.is_shortened,
            exact=self._columns.named(first),
            choices={name: counted[name] for name in choices},
            divide=divide,
            is_off_topic=is_off_topic,
            meant=meant,
            excluded=asked.excluded,
        )

    def rank(self, query: str, limit: int, reranker: Reranker | None = None) -> list[str]:
        """The keys of the `limit` documents that answer the query best; `reranker` orders the first anew."""
        scored = self._score(query)
        hidden = excluded(scored.query, self._postings.look_up([]))
        whole = np.setdiff1d(self._matching(scored), hidden, assume_unique=True)
        scores = raised(scored.scores, whole)
        likely = np.setdiff1d(np.union1d(best(scores, limit), whole), hidden, assume_unique=True)
        ranked = self._ranked(likely, scores, limit)
        if reranker:
            first = ranked[:RERANKED]
            order = reranker.order(query, [self._lines(number) for number in first], scores[first].tolist())
            ranked[:RERANKED] = [first[place] for place in order]
        return self._columns.named(ranked)

    def holding(self, query: str, kinds: Sequence[str]) -> list[str]:
        """The keys of all documents of some kinds that hold the whole query, however many, best first."""
        hidden = excluded(Query(query, self._language), self._postings.look_up([]))
        scored, _, whole = self._held(query, hidden)
        docs = labelled(whole, scored.postings, {"kind": kinds})
        return self._columns.named(self._ranked(docs, scored.scores, len(docs)))

    @property
    def digest(self) -> str:
        """What tells by which numbers this index knows its documents."""
        return sha256(self._columns.keys.tobytes()).hexdigest()

    def lines(self, without: Collection[str] = ()) -> Iterator[DocumentLines]:
        """What is to have vectors: of documents, but for those of the kinds `without`, and of what is asked
        elsewhere."""
        yield DocumentLines(ELSEWHERE, [AnchoredLine("", question) for question in self._language.elsewhere])
        for number in np.flatnonzero(self._postings.alive).tolist():
            if self._texts[number]["kind"] not in without:
                yield DocumentLines(number, self._lines(number))

    def _lines(self, number: int) -> list[AnchoredLine]:
        stored = self._texts[number]
        return lines_of(stored["title"], stored["answers"], stored["sections"])

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
        titles = (str(self._texts[number]["title"]) for number in matches)
        return list(dict.fromkeys([*words, *titles]))[:limit]

    def correct(self, query: str) -> str:
        """The query with its spelling corrected, in characters; empty when nothing better would be found."""
        typed = Query(query, self._language)
        corrected = [self._corrected(run, typed) for run in typed.runs]
        if corrected == typed.runs:
            return ""
        better = folded(typed.text)
        for run, right in zip(typed.runs, corrected, strict=True):
            better = better.replace(run, right, 1)
        better = " ".join([better, *(f"-{word}" for word in typed.excluded)])
        scored = self._score(better)
        return better if len(self._matching(scored)) or len(self._near(scored, NO_DOCS, NO_DOCS)) else ""

    def _corrected(self, run: str, typed: Query) -> str:
        """A run of a query with what tells in it corrected."""
        cut = typed.segmenter.cut
        for piece in typed.segmenter.telling(run) if is_chinese(run) else [run]:
            if piece not in typed.counted:
                run = run.replace(piece, self._vocabulary.correct(piece, self._is_known, cut), 1)
        return run

    @cached_property
    def _kinds(self) -> Sequence[str]:
        kinds: Sequence[str] = self._about["labels"].get("kind", ())
        return kinds

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

    def _held(self, text: str, hidden: Docs) -> tuple["_ScoredQuery", Docs, Docs]:
        """A query, the documents whose name it is, and all that hold the whole of it."""
        scored = self._score(text)
        exact = self._exactly(scored.query)
        whole = np.union1d(self._matching(scored), exact)
        return scored, exact, np.setdiff1d(whole, hidden, assume_unique=True)

    def _matching(self, scored: "_ScoredQuery") -> Docs:
        """Documents that hold every run of the query or a synonym of it, and every phrase as it stands."""
        return self._with_phrases(match(scored.query, scored.postings), scored.query.phrases)

    def _with_phrases(self, docs: Docs, phrases: Sequence[str]) -> Docs:
        """Those of `docs` in whose text the phrases stand; of very many only the first are read."""
        if not phrases:
            return docs
        matching = []
        for number in docs[:MAX_DOCUMENTS_READ].tolist():
            stored = self._texts[number]
            text = number_form(f"{stored['title']} {body_of(stored)}")
            if all(phrase in text for phrase in phrases):
                matching.append(number)
        return np.array(matching, np.int32)

    def _near(self, scored: "_ScoredQuery", whole: Docs, hidden: Docs) -> Docs:
        """Documents that share what tells, with so much of the best score that showing them helps."""
        if len(whole) and len(scored.query.parts) < LONG:
            return NO_DOCS
        left_out = np.union1d(whole, hidden)
        likely = np.setdiff1d(best(scored.scores, MAX_DOCUMENTS_READ), left_out, assume_unique=True)
        shared = np.zeros(len(likely), bool)
        for part in scored.query.telling:
            shared |= scored.postings[term(part)].among(likely)
        near = self._with_phrases(likely[shared], scored.query.phrases)
        top = scored.scores[np.union1d(whole, near)].max(initial=0)
        number = max(int((scored.scores[near] >= NEAR * top).sum()), FEW - len(whole), 0)
        ranked = self._ranked(near, scored.scores, MAX_NEAR_HITS)[:number]
        others = np.setdiff1d(near, crowd(ranked, scored.postings, self._kinds))
        if len(others) < len(near):
            ranked += self._ranked(others, scored.scores, OTHERS)
        return np.unique(np.array(ranked, np.int32))

    def _bar(self, scored: "_ScoredQuery", scores: Scores, whole: Docs, near: Docs) -> float:
        """The least score of a document that is about the query, and not only about a part of it."""
        if len(whole):
            return float(scores[whole].min())
        ranked = self._ranked(near, scores, MAX_NEAR_HITS)
        first = np.array(ranked[:1], np.int32)
        bar = float(NEAR * scores[first].max(initial=0))
        rarities = self._rarities(scored)
        is_covered = most_held(rarities, scored.postings, first) >= COVERED * sum(rarities.values())
        # Where a crowd alone is so near, the others are not divided from it.
        alike = crowd(ranked, scored.postings, self._kinds)
        is_crowd = len(alike) and not (scores[np.setdiff1d(near, alike)] >= bar).any()
        return bar if is_covered and not is_crowd else np.inf

    def _is_elsewhere(self, scored: "_ScoredQuery", near: Docs) -> bool:
        """Whether a question that citizens ask other offices holds more of what tells than documents do."""
        rarities, questions = self._rarities(scored), map(exact_form, self._language.elsewhere)
        return most_told(rarities, questions) > CLEARLY * most_held(rarities, scored.postings, near)

    def _rarities(self, scored: "_ScoredQuery") -> dict[str, float]:
        told = (part for part in scored.query.telling if not scored.query.is_place(part))
        return {part: self._postings.rarity(scored.postings[term(part)]) for part in told}

    def _ranked(self, docs: Docs, scores: Scores, limit: int, sort: str = "best") -> list[int]:
        """The first `limit` of `docs`, best first, or newest; of equals the one that was given first."""
        if sort == "newest":
            keys = [self._columns.places[docs], -scores[docs], -self._columns.days[docs]]
        else:
            docs = docs[best(scores[docs], limit)] if len(docs) > BLOCK * limit else docs
            keys = [self._columns.places[docs], -scores[docs]]
        ranked: list[int] = docs[np.lexsort(keys)[:limit]].tolist()
        return ranked

    def _nearness(self, query: Query, exact: Docs, whole: Docs) -> Nearness | None:
        """How near documents are by meaning; None where words suffice: a name, a code, a word, a title."""
        if self.meaning is None or len(exact) or not is_question(query):
            return None
        # What has no lines has a name, and a name that somebody typed is meant.
        return self.meaning.of(query.asked_about) if self.meaning.has_lines[whole].all() else None

    def _exactly(self, query: Query) -> Docs:
        """The documents whose title, number or name the query is; a number in whatever spelling, and a part
        of one while only one document has it."""
        number = read_document_number(query.text)
        forms = {exact_form(query.text), number_form(query.text)} - {""}
        named = [document for form in forms for document in self._posted("exact", form)]
        numbered = self._posted("exact", number.form) if number else []
        if number and not number.is_whole and len(numbered) > 1:
            numbered = []
        return np.array(sorted({*named, *numbered}), np.int32)

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

    def _read_document(self, number: int) -> tuple[StoredDocument, int]:
        stored = self._texts[number]
        return StoredDocument.of(stored), length_of(stored)

    def _shown(
        self,
        number: int,
        scored: "_ScoredQuery",
        parts: Mapping[str, float],
        exact: Docs,
        nearness: Nearness | None,
    ) -> Hit:
        stored = self._read.get(number, self._read_document)
        cosines = nearness.cosines_of_sections(number) if nearness else {}
        return hit_of(stored, scored.query, parts, cosines, is_exact=bool(np.isin(number, exact)))


class _ScoredQuery(NamedTuple):
    """A query with the postings of its terms and how well every document answers it."""

    query: Query
    postings: QueryPostings
    scores: Scores
