"""Which documents hold a query, and which have a label."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from math import ceil

import numpy as np

from openbureau.search.analysis import bigrams, is_chinese
from openbureau.search.postings import Held, Posting
from openbureau.search.query import Query
from openbureau.search.terms import Docs, label, term

NEIGHBOURS = 0.6
"""The share of a run's neighbouring characters that must be neighbours in the document too."""

NOBODY: Docs = np.empty(0, np.int32)


def holding(query: Query, held: Held) -> Docs:
    """Documents that hold every run of the query, or a synonym of what is in it."""
    found: Docs | None = None
    # The rarest first: the others are then looked for in few documents only.
    for run in sorted(query.runs, key=lambda run: len(_rarest(run, held).docs)):
        share = 1.0 if run in query.phrases else NEIGHBOURS
        forms = (_holding_run(form, share, held, found) for form in query.forms(run))
        found = reduce(np.union1d, forms)
        if not len(found):
            break
    return NOBODY if found is None else found


def _holding_run(run: str, share: float, held: Held, within: Docs | None) -> Docs:
    """The documents, of those `within` if given, that hold an unbroken run of a query.

    People write 清城区羽毛球 without a space: each character must be there, and `share` of the neighbours,
    but not those that only meet where two words do.
    """
    docs = _rarest(run, held).docs if within is None else within
    if not is_chinese(run) or len(run) == 1:
        return docs[held[term(run)].among(docs)] if within is not None else docs
    pairs = {term(pair) for pair in bigrams(run)}
    if len(pairs) > 1:
        for character in sorted((held[term(each)] for each in set(run)), key=lambda each: len(each.docs)):
            docs = docs[character.among(docs)]
    together = np.zeros(len(docs), np.int16)
    for pair in pairs if len(docs) else ():
        together += held[pair].among(docs)
    return docs[together >= ceil(len(pairs) * share)]


def _rarest(run: str, held: Held) -> Posting:
    """What every document with a run of a query is among: its rarest character, its one pair, or itself."""
    parts = set(run) if is_chinese(run) and len(run) != 2 else {run}
    return min((held[term(part)] for part in parts), key=lambda posting: len(posting.docs))


def relabel(held: Held, name: str, values: Iterable[str], now: Mapping[str, Docs]) -> None:
    """Make these documents, in order, have just this value of a label, whatever the index has; `values` are
    all that the index has of it."""
    moved = reduce(np.union1d, now.values(), NOBODY)
    for value in {*values, *now}:
        kept = np.setdiff1d(held[label(name, value)].docs, moved, assume_unique=True)
        docs = np.union1d(kept, now.get(value, NOBODY)).astype(np.int32)
        held[label(name, value)] = Posting(docs, np.zeros(len(docs), np.uint16))


def labelled(docs: Docs, held: Held, wanted: Mapping[str, Sequence[str]], *, but: str = "") -> Docs:
    """Those of `docs` that have one of the wanted values of every label, one label being passed over."""
    for name, values in wanted.items():
        if name != but:
            docs = docs[np.logical_or.reduce([held[label(name, value)].among(docs) for value in values])]
    return docs
