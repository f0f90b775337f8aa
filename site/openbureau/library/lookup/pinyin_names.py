"""Names found by pinyin: whole or unfinished syllables, initials, with characters between them."""

from collections import defaultdict
from collections.abc import Sequence

from openbureau.chinese.pinyin import is_pinyin, readings

MIN_INITIALS = 3
"""Fewer initials than this say something only at the start of a brand."""


class SpeltNames:
    """Names that can be found by pinyin; `brands` are the places where what is telling in them begins."""

    def __init__(self, names: Sequence[str], brands: Sequence[int]) -> None:
        self._names = names
        self._brands = brands
        self._characters = frozenset("".join(names))
        self._by_initial: defaultdict[str, set[str]] = defaultdict(set)
        for character in self._characters:
            for spelling in (character, *readings(character)):
                self._by_initial[spelling[0]].add(character)

    def find(self, sound: str) -> dict[int, tuple[bool, bool]]:
        """The names of which `sound` spells a run, with a rank, lower first.

        The rank tells whether the run is spelt by initials only, and whether it begins elsewhere than the
        brand. A character may stand for itself, and the last syllable may be unfinished.
        """
        if not is_pinyin(sound):
            return {number: (False, True) for number, name in enumerate(self._names) if sound in name}
        firsts = {
            character
            for character in self._characters
            if any(map(sound.startswith, (character, *readings(character))))
        }
        initials = [self._by_initial.get(letter, set[str]()) for letter in sound]
        ranks: dict[int, tuple[bool, bool]] = {}
        # Most names end with the same few words: each end is read once.
        spelt: dict[str, bool] = {}

        def spells(end: str) -> bool:
            if end not in spelt:
                spelt[end] = _spells(end, sound)
            return spelt[end]

        for number, (name, brand) in enumerate(zip(self._names, self._brands, strict=True)):
            ways = [
                (False, start != brand)
                for start, character in enumerate(name)
                if character in firsts and spells(name[start:])
            ] or [
                (True, start != brand)
                for start in range(len(name) - len(sound) + 1)
                if name[start] in initials[0]
                and (start == brand or len(sound) >= MIN_INITIALS)
                and all(name[start + at] in initials[at] for at in range(1, len(sound)))
            ]
            if ways:
                ranks[number] = min(ways)
        return ranks


def _spells(name: str, sound: str) -> bool:
    """Whether the first syllables and characters of `name` make up `sound`."""
    reached = {0}
    for character in name:
        spellings = (character, *readings(character))
        if any(_ends(sound[end:], spellings, may_be_unfinished=end > 0) for end in reached):
            return True
        reached = {
            end + len(spelling)
            for end in reached
            for spelling in spellings
            if sound.startswith(spelling, end)
        }
        if not reached:
            return False
    return False


def _ends(rest: str, spellings: tuple[str, ...], *, may_be_unfinished: bool) -> bool:
    return rest in spellings or (
        may_be_unfinished and any(spelling.startswith(rest) for spelling in spellings)
    )
