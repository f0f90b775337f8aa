"""Learning: making the vectors of an index. What an earlier one had already is taken from there."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from openbureau.search.meaning.encoder import BATCH, Encoder, Vectors
from openbureau.search.meaning.lines import AnchoredLine, digest_of
from openbureau.search.meaning.vectors import LineVectors, in_bytes, known, row_type

SAVE_SECONDS = 10.0
"""Time after which what was learned so far is written down: whoever is killed loses no more than that."""


class DocumentLines(NamedTuple):
    """The lines of the document with this number; a number below 0 is of what no document is about."""

    document: int
    lines: Sequence[AnchoredLine]


def learn(
    path: Path,
    documents: Iterable[DocumentLines],
    index: str,
    encoder: Encoder,
    earlier: Iterable[Path],
    tell: Callable[[int, int], None],
) -> int:
    """Write the vectors of all lines of the index with this digest to `path`; answers how many were made.

    What `earlier` files hold is not made again. Until all are there they lie in `begun(path)`, and `tell`
    hears how many of how many there are.
    """
    wanted = [
        (digest_of(encoder.name, line.text), entry.document, line)
        for entry in sorted(documents)
        for line in entry.lines
    ]
    rows = known([*earlier, begun(path), path], encoder.name)
    missing = {digest: line.text for digest, _, line in wanted if digest not in rows}
    saved = float("-inf")
    todo = list(missing.items())
    for start in range(0, len(todo), BATCH):
        digests, texts = zip(*todo[start : start + BATCH], strict=True)
        rows.update(_rows(digests, encoder.encode_lines(texts)))
        if time.monotonic() - saved > SAVE_SECONDS:
            _vectors(wanted, rows, index, encoder).save(begun(path))
            saved = time.monotonic()
        tell(sum(digest in rows for digest, _, _ in wanted), len(wanted))
    _vectors(wanted, rows, index, encoder).save(path)
    begun(path).unlink(missing_ok=True)
    return len(missing)


def begun(path: Path) -> Path:
    """Where vectors lie that are not yet all."""
    return path.with_name(f"{path.name}-begun")


def _rows(digests: Sequence[bytes], vectors: Vectors) -> dict[bytes, NDArray[np.void]]:
    small, scales = in_bytes(vectors)
    rows = np.zeros(len(digests), row_type(small.shape[1]))
    rows["digest"] = np.array(digests, rows.dtype["digest"])
    rows["vector"], rows["scale"] = small, scales
    return dict(zip(digests, rows, strict=True))


def _vectors(
    wanted: Sequence[tuple[bytes, int, AnchoredLine]],
    rows: dict[bytes, NDArray[np.void]],
    index: str,
    encoder: Encoder,
) -> LineVectors:
    """The vectors of those lines that have one."""
    there = [entry for entry in wanted if entry[0] in rows]
    anchors = sorted({line.anchor for _, _, line in there})
    numbers = {anchor: number for number, anchor in enumerate(anchors)}
    dimensions = encoder.encode_lines([]).shape[1]
    filled = np.zeros(len(there), row_type(dimensions))
    for place, (digest, document, line) in enumerate(there):
        filled[place] = rows[digest]
        filled[place]["document"], filled[place]["anchor"] = document, numbers[line.anchor]
    return LineVectors(encoder.name, index, len(wanted), anchors, filled)
