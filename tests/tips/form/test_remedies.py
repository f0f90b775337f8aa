"""The last days of reconsideration and lawsuit, as a lawyer counts them by hand."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbureau.library.holidays import Holidays, read_holidays
from openbureau.tips.deadlines import MAX_MOVED_DAYS, DaysOff, LastDay, deadline, last_day
from openbureau.tips.form.remedies import (
    RECONSIDERATION,
    RemedyStanding,
    RemedyState,
    government,
    months_after,
    remedies,
    standings,
)
from openbureau.tips.form.submission import Submission
from openbureau.tips.sealing.recipients import UNIT_OTHER

CONTENT = Path(__file__).parents[3] / "content"
UNITS = ("清远市教育局", "连山壮族瑶族自治县教育局", "清城区教育局")


@pytest.fixture(scope="module")
def days_off() -> Holidays:
    """The days off of 2024, 2025 and 2026 as announced; 2027 has no table."""
    holidays, problems = read_holidays(CONTENT)
    assert not problems
    assert sorted(holidays.years) == [2024, 2025, 2026]
    return holidays


def standing(
    known_on: str, days_off: DaysOff, today: date = date(2026, 6, 1)
) -> tuple[RemedyStanding, RemedyStanding]:
    reconsideration, lawsuit = standings(date.fromisoformat(known_on), today, days_off)
    return reconsideration, lawsuit


@pytest.mark.parametrize(
    ("known_on", "days", "months"),
    [
        # Counted by hand: the day after is day one, the days left in its month first, then whole months.
        ("2026-08-02", "2026-10-08", None),  # 1 October, 国庆 to the 7th
        ("2026-07-30", "2026-09-28", None),  # a working day between 中秋 and 国庆
        ("2026-04-01", "2026-06-01", "2026-10-08"),  # a Sunday; 1 October
        ("2025-08-05", "2025-10-09", None),  # 国庆 and 中秋 to the 8th
        ("2025-12-17", "2026-02-24", None),  # the first day of 春节
        ("2025-12-23", "2026-02-24", None),  # within 春节
        ("2025-12-25", "2026-02-24", None),  # the last day of 春节
        ("2025-08-14", None, "2026-02-14"),  # a Saturday that is worked
        ("2025-08-31", None, "2026-02-28"),  # no 31 February; a Saturday that is worked
        ("2023-08-31", None, "2024-02-29"),  # a leap February
        ("2024-02-29", "2024-04-29", "2024-08-29"),
        ("2026-03-31", "2026-06-01", "2026-09-30"),  # 30 May is a Saturday; no 31 September
        ("2025-07-31", None, "2026-02-02"),  # a Saturday that is not worked
        ("2026-11-01", "2026-12-31", None),  # the last day of the last table
        ("2026-09-28", "2026-11-27", None),
        ("2026-03-10", "2026-05-09", "2026-09-10"),  # a Saturday that is worked
        ("2025-12-10", None, "2026-06-10"),
    ],
)
def test_the_last_days_are_those_counted_by_hand(
    days_off: Holidays, known_on: str, days: str | None, months: str | None
) -> None:
    reconsideration, lawsuit = standing(known_on, days_off)
    for by_hand, counted in ((days, reconsideration.ordinary), (months, lawsuit.ordinary)):
        if by_hand:
            assert (counted.due_on.isoformat(), counted.missing) == (by_hand, None)
            assert counted.act_by == counted.due_on


@pytest.mark.parametrize(
    ("known_on", "remedy", "act_by", "at_least", "not_over_on"),
    [
        ("2026-11-02", 0, "2026-12-31", "2027-01-04", ("2027-01-02", "2027-01-03")),  # 1 January, a Friday
        ("2026-11-03", 0, "2027-01-02", "2027-01-04", ("2027-01-03",)),
        ("2026-08-31", 1, "2027-02-28", "2027-03-01", ("2027-03-01",)),  # a Sunday
        ("2026-07-01", 1, "2026-12-31", "2027-01-04", ("2027-01-02", "2027-01-03")),
        ("2026-08-20", 1, "2027-02-20", "2027-02-22", ("2027-02-22",)),  # a Saturday after 春节, maybe worked
    ],
)
def test_a_year_without_its_table_is_acted_in_by_the_day_counted_and_called_over_by_nobody(
    days_off: Holidays, known_on: str, remedy: int, act_by: str, at_least: str, not_over_on: tuple[str, ...]
) -> None:
    end = standing(known_on, days_off)[remedy].ordinary
    assert end.missing is not None
    assert end.missing.year == 2027
    assert (end.act_by.isoformat(), end.due_on.isoformat()) == (act_by, at_least)
    for day in not_over_on:
        assert standing(known_on, days_off, date.fromisoformat(day))[remedy].state is RemedyState.OPEN
    assert not end.is_over(end.counted_to + timedelta(days=MAX_MOVED_DAYS))
    assert end.is_over(end.counted_to + timedelta(days=MAX_MOVED_DAYS + 1))


class Limit:
    """A limit set by law."""

    name = "期限"
    binds = "law"

    def __init__(self, days: int, kind: str) -> None:
        self.days, self.kind = days, kind


@pytest.mark.parametrize(
    ("start", "days", "kind", "by_hand"),
    [
        ("2026-09-22", 15, "calendar", "2026-10-08"),  # to sue after a decision on reconsideration, into 国庆
        ("2026-02-04", 15, "calendar", "2026-02-24"),  # into 春节
        ("2025-12-17", 15, "calendar", "2026-01-04"),  # 1 January; the 4th is a Sunday that is worked
        ("2026-04-16", 15, "calendar", "2026-05-06"),  # into 劳动节
        ("2026-12-16", 15, "calendar", "2026-12-31"),
        ("2026-09-29", 7, "working", "2026-10-14"),  # over 国庆
        ("2026-11-02", 7, "working", "2026-11-11"),
        ("2026-02-10", 7, "working", "2026-02-26"),  # over 春节, with a Saturday that is worked
        ("2026-09-28", 5, "working", "2026-10-10"),  # a Saturday that is worked
        ("2026-12-24", 5, "working", "2026-12-31"),
        ("2026-08-14", 15, "calendar", "2026-08-31"),  # a Saturday: after 60 days without a decision
    ],
)
def test_a_period_of_days_ends_as_counted_by_hand(
    days_off: Holidays, start: str, days: int, kind: str, by_hand: str
) -> None:
    assert deadline(date.fromisoformat(start), Limit(days, kind), days_off).due_on.isoformat() == by_hand


def test_fifteen_days_into_a_year_without_its_table_last_at_least_until_its_first_monday(
    days_off: Holidays,
) -> None:
    end = last_day(date(2026, 12, 17) + timedelta(days=15), days_off)
    assert (end.act_by, end.due_on) == (date(2026, 12, 31), date(2027, 1, 4))


def test_sixty_days_after_acceptance_in_june_end_on_a_friday_of_august(days_off: Holidays) -> None:
    assert last_day(date(2026, 6, 15) + timedelta(days=60), days_off).due_on == date(2026, 8, 14)


@pytest.mark.parametrize(
    ("known_on", "by_hand"), [("2024-02-29", "2025-02-28"), ("2025-11-30", "2026-11-30")]
)
def test_whoever_was_not_told_of_a_remedy_has_a_year(days_off: Holidays, known_on: str, by_hand: str) -> None:
    last = date.fromisoformat(by_hand)
    for today, state in ((last, RemedyState.UNTOLD), (last + timedelta(days=1), RemedyState.OVER)):
        for each in standing(known_on, days_off, today):
            assert (each.longest.due_on, each.state) == (last, state)


@pytest.mark.parametrize(
    ("today", "left", "soon", "state"),
    [
        (date(2026, 8, 25), 16, False, RemedyState.OPEN),
        (date(2026, 8, 26), 15, True, RemedyState.OPEN),
        (date(2026, 9, 10), 0, True, RemedyState.OPEN),
        (date(2026, 9, 11), -1, True, RemedyState.UNTOLD),
    ],
)
def test_the_last_day_itself_is_still_in_time(
    days_off: Holidays, today: date, left: int, soon: bool, state: RemedyState
) -> None:
    _, lawsuit = standing("2026-03-10", days_off, today)
    assert (lawsuit.left, lawsuit.is_soon, lawsuit.state) == (left, soon, state)


@given(st.dates(date(2019, 1, 1), date(2028, 12, 31)), st.integers(-30, 500))
def test_in_ten_years_no_period_is_called_over_before_it_has_passed(known_on: date, later: int) -> None:
    holidays, _ = read_holidays(CONTENT)
    today = known_on + timedelta(days=later)
    for each in standings(known_on, today, holidays):
        end: LastDay = each.ordinary
        assert end.act_by <= end.due_on
        assert end.due_on >= end.counted_to
        assert end.due_on - end.counted_to <= timedelta(days=MAX_MOVED_DAYS)
        assert end.due_on <= each.longest.due_on
        assert end.missing or end.due_on.weekday() < 5 or end.due_on in holidays.work
        if end.is_over(today):
            assert today > end.due_on
        if each.state is RemedyState.OVER:
            assert today > months_after(known_on, 12)
        if each.remedy is RECONSIDERATION:
            assert (end.counted_to - known_on).days == 60


def test_reconsideration_is_applied_for_to_the_government_of_the_same_level() -> None:
    assert government("清远市教育局") == "清远市人民政府"
    assert government("连山壮族瑶族自治县教育局") == "连山壮族瑶族自治县人民政府"
    assert government(UNIT_OTHER) == ""


def filled(**fields: str) -> Submission:
    return Submission.from_form(fields, UNITS, (), fields.get("proceedings", "").split())


def test_the_day_received_counts_before_the_day_decided_and_without_either_nothing_is_said(
    days_off: Holidays,
) -> None:
    today = date(2026, 6, 1)
    both = remedies(filled(received_on="2026-04-10", decided_on="2026-04-01"), today, days_off)
    decided = remedies(filled(decided_on="2026年4月1日", received_on="不记得"), today, days_off)
    assert both
    assert (both.known_on, both.is_received) == (date(2026, 4, 10), True)
    assert decided
    assert (decided.known_on, decided.is_received) == (date(2026, 4, 1), False)
    for nothing in ({}, {"decided_on": "2027-01-01"}, {"decided_on": "很久以前"}):
        assert remedies(filled(**nothing), today, days_off) is None


def test_only_a_unit_of_the_list_names_a_government_and_what_is_unanswered_stays_open(
    days_off: Holidays,
) -> None:
    fine = {"received_on": "2026-04-10"}
    today = date(2026, 6, 1)
    listed = remedies(filled(**fine, unit="清城区教育局", proceedings="review court"), today, days_off)
    made_up = remedies(filled(**fine, unit="火星教育局", on_the_spot="yes", decision="no"), today, days_off)
    assert listed
    assert (listed.government, listed.on_the_spot, listed.has_decision) == ("清城区人民政府", None, None)
    assert (listed.under_review, listed.in_court) == (True, True)
    assert made_up
    assert (made_up.government, made_up.on_the_spot, made_up.has_decision) == ("", True, False)
