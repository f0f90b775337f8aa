"""The next edition of a register: every entry that is real as it was, then the invented ones."""

import csv
import io
from datetime import date
from pathlib import Path

from openbureau.demonstration.days import dated
from openbureau.formats.csv_table import csv_file, unescaped
from openbureau.library.content import INVENTED


class BadRows(Exception):
    """Invented entries that do not fit the register they are for."""


def next_edition(newest: Path, invented: Path, day: date) -> bytes:
    """The rows of the newest edition of a register, then the invented ones, dated.

    Raises BadRows when they have other columns, or one of them does not say that it is invented.
    """
    headings, *real = _rows(newest.read_text(encoding="utf-8-sig"))
    own, *rows = _rows(dated(invented.read_text(encoding="utf-8-sig"), day))
    if unknown := set(own) - set(headings):
        raise BadRows(f"{invented.name}: {newest.name} has no columns {'、'.join(sorted(unknown))}")
    lines = [dict(zip(own, row, strict=True)) for row in rows]
    if unmarked := [row[0] for row in rows if not any(INVENTED in cell for cell in row)]:
        raise BadRows(f"{invented.name}: {'、'.join(unmarked)} do not say {INVENTED}")
    return csv_file(headings, [*real, *([line.get(name, "") for name in headings] for line in lines)])


def _rows(text: str) -> list[list[str]]:
    return [[unescaped(cell) for cell in row] for row in csv.reader(io.StringIO(text)) if any(row)]
