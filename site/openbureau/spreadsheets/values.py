"""The values of a workbook, read in a process of its own (see `values_process`)."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from openbureau.spreadsheets.errors import damaged, encrypted, too_large
from openbureau.spreadsheets.sheet_notes import Range
from openbureau.spreadsheets.values_process import MAX_SECONDS

Value = str | int | float | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True)
class SheetValues:
    """One worksheet: its values from A1 on, row by row, blank ones as empty text."""

    name: str
    visible: bool
    rows: list[list[Value]] = field(repr=False)
    merges: list[Range] = field(repr=False)


@contextmanager
def reading_values(data: bytes) -> Iterator[Callable[[], list[SheetValues]]]:
    """Begin to read every worksheet of an .xlsx, .xls or .ods file, and go on with other work meanwhile.

    What is yielded waits for the sheets; it raises `Unreadable`. Leaving the block ends the process.
    """
    program = Path(__file__).with_name("values_process.py")
    with TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        with subprocess.Popen(  # noqa: S603 - our own program, by its path
            [sys.executable, "-I", str(program)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield lambda: _sheets(process)
            finally:
                process.kill()


def _sheets(process: subprocess.Popen[bytes]) -> list[SheetValues]:
    try:
        output, _ = process.communicate(timeout=MAX_SECONDS)
        answer = json.loads(output, object_hook=_decode) if process.returncode == 0 else None
    except subprocess.TimeoutExpired:
        raise too_large("文件过于复杂，限定时间内读不完") from None
    except ValueError:
        raise damaged() from None
    if answer is None:
        raise damaged()
    if answer.get("fault") == "encrypted":
        raise encrypted()
    if answer.get("fault") == "too_large":
        raise too_large("各单元格的文字合计过长")
    return [
        SheetValues(
            name,
            visible,
            rows,
            [(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in merges],
        )
        for name, visible, rows, merges in answer["sheets"]
    ]


def _decode(marked: Mapping[str, Any]) -> Any:
    match marked:
        case {"datetime": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"time": text}:
            return time.fromisoformat(text)
        case {"seconds": seconds}:
            return timedelta(seconds=seconds)
    return marked
