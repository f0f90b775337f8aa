"""The clock of the house: instants are kept in UTC, days are those of China (UTC+8, without summer time)."""

from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "CST")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in China."""
    return local_date(now())


def local_date(instant: datetime) -> date:
    """The day it is in China at an instant."""
    return instant.astimezone(BEIJING).date()


def start_of(day: date) -> datetime:
    """The instant at which a day begins in China, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)
