"""The snapshots of one register: every edition read, compared with the rules, and freed of persons."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from openbureau.chinese.personal_names import hide_names
from openbureau.clock import likely_day
from openbureau.library.lists.opening import LIST_SUFFIXES, refused_kind
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers.history import (
    SnapshotEdition,
    by_key,
    is_withdrawn,
    public_until,
    without_persons,
)
from openbureau.library.registers.rows import RegisterRow, RegisterSheetRows, SnapshotRows, read_rows
from openbureau.library.registers.schema import SCHEMA, Schema
from openbureau.library.weighing.confirmation import is_confirmation, lonely_confirmations
from openbureau.library.weighing.editions import EditionCounts, Removal, ServedEditions, future_problems


@dataclass(frozen=True)
class Link:
    """An address of this site that a file names: the page must exist."""

    file: str
    place: str
    address: str


@dataclass
class RegisterReading:
    """What the files of one register say.

    `snapshots` are its editions, the oldest first; none when a problem stops one of them. `counts` tell what
    each changed, `removals` what each no longer has, `sheets` what the rows of each file are.
    """

    snapshots: list[SnapshotEdition] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    counts: list[EditionCounts] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    sheets: dict[str, tuple[RegisterSheetRows, ...]] = field(default_factory=dict)


def read_snapshots(
    folder: Path,
    content: Path,
    schema: Schema,
    on: date,
    served: ServedEditions,
    public: Collection[str],
    cache: ReadingCache,
) -> RegisterReading:
    """Read every edition in the folder of one register.

    One of a day after `on`, or without too many entries of the one before, stops, if not `served` already.
    """
    problems: list[Problem] = []
    readings: dict[date, tuple[Path, SnapshotRows, dict[str, RegisterRow]]] = {}
    for path in sorted(folder.glob("*")):
        file = path.relative_to(content).as_posix()
        if path.name == SCHEMA or path.name.startswith((".", "~$")) or path.name.endswith("~"):
            continue
        if is_confirmation(path):
            continue
        as_of = _day_of(path)
        if as_of is None:
            fault = refused_kind(path) if path.is_file() else None
            what = fault.message if fault else "文件名不是一期清单的名称"
            mend = f"请按截至日期命名，如 2024-12-31.csv（{' '.join(LIST_SUFFIXES)}）"
            problems.append(Problem(file, "", what, fault.mend if fault else mend))
        elif as_of in readings:
            problems.append(Problem(file, "", "同一期还有另一个文件", "请只保留一个"))
        else:
            reading = read_rows(path, file, schema, public, cache)
            readings[as_of] = (path, reading, by_key(reading, schema))
    if not readings and not problems:
        name = folder.relative_to(content).as_posix()
        mend = "请放入 2024-12-31.csv，至少有表头；没有条目的，只写表头"
        problems.append(Problem(name, "", "这份清单一期也没有", mend))
    persons = frozenset(
        person for _, reading, _ in readings.values() for row in reading.rows for person in row.persons
    )
    read = RegisterReading(problems=problems)
    before: dict[str, RegisterRow] = {}
    snapshots: list[SnapshotEdition] = []
    for as_of, (path, reading, rows) in sorted(readings.items()):
        for row in rows.values():
            _check_row(reading, row, schema, persons)
        is_stopped = any(problem.stops for problem in reading.problems)
        missing = [] if is_stopped else list(_missing(before, rows, schema, as_of))
        if schema.withdrawn_on:
            _report_missing(reading, missing, schema)
        clean = without_persons(rows, schema, persons)
        counts = _counts(reading.file, snapshots[-1].rows if snapshots else {}, clean)
        is_served = served.has_register(schema.name, as_of.isoformat(), counts.rows, counts.gone)
        removal = Removal(
            path=path,
            file=reading.file,
            now=len(rows),
            before=sum(1 for row in before.values() if _is_public(row, schema, as_of)),
            # Where every entry that is missing stops by itself, nobody has to confirm many.
            lines=[] if schema.withdrawn_on else [row.values[schema.key] for row in missing],
            is_served=is_served,
            command="registers",
            unit="条",
        )
        problems += [
            *reading.problems,
            *future_problems(reading.file, as_of, on, is_served=is_served),
            *removal.problems(),
        ]
        read.links += _links(reading, schema)
        read.counts.append(counts)
        read.sheets[reading.file] = tuple(reading.sheets)
        read.removals.append(removal)
        snapshots.append(SnapshotEdition(as_of=as_of, file=path.name, rows=clean))
        before = rows
    problems += lonely_confirmations(folder, content)
    if not any(problem.stops for problem in problems):
        read.snapshots = snapshots
    return read


def _counts(file: str, before: Mapping[str, RegisterRow], rows: Mapping[str, RegisterRow]) -> EditionCounts:
    """What an edition changed, by the rows without persons, as the register itself tells it."""
    stayed = before.keys() & rows.keys()
    changed = sum(1 for key in stayed if before[key].values != rows[key].values)
    return EditionCounts(
        file, len(rows), len(rows.keys() - before.keys()), changed, len(before.keys() - rows.keys())
    )


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


def _missing(
    before: Mapping[str, RegisterRow], rows: Mapping[str, RegisterRow], schema: Schema, as_of: date
) -> Iterator[RegisterRow]:
    """Entries of the edition before that are missing although they were public on the day of this one."""
    return (row for key, row in before.items() if key not in rows and _is_public(row, schema, as_of))


def _is_public(row: RegisterRow, schema: Schema, day: date) -> bool:
    """Whether a row was not retracted and its display has not ended before a day."""
    until = public_until(row, schema)
    return not is_withdrawn(row, schema) and not (until and until < day.isoformat())


def _report_missing(reading: SnapshotRows, missing: Iterable[RegisterRow], schema: Schema) -> None:
    """Report them, in a register with retractions: there a row that silently disappears would be one."""
    label = schema.column(schema.key).label
    for row in missing:
        what = f"上一期的“{label}”{row.values[schema.key]} 在本期不见了，而公示期没有结束"
        reading.report("", what, "请把该行放回；确要撤回的，填写撤回日期和原因")


def _links(reading: SnapshotRows, schema: Schema) -> list[Link]:
    names = [column.name for column in schema.columns if column.type == "link"]
    return [
        Link(reading.file, row.cells[name], row.values[name])
        for row in reading.rows
        for name in names
        if row.values[name].startswith("/")
    ]
