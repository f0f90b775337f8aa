"""Highlighting: marks in the original text where a query matched, and the passage worth showing."""

import re
from bisect import bisect_left
from functools import lru_cache

from markupsafe import Markup, escape

from openbureau.search.analysis import fold, is_chinese, runs

MAX_PASSAGE_CHARACTERS = 110
"""Three lines on a phone."""


def mark(text: str, query: str) -> Markup:
    """The text, escaped, with each match in `<mark>`."""
    return _marked(text, _spans(text, query))


def passage(text: str, query: str) -> Markup:
    """The part of `text` that shows the most different parts of the query, marked."""
    text = " ".join(text.split())
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
    return Markup("{}{}{}").format("…" if best else "", body, "…" if end < len(text) else "")


def _spans(text: str, query: str) -> list[tuple[int, int]]:
    """Where the query's words, or at least two neighbouring characters of them, stand in the original."""
    pattern = _pattern(query)
    if pattern is None:
        return []
    folded, origins = fold(text)
    spans: list[tuple[int, int]] = []
    for match in pattern.finditer(folded):
        start, end = origins[match.start()], origins[match.end() - 1] + 1
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


@lru_cache(maxsize=64)
def _pattern(query: str) -> re.Pattern[str] | None:
    """What finds the parts of a query, the longest first; None if it has none."""
    parts = sorted(
        {part for word in runs(query) for part in _parts(word)}, key=lambda part: (-len(part), part)
    )
    return re.compile("|".join(map(re.escape, parts))) if parts else None


def _parts(word: str) -> list[str]:
    """A Chinese word and its pieces down to two characters; anything else only whole."""
    if not is_chinese(word) or len(word) < 3:
        return [word]
    return [word[a:b] for a in range(len(word)) for b in range(a + 2, len(word) + 1)]


def _marked(text: str, spans: list[tuple[int, int]]) -> Markup:
    out, position = Markup(), 0
    for start, end in spans:
        out += escape(text[position:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        position = end
    return out + escape(text[position:])
