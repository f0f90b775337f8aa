"""Chinese numerals as numbers: 十二, 二〇二四, 两千五, 伍仟, 1.5万.

Of our own: the wheel of cn2an 0.5.24 lays packages named `src` and `example` among everybody's.
"""

import re
from decimal import Decimal

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    char: value for value, char in enumerate("〇壹贰叁肆伍陆柒捌玖")
}
DIGITS["两"] = 2
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
LARGE = {"万": 10_000, "亿": 100_000_000}
CHARACTERS = "".join([*DIGITS, *UNITS, *LARGE])
"""All that a numeral is written with, but for the digits of keyboards."""

_PARTS = re.compile(r"[0-9]+(?:\.[0-9]+)?|.")


def number(text: str) -> Decimal:
    """The value of a numeral; its characters are `CHARACTERS`, digits, a point, and commas between thousands.

    Without a unit digits follow each other (二〇二四); one after a unit counts tenths of it (两千五), which
    a zero prevents (两千零五).
    """
    total = section = Decimal(0)
    digits, unit = "", 0
    for part in _PARTS.findall(text.replace(",", "")):
        if part in UNITS:
            unit = UNITS[part]
            section += Decimal(digits or 1) * unit
            digits = ""
        elif part in LARGE:
            unit = LARGE[part]
            section += Decimal(digits or 0)
            # 万亿 is a unit, too: what stands before 亿 is multiplied whole.
            total = (
                (total + section or Decimal(1)) * unit
                if part == "亿"
                else total + (section or Decimal(1)) * unit
            )
            section, digits = Decimal(0), ""
        else:
            digits += str(DIGITS.get(part, part))
    is_tenth = unit > UNITS["十"] and len(digits) == 1
    return total + section + Decimal(digits or 0) * (unit // 10 if is_tenth else 1)
