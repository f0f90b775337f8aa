"""Names of clauses (第十二条) and the ids by which they are linked to, article-12."""

import re

_NUMERAL = "[0-9０-９]{1,4}|[零〇一二三四五六七八九十百千两]{1,9}"
BEGINS = re.compile(
    rf"第(?P<number>{_NUMERAL})条(?:之(?P<after>[一二三四五六七八九十]{{1,3}}))?(?![、至和与及]第)"
)
"""How a clause begins; 第五条、第六条 at the beginning of a sentence begins none."""

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def clause_id(text: str) -> str:
    """The id of the clause that `text` begins with or names; empty when it is none."""
    match = BEGINS.match(text)
    if not match:
        return ""
    after = f"-{_number(match['after'])}" if match["after"] else ""
    return f"article-{_number(match['number'])}{after}"


def clause_name(text: str) -> str:
    """The name of the clause that `text` begins with, as written; empty when it begins with none."""
    match = BEGINS.match(text)
    return match[0] if match else ""


def _number(numeral: str) -> int:
    """The value of 十二, 12 or １２."""
    if numeral.isdecimal():
        return int(numeral)
    total = digit = 0
    for char in numeral:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit
