"""Automatic numbers of paragraphs (numbering.xml), written out as the word processor shows them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import ascii_lowercase

from lxml import etree

from openbureau.wordprocessing.package import WordPackage, child, name_of, value_of

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
MAX_LEVELS = 9
MAX_LETTERED = 780
"""After zz…z, thirty times, numbers are written in digits."""


@dataclass
class Level:
    """One level of a list: where it starts, how its number is written, and what stands around it."""

    start: int = 1
    number_format: str = "decimal"
    text: str = ""
    restart: int | None = None
    """Up to which level (from 1) it begins anew after, 0 for never, None for after any level above it."""
    is_legal: bool = False
    """All numbers are written as digits here, whatever the formats of their levels."""


@dataclass
class _List:
    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the numbered paragraphs of one document, in the order in which they are asked about."""

    def __init__(self, package: WordPackage) -> None:
        root = package.beside("numbering.xml")
        abstract: dict[str, _List] = {}
        linked: dict[str, _List] = {}
        self._lists: dict[str, tuple[_List, dict[int, Level]]] = {}
        self._started: set[str] = set()
        self._starts: dict[str, dict[int, int]] = {}
        elements = list(root) if root is not None else []
        for element in elements:
            number = value_of(element, "w:abstractNumId") or ""
            if name_of(str(element.tag)) == "w:abstractNum":
                abstract[number] = _List(_levels(element))
                linked[value_of(child(element, "w:styleLink")) or ""] = abstract[number]
        for element in elements:
            style = value_of(child(element, "w:numStyleLink"))
            if style in linked:
                abstract[value_of(element, "w:abstractNumId") or ""] = linked[style]
        for element in elements:
            if name_of(str(element.tag)) == "w:num":
                number = value_of(element, "w:numId") or ""
                own = abstract.get(value_of(child(element, "w:abstractNumId")) or "")
                if own:
                    self._lists[number] = (own, _overridden(element))
                    self._starts[number] = _starts(element)

    def label(self, number: str, level: int) -> str:
        """The number of the next paragraph of this list and level, as it is shown; "" for a bullet."""
        if number not in self._lists or not 0 <= level < MAX_LEVELS:
            return ""
        own, overridden = self._lists[number]
        levels = own.levels | overridden
        if number not in self._started:
            self._started.add(number)
            for at, start in self._starts[number].items():
                own.counts[at] = start - 1
        this = levels.get(level, Level())
        own.counts[level] = own.counts.get(level, this.start - 1) + 1
        for below in range(level + 1, MAX_LEVELS):
            restart = levels.get(below, Level()).restart
            if restart is None or level < restart:
                own.counts.pop(below, None)
        if this.number_format in ("bullet", "none"):
            return "" if this.number_format == "bullet" else re.sub(r"%\d", "", this.text)

        def written(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            of = levels.get(at, Level())
            count = own.counts.get(at, of.start)
            return written_number(count, "decimal" if this.is_legal else of.number_format)

        return re.sub(r"%([1-9])", written, this.text)


def written_number(number: int, number_format: str) -> str:
    """A number in one of the formats of ST_NumberFormat; in digits if the format is not one of ours."""
    write = _FORMATS.get(number_format, str)
    return write(number)


def _levels(element: etree._Element) -> dict[int, Level]:
    return {
        int(value_of(each, "w:ilvl") or 0): _level(each)
        for each in element
        if name_of(str(each.tag)) == "w:lvl" and (value_of(each, "w:ilvl") or "0").isdigit()
    }


def _level(element: etree._Element) -> Level:
    restart = value_of(child(element, "w:lvlRestart"))
    return Level(
        start=_integer(value_of(child(element, "w:start")), 1),
        number_format=value_of(child(element, "w:numFmt")) or "decimal",
        text=value_of(child(element, "w:lvlText")) or "",
        restart=None if restart is None else _integer(restart, 0),
        is_legal=child(element, "w:isLgl") is not None,
    )


def _overridden(element: etree._Element) -> dict[int, Level]:
    levels: dict[int, Level] = {}
    for each in element:
        if name_of(str(each.tag)) == "w:lvlOverride":
            levels |= _levels(each)
    return levels


def _starts(element: etree._Element) -> dict[int, int]:
    starts: dict[int, int] = {}
    for each in element:
        start = value_of(child(each, "w:startOverride"))
        if name_of(str(each.tag)) == "w:lvlOverride" and start is not None:
            starts[_integer(value_of(each, "w:ilvl"), 0)] = _integer(start, 1)
    return starts


def _integer(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < MAX_LEVELS else otherwise


def chinese_number(number: int, digits: str = _DIGITS, units: str = "十百千") -> str:
    """一, 十, 十一, 二十, 一百零五 … 九千九百九十九; digits beyond."""
    if not 0 < number < 10_000:
        return str(number)
    out = ""
    gap = False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if not digit:
            gap = bool(out)
            continue
        out += ("零" if gap else "") + digits[digit] + (units[power - 1] if power else "")
        gap = False
    return out.removeprefix("一") if digits is _DIGITS and 10 <= number < 20 else out


def _letters(number: int) -> str:
    if not 0 < number <= MAX_LETTERED:
        return str(number)
    times, letter = divmod(number - 1, len(ascii_lowercase))
    return ascii_lowercase[letter] * (times + 1)


def _roman(number: int) -> str:
    if not 0 < number < 4_000:
        return str(number)
    out = ""
    for value, letters in (
        *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
        *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
    ):
        count, number = divmod(number, value)
        out += letters * count
    return out


def _one_of(letters: str) -> Callable[[int], str]:
    return lambda number: letters[(number - 1) % len(letters)] if number > 0 else str(number)


def _circled(number: int) -> str:
    return chr(0x2460 + number - 1) if 0 < number <= 20 else str(number)


def _full_width(number: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))


def _counting(number: int) -> str:
    return chinese_number(number) if number < 100 else "".join(_DIGITS[int(digit)] for digit in str(number))


_FORMATS: Mapping[str, Callable[[int], str]] = {
    "chineseCounting": _counting,
    "chineseCountingThousand": chinese_number,
    "chineseLegalSimplified": lambda number: chinese_number(number, _LEGAL_DIGITS, "拾佰仟"),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "decimalZero": lambda number: f"{number:02}",
    "ideographDigital": lambda number: "".join(_DIGITS[int(digit)] for digit in str(max(number, 0))),
    "ideographTraditional": _one_of(_STEMS),
    "ideographZodiac": _one_of(_BRANCHES),
    "japaneseCounting": chinese_number,
    "lowerLetter": _letters,
    "lowerRoman": _roman,
    "none": lambda number: "",
    "taiwaneseCountingThousand": chinese_number,
    "upperLetter": lambda number: _letters(number).upper(),
    "upperRoman": lambda number: _roman(number).upper(),
}
