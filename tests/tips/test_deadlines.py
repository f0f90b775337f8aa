"""When a step of a tip is due: what is counted, where it ends, when it warns, and what no table can tell."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from openbureau.library.bureau import read_bureau
from openbureau.library.holidays import Holidays, read_holidays
from openbureau.library.time_limits import STEPS, TimeLimit
from openbureau.publishing.build import check
from openbureau.tips.deadlines import Clock, DeadlineState, MissingYear, clocks, deadline, is_working_day
from openbureau.tips.model import Stage, TipEvent, TipEventKind
from support.makers import REAL, substitute, texts
from support.site import CONTENT

DAYS_OFF = read_holidays(REAL)[0]
MONDAY = date(2026, 6, 1)
LAW = TimeLimit("告知", 15, "calendar", "law", "示例法")
PROMISE = TimeLimit("办结", 60, "calendar", "promise", "示例承诺")
WORKING = TimeLimit("初审", 5, "working", "promise", "示例承诺")
LIMITS = {"screen": WORKING, "notify": LAW, "conclude": PROMISE}


def history(*steps: tuple[Stage, date]) -> list[TipEvent]:
    """The events of a tip that was received on the first day and moved along after it."""
    kinds = [TipEventKind.SUBMITTED, *[TipEventKind.MOVED] * len(steps)]
    return [
        TipEvent(day=day, event=kind, stage=stage) for (stage, day), kind in zip(steps, kinds, strict=False)
    ]


def by_step(*steps: tuple[Stage, date], days_off: Holidays = DAYS_OFF) -> dict[str, Clock]:
    return {clock.step: clock for clock in clocks(history(*steps), LIMITS, days_off)}


def states(*steps: tuple[Stage, date], today: date) -> dict[str, DeadlineState]:
    return {step: clock.state(today) for step, clock in by_step(*steps).items()}


# Counting


def test_the_day_itself_is_not_counted() -> None:
    assert deadline(MONDAY, replace(PROMISE, days=1), DAYS_OFF).due_on == date(2026, 6, 2)
    assert deadline(MONDAY, replace(WORKING, days=1), DAYS_OFF).due_on == date(2026, 6, 2)
    assert deadline(MONDAY, LAW, DAYS_OFF).due_on == date(2026, 6, 16)


def test_weekends_do_not_count_as_working_days() -> None:
    found = deadline(MONDAY, WORKING, DAYS_OFF)
    assert (found.due_on, found.passed_over, found.made_up) == (date(2026, 6, 8), (), ())


def test_holidays_do_not_count_as_working_days_and_worked_weekends_do() -> None:
    found = deadline(date(2026, 2, 13), WORKING, DAYS_OFF)
    assert found.due_on == date(2026, 2, 27)
    assert found.made_up == (date(2026, 2, 14),)
    assert found.passed_over == tuple((date(2026, 2, day), "春节") for day in (16, 17, 18, 19, 20, 23))


def test_working_days_may_begin_on_a_day_off() -> None:
    assert deadline(date(2026, 10, 3), WORKING, DAYS_OFF).due_on == date(2026, 10, 13)


def test_from_every_day_just_the_days_of_the_limit_are_worked_until_it_ends() -> None:
    for count in range(365 * 2):
        start = date(2024, 1, 1) + timedelta(days=count)
        due_on = deadline(start, WORKING, DAYS_OFF).due_on
        between = [start + timedelta(days=each + 1) for each in range((due_on - start).days)]
        assert sum(is_working_day(day, DAYS_OFF) for day in between) == WORKING.days, start
        assert is_working_day(due_on, DAYS_OFF), start


@dataclass(frozen=True)
class End:
    """A start, and the days on which a promise of 15 days and a legal limit of 15 days end."""

    start: date
    promised: date
    legal: date


ENDS = {
    "on a working day": End(date(2026, 6, 1), date(2026, 6, 16), date(2026, 6, 16)),
    "on a Sunday": End(date(2026, 5, 30), date(2026, 6, 14), date(2026, 6, 15)),
    "in a long holiday": End(date(2026, 9, 17), date(2026, 10, 2), date(2026, 10, 8)),
    "before a weekend that is off": End(date(2026, 6, 4), date(2026, 6, 19), date(2026, 6, 22)),
    "on a Saturday that is worked": End(date(2026, 9, 25), date(2026, 10, 10), date(2026, 10, 10)),
}


@pytest.mark.parametrize("case", ENDS.values(), ids=ENDS)
def test_a_legal_limit_that_ends_on_a_day_off_ends_on_the_next_working_day_and_a_promise_does_not(
    case: End,
) -> None:
    legal = deadline(case.start, LAW, DAYS_OFF)
    promised = deadline(case.start, replace(LAW, binds="promise"), DAYS_OFF)
    assert (legal.counted_to, legal.due_on) == (case.promised, case.legal)
    assert (promised.counted_to, promised.due_on) == (case.promised, case.promised)


def test_a_deadline_names_the_notices_it_was_counted_by() -> None:
    (source,) = deadline(MONDAY, WORKING, DAYS_OFF).sources
    assert source == DAYS_OFF.years[2026]
    both = deadline(date(2025, 12, 30), WORKING, DAYS_OFF).sources
    assert both == (DAYS_OFF.years[2025], DAYS_OFF.years[2026])
    assert deadline(MONDAY, PROMISE, DAYS_OFF).sources == ()


def test_another_table_gives_another_day() -> None:
    struck = date(2026, 6, 8)
    corrected = replace(DAYS_OFF, off={**DAYS_OFF.off, struck: "临时放假"})
    assert deadline(MONDAY, WORKING, DAYS_OFF).due_on == struck
    assert deadline(MONDAY, WORKING, corrected).due_on == date(2026, 6, 9)


# A year without a table


@pytest.mark.parametrize(
    ("start", "limit", "earliest"),
    [
        (date(2026, 12, 28), WORKING, date(2027, 1, 5)),
        (date(2026, 12, 17), LAW, date(2027, 1, 4)),
        (date(2026, 12, 18), LAW, date(2027, 1, 4)),
        (date(2027, 1, 4), WORKING, date(2027, 1, 11)),
        (date(2027, 3, 1), LAW, date(2027, 3, 16)),
    ],
)
def test_in_a_year_without_a_table_the_earliest_last_day_is_told_and_the_table_named(
    start: date, limit: TimeLimit, earliest: date
) -> None:
    found = deadline(start, limit, DAYS_OFF)
    assert found.due_on == earliest
    assert found.missing is not None
    assert found.missing.year == 2027
    assert "2027: add content/holidays/2027.toml" in str(found.missing)
    assert DAYS_OFF.years.get(2027) not in found.sources


def test_whether_a_day_is_worked_cannot_be_told_without_its_table() -> None:
    with pytest.raises(MissingYear, match=r"2027: add content/holidays/2027\.toml") as caught:
        is_working_day(date(2027, 3, 1), DAYS_OFF)
    assert caught.value.year == 2027


def test_a_limit_that_moves_into_a_year_without_a_table_says_so() -> None:
    only = Holidays(years={2028: "示例通知"})
    sunday = date(2028, 12, 31)
    found = deadline(sunday - timedelta(days=15), LAW, only)
    assert found.missing is not None
    assert (found.missing.year, found.counted_to, found.due_on) == (2029, sunday, date(2029, 1, 2))


def test_in_a_year_without_a_table_nothing_is_overdue_while_a_holiday_could_still_last() -> None:
    clock = by_step((Stage.RECEIVED, date(2026, 12, 17)))["notify"]
    days = {
        date(2027, 1, 3): DeadlineState.AMBER,
        date(2027, 1, 4): DeadlineState.DUE,
        date(2027, 1, 5): DeadlineState.UNKNOWN,
        date(2027, 1, 16): DeadlineState.UNKNOWN,
        date(2027, 1, 17): DeadlineState.OVERDUE,
    }
    assert {day: clock.state(day) for day in days} == days


def test_in_a_year_without_a_table_a_step_is_late_only_where_no_table_could_make_it_in_time() -> None:
    for day, state in (
        (date(2027, 1, 4), DeadlineState.MET),
        (date(2027, 1, 16), DeadlineState.UNKNOWN),
        (date(2027, 1, 17), DeadlineState.LATE),
    ):
        clock = by_step((Stage.RECEIVED, date(2026, 12, 17)), (Stage.ACCEPTED, day))["notify"]
        assert clock.state(date(2027, 6, 1)) is state


def a_year_like_any(year: int, draw: random.Random) -> Holidays:
    """A table such as may be announced: seven holidays of one to nine days, some weekends worked for them."""
    off: dict[date, str] = {date(year, 1, 1): "元旦"}
    for month in (1, 2, 4, 5, 6, 9, 10):
        first = date(year, month, draw.randint(1, 19))
        off |= {first + timedelta(days=count): "示例" for count in range(draw.randint(1, 9))}
    weekends = [date(year, 1, 1) + timedelta(days=count) for count in range(365)]
    free = [day for day in weekends if day.weekday() >= 5 and day not in off]
    return Holidays({year: "示例通知"}, off, dict.fromkeys(draw.sample(free, 12), "示例"))


def test_whatever_table_is_announced_the_last_day_lies_where_it_was_said_to_lie() -> None:
    """For every start within ten years: the day to act by is in time, and nothing is called over too soon."""
    draw = random.Random(20270101)  # noqa: S311
    for year in range(2027, 2037):
        before, after = Holidays(), a_year_like_any(year, draw)
        for count in range(320):
            # From the first start whose fifteenth day is in the year.
            start = date(year - 1, 12, 17) + timedelta(days=count)
            limits = [LAW, *([WORKING, replace(WORKING, days=20)] if start.year == year else [])]
            for limit in limits:
                told, real = deadline(start, limit, before), deadline(start, limit, after)
                assert told.missing is not None
                assert real.missing is None
                assert told.act_by <= real.due_on <= told.latest_on, (start, limit)


def test_the_kind_of_day_decides_for_every_start_within_ten_years() -> None:
    """Against a count by hand, day after day: working days, calendar days of a law, and of a promise."""
    known = {year: f"{year}年通知" for year in range(2024, 2035)}
    days_off = Holidays(known, DAYS_OFF.off, DAYS_OFF.work)
    for count in range(3653):
        start = date(2024, 1, 1) + timedelta(days=count)
        worked, day = 0, start
        while worked < 7:
            day += timedelta(days=1)
            worked += day in days_off.work or (day.weekday() < 5 and day not in days_off.off)
        assert deadline(start, replace(WORKING, days=7), days_off).due_on == day
        calendar = start + timedelta(days=7)
        assert deadline(start, replace(PROMISE, days=7), days_off).due_on == calendar
        while not (calendar in days_off.work or (calendar.weekday() < 5 and calendar not in days_off.off)):
            calendar += timedelta(days=1)
        assert deadline(start, replace(LAW, days=7), days_off).due_on == calendar


def test_what_does_not_depend_on_a_table_is_told_without_one() -> None:
    assert deadline(MONDAY, PROMISE, Holidays()).due_on == date(2026, 7, 31)


def test_one_step_that_cannot_be_computed_does_not_hide_the_others() -> None:
    found = by_step((Stage.RECEIVED, date(2026, 12, 21)), (Stage.ACCEPTED, date(2026, 12, 24)))
    screened, told = found["screen"], found["notify"]
    assert screened.deadline is not None
    assert screened.deadline.due_on == date(2026, 12, 28)
    assert screened.missing is None
    assert told.deadline is not None
    assert told.deadline.due_on == date(2027, 1, 5)
    assert told.missing is not None
    assert told.missing.year == 2027
    assert told.state(date(2026, 12, 25)) is DeadlineState.MET


# Amber and red


def test_a_clock_warns_from_seventy_per_cent_on_and_is_red_from_its_last_day_on() -> None:
    clock = by_step((Stage.RECEIVED, MONDAY), (Stage.ACCEPTED, MONDAY))["conclude"]
    seen = {
        day: clock.state(day)
        for day in (
            MONDAY,
            date(2026, 7, 12),
            date(2026, 7, 13),
            date(2026, 7, 30),
            date(2026, 7, 31),
            date(2026, 8, 1),
        )
    }
    assert [*seen.values()] == [
        DeadlineState.RUNNING,
        DeadlineState.RUNNING,
        DeadlineState.AMBER,
        DeadlineState.AMBER,
        DeadlineState.DUE,
        DeadlineState.OVERDUE,
    ]


def test_a_clock_of_working_days_warns_by_working_days() -> None:
    clock = by_step((Stage.RECEIVED, date(2026, 2, 13)))["screen"]
    # 14 February is worked; then nine days off: 70 % of five days are used on the fourth working day.
    assert clock.state(date(2026, 2, 25)) is DeadlineState.RUNNING
    assert clock.state(date(2026, 2, 26)) is DeadlineState.AMBER
    assert clock.state(date(2026, 2, 27)) is DeadlineState.DUE


def test_a_limit_that_was_moved_warns_by_its_real_length() -> None:
    # 15 days from 17 September end on 8 October, after 21 days: 70 % of these are 15.
    assert deadline(date(2026, 9, 17), LAW, DAYS_OFF).amber_on == date(2026, 10, 2)


# The steps of a tip


def test_a_tip_that_was_just_received_waits_to_be_accepted() -> None:
    assert states((Stage.RECEIVED, MONDAY), today=MONDAY) == {
        "screen": DeadlineState.RUNNING,
        "notify": DeadlineState.RUNNING,
        "conclude": DeadlineState.WAITING,
    }


def test_handling_is_counted_from_the_acceptance() -> None:
    found = by_step((Stage.RECEIVED, MONDAY), (Stage.ACCEPTED, date(2026, 6, 10)))["conclude"]
    assert found.began_on == date(2026, 6, 10)
    assert found.deadline is not None
    assert found.deadline.due_on == date(2026, 8, 9)


def test_a_step_is_done_in_time_on_its_last_day_and_late_the_day_after() -> None:
    for day, state in ((date(2026, 6, 8), DeadlineState.MET), (date(2026, 6, 9), DeadlineState.LATE)):
        moved = [(Stage.RECEIVED, MONDAY), (Stage.SCREENING, date(2026, 6, 2)), (Stage.ACCEPTED, day)]
        assert states(*moved, today=date(2026, 12, 1))["screen"] is state


def test_a_tip_that_goes_on_is_late_only_where_it_was_late() -> None:
    seen = states(
        (Stage.RECEIVED, MONDAY),
        (Stage.ACCEPTED, date(2026, 6, 9)),
        (Stage.TRANSFERRED, date(2026, 6, 10)),
        (Stage.INVESTIGATING, date(2026, 6, 11)),
        (Stage.CONCLUDED, date(2026, 7, 1)),
        (Stage.ANSWERED, date(2026, 7, 2)),
        today=date(2026, 12, 1),
    )
    assert seen == {"screen": DeadlineState.LATE, "notify": DeadlineState.MET, "conclude": DeadlineState.MET}


def test_a_tip_that_was_declined_has_nothing_to_conclude() -> None:
    seen = states((Stage.RECEIVED, MONDAY), (Stage.DECLINED, date(2026, 6, 5)), today=date(2026, 6, 5))
    assert seen == {"screen": DeadlineState.MET, "notify": DeadlineState.MET}


def test_granted_days_follow_the_last_day_of_the_limit_and_are_shown_apart() -> None:
    steps = ((Stage.RECEIVED, MONDAY), (Stage.ACCEPTED, MONDAY))
    limits = {**LIMITS, "extend": replace(PROMISE, days=30)}
    *_, conclude = clocks(history(*steps), limits, DAYS_OFF, 30)
    assert conclude.deadline is not None
    assert conclude.unextended == deadline(MONDAY, PROMISE, DAYS_OFF)
    assert conclude.deadline.due_on == MONDAY + timedelta(days=90)
    assert conclude.extended_by == 30
    assert conclude.state(MONDAY + timedelta(days=61)) is DeadlineState.RUNNING
    screen, notify, _ = clocks(history(*steps), limits, DAYS_OFF, 30)
    assert (screen.extended_by, notify.extended_by) == (0, 0)


def test_a_merged_tip_was_told_in_time_and_its_other_clocks_stop() -> None:
    found = states((Stage.RECEIVED, MONDAY), (Stage.MERGED, MONDAY), today=date(2026, 12, 1))
    assert found == {"screen": DeadlineState.MET, "notify": DeadlineState.MET}
    accepted = ((Stage.RECEIVED, MONDAY), (Stage.ACCEPTED, MONDAY), (Stage.MERGED, MONDAY))
    assert states(*accepted, today=date(2026, 12, 1))["conclude"] is DeadlineState.STOPPED


def test_the_clocks_of_a_tip_that_was_withdrawn_stop() -> None:
    moved = [
        (Stage.RECEIVED, MONDAY),
        (Stage.ACCEPTED, date(2026, 6, 5)),
        (Stage.WITHDRAWN, date(2026, 6, 9)),
    ]
    assert states(*moved, today=date(2026, 12, 1)) == {
        "screen": DeadlineState.MET,
        "notify": DeadlineState.MET,
        "conclude": DeadlineState.STOPPED,
    }
    assert not any(clock.is_running for clock in by_step(*moved).values())


# Counted by hand

HAND_COUNTED = {
    "60 days that end in the National Day holiday": (date(2026, 8, 2), 60, "calendar", date(2026, 10, 8)),
    "60 days that end just before it": (date(2026, 7, 30), 60, "calendar", date(2026, 9, 28)),
    "60 days that end on a Sunday": (date(2026, 4, 1), 60, "calendar", date(2026, 6, 1)),
    "60 days that end in the eight days of 2025": (date(2025, 8, 5), 60, "calendar", date(2025, 10, 9)),
    "60 days that end on the first day of Spring Festival": (
        date(2025, 12, 17),
        60,
        "calendar",
        date(2026, 2, 24),
    ),
    "60 days that end inside it": (date(2025, 12, 23), 60, "calendar", date(2026, 2, 24)),
    "60 days over a month end in a leap year": (date(2024, 2, 29), 60, "calendar", date(2024, 4, 29)),
    "60 days from a 31st": (date(2026, 3, 31), 60, "calendar", date(2026, 6, 1)),
    "60 days to the last day that has a table": (date(2026, 11, 1), 60, "calendar", date(2026, 12, 31)),
    "60 days to a year without a table": (date(2026, 11, 2), 60, "calendar", date(2027, 1, 4)),
    "15 days into National Day": (date(2026, 9, 22), 15, "calendar", date(2026, 10, 8)),
    "15 days into Spring Festival": (date(2026, 2, 4), 15, "calendar", date(2026, 2, 24)),
    "15 days over the year's end, to a worked Sunday": (
        date(2025, 12, 17),
        15,
        "calendar",
        date(2026, 1, 4),
    ),
    "15 days into Labour Day": (date(2026, 4, 16), 15, "calendar", date(2026, 5, 6)),
    "15 days to a year without a table": (date(2026, 12, 17), 15, "calendar", date(2027, 1, 4)),
    "15 days to its eve": (date(2026, 12, 16), 15, "calendar", date(2026, 12, 31)),
    "seven working days over National Day": (date(2026, 9, 29), 7, "working", date(2026, 10, 14)),
    "seven working days without a holiday": (date(2026, 11, 2), 7, "working", date(2026, 11, 11)),
    "seven working days over Spring Festival": (date(2026, 2, 10), 7, "working", date(2026, 2, 26)),
    "five working days to a worked Saturday": (date(2026, 9, 28), 5, "working", date(2026, 10, 10)),
    "five working days at the year's end": (date(2026, 12, 24), 5, "working", date(2026, 12, 31)),
    "15 days after a reconsideration that never came": (
        date(2026, 8, 14),
        15,
        "calendar",
        date(2026, 8, 31),
    ),
}
"""A start, a period of law, its kind of days, and its last day, each counted on paper with the notices."""


@pytest.mark.parametrize(("start", "days", "kind", "last"), HAND_COUNTED.values(), ids=HAND_COUNTED)
def test_a_period_ends_where_it_was_counted_to_by_hand(start: date, days: int, kind: str, last: date) -> None:
    assert deadline(start, TimeLimit("示例", days, kind, "law", "示例法"), DAYS_OFF).due_on == last


# The limits of site.toml


@pytest.mark.parametrize("content", [REAL, CONTENT])
def test_every_step_has_a_limit_and_only_the_extension_no_clock_of_its_own(content: Path) -> None:
    bureau, _ = read_bureau(content)
    assert bureau is not None
    assert set(bureau.clocks) == set(STEPS)
    timed = clocks(history((Stage.RECEIVED, MONDAY)), bureau.clocks, DAYS_OFF)
    assert {clock.step for clock in timed} == set(STEPS) - {"extend"}


def test_the_limits_of_the_first_site_are_those_of_the_law_and_of_its_promises() -> None:
    bureau, _ = read_bureau(REAL)
    assert bureau is not None
    assert {step: (limit.days, limit.kind, limit.binds) for step, limit in bureau.clocks.items()} == {
        "screen": (5, "working", "promise"),
        "notify": (15, "calendar", "law"),
        "conclude": (60, "calendar", "promise"),
        "extend": (30, "calendar", "promise"),
    }
    assert "信访工作条例》第二十三条" in bureau.clocks["notify"].source


FAULTS = {
    "a step without a table": (
        "[clocks.extend]",
        "[clocks.extends]",
        [
            ": there is no table [clocks.extend]; add [clocks.extend]",
            ":{line}: clocks.extends is not known here; known steps: screen, notify, conclude, extend",
        ],
    ),
    "days that are none": (
        "days = 15",
        "days = 0",
        [":{head}: clocks.notify: days is not a number of days; write a whole number from 1 to 366"],
    ),
    "days in words": (
        "days = 15",
        'days = "15"',
        [":{head}: clocks.notify: days is not a number of days; write a whole number from 1 to 366"],
    ),
    "another kind of day": (
        'kind = "working"',
        'kind = "business"',
        [":{head}: clocks.screen: kind is “business”; use one of calendar, working"],
    ),
    "neither law nor promise": (
        'binds = "law"',
        'binds = "custom"',
        [":{head}: clocks.notify: binds is “custom”; use one of law, promise"],
    ),
    "no source": (
        'source = "《信访工作条例》第二十三条"\n',
        "",
        [':{head}: clocks.notify: source is not a text; write it in quotes: "…"'],
    ),
    "a field that is not known": (
        "days = 15",
        "days = 15\nhours = 3",
        [":{head}: clocks.notify: hours is not known here; correct its name or remove it"],
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_limit_is_told_with_its_table_and_how_to_mend_it(
    tmp_path: Path, before: str, after: str, told: list[str]
) -> None:
    content = texts(tmp_path)
    above = (content / "site.toml").read_text(encoding="utf-8").partition(before)[0].split("\n")
    head = max((n for n, line in enumerate(above, 1) if line.startswith("[clocks.")), default=0)
    substitute(content / "site.toml", before, after)
    problems = sorted(str(each) for each in check(content))
    assert problems == sorted("site.toml" + each.format(head=head, line=len(above)) for each in told)
