"""Fuzzy matching of names and codes: mistyped in shape, sound or order, or another institution's."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from openbureau.chinese.credit_codes import LENGTH, MAX_SLIPS, code_distance, is_sound
from openbureau.chinese.pinyin import sound, without_tones
from openbureau.library.lookup.names import brand, full_form, plain_form, words_of
from openbureau.library.lookup.results import Match
from openbureau.library.lookup.telling import ListWords
from openbureau.library.places import Places

MIN_CODE_CHARACTERS = 12
MIN_SOUND_LETTERS = 5
"""Letters of pinyin below which one mistyping makes another word."""

MIN_LONG_SOUND_LETTERS = 12
"""Letters from which on two are forgiven."""

_MAX_PERMIT_SLIPS = 1
"""Permit numbers of neighbours differ in two digits; credit codes of neighbours differ in many."""

_MAX_CANDIDATES = 60
"""Texts whose distance is counted; it bounds the work for a text of nothing but frequent words."""

RankedMatch = tuple[tuple[object, ...], Match]
"""A match and its rank, lower first."""


class FuzzyMatcher:
    """Made of the matches to give, `names` and `codes`, whose `value` is what is compared."""

    def __init__(
        self, names: Sequence[Match], codes: Sequence[Match], places: Places, words: ListWords
    ) -> None:
        self._words = words
        self._codes = codes
        self._places = places
        # As a whole, and without brackets and branch inside and what most names have.
        forms = [
            (match, form)
            for match in names
            for form in dict.fromkeys(
                (plain_form(match.value), words.reduced(brand(full_form(match.value), places)))
            )
        ]
        self._names = [match for match, _ in forms]
        self._plain = [form for _, form in forms]
        self._sounds = [sound(plain) for plain in self._plain]
        self._by_character = _holders(self._plain, 1)
        self._by_letters = _holders(self._sounds, 2)

    def of_code(self, code: str) -> Iterator[RankedMatch]:
        """Credit codes within two slips, permit numbers within one (`code_distance`).

        A sound credit code is somebody's, so nobody mistyped it.
        """
        if len(code) < MIN_CODE_CHARACTERS or is_sound(code):
            return
        for match in self._codes:
            distance = code_distance(code, match.value.upper())
            is_credit_code = match.field == "uscc" and len(code) == LENGTH
            if distance is not None and distance <= (MAX_SLIPS if is_credit_code else _MAX_PERMIT_SLIPS):
                yield (distance, match.field, match.value), replace(match, how="near", distance=distance)

    def of_name(self, text: str) -> list[RankedMatch]:
        """Names that resemble the text as a whole, else those that resemble one of its words."""
        whole = list(self._resembling(full_form(text)))
        words = words_of(text)
        if whole or len(words) < 2:
            return whole
        return [match for word in words for match in self._resembling(word)]

    def _resembling(self, full: str) -> Iterator[RankedMatch]:
        telling = self._words.reduced(brand(full, self._places))
        telling = without_tones(telling) if full.isascii() else telling
        if len(telling) < 2:
            return
        for number, distance in self._nearest(telling).items():
            plain = self._plain[number]
            shared = len(set(full).intersection(self._names[number].value))
            rank = (distance, -shared, abs(len(plain) - len(full)), plain)
            yield rank, replace(self._names[number], how="near", distance=distance)

    def _nearest(self, brand: str) -> dict[int, int]:
        """Each resembling name and its distance: of letters if the brand is pinyin, else of characters."""
        heard = sound(brand)
        if brand.isascii():
            limit = 0 if len(heard) < MIN_SOUND_LETTERS else 1 if len(heard) < MIN_LONG_SOUND_LETTERS else 2
            # A swap of two letters changes three pairs.
            likely = _likely(_grams(heard, 2), self._by_letters, 3 * limit)
            return dict(_within(heard, self._sounds, likely, limit))
        limit = min(len(brand) // 3, 2)
        likely = _likely(_grams(brand, 1), self._by_character, limit)
        distances = {number: 1 for number, other in enumerate(self._sounds) if heard in other}
        for number, distance in _within(brand, self._plain, likely, limit):
            # Two wrong characters at the start of a brand are not a mistyping but another brand.
            if distance < 2 or window_distance(brand[:3], self._plain[number], 1) is not None:
                distances[number] = distance
        return distances


def window_distance(text: str, longer: str, limit: int) -> int | None:
    """The fewest mistypings between `text` and any run of `longer`; None if there are more than `limit`.

    Optimal string alignment: two neighbours that changed places count once.
    """
    if len(text) - len(longer) > limit:
        return None
    above: list[int] = []
    row = [0] * (len(longer) + 1)
    for i, character in enumerate(text, 1):
        below = [i]
        for j, other in enumerate(longer, 1):
            cost = min(row[j - 1] + (character != other), row[j] + 1, below[j - 1] + 1)
            if i > 1 and j > 1 and character == longer[j - 2] and text[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            below.append(cost)
        above, row = row, below
        if min(row) > limit:
            return None
    return min(row)


def _grams(text: str, length: int) -> set[str]:
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def _holders(texts: Iterable[str], length: int) -> "dict[str, array[int]]":
    """For each run of `length` characters the numbers of the texts that have it."""
    holders: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
    for number, text in enumerate(texts):
        for gram in _grams(text, length):
            holders[gram].append(number)
    return dict(holders)


def _likely(grams: set[str], holders: "dict[str, array[int]]", lost: int) -> list[int]:
    """The texts that have all grams but `lost`, and at least one; those that share most."""
    shared: Counter[int] = Counter()
    for gram in grams:
        shared.update(holders.get(gram, ()))
    minimum = max(1, len(grams) - lost)
    likely = sorted((-count, number) for number, count in shared.items() if count >= minimum)
    return [number for _, number in likely[:_MAX_CANDIDATES]]


def _within(text: str, texts: Sequence[str], likely: Iterable[int], limit: int) -> Iterator[tuple[int, int]]:
    for number in likely:
        distance = window_distance(text, texts[number], limit)
        if distance is not None:
            yield number, distance
