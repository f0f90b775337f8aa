"""Days off and working weekends (调休) of each year: `content/holidays/<year>.toml`.

They follow no rule: the State Council announces them every autumn for the next year.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeGuard

from openbureau.library.problems import Problem
from openbureau.library.toml_files import line_of, lines_of, read_toml

FOLDER = "holidays"

NAMES = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
"""When everybody is off (全国年节及纪念日放假办法, article 2): a table without one is not complete."""

MAX_HOLIDAY_DAYS = 15
"""No holiday has been longer than nine, and a slip in `to` must not stretch a deadline."""

_FIELDS = {"source", "holidays"}
_HOLIDAY_FIELDS = {"name", "from", "to", "work"}


@dataclass(frozen=True)
class Holidays:
    """What is known of the years: `years` gives the notice a year's table is from, `off` the holiday that a
    day belongs to, `work` the Saturdays and Sundays on which people work, each with the holiday it is for."""

    years: Mapping[int, str] = field(default_factory=dict)
    off: Mapping[date, str] = field(default_factory=dict)
    work: Mapping[date, str] = field(default_factory=dict)


def holiday_files(content: Path) -> list[Path]:
    """The tables, the oldest year first, without editors' droppings."""
    paths = (content / FOLDER).glob("*.toml")
    return sorted(path for path in paths if not path.name.startswith((".", "~$")))


def read_holidays(content: Path) -> tuple[Holidays, list[Problem]]:
    """The tables of all years and what is wrong with them; a year that has a fault is left out whole."""
    years: dict[int, str] = {}
    off: dict[date, str] = {}
    work: dict[date, str] = {}
    problems: list[Problem] = []
    for path in holiday_files(content):
        table = _Table(path)
        problems += table.problems
        if not table.problems:
            years[table.year] = table.source
            off |= table.off
            work |= table.work
    return Holidays(years, off, work), problems


def missing_tables(holidays: Holidays, day: date) -> list[int]:
    """The years whose tables should be there on `day` and are not: its own, and from 1 November on the coming
    one, because limits that begin then already end in it."""
    due = [day.year, *([day.year + 1] if day >= table_due_on(day.year + 1) else [])]
    return [year for year in due if year not in holidays.years]


def table_due_on(year: int) -> date:
    """From when on the table of a year should be there: 1 November before it. The notice for 2026
    came on 4 November 2025."""
    return date(year - 1, 11, 1)


class _Table:
    """One year's file while it is read."""

    def __init__(self, path: Path) -> None:
        self.name = f"{FOLDER}/{path.name}"
        self.text = ""
        self.year = 0
        self.source = ""
        self.off: dict[date, str] = {}
        self.work: dict[date, str] = {}
        self.problems: list[Problem] = []
        if not re.fullmatch(r"20\d\d", path.stem, re.ASCII):
            self._fault("", "the file is not named for a year", "name it like 2026.toml")
            return
        self.year = int(path.stem)
        data, self.text, self.problems = read_toml(path, self.name)
        if not self.problems:
            self._read(data)

    def _read(self, data: dict[str, Any]) -> None:
        for name in sorted(data.keys() - _FIELDS):
            line = line_of(self.text, name)
            self._fault(line, f"{name} is not known here", "correct its name or remove it")
        source, rows = data.get("source"), data.get("holidays")
        if isinstance(source, str) and source.strip():
            self.source = source.strip()
        else:
            self._fault(line_of(self.text, "source"), "source is not a text", 'name the notice: source = "…"')
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._fault("", "there are no holidays", "write [[holidays]] above each of them")
            return
        places = lines_of(self.text, "holidays")
        # A list may also be written on one line, without such headings.
        places = places if len(places) == len(rows) else [line_of(self.text, "holidays")] * len(rows)
        for place, row in zip(places, rows, strict=True):
            self._holiday(place, row)
        for place, row in zip(places, rows, strict=True):
            self._weekends(place, row)
        named = "、".join(str(row.get("name")) for row in rows)
        for name in NAMES:
            if name not in named:
                self._fault("", f"{name} is missing", "a table has all holidays of its year, or is not there")

    def _holiday(self, place: str, row: dict[str, Any]) -> None:
        """The days off of one holiday."""
        for unknown in sorted(row.keys() - _HOLIDAY_FIELDS):
            self._fault(place, f"{unknown} is not known here", "correct its name or remove it")
        name, first, last = row.get("name"), row.get("from"), row.get("to")
        if not isinstance(name, str) or not name.strip():
            self._fault(place, "the holiday has no name", 'write name = "春节"')
            return
        if not (_is_day(first) and _is_day(last)):
            self._fault(place, f"{name}: from or to is not a day", f"write from = {self.year}-01-01")
            return
        if not 0 <= (last - first).days < MAX_HOLIDAY_DAYS:
            what = f"{name}: from {first} to {last} is not 1 to {MAX_HOLIDAY_DAYS} days"
            self._fault(place, what, "correct from or to")
            return
        for count in range((last - first).days + 1):
            self._add(self.off, place, first + timedelta(days=count), name)

    def _weekends(self, place: str, row: dict[str, Any]) -> None:
        """The weekend days that are worked for one holiday; known after all days off."""
        days, name = row.get("work", []), str(row.get("name"))
        if not isinstance(days, list) or not all(_is_day(day) for day in days):
            self._fault(place, f"{name}: work is not a list of days", f"write work = [{self.year}-02-14]")
            return
        for day in days:
            if day.weekday() < 5:
                what = f"{name}: {day} is no Saturday or Sunday"
                self._fault(place, what, "work names only weekend days that are worked")
            elif day in self.off:
                self._fault(
                    place, f"{name}: {day} is off and worked", f"correct it here or in {self.off[day]}"
                )
            else:
                self._add(self.work, place, day, name)

    def _add(self, days: dict[date, str], place: str, day: date, name: str) -> None:
        if day.year != self.year:
            what = f"{name}: {day} is not in {self.year}"
            self._fault(place, what, f"write it into {FOLDER}/{day.year}.toml")
        elif day in days:
            self._fault(place, f"{name}: {day} stands here twice", f"{days[day]} has it, too: correct one")
        else:
            days[day] = name

    def _fault(self, place: str, what: str, mend: str) -> None:
        self.problems.append(Problem(self.name, place, what, mend))


def _is_day(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)
