"""Days as clerks write them: one day, a month, or from … to … in one cell."""

import calendar
import re
from collections.abc import Hashable
from datetime import date, datetime, timedelta
from functools import lru_cache

from openbureau.chinese.folding import half_width, plain_dashes

FOREVER = "长期"
"""What stands for the end of a permit without an end."""

EARLIEST, LATEST = 1949, 2149
_SERIAL_ORIGIN = date(1899, 12, 30)
"""Day 0 of the serial numbers spreadsheets count days by."""
_SERIALS = range(20_000, 80_000)

_FOREVER = re.compile("长期|永久|长久|无固定期限|無固定期限|長期")
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


@lru_cache(maxsize=4_096)
def read_days(value: Hashable, *, last: bool) -> tuple[str, ...]:
    """The days in a cell, in their order, as ISO days or `长期`; none if there is nothing to read.

    A month or a year alone means its first day, or its last if `last`; in a range the first part
    begins and the second ends, whatever `last` says. Raises `NotADay`, also if any other number is left.
    """
    if isinstance(value, datetime):
        return (value.date().isoformat(),)
    if isinstance(value, date):
        return (value.isoformat(),)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    plain = _plain(str(value))
    if not plain.strip(" -/"):
        return ()
    if plain.isdecimal() and int(plain) in _SERIALS:
        return ((_SERIAL_ORIGIN + timedelta(days=int(plain))).isoformat(),)
    matches = list(_DAY.finditer(plain))
    forever = bool(_FOREVER.search(plain))
    if (not matches and not forever) or len(matches) > 2 or re.search(r"\d", _DAY.sub("", plain)):
        raise NotADay
    ranged = len(matches) + forever == 2
    days = [_day(match, last=bool(index) if ranged else last) for index, match in enumerate(matches)]
    return (*days, FOREVER) if forever else tuple(days)


def read_day(text: str) -> date:
    """The one whole day that a text is: 2024-05-31, 2024年5月31日, 2024.5.31, 20240531. Raises `NotADay`.

    Any year is taken as it stands: what years make sense, and what to say of the others, the caller knows.
    """
    match = _DAY.fullmatch(_plain(text).replace(" ", ""))
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
    if not EARLIEST <= year <= LATEST:
        raise NotADay
    try:
        if month is None:
            month = 12 if last else 1
        if day is None:
            day = calendar.monthrange(year, month)[1] if last else 1
        return date(year, month, day).isoformat()
    except ValueError:
        raise NotADay from None


def _parts(match: re.Match[str]) -> tuple[int, int | None, int | None]:
    """Year, month and day of a match of `_DAY`; None for what it leaves out."""
    year = _part(match, "year", "year8", "year6", "only")
    short = _part(match, "short")
    month = _part(match, "month", "month8", "month6", "month2")
    day = _part(match, "day", "day8", "day2")
    return 2000 + short if year is None and short is not None else year or 0, month, day


def _part(match: re.Match[str], *names: str) -> int | None:
    return next((int(match[name]) for name in names if match[name]), None)
