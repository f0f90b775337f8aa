"""Highlighting: marks in the original text where a query matched, and the passage worth showing."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from markupsafe import Markup, escape

from openbureau.chinese.quantities import quantities
from openbureau.search.analysis import bigrams, fold, folded, is_chinese, runs
from openbureau.search.kept import Kept

MAX_PASSAGE_CHARACTERS = 110
"""Three lines on a phone."""


def mark(text: str, query: str) -> Markup:
    """The text, escaped, with each match in `<mark>`."""
    return _marked(text, _spans(text, query)) if text else Markup()


def passage(text: str, query: str) -> Markup:
    """The part of `text`, one line, that shows the most different parts of the query, marked."""
    spans = _spans(text, query)
    best, best_score = 0, 0
    for start, _ in spans:
        begin = max(0, min(start - MAX_PASSAGE_CHARACTERS // 4, len(text) - MAX_PASSAGE_CHARACTERS))
        those = spans[bisect_left(spans, (begin,)) : bisect_left(spans, (begin + MAX_PASSAGE_CHARACTERS,))]
        inside = [(a, min(b, begin + MAX_PASSAGE_CHARACTERS)) for a, b in those]
        score = len({text[a:b] for a, b in inside}) * 1000 + sum(b - a for a, b in inside)
        if score > best_score:
            best, best_score = begin, score
    end = min(len(text), best + MAX_PASSAGE_CHARACTERS)
    inside = [(max(a, best) - best, min(b, end) - best) for a, b in spans if a < end and b > best]
    body = _marked(text[best:end], inside)
    return (_MORE if best else _NOTHING) + body + (_MORE if end < len(text) else _NOTHING)


def _spans(text: str, query: str) -> list[tuple[int, int]]:
    """Where the query's words, or at least two neighbouring characters of them, stand in the original, and
    its quantities, however they are spelt."""
    plain, origins = _folded(text)
    spans: list[tuple[int, int]] = []
    for first, last in _parts(query).places(plain):
        start, end = origins[first], origins[last - 1] + 1
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


class _QueryParts:
    """What is looked for of a query: neighbouring characters, and runs that have none or are not Chinese.

    A pattern of all of them would take longer to compile than all texts of a page to look through.
    """

    def __init__(self, query: str) -> None:
        words = set(runs(query))
        self.wholes = {word for word in words if len(word) == 1 or not is_chinese(word)}
        self.pairs = {pair for word in words - self.wholes for pair in bigrams(word)}
        plain = folded(query)
        self.asked = {token for quantity in quantities(plain) for token in quantity.asks}
        # By the last 16 bits of a character: few others share them, and each place is looked at again.
        self._first, self._second = np.zeros(1 << 16, bool), np.zeros(1 << 16, bool)
        for pair in self.pairs:
            self._first[ord(pair[0]) & _LAST_BITS] = self._second[ord(pair[1]) & _LAST_BITS] = True

    def places(self, plain: str) -> list[tuple[int, int]]:
        """Where a part begins and ends, in order."""
        codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), np.uint32) & _LAST_BITS
        likely = np.flatnonzero(self._first[codes[:-1]] & self._second[codes[1:]]).tolist()
        places = [(at, at + 2) for at in likely if plain[at : at + 2] in self.pairs]
        for whole in self.wholes:
            at = plain.find(whole)
            while at >= 0:
                places.append((at, at + len(whole)))
                at = plain.find(whole, at + len(whole))
        if self.asked:
            found = quantities(plain)
            places += [(start, end) for start, end, tells, _ in found if not self.asked.isdisjoint(tells)]
        return sorted(places) if self.wholes or self.asked else places


_LAST_BITS = np.uint32(0xFFFF)


@lru_cache(maxsize=8)
def _parts(query: str) -> _QueryParts:
    """The parts of a query, worked out once for all titles and texts of a page."""
    return _QueryParts(query)


class FoldedTexts(Kept[str, tuple[str, Sequence[int]]]):
    """Texts in their plain form, as far as they are kept.

    Folding a text takes longer than looking through it, and what people look for leads to the same documents.
    """

    def fold(self, text: str) -> tuple[str, Sequence[int]]:
        """As `analysis.fold`."""
        return self.get(text, lambda text: (fold(text), len(text)))


MAX_FOLDED_CHARACTERS = 500_000
"""Of all texts that stay folded in one process: two or three megabytes."""

_folded = FoldedTexts(MAX_FOLDED_CHARACTERS).fold


def _marked(text: str, spans: list[tuple[int, int]]) -> Markup:
    pieces, position = [], 0
    for start, end in spans:
        pieces += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
        position = end
    return Markup("".join([*pieces, escape(text[position:])]))  # noqa: S704  # of escaped pieces


_NOTHING, _MORE = Markup(), Markup("…")
