"""Institutions that hold a text, in one piece or several, and whether that names them."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import NamedTuple

from openbureau.library.lookup.names import Weighed, plain_form, weigh, words_of
from openbureau.library.lookup.ngram_index import NgramIndex, Piece
from openbureau.library.lookup.results import (
    MAX_MATCHES,
    MAX_NEAR_MATCHES,
    NAMES,
    NUMBERS,
    How,
    Match,
)
from openbureau.library.lookup.subjects import agreement
from openbureau.library.lookup.telling import ListWords, Telling
from openbureau.library.places import Places

_ADDRESS = re.compile("[0-9]|(?:[路街巷号镇乡村里弄楼层栋座室厦苑]|街道|大道|广场|商场|市场|小区|花园|社区)$")
"""What the part of a text looks like that is taken for an address: a brand may be called as a road is."""

_PLACE_ENDS = ("镇", "乡", "村", "街道", "街", "路", "大道")


@dataclass(frozen=True, slots=True)
class Holders:
    """Institutions that hold a text, best first: `named` by it, with the `keys` of all of them, and `near`.

    Near are those that it does not name: where it has a part of the brand only, or stands in the address
    without looking like one.
    """

    keys: Sequence[str]
    named: Sequence[Match]
    near: Sequence[Match]


NOBODY = Holders((), (), ())


class _Holder(NamedTuple):
    rank: tuple[object, ...]
    number: int
    field: int
    unmatched: tuple[str, ...]
    is_named: bool


class _Typed(dict[str, Telling]):
    """What is telling in the parts of one text that stand in names."""

    def __init__(self, words: ListWords) -> None:
        self._words = words

    def __missing__(self, text: str) -> Telling:
        telling = self[text] = self._words.telling(text)
        return telling


class ContainingMatcher:
    """Made of the `matches` of each institution, its `counties`, and what is telling in its names."""

    def __init__(
        self,
        matches: Sequence[Sequence[Match]],
        counties: Sequence[Set[str]],
        tellings: Sequence[Sequence[Telling]],
        words: ListWords,
        places: Places,
    ) -> None:
        self._matches = matches
        self._counties = counties
        self._tellings = tellings
        # One text is looked through at once, where a list would be gone through for each of thousands.
        self._brands = ["".join(f"\n{telling.brand}\n" for telling in its) for its in tellings]
        self._words = words
        self._places = places
        # Also without the words that most names have: nobody says them.
        self._fields: list[list[int]] = []
        texts: list[list[str]] = []
        for its in matches:
            plain = [plain_form(match.value) for match in its]
            reduced = [(at, words.reduced(text)) for at, text in enumerate(plain)]
            more = [(at, text) for at, text in reduced if text != plain[at]]
            texts.append([*plain, *(text for _, text in more)])
            self._fields.append([*range(len(plain)), *(at for at, _ in more)])
        self._texts = texts
        self._ngrams = NgramIndex(
            texts,
            [frozenset(at for at, match in enumerate(its) if match.field in NUMBERS) for its in matches],
        )

    def find(self, text: str) -> Holders:
        """Institutions that hold the whole text, in one piece or several, or else each of its words."""
        whole = plain_form(text)
        words = words_of(text)
        if not whole:
            return NOBODY
        runs = [[whole]]
        if len(words) > 1 and max(map(len, words)) > 1:
            runs.append(words)
        named: dict[int, _Holder] = {}
        others: dict[int, _Holder] = {}
        for attempt, run in enumerate(runs):
            for number, holder in self._holders(attempt, [weigh(word, self._places) for word in run]):
                group = named if holder.is_named else others
                if number not in named:
                    group.setdefault(number, holder)
        best = sorted(named.values(), key=lambda holder: holder.rank)
        near = nsmallest(
            MAX_NEAR_MATCHES,
            (holder for number, holder in others.items() if number not in named),
            key=lambda holder: holder.rank,
        )
        return Holders(
            keys=[self._matches[holder.number][0].key for holder in best],
            named=[self._match(holder, "contains") for holder in best[:MAX_MATCHES]],
            near=[self._match(holder, "near") for holder in near],
        )

    def _match(self, holder: _Holder, how: How) -> Match:
        return replace(
            self._matches[holder.number][holder.field],
            how=how,
            unmatched=holder.unmatched if holder.is_named else (),
        )

    def _holders(self, attempt: int, weighed: Sequence[Weighed]) -> Iterator[tuple[int, _Holder]]:
        little = tuple(dict.fromkeys(name for word in weighed for name in (*word.counties, *word.others)))
        asked = frozenset[str]().union(*(self._words.telling("", word.others).subjects for word in weighed))
        core = weighed[0].core
        typed = _Typed(self._words)
        for number in self._candidates(weighed):
            pieces: list[Piece] = []
            for word in weighed:
                its = self._ngrams.pieces(number, word.core)
                if not its:
                    break
                pieces += its
            else:
                fields = self._fields[number]
                pieces = [(fields[field], piece) for field, piece in pieces]
                unmatched = tuple(name for name in little if not self._ngrams.holds(number, name))
                first = min(field for field, _ in pieces)
                name = self._texts[number][0]
                is_brand = f"\n{core}" in self._brands[number]
                rank = (attempt, len(unmatched), len(pieces), first, not is_brand, len(name), name)
                has_more = bool(little) or len(pieces) > 1
                is_named = self._is_named(number, pieces, asked, typed, has_more=has_more)
                match = self._matches[number][first]
                yield number, _Holder((*rank, match.value, match.key), number, first, unmatched, is_named)

    def _candidates(self, weighed: Sequence[Weighed]) -> Iterator[int]:
        """The institutions that may hold every core and are in no other county than the text tells."""
        first, *others = (self._ngrams.candidates(word.core) for word in weighed)
        named = {county for word in weighed for county in word.counties}
        for number in sorted(set(first).intersection(*others)) if others else first:
            counties = self._counties[number]
            if not counties or named <= counties:
                yield number

    def _is_named(
        self, number: int, pieces: Sequence[Piece], asked: Set[str], typed: _Typed, *, has_more: bool
    ) -> bool:
        """Whether pieces of a text name the institution in which they stand."""
        matches = self._matches[number]
        if asked and all(agreement(asked, telling.subjects) for telling in self._tellings[number]):
            return False
        telling = typed["".join(piece for field, piece in pieces if matches[field].field in NAMES)]
        is_whole = is_part = False
        if telling.brand:
            is_whole = f"\n{telling.brand}\n" in self._brands[number]
            is_part = not is_whole and telling.brand in self._brands[number]
        if is_part and (has_more or telling.subjects):
            return False
        return all(
            _ADDRESS.search(piece)
            or (is_whole and any(piece + end in matches[field].value for end in _PLACE_ENDS))
            for field, piece in pieces
            if matches[field].field == "address"
        )
