"""The last days of reconsideration and lawsuit, as a lawyer counts them."""

from datetime import date

import pytest

from openbureau.publishing.publication import Shelf
from openbureau.tips.deadlines import DaysOff
from openbureau.tips.form.remedies import LastDay, last_days


@pytest.fixture
def days_off(published) -> DaysOff:  # type: ignore[no-untyped-def]
    """The tables of days off of tests/content."""
    return Shelf(published).current().holidays


def counted(known_on: date, days_off: DaysOff, today: date = date(2026, 6, 1)) -> list[LastDay]:
    return list(last_days(known_on, today, days_off))


def test_sixty_days_and_six_months_begin_on_the_day_after(days_off: DaysOff) -> None:
    days, months = counted(date(2026, 3, 10), days_off)
    assert (days.due_on, days.counted_to) == (date(2026, 5, 9), date(2026, 5, 9))  # a Saturday of 调休
    assert months.due_on == date(2026, 9, 10)
    assert (days.left, days.is_over) == (-23, True)
    assert (months.left, months.is_over, months.is_soon) == (101, False, False)


def test_a_last_day_off_is_followed_by_the_next_working_day(days_off: DaysOff) -> None:
    days, _ = counted(date(2026, 8, 2), days_off)
    assert (days.counted_to, days.due_on) == (date(2026, 10, 1), date(2026, 10, 8))


def test_six_months_from_the_end_of_a_long_month_end_with_the_short_one(days_off: DaysOff) -> None:
    _, months = counted(date(2025, 8, 31), days_off)
    assert months.counted_to == date(2026, 2, 28)  # a Saturday of 调休: offices work
    assert months.due_on == date(2026, 2, 28)


def test_a_period_over_new_year_goes_into_the_next_year(days_off: DaysOff) -> None:
    _, months = counted(date(2025, 12, 10), days_off)
    assert months.counted_to == date(2026, 6, 10)


def test_without_the_table_of_a_year_the_day_is_not_guessed(days_off: DaysOff) -> None:
    _, months = counted(date(2026, 8, 20), days_off)
    assert (months.counted_to, months.due_on) == (date(2027, 2, 20), None)
    assert months.missing is not None
    assert months.missing.year == 2027


@pytest.mark.parametrize(
    ("today", "left", "soon", "over"),
    [
        (date(2026, 8, 25), 16, False, False),
        (date(2026, 8, 26), 15, True, False),
        (date(2026, 9, 10), 0, True, False),
        (date(2026, 9, 11), -1, False, True),
    ],
)
def test_the_last_day_itself_is_still_in_time(
    days_off: DaysOff, today: date, left: int, soon: bool, over: bool
) -> None:
    _, months = counted(date(2026, 3, 10), days_off, today)
    assert (months.left, months.is_soon, months.is_over) == (left, soon, over)
