"""Finding personal data that must never be published: identity numbers and mobile numbers."""

import re
from typing import Literal

from openbureau.chinese.credit_codes import is_sound
from openbureau.chinese.folding import half_width, plain_dashes, without_invisible

PersonalData = Literal["pii_id", "pii_mobile"]

_DAY = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_REGION = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d)\d{4}"
_IDENTITY = re.compile(rf"(?<![0-9A-Za-z]){_REGION}[\s-]?{_DAY}[\s-]?\d{{3}}[\dXx](?![0-9A-Za-z])")
_SPACED_IDENTITY = re.compile(rf"(?<![0-9A-Za-z]){_REGION}{_DAY}\d{{3}}[\dXx](?![0-9A-Za-z])")
_MOBILE = re.compile(
    r"(?<!\d)(?<!\d\.)(?:(?:00|\+)?86[\s-]?)?1[3-9]\d(?:\d[\s-]\d{3}[\s-]\d{4}|[\s-]?\d{4}[\s-]?\d{4})(?!\d)"
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=[\dXx])")

_PLAIN = re.compile("[\\s!-~\u00b7\u2018-\u201d\u3001-\u3011\u4e00-\u9fff\uff01-\uff5e]*")
"""Characters that no folding takes away or turns into anything but their half width."""
_LIKE_MOBILE = re.compile(r"[1１](?:(?<!\d.)|(?<=[6６].))[\s－-]*[3-9３-９](?:[\s－-]*\d){9}(?!\d)")
_LIKE_IDENTITY = re.compile(r"[1-9１-９](?<![0-9A-Za-z].)(?:[\s－-]*\d){16}[\s－-]*[\dXxＸｘ](?![0-9A-Za-z])")
"""All that may be such a number, of either width and with gaps anywhere, so that nothing need be folded."""


def looks_harmless(*texts: str) -> bool:
    """Whether one first look at all the texts shows that none is personal data; in doubt it is not shown.

    A large sheet is looked through row by row in a fifth of the time its cells would take.
    """
    # No number reaches over the sign between two texts.
    text = "|".join(texts)
    return (
        _PLAIN.fullmatch(text) is not None
        and not _LIKE_MOBILE.search(text)
        and not _LIKE_IDENTITY.search(text)
    )


def personal_data(text: str) -> tuple[PersonalData, ...]:
    """The kinds of personal data in the text, none of which it repeats.

    An identity number (GB 11643) has 18 characters: a region, a birthday, a serial number, a check
    digit; a mistyped one is personal data too, so the check digit need not fit. A credit code of 18
    digits that merely looks like one is let through if its own check digits fit and the identity
    number's does not. A mobile number has 11 digits from 13 to 19 on, alone or in the usual groups;
    landlines (0763-…) and 400 numbers are not personal data here.
    """
    if looks_harmless(text):
        return ()
    plain = plain_dashes(without_invisible(half_width(text)))
    kinds: list[PersonalData] = []
    joined = _BETWEEN_DIGITS.sub("", plain)
    if any(map(_is_identity, _IDENTITY.findall(plain))) or any(
        map(_checks, _SPACED_IDENTITY.findall(joined))
    ):
        kinds.append("pii_id")
    if _MOBILE.search(plain) or _MOBILE.search(joined):
        kinds.append("pii_mobile")
    return tuple(kinds)


def _is_identity(number: str) -> bool:
    compact = re.sub(r"[\s-]", "", number)
    return _checks(compact) or not is_sound(compact)


def _checks(number: str) -> bool:
    """Whether the last character is the check digit of ISO 7064, MOD 11-2."""
    total = sum(int(digit) * pow(2, 17 - index, 11) for index, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()
