"""The labels of documents: who has which value, also as the day has changed it, and how many of some have."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from openbureau.search.columns import Columns
from openbureau.search.matching import relabelled
from openbureau.search.postings import Posting, Postings, QueryPostings
from openbureau.search.terms import Docs, label

Values = Mapping[str, str]
"""The one value of a label that some keys have."""


class LabelColumn(NamedTuple):
    """Postings of the values of a label; and as one column, `docs` with the number of the value of each."""

    postings: Mapping[int, Posting]
    values: Sequence[str]
    docs: Docs
    numbers: NDArray[np.int32]

    @classmethod
    def of(cls, name: str, docs: Mapping[str, Docs]) -> Self:
        """The column of a label by its values."""
        return cls(
            {label(name, value): Posting.without_impacts(those) for value, those in docs.items()},
            list(docs),
            np.concatenate([np.empty(0, np.int32), *docs.values()]),
            np.repeat(np.arange(len(docs), dtype=np.int32), [len(those) for those in docs.values()]),
        )

    def counts(self, docs: Docs, size: int) -> list[tuple[str, int]]:
        """How many of `docs`, of `size` in all, have each value; the most frequent first."""
        chosen = np.zeros(size, bool)
        chosen[docs] = True
        numbers = np.bincount(self.numbers[chosen[self.docs]], minlength=len(self.values)).tolist()
        counted = [pair for pair in zip(self.values, numbers, strict=True) if pair[1]]
        return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


class Labels:
    """The labels of an index and their `values`; each column is made when it is first asked for."""

    def __init__(self, values: Mapping[str, Sequence[str]], postings: Postings, columns: Columns) -> None:
        self._values = values
        self._postings = postings
        self._columns = columns
        self._made: dict[str, tuple[Values | None, LabelColumn]] = {}

    def column(self, name: str, now: Values | None) -> LabelColumn:
        """A label as it is `now`, which one object tells always alike: it is compared by identity."""
        made = self._made.get(name)
        if made is None or made[0] is not now:
            # Two threads may both make it, of the same.
            made = self._made[name] = now, self._make(name, now)
        return made[1]

    def _make(self, name: str, now: Values | None) -> LabelColumn:
        postings = QueryPostings(self._postings)
        docs = {value: postings[label(name, value)].docs for value in self._values.get(name, ())}
        if now:
            keys: dict[str, list[str]] = {}
            for key, value in now.items():
                keys.setdefault(value, []).append(key)
            docs = relabelled(
                docs, {value: np.sort(self._columns.numbers(those)) for value, those in keys.items()}
            )
        return LabelColumn.of(name, docs)
