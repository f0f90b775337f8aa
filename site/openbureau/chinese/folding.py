"""Chinese text in plain forms: half width, simplified, without what nobody sees.

What each subject compares its texts by is made of these.
"""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""Characters that nobody sees, inside the brackets of a pattern: control characters, soft hyphen, zero-width
space, marks of direction, fillers, variation selectors (Unicode: Default_Ignorable_Code_Point, and the C0 and
C1 controls that are no white space)."""

GAP = rf"\s{INVISIBLE}"
"""These and white space, inside the brackets of a pattern."""

_TO_SIMPLIFIED = OpenCC("t2s")
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_GAPS = re.compile(f"[{GAP}]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ－]+")
_UNTIDY = re.compile(f"[{GAP}０-９Ａ-Ｚａ-ｚ－']")
"""What `tidy` may have to change."""
_CJK_GAP = re.compile("(?<![!-~])\\s+|\\s+(?![!-~])")


def half_width(text: str) -> str:
    """Letters, digits and punctuation of full width in their usual forms (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", text)


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, by OpenCC; a text with half a character stays as it is."""
    try:
        plain: str = _TO_SIMPLIFIED.convert(text)
    except UnicodeEncodeError:  # half of a surrogate pair is no character
        return text
    return plain


def without_invisible(text: str) -> str:
    """The text without the characters that take no room."""
    return _INVISIBLE.sub("", text)


def without_gaps(text: str) -> str:
    """The text without white space and without the characters that take no room."""
    return _GAPS.sub("", text)


def plain_dashes(text: str) -> str:
    """Hyphens and dashes of all lengths, and the minus sign, as the hyphen of a keyboard."""
    return _DASHES.sub("-", text)


def fold(text: str) -> str:
    """Half width, simplified characters, no white space: for comparing, never for showing."""
    return text if text.isascii() and text.isalnum() else _folded(text)


@lru_cache(maxsize=4_096)
def _folded(text: str) -> str:
    return simplified(without_gaps(half_width(text)))


def tidy(text: str) -> str:
    """The text for showing: letters and digits half width, Chinese punctuation kept, stray gaps gone."""
    return _tidied(text) if _UNTIDY.search(text) else text


@lru_cache(maxsize=4_096)
def _tidied(text: str) -> str:
    narrow = _WIDE.sub(lambda match: half_width(match[0]), without_invisible(text))
    if _GAPS.search(narrow):
        narrow = _CJK_GAP.sub("", _GAPS.sub(" ", narrow)).strip()
    return narrow.removeprefix("'")
