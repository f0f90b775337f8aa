"""How likely one character is heard, or typed by its sound, for another."""

from functools import lru_cache

from openbureau.chinese.pinyin import heard, readings

HOMOPHONE, ACCENT, SIMILAR = 0.25, 0.35, 0.6
"""What it costs to take one character for another: of the same sound, of the same in a southern accent,
of one that begins or ends alike. Two that have nothing in common cost 1, a character and itself 0."""

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_SOUTHERN = str.maketrans("lf", "nh")
"""Pairs that whole provinces do not tell apart."""
_FAMILY = {letter: family[0] for family in ("bp", "dt", "gkh", "jqxzcs", "nr", "yw") for letter in family} | {
    "": ""
}


@lru_cache(maxsize=16_384)
def sounds(character: str) -> tuple[tuple[str, str], ...]:
    """The initial and the final of each reading, as many southerners hear them; else empty."""
    return tuple(dict.fromkeys(_parts(heard(syllable)) for syllable in readings(character)))


def coarse_sounds(character: str) -> tuple[str, ...]:
    """What characters that may be heard alike have in common; the character itself if it has no sound."""
    pairs = sounds(character)
    return tuple(f"{_FAMILY.get(initial, initial)}{final}" for initial, final in pairs) or (character,)


@lru_cache(maxsize=65_536)
def mishearing(one: str, other: str) -> float:
    """What it costs to take one character for the other, 0 to 1."""
    if one == other:
        return 0
    if not set(readings(one)).isdisjoint(readings(other)):
        return HOMOPHONE
    pairs = [(mine, its) for mine in sounds(one) for its in sounds(other)]
    if any(mine == its for mine, its in pairs):
        return ACCENT
    return SIMILAR if any(_is_similar(*mine, *its) for mine, its in pairs) else 1


def _parts(syllable: str) -> tuple[str, str]:
    initial = next((letters for letters in _INITIALS if syllable.startswith(letters)), "")
    return initial.translate(_SOUTHERN), syllable[len(initial) :]


def _is_similar(initial: str, final: str, other_initial: str, other_final: str) -> bool:
    if final == other_final:
        return _FAMILY.get(initial, initial) == _FAMILY.get(other_initial, other_initial)
    # ie and ian, ou and o: a letter more or less after the same beginning.
    short, long = sorted((final, other_final), key=len)
    return initial == other_initial and len(short) > 0 and long.startswith(short)
