"""What is in each file of many records, in every form: made when publishing, or of what a visitor chose.

`root` is everywhere the public address of the site with its path, without a final slash.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import IO, Any
from urllib.parse import quote, urlencode

from openbureau.formats.csv_table import csv_lines
from openbureau.formats.json_text import json_lines, json_text
from openbureau.formats.xlsx_table import TableCell, write_xlsx
from openbureau.library.registers import Register, RegisterEntry
from openbureau.library.whitelist.comparison import Difference, RowChange
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.fields import (
    CHANGE,
    INSTITUTION,
    ROW,
    SHOWN,
    SHOWN_LABELS,
    Values,
    as_json,
    cells,
    institution_said,
    row_said,
)
from openbureau.library.whitelist.history import Text
from openbureau.library.whitelist.rows import WhitelistRow

FORMS = ("csv", "xlsx", "json")
"""The forms in which every table of the whitelist is offered."""

ORIGIN = ("截至日期", "来源文件", "来源工作表", "来源行")
"""The headings of what tells where an entry of a register stood."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of many records: `lines` under `headings` for office programs, for others a JSON document.

    That has what `head` says and, if `list_name` is not empty, a list of that name of the `items`. Lines and
    items are made anew each time they are asked for, one after the other.
    """

    headings: Sequence[str]
    lines: Callable[[], Iterable[Sequence[TableCell]]]
    head: Callable[[], Mapping[str, object]]
    list_name: str = ""
    items: Callable[[], Iterable[object]] = tuple

    def write(self, form: str, file: IO[bytes]) -> None:
        """Write the table to a new file: csv, xlsx or json."""
        if form == "xlsx":
            write_xlsx(file, self.headings, self.lines())
        elif form == "csv":
            file.writelines(csv_lines(self.headings, self.lines()))
        elif self.list_name:
            file.writelines(json_lines(self.head(), self.list_name, self.items()))
        else:
            file.write(json_text(self.head()).encode())

    def bytes(self, form: str) -> bytes:
        """The same as bytes."""
        file = io.BytesIO()
        self.write(form, file)
        return file.getvalue()


def institutions(
    root: str,
    records: Callable[[], Iterable[Institution]],
    total: int,
    query: str,
    filters: Mapping[str, str],
    arguments: Mapping[str, str],
    near: Sequence[tuple[Institution, str]] = (),
) -> Table:
    """The list of institutions, as narrowed by `query` and `filters`; `arguments` are those of its page.

    `near` are others that are no answer to `query`, each with what resembles it. They stand behind those that
    are, each line says which it is, and a JSON document has them in a list of their own.
    """
    fields = (*INSTITUTION, *SHOWN) if query else INSTITUTION

    def row(record: Institution, shown: str, matched: str = "") -> Values:
        told = institution_said(record, institution_url(root, record.slug))
        return {**told, "shown": shown, "matched": matched}

    def meant() -> Iterator[Values]:
        return (row(record, "meant" if query else "") for record in records())

    def others() -> Iterator[Values]:
        return (row(record, "near", matched) for record, matched in near)

    def in_words(values: Values) -> Values:
        return {**values, "shown": SHOWN_LABELS.get(values["shown"], "")}

    return Table(
        headings=[field.title for field in fields],
        lines=lambda: (cells(fields, in_words(values)) for values in chain(meant(), others())),
        head=lambda: {
            "title": "校外培训机构白名单",
            "url": f"{root}/whitelist/?{urlencode(arguments)}",
            "schema": f"{root}/api/v1/openapi.json#/components/schemas/Institution{'Shown' if query else ''}",
            "query": query,
            "filters": dict(filters),
            "total": total,
            **({"others": [as_json(fields, values) for values in others()]} if query else {}),
        },
        list_name="institutions",
        items=lambda: (as_json(fields, values) for values in meant()),
    )


def edition_rows(root: str, edition: Edition, rows: Sequence[WhitelistRow]) -> Table:
    """What one edition says, row by row, in the words of the canonical record."""
    return Table(
        headings=[field.name for field in ROW],
        lines=lambda: (cells(ROW, row_said(row)) for row in rows),
        head=lambda: {
            "title": edition.title,
            "url": f"{root}/whitelist/editions/{quote(edition.slug)}/",
            "schema": f"{root}/api/v1/openapi.json#/components/schemas/Row",
            "as_of": edition.as_of.isoformat(),
            "file": edition.file,
            "sha256": edition.sha256,
            "total": len(rows),
        },
        list_name="rows",
        items=lambda: (as_json(ROW, row_said(row)) for row in rows),
    )


def changes(root: str, compared: Difference, areas: Mapping[str, str]) -> Table:
    """What differs between two editions; `areas` are the names of counties by their codes."""
    return Table(
        headings=[field.title for field in CHANGE],
        lines=lambda: (cells(CHANGE, change_said(root, change, areas)) for change in compared.changes),
        head=compared.document,
    )


def register_entries(root: str, register: Register, entries: Sequence[RegisterEntry]) -> Table:
    """The entries of a register, with what each column means and where each entry stood."""
    columns = register.columns
    return Table(
        headings=[*(column["label"] for column in columns), *ORIGIN],
        lines=lambda: (
            [
                *(_plain(root, column, record.values) for column in columns),
                record.as_of.isoformat(),
                record.source_file,
                record.source_sheet,
                record.source_row,
            ]
            for record in entries
        ),
        head=lambda: {**register_said(root, register), "total": len(entries)},
        list_name="entries",
        items=lambda: (entry_said(root, register, record) for record in entries),
    )


def institution_url(root: str, slug: str) -> str:
    """The address of an institution's page."""
    return f"{root}/whitelist/{quote(slug)}/"


def change_said(root: str, change: RowChange, areas: Mapping[str, str]) -> Values:
    """What a change says, with the page of its institution."""
    return {
        "kind": change.kind.value,
        "what": change.kind.label,
        "name": change.name,
        "uscc": change.uscc,
        "permit_no": change.permit_no,
        "county": areas.get(change.county_code, ""),
        "status": change.status,
        "before": _text(change.before),
        "after": _text(change.after),
        "id": change.slug,
        "url": institution_url(root, change.slug) if change.slug else "",
    }


def register_said(root: str, register: Register) -> dict[str, Any]:
    """What a register is, for programs: what each of its columns means, too."""
    shown = ("name", "label", "type", "unit")
    return {
        "register": register.slug,
        "title": register.title,
        "legal_basis": register.legal_basis,
        "responsible_unit": register.responsible_unit,
        "as_of": register.as_of.isoformat(),
        "url": f"{root}/registers/{quote(register.slug)}/",
        "columns": [{field: column[field] for field in shown} for column in register.columns],
    }


def entry_said(root: str, register: Register, record: RegisterEntry) -> dict[str, Any]:
    """What an entry says, for programs, and where it stood."""
    return {
        "url": f"{root}/registers/{quote(record.register)}/{quote(record.name)}/",
        "as_of": record.as_of.isoformat(),
        "source": {"file": record.source_file, "sheet": record.source_sheet, "row": record.source_row},
        "values": {
            column["name"]: _number(_plain(root, column, record.values)) for column in register.columns
        },
    }


def _text(text: Text) -> str:
    return text if isinstance(text, str) else " 至 ".join(text)


def _plain(root: str, column: Mapping[str, Any], values: Mapping[str, str]) -> str | Decimal | None:
    """The value of one column as what it is, links whole; None when the register does not know it."""
    value = values[column["name"]]
    if not value:
        return None
    if column["type"] == "link" and value.startswith("/"):
        return root + value
    return Decimal(value) if column["type"] == "number" else value


def _number(value: str | Decimal | None) -> str | int | float | None:
    """A number as JSON writes it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
