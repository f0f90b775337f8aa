"""What a register holds: `content/registers/<name>/register.toml`, its columns and what each is for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from openbureau.library.problems import Problem
from openbureau.library.toml_files import read_toml

SCHEMA = "register.toml"

ColumnType = Literal["text", "day", "number", "choice", "code", "link"]
"""`day`: as far as it is known, or 长期. `choice`: one or several of `choices`, 、 between them.
`code`: a 统一社会信用代码. `link`: https://… or an address of this site."""

TYPES = get_args(ColumnType)

NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = {"page", "per_page", "q", "register", "event"}
"""Names that the address of a list uses for itself."""


@dataclass(frozen=True, kw_only=True)
class RegisterColumn:
    """One column. `label` is its heading, in the files and on the pages; `also` are other headings for it.

    `mask` = `person`: natural persons in it are published as 张*, organisations as they are. `unit` stands
    behind a number. Where a file has no such column, every row has `absent`, or what the first of the columns
    `taken_from` says that says anything.
    """

    name: str
    label: str
    type: ColumnType = "text"
    required: bool = False
    unique: bool = False
    mask: Literal["", "person"] = ""
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    unit: str = ""
    absent: str = ""
    taken_from: tuple[str, ...] = ()

    @property
    def replacement(self) -> bool:
        """Whether something takes the place of the column in a file that has none."""
        return bool(self.absent or self.taken_from)

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading by which a file may name the column."""
        return (self.label, *self.also)


@dataclass(frozen=True, kw_only=True)
class Schema:
    """One register. The fields from `key` to `counted_by` name columns; empty: the register has none such.

    `key` names an entry for ever; `titled_by` is its title and `dated_by` the day it is sorted by;
    `shown_until` is the last day of its public display (公示期); `withdrawn_on` and `withdrawn_reason`
    retract it; `counted_by` says how many cases a row stands for. `facets` filter the list, and `listed` is
    what the list shows of an entry. `left_out` are headings of official forms that are not published.
    `policies` are the slugs of the policies it rests on.
    """

    name: str
    title: str
    summary: str
    legal_basis: str
    responsible_unit: str
    policies: tuple[str, ...]
    columns: tuple[RegisterColumn, ...]
    key: str
    titled_by: str
    dated_by: str
    shown_until: str
    withdrawn_on: str
    withdrawn_reason: str
    counted_by: str
    facets: tuple[str, ...]
    listed: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def column(self, name: str) -> RegisterColumn:
        """The column `name`; raises KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]


ROLES: Mapping[str, tuple[ColumnType, ...]] = {
    "key": ("text", "number"),
    "titled_by": ("text",),
    "dated_by": ("day",),
    "shown_until": ("day",),
    "withdrawn_on": ("day",),
    "withdrawn_reason": ("text",),
    "counted_by": ("number",),
}
"""The columns with a part to play, and what type each may be."""

LISTS: Mapping[str, tuple[ColumnType, ...]] = {"facets": ("text", "choice"), "list": TYPES}
TEXTS = ("title", "summary", "legal_basis", "responsible_unit")
KNOWN = {*TEXTS, *ROLES, *LISTS, "policies", "left_out", "columns"}
COLUMN_FIELDS: Mapping[str, type] = {
    "name": str,
    "label": str,
    "type": str,
    "required": bool,
    "unique": bool,
    "mask": str,
    "choices": list,
    "also": list,
    "unit": str,
    "absent": str,
    "taken_from": list,
}


def read_schema(folder: Path, content: Path) -> tuple[Schema | None, list[Problem]]:
    """Read the schema of one register; None when its files cannot be read by it."""
    path = folder / SCHEMA
    file = path.relative_to(content).as_posix()
    try:
        data, text, problems = read_toml(path, file)
    except FileNotFoundError:
        mend = f"write {SCHEMA}: any folder of content/registers/ is a pattern"
        return None, [Problem(file, "", "the register has no schema", mend)]
    if problems:
        return None, problems
    reader = _Reader(file, text, data)
    schema = reader.schema(folder.name)
    return (None if reader.problems else schema), reader.problems


@dataclass
class _Reader:
    """One schema being read; every question about a field that is wrong leaves a problem with its line."""

    file: str
    source: str
    data: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def schema(self, name: str) -> Schema:
        for unknown in self.data.keys() - KNOWN:
            self.fault(unknown, f"{unknown} is not known here", f"known: {', '.join(sorted(KNOWN))}")
        texts = {name: self.text(name) for name in TEXTS}
        columns = self.columns()
        roles = {role: self.role(role, types, columns) for role, types in ROLES.items()}
        chosen = {name: self.named(name, types, columns) for name, types in LISTS.items()}
        for role in ("key", "titled_by"):
            if not roles[role] and role not in self.data:
                self.fault(role, f"{role} is missing", f'name the column it is: {role} = "…"')
        for number, column in enumerate(columns.values(), 1):
            for other in column.taken_from:
                if other not in columns or columns[other].replacement:
                    mend = "name columns that stand in every file"
                    self.fault("taken_from", f"taken_from names “{other}”", mend, number)
        key = columns.get(roles["key"])
        if key and (key.mask or not key.required):
            what = f"the key “{key.name}” must be required and cannot be masked"
            self.fault("key", what, "write required = true and no mask: a key is an address")
        if bool(roles["withdrawn_on"]) != bool(roles["withdrawn_reason"]):
            role = "withdrawn_on" if roles["withdrawn_on"] else "withdrawn_reason"
            self.fault(role, f"{role} stands alone", "name both withdrawn_on and withdrawn_reason, or none")
        return Schema(
            name=name,
            policies=self.texts("policies"),
            columns=tuple(columns.values()),
            facets=chosen["facets"],
            listed=chosen["list"],
            left_out=self.texts("left_out"),
            **texts,
            **roles,
        )

    def columns(self) -> dict[str, RegisterColumn]:
        tables = self.data.get("columns")
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            self.fault("columns", "there are no columns", "write a table [[columns]] for each")
            return {}
        columns: dict[str, RegisterColumn] = {}
        headings: set[str] = set()
        for number, table in enumerate(tables, 1):
            column = self.column(number, table)
            if column is None:
                continue
            if column.name in columns or headings & set(column.headings):
                self.fault("name", f"column “{column.name}” is there twice", "rename one of them", number)
            headings |= set(column.headings)
            columns[column.name] = column
        return columns

    def column(self, number: int, table: dict[str, Any]) -> RegisterColumn | None:
        before = len(self.problems)

        def fault(name: str, what: str, mend: str) -> None:
            self.fault(name, what, mend, number)

        for name, value in table.items():
            wanted = COLUMN_FIELDS.get(name)
            if wanted is None:
                fault(name, f"{name} is not known of a column", f"known: {', '.join(COLUMN_FIELDS)}")
            elif not isinstance(value, wanted) or (
                isinstance(value, list) and not all(isinstance(item, str) and item.strip() for item in value)
            ):
                fault(name, f"{name} is not right", f"write it as {_EXAMPLES[wanted]}")
        if len(self.problems) > before:
            return None
        name, label = table.get("name", ""), table.get("label", "").strip()
        kind, mask = table.get("type", "text"), table.get("mask", "")
        if not NAME.fullmatch(name) or name in RESERVED:
            fault(
                "name",
                f"“{name}” cannot name a column",
                "use a-z, 0-9 and _, but not page, per_page, q, register or event",
            )
        if not label:
            fault("label", "label is missing", "write the heading that stands in the files")
        if kind not in TYPES:
            fault("type", f"type is “{kind}”", f"use one of {', '.join(TYPES)}")
        if mask not in ("", "person"):
            fault("mask", f"mask is “{mask}”", 'write mask = "person", or leave it out')
        if mask and kind != "text":
            fault("mask", "only a text can be masked", 'write type = "text"')
        if (kind == "choice") != bool(table.get("choices")):
            fault("choices", "choices belong to type choice, and to it alone", 'write choices = ["…", "…"]')
        if len(self.problems) > before:
            return None
        if table.get("absent") and kind == "choice" and table["absent"] not in table["choices"]:
            fault("absent", f"absent is “{table['absent']}”", "write one of the choices")
            return None
        lists = {name: tuple(table.get(name, ())) for name in ("choices", "also", "taken_from")}
        return RegisterColumn(**{**table, "label": label, **lists})

    def role(self, role: str, types: tuple[ColumnType, ...], columns: Mapping[str, RegisterColumn]) -> str:
        if role not in self.data:
            return ""
        return self.known_column(role, self.text(role), types, columns)

    def named(
        self, name: str, types: tuple[ColumnType, ...], columns: Mapping[str, RegisterColumn]
    ) -> tuple[str, ...]:
        return tuple(
            column for text in self.texts(name) if (column := self.known_column(name, text, types, columns))
        )

    def known_column(
        self, place: str, name: str, types: tuple[ColumnType, ...], columns: Mapping[str, RegisterColumn]
    ) -> str:
        column = columns.get(name)
        if name and column is None:
            self.fault(place, f"{place} names “{name}”", f"name one of the columns: {', '.join(columns)}")
        elif column and column.type not in types:
            what = f"{place} names “{name}”, a {column.type}"
            self.fault(place, what, f"name a column of type {' or '.join(types)}")
        return name if column else ""

    def text(self, name: str) -> str:
        value = self.data.get(name)
        if not isinstance(value, str) or not value.strip():
            self.fault(name, f"{name} is missing or no text", f'write {name} = "…"')
            return ""
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(name, f"{name} is not a list of names", f'write {name} = ["…", "…"]')
            return ()
        return tuple(value)

    def fault(self, name: str, what: str, mend: str, column: int = 0) -> None:
        """Report the field `name` of the register, or of its column number `column`."""
        self._problem(self._line(name, column), what, mend)

    def _problem(self, place: str, what: str, mend: str) -> None:
        self.problems.append(Problem(self.file, place, what, mend))

    def _line(self, name: str, column: int) -> str:
        """The line of a field; else the line where its table begins."""
        table, begin = 0, ""
        for number, line in enumerate(self.source.split("\n"), 1):
            if re.match(r"\s*\[\[\s*columns\s*\]\]", line):
                table += 1
                begin = str(number) if table == column else begin
            if table == column and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line):
                return str(number)
        return begin


_EXAMPLES: Mapping[type, str] = {str: '"…"', bool: "true or false", list: '["…", "…"]'}
