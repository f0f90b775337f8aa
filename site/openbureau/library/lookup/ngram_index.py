"""Bigram index of records: which hold a text, whole or in pieces of two characters and more."""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from operator import and_, or_

MIN_CODE_CHARACTERS = 4
"""A shorter run of letters and digits says nothing about a code."""

MAX_PIECES = 6
"""Nobody types one institution in more pieces; it bounds the work for a text of repeated words."""

Piece = tuple[int, str]
"""A field of a record and the part of a text that stands in it."""

_TOO_MANY: list[Piece] = [(0, "")] * MAX_PIECES


class NgramIndex:
    """Records, each a sequence of plain texts; `codes` are the places among them that hold codes."""

    def __init__(self, records: Sequence[Sequence[str]], codes: Sequence[frozenset[int]]) -> None:
        self._records = records
        self._codes = codes
        holders: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for number, texts in enumerate(records):
            for pair in {text[at : at + 2] for text in texts for at in range(len(text) - 1)}:
                holders[pair].append(number)
        # One bit for each record: what hundreds of records hold is told by a few operations.
        self._holders = {pair: _bits(numbers) for pair, numbers in holders.items()}

    def candidates(self, text: str) -> list[int]:
        """The records that may hold the text: each character with a neighbour, a lone one by itself."""
        if len(text) < 2:
            return [number for number, texts in enumerate(self._records) if text in "\n".join(texts)]
        pairs = [self._holders.get(text[at : at + 2], 0) for at in range(len(text) - 1)]
        bits = (1 << len(self._records)) - 1
        for before, after in zip([0, *pairs], [*pairs, 0], strict=True):
            bits &= before | after
        # Of at most so many pieces one is at least so long: with all its pairs it is in the record.
        most = -(-len(text) // MAX_PIECES) - 1
        if most > 1:
            runs = (reduce(and_, pairs[at : at + most]) for at in range(len(pairs) - most + 1))
            bits &= reduce(or_, runs)
        return _numbers(bits)

    def pieces(self, number: int, text: str) -> list[Piece] | None:
        """The fewest pieces that make up the text, in its order; None if the record lacks one.

        A number keeps to what it counts: 8号 is not in 108号8楼.
        """
        if (field := self._field_of(number, text)) is not None:
            return [(field, text)]
        best: dict[int, list[Piece]] = {0: []}
        for start in range(len(text)):
            if len(best.get(start, _TOO_MANY)) >= MAX_PIECES or (start and _binds(text, start)):
                continue
            for end in range(start + min(2, len(text)), len(text) + 1):
                field = self._field_of(number, text[start:end])
                if field is None and not _is_within_number(text, end):
                    break
                fewest = best.get(end)
                if field is not None and (fewest is None or len(fewest) > len(best[start]) + 1):
                    best[end] = [*best[start], (field, text[start:end])]
        return best.get(len(text))

    def holds(self, number: int, text: str) -> bool:
        """Whether one field of the record holds the whole text."""
        return self._field_of(number, text) is not None

    def _field_of(self, number: int, piece: str) -> int | None:
        codes = self._codes[number]
        for field, text in enumerate(self._records[number]):
            if field in codes:
                if len(piece) >= MIN_CODE_CHARACTERS and piece.isascii() and piece in text:
                    return field
            elif piece in text and _stands_alone(text, piece):
                return field
        return None


def _bits(numbers: Sequence[int]) -> int:
    """A number with these bits; `numbers` ascend."""
    octets = bytearray(numbers[-1] // 8 + 1)
    for number in numbers:
        octets[number // 8] |= 1 << number % 8
    return int.from_bytes(octets, "little")


def _numbers(bits: int) -> list[int]:
    """The places of the bits of a number, ascending."""
    written = f"{bits:b}"[::-1]
    numbers: list[int] = []
    at = written.find("1")
    while at >= 0:
        numbers.append(at)
        at = written.find("1", at + 1)
    return numbers


def _stands_alone(text: str, piece: str) -> bool:
    """Whether the piece is in the text without cutting a number in two."""
    at = text.find(piece)
    while at >= 0:
        end = at + len(piece)
        cuts_before = at > 0 and _are_digits(text[at - 1] + piece[0])
        cuts_after = end < len(text) and _are_digits(piece[-1] + text[end])
        if not cuts_before and not cuts_after:
            return True
        at = text.find(piece, at + 1)
    return False


def _binds(text: str, at: int) -> bool:
    """Whether the text must not be cut here: within a word of letters, or between a number and its unit."""
    before, here = text[at - 1], text[at]
    return before in "0123456789-" or (before.isascii() and here.isascii())


def _is_within_number(text: str, end: int) -> bool:
    return end < len(text) and _are_digits(text[end - 1] + text[end])


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
