"""What became of each entry of a register from edition to edition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Literal, TypedDict

from openbureau.chinese.personal_names import hide_names
from openbureau.library.front_matter import SLUG
from openbureau.library.registers.rows import RegisterRow, SnapshotRows
from openbureau.library.registers.schema import Schema
from openbureau.library.registers.values import fold, last_day

RegisterEventKind = Literal["新增", "变更", "撤回", "移出", "重新列入"]


class RegisterChange(TypedDict):
    """One field that an edition changed."""

    label: str
    before: str
    after: str


class RegisterEvent(TypedDict):
    """What one edition, known by its day, said anew of an entry."""

    edition: str
    what: RegisterEventKind
    changes: list[RegisterChange]


@dataclass(frozen=True, kw_only=True)
class SnapshotEdition:
    """One snapshot: the day it holds for, its file name, and its rows without persons."""

    as_of: date
    file: str
    rows: Mapping[str, RegisterRow] = field(repr=False)


@dataclass(kw_only=True)
class Course:
    """The course of one entry: its newest row, where that stands, and every event, oldest first."""

    edition: SnapshotEdition
    row: RegisterRow = field(repr=False)
    events: list[RegisterEvent] = field(default_factory=list)

    @property
    def last(self) -> RegisterEvent:
        return self.events[-1]

    @property
    def is_gone(self) -> bool:
        """Whether the newest edition no longer has it."""
        return self.last["what"] == "移出"


def by_key(reading: SnapshotRows, schema: Schema) -> dict[str, RegisterRow]:
    """The rows by their folded key; a key or unique value that is there twice is told, and stops."""
    rows: dict[str, RegisterRow] = {}
    unique = [column for column in schema.columns if column.unique and column.name != schema.key]
    seen: dict[tuple[str, str], str] = {}
    for row in reading.rows:
        twice: dict[str, str] = {}
        for column in (schema.column(schema.key), *unique):
            value = fold(row.values[column.name])
            place = row.cells[column.name]
            first = seen.setdefault((column.name, value), place)
            if value and first != place:
                # The key may be taken from a unique column: that is one fault.
                twice.setdefault(place, f"“{column.label}”与 {first} 重复")
        for place, what in twice.items():
            reading.report(place, what, "请保留一条，或改正其中一处")
        rows.setdefault(fold(row.values[schema.key]), row)
    return rows


def without_persons(
    rows: Mapping[str, RegisterRow], schema: Schema, persons: Iterable[str]
) -> dict[str, RegisterRow]:
    """The rows with the `persons` hidden in every text, whichever row or edition they were named in."""
    texts = {column.name for column in schema.columns if column.type in ("text", "link", "choice", "code")}
    names = frozenset(persons)
    return {
        key: RegisterRow(
            values={
                name: hide_names(value, names) if name in texts else value
                for name, value in row.values.items()
            },
            persons=frozenset(),
            sheet=hide_names(row.sheet, names),
            number=row.number,
            cells=row.cells,
        )
        for key, row in rows.items()
    }


def courses(editions: Sequence[SnapshotEdition], schema: Schema) -> dict[str, Course]:
    """The course of every entry that any of the `editions`, oldest first, ever had."""
    by_key: dict[str, Course] = {}
    for edition in editions:
        day = edition.as_of.isoformat()
        for key, row in edition.rows.items():
            course = by_key.get(key)
            if course is None:
                by_key[key] = course = Course(edition=edition, row=row)
                changes, was_withdrawn = [], False
                course.events.append(RegisterEvent(edition=day, what="新增", changes=[]))
            else:
                changes, was_withdrawn = _changes(course.row, row, schema), is_withdrawn(course.row, schema)
                if course.is_gone:
                    course.events.append(RegisterEvent(edition=day, what="重新列入", changes=changes))
                    changes = []
                course.edition, course.row = edition, row
            if is_withdrawn(row, schema) and not was_withdrawn:
                course.events.append(RegisterEvent(edition=day, what="撤回", changes=[]))
            elif changes:
                course.events.append(RegisterEvent(edition=day, what="变更", changes=changes))
        for key, course in by_key.items():
            if key not in edition.rows and not course.is_gone:
                course.events.append(RegisterEvent(edition=day, what="移出", changes=[]))
    return by_key


def is_withdrawn(row: RegisterRow, schema: Schema) -> bool:
    """Whether the row itself says that it was retracted."""
    return bool(schema.withdrawn_on and row.values[schema.withdrawn_on])


def public_until(row: RegisterRow, schema: Schema) -> str:
    """The last day of the row's public display; empty when it has none."""
    return last_day(row.values[schema.shown_until]) if schema.shown_until else ""


def address_of(key: str) -> str:
    """The key as part of an address: itself where it can be, else a digest that stays the same for ever."""
    folded = fold(key)
    return folded if SLUG.fullmatch(folded) else f"k-{sha256(folded.encode()).hexdigest()[:12]}"


def _changes(before: RegisterRow, after: RegisterRow, schema: Schema) -> list[RegisterChange]:
    return [
        RegisterChange(label=column.label, before=before.values[column.name], after=after.values[column.name])
        for column in schema.columns
        if before.values[column.name] != after.values[column.name]
    ]
