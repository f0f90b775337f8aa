"""The notes on an .xls file: the stream of records ([MS-XLS]) inside an OLE file ([MS-CFB]).

Excel 95 (BIFF5) writes the same records, texts in bytes of a code page.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from openbureau.spreadsheets.cell_styles import INDEXED, NO_MARKS, font_marks, mark_of_colour
from openbureau.spreadsheets.errors import damaged, encrypted, not_a_workbook
from openbureau.spreadsheets.number_formats import BUILT_IN, Shown, number_format
from openbureau.spreadsheets.sheet_notes import Marks, SheetNotes

FREE_SECTORS = 0xFFFFFFFA
"""Sector numbers from here on mean: end of chain, unused, or part of the allocation table."""

DATE_1904, FORMAT, XF, CODEPAGE, NOTE = 0x0022, 0x041E, 0x00E0, 0x0042, 0x001C
FONT, MISSING_FONT = 0x0031, 4
"""Fonts are numbered as if there were one more, the fifth."""
PALETTE, FIRST_COLOUR = 0x0092, 8
BIFF8 = 0x0600
BOF, EOF, FILEPASS, BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0085
ROW, COLINFO, FORMULA, BOOLERR, MULRK = 0x0208, 0x007D, 0x0006, 0x0205, 0x00BD
VALUES = {0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, FORMULA, BOOLERR}
"""NUMBER, RK, LABELSST, LABEL, RSTRING, FORMULA, BOOLERR: one cell each, row and column first."""
TXO, CONTINUE, OBJ = 0x01B6, 0x003C, 0x005D
PICTURE = 8
"""The type of a drawn object that is a picture."""
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def xls_notes(data: bytes) -> dict[str, SheetNotes]:
    """The notes on every sheet by its name. Raises `Unreadable` for a password or a broken file."""
    try:
        return _workbook(_workbook_stream(data))
    except (struct.error, IndexError, KeyError, LookupError, OverflowError, UnicodeDecodeError):
        raise damaged() from None


def _chain(table: list[int], first: int) -> list[int]:
    sectors: list[int] = []
    while first < FREE_SECTORS:
        sectors.append(first)
        if len(sectors) > len(table):
            raise damaged()
        first = table[first]
    return sectors


def _workbook_stream(data: bytes) -> bytes:
    """The stream `Workbook` of the OLE file, following its allocation tables."""
    size, small_size = 1 << struct.unpack_from("<H", data, 30)[0], 1 << struct.unpack_from("<H", data, 32)[0]
    if size not in (512, 4096) or small_size != 64:
        raise damaged()
    directory_start, _, cutoff, small_start, _, more_start, _ = struct.unpack_from("<7I", data, 48)

    def sector(number: int) -> bytes:
        block = data[(number + 1) * size : (number + 2) * size]
        if not block:
            raise damaged()
        return block

    def numbers(block: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(block) // 4}I", block[: len(block) // 4 * 4]))

    tables = list(struct.unpack_from("<109I", data, 76))
    visited = 0
    while more_start < FREE_SECTORS:
        *listed, more_start = numbers(sector(more_start))
        tables += listed
        visited += 1
        if visited * size > len(data):
            raise damaged()
    table = [entry for number in tables if number < FREE_SECTORS for entry in numbers(sector(number))]

    def stream(first: int) -> bytes:
        return b"".join(sector(number) for number in _chain(table, first))

    entries: dict[str, tuple[int, int]] = {}
    directory = stream(directory_start)
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le")
        entries[name] = struct.unpack_from("<II", directory, at + 116)
    if "EncryptedPackage" in entries:
        raise encrypted()
    if not entries.keys() & {"Workbook", "Book"}:
        raise not_a_workbook("不是 Excel 5.0 及以后版本的工作簿")
    first, length = entries.get("Workbook") or entries["Book"]
    if length >= cutoff:
        content = stream(first)
    else:
        small_table = [entry for number in _chain(table, small_start) for entry in numbers(sector(number))]
        small = stream(entries["Root Entry"][0])
        content = b"".join(small[number * 64 : (number + 1) * 64] for number in _chain(small_table, first))
    if len(content) < length:
        raise damaged()
    return content[:length]


@dataclass
class _Styles:
    """The styles of cells by their numbers, once all records of the workbook have been taken.

    A font is its flags and the number of its colour; a format is the numbers of its font, of the format of
    its numbers and of the colour of its ground.
    """

    codes: dict[int, str] = field(default_factory=lambda: dict(BUILT_IN))
    fonts: list[tuple[int, int]] = field(default_factory=list)
    formats: list[tuple[int, int, int]] = field(default_factory=list)
    palette: dict[str, str] = field(default_factory=lambda: dict(INDEXED))

    def take(self, record: int, body: bytes) -> None:
        """Take a record of a font, a format of cells or the palette; others are passed over."""
        if record == FONT:
            flags, colour = struct.unpack_from("<HH", body, 2)
            self.fonts.append((flags, colour))
        elif record == XF:
            font, code = struct.unpack_from("<HH", body)
            # Formats of Excel 95 are shorter and tell their ground elsewhere.
            ground = body[18] & 0x7F if len(body) == 20 and body[17] >> 2 else 0
            self.formats.append((font - (font > MISSING_FONT), code, ground))
        elif record == PALETTE:
            colours = (body[at : at + 3].hex() for at in range(2, len(body) - 3, 4))
            self.palette |= {str(number): colour for number, colour in enumerate(colours, FIRST_COLOUR)}

    def shown(self) -> list[Shown | None]:
        """What each format shows of numbers."""
        return [number_format(self.codes.get(code, "")) for _, code, _ in self.formats]

    def marks(self) -> list[Marks]:
        """The marks of each format."""
        colour = self.palette.get
        fonts = [font_marks(flags, colour(str(number), "")) for flags, number in self.fonts]
        return [
            (fonts[font] if font < len(fonts) else NO_MARKS)
            | mark_of_colour(colour(str(ground), ""), is_ground=True)
            for font, _, ground in self.formats
        ]


def _workbook(stream: bytes) -> dict[str, SheetNotes]:
    sheets: dict[str, SheetNotes] = {}
    from_1904 = False
    styles = _Styles()
    code_page = "" if struct.unpack_from("<H", stream, 4)[0] == BIFF8 else "cp1252"
    at = 0
    while True:
        record, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if record == FILEPASS:
            raise encrypted()
        if record == DATE_1904:
            from_1904 = body[:1] == b"\1"
        elif record == CODEPAGE and code_page:
            code_page = f"cp{struct.unpack_from('<H', body)[0]}"
        elif record == FORMAT and code_page:
            styles.codes[body[0] | body[1] << 8] = body[3 : 3 + body[2]].decode(code_page)
        elif record == FORMAT:
            number, count, wide = struct.unpack_from("<HHB", body)
            styles.codes[number] = _text(body[5:], count, wide)
        elif record == BOUNDSHEET:
            offset, hidden, kind, count, wide = struct.unpack_from("<IBBBB", body + b"\0")
            name = body[7 : 7 + count].decode(code_page) if code_page else _text(body[8:], count, wide)
            if kind == 0:
                sheets[name] = _sheet(stream, offset, styles.shown(), styles.marks(), code_page)
                sheets[name].hidden = bool(hidden & 3)
                sheets[name].from_1904 = from_1904
        elif record == EOF:
            return sheets
        else:
            styles.take(record, body)
        at += 4 + length


def _text(data: bytes, count: int, wide: int) -> str:
    """`count` characters of two bytes each, or of one."""
    return data[: count * 2].decode("utf-16-le") if wide & 1 else data[:count].decode("latin-1")


def _sheet(
    stream: bytes, at: int, formats: Sequence[Shown | None], marks: Sequence[Marks], code_page: str
) -> SheetNotes:
    """Walk one sheet's records. A walk past the end of the stream means the file was cut off.

    `code_page` is that of Excel 95, empty for later ones.
    """
    notes = SheetNotes()
    depth = 0
    last = 0
    while True:
        record, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if record == BOF:
            depth += 1
        elif record == EOF:
            depth -= 1
            if depth <= 0:
                return notes
        elif record in VALUES:
            row, column, style = struct.unpack_from("<HHH", body)
            notes.use(row + 1, column + 1)
            if shown := formats[style] if style < len(formats) else None:
                notes.shown[row + 1, column + 1] = shown
            if style < len(marks) and marks[style]:
                notes.marks[row + 1, column + 1] = marks[style]
            if error := _error(record, body):
                notes.errors[row + 1, column + 1] = error
        elif record == MULRK:
            row, first, final = (
                *struct.unpack_from("<HH", body),
                struct.unpack_from("<H", body, length - 2)[0],
            )
            notes.use(row + 1, final + 1, max(final - first, 0) + 1)
            for index, column in enumerate(range(first, min(final, first + length // 6) + 1)):
                style = struct.unpack_from("<H", body, 4 + index * 6)[0]
                if shown := formats[style] if style < len(formats) else None:
                    notes.shown[row + 1, column + 1] = shown
                if style < len(marks) and marks[style]:
                    notes.marks[row + 1, column + 1] = marks[style]
        elif record == COLINFO:
            first, final, _, _, flags = struct.unpack_from("<5H", body)
            if flags & 1:
                notes.hidden_columns.update(range(first + 1, min(final, 255) + 2))
        elif record == ROW:
            row, flags = struct.unpack_from("<H", body)[0], struct.unpack_from("<H", body, 12)[0]
            if flags & 0x20:
                notes.hidden_rows.add(row + 1)
        elif record == OBJ and body[4:6] == struct.pack("<H", PICTURE):
            notes.has_pictures = True
        elif record == NOTE and code_page:
            notes.remarks.append(body[6:].decode(code_page, "replace"))
        elif record == CONTINUE and last == TXO and body:
            notes.remarks.append(body[1:].decode("utf-16-le" if body[0] & 1 else "latin-1", "replace"))
        last = record


def _error(record: int, body: bytes) -> str | None:
    if record == BOOLERR and body[7]:
        return ERRORS.get(body[6], "#ERR!")
    if record == FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
        return ERRORS.get(body[8], "#ERR!")
    return None
