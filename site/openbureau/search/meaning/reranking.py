"""Reranking: the meaning of the few documents that words found, for collections that have no vectors."""

from collections.abc import Sequence

import numpy as np

from openbureau.search.meaning.encoder import Encoder, Vectors
from openbureau.search.meaning.lines import AnchoredLine
from openbureau.search.meaning.nearness import WEIGHT

RERANKED = 20
"""How many of the best are looked at."""


class Reranker:
    """Orders the best documents anew by words and meaning; remembers the vectors of their lines."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    def order(
        self, question: str, documents: Sequence[Sequence[AnchoredLine]], scores: Sequence[float]
    ) -> list[int]:
        """The places of documents, given by their lines and their scores by words, best first."""
        if not documents:
            return []
        vector = self._encoder.encode_questions([question])[0]
        best = np.array([float((self._vectors(lines) @ vector).max()) for lines in documents])
        by_words = np.array(scores) / max(*scores, 1e-6)
        joined = by_words + WEIGHT * (best - best.mean()) / (float(best.std()) or 1.0)
        return [int(place) for place in np.argsort(-joined, kind="stable")]

    def _vectors(self, lines: Sequence[AnchoredLine]) -> Vectors:
        missing = list(dict.fromkeys(line.text for line in lines if line.text not in self._known))
        self._known.update(zip(missing, self._encoder.encode_lines(missing), strict=True))
        return np.array([self._known[line.text] for line in lines])
