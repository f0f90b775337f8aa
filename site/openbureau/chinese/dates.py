"""Days as clerks write them: one day, a month, or from … to … in one cell."""

import calendar
import re
from collections.abc import Hashable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from openbureau.chinese.folding import half_width, plain_dashes

FOREVER = "长期"
"""What stands for the end of a permit without an end."""

EARLIEST, LATEST = 1949, 2149
FOREVER_FROM = 2099
"""From this year on the first and last years of a century stand for no end: 2099-12-31 (the national standard
of 双公示), 2999-12-31, 3000-01-01, 9999-12-31."""
MAX_CHARACTERS = 200
"""What is longer is a text and no day."""
_SERIAL_ORIGINS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
"""Day 0 of the serial numbers that spreadsheets count days by: the usual one, or in workbooks of 1904."""
_SERIALS = range(20_000, 80_000)
_LAST_SERIAL = 2_958_465
"""9999-12-31."""

_FOREVER = re.compile(
    "长期|長期|永久|长久|無固定期限|终身|终生|無限期|(?:无|不设|未设|没有)(?:固定|限定|明确|约定)?期限|无限期|不限(?:期|时)"
)
_ENDS_BEFORE = re.compile(r"(?:至|到|截至|截止|-|~)(?:于|到|为)?[:.\s]*$")
_ENDS_AFTER = re.compile(r"\s*(?:止|为止|前|以前|之前|届满|到期|期满|失效|终止|截止)")
_BEGINS_BEFORE = re.compile(
    r"(?:自|从|由|起|始于|(?:发证|颁证|签发|核发|批准|设立|成立|生效|开始)(?:日期?|时间)?)[为于:.\s]*$"
)
_BEGINS_AFTER = re.compile(
    r"\s*(?:(?:起|始|开始|生效)(?!.*[至到~-])|起?\s*(?:至|到(?!期)|-+|~+)[今年月日_\s]*$)"
)
_GOES_ON = re.compile(r"\s*(?:日?起)?\s*(?:至|到(?!期)|-|~)")
"""A day that another should follow; 至 年 月 日 was left blank."""
_CLOCK = re.compile(r"(?:T|\s+)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?")
_POINTS = re.compile("[。．·、,，]")
_DAY = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s*[年./-]\s*(?P<month>\d{1,2})(?!\d)(?:\s*[月./-]\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?)?\s*月?"
    r"|(?<!\d)(?P<year8>\d{4})(?P<month8>\d{2})(?P<day8>\d{2})(?!\d)"
    r"|(?<!\d)(?P<short>\d{2})\s*[年.]\s*(?P<month2>\d{1,2})(?!\d)\s*[月.]\s*(?P<day2>\d{1,2})(?!\d)\s*[日号]?"
    r"|(?<!\d)(?P<year6>20\d{2})(?P<month6>0[1-9]|1[0-2])(?!\d)"
    r"|(?<!\d)(?P<only>\d{4})\s*年?(?!\d)"
)
_CHINESE = re.compile("[〇○零一二三四五六七八九十]+(?=[年月日号])")
_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"○": "0", "零": "0"}


class NotADay(ValueError):
    """The cell holds something, but no day that exists."""


class Period(NamedTuple):
    """The first and the last day of something as ISO days; None for what is not said. `end` may be `长期`."""

    begin: str | None
    end: str | None


def read_period(value: Hashable, *, alone: Literal["begin", "end", ""], from_1904: bool = False) -> Period:
    """The period that a cell tells. `alone` says which day of it one day means that stands without a word.

    A word beside the day is stronger: 自…起, …至 and …— tell a beginning without an end, 至… and …止 an end.
    Raises `NotADay`, also for one day without a word if `alone` is empty.
    """
    days = read_days(value, last=alone != "begin", from_1904=from_1904)
    if not days:
        return Period(None, None)
    if len(days) == 2:
        if days[0] == FOREVER:
            raise NotADay
        return Period(*days)
    if days[0] == FOREVER:
        return Period(None, FOREVER)
    side = _side(value) or alone
    if not side:
        raise NotADay
    # A month that begins something begins on its first day.
    [day] = read_days(value, last=side == "end", from_1904=from_1904)
    return Period(day, None) if side == "begin" else Period(None, day)


def _side(value: Hashable) -> Literal["begin", "end", ""]:
    """Which day of a period the words beside the only day in a cell say it is."""
    plain = _plain(value) if isinstance(value, str) else ""
    match = _DAY.search(plain)
    if match is None:
        return ""
    before, after = plain[: match.start()], plain[match.end() :]
    ends = _ENDS_BEFORE.search(before) or _ENDS_AFTER.match(after)
    begins = _BEGINS_BEFORE.search(before) or _BEGINS_AFTER.match(after)
    if (begins and ends) or (_GOES_ON.match(after) and not begins):
        raise NotADay
    return "begin" if begins else "end" if ends else ""


@lru_cache(maxsize=4_096)
def read_days(value: Hashable, *, last: bool, from_1904: bool = False) -> tuple[str, ...]:
    """The days in a cell, in their order, as ISO days or `长期`; none if there is nothing to read.

    A month or a year alone means its first day, or its last if `last`; in a range the first part
    begins and the second ends, whatever `last` says. `from_1904`: serial numbers count from 1904 in this
    workbook. Raises `NotADay`, also if any other number is left.
    """
    if isinstance(value, date):
        return (_iso(value.year, value.month, value.day),)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if len(text) > MAX_CHARACTERS:
        raise NotADay
    plain = _plain(text)
    if not plain.strip(" -/"):
        return ()
    if plain.isdecimal() and (int(plain) in _SERIALS or int(plain) == _LAST_SERIAL):
        day = date.max if int(plain) == _LAST_SERIAL else _SERIAL_ORIGINS[from_1904] + timedelta(int(plain))
        return (_iso(day.year, day.month, day.day),)
    matches = list(_DAY.finditer(plain))
    forever = bool(_FOREVER.search(plain))
    if (not matches and not forever) or len(matches) > 2 or re.search(r"\d", _DAY.sub("", plain)):
        raise NotADay
    ranged = len(matches) + forever == 2
    days = [_day(match, last=bool(index) if ranged else last) for index, match in enumerate(matches)]
    # 2099-12-31（长期） says it twice.
    return (*days, FOREVER) if forever and days != [FOREVER] else tuple(days)


def read_day(text: str) -> date:
    """The one whole day that a text is: 2024-05-31, 2024年5月31日, 2024.5.31, 20240531. Raises `NotADay`.

    Any year is taken as it stands: what years make sense, and what to say of the others, the caller knows.
    """
    match = _DAY.fullmatch(_plain(text).replace(" ", "")) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        raise NotADay
    year, month, day = _parts(match)
    if month is None or day is None:
        raise NotADay
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADay from None


def _plain(text: str) -> str:
    text = plain_dashes(_POINTS.sub(".", half_width(text)))
    return _CHINESE.sub(_arabic, _CLOCK.sub("", text)).strip()


def _arabic(match: re.Match[str]) -> str:
    """`二〇二四` is 2024, `十二` 12, `二十` 20, `三十一` 31."""
    text = match[0]
    if "十" not in text:
        return "".join(_DIGITS[char] for char in text)
    tens, ones = text.split("十", 1)
    return f"{_DIGITS.get(tens, '1')}{_DIGITS.get(ones, '0')}"


def _day(match: re.Match[str], *, last: bool) -> str:
    year, month, day = _parts(match)
    if match["short"] and year >= FOREVER_FROM - 49:
        # 99年 may be 1999.
        raise NotADay
    try:
        if month is None:
            month = 12 if last else 1
        if day is None:
            day = calendar.monthrange(year, month)[1] if last else 1
        return _iso(year, month, day)
    except ValueError:
        raise NotADay from None


def _iso(year: int, month: int, day: int) -> str:
    """The day, or `长期` for one that stands for it. Raises `NotADay`; `ValueError` if there is none such."""
    iso = date(year, month, day).isoformat()
    if year >= FOREVER_FROM and year % 100 in (0, 99):
        return FOREVER
    if not EARLIEST <= year <= LATEST:
        raise NotADay
    return iso


def _parts(match: re.Match[str]) -> tuple[int, int | None, int | None]:
    """Year, month and day of a match of `_DAY`; None for what it leaves out."""
    year = _part(match, "year", "year8", "year6", "only")
    short = _part(match, "short")
    month = _part(match, "month", "month8", "month6", "month2")
    day = _part(match, "day", "day8", "day2")
    return 2000 + short if year is None and short is not None else year or 0, month, day


def _part(match: re.Match[str], *names: str) -> int | None:
    return next((int(match[name]) for name in names if match[name]), None)
