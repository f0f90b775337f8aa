"""The clock of the house: instants are kept in UTC, days are those of China (UTC+8, without summer time)."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "CST")

ISO_DAY = r"\d{4}-\d{2}-\d{2}"
"""The pattern of a day as ISO 8601 writes it: in names of files, addresses and data."""

YEARS = range(1900, 3000)
"""Of every day that somebody writes: any other is a slip, and computing with it would fail."""

_ISO_DAY = re.compile(ISO_DAY, re.ASCII)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in China."""
    return local_date(now())


def local_date(instant: datetime) -> date:
    """The day it is in China at an instant."""
    return instant.astimezone(BEIJING).date()


def read_iso_day(text: str) -> date | None:
    """The day that a text is in the form of ISO 8601; None if it is none, or a day that does not exist."""
    try:
        return date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None


def likely_day(text: str) -> date | None:
    """The same, but None for a day outside of YEARS: for names of files."""
    day = read_iso_day(text)
    return day if day and day.year in YEARS else None


def local_minute(instant: datetime) -> str:
    """The day and minute it is in China at an instant, as front matter writes them: 2026-05-31 09:30."""
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def start_of(day: date) -> datetime:
    """The instant at which a day begins in China, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)
