"""The arrays that rank documents: for every term the documents that hold it and how much it says of each.

Ranking is BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009) with the weighted
frequencies of all fields added up before they are saturated (BM25F). What a term says of a document is worked
out when the arrays are written and kept in two bytes. Arrays are only mapped into memory: they open in
milliseconds, whatever their size, and all workers share them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log1p
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from openbureau.search import arrays
from openbureau.search.terms import Counts, Docs, Terms

SATURATION = 0.9
LENGTH = 0.75
"""BM25's k1 and b. The usual 1.2 and 0.75 ranked the measured collections worse, if little."""

MAX_IMPACT = 65_535
"""The greatest impact: that of a term repeated for ever."""

STEPS = 2
"""Amounts are kept in halves."""

COMMON = 4
"""A term in more than one document of `COMMON` is kept as a whole row besides: adding rows is faster."""

Scores = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Impacts = NDArray[np.uint16]


@dataclass(frozen=True)
class Postings:
    """The arrays of an index of `size` documents, numbered from 0; numbers no longer `alive` are passed over.

    `terms` are in order; those of number i stand in `docs[starts[i]:starts[i + 1]]`, in order too. `amounts`
    are their weighted frequencies in steps, `impacts` what that says, `MAX_IMPACT` being all. `rows` are the
    impacts of the terms `common` in all documents.
    """

    alive: NDArray[np.bool_]
    terms: Terms
    starts: NDArray[np.int64]
    docs: Docs
    amounts: Bytes
    impacts: Impacts
    common: Terms
    rows: Impacts

    @classmethod
    def of(cls, counts: Counts, alive: NDArray[np.bool_]) -> Self:
        """Arrange what was counted; documents that are not alive must have been left out."""
        amounts = np.clip(np.rint(counts.amounts * STEPS), 1, 255).astype(np.uint8)
        first = np.ones(len(counts.terms), bool)
        first[1:] = counts.terms[1:] != counts.terms[:-1]
        starts = np.append(np.flatnonzero(first), len(counts.terms)).astype(np.int64)
        impacts = _impacts(counts.docs, amounts, alive)
        terms = counts.terms[starts[:-1]]
        often = np.flatnonzero(np.diff(starts) * COMMON > max(1, alive.sum()))
        rows = np.zeros((len(often), len(alive)), np.uint16)
        for row, number in zip(rows, often, strict=True):
            part = slice(starts[number], starts[number + 1])
            row[counts.docs[part]] = impacts[part]
        return cls(alive, terms, starts, counts.docs, amounts, impacts, terms[often], rows)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map saved arrays; raises OSError or ValueError when one is missing or damaged."""
        return cls(**arrays.load(folder, _ARRAYS))

    def save(self, folder: Path) -> None:
        """Write the arrays into `folder`."""
        arrays.save(folder, _ARRAYS, self)

    @property
    def size(self) -> int:
        """How many numbers documents have, whether alive or not."""
        return len(self.alive)

    def changed(self, gone: Collection[int], counts: Counts, more: int) -> "Postings":
        """The same without the documents `gone` and with `more` counted ones, numbered on from the last."""
        alive = np.append(self.alive, np.ones(more, bool))
        alive[list(gone)] = False
        remaining = alive[self.docs]
        terms = np.repeat(self.terms, np.diff(self.starts))[remaining]
        # Later documents of a term belong behind the earlier ones, which is to the right of all its own.
        places = np.searchsorted(terms, counts.terms, side="right")
        merged = Counts(
            np.insert(terms, places, counts.terms),
            np.insert(self.docs[remaining], places, counts.docs + np.int32(self.size)),
            np.insert(self.amounts[remaining].astype(np.float32) / STEPS, places, counts.amounts),
        )
        return Postings.of(merged, alive)

    @cached_property
    def living(self) -> int:
        """How many documents there are."""
        return int(self.alive.sum())

    def look_up(self, terms: Iterable[int]) -> "QueryPostings":
        """The postings of the terms, looked up at once; of any other term when it is first asked for."""
        postings = QueryPostings(self)
        postings.look_up(np.fromiter(terms, np.uint64))
        return postings

    def rarity(self, posting: "Posting") -> float:
        """How much it says that a document holds a term: the fewer others do, the more."""
        number = len(posting.docs)
        return log1p((self.living - number + 0.5) / (number + 0.5))

    def scores(self, weights: Mapping[int, float], postings: "QueryPostings") -> Scores:
        """How well every document answers the terms, each weighed."""
        scores = np.zeros(self.size, np.float32)
        product = np.empty(self.size, np.float32)
        for term, weight in weights.items():
            posting = postings[term]
            number = len(posting.docs)
            if not number:
                continue
            factor = np.float32(weight * self.rarity(posting) / MAX_IMPACT)
            if posting.row is not None:
                np.multiply(posting.row, factor, out=product)
                np.add(scores, product, out=scores)
            else:
                gains = np.multiply(posting.impacts, factor, out=product[:number])
                np.add.at(scores, posting.docs, gains)
        return scores


class Posting(NamedTuple):
    """The documents that hold one term, in order, what it says of each, and its row if it is a common one."""

    docs: Docs
    impacts: Impacts
    row: Impacts | None = None

    @classmethod
    def without_impacts(cls, docs: Docs) -> Self:
        """Of a label, which says nothing about how well a document answers."""
        return cls(docs, np.zeros(len(docs), np.uint16))

    def among(self, docs: Docs) -> NDArray[np.bool_]:
        """Which of `docs` hold the term."""
        if self.row is not None:
            return self.row[docs] > 0
        if not len(self.docs):
            return np.zeros(len(docs), bool)
        places = np.minimum(np.searchsorted(self.docs, docs), len(self.docs) - 1)
        return np.asarray(self.docs[places] == docs)


NOTHING = Posting(np.empty(0, np.int32), np.empty(0, np.uint16))


class QueryPostings(dict[int, Posting]):
    """The postings of the terms of one query."""

    def __init__(self, postings: Postings) -> None:
        super().__init__()
        self._postings = postings

    def __missing__(self, term: int) -> Posting:
        self.look_up(np.array([term], np.uint64))
        return self[term]

    def look_up(self, terms: Terms) -> None:
        """Find the postings of several terms at once, which takes hardly longer than those of one."""
        postings = self._postings
        if not len(postings.terms):
            self.update(dict.fromkeys(terms.tolist(), NOTHING))
            return
        numbers, present = _find(postings.terms, terms)
        starts, ends = postings.starts[numbers].tolist(), postings.starts[numbers + 1].tolist()
        rows, common = _find(postings.common, terms)
        for at, term in enumerate(terms.tolist()):
            part = slice(starts[at], ends[at])
            row = postings.rows[rows[at]] if common[at] else None
            self[term] = Posting(postings.docs[part], postings.impacts[part], row) if present[at] else NOTHING


def _find(sorted_terms: Terms, terms: Terms) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where `terms` are in sorted ones, and which of them are there at all."""
    if not len(sorted_terms):
        return np.zeros(len(terms), np.int64), np.zeros(len(terms), bool)
    places = np.minimum(np.searchsorted(sorted_terms, terms), len(sorted_terms) - 1)
    return places, sorted_terms[places] == terms


_ARRAYS = ("alive", "terms", "starts", "docs", "amounts", "impacts", "common", "rows")


def _impacts(docs: Docs, amounts: Bytes, alive: NDArray[np.bool_]) -> Impacts:
    real = amounts.astype(np.float32) / STEPS
    lengths = np.bincount(docs, real, len(alive))
    usual = lengths[alive].mean() if alive.any() else 1.0
    norms = (SATURATION * (1 - LENGTH + LENGTH * lengths / max(usual, 1e-9))).astype(np.float32)
    return np.clip(np.rint(MAX_IMPACT * real / (real + norms[docs])), 1, MAX_IMPACT).astype(np.uint16)
