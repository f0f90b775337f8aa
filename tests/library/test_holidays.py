"""The tables of days off and worked weekends: what they say, and what is wrong with a bad one."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from openbureau.library.holidays import read_holidays
from openbureau.publishing.build import publication_id, publish
from openbureau.publishing.publication import Publication, Shelf
from openbureau.tips.deadlines import is_working_day
from support.makers import REAL, line_of, problems, substitute, texts

TABLE = "holidays/2026.toml"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


# What they say


def test_the_tables_of_the_first_site_have_no_problem_and_name_their_notices() -> None:
    holidays, found = read_holidays(REAL)
    assert found == []
    notices = {2024: "国办发明电〔2023〕7号", 2025: "国办发明电〔2024〕12号", 2026: "国办发明电〔2025〕7号"}
    assert {year: notice in holidays.years[year] for year, notice in notices.items()} == dict.fromkeys(
        notices, True
    )


@pytest.mark.parametrize(
    ("year", "worked", "off", "made_up"), [(2024, 251, 28, 8), (2025, 248, 28, 5), (2026, 248, 33, 6)]
)
def test_each_year_has_the_working_days_days_off_and_worked_weekends_of_its_notice(
    year: int, worked: int, off: int, made_up: int
) -> None:
    holidays, _ = read_holidays(REAL)
    first = date(year, 1, 1)
    days = [first + timedelta(days=each) for each in range((date(year + 1, 1, 1) - first).days)]
    assert sum(is_working_day(day, holidays) for day in days) == worked
    assert sum(day.year == year for day in holidays.off) == off
    assert sum(day.year == year for day in holidays.work) == made_up


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        ("2024-02-04", True),
        ("2024-02-09", True),
        ("2024-02-17", False),
        ("2024-06-10", False),
        ("2025-01-01", False),
        ("2025-01-02", True),
        ("2025-01-26", True),
        ("2025-10-08", False),
        ("2026-01-04", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-10-08", True),
        ("2026-10-11", False),
    ],
)
def test_a_day_is_worked_or_off_as_the_notice_says(day: str, is_worked: bool) -> None:
    assert is_working_day(date.fromisoformat(day), read_holidays(REAL)[0]) is is_worked


def test_days_know_their_holiday(content: Path) -> None:
    holidays, _ = read_holidays(content)
    assert holidays.off[date(2026, 2, 17)] == "春节"
    assert holidays.work[date(2026, 9, 20)] == "国庆节"


def test_without_a_folder_no_year_is_known_and_nothing_else_is_wrong(content: Path) -> None:
    (content / TABLE).unlink()
    assert problems(content) == []
    assert read_holidays(content)[0].years == {}


# Publication


def test_a_publication_has_the_tables_and_another_table_makes_another_publication(
    content: Path, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "publications")
    before = publication_id(content)
    publish(content, shelf)
    (content / "holidays" / "~$2026.toml").write_bytes(b"\xff")
    assert publication_id(content) == before
    substitute(content / TABLE, "to = 2026-06-21", "to = 2026-06-22")
    after = publish(content, shelf).id
    assert after != before
    old, new = (Publication(shelf.folder / name).holidays for name in (before, after))
    assert (date(2026, 6, 22) in old.off, date(2026, 6, 22) in new.off) == (False, True)


# What is wrong with a bad one

FAULTS = {
    "a day in another year": (
        "from = 2026-01-01",
        "from = 2025-12-31",
        ["{head}: 元旦: 2025-12-31 is not in 2026; write it into holidays/2025.toml"],
    ),
    "an end before its beginning": (
        "to = 2026-01-03",
        "to = 2025-01-03",
        ["{head}: 元旦: from 2026-01-01 to 2025-01-03 is not 1 to 15 days; correct from or to"],
    ),
    "a month too many": (
        "to = 2026-01-03",
        "to = 2026-02-03",
        ["{head}: 元旦: from 2026-01-01 to 2026-02-03 is not 1 to 15 days; correct from or to"],
    ),
    "a day in quotes": (
        "to = 2026-01-03",
        'to = "2026-01-03"',
        ["{head}: 元旦: from or to is not a day; write from = 2026-01-01"],
    ),
    "an instant instead of a day": (
        "to = 2026-01-03",
        "to = 2026-01-03T00:00:00",
        ["{head}: 元旦: from or to is not a day; write from = 2026-01-01"],
    ),
    "a day off twice": (
        "from = 2026-09-25\nto = 2026-09-27",
        "from = 2026-09-30\nto = 2026-10-01",
        ["37: 国庆节: 2026-10-01 stands here twice; 中秋节 has it, too: correct one"],
    ),
    "a weekday that is worked anyway": (
        "work = [2026-01-04]",
        "work = [2026-01-05]",
        ["{head}: 元旦: 2026-01-05 is no Saturday or Sunday; work names only weekend days that are worked"],
    ),
    "a day that is off and worked": (
        "work = [2026-01-04]",
        "work = [2026-02-15]",
        ["{head}: 元旦: 2026-02-15 is off and worked; correct it here or in 春节"],
    ),
    "one day that is no list": (
        "work = [2026-01-04]",
        "work = 2026-01-04",
        ["{head}: 元旦: work is not a list of days; write work = [2026-02-14]"],
    ),
    "a holiday that is missing": (
        'name = "端午节"',
        'name = "重阳节"',
        [" 端午节 is missing; a table has all holidays of its year, or is not there"],
    ),
    "a holiday without a name": (
        'name = "元旦"',
        'name = ""',
        [
            '{head}: the holiday has no name; write name = "春节"',
            " 元旦 is missing; a table has all holidays of its year, or is not there",
        ],
    ),
    "a field that is not known": (
        "work = [2026-01-04]",
        "works = [2026-01-04]",
        ["{head}: works is not known here; correct its name or remove it"],
    ),
    "a field that is not known at the top": (
        "source = ",
        "year = 2026\nsource = ",
        ["2: year is not known here; correct its name or remove it"],
    ),
    "no source": (
        'source = "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）"',
        'source = ""',
        ['2: source is not a text; name the notice: source = "…"'],
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_a_table_is_told_with_its_line_and_how_to_mend_it(
    content: Path, before: str, after: str, told: list[str]
) -> None:
    table = content / TABLE
    substitute(table, before, after)
    above = table.read_text(encoding="utf-8").partition(after)[0].split("\n")
    head = max((n for n, line in enumerate(above, 1) if line == "[[holidays]]"), default=0)
    expected = [f"{TABLE}:{each.format(head=head)}" for each in told]
    assert sorted(problems(content)) == sorted(expected)


def test_a_table_with_a_fault_is_left_out_whole(content: Path) -> None:
    substitute(content / TABLE, "to = 2026-01-03", "to = 2026-02-03")
    holidays, _ = read_holidays(content)
    assert (holidays.years, holidays.off, holidays.work) == ({}, {}, {})


def test_a_table_without_holidays_is_told(content: Path) -> None:
    (content / TABLE).write_text('source = "通知"\n', encoding="utf-8")
    assert problems(content) == [f"{TABLE}: there are no holidays; write [[holidays]] above each of them"]


def test_a_table_that_is_not_toml_is_told_with_its_line(content: Path) -> None:
    line = line_of(content / TABLE, "from = 2026-01-01")
    substitute(content / TABLE, "from = 2026-01-01", "from = 2026年1月1日")
    (told,) = problems(content)
    assert told.startswith(f"{TABLE}:{line}: not TOML: ")


def test_a_table_in_gbk_is_told_with_its_line(content: Path) -> None:
    (content / TABLE).write_bytes("# 2026\n# 元旦\n".encode("gbk"))
    assert problems(content) == [f"{TABLE}:2: this line is not UTF-8; save the file as UTF-8"]


def test_a_table_that_is_not_named_for_a_year_is_told(content: Path) -> None:
    (content / TABLE).rename(content / "holidays" / "this-year.toml")
    told = "holidays/this-year.toml: the file is not named for a year; name it like 2026.toml"
    assert problems(content) == [told]


@pytest.mark.parametrize("name", ["holidays/2026.md", "holidays/old/2026.toml", "holidays/2026.TOML"])
def test_another_file_among_the_tables_is_told(content: Path, name: str) -> None:
    path = content / name
    path.parent.mkdir(exist_ok=True)
    (content / TABLE).rename(path)
    (told,) = problems(content)
    assert told.startswith(f"{name}: this file has no place here")
    assert "holidays/<year>.toml" in told
