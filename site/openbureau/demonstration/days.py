"""Days of the demonstration: how its texts name them, and of which day the served one is."""

import re
from datetime import date, timedelta
from pathlib import Path

FOLDER = "demonstration"
"""The folder of the instance in which it is made."""

_DAY_FILE = "day"
"""Beside what was made: the day for which."""

_EXPRESSION = re.compile(
    r"\{\{(?P<base>day|month_end|year)(?P<shift>[+-]\d{1,4})?(?:\|(?P<form>年月日|月日))?\}\}", re.ASCII
)


def month_end(day: date) -> date:
    """The last day of the month before that of `day`: the day to which a list of last month goes."""
    return day.replace(day=1) - timedelta(days=1)


def dated(text: str, day: date) -> str:
    """The text with its days: `{{day-12}}` is the ISO day twelve days before `day`, `{{month_end-3}}` three
    before the end of last month, `{{day+25|年月日}}` and `{{day+25|月日}}` are days as people write them,
    `{{year-1}}` is last year. What else stands in such braces stays as it is."""

    def written(match: re.Match[str]) -> str:
        shift = int(match["shift"] or 0)
        if match["base"] == "year":
            return str(day.year + shift)
        named = (day if match["base"] == "day" else month_end(day)) + timedelta(days=shift)
        match match["form"]:
            case "年月日":
                return f"{named.year}年{named.month}月{named.day}日"
            case "月日":
                return f"{named.month}月{named.day}日"
        return named.isoformat()

    return _EXPRESSION.sub(written, text)


def made_for(instance: Path) -> date | None:
    """The day for which the demonstration in an instance was made; None if none was."""
    try:
        return date.fromisoformat((instance / FOLDER / _DAY_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def forget(instance: Path) -> None:
    """Have none noted: the site is no demonstration any more."""
    (instance / FOLDER / _DAY_FILE).unlink(missing_ok=True)


def remember(instance: Path, day: date) -> None:
    """Note the day for which the demonstration was made."""
    (instance / FOLDER / _DAY_FILE).write_text(day.isoformat(), encoding="ascii")
