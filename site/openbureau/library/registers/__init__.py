"""Registers (行政许可、行政处罚…): lists of cases with a schema and editions, and no code of their own.

`content/registers/<name>/` holds `register.toml` and one whole snapshot `YYYY-MM-DD.csv` (.xlsx .xls .ods)
per edition. The files themselves are never published: they may name persons, and entries whose display
has ended.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from openbureau.clock import start_of
from openbureau.library.front_matter import SLUG
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.records import Record
from openbureau.library.registers.editions import Link, read_snapshots
from openbureau.library.registers.history import (
    Course,
    RegisterEvent,
    SnapshotEdition,
    address_of,
    courses,
    is_withdrawn,
    public_until,
)
from openbureau.library.registers.rows import RegisterSheetRows
from openbureau.library.registers.schema import SCHEMA, RegisterColumn, Schema, read_schema
from openbureau.library.registers.values import chosen
from openbureau.library.weighing.editions import NOTHING_SERVED, EditionCounts, Removal, ServedEditions

FOLDER = "registers"
"""The folder of `content/` that holds one folder per register."""


class Register(Record, kw_only=True):
    """A register: its columns, what each is for, and its editions, the newest first.

    `columns` are those of the schema as mappings; `editions` tell day, file, rows and how many entries were
    added, changed and so on. An edition with a masked column has no digest: from it a hidden name could
    be guessed.
    """

    __tablename__ = "registers"
    __mapper_args__ = {"polymorphic_identity": "register"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    legal_basis: Mapped[str]
    responsible_unit: Mapped[str]
    policies: Mapped[list[str]] = mapped_column(JSON)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    titled_by: Mapped[str]
    dated_by: Mapped[str]
    counted_by: Mapped[str]
    retracted_by: Mapped[list[str]] = mapped_column(JSON)
    facet_names: Mapped[list[str]] = mapped_column(JSON)
    listed: Mapped[list[str]] = mapped_column(JSON)
    editions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    as_of: Mapped[date]
    linked: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)

    @property
    def linkable(self) -> dict[str, str]:
        """The texts that may name documents; `linked` has, as HTML, those that do."""
        return {"legal_basis": self.legal_basis}

    def column(self, name: str) -> dict[str, Any]:
        """One column of the schema."""
        return next(column for column in self.columns if column["name"] == name)


class RegisterEntry(Record, kw_only=True):
    """One entry of a register as the newest edition that has it describes it, every person masked.

    `values` are texts by column name. What was retracted, or is no longer in the newest edition, keeps
    its key, its reason and its history without values: the rest of it is public no more.
    """

    __tablename__ = "register_entries"
    __mapper_args__ = {"polymorphic_identity": "registers"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    register: Mapped[str] = mapped_column(index=True)
    key: Mapped[str]
    values: Mapped[dict[str, str]] = mapped_column(JSON)
    history: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    edition: Mapped[str]
    as_of: Mapped[date]
    source_file: Mapped[str]
    source_sheet: Mapped[str]
    source_row: Mapped[int]
    linked: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)

    @property
    def linkable(self) -> dict[str, str]:
        """The texts that may name documents; `linked` has, as HTML, those that do."""
        return self.values

    @property
    def name(self) -> str:
        """Its key as its address has it."""
        return self.slug.removeprefix(f"{self.register}--")

    @property
    def address(self) -> str:
        """Its address on the site."""
        return f"/registers/{self.register}/{self.name}/"

    def unknown_in(self, register: Register) -> list[str]:
        """The headings of its register under which this entry says nothing; retractions apart."""
        ours = (column for column in register.columns if column["name"] not in register.retracted_by)
        return [column["label"] for column in ours if not self.values[column["name"]]]


@dataclass
class RegistersContent:
    """What `content/registers/` says: the records, what is wrong, the links between pages; what each edition
    changed, and what each no longer has."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    counts: list[EditionCounts] = field(default_factory=list)
    sheets: dict[str, tuple[RegisterSheetRows, ...]] = field(default_factory=dict)
    removals: list[Removal] = field(default_factory=list)


def read_registers(
    content: Path,
    *,
    on: date,
    served: ServedEditions = NOTHING_SERVED,
    public: Collection[str] = (),
    readings: ReadingCache = UNCACHED,
) -> RegistersContent:
    """Read every register of `content/registers/`.

    An edition of a day after `on`, or without too many entries of the one before, stops; not if it is
    `served` already. Mobile numbers that are `public` may stand in the files.
    """
    registers = RegistersContent()
    for folder in sorted((content / FOLDER).glob("*")):
        file = folder.relative_to(content).as_posix()
        if folder.name.startswith((".", "~$")):
            continue
        if not folder.is_dir() or not SLUG.fullmatch(folder.name):
            mend = f"make a folder with a name of a-z, 0-9 and single hyphens, and {SCHEMA} in it"
            problem = Problem(file, "", "this is not the folder of a register", mend)
            registers.problems.append(problem)
            continue
        schema, faults = read_schema(folder, content)
        registers.problems += faults
        if schema is None:
            continue
        registers.links += [Link(f"{file}/{SCHEMA}", "", f"/policies/{slug}/") for slug in schema.policies]
        read = read_snapshots(folder, content, schema, on, served, public, readings)
        registers.problems += read.problems
        registers.links += read.links
        registers.counts += read.counts
        registers.sheets |= read.sheets
        registers.removals += read.removals
        if read.snapshots:
            by_key = courses(read.snapshots, schema)
            # The newest day first, then in the order of the newest edition; what is gone comes last.
            ordered = [by_key[key] for key in dict.fromkeys([*read.snapshots[-1].rows, *by_key])]
            ordered.sort(key=lambda course: _day(schema, course), reverse=True)
            registers.records.append(_register(schema, read.snapshots, ordered, folder))
            registers.records += [_entry(schema, course) for course in ordered]
    return registers


def _register(
    schema: Schema, snapshots: Sequence[SnapshotEdition], entries: Iterable[Course], folder: Path
) -> Register:
    counts = Counter((event["edition"], event["what"]) for course in entries for event in course.events)
    is_unmasked = not any(column.mask for column in schema.columns)
    editions: list[dict[str, Any]] = [
        {
            "as_of": snapshot.as_of.isoformat(),
            "file": snapshot.file,
            "rows": len(snapshot.rows),
            "sha256": sha256((folder / snapshot.file).read_bytes()).hexdigest() if is_unmasked else "",
            "events": {
                what: number for (day, what), number in counts.items() if day == snapshot.as_of.isoformat()
            },
        }
        for snapshot in reversed(snapshots)
    ]
    first, newest = snapshots[0], snapshots[-1]
    events = "，".join(f"{what}{number}条" for what, number in editions[0]["events"].items())
    register = Register(
        slug=schema.name,
        title=schema.title,
        summary=schema.summary,
        day=newest.as_of.isoformat(),
        published_at=start_of(first.as_of),
        updated_at=start_of(newest.as_of) if newest is not first else None,
        html=f"<p>{escape(schema.summary)}</p><p>截至{newest.as_of}一期：{events or '没有变化'}。</p>",
        text=f"{schema.legal_basis}\n{schema.responsible_unit}",
        legal_basis=schema.legal_basis,
        responsible_unit=schema.responsible_unit,
        policies=list(schema.policies),
        columns=[asdict(column) for column in schema.columns],
        titled_by=schema.titled_by,
        dated_by=schema.dated_by,
        counted_by=schema.counted_by,
        retracted_by=[schema.withdrawn_on, schema.withdrawn_reason],
        facet_names=list(schema.facets),
        listed=list(schema.listed),
        editions=editions,
        as_of=newest.as_of,
    )
    register.other_names = " ".join(column.label for column in schema.columns)
    return register


def _entry(schema: Schema, course: Course) -> RegisterEntry:
    values = course.row.values
    key = values[schema.key]
    reason = _withdrawn_reason(schema, course)
    shown = [(column, values[column.name]) for column in schema.columns if values[column.name]]
    first, last = course.events[0], course.last
    entry = RegisterEntry(
        slug=f"{schema.name}--{address_of(key)}",
        title=values[schema.titled_by] or key,
        summary="，".join(
            f"{column.label}：{value}{column.unit}" for column, value in shown if column.name in schema.listed
        ),
        day=_day(schema, course),
        published_at=start_of(date.fromisoformat(first["edition"])),
        updated_at=start_of(date.fromisoformat(last["edition"])) if last is not first else None,
        change_note=_note(last),
        withdrawn_reason=reason,
        public_until=public_until(course.row, schema),
        html="".join(f"<p>{escape(column.label)}：{_html(column, value)}</p>" for column, value in shown),
        text="\n".join(
            f"{column.label}：{value}{column.unit}" for column, value in shown if column.type != "link"
        ),
        other_names=key,
        register=schema.name,
        key=key,
        values=dict(values),
        history=[dict(event) for event in course.events],
        edition=course.edition.as_of.isoformat(),
        as_of=course.edition.as_of,
        source_file=course.edition.file,
        source_sheet=course.row.sheet,
        source_row=course.row.number,
    )
    entry.set_facet("register", [schema.name])
    entry.set_facet(
        "event", [event["what"] for event in course.events if event["edition"] == last["edition"]]
    )
    if reason:
        entry.title = f"{schema.title}：{schema.column(schema.key).label} {key}"
        entry.summary = entry.html = entry.text = entry.change_note = ""
        entry.values = {}
        entry.history = [{**event, "changes": []} for event in course.events]
        return entry
    for name in schema.facets:
        named = chosen(values[name], schema.column(name).choices) or ()
        entry.set_facet(name, list(dict.fromkeys(choice for choice, _ in named)) or [values[name]])
    return entry


def _day(schema: Schema, course: Course) -> str:
    """The day of the entry as far as it is known; empty when it is not, and last in the order."""
    return course.row.values[schema.dated_by] if schema.dated_by else ""


def _html(column: RegisterColumn, value: str) -> str:
    text = escape(value)
    return f'<a href="{text}">{text}</a>' if column.type == "link" else f"{text}{escape(column.unit)}"


def _withdrawn_reason(schema: Schema, course: Course) -> str:
    """Why the entry is public no more; empty while it is."""
    if is_withdrawn(course.row, schema):
        day, reason = course.row.values[schema.withdrawn_on], course.row.values[schema.withdrawn_reason]
        return f"{day} 撤回。{reason}"
    if course.is_gone:
        return f"自 {course.last['edition']} 一期起不再列入。"
    return ""


def _note(event: RegisterEvent) -> str:
    """What the last edition changed, in one sentence."""
    return "；".join(
        f"{change['label']}：{change['before'] or '（空）'} → {change['after'] or '（空）'}"
        for change in event["changes"]
    )
