"""CSV files to hand out: the one writer of all of them.

A text that a stranger wrote must not run in the office program of whoever opens the table (CSV injection:
OWASP, CWE-1236). It gets an apostrophe before it, which `unescaped` takes away again. Numbers stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

_RUNS = re.compile(r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫−]|[\t\r\n]")
"""How a text begins that a spreadsheet may take for a formula, trimmed or not; some take wide forms, too."""


def csv_file(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file for office programs: UTF-8 with BOM, no formula in it; None is an empty cell."""
    return b"".join(csv_lines(headings, rows))


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The same file, line by line."""
    line = io.StringIO()
    writer = csv.writer(line)
    # The BOM tells office programs that this is UTF-8.
    line.write("\ufeff")
    for row in chain([headings], rows):
        writer.writerow(map(_escaped, row))
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def unescaped(text: str) -> str:
    """The text of a cell of a CSV file as it was before `csv_file` wrote it; any other text as it is."""
    return text[1:] if text.startswith("'") and _RUNS.match(text.lstrip("'")) else text


def _escaped(value: object) -> str:
    text = "" if value is None else str(value)
    if isinstance(value, (int, float, Decimal)):
        return text
    # What has such an apostrophe of its own gets another: what is read again is what was written.
    return f"'{text}" if _RUNS.match(text.lstrip("'")) else text
