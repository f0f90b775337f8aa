"""How words sound: for pinyin typed instead of characters, and for characters that sound alike."""

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

_ACCENTS = re.compile("(?<=[zcs])h|(?<=[aei]n)g")
_SYLLABLE = (
    "(?:[zcs]h?|[bpmfdtnlgkhjqxryw])?(?:i?ang?|i?ao|ai|i?ong|iu|i?a|ie|in|ing|i|u?ang?|uai?|ua|uo|ui|u[en]|ueng?"
    "|ei|eng?|e|er|ou|o|u|van|v[en]?)"
)
_ONE = re.compile(_SYLLABLE)
_LONGEST = 6
_SPELT = re.compile(rf"(?:{_SYLLABLE})+")
_BETWEEN = re.compile("[\\s'’‘`´·-]+")
_UMLAUT = str.maketrans("üǖǘǚǜ", "vvvvv")


@lru_cache(maxsize=16_384)
def readings(character: str) -> tuple[str, ...]:
    """The syllables of a Chinese character, the usual one first; empty for any other character."""
    syllables = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    spelt = [text for text in (syllables[0] if syllables else ()) if text.isascii() and text.isalpha()]
    # Both lv and lu are typed for lü.
    return tuple(dict.fromkeys([*spelt, *(text.replace("v", "u") for text in spelt)]))


def _syllable(character: str) -> str:
    """The usual reading of a Chinese character; any other character is its own."""
    return (readings(character) or (character,))[0]


def heard(letters: str) -> str:
    """Letters as many southerners hear them: zh=z, ch=c, sh=s, ang=an, eng=en, ing=in."""
    return _ACCENTS.sub("", letters)


def sound(text: str) -> str:
    """The syllables of a folded text in one run, as they are heard."""
    return heard("".join(map(_syllable, text)))


def initials(text: str) -> str:
    """The first letter of each syllable."""
    return "".join(_syllable(character)[0] for character in text)


def is_pinyin(text: str) -> bool:
    """Whether a text may be pinyin, at least in part."""
    return len(text) > 1 and any("a" <= character <= "z" for character in text)


def without_tones(text: str) -> str:
    """Letters without tone marks; ü becomes v."""
    letters = unicodedata.normalize("NFD", text.translate(_UMLAUT))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def joined_pinyin(text: str) -> str:
    """The letters of a text that is all pinyin, typed with blanks, apostrophes or tones; or nothing.

    Letters in one run without tones are none of these.
    """
    plain = without_tones(text.lower()).replace("u:", "v")
    syllables = _BETWEEN.split(plain.strip())
    is_typed_so = len(syllables) > 1 or plain != text.lower()
    return "".join(syllables) if is_typed_so and all(map(_SPELT.fullmatch, syllables)) else ""


def beginnings(letters: str, end: int) -> list[int]:
    """Where a syllable may begin that ends in letters at `end`."""
    starts = range(max(0, end - _LONGEST), end)
    return [start for start in starts if _ONE.fullmatch(letters, start, end)]


def spelt_out(text: str) -> str:
    """The syllables of a name as it is read, to sort by; words decide between readings (重阳: chong)."""
    return " ".join(lazy_pinyin(text))
