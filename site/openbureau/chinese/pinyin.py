"""How words sound: for pinyin typed instead of characters, and for characters that sound alike."""

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_ACCENTS = re.compile("(?<=[zcs])h|(?<=[aei]n)g")


@lru_cache(maxsize=16_384)
def _syllable(character: str) -> str:
    """The usual reading of a Chinese character; any other character is its own."""
    return lazy_pinyin(character, style=Style.NORMAL)[0]


def heard(letters: str) -> str:
    """Letters as many southerners hear them: zh=z, ch=c, sh=s, ang=an, eng=en, ing=in."""
    return _ACCENTS.sub("", letters)


def sound(text: str) -> str:
    """The syllables of a folded text in one run, as they are heard."""
    return heard("".join(map(_syllable, text)))


def initials(text: str) -> str:
    """The first letter of each syllable."""
    return "".join(_syllable(character)[0] for character in text)
