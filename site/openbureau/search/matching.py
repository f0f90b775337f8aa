"""Which documents hold a query, and which have a label."""

from collections.abc import Mapping, Sequence
from functools import reduce
from math import ceil

import numpy as np

from openbureau.search.analysis import bigrams, is_chinese
from openbureau.search.documents import Language
from openbureau.search.postings import Posting, QueryPostings
from openbureau.search.query import Query
from openbureau.search.terms import Docs, label, term

NEIGHBOURS = 0.6
"""The share of a run's neighbouring characters that must be neighbours in the document too."""

NO_DOCS: Docs = np.empty(0, np.int32)


def match(query: Query, postings: QueryPostings) -> Docs:
    """Documents that hold every run of the query that tells, or a synonym of what is in it, and every
    quantity, however it is spelt."""
    quantities = sorted((postings[term(token)] for token in query.asked), key=_length)
    matches: Docs | None = None
    for posting in quantities:
        matches = posting.docs if matches is None else matches[posting.among(matches)]
    # The rarest first: the others are then looked for in few documents only.
    for run in sorted(query.telling_runs, key=lambda run: len(_rarest(run, postings).docs)):
        share = 1.0 if run in query.phrases else NEIGHBOURS
        forms = (_match_run(form, share, postings, matches, query.counted) for form in query.forms(run))
        matches = reduce(np.union1d, forms)
        if not len(matches):
            break
    return NO_DOCS if matches is None else matches


def excluded(query: Query, postings: QueryPostings) -> Docs:
    """Documents that hold a word that the query excludes."""
    words = (Query(f"“{word}”", Language()) for word in query.excluded)
    return reduce(np.union1d, (match(word, postings) for word in words), NO_DOCS).astype(np.int32)


def _match_run(
    run: str, share: float, postings: QueryPostings, within: Docs | None, counted: Sequence[str]
) -> Docs:
    """The documents, of those `within` if given, that hold an unbroken run of a query.

    People write 清城区羽毛球 without a space: each character must be there, and `share` of the neighbours,
    but not those that only meet where two words do. What belongs to a quantity, spelt `counted`, is there.
    """
    there = {
        at for part in counted if (start := run.find(part)) >= 0 for at in range(start, start + len(part))
    }
    if within is not None and len(there) == len(run):
        return within
    docs = _rarest(run, postings).docs if within is None else within
    if not is_chinese(run) or len(run) == 1:
        return docs[postings[term(run)].among(docs)] if within is not None else docs
    pairs = {term(pair): {at, at + 1} <= there for at, pair in enumerate(bigrams(run))}
    if len(pairs) > 1:
        others = {character for at, character in enumerate(run) if at not in there}
        for posting in sorted((postings[term(character)] for character in others), key=_length):
            docs = docs[posting.among(docs)]
    together = np.full(len(docs), sum(pairs.values()), np.int16)
    for pair, is_there in pairs.items() if len(docs) else ():
        if not is_there:
            together += postings[pair].among(docs)
    return docs[together >= ceil(len(pairs) * share)]


def _rarest(run: str, postings: QueryPostings) -> Posting:
    """What every document with a run of a query is among: its rarest character, its one pair, or itself."""
    parts = set(run) if is_chinese(run) and len(run) != 2 else {run}
    return min((postings[term(part)] for part in parts), key=_length)


def relabelled(values: Mapping[str, Docs], now: Mapping[str, Docs]) -> dict[str, Docs]:
    """The documents by the values of a label, when those of `now` have just that value, whatever else was."""
    moved = reduce(np.union1d, now.values(), NO_DOCS)
    unmoved = {value: np.setdiff1d(docs, moved, assume_unique=True) for value, docs in values.items()}
    return {
        value: np.union1d(unmoved.get(value, NO_DOCS), now.get(value, NO_DOCS)).astype(np.int32)
        for value in {**values, **now}
    }


def labelled(
    docs: Docs, postings: QueryPostings, wanted: Mapping[str, Sequence[str]], *, but: str = ""
) -> Docs:
    """Those of `docs` that have one of the wanted values of every label, one label being passed over."""
    for name, values in wanted.items():
        if name != but:
            docs = docs[np.logical_or.reduce([postings[label(name, value)].among(docs) for value in values])]
    return docs


def _length(posting: Posting) -> int:
    return len(posting.docs)
