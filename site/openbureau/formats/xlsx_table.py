"""Workbooks to hand out: the one writer of all that is not a stranger's own workbook given back."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from tempfile import TemporaryFile
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
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
    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")
    sheet.freeze_panes = "A2"
    sheet.append([])
    # The format of texts keeps a code a code, and `=1+1` those four characters, even after editing.
    style = WriteOnlyCell(sheet)
    style.number_format = "@"
    lines = _lines([headings, *rows], style.style_id)
    with TemporaryFile() as file:
        book.save(file)
        return _filled(zipfile.ZipFile(file), lines)


def _lines(rows: Sequence[Sequence[TableCell]], style: int) -> bytes:
    """The rows of a sheet (ECMA-376, 18.3.1.73), their texts in that style.

    openpyxl makes an object and a tree of every cell, which takes ten times as long.
    """
    letters = [get_column_letter(number) for number in range(1, len(rows[0]) + 1)]
    lines = []
    for number, row in enumerate(rows, 1):
        cells = [
            _cell_at(f"{letter}{number}", value, style)
            for letter, value in zip(letters, row, strict=True)
            if value is not None
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return xml_text("".join(lines)).encode()


def _cell_at(place: str, value: str | float | Decimal, style: int) -> str:
    if not isinstance(value, str):
        return f'<c r="{place}"><v>{value}</v></c>'
    if not value:
        return f'<c r="{place}" s="{style}"/>'
    text = escape(value, _RETURN)
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _filled(archive: zipfile.ZipFile, lines: bytes) -> bytes:
    """The archive with those rows in its sheet, and without the time of its making."""
    made = io.BytesIO()
    with archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as fresh:
        for name in archive.namelist():
            data = _MADE.sub(rb"\g<1>1980-01-01T00:00:00Z", archive.read(name))
            data = _ROWS.sub(lambda _: b"<sheetData>" + lines + b"</sheetData>", data)
            fresh.writestr(zipfile.ZipInfo(name, _LONG_AGO), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()
