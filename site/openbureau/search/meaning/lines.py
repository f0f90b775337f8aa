"""The lines of a document: the pieces small enough for one vector to say what each is about."""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

MAX_LINE_CHARACTERS = 120
"""Sentences are put together up to this: a vector of more says a little of everything."""

DIGEST_BYTES = 16

_SENTENCES = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")
_SAYING = re.compile(r"\w")


class AnchoredLine(NamedTuple):
    """A piece of a text, and the anchor of the section that it stands in; of a title the beginning's."""

    anchor: str
    text: str


def lines_of(
    title: str, answers: Iterable[str], sections: Iterable[tuple[str, str, str]]
) -> list[AnchoredLine]:
    """The lines of a document: its title, the questions that it answers, and its sections (anchor, heading,
    text) sentence by sentence, each line with the heading that it stands under."""
    lines = [AnchoredLine("", title), *(AnchoredLine("", answer) for answer in answers)]
    for anchor, heading, text in sections:
        if heading:
            lines.append(AnchoredLine(anchor, heading))
        lines += (AnchoredLine(anchor, piece) for piece in _pieces(text))
    return [line for line in dict.fromkeys(lines) if _SAYING.search(line.text)]


def digest_of(encoder: str, text: str) -> bytes:
    """The name of the vector that an encoder makes of a text."""
    return blake2b(f"{encoder}\0{text}".encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces: whole sentences as far as they go, longer ones cut."""
    piece = ""
    for sentence in _sentences(text):
        if piece and len(piece) + len(sentence) > MAX_LINE_CHARACTERS:
            yield piece
            piece = ""
        piece = f"{piece}{sentence}"
    if piece:
        yield piece


def _sentences(text: str) -> Sequence[str]:
    sentences = (match.group().strip() for match in _SENTENCES.finditer(text))
    return [
        sentence[start : start + MAX_LINE_CHARACTERS]
        for sentence in sentences
        for start in range(0, len(sentence), MAX_LINE_CHARACTERS)
    ]
