"""What people type, read in plain words: cleaned text, days and amounts."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_AMOUNT = re.compile(r"(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?")
# Marks that turn the direction of writing: they make a text read differently from what it says.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """Without control characters, half surrogates and turning marks; line breaks become newlines."""
    lines = re.sub(r"\r\n?|[\u2028\u2029]", "\n", text).replace("\t", " ")
    return "".join(
        letter
        for letter in lines
        if letter == "\n" or (unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in _BIDI)
    )


def one_line(text: str) -> str:
    """The cleaned text on one line, with single blanks."""
    return " ".join(clean(text).split())


def narrow(text: str) -> str:
    """Full-width letters, digits and punctuation as their usual forms."""
    return unicodedata.normalize("NFKC", text)


def read_date(text: str) -> date:
    """A day as people write it: 2024-05-31, 2024年5月31日, 2024/5/31. Raises ValueError."""
    match = _DATE.fullmatch(narrow(text).replace(" ", ""))
    if match is None:
        raise ValueError("no date of a known form")
    year, month, day = map(int, match.groups())
    return date(year, month, day)


def read_amount(text: str) -> Decimal:
    """An amount of yuan: digits, thousands commas, ¥ and 元 allowed, two decimals. Raises ValueError."""
    plain = narrow(text).replace(" ", "").removeprefix("¥").removesuffix("元")
    if _AMOUNT.fullmatch(plain) is None:
        raise ValueError("no amount in yuan")
    return Decimal(plain.replace(",", ""))
