"""References to cells: letters and numbers (A1), counted from 1."""

import re
from functools import lru_cache

from openbureau.spreadsheets.errors import damaged

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})")


def column_letters(number: int) -> str:
    """1 is `A`, 27 is `AA`."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


@lru_cache
def column_number(letters: str) -> int:
    """`A` and `a` are 1, `AA` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cell_place(reference: str | None, row: int, column: int) -> tuple[int, int]:
    """Row and column of a reference; without one, those given. Raises `Unreadable` if it is none."""
    if reference is None:
        return row, column
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise damaged()
    return int(match[2]), column_number(match[1])
