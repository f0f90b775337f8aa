"""What differs between two texts, piece by piece, for people to read."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

Piece = tuple[Literal["=", "-", "+"], str]
"""Text that stayed, was taken out, or was put in."""

MIN_EQUAL_CHARACTERS = 3
"""A shorter run between two changes belongs to them: letters left over by chance are no help to a reader."""

MIN_LIKENESS = 0.4
"""Texts that have less in common are shown as one for the other."""

MAX_STEPS = 4_000_000
"""Of a comparison character by character; longer passages are shown whole."""

AROUND = 18
"""Characters of what stayed that are shown on either side of a change."""

_TOKEN = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)


def difference(old: str, new: str) -> list[Piece]:
    """The pieces of which `old` and `new` are made, in their order; empty when they are equal."""
    if old == new:
        return []
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(a) * len(b) > MAX_STEPS:
        return _replaced(old, new)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < MIN_LIKENESS:
        return _replaced(old, new)
    steps = [("".join(a[i:j]), "".join(b[k:m])) for _, i, j, k, m in matcher.get_opcodes()]
    return list(_shortened([piece for step in _joined(steps) for piece in _pieces(*step)]))


def line_differences(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, list[Piece]]]:
    """The same for texts of many lines: each passage that differs, after the line of `new` it begins with."""
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            yield k, difference("\n".join(old[i:j]), "\n".join(new[k:m]))


def _pieces(old: str, new: str) -> list[Piece]:
    return [("=", old)] if old == new else _replaced(old, new)


def _replaced(old: str, new: str) -> list[Piece]:
    pieces: list[Piece] = [("-", old), ("+", new)]
    return [piece for piece in pieces if piece[1]]


def _joined(steps: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The steps with short runs that stayed between two changes drawn into these."""
    joined: list[tuple[str, str]] = []
    for number, (old, new) in enumerate(steps):
        is_kept = old == new and (len(old) >= MIN_EQUAL_CHARACTERS or number in (0, len(steps) - 1))
        if joined and not is_kept and joined[-1][0] != joined[-1][1]:
            joined[-1] = (joined[-1][0] + old, joined[-1][1] + new)
        else:
            joined.append((old, new))
    return joined


def _shortened(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces with what stayed cut down to what helps to find the place."""
    for number, (kind, text) in enumerate(pieces):
        if kind != "=" or len(text) <= 2 * AROUND + 1:
            yield kind, text
        elif number == 0:
            yield kind, f"…{text[-AROUND:]}"
        elif number == len(pieces) - 1:
            yield kind, f"{text[:AROUND]}…"
        else:
            yield kind, f"{text[:AROUND]}…{text[-AROUND:]}"
