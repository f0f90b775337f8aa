"""Names that resemble one that is not there, found by their pairs of characters before they are compared."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

MAX_CHARACTERS = 80
"""Of a name that is looked for; who mistypes one types no more."""

MAX_COMPARED = 60
"""Names that are compared character by character: those that share most pairs with the one looked for."""

MIN_LIKENESS = 0.6


class NearNames:
    """The names there are; made once for a publication, then only read."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(set(names))
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self._names):
            for pair in _pairs(name):
                holders[pair].append(number)
        self._holders = dict(holders)

    def find(self, name: str, limit: int) -> list[str]:
        """Up to `limit` names that resemble this one, the likest first."""
        shared: Counter[int] = Counter()
        for pair in _pairs(name[:MAX_CHARACTERS]):
            shared.update(self._holders.get(pair, ()))
        # Of names that share as much, the shorter has less that was not asked for.
        likely = sorted(shared, key=lambda number: (-shared[number], len(self._names[number]), number))
        near = [self._names[number] for number in likely[:MAX_COMPARED]]
        return get_close_matches(name[:MAX_CHARACTERS], near, n=limit, cutoff=MIN_LIKENESS)


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)}
