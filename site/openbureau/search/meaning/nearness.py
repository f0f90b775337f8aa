"""Meaning beside words: how near every document is to a question, and how that joins what words say."""

import logging
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from openbureau.search.analysis import is_chinese, segmenter_with
from openbureau.search.meaning.encoder import Encoder, Vectors, load_encoder
from openbureau.search.meaning.vectors import BadVectors, LineVectors
from openbureau.search.postings import Scores
from openbureau.search.query import Query
from openbureau.search.terms import Docs

ELSEWHERE = -1
"""The number under which lines lie that no document is about: what people ask other offices."""

WEIGHT = 0.25
"""What a standard deviation of the best line weighs beside the best score by words: .2 to .3 do equally well
on labelled questions."""

CLEARLY = 0.01
"""By how much a question must be nearer to what is asked elsewhere, if documents hold all its telling words;
of labelled questions on our topics none was nearer at all."""

CANDIDATES = 20
ENOUGH = 0.65
FEW = 5
"""Documents that are hits by meaning: at most so many, with so much of the best score, but for these few."""

MAX_QUESTIONS = 512
"""Questions whose vectors are remembered, 1.5 kB each: people turn pages and choose filters."""

MIN_CHARACTERS = 4
"""Chinese characters of a question: fewer are a word."""

log = logging.getLogger(__name__)


def is_question(query: Query) -> bool:
    """Whether more is asked than a word or a code: what is named by its name needs no meaning."""
    if query.phrases:
        return False
    written = [run for run in query.runs if is_chinese(run)]
    words = segmenter_with(tuple(query.language.words))
    return sum(map(len, written)) >= MIN_CHARACTERS and sum(len(words.cut(run)) for run in written) > 1


class Nearness:
    """How near the documents are to one question: of each its best line, as cosine; -1 where it has none."""

    def __init__(self, vectors: LineVectors, has_lines: NDArray[np.bool_], question: Vectors) -> None:
        self._vectors = vectors
        self._has_lines = has_lines
        self._cosines = vectors.cosines(question)
        of_line = vectors.rows["document"]
        self.best = np.full(len(has_lines), -1, np.float32)
        self.elsewhere = -1.0
        if len(of_line):
            starts = np.flatnonzero(np.diff(of_line, prepend=of_line[0] - 1))
            tops = np.maximum.reduceat(self._cosines, starts)
            is_ours = of_line[starts] >= 0
            self.best[of_line[starts][is_ours]] = tops[is_ours]
            self.elsewhere = float(tops[~is_ours].max(initial=-1))

    def is_elsewhere(self, *, is_held: bool) -> bool:
        """Whether it is rather what people ask other offices; `is_held`: documents hold all of its words."""
        return self.elsewhere > float(self.best.max(initial=-1)) + (CLEARLY if is_held else 0)

    @cached_property
    def deviations(self) -> Vectors:
        """By how many standard deviations the best line of each document is nearer than that of others; 0 for
        those without lines."""
        known = self.best[self._has_lines]
        deviations = np.zeros(len(self.best), np.float32)
        if len(known) and (spread := float(known.std())) > 0:
            deviations[self._has_lines] = (known - known.mean()) / spread
        return deviations

    def joined(self, scores: Scores) -> Scores:
        """Scores by words, as parts of the best of them, and what meaning adds; it takes nothing away."""
        joined: Scores = scores / np.float32(max(float(scores.max(initial=0)), 1e-6))
        joined += np.float32(WEIGHT) * np.maximum(self.deviations, 0)
        return joined

    def hits(self, near: Docs, scores: Scores, left_out: Docs) -> Docs:
        """What is near by words, and the nearest by meaning, by joined scores, that are not `left_out`."""
        likely = np.setdiff1d(np.flatnonzero(self._has_lines), left_out).astype(np.int32)
        likely = likely[np.argsort(-scores[likely], kind="stable")[:CANDIDATES]]
        enough = ENOUGH * float(scores.max(initial=0))
        kept = (scores[likely] >= enough) | (np.arange(len(likely)) < FEW)
        return np.union1d(near, likely[kept])

    def cosines_of_sections(self, document: int) -> dict[str, float]:
        """The best line of each section of a document that has lines, by the anchor of the section."""
        of_line = self._vectors.rows["document"]
        first, last = np.searchsorted(of_line, [document, document + 1])
        best: dict[str, float] = {}
        for line in range(int(first), int(last)):
            anchor = self._vectors.anchors[int(self._vectors.rows["anchor"][line])]
            best[anchor] = max(best.get(anchor, -1.0), float(self._cosines[line]))
        return best


class Meaning:
    """The vectors of an index and the encoder that made them; safe to share between threads.

    `has_lines` says of which documents there are any.
    """

    def __init__(self, vectors: LineVectors, encoder: Encoder, documents: int) -> None:
        self._vectors = vectors
        self._encoder = encoder
        self.has_lines = np.zeros(documents, bool)
        of_line = vectors.rows["document"]
        self.has_lines[of_line[of_line >= 0]] = True
        # What was asked is private: it is in memory only, and in no order that leaves the process.
        self._questions: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def load(cls, path: Path, index: str, documents: int) -> Self | None:
        """Open the vectors of the index with this digest; None where they or their encoder are missing."""
        if not path.exists():
            return None
        encoder = load_encoder()
        try:
            vectors = LineVectors.load(path)
        except (BadVectors, OSError) as error:
            log.warning("search goes by words alone: %s", error)
            return None
        if encoder is None or vectors.encoder != encoder.name or vectors.index != index:
            return None
        return cls(vectors, encoder, documents)

    @property
    def digest(self) -> str:
        """What tells these vectors from others."""
        return self._vectors.digest

    @property
    def lines(self) -> int:
        """How many lines have a vector."""
        return len(self._vectors.rows)

    def of(self, question: str) -> Nearness:
        """How near the documents are to a question."""
        return Nearness(self._vectors, self.has_lines, self._vector(question))

    def _vector(self, question: str) -> Vectors:
        with self._lock:
            if question in self._questions:
                self._questions.move_to_end(question)
                return self._questions[question]
        # Outside of the lock: it takes twenty milliseconds, and others ask meanwhile.
        vector: Vectors = self._encoder.encode_questions([question])[0]
        with self._lock:
            self._questions[question] = vector
            while len(self._questions) > MAX_QUESTIONS:
                self._questions.popitem(last=False)
        return vector
