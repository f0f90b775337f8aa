"""What a spreadsheet program shows of a number: number formats (ISO/IEC 29500-1, 18.8.30 and 18.8.31).

A clerk sees 92% and 0012 where the file holds 0.92 and 12, and 停业 where a format writes that for 2. Formats
whose numbers mean the same without them (General, scientific, fractions, Chinese numerals) and those of days
are left alone.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BUILT_IN = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"},
    **{37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)"},
    **{41: "#,##0;-#,##0;-", 43: "#,##0.00;-#,##0.00;-"},
}
"""The formats that a file names by number alone, as far as they show other than the number."""

EXACT_DIGITS = 15
EXACT_BELOW = 10**EXACT_DIGITS
"""A spreadsheet keeps 15 digits of a number."""

MAX_CODE_CHARACTERS = 255
"""Excel keeps no longer code."""

Shown = Callable[[float], float | str]
"""What is seen of a number: a number again, or a text such as 92% or 0012."""

_TOKEN = re.compile(
    r"(?P<general>(?i:General)|G/通用格式)|\[(?P<condition>(?:<=|>=|<>|[<>=])-?\d+(?:\.\d+)?)\]"
    r'|"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^\]\-]*)(?:-[^\]]*)?\]'
    r"|(?P<colour>\[(?i:black|blue|cyan|green|magenta|red|white|yellow|color *\d+)\])|_.|\*."
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<letter>[A-Za-z@\[\]])|(?P<literal>.)",
    re.DOTALL,
)
_SECTION = re.compile(r'(?:^|;)((?:"[^"]*"|[\\!].|[^;"])*)', re.DOTALL)
_NUMBER = re.compile(r"(?P<minus>-|\()?(?P<size>(?:0|[1-9]\d*)?(?:\.\d+)?)(?(minus)\)?)")
_HOLDS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_GENERAL = "General"
GENERAL_BELOW = 10**11
"""General shows whole numbers so far digit by digit."""


@dataclass(frozen=True)
class _Section:
    """One part of a format: what stands where, and by how much the number is scaled.

    `places` are digits (`0`, `#`, `?`), the point, `General`, and literal texts with a mark before them.
    `condition` says of which numbers the part is, as in `>=100`; empty: by its order.
    """

    places: tuple[str, ...]
    scale: Decimal
    grouped: bool
    condition: str

    def holds(self, value: Decimal) -> bool:
        sign = self.condition.rstrip("-.0123456789")
        return not sign or _HOLDS[sign](value, Decimal(self.condition[len(sign) :]))

    def show(self, value: Decimal) -> str:
        if _GENERAL in self.places:
            number = f"{value:f}"
            return "".join(number if place == _GENERAL else place[1:] for place in self.places)
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
        end = max(len(digits) - used, 0)
        taken = digits[max(end - count, 0) : end] if count > 0 else ""
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
    """One section; None for days, powers, fractions, numerals of other scripts, and for one that is empty."""
    places: list[str] = []
    condition = ""
    percents = commas = 0
    grouped = False
    for token in _TOKEN.finditer(code):
        kind, text = token.lastgroup, token[0]
        if kind == "letter" or text == "/":
            return None
        if kind == "general":
            places.append(_GENERAL)
        if kind == "condition":
            condition = token["condition"]
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
    if not places or places == [_GENERAL]:
        return None
    return _Section(tuple(places), Decimal(100) ** percents / Decimal(1000) ** commas, grouped, condition)


def _section_for(sections: Sequence[_Section | None], number: Decimal) -> int | None:
    """The number of the section that shows `number`: by its conditions, otherwise by the sign."""
    if any(section and section.condition for section in sections):
        # A part without a condition of its own is for all others if it is the last.
        is_plain = all(section and section.condition for section in sections[:-1])
        chosen = (at for at, section in enumerate(sections) if section is None or section.holds(number))
        return next(chosen, None) if is_plain and number >= 0 else None
    if number == 0 and len(sections) > 2:
        return 2
    return 1 if number < 0 and len(sections) > 1 else 0


def number_format(code: str) -> Shown | None:
    """What the format shows of numbers; None for one that says no more than the number itself."""
    if len(code) > MAX_CODE_CHARACTERS:
        return None
    parts = _SECTION.findall(code)
    sections = [_section(part) for part in parts[:3]]
    # What is left of the code is a quotation without an end.
    if sections[0] is None or sum(map(len, parts)) + len(parts) - 1 < len(code):
        return None

    def shown(value: float) -> float | str:
        if abs(value) >= EXACT_BELOW:
            # Zeros would be shown for the digits that are lost.
            return value
        number = Decimal(f"{value:.15g}")
        index = _section_for(sections, number)
        section = None if index is None else sections[index]
        if section is None or (_GENERAL in section.places and not _is_plain(number)):
            return value
        text = section.show(abs(number)).strip()
        return seen(f"-{text}" if number < 0 and index == 0 else text, value)

    return shown


def _is_plain(number: Decimal) -> bool:
    """Whether General shows the number digit by digit."""
    return number == number.to_integral_value() and abs(number) < GENERAL_BELOW


def seen(text: str, value: float) -> float | str:
    """What is seen of `value`: a number if the text is nothing but one, grouped or in brackets (accounts).

    A text without a digit or a letter (the - of accounts for zero) says no more than the value; digits that a
    number cannot keep stay a text.
    """
    if not any(map(str.isalnum, text)):
        return value
    if (number := _NUMBER.fullmatch(text.replace(",", ""))) and number["size"]:
        size = float(number["size"]) * (-1 if value < 0 else 1)
        is_exact = size == value or sum(map(str.isdecimal, text)) <= EXACT_DIGITS
        return size if is_exact else text
    return text
