"""Lookup of institutions by name, number, address or pinyin, surest first: the parent's one box."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from openbureau.chinese.pinyin import is_pinyin, without_tones
from openbureau.library.lookup.addresses import Address, read_address
from openbureau.library.lookup.brands import Bearer, BrandMatcher
from openbureau.library.lookup.containing import NOBODY, ContainingMatcher
from openbureau.library.lookup.explaining import Explainer
from openbureau.library.lookup.fuzzy import FuzzyMatcher, RankedMatch
from openbureau.library.lookup.names import (
    brand,
    code_form,
    counties_in,
    full_form,
    plain_form,
    weigh,
    words_of,
)
from openbureau.library.lookup.pinyin_names import SpeltNames
from openbureau.library.lookup.results import (
    MAX_MATCHES,
    MAX_NEAR_MATCHES,
    MAX_TEXT_CHARACTERS,
    NAMES,
    NUMBERS,
    LookupEntry,
    LookupResult,
    Match,
)
from openbureau.library.lookup.telling import ListWords, Telling
from openbureau.library.places import Places

_MAX_RAW_CHARACTERS = 4 * MAX_TEXT_CHARACTERS
"""Text before folding may have gaps between its characters; more than this is not even folded."""

_MIN_ROAD_CHARACTERS = 3
T = TypeVar("T")


class Lookup:
    """Finds institutions; made once for a publication, then only read, by any number of threads.

    `city` and `counties` are the names with which names and addresses begin: they say little, and a text
    that names another county than the institution does never means that institution.
    """

    def __init__(
        self, entries: Iterable[LookupEntry], *, city: str = "", counties: Iterable[str] = ()
    ) -> None:
        self._places = places = Places(city, counties)
        institutions = [
            [
                Match(key=entry.key, how="exact", field=field, value=text)
                for field, text in entry.texts()
                if text
            ]
            for entry in entries
        ]
        every = [match for matches in institutions for match in matches]
        self._names = [match for match in every if match.field in NAMES]
        plain = [plain_form(match.value) for match in self._names]
        cores = [brand(full_form(match.value), places) for match in self._names]
        words = ListWords(
            [core for core, match in zip(cores, self._names, strict=True) if match.field == "name"]
        )
        self._by_name = _grouped((full_form(match.value), match) for match in self._names)
        self._by_number = _grouped(
            (code_form(match.value), match) for match in every if match.field in NUMBERS
        )
        self._by_door = _grouped(
            (address.door, (address, match))
            for match in every
            if match.field == "address" and (address := read_address(match.value, places))
        )
        in_counties = [
            frozenset(county for match in matches for county in counties_in(plain_form(match.value), places))
            for matches in institutions
        ]
        tellings = [words.telling(core) for core in cores]
        by_key: defaultdict[str, list[Telling]] = defaultdict(list)
        for match, telling in zip(self._names, tellings, strict=True):
            by_key[match.key].append(telling)
        self._containing = ContainingMatcher(
            institutions,
            in_counties,
            [by_key[matches[0].key] if matches else [] for matches in institutions],
            words,
            places,
        )
        county_of = {
            match.key: counties
            for matches, counties in zip(institutions, in_counties, strict=True)
            for match in matches[:1]
        }
        self._brands = BrandMatcher(
            [
                Bearer(match, telling, county_of[match.key])
                for match, telling in zip(self._names, tellings, strict=True)
            ],
            Explainer(words, places.stems, places.city_names),
        )
        self._spelt_names = SpeltNames(plain, [name.find(weigh(name, places).core) for name in plain])
        self._fuzzy = FuzzyMatcher(
            self._names,
            [match for match in every if match.field in NUMBERS],
            places,
            words,
        )

    def find(self, text: str) -> LookupResult:
        """What the text may mean. Never raises, whatever the text."""
        full = full_form(text[:_MAX_RAW_CHARACTERS])
        is_cut = len(full) > MAX_TEXT_CHARACTERS or len(text) > _MAX_RAW_CHARACTERS
        if is_cut:
            text = full = full[:MAX_TEXT_CHARACTERS]
        if not full:
            return LookupResult(text="", is_cut=is_cut)
        exact, formerly = ([], []) if is_cut else self._exact(text, full)
        holders = NOBODY if exact else self._containing.find(text)
        contains = list(holders.named)
        pinyin = [] if exact else _without(_ordered(self._spelt(text)), contains)
        keys = [*holders.keys, *(match.key for match in pinyin if match.key not in holders.keys)]
        near: list[Match] = []
        if not (contains or pinyin):
            alike = [] if exact else _ordered(self._fuzzy.of_code(code_form(text)))
            if not exact:
                remembered, resembling = self._brands.find(plain_form(text))
                contains = _ordered(remembered)
                keys = [match.key for match in contains]
                alike = alike or _ordered(resembling)
            if not contains:
                alike += _ordered(self._fuzzy.of_name(text))
            near = [*formerly, *alike]
        near = _without([*near, *holders.near], [*exact, *contains, *pinyin])[:MAX_NEAR_MATCHES]
        named = [*exact, *contains, *pinyin, *near]
        groups = (exact, contains, pinyin, near, _without(self.at_address(text), named))
        room = MAX_MATCHES
        cut: list[tuple[Match, ...]] = []
        for group in groups:
            cut.append(tuple(group[:room]))
            room -= len(cut[-1])
        return LookupResult(
            text=" ".join(text.split()),
            is_cut=is_cut,
            exact=cut[0],
            contains=cut[1],
            # Of thousands only these are shown.
            pinyin=tuple(replace(match, how="pinyin") for match in cut[2]),
            near=cut[3],
            same_address=cut[4],
            total=len(keys),
            keys=tuple(match.key for match in exact) or tuple(keys),
        )

    def at_address(self, text: str) -> list[Match]:
        """The institutions at the road and number of the address in a text, the same floor and room first.

        County and town must agree as far as both are known. Empty if the text has no road and number.
        """
        neighbours: list[RankedMatch] = []
        for words in (text, *words_of(text)):
            if not (address := read_address(words, self._places)):
                continue
            for listed, match in self._behind_door(address):
                same = replace(match, how="same_address", distance=int(listed.room != address.room))
                neighbours.append(((same.distance, match.value), same))
        return _ordered(neighbours)

    def _behind_door(self, address: Address) -> Iterator[tuple[Address, Match]]:
        """The addresses with that road and number; whatever was typed right before the road is overlooked."""
        for start in range(max(1, address.door.rindex("号") - _MIN_ROAD_CHARACTERS)):
            for listed, match in self._by_door.get(address.door[start:], ()):
                if listed.may_be_in_one_place_with(address):
                    yield listed, match

    def _exact(self, text: str, full: str) -> tuple[list[Match], list[Match]]:
        """Those the text is the name or number of; and those that had the name before another took it."""
        numbered = self._by_number.get(code_form(text), [])
        named = self._by_name.get(full, [])
        now = [match for match in named if match.field == "name"]
        formerly = _ordered(((), match) for match in named if match.field == "former_name")
        if numbered or now:
            return _ordered(((), match) for match in (*numbered, *now)), [
                replace(match, how="near") for match in formerly
            ]
        return formerly, []

    def _spelt(self, text: str) -> Iterator[RankedMatch]:
        """Institutions in one of whose names the text is spelt in pinyin, as a whole or else word by word."""
        words = [without_tones(word) for word in words_of(text)]
        whole = "".join(words)
        if not is_pinyin(whole):
            return
        for attempt, run in enumerate([[whole], words] if len(words) > 1 else [[whole]]):
            spelt = [self._spelt_names.find(word) for word in run]
            for number in set(spelt[0]).intersection(*spelt[1:]):
                match = self._names[number]
                rank = (attempt, [ways[number] for ways in spelt], len(match.value))
                yield rank, match


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for key, value in pairs:
        if key:
            groups[key].append(value)
    return dict(groups)


def _ordered(ranked: Iterable[RankedMatch]) -> list[Match]:
    """The best match of each institution, by rank, then by its words and key."""
    best: dict[str, Match] = {}
    for _, match in sorted(ranked, key=lambda pair: (pair[0], pair[1].value, pair[1].key)):
        best.setdefault(match.key, match)
    return list(best.values())


def _without(matches: Iterable[Match], taken: Iterable[Match]) -> list[Match]:
    """The first match of each institution that is not taken yet."""
    keys = {match.key for match in taken}
    left: dict[str, Match] = {}
    for match in matches:
        if match.key not in keys:
            left.setdefault(match.key, match)
    return list(left.values())
