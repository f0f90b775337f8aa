"""Parsing what people type: cleaned text and amounts. Days are `chinese.dates.read_day`."""

import re
import unicodedata
from decimal import Decimal

from openbureau.chinese.folding import half_width

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


def read_amount(text: str) -> Decimal:
    """An amount of yuan: digits, thousands commas, ¥ and 元 allowed, two decimals. Raises ValueError."""
    plain = half_width(text).replace(" ", "").removeprefix("¥").removesuffix("元")
    if _AMOUNT.fullmatch(plain) is None:
        raise ValueError("no amount in yuan")
    return Decimal(plain.replace(",", ""))
