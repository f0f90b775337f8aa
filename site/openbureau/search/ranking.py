"""Ranking: the best of many scores, what it counts to hold a whole query, and crowds of one kind."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from openbureau.search.matching import NO_DOCS
from openbureau.search.postings import QueryPostings, Scores
from openbureau.search.terms import Docs, label, term

CROWD = 3
OTHERS = 3
"""Of near hits at most `CROWD` of one kind come before the `OTHERS` best of other kinds: twenty institutions
named after a sport do not bury what to heed when one chooses a place for it."""

WHOLE = 0.15
MAX_RAISED = 3
"""What it counts to hold the whole query, as a share of the best score, unless more than `MAX_RAISED` do."""

BLOCK = 64


def raised(scores: Scores, whole: Docs) -> Scores:
    """The scores, those of documents that hold the whole query a little higher if they are few."""
    if 0 < len(whole) <= MAX_RAISED:
        scores = scores.copy()
        scores[whole] += WHOLE * scores.max()
    return scores


def best(scores: Scores, limit: int) -> Docs:
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


def crowd(ranked: Sequence[int], postings: QueryPostings, kinds: Iterable[str]) -> Docs:
    """All documents of the kind that the first `CROWD` have in common; none if they have no one kind."""
    first = np.array(ranked[:CROWD], np.int32)
    for kind in kinds if len(first) == CROWD else ():
        posting = postings[label("kind", kind)]
        if posting.among(first).all():
            return posting.docs
    return NO_DOCS


def spread(ranked: list[int], alike: Docs) -> list[int]:
    """The same with the best of other kinds behind the first of a crowd."""
    others = np.setdiff1d(ranked, alike).tolist() if len(alike) else []
    best_others = [number for number in ranked if number in others][:OTHERS]
    first = [*ranked[:CROWD], *best_others]
    return [*first, *(number for number in ranked[CROWD:] if number not in best_others)]


def most_held(rarities: Mapping[str, float], postings: QueryPostings, docs: Docs) -> float:
    """How much of the parts of a query the document holds that holds most, each as rare as it is."""
    held = np.zeros(len(docs))
    for part, rarity in rarities.items():
        held += rarity * postings[term(part)].among(docs)
    return float(held.max(initial=0))


def most_told(rarities: Mapping[str, float], texts: Iterable[str]) -> float:
    """The same of folded texts."""
    return max((sum(rarities[part] for part in rarities if part in text) for text in texts), default=0.0)
