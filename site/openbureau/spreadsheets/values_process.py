"""Run as a program of its own: a workbook on standard input, its values as JSON on standard output.

The reader behind it is compiled code that ends its whole process when a broken file makes it ask for
absurd amounts of memory. Here that process is this one, with bounds of its own. It imports nothing of
ours, so that it starts fast.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine as calamine

MAX_MEMORY_BYTES = 300 * 2**20
"""Address space, the interpreter's own included."""
MAX_CHARACTERS = 10_000_000
"""The most text in all cells; one long text may be used by many of them."""
MAX_SECONDS = 10


def encode(value: object) -> dict[str, Any]:
    """Days and times for JSON, marked by their type."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    raise TypeError(type(value).__name__)


def read(data: bytes) -> dict[str, Any]:
    """Every sheet with its name, whether it is visible, its rows from A1 on and its merged ranges."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = []
        characters = 0
        for meta in book.sheets_metadata:
            if meta.typ is calamine.SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_name(meta.name)
                visible = meta.visible is calamine.SheetVisibleEnum.Visible
                rows = sheet.to_python(skip_empty_area=False)
                characters += sum(len(value) for row in rows for value in row if isinstance(value, str))
                if characters > MAX_CHARACTERS:
                    return {"fault": "too_large"}
                sheets.append([meta.name, visible, rows, sheet.merged_cell_ranges or []])
    except calamine.PasswordError:
        return {"fault": "encrypted"}
    return {"sheets": sheets}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # At once: written piece by piece, each piece would pass through slow code.
    answer = json.dumps(read(sys.stdin.buffer.read()), default=encode, ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode())
