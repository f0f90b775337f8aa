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


def is_excel_95(data: bytes) -> bool:
    """Whether a file has the stream of Excel 5 and 95 ([MS-CFB] 2.6.1), and not that of later ones."""
    return _has_stream(data, "Book") and not _has_stream(data, "Workbook")


def _has_stream(data: bytes, name: str) -> bool:
    text = (name + "\0").encode("utf-16-le")
    return text.ljust(64, b"\0") + len(text).to_bytes(2, "little") in data


def read_excel_95(data: bytes) -> dict[str, Any]:
    """As `read`: calamine takes each byte of a Chinese text in Excel 95 for a character."""
    # Imported for these files alone: it is a tenth of a second.
    import xlrd

    book = xlrd.open_workbook(file_contents=data, logfile=sys.stderr)

    def value(cell: xlrd.sheet.Cell) -> object:
        if cell.ctype == xlrd.XL_CELL_DATE:
            moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
            return moment.date() if moment.time() == time() else moment
        if cell.ctype in (xlrd.XL_CELL_BOOLEAN, xlrd.XL_CELL_ERROR):
            return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else ""
        return cell.value

    return {
        "sheets": [
            [
                sheet.name,
                sheet.visibility == 0,
                [[value(cell) for cell in row] for row in sheet.get_rows()],
                [],
            ]
            for sheet in book.sheets()
        ]
    }


def read(data: bytes) -> dict[str, Any]:
    """Every sheet with its name, whether it is visible, its rows from A1 on and its merged ranges."""
    if is_excel_95(data):
        return read_excel_95(data)
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
