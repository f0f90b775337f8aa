"""Days are read from every form clerks write them in, and a day that does not exist is not guessed."""

from datetime import date, datetime

import pytest

from openbureau.chinese.dates import FOREVER, NotADay, Period, read_day, read_days, read_period


@pytest.mark.parametrize(
    "value",
    [
        "2024-3-1",
        "2024-03-1",
        "2024.3.1",
        "2024/03/01",
        "2024年3月1日",
        "2024 年 3 月 1 日",
        "２０２４．３．１",
        "2024—03—01",
        "二〇二四年三月一日",
        "2024年03月01号",
        "20240301",
        20240301.0,
        "45352",
        45352.0,
        "24年3月1日",
        "2024-03-01 00:00:00",
        "自2024年3月1日起",
        date(2024, 3, 1),
        datetime(2024, 3, 1, 8, 30),  # noqa: DTZ001 - a spreadsheet's times have no zone
    ],
)
def test_one_day_has_many_forms(value: object) -> None:
    assert read_days(value, last=False) == ("2024-03-01",)


@pytest.mark.parametrize(
    "text", ["2024年2月", "2024.2", "2024/02", "202402", "至2024年2月", "二〇二四年二月"]
)
def test_a_month_means_its_first_day_or_its_last(text: str) -> None:
    assert read_days(text, last=False) == ("2024-02-01",)
    assert read_days(text, last=True) == ("2024-02-29",)


def test_a_year_means_its_first_day_or_its_last() -> None:
    assert read_days("2024年", last=False) == ("2024-01-01",)
    assert read_days(2024.0, last=True) == ("2024-12-31",)


@pytest.mark.parametrize(
    "text",
    [
        "2023.9.1-2026.8.31",
        "2023-09-01-2026-08-31",
        "2023年9月1日至2026年8月31日",
        "2023年9月-2026年8月",
        "2023-09—2026-08",
        "自2023/9/1起至2026/8/31止",
        "二〇二三年九月一日至二〇二六年八月三十一日",
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_a_range_begins_with_the_first_part_and_ends_with_the_second(text: str, last: bool) -> None:
    assert read_days(text, last=last) == ("2023-09-01", "2026-08-31")


def test_a_permit_without_end_is_said_so() -> None:
    assert read_days("长期有效", last=True) == ("长期",)
    assert read_days("2023年9月1日至長期", last=True) == ("2023-09-01", "长期")


@pytest.mark.parametrize("text", ["", "-", "/", "——"])
def test_nothing_is_no_day_and_no_fault(text: str) -> None:
    assert read_days(text, last=True) == ()


@pytest.mark.parametrize(
    "value", ["2025年2月29日", "2024-13-1", "2024-0-1", "明年", "三年", "9/1/2023", "1024年", 3.5, True]
)
def test_a_day_that_does_not_exist_is_refused(value: object) -> None:
    with pytest.raises(NotADay):
        read_days(value, last=True)


@pytest.mark.parametrize(
    "text",
    [
        "2024-3-1",
        "2024/03/01",
        "２０２４．３．１",
        "2024 年 3 月 1 日",
        "二〇二四年三月一日",
        "20240301",
        "24年3月1日",
    ],
)
def test_a_whole_day_that_stands_alone_is_read_as_a_date(text: str) -> None:
    assert read_day(text) == date(2024, 3, 1)


@pytest.mark.parametrize(
    "text", ["", "上个月", "2024-03", "2024", "2024-02-30", "2024-3-1至2024-3-2", "长期", "45352"]
)
def test_what_is_not_one_whole_day_is_no_date(text: str) -> None:
    with pytest.raises(NotADay):
        read_day(text)


def test_a_slip_of_the_year_is_left_to_whoever_asks_for_the_day() -> None:
    assert read_day("0205-03-20") == date(205, 3, 20)


@pytest.mark.parametrize(
    "text",
    [
        "2023-09-01至",
        "2023-09-01—",
        "2023.9.1 -",
        "2023年9月1日起",
        "自2023年9月1日起",
        "自2023年9月1日起至今",
        "2023年9月起",
        "2023年09月01日至    年  月  日",
        "发证日期：2023-09-01",
        "2023年9月1日起（换证）",
    ],
)
@pytest.mark.parametrize("alone", ["begin", "end", ""])
def test_a_period_without_an_end_has_no_last_day(text: str, alone: str) -> None:
    assert read_period(text, alone=alone) == Period("2023-09-01", None)


@pytest.mark.parametrize(
    "text",
    ["至2026年8月", "2026-08-31止", "截至2026-08-31", "2026年8月31日前", "—2026-08-31", "2026-08-31到期"],
)
@pytest.mark.parametrize("alone", ["begin", "end", ""])
def test_a_period_without_a_beginning_has_no_first_day(text: str, alone: str) -> None:
    assert read_period(text, alone=alone) == Period(None, "2026-08-31")


def test_a_day_without_a_word_is_what_its_column_says() -> None:
    assert read_period("2026-08", alone="begin") == Period("2026-08-01", None)
    assert read_period("2026-08", alone="end") == Period(None, "2026-08-31")
    with pytest.raises(NotADay):
        read_period("2026-08", alone="")
    assert read_period("", alone="") == Period(None, None)


@pytest.mark.parametrize(
    "text", ["自2026-08-31止", "2023-09-01至办学终止", "2023-09-01起3年", "2099-12-31至2026-08-31"]
)
def test_a_period_that_contradicts_itself_or_says_more_is_refused(text: str) -> None:
    with pytest.raises(NotADay):
        read_period(text, alone="end")


@pytest.mark.parametrize(
    "value",
    [
        "9999-12-31",
        "2099/12/31",
        "2999年",
        "3000-01-01",
        "2099年12月",
        "99991231",
        73050.0,
        "2958465",
        date(9999, 12, 31),
        datetime(2099, 12, 31),  # noqa: DTZ001 - a spreadsheet's times have no zone
        "长期有效",
        "永久",
        "无固定期限",
        "无期限",
        "不限期",
        "2099-12-31（长期）",
    ],
)
def test_a_day_so_far_that_it_means_no_end_is_read_one_way(value: object) -> None:
    assert read_days(value, last=True) == (FOREVER,)
    assert read_period(value, alone="begin") == Period(None, FOREVER)


@pytest.mark.parametrize("text", ["2204-08-31", "2999-13-01", "99年1月1日"])
def test_a_slip_in_the_year_is_not_taken_for_no_end(text: str) -> None:
    with pytest.raises(NotADay):
        read_days(text, last=True)


def test_serial_numbers_count_from_the_day_of_the_workbook() -> None:
    assert read_days(44803.0, last=True) == ("2022-08-30",)
    assert read_days(44803.0, last=True, from_1904=True) == ("2026-08-31",)


@pytest.mark.parametrize(
    "text", ["一" * 40_000, " " * 40_000 + "2024", "2024年" * 10_000, "二〇" * 20_000 + "年"]
)
def test_a_long_text_is_no_day_and_costs_nothing(text: str) -> None:
    with pytest.raises(NotADay):
        read_days(text, last=True)
