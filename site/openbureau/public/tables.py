"""Tables to download as CSV: the same for every list."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from flask import Response

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a formula begins with; some programs take the wide forms for it too."""


def csv_table(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file called `name` for office programs: UTF-8 with BOM, no cell of it runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(map(_cell, row) for row in rows)
    # The BOM tells office programs that this is UTF-8.
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cell(value: object) -> str:
    """A spreadsheet would run a text that begins like a formula; a number is none. None is an empty cell."""
    text = "" if value is None else str(value)
    if isinstance(value, (int, float, Decimal)):
        return text
    return f"'{text}" if text.lstrip().startswith(FORMULA) or text.startswith(("\t", "\r")) else text
