"""A stand-in for the encoder of meaning: small, without a model, and of words that mean the same."""

from collections.abc import Sequence

import numpy as np

from openbureau.search.meaning.encoder import Vectors

COMMON = 0.2
"""What all texts share: as with real encoders, no two are at right angles."""


class StandInEncoder:
    """Knows groups of words; the more groups two texts have in common, the nearer they are."""

    def __init__(self, *groups: str, name: str = "stand-in") -> None:
        self.name = name
        self._groups = [group.split() for group in groups]
        self.encoded: list[str] = []
        """Every text it was given, in order."""

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """A vector for each question."""
        return self.encode_lines(texts)

    def encode_lines(self, texts: Sequence[str]) -> Vectors:
        """A vector for each line."""
        self.encoded += texts
        vectors = np.zeros((len(texts), len(self._groups) + 1), np.float32)
        vectors[:, 0] = COMMON
        for place, text in enumerate(texts):
            vectors[place, 1:] = [float(any(word in text for word in group)) for group in self._groups]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
