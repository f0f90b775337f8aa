"""Brands found by their sound, with gaps, in what people remember of a name, and who has them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from openbureau.chinese.hearing import ACCENT, coarse_sounds, mishearing
from openbureau.library.lookup.explaining import Explained, Explainer
from openbureau.library.lookup.fuzzy import RankedMatch
from openbureau.library.lookup.results import How, Match
from openbureau.library.lookup.subjects import agreement
from openbureau.library.lookup.telling import Telling

_MAX_BRANDS = 60
"""Brands that are laid beside a text; it bounds the work for a text of nothing but frequent sounds."""

_MAX_BRAND_CHARACTERS = 12
"""The beginning of a longer brand is compared."""

_GAP = 0.7
"""What a missing or an additional character costs; another one is told by `mishearing`."""

_EXACT_SHARE = 0.4
"""How much of a character counts as shared if it is written as in the text; the rest, if it sounds so."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """An institution's name as far as it is remembered; `counties` may be unknown."""

    match: Match
    telling: Telling
    counties: Set[str]


class BrandMatcher:
    """Finds who is meant by a brand, by whatever stands around it, surely or not."""

    def __init__(self, bearers: Sequence[Bearer], explainer: Explainer) -> None:
        self._explainer = explainer
        self._bearers: defaultdict[str, list[Bearer]] = defaultdict(list)
        for bearer in bearers:
            self._bearers[bearer.telling.brand[:_MAX_BRAND_CHARACTERS]].append(bearer)
        self._brands = [brand for brand in self._bearers if len(brand) > 1]
        self._by_character: defaultdict[str, list[int]] = defaultdict(list)
        self._by_sound: defaultdict[str, list[int]] = defaultdict(list)
        for number, brand in enumerate(self._brands):
            for character in set(brand):
                self._by_character[character].append(number)
            for sound in {sound for character in brand for sound in coarse_sounds(character)}:
                self._by_sound[sound].append(number)

    def find(self, plain: str) -> tuple[list[RankedMatch], list[RankedMatch]]:
        """Those that the text means, and those whose name it may be a mistaken memory of.

        It means an institution when it has the whole brand as it is written and nothing of the text speaks
        for another one: neither what is taught, nor a county, a branch, or a word that nothing explains.
        """
        meant: list[RankedMatch] = []
        near: list[RankedMatch] = []
        around = self._explainer.around(plain)
        for brand in self._likely(plain):
            for cost, start, end in self._places_of(brand, plain):
                price, rest = around.part(start, end)
                if not _is_enough(brand, cost, rest, end - start):
                    continue
                for bearer in self._bearers[brand]:
                    fits = agreement(rest.subjects, bearer.telling.subjects)
                    elsewhere = bool(bearer.counties and not rest.counties <= bearer.counties)
                    if cost > _GAP and (fits == 2 or elsewhere):
                        continue
                    is_meant = not (
                        cost
                        or rest.unknown
                        or fits
                        or elsewhere
                        or rest.is_misheard
                        or rest.is_branch
                        or rest.is_loose
                    )
                    unlike = 2 * cost + price + 0.7 * fits + 0.6 * elsewhere
                    rank = (round(unlike, 3), len(bearer.match.value), bearer.match.value)
                    how: How = "contains" if is_meant else "near"
                    match = replace(bearer.match, how=how, distance=0 if is_meant else round(cost + 0.49))
                    (meant if is_meant else near).append((rank, match))
        return meant, near

    def _likely(self, plain: str) -> Iterator[str]:
        """The brands that share most of their characters, or at least of their sounds, with the text."""
        shared: defaultdict[int, float] = defaultdict(float)
        characters = set(plain)
        for sound in {sound for character in characters for sound in coarse_sounds(character)}:
            for number in self._by_sound.get(sound, ()):
                shared[number] += 1 - _EXACT_SHARE
        for character in characters:
            for number in self._by_character.get(character, ()):
                shared[number] += _EXACT_SHARE
        likely = sorted(
            (-share / len(self._brands[number]), number)
            for number, share in shared.items()
            if share >= 0.5 * len(self._brands[number])
        )
        return (self._brands[number] for _, number in likely[:_MAX_BRANDS])

    def _places_of(self, brand: str, plain: str) -> list[tuple[float, int, int]]:
        """Where in the text the brand stands, as it is written or else as it may have been heard."""
        at = plain.find(brand)
        if at >= 0:
            return [(0, at, at + len(brand))]
        return [best] if (best := _aligned(brand, plain)) else []


def _is_enough(brand: str, cost: float, rest: Explained, length: int) -> bool:
    """Whether so much of a brand is there that somebody may mean it."""
    if cost == 0:
        return rest.unknown <= 2 + len(brand)
    limit = 1 if len(brand) < 4 else 0.4 * len(brand)
    room = 2 if cost <= ACCENT else 1 if cost <= _GAP else 0
    return cost <= limit and length > 1 and rest.unknown <= room


def _aligned(brand: str, plain: str) -> tuple[float, int, int] | None:
    """The part of the text that is most like the brand: what that costs, and where it begins and ends.

    Of parts that cost the same it is the longest. Semi-global alignment (Sellers 1980).
    """
    row: list[tuple[float, int]] = [(0.0, at) for at in range(len(plain) + 1)]
    for count, character in enumerate(brand, 1):
        below: list[tuple[float, int]] = [(count * _GAP, 0)]
        for at, other in enumerate(plain, 1):
            (across, from_across), (above, from_above), (before, from_before) = (
                row[at - 1],
                row[at],
                below[-1],
            )
            below.append(
                min(
                    (across + mishearing(character, other), from_across),
                    (above + _GAP, from_above),
                    (before + _GAP, from_before),
                )
            )
        row = below
    cost, start, end = min((cost, start, -at) for at, (cost, start) in enumerate(row))
    return (cost, start, -end) if cost < len(brand) else None
