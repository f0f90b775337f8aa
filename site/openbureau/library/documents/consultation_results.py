"""What became of the opinions on a draft: the table beside it, counted against the total."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openbureau.formats.csv_table import csv_file
from openbureau.library.problems import Problem
from openbureau.spreadsheets.workbook import OPEN_SUFFIXES, Cell, Sheet, Unreadable, open_workbook

FILES = tuple(f"results{suffix}" for suffix in OPEN_SUFFIXES)
"""The name of the table, in the folder of the consultation."""

OUTCOMES = ("采纳", "部分采纳", "未采纳")

COLUMNS = {"clause": "条款", "opinion": "意见", "count": "件数", "outcome": "处理结果", "reason": "理由"}
"""The columns of the table and their headings; the clause may be left out, and so may the reason of what
was adopted whole."""


@dataclass(frozen=True)
class Answered:
    """Opinions that say the same: to which clause, how many, what became of them, and why."""

    clause: str
    opinion: str
    count: int
    outcome: str
    reason: str


@dataclass
class Results:
    """The rows of a table and what is wrong with it; a problem is told with its line."""

    file: str
    rows: list[Answered] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many opinions the rows answer."""
        return sum(row.count for row in self.rows)

    def tell(self, place: str, what: str, mend: str) -> None:
        self.problems.append(Problem(self.file, place, what, mend))


def read_results(path: Path, file: str) -> Results:
    """Read the table at `path`, called `file` in its problems; its first row are the headings."""
    results = Results(file)
    try:
        sheets = [sheet for sheet in open_workbook(path).sheets if any(sheet.rows)]
    except Unreadable as fault:
        results.tell("", fault.message, fault.mend)
        return results
    if len(sheets) != 1:
        results.tell("", f"the table has {len(sheets)} sheets with something in them", "keep one")
        return results
    columns = _columns(results, sheets[0])
    if results.problems:
        return results
    for row in sheets[0].rows[1:]:
        if row:
            _read_row(results, row, columns)
    if not results.rows and not results.problems:
        results.tell("2", "the table answers no opinion", "write a row for each, or remove the file")
    return results


def written_results(rows: Iterable[Answered]) -> bytes:
    """A table of these rows as `read_results` takes it, to be saved as `results.csv`."""
    return csv_file([*COLUMNS.values()], ([getattr(row, name) for name in COLUMNS] for row in rows))


def _columns(results: Results, sheet: Sheet) -> Mapping[int, str]:
    names = {label: name for name, label in COLUMNS.items()}
    headings = {cell.column: cell.text.strip() for cell in sheet.rows[0]}
    for label in headings.values():
        if label not in names:
            results.tell("1", f"the column {label} is not known", f"use {'、'.join(names)}")
    for label in names.keys() - set(headings.values()):
        results.tell("1", f"there is no column {label}", f"the headings are {'、'.join(names)}")
    return {column: names.get(label, "") for column, label in headings.items()}


def _read_row(results: Results, row: tuple[Cell, ...], columns: Mapping[int, str]) -> None:
    place = str(row[0].row)
    texts = dict.fromkeys(COLUMNS, "")
    for cell in row:
        if cell.column not in columns:
            results.tell(place, "a cell stands beside the columns", "remove it, or give it a heading")
        texts[columns.get(cell.column, "")] = cell.text.strip()
    count = int(texts["count"]) if texts["count"].isascii() and texts["count"].isdigit() else 0
    if not count:
        results.tell(place, f"件数 is “{texts['count']}”", "write how many opinions say this: 1 or more")
    if texts["outcome"] not in OUTCOMES:
        results.tell(place, f"处理结果 is “{texts['outcome']}”", f"use one of {'、'.join(OUTCOMES)}")
    elif texts["outcome"] != "采纳" and not texts["reason"]:
        mend = "say why (重大行政决策程序暂行条例 18)"
        results.tell(place, f"{texts['outcome']} without 理由", mend)
    if not texts["opinion"]:
        results.tell(place, "意见 is empty", "write what was said")
    results.rows.append(Answered(texts["clause"], texts["opinion"], count, texts["outcome"], texts["reason"]))
