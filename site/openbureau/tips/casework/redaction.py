"""What leaves the desk leaves masked: numbers that lead to a person or a firm, and what its handler marks.

Who sent the tip is in another sealed file, and never part of what is masked here.
"""

import re
from collections.abc import Iterable

from openbureau.tips.text_input import clean

MASK = "■"

# Telephone, identity, account and credit-code numbers, however they are spaced; addresses of e-mail.
_NUMBER = re.compile(r"(?<![A-Za-z\d])[A-Za-z\d]*\d(?:[ \-－—]?[A-Za-z\d]){5,}(?![A-Za-z\d])")
_EMAIL = re.compile(r"[A-Za-z\d._%+-]+@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+")
_DAY = re.compile(r"(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?: \d{1,2})?")
_DIGITS_AT_LEAST = 7


def marked(typed: str) -> list[str]:
    """The passages to mask besides, one a line as typed; the longest first, so that none hides another."""
    lines = {line.strip() for line in clean(typed).split("\n")}
    return sorted(lines - {""}, key=len, reverse=True)


def redact(text: str, passages: Iterable[str] = ()) -> str:
    """The text with every marked passage, long number and e-mail address masked, all of one length."""
    for passage in passages:
        text = text.replace(passage, MASK * 3)
    text = _EMAIL.sub(MASK * 3, text)
    return _NUMBER.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    found = match.group()
    is_number = sum(letter.isdigit() for letter in found) >= _DIGITS_AT_LEAST
    return MASK * 3 if is_number and not _DAY.fullmatch(found) else found
