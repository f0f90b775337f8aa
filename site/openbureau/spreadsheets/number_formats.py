"""What a spreadsheet program shows of a number: number formats (ISO/IEC 29500-1, 18.8.30 and 18.8.31).

A clerk sees 92% and 0012 where the file holds 0.92 and 12. Formats whose numbers mean the same without them
(General, scientific, fractions) and those of days are left alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BUILT_IN = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"},
    **{37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)"},
    **{41: "#,##0;-#,##0;-", 43: "#,##0.00;-#,##0.00;-"},
}
"""The formats that a file names by number alone, as far as they show other than the number."""

EXACT_BELOW = 10**15
"""A spreadsheet keeps 15 digits of a number."""

MAX_CODE_CHARACTERS = 255
"""Excel keeps no longer code."""

Shown = Callable[[float], float | str]
"""What is seen of a number: a number again, or a text such as 92% or 0012."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^\]\-]*)(?:-[^\]]*)?\]'
    r"|(?P<colour>\[(?i:black|blue|cyan|green|magenta|red|white|yellow|color *\d+)\])|_.|\*."
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<letter>[A-Za-z@\[\]])|(?P<literal>.)",
    re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|[\\!].|[^;"])*', re.DOTALL)
_NUMBER = re.compile(r"(?P<minus>-|\()?(?P<size>(?:0|[1-9]\d*)?(?:\.\d+)?)(?(minus)\)?)")
_LETTERS_ALLOWED = re.compile(r"General|G/通用格式", re.IGNORECASE)


@dataclass(frozen=True)
class _Section:
    """One part of a format: what stands where, and by how much the number is scaled.

    `places` are digits (`0`, `#`, `?`), the point, and literal texts with a mark before them.
    """

    places: tuple[str, ...]
    scale: Decimal
    grouped: bool

    def show(self, value: Decimal) -> str:
        point = self.places.index(".") if "." in self.places else len(self.places)
        whole, part = self.places[:point], self.places[point + 1 :]
        decimals = sum(place in "0#?" for place in part)
        rounded = (value * self.scale).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        digits, _, fraction = f"{rounded:f}".partition(".")
        return _whole(digits.lstrip("0"), whole, self.grouped) + _part(
            fraction, part, point < len(self.places)
        )


def _whole(digits: str, places: Sequence[str], grouped: bool) -> str:
    """The digits before the point in their places, from the right; all that are left stand in the first."""
    first = next((index for index, place in enumerate(places) if place in "0#?"), None)
    shown: list[str] = []
    used = 0
    for index in range(len(places) - 1, -1, -1):
        place = places[index]
        if place not in "0#?":
            shown.append(place[1:])
            continue
        count = len(digits) - used if index == first else 1
        taken = digits[max(len(digits) - used - count, 0) : len(digits) - used] if count > 0 else ""
        if not taken and place == "0":
            taken = "0"
        for digit in reversed(taken):
            if grouped and used and used % 3 == 0:
                shown.append(",")
            shown.append(digit)
            used += 1
    return "".join(reversed(shown))


def _part(digits: str, places: Sequence[str], has_point: bool) -> str:
    """The point and the digits behind it; those of # places only as far as they are not zero."""
    shown: list[str] = []
    rest = list(digits)
    for place in places:
        shown.append(rest.pop(0) if place in "0#?" else place[1:])
    optional = 0
    for place in reversed(places):
        if place != "#":
            break
        optional += 1
    while optional and shown and shown[-1] == "0":
        shown.pop()
        optional -= 1
    text = "".join(shown)
    return f".{text}" if has_point and text[:1].isdigit() else text


def _section(code: str) -> _Section | None:
    """One section; None for days, powers, fractions, conditions and numerals of other scripts."""
    places: list[str] = []
    percents = commas = 0
    grouped = False
    for token in _TOKEN.finditer(code):
        kind, text = token.lastgroup, token[0]
        if kind == "letter" or text == "/":
            return None
        if kind == "digit":
            grouped = grouped or bool(commas)
            commas = 0
            places.append(text)
        elif kind == "point" and "." not in places:
            places.append(".")
        elif kind == "comma":
            commas += 1
        elif kind == "percent":
            percents += 1
            places.append("'%")
        elif kind in ("quoted", "escaped", "currency", "literal", "point"):
            places.append(f"'{token[kind]}")
    if not any(place in ("0", "#", "?") for place in places):
        return None
    return _Section(tuple(places), Decimal(100) ** percents / Decimal(1000) ** commas, grouped)


def number_format(code: str) -> Shown | None:
    """What the format shows of numbers; None for one that says no more than the number itself."""
    if len(code) > MAX_CODE_CHARACTERS or _LETTERS_ALLOWED.search(code):
        return None
    sections = [_section(part) for part in _SECTION.findall(code) if part][:3]
    if not sections or sections[0] is None:
        return None

    def shown(value: float) -> float | str:
        if abs(value) >= EXACT_BELOW:
            # Zeros would be shown for the digits that are lost.
            return value
        number = Decimal(f"{value:.15g}")
        index = 2 if number == 0 and len(sections) > 2 else 1 if number < 0 and len(sections) > 1 else 0
        section = sections[index]
        if section is None:
            return value
        text = section.show(abs(number)).strip()
        return seen(f"-{text}" if number < 0 and index == 0 else text, value)

    return shown


def seen(text: str, value: float) -> float | str:
    """What is seen of `value`: a number if the text is nothing but one, grouped or in brackets (accounts).

    A text without a digit (the - of accounts for zero) says no more than the value.
    """
    if not any(map(str.isdecimal, text)):
        return value
    if (number := _NUMBER.fullmatch(text.replace(",", ""))) and number["size"]:
        return float(number["size"]) * (-1 if value < 0 else 1)
    return text
