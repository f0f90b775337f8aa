"""How names sound: pinyin with or without tones, its initials, and a sound form that forgives accents."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

LEAST_INITIALS = 3
"""Fewer initials than this say something only at the start of a brand."""

_ACCENTS = re.compile("(?<=[zcs])h|(?<=[aei]n)g")
_UMLAUT = str.maketrans("üǖǘǚǜ", "vvvvv")


@lru_cache(maxsize=16_384)
def readings(character: str) -> tuple[str, ...]:
    """The syllables of a Chinese character, the usual one first; empty for any other character."""
    syllables = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    known = [each for each in (syllables[0] if syllables else ()) if each.isascii() and each.isalpha()]
    # Both lv and lu are typed for lü.
    return tuple(dict.fromkeys([*known, *(each.replace("v", "u") for each in known)]))


def is_pinyin(text: str) -> bool:
    """Whether a text may be pinyin, at least in part."""
    return len(text) > 1 and any("a" <= character <= "z" for character in text)


def without_tones(text: str) -> str:
    """Letters without tone marks; ü becomes v."""
    letters = unicodedata.normalize("NFD", text.translate(_UMLAUT))
    return "".join(each for each in letters if not unicodedata.combining(each))


def sound_form(text: str) -> str:
    """The usual readings in one run; zh=z, ch=c, sh=s, ang=an, eng=en, ing=in, as many southerners speak."""
    return _ACCENTS.sub("", "".join((readings(each) or (each,))[0] for each in text))


def spelt_out(text: str) -> str:
    """The syllables of a name as it is read, to sort by; words decide between readings (重阳: chong)."""
    return " ".join(lazy_pinyin(text))


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
        firsts = {each for each in self._characters if any(map(sound.startswith, (each, *readings(each))))}
        initials = [self._by_initial.get(letter, set[str]()) for letter in sound]
        found: dict[int, tuple[bool, bool]] = {}
        for number, (name, brand) in enumerate(zip(self._names, self._brands, strict=True)):
            ways = [
                (False, start != brand)
                for start, character in enumerate(name)
                if character in firsts and _spells(name, start, sound)
            ] or [
                (True, start != brand)
                for start in range(len(name) - len(sound) + 1)
                if name[start] in initials[0]
                and (start == brand or len(sound) >= LEAST_INITIALS)
                and all(name[start + at] in initials[at] for at in range(1, len(sound)))
            ]
            if ways:
                found[number] = min(ways)
        return found


def _spells(name: str, start: int, sound: str) -> bool:
    """Whether syllables and characters of `name` from `start` make up `sound`."""
    reached = {0}
    for character in name[start:]:
        spellings = (character, *readings(character))
        if any(_ends(sound[end:], spellings, may_be_unfinished=end > 0) for end in reached):
            return True
        reached = {end + len(each) for end in reached for each in spellings if sound.startswith(each, end)}
        if not reached:
            return False
    return False


def _ends(rest: str, spellings: tuple[str, ...], *, may_be_unfinished: bool) -> bool:
    return rest in spellings or (may_be_unfinished and any(each.startswith(rest) for each in spellings))
