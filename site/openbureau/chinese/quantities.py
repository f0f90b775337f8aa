"""Quantities in folded text: numbers with what they count, times of day, weekdays, percentages, sums.

However they are spelt (六十课时, 60个课时; 五千元, 5,000元, 5千元; 八点半, 20:30; 周六, 礼拜六), they tell
and ask for the same tokens. A numeral is one only with a unit, a measure word, 万 or thousands: 一对一,
三审三校 and 四中 are words.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from openbureau.chinese.numerals import CHARACTERS, DIGITS, number

_UNITS = """
元 块钱 圆 块
% 个百分点
课时
学时
年级
学年
学期
年
月 月份
周 星期 礼拜
工作日
天 日
小时 钟头
分钟
岁 周岁
平方米 平米 m2
个 名 位 人 家 所 班 次 节 门 科 条 款 项 章 号 期 届 批 件 份 本 册 页 字 楼 层 级 类 种 折 倍 分 公里 米
"""
"""Units, those in one line being the same; in the last line each is its own."""

_GROUPS = [line.split() for line in _UNITS.strip().splitlines()]
_CANON = {unit: group[0] for group in _GROUPS[:-1] for unit in group} | {unit: unit for unit in _GROUPS[-1]}
_WEAK = frozenset("个名位人家所班次节门科条款项件份本页字楼层级类种分米块")
"""With these 一 is hardly ever a number: 一个, 一家, 一次性, 一块."""

_FINER = {"年": (12, "个月"), "小时": (60, "分钟")}
"""How much of which finer unit a part of one is: 半年, 一个半小时."""

_LATE = ("下午", "傍晚", "晚", "夜", "深夜")
_HOURS_OF_A_CLOCK = 12
_FIRST_HOUR_OF_LESSONS = 5
"""几点 are points of a list as well as hours: 三点要求. From here on they are hours, whatever follows."""

_LARGE = frozenset("千万亿仟,")
_COUNTED_BARE = 1_000
"""A number from here on is asked for without its unit: 5万, 五千."""

MAX = Decimal(10) ** 12

_FIRST = f"0-9十拾{''.join(DIGITS)}"
"""What a number begins with: 百年, 千帆 and 万达 are names."""
_N = rf"[{_FIRST}][0-9{CHARACTERS}]{{0,15}}(?:,[0-9]{{3}}(?![0-9]))*(?:\.[0-9]{{1,4}})?[百千万亿]{{0,2}}"
_HOUR = "2[0-4]|1[0-9]|0?[0-9]|二十[一二三四]?|十[一二三四五六七八九]?|[零〇一二两三四五六七八九]"
_MINUTE = "[0-5]?[0-9]|[二三四五]?十[一二三四五六七八九]?|[零〇][一二三四五六七八九]"
_WORDS = "|".join(sorted(map(re.escape, _CANON), key=lambda word: -len(word)))
_START = re.compile(f"[{_FIRST}周星礼百第半¥]")
"""Where one may begin, at a glance; a part of the day is looked for in front of it."""
_BEFORE = re.compile("(凌晨|清晨|早[上晨]?|上午|中午|下午|傍晚|夜[里间晚]|深夜|晚[上间]?) ?$")
_LONGEST_PART = 3
_QUANTITY = re.compile(
    rf"""(?<![0-9a-z.])(?:
    (?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7])(?![ ]?(?:次|节|课时|学时|个|小时|门))
     (?P<sunday>、?[日天])?
    |百分之(?P<percent>{_N})
    |(?P<hour>{_HOUR})[ ]?(?:
        :[ ]?(?P<minutes>[0-5][0-9])(?![0-9:])
        |(?P<clock>点钟?|时)(?![间期候段长代常限])[ ]?
         (?:(?P<half>[半整])|(?P<quarter>[一三])刻|(?P<minute>{_MINUTE})(?![0-9{CHARACTERS}])分?)?)
    |(?P<month>1[0-2]|0?[0-9]|十?[一二三四五六七八九十])月(?P<day>[0-9]{{1,2}}|[一二三四五六七八九十]{{1,3}})[日号]
    |(?P<ordinal>第[ ]?)?(?:(?P<low>{_N})[ ]?[-–—~至到、或][ ]?)?
     (?P<value>{_N}|半)[ ]?(?P<measure>个[ ]?)?(?P<middle>半)?(?P<unit>{_WORDS})(?P<end>半)?
    |(?P<money>¥[ ]?)?(?P<bare>{_N})
    )""",
    re.VERBOSE,
)


class Quantity(NamedTuple):
    """A quantity and where it stands: what a text with it `tells`, and what a question with it `asks` for."""

    start: int
    end: int
    tells: tuple[str, ...]
    asks: tuple[str, ...]


def quantities(folded: str) -> Iterator[Quantity]:
    """The quantities of a folded text, in their order."""
    position = 0
    while begin := _START.search(folded, position):
        match = _QUANTITY.match(folded, begin.start())
        if match is None:
            position = begin.end()
            continue
        start, position = match.span()
        part = _BEFORE.search(folded, max(0, start - _LONGEST_PART), start) if match["hour"] else None
        if meaning := _meaning(match, part[1] if part else ""):
            yield Quantity(part.start() if part else start, position, *meaning)


_Meaning = tuple[tuple[str, ...], tuple[str, ...]]
"""What a text tells, and what a question asks for."""


def _meaning(match: re.Match[str], part: str) -> _Meaning | None:
    if match["weekday"]:
        days = match["weekday"] + (match["sunday"] or "")[-1:]
        told = tuple(f"星期{'7' if day in '日天' else number(day)}" for day in days)
        return told, told
    if match["percent"]:
        token = f"{_spelt(number(match['percent']))}%"
        return (token,), (token,)
    if match["hour"]:
        return _time(part, *match.group("hour", "minutes", "clock", "half", "quarter", "minute"))
    if match["month"]:
        month = f"{number(match['month'])}月"
        day = f"{month}{number(match['day'])}日"
        return (month, day), (day,)
    if match["unit"]:
        return _counted(*match.group("ordinal", "low", "value", "measure", "middle", "unit", "end"))
    return _bare(match["bare"], is_money=bool(match["money"]))


@lru_cache(maxsize=4_096)
def _time(
    part: str,
    hour_text: str,
    minutes: str | None,
    clock: str | None,
    half: str | None,
    quarter: str | None,
    minute_text: str | None,
) -> _Meaning | None:
    """A time of day; one that may be before or after noon tells both, and asks for either."""
    hour = int(number(hour_text))
    is_exact = bool(part) or hour > _HOURS_OF_A_CLOCK or hour == 0
    is_bare = clock == "点" and not (half or quarter or minute_text)
    if (is_bare and not part and hour < _FIRST_HOUR_OF_LESSONS) or (clock == "时" and hour_text == "一"):
        return None
    minute = int(number(minutes or minute_text or "0"))
    if half == "半":
        minute = 30
    elif quarter:
        minute = 15 * int(number(quarter))
    # 中午十一点 is before noon, 中午一点 after it.
    if hour < _HOURS_OF_A_CLOCK - (part == "中午") and part.startswith((*_LATE, "中午")):
        hour += _HOURS_OF_A_CLOCK
    either = f"~{hour % _HOURS_OF_A_CLOCK}:{minute:02}"
    exact = f"{hour % 24}:{minute:02}"
    if is_exact:
        return (exact, either), (exact,)
    # Written with a colon, a text means the morning: 8:30 and 20:30 stand side by side in rules.
    later = () if minutes else (f"{(hour + _HOURS_OF_A_CLOCK) % 24}:{minute:02}",)
    return (exact, *later, either), (either,)


@lru_cache(maxsize=65_536)
def _counted(
    ordinal: str | None,
    low: str | None,
    value: str,
    measure: str | None,
    middle: str | None,
    unit_text: str,
    end: str | None,
) -> _Meaning | None:
    unit = _CANON[unit_text]
    if unit == "月" and (measure or value == "半"):
        unit = "个月"
    if not ordinal and unit_text in _WEAK and value == "一":
        return None
    half = Decimal("0.5") if middle or (end and unit in ("年", "月", "个月", "小时", "天", "周")) else 0
    values = [Decimal("0.5")] if value == "半" else [number(text) + half for text in _numerals(low, value)]
    tells: list[str] = []
    asks: list[str] = []
    for each in values:
        if each >= MAX:
            return None
        counted = _with_unit(each, unit)
        asks.append(f"第{counted}" if ordinal else counted)
        tells += [asks[-1], counted]
        if each >= _COUNTED_BARE:
            tells.append(_spelt(each))
    return tuple(dict.fromkeys(tells)), tuple(asks)


def _numerals(low: str | None, value: str) -> list[str]:
    """The numerals of a range; two digits in a row are one, too: 七八岁."""
    if low:
        return [low, value]
    if len(value) == 2 and not value.isascii() and number(value[1]) == number(value[0]) + 1 < 10:
        return list(value)
    return [value]


def _with_unit(value: Decimal, unit: str) -> str:
    if value % 1 and unit in _FINER:
        times, finer = _FINER[unit]
        if not value * times % 1:
            return f"{_spelt(value * times)}{finer}"
    return f"{_spelt(value)}{unit}"


def _bare(text: str, *, is_money: bool) -> _Meaning | None:
    """A large number without a unit is one of money, mostly; digits alone are found as they stand."""
    if not is_money and not _LARGE.intersection(text):
        return None
    value = number(text)
    if value >= MAX:
        return None
    plain = _spelt(value)
    return (plain, f"{plain}元"), (f"{plain}元" if is_money else plain,)


def _spelt(value: Decimal) -> str:
    """The number in digits, without zeros behind the point."""
    return format(value.normalize(), "f")
