"""Vectors of lines kept between runs: those of a collection take minutes, and are the same each time."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from openbureau.search.meaning.encoder import Encoder, Vectors
from openbureau.search.meaning.lines import digest_of

COMMITTED = 64
"""Lines encoded before they are kept: whoever ends a run early loses no more."""


class CachedEncoder:
    """An encoder that looks into a file before it encodes a line; questions are encoded each time."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._opened()) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS vectors (digest BLOB PRIMARY KEY, vector BLOB)")

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """A vector for each question."""
        return self._encoder.encode_questions(texts)

    def encode_lines(self, texts: Sequence[str]) -> Vectors:
        """A vector for each line, from the file where it is there."""
        if not texts:
            return self._encoder.encode_lines(texts)
        digests = [digest_of(self.name, text) for text in texts]
        with closing(self._opened()) as database:
            known = {digest: self._vector(database, digest) for digest in digests}
            missing = [number for number, digest in enumerate(digests) if known[digest] is None]
            for start in range(0, len(missing), COMMITTED):
                numbers = missing[start : start + COMMITTED]
                vectors = self._encoder.encode_lines([texts[number] for number in numbers])
                fresh = {digests[number]: vector for number, vector in zip(numbers, vectors, strict=True)}
                known.update(fresh)
                with database:
                    database.executemany(
                        "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
                        [(digest, vector.astype(np.float32).tobytes()) for digest, vector in fresh.items()],
                    )
        return np.array([known[digest] for digest in digests], np.float32)

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=60)

    def _vector(self, database: sqlite3.Connection, digest: bytes) -> Vectors | None:
        row = database.execute("SELECT vector FROM vectors WHERE digest = ?", (digest,)).fetchone()
        return np.frombuffer(row[0], np.float32) if row else None
