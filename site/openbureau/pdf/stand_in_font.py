"""A font in memory that stands in for those a PDF file names and does not hold.

Every letter in it is a square. Without a font the reader loses letters that stand alone; with those of the
machine it would read the same file differently on another one. Imports nothing of ours.
"""

import ctypes
import struct
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

UNITS = 1_000
"""Of the square, for one em."""


def stand_in_font() -> bytes:
    """A TrueType font (OpenType 1.9) with one glyph, the square, for every letter of Unicode."""
    square = struct.pack(">hhhhhHH", 1, 0, 0, UNITS, UNITS, 3, 0) + bytes([1, 1, 1, 1])
    square += struct.pack(">hhhh", 0, 0, UNITS, 0) + struct.pack(">hhhh", 0, UNITS, 0, -UNITS)
    many_to_one = struct.pack(">HHIIIIII", 13, 0, 28, 0, 1, 0x20, 0x10FFFF, 1)
    tables = {
        b"cmap": struct.pack(">HHHHI", 0, 1, 3, 10, 12) + many_to_one,
        b"glyf": square,
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh",
            *(0x10000, 0x10000, 0, 0x5F0F3CF5, 0, UNITS, 0, 0, 0, 0, UNITS, UNITS, 0, 8, 2, 1, 0),
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x10000, UNITS, 0, 0, UNITS, 0, 0, UNITS, 1, 0, 0, 0, 0, 0, 0, 0, 2
        ),
        b"hmtx": struct.pack(">HhHh", UNITS, 0, UNITS, 0),
        b"loca": struct.pack(">III", 0, 0, len(square)),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 2, 4, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    offset = 12 + 16 * len(tables)
    directory = struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, len(tables) * 16 - 64)
    body = b""
    for tag, table in tables.items():
        directory += struct.pack(">4sIII", tag, 0, offset + len(body), len(table))
        body += table + b"\0" * (-len(table) % 4)
    return directory + body


def stand_in() -> object:
    """Let the reader of this process use the square for every font it would look for on the machine.

    What is returned has to live as long as the reader: it calls and reads it.
    """
    font = stand_in_font()

    def give(_: Any, __: Any, table: int, buffer: Any, size: int) -> int:
        if table or not buffer or size < len(font):
            return 0 if table else len(font)
        ctypes.memmove(buffer, font, len(font))
        return len(font)

    info = pdfium.FPDF_SYSFONTINFO()
    info.version = 1
    for name, call in (
        ("Release", lambda *_: None),
        ("EnumFonts", lambda *_: None),
        ("MapFont", lambda *_: 1),
        ("GetFont", lambda *_: 1),
        ("GetFontData", give),
        ("GetFaceName", lambda *_: 0),
        ("GetFontCharset", lambda *_: 1),
        ("DeleteFont", lambda *_: None),
    ):
        kind = dict(pdfium.FPDF_SYSFONTINFO._fields_)[name]
        setattr(info, name, kind(call))
    pdfium.FPDF_SetSystemFontInfo(info)
    return info, font
