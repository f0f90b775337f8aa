"""The snapshots of one register: every edition read, compared with the rules, and freed of persons."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openbureau.chinese.personal_names import hide_names
from openbureau.clock import likely_day
from openbureau.library.lists.opening import LIST_SUFFIXES
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers.history import (
    SnapshotEdition,
    by_key,
    is_withdrawn,
    public_until,
    without_persons,
)
from openbureau.library.registers.rows import RegisterRow, SnapshotRows, read_rows
from openbureau.library.registers.schema import SCHEMA, Schema


@dataclass(frozen=True)
class Link:
    """An address of this site that a file names: the page must exist."""

    file: str
    place: str
    address: str


def read_snapshots(
    folder: Path, content: Path, schema: Schema, public: Collection[str], cache: ReadingCache
) -> tuple[list[SnapshotEdition], list[Problem], list[Link]]:
    """Every edition, the oldest first; none when a problem stops one of them."""
    problems: list[Problem] = []
    readings: dict[date, tuple[Path, SnapshotRows, dict[str, RegisterRow]]] = {}
    for path in sorted(folder.glob("*")):
        file = path.relative_to(content).as_posix()
        if path.name == SCHEMA or path.name.startswith((".", "~$")) or path.name.endswith("~"):
            continue
        as_of = _day_of(path)
        if as_of is None:
            mend = f"name it by its day, 2024-12-31.csv ({' '.join(LIST_SUFFIXES)})"
            problems.append(Problem(file, "", "this is not the name of an edition", mend))
        elif as_of in readings:
            problems.append(Problem(file, "", "there is another file of this edition", "keep one of them"))
        else:
            reading = read_rows(path, file, schema, public, cache)
            readings[as_of] = (path, reading, by_key(reading, schema))
    if not readings and not problems:
        name = folder.relative_to(content).as_posix()
        mend = "add 2024-12-31.csv with the headings; without entries the headings alone"
        problems.append(Problem(name, "", "the register has no edition", mend))
    persons = frozenset(
        person for _, reading, _ in readings.values() for row in reading.rows for person in row.persons
    )
    links: list[Link] = []
    before: dict[str, RegisterRow] = {}
    snapshots: list[SnapshotEdition] = []
    for as_of, (path, reading, rows) in sorted(readings.items()):
        for row in rows.values():
            _check_row(reading, row, schema, persons)
        _check_missing(reading, before, rows, schema, as_of)
        before = rows
        links += _links(reading, schema)
        problems += reading.problems
        clean = without_persons(rows, schema, persons)
        snapshots.append(SnapshotEdition(as_of=as_of, file=path.name, rows=clean))
    is_stopped = any(problem.stops for problem in problems)
    return [] if is_stopped else snapshots, problems, links


def _day_of(path: Path) -> date | None:
    return likely_day(path.stem) if path.suffix.lower() in LIST_SUFFIXES and path.is_file() else None


def _check_row(reading: SnapshotRows, row: RegisterRow, schema: Schema, persons: frozenset[str]) -> None:
    """What the cells of a row say together."""
    values, cells = row.values, row.cells
    for column in schema.columns:
        # Masked, an address would lead nowhere; unmasked, it would tell the name.
        fixed = column.type == "link" or column.name == schema.key
        if fixed and hide_names(values[column.name], persons) != values[column.name]:
            what = f"“{column.label}”含有自然人姓名，而它会成为网址"
            reading.report(cells[column.name], what, "请换成不含姓名的编号或网址")
    if schema.withdrawn_on and schema.withdrawn_reason:
        day, reason = values[schema.withdrawn_on], values[schema.withdrawn_reason]
        if day and (len(day) != 10 or not day[0].isdigit()):
            reading.report(cells[schema.withdrawn_on], "撤回的日期不完整", "请写成 2024-05-31")
        if bool(day) != bool(reason):
            name = schema.withdrawn_on if reason else schema.withdrawn_reason
            reading.report(cells[name], "撤回要同时写明日期和原因", "请补上另一项，或把两项都清空")
    until = public_until(row, schema)
    day = values[schema.dated_by] if schema.dated_by else ""
    if until and day[:1].isdigit() and until < day:
        mend = "请核对两个日期"
        reading.report(cells[schema.shown_until], "公示期在决定之前就结束了", mend)


def _check_missing(
    reading: SnapshotRows,
    before: Mapping[str, RegisterRow],
    rows: Mapping[str, RegisterRow],
    schema: Schema,
    as_of: date,
) -> None:
    """Entries of the edition before that are missing although their display has not ended.

    Only a register with retractions minds: there a row that silently disappears would be one.
    """
    if not schema.withdrawn_on or any(problem.stops for problem in reading.problems):
        return
    label = schema.column(schema.key).label
    for key, row in before.items():
        until = public_until(row, schema)
        if key not in rows and not is_withdrawn(row, schema) and not (until and until < as_of.isoformat()):
            what = f"上一期的“{label}”{row.values[schema.key]} 在本期不见了，而公示期没有结束"
            mend = "请把该行放回；确要撤回的，填写撤回日期和原因"
            reading.report("", what, mend)


def _links(reading: SnapshotRows, schema: Schema) -> list[Link]:
    names = [column.name for column in schema.columns if column.type == "link"]
    return [
        Link(reading.file, row.cells[name], row.values[name])
        for row in reading.rows
        for name in names
        if row.values[name].startswith("/")
    ]
