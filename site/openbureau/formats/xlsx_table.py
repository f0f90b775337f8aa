"""Workbooks to hand out: the one writer of all that is not a stranger's own workbook given back."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from tempfile import TemporaryFile
from typing import IO
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.utils import get_column_letter

from openbureau.formats.xml_text import xml_text

TableCell = str | int | float | Decimal | None

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The day on which every part of a workbook was made, by its own account: equal tables are equal bytes."""

_MADE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")

_ROWS = re.compile(b"<sheetData>.*</sheetData>")

_RETURN = {"\r": "&#13;"}
"""A carriage return that is written as it is, XML reads as a line's end."""


def xlsx_file(headings: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> bytes:
    """A workbook with one sheet: texts stay texts, long numbers and formulas among them.

    Equal tables give equal bytes, on every machine and every day.
    """
    file = io.BytesIO()
    write_xlsx(file, headings, rows)
    return file.getvalue()


def write_xlsx(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> None:
    """Write the same workbook to a new file, row by row."""
    _write(file, [PlainSheet("data", chain([headings], rows))], freeze="A2")


@dataclass(frozen=True)
class PlainSheet:
    """A sheet of values: its name, its rows, each from its first column on, and its merged ranges (A1:B2)."""

    name: str
    rows: Iterable[Sequence[TableCell]]
    merged: Sequence[str] = ()


def write_workbook(file: IO[bytes], sheets: Sequence[PlainSheet]) -> None:
    """Write a workbook of values alone to a new file: nothing else that a workbook can hold.

    Equal sheets give equal bytes, on every machine and every day.
    """
    _write(file, sheets)


def _write(file: IO[bytes], sheets: Sequence[PlainSheet], freeze: str | None = None) -> None:
    book = Workbook(write_only=True)
    book.properties = DocumentProperties(creator="")
    lines: dict[str, Iterable[bytes]] = {}
    for number, plain in enumerate(sheets, 1):
        sheet = book.create_sheet(plain.name)
        sheet.freeze_panes = freeze
        for area in plain.merged:
            sheet.merged_cells.add(area)
        sheet.append([])
        # The format of texts keeps a code a code, and `=1+1` those four characters, even after editing.
        style = WriteOnlyCell(sheet)
        style.number_format = "@"
        lines[f"xl/worksheets/sheet{number}.xml"] = _lines(plain.rows, style.style_id)
    with TemporaryFile() as empty:
        book.save(empty)
        _fill(zipfile.ZipFile(empty), lines, file)


def _lines(rows: Iterable[Sequence[TableCell]], style: int) -> Iterator[bytes]:
    """The rows of a sheet (ECMA-376, 18.3.1.73), their texts in that style.

    openpyxl makes an object and a tree of every cell, which takes ten times as long.
    """
    for number, row in enumerate(rows, 1):
        cells = [
            _cell_at(f"{get_column_letter(column)}{number}", value, style)
            for column, value in enumerate(row, 1)
            if value is not None
        ]
        yield xml_text(f'<row r="{number}">{"".join(cells)}</row>').encode()


def _cell_at(place: str, value: str | float | Decimal, style: int) -> str:
    if not isinstance(value, str):
        return f'<c r="{place}"><v>{value}</v></c>'
    if not value:
        return f'<c r="{place}" s="{style}"/>'
    text = escape(value, _RETURN)
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _fill(archive: zipfile.ZipFile, lines: Mapping[str, Iterable[bytes]], file: IO[bytes]) -> None:
    """Write the archive to the file with those rows in its sheets, and without the time of its making."""
    with archive, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as fresh:
        for name in archive.namelist():
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            data = _MADE.sub(rb"\g<1>1980-01-01T00:00:00Z", archive.read(name))
            before, *after = _ROWS.split(data)
            with fresh.open(info, "w") as part:
                part.write(before)
                for rest in after:
                    part.writelines(chain([b"<sheetData>"], lines[name], [b"</sheetData>"]))
                    part.write(rest)
