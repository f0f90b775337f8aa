"""Texts in a file with the place of each, and the bounds of looking for them."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_DEPTH = 4
"""Files inside files inside files: an office paper in a presentation in an archive, and one more."""
MAX_BYTES = 256 * 2**20
"""The most that is unpacked of one file, with all that is inside it."""
MAX_PARTS = 10_000
"""The most parts of one file, with those of the files inside it."""


class PlacedText(NamedTuple):
    """A text and where it stands, in words for whoever has the file open: `清城区!C3`, `第2页`, `页脚`."""

    place: str
    text: str


class TooMuch(Exception):
    """There is more in a file than is looked through."""


class Budget:
    """What may still be unpacked of one file."""

    def __init__(self) -> None:
        self.bytes_left = MAX_BYTES
        self.parts_left = MAX_PARTS

    def use(self, size: int, parts: int = 1) -> None:
        """Raise TooMuch if this is more than is left."""
        self.bytes_left -= size
        self.parts_left -= parts
        if self.bytes_left < 0 or self.parts_left < 0:
            raise TooMuch


def within(place: str, texts: Iterable[PlacedText]) -> Iterator[PlacedText]:
    """The same texts as those of a part at that place."""
    return (PlacedText(f"{place} › {text.place}" if text.place else place, text.text) for text in texts)


BARE_NUMBER = re.compile(r"(?<![0-9A-Fa-f.])[0-9]{11,18}[Xx]?(?![0-9A-Fa-f])(?!\.[0-9])")
"""Digits that are no part of a GUID or a decimal."""
_DIGITS = re.compile(rb"[0-9][0-9 -]{9,38}[0-9Xx](?![0-9A-Fa-f])")
_WIDE_DIGITS = re.compile(rb"[0-9]\0(?:[0-9 -]\0){9,38}[0-9Xx]\0")
_GUID_BEFORE = re.compile(rb"[0-9A-Fa-f]{4}-[0-9A-Fa-f]*\Z")
_GUID_BEFORE_BYTES = 17


def may_be_number(text: str) -> bool:
    """Whether a text that people rarely see has a bare number in it as long as a person's."""
    return len(text) > 10 and BARE_NUMBER.search(text) is not None


def raw_texts(data: bytes, place: str) -> Iterator[PlacedText]:
    """Digits in bytes that no reader understands: single bytes as in every old encoding, and UTF-16."""
    for match in _DIGITS.finditer(data):
        before = data[max(match.start() - _GUID_BEFORE_BYTES, 0) : match.start()]
        if not _GUID_BEFORE.search(before):
            # With the point before it, a decimal is known as one.
            yield PlacedText(place, (before[-2:] + match[0]).decode("latin-1"))
    for match in _WIDE_DIGITS.finditer(data):
        yield PlacedText(place, match[0].decode("utf-16-le"))
