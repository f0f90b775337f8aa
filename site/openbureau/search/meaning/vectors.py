"""The vectors of the lines of an index, in one file that is only mapped into memory.

The first line of the file is JSON and says what it is; the rows follow. Each row is a line: the digest of its
text, by which a later index finds the vector again; its document and its section; and its vector in bytes.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from openbureau.search.meaning.encoder import Vectors
from openbureau.search.meaning.lines import DIGEST_BYTES

FORMAT = 1
MAX_HEADER_BYTES = 50_000_000
BLOCK = 4_096
"""Lines that are compared at once: so many are turned into numbers again for it."""


class BadVectors(Exception):
    """A file of vectors cannot be used: cut short, altered, or of another index."""


@dataclass(frozen=True)
class LineVectors:
    """Vectors, one in each of the `rows`, in the order of their documents.

    `total` lines are wanted of this index: those of a file that is just being made are fewer. `index` is the
    digest of the index that the numbers belong to; `digest` that of the rows of a file.
    """

    encoder: str
    index: str
    total: int
    anchors: Sequence[str]
    rows: NDArray[np.void]
    digest: str = ""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Map the vectors of a file. Raises BadVectors, and OSError where there is none."""
        with path.open("rb") as file:
            first = file.readline(MAX_HEADER_BYTES)
            try:
                header: dict[str, Any] = json.loads(first)
                dtype = row_type(int(header["dimensions"]))
                size = path.stat().st_size - len(first)
                if header["format"] != FORMAT or size != int(header["lines"]) * dtype.itemsize:
                    raise BadVectors(f"{path.name}: of another release, or cut short")
                digest = sha256()
                while block := file.read(1 << 20):
                    digest.update(block)
                if header["sha256"] != digest.hexdigest():
                    raise BadVectors(f"{path.name}: not as it was written")
                rows = (
                    np.memmap(path, dtype, "r", len(first), (int(header["lines"]),))
                    if size
                    else np.empty(0, dtype)
                )
                return cls(
                    str(header["encoder"]),
                    str(header["index"]),
                    int(header["total"]),
                    [str(anchor) for anchor in header["anchors"]],
                    np.asarray(rows),
                    digest.hexdigest(),
                )
            except (ValueError, KeyError, TypeError) as error:
                raise BadVectors(f"{path.name}: {error}") from error

    def save(self, path: Path) -> None:
        """Write the file, durably and in one step."""
        data = self.rows.tobytes()
        header = {
            "format": FORMAT,
            "encoder": self.encoder,
            "index": self.index,
            "dimensions": self.rows.dtype["vector"].shape[0],
            "lines": len(self.rows),
            "total": self.total,
            "sha256": sha256(data).hexdigest(),
            "anchors": list(self.anchors),
        }
        fresh = path.with_name(f"{path.name}.new")
        with fresh.open("wb") as file:
            file.write(json.dumps(header, ensure_ascii=False).encode() + b"\n")
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    @property
    def is_whole(self) -> bool:
        """Whether every line has its vector."""
        return len(self.rows) == self.total

    def cosines(self, question: Vectors) -> Vectors:
        """How near each line is to the vector of a question."""
        cosines = np.empty(len(self.rows), np.float32)
        for start in range(0, len(self.rows), BLOCK):
            rows = self.rows[start : start + BLOCK]
            cosines[start : start + BLOCK] = (rows["vector"].astype(np.float32) @ question) * rows["scale"]
        return cosines


def row_type(dimensions: int) -> np.dtype[np.void]:
    """What is kept of a line; `scale` makes its vector of length 1 again."""
    return np.dtype(
        [
            ("digest", f"V{DIGEST_BYTES}"),
            ("document", "<i4"),
            ("anchor", "<i4"),
            ("scale", "<f4"),
            ("vector", "i1", (dimensions,)),
        ]
    )


def in_bytes(vectors: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """Vectors in a byte for each dimension, and the scales that make them of length 1 again."""
    largest = np.abs(vectors).max(axis=1, initial=1e-12, keepdims=True)
    small = np.rint(vectors * (127 / largest)).astype(np.int8)
    lengths = np.linalg.norm(small.astype(np.float32), axis=1)
    return small, (1 / np.maximum(lengths, 1e-12)).astype(np.float32)


def known(files: Iterable[Path], encoder: str) -> dict[bytes, NDArray[np.void]]:
    """Rows of files by the digests of their lines; files that are damaged or of others have none."""
    rows: dict[bytes, NDArray[np.void]] = {}
    for path in files:
        try:
            vectors = LineVectors.load(path)
        except (BadVectors, OSError):
            continue
        if vectors.encoder == encoder:
            rows.update((row["digest"].tobytes(), row) for row in vectors.rows)
    return rows
