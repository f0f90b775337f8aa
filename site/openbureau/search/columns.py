"""What the arrays of an index know of each document besides its words: name, day, weight."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from openbureau.search import arrays
from openbureau.search.documents import Document
from openbureau.search.terms import Docs


@dataclass(frozen=True)
class Columns:
    """Name, day (20241231, 0 if unknown), weight and place by number.

    The place is that at which a document was given, which a changed one keeps: of equals the one given first
    comes first. `by_key` are the numbers in order of names.
    """

    keys: NDArray[np.bytes_]
    days: NDArray[np.int32]
    weights: NDArray[np.float32]
    places: NDArray[np.int32]
    by_key: Docs

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Self:
        """The columns of documents numbered from 0."""
        keys = np.array([document.key.encode() for document in documents], np.bytes_)
        days = np.array([_number(document.day) for document in documents], np.int32)
        weights = np.array([document.weight for document in documents], np.float32)
        places = np.arange(len(documents), dtype=np.int32)
        return cls(keys, days, weights, places, _by_key(keys))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map saved columns; raises OSError or ValueError when one is missing or damaged."""
        return cls(**arrays.load(folder, _ARRAYS))

    def save(self, folder: Path) -> None:
        """Write the columns into `folder`."""
        arrays.save(folder, _ARRAYS, self)

    def followed_by(self, others: Self, replacing: Mapping[str, int]) -> "Columns":
        """These and then `others`, numbered on; `replacing` are the numbers of those that some stand for."""
        keys = np.concatenate([self.keys, others.keys])
        places = others.places + self.places.max(initial=-1) + 1
        for number, key in enumerate(others.keys):
            if (before := replacing.get(key.decode())) is not None:
                places[number] = self.places[before]
        return Columns(
            keys,
            np.concatenate([self.days, others.days]),
            np.concatenate([self.weights, others.weights]),
            np.concatenate([self.places, places]),
            _by_key(keys),
        )

    def numbers(self, keys: Iterable[str]) -> Docs:
        """The newest number of each key that is known."""
        wanted = np.array([key.encode() for key in keys], np.bytes_)
        if not len(wanted) or not len(self.keys):
            return np.empty(0, np.int32)
        places = np.searchsorted(self.keys, wanted, side="right", sorter=self.by_key) - 1
        numbers = self.by_key[places]
        return np.asarray(numbers[self.keys[numbers] == wanted])

    def named(self, numbers: Iterable[int]) -> list[str]:
        """The keys of documents."""
        return [self.keys[number].decode() for number in numbers]


_ARRAYS = ("keys", "days", "weights", "places", "by_key")


def _number(day: str) -> int:
    digits = day.replace("-", "")
    return int(digits.ljust(8, "0")) if digits.isdigit() else 0


def _by_key(keys: NDArray[np.bytes_]) -> Docs:
    return np.argsort(keys, kind="stable").astype(np.int32)
