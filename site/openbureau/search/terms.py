"""Texts to numbered terms, many at once: what the arrays of an index are made of.

A term is a number of 64 bits: a character is its code point, a pair of neighbours is both code points side by
side, and whatever else (a word of letters, a number, a quantity, a label) is 63 bits of a digest, the first
bit set.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from openbureau.chinese.quantities import quantities
from openbureau.search.analysis import PREFIX_FROM, folded, is_chinese

Terms = NDArray[np.uint64]
Docs = NDArray[np.int32]
Weights = NDArray[np.float32]

_PLACE = np.uint64(21)
_OTHER = 1 << 63
_LATIN = re.compile("[a-z0-9]+")
_RANGES = ((0x3005, 0x3005), (0x3007, 0x3007), (0x3400, 0x9FFF), (0xE000, 0xFAFF), (0x20000, 0x323AF))
"""The same characters as those of a run of the analysis."""

_AT_ONCE = 2_000_000
"""Characters counted in one go: more would only take more memory."""


class Counts(NamedTuple):
    """How much of which term stands in which document, by term and then by document."""

    terms: Terms
    docs: Docs
    amounts: Weights


@lru_cache(maxsize=65536)
def term(token: str) -> int:
    """The number of a folded character, pair, or run."""
    if is_chinese(token) and len(token) == 1:
        return ord(token)
    if is_chinese(token) and len(token) == 2:
        return ord(token[0]) << int(_PLACE) | ord(token[1])
    return _OTHER | int.from_bytes(blake2b(token.encode(errors="surrogatepass"), digest_size=8).digest()) >> 1


def label(name: str, value: str) -> int:
    """The number by which documents with a label are found; no text has it."""
    return term(f"{name}\0{value}")


def count(texts: Iterable[Sequence[tuple[str, float]]]) -> Counts:
    """Count the terms of documents, each given as its texts and what a word of each weighs."""
    batches: list[Counts] = []
    numbered = enumerate(texts)
    while batch := _batch(numbered):
        batches.append(_counted(batch))
    terms = np.concatenate([np.empty(0, np.uint64), *(counts.terms for counts in batches)])
    docs = np.concatenate([np.empty(0, np.int32), *(counts.docs for counts in batches)])
    amounts = np.concatenate([np.empty(0, np.float32), *(counts.amounts for counts in batches)])
    # The largest arrays there are: nothing is held twice. No document is in two batches, nothing to add up.
    batches.clear()
    order = np.argsort(terms, kind="stable")
    return Counts(terms[order], docs[order], amounts[order])


def _batch(numbered: Iterator[tuple[int, Sequence[tuple[str, float]]]]) -> list[tuple[int, str, float]]:
    """The next texts, folded: the document's number, the text and its weight."""
    batch: list[tuple[int, str, float]] = []
    size = 0
    for number, texts in numbered:
        batch += [(number, folded(text) + "\n", weight) for text, weight in texts if text]
        size += sum(len(text) for text, _ in texts)
        if size >= _AT_ONCE:
            break
    return batch


def _counted(batch: Sequence[tuple[int, str, float]]) -> Counts:
    text = "".join(part for _, part, _ in batch)
    lengths = [len(part) for _, part, _ in batch]
    docs = np.repeat(np.array([number for number, _, _ in batch], np.int32), lengths)
    weights = np.repeat(np.array([weight for _, _, weight in batch], np.float32), lengths)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    chinese = np.zeros(len(codes), bool)
    for first, last in _RANGES:
        chinese |= (codes >= first) & (codes <= last)
    characters = np.flatnonzero(chinese)
    pairs = np.flatnonzero(chinese[:-1] & chinese[1:])
    others = [(match.start(), number) for match in _LATIN.finditer(text) for number in _numbers(match[0])]
    others += [(quantity.start, term(token)) for quantity in quantities(text) for token in quantity.tells]
    # Some terms come of both; the documents of each must come in their order.
    others.sort()
    places = np.concatenate([characters, pairs, np.array([place for place, _ in others], np.int64)])
    numbers = np.array([number for _, number in others], np.uint64)
    terms = np.concatenate([codes[characters], codes[pairs] << _PLACE | codes[pairs + 1], numbers])
    return _in_order(terms, docs[places], weights[places])


@lru_cache(maxsize=65536)
def _numbers(run: str) -> tuple[int, ...]:
    """The terms of letters and digits: the whole, and the beginnings of a number."""
    has_digits = any(character.isdigit() for character in run)
    beginnings = range(PREFIX_FROM, len(run)) if has_digits else ()
    return (*(term(run[:end]) for end in beginnings), term(run))


def _in_order(terms: Terms, docs: Docs, amounts: Weights) -> Counts:
    """Sorted by term, then document, and added up; the documents of one term come in their order."""
    order = np.argsort(terms, kind="stable")
    terms, docs, amounts = terms[order], docs[order], amounts[order]
    first = np.ones(len(terms), bool)
    first[1:] = (terms[1:] != terms[:-1]) | (docs[1:] != docs[:-1])
    starts = np.flatnonzero(first)
    summed = np.add.reduceat(amounts, starts) if len(starts) else amounts
    return Counts(terms[starts], docs[starts], summed.astype(np.float32))
