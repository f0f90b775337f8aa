"""Stored documents: compressed many together on disk, read and folded in memory.

Alone, a short text hardly becomes smaller. Folded is what every query needs that finds a document.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import zstandard
from numpy.typing import NDArray

from openbureau.search import arrays
from openbureau.search.analysis import folded
from openbureau.search.documents import Document, Section
from openbureau.search.query import exact_form

BLOCK_BYTES = 16_384
"""From this size on a block is closed: reading one takes 25 µs."""

LEVEL = 9
KEPT_BLOCKS = 64
"""The last blocks read stay in memory, a megabyte of them."""


class Foldable(NamedTuple):
    """A text and its plain form."""

    text: str
    plain: str

    @classmethod
    def of(cls, text: str) -> Self:
        """A text, folded."""
        return cls(text, folded(text))


class StoredSection(NamedTuple):
    """A section of a stored document; `whole` is heading and text in one line, `rest` the text alone."""

    anchor: str
    heading: Foldable
    plain: str
    whole: str
    rest: str

    @classmethod
    def of(cls, section: Section) -> Self:
        """A section, folded."""
        return cls(
            section.anchor,
            Foldable.of(section.heading),
            folded(section.text),
            " ".join(section.whole.split()),
            " ".join(section.text.split()),
        )


@dataclass(frozen=True)
class StoredDocument:
    """A document as the index holds it; `form` is the exact form of its title."""

    key: str
    kind: str
    title: Foldable
    form: str
    answers: Sequence[Foldable]
    sections: Sequence[StoredSection]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """What Whoosh has of a document."""
        return cls(
            stored["key"],
            stored["kind"],
            Foldable.of(stored["title"]),
            exact_form(stored["title"]),
            [Foldable.of(answer) for answer in stored["answers"]],
            [StoredSection.of(Section(*section)) for section in stored["sections"]],
        )


def body_of(stored: Mapping[str, Any]) -> str:
    """The whole text of a stored document."""
    return "\n".join(Section(*section).whole for section in stored["sections"])


def length_of(stored: Mapping[str, Any]) -> int:
    """How many characters it has."""
    return len(stored["title"]) + sum(map(len, stored["answers"])) + len(body_of(stored))


class Texts:
    """Kind, title, answers and sections of documents numbered from 0.

    Block i is `frames[frame_starts[i]:frame_starts[i + 1]]`, lines of JSON; its first document is number
    `firsts[i]`.
    """

    def __init__(
        self, frames: NDArray[np.uint8], frame_starts: NDArray[np.int64], firsts: NDArray[np.int32]
    ) -> None:
        self.frames = frames
        self.frame_starts = frame_starts
        self.firsts = firsts
        self._block = lru_cache(KEPT_BLOCKS)(self._read_block)

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Self:
        """The texts of documents, compressed."""
        frames: list[bytes] = []
        firsts, lines, size, number = [0], list[bytes](), 0, 0
        for number, document in enumerate(documents, start=1):
            lines.append(_line(document))
            size += len(lines[-1])
            if size >= BLOCK_BYTES:
                frames.append(_compressed(lines))
                firsts.append(number)
                lines, size = [], 0
        if lines:
            frames.append(_compressed(lines))
            firsts.append(number)
        return cls(
            np.frombuffer(b"".join(frames), np.uint8),
            np.cumsum([0, *map(len, frames)], dtype=np.int64),
            np.array(firsts, np.int32),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map saved texts; raises OSError or ValueError when they are missing or damaged."""
        return cls(**arrays.load(folder, _ARRAYS))

    def save(self, folder: Path) -> None:
        """Write the texts into `folder`."""
        arrays.save(folder, _ARRAYS, self)

    def followed_by(self, others: Self) -> "Texts":
        """These and then `others`, numbered on."""
        return Texts(
            np.concatenate([self.frames, others.frames]),
            np.concatenate([self.frame_starts, others.frame_starts[1:] + self.frame_starts[-1]]),
            np.concatenate([self.firsts, others.firsts[1:] + self.firsts[-1]]),
        )

    def __getitem__(self, number: int) -> dict[str, Any]:
        """What is kept of a document."""
        block = int(np.searchsorted(self.firsts, number, side="right")) - 1
        text: dict[str, Any] = json.loads(
            self._block(block)[number - int(self.firsts[block])].decode(errors="surrogatepass")
        )
        return text

    def _read_block(self, block: int) -> list[bytes]:
        frame = self.frames[self.frame_starts[block] : self.frame_starts[block + 1]]
        return zstandard.decompress(frame.tobytes()).split(b"\n")


_ARRAYS = ("frames", "frame_starts", "firsts")


def _line(document: Document) -> bytes:
    kept = {
        "key": document.key,
        "kind": document.kind,
        "title": document.title,
        "answers": list(document.answers),
        "sections": document.sections or [Section("", "", document.body)],
    }
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")


def _compressed(lines: list[bytes]) -> bytes:
    return zstandard.compress(b"\n".join(lines), LEVEL)
