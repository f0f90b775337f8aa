"""What an edition of a list or register (名单、清单的一期) changed, and when that stops the publication.

A county code left out of a file name makes two institutions the list of a whole city; a day mistyped makes a
list the newest for years. Neither can be seen in the file itself: only beside the edition before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from openbureau.library.problems import Problem
from openbureau.library.weighing.confirmation import Confirmation, read_confirmation

MAX_REMOVED_PERCENT = 5
"""Of what was listed before: more than this may not be gone without a word, however few it is."""

MAX_REMOVED = 10
MAX_REMOVED_PERCENT_OF_MANY = 2
"""More than so many may not either, if they are more than this part of what was listed."""

MAX_NAMES = 30
"""How many of those that are gone a problem names."""


class EditionCounts(NamedTuple):
    """How many rows the edition in `file` (a path below `content/`) has, and how many of those it speaks of
    are new, were changed, or are gone since the edition before it."""

    file: str
    rows: int
    new: int
    changed: int
    gone: int

    def __str__(self) -> str:
        return f"{self.file}: {self.rows} rows, {self.new} new, {self.changed} changed, {self.gone} gone"


@dataclass(frozen=True)
class ServedEditions:
    """The editions that are served already: lists by slug and digest, registers by name, day, rows and how
    many entries are gone. Whoever served them was not asked then; they are told, and published on.

    Registers that a release before the weighing published are `unweighed`, by name and day: that release
    may have counted their rows otherwise.
    """

    lists: frozenset[tuple[str, str]] = frozenset()
    registers: frozenset[tuple[str, str, int, int]] = frozenset()
    unweighed: frozenset[tuple[str, str]] = frozenset()

    def has_register(self, name: str, day: str, rows: int, gone: int) -> bool:
        """Whether the edition of a register is served with these counts."""
        return (name, day, rows, gone) in self.registers or (name, day) in self.unweighed


NOTHING_SERVED = ServedEditions()


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Who of `before` listed in the editions before has no row in this one.

    `now` are listed in this one; `lines` name those who are gone, for the digest of a confirmation and for
    people. `path` is that of the edition's file, `file` the same below `content/`. `county_name` is the name
    the file should bear (2025-01-31-441802.xlsx) when all of its rows lie in one `county` and its own name
    speaks for another `area`; else it is empty. `batch_name` is the one it should bear if it only adds; empty
    where nothing can only add.
    """

    path: Path
    file: str
    now: int
    before: int
    lines: Sequence[str]
    is_served: bool
    command: str
    unit: str
    area: str = ""
    county: str = ""
    county_name: str = ""
    batch_name: str = ""

    @property
    def is_too_much(self) -> bool:
        """Whether more is gone than may be without a word."""
        gone = len(self.lines)
        is_part = gone * 100 > MAX_REMOVED_PERCENT * self.before
        return is_part or (gone > MAX_REMOVED and gone * 100 > MAX_REMOVED_PERCENT_OF_MANY * self.before)

    @property
    def needs_word(self) -> bool:
        """Whether somebody has to confirm it."""
        return self.is_too_much or bool(self.county_name)

    @property
    def confirmation(self) -> Confirmation:
        """What confirms exactly this."""
        return Confirmation.of(self.path.name, self.lines)

    def problems(self) -> list[Problem]:
        """What is to be told of it: nothing if it is little or confirmed; a note if it is served already."""
        confirmed, problems = read_confirmation(self.path, self.file)
        if not self.needs_word or confirmed == self.confirmation:
            return problems
        what, mend = [], []
        if self.county_name:
            what.append(f"各行都属于{self.county}，文件名却是{self.area}的名单")
            mend.append(f"是{self.county}的名单的，请改名为 {self.county_name}")
        if self.is_too_much:
            named = "、".join(line.partition("\t")[2] or line for line in self.lines[:MAX_NAMES])
            rest = "" if len(self.lines) <= MAX_NAMES else f"等{len(self.lines)}{self.unit}"
            percent = round(100 * len(self.lines) / self.before, 1)
            what.append(
                f"本期有{self.now}{self.unit}，此前有{self.before}{self.unit}，其中{len(self.lines)}{self.unit}"
                f"（{percent}%）在本期没有：{named}{rest}"
            )
            mend.append("漏写的请补上")
            if self.batch_name and not self.county_name:
                mend.append(f"只增补或更新的，请改名为 {self.batch_name}")
        if confirmed:
            what.append("旁边的确认不是对这些写的")
        if self.is_served:
            mend = ["本期已经公布，照旧公布；请核对"]
        else:
            named = self.file.partition("/")[2]
            mend.append(f"核对无误的，运行 openbureau {self.command} confirm {named} 确认")
        return [
            *problems,
            Problem(self.file, "", "；".join(what), "；".join(mend), stops=not self.is_served),
        ]


def future_problems(file: str, as_of: date, on: date, *, is_served: bool) -> list[Problem]:
    """A problem if an edition is named by a day after `on`: until that day it would be the newest."""
    if as_of <= on:
        return []
    what = f"文件名里的日期 {as_of} 还没有到（今天是 {on}）"
    mend = "本期已经公布，照旧公布；请改正文件名里的日期" if is_served else "请改正文件名里的日期"
    return [Problem(file, "", what, mend, stops=not is_served)]
