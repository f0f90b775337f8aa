"""Small damages, done at random: to the bytes, parts and cells of a list, and to the signs of a document."""

import io
import random
import re
import zipfile
from collections.abc import Callable

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

MARKS = ("\u200b", "\u200e", "\u202c", "\ufeff", "\u00a0", " ", "\n")
"""Signs that are not seen, and gaps."""

SIGNS = (
    "*",
    "_",
    "|",
    "<",
    ">",
    "#",
    "[",
    "]",
    "(",
    "`",
    "~",
    "\\",
    "{",
    "}",
    "!",
    "&",
    "    ",
    "\t",
    "\n",
    "1. ",
    "- ",
)

MAX_ROWS = 10_000
"""Of a sheet whose cells are damaged: a cell far below makes openpyxl create a million."""

WRITINGS: tuple[Callable[[str], str], ...] = (str.upper, str.lower, lambda name: name.replace("/", "\\"))

ListDamage = Callable[[bytes, random.Random], bytes]
TextDamage = Callable[[str, random.Random], str]


class Unfit(Exception):
    """The damage cannot be done to this file."""


def flip_a_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def zero_some_bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    size = min(chance.randrange(1, 600), len(data) - at)
    return data[:at] + bytes(size) + data[at + size :]


def cut_it_short(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) // 2, len(data))]


def write_on_after_the_end(data: bytes, chance: random.Random) -> bytes:
    return data + chance.randbytes(chance.randrange(1, 600))


def repeat_some_bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at : at + chance.randrange(1, 600)] + data[at:]


def _zipped_anew(data: bytes, change: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]) -> bytes:
    if not data.startswith(b"PK"):
        raise Unfit
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in change(parts):
                archive.writestr(name, text)
        return stream.getvalue()


def lose_a_part(data: bytes, chance: random.Random) -> bytes:
    def change(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        parts.pop(chance.randrange(len(parts)))
        return parts

    return _zipped_anew(data, change)


def call_parts_by_other_letters(data: bytes, chance: random.Random) -> bytes:
    writing: Callable[[str], str] = chance.choice(WRITINGS)
    return _zipped_anew(data, lambda parts: [(writing(name), text) for name, text in parts])


def cut_a_part_short(data: bytes, chance: random.Random) -> bytes:
    def change(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        at = chance.randrange(len(parts))
        name, text = parts[at]
        parts[at] = name, text[: chance.randrange(len(text) + 1)]
        return parts

    return _zipped_anew(data, change)


BYTES: tuple[ListDamage, ...] = (
    flip_a_byte,
    zero_some_bytes,
    cut_it_short,
    write_on_after_the_end,
    repeat_some_bytes,
    lose_a_part,
    call_parts_by_other_letters,
    cut_a_part_short,
)


def _with_cells(data: bytes, change: Callable[[Worksheet], None]) -> bytes:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data))
    except Exception as error:
        raise Unfit from error
    if not book.worksheets:
        # openpyxl passes over the sheets of strict workbooks.
        raise Unfit
    change(book.worksheets[0])
    with io.BytesIO() as stream:
        book.save(stream)
        return stream.getvalue()


def _institution_rows(sheet: Worksheet) -> list[int]:
    """The rows of the sheet that name an institution."""
    if sheet.max_row > MAX_ROWS:
        raise Unfit
    rows = [
        number
        for number, row in enumerate(sheet.iter_rows(), start=1)
        if any(
            isinstance(cell.value, str) and re.search("示例.*(公司|学校|中心)", cell.value) for cell in row
        )
    ]
    if not rows or sheet.merged_cells.ranges:
        raise Unfit
    return rows


def empty_a_cell(data: bytes, chance: random.Random) -> bytes:
    def change(sheet: Worksheet) -> None:
        row = chance.choice(_institution_rows(sheet))
        chance.choice([cell for cell in sheet[row] if cell.value is not None]).value = None

    return _with_cells(data, change)


def put_a_mark_into_a_cell(data: bytes, chance: random.Random) -> bytes:
    def change(sheet: Worksheet) -> None:
        row = chance.choice(_institution_rows(sheet))
        cell = chance.choice([cell for cell in sheet[row] if isinstance(cell.value, str)])
        text = str(cell.value)
        at = chance.randrange(len(text) + 1)
        cell.value = text[:at] + chance.choice(MARKS) + text[at:]

    return _with_cells(data, change)


def put_an_empty_row_in(data: bytes, chance: random.Random) -> bytes:
    return _with_cells(data, lambda sheet: sheet.insert_rows(chance.choice(_institution_rows(sheet))))


def put_an_empty_column_in(data: bytes, chance: random.Random) -> bytes:
    def change(sheet: Worksheet) -> None:
        _institution_rows(sheet)
        sheet.insert_cols(chance.randrange(1, sheet.max_column + 1))

    return _with_cells(data, change)


def hide_a_row(data: bytes, chance: random.Random) -> bytes:
    def change(sheet: Worksheet) -> None:
        sheet.row_dimensions[chance.choice(_institution_rows(sheet))].hidden = True

    return _with_cells(data, change)


def write_a_note_below(data: bytes, chance: random.Random) -> bytes:
    def change(sheet: Worksheet) -> None:
        last = _institution_rows(sheet)[-1]
        row = last + chance.randrange(1, 2000)
        sheet.cell(row, chance.randrange(1, 4)).value = chance.choice(
            [".", "制表：示例股", "说明：以上名单。"]
        )

    return _with_cells(data, change)


CELLS: tuple[ListDamage, ...] = (
    empty_a_cell,
    put_a_mark_into_a_cell,
    put_an_empty_row_in,
    put_an_empty_column_in,
    hide_a_row,
    write_a_note_below,
)


def put_a_sign_in(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(SIGNS) + text[at:]


def put_a_sign_before_a_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    lines[at] = chance.choice(SIGNS) + lines[at]
    return "\n".join(lines)


def lose_a_character(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :]


def lose_a_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    lines.pop(chance.randrange(len(lines)))
    return "\n".join(lines)


def exchange_two_lines(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    if len(lines) < 2:
        raise Unfit
    at = chance.randrange(len(lines) - 1)
    lines[at : at + 2] = lines[at + 1], lines[at]
    return "\n".join(lines)


def repeat_some_characters(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at : at + chance.randrange(1, 9)] + text[at:]


TEXTS: tuple[TextDamage, ...] = (
    put_a_sign_in,
    put_a_sign_before_a_line,
    lose_a_character,
    lose_a_line,
    exchange_two_lines,
    repeat_some_characters,
)
