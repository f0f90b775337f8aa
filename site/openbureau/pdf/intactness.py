"""What of a PDF file is broken, although a lenient reader shows the rest of it without a word."""

import base64
import re
import zlib

MAX_INFLATED_BYTES = 256 * 2**20
"""Of all compressed streams together: what lies behind is taken for sound."""
PIECE_BYTES = 2**20

_STREAM = re.compile(rb">>\s*stream\r?\n")
_FILTERS = re.compile(rb"/Filter\s*\[?\s*(/ASCII85Decode\b|/ASCIIHexDecode\b)?\s*/FlateDecode\b")
_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_TABLE = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")


def broken_parts(data: bytes) -> int:
    """How many compressed streams do not inflate to their end, and one more if the table of objects is lost.

    Of a file under encryption only the table is looked at. Streams may be written in letters (ASCII85 or
    hexadecimal digits); those under other filters are not looked at.
    """
    broken = int(not _has_table(data))
    if b"/Encrypt" in data:
        return broken
    left = MAX_INFLATED_BYTES
    for match in _STREAM.finditer(data):
        fields = data[max(data.rfind(b"obj", 0, match.start()), 0) : match.start()]
        filters = _FILTERS.search(fields)
        if not filters:
            continue
        end = data.find(b"endstream", match.end())
        stream = data[match.end() : end if end >= 0 else len(data)]
        length = _inflated(_octets(stream, filters[1]), left)
        broken += length is None
        left -= length or 0
        if left <= 0:
            break
    return broken


def _has_table(data: bytes) -> bool:
    """Whether the end of the file leads to its table of objects, counted from where the file begins."""
    ends = _END.findall(data[-2_048:])
    start = max(data.find(b"%PDF-", 0, 1_024), 0)
    return bool(ends) and any(_TABLE.match(data, int(ends[-1]) + shift) for shift in {0, start})


def _octets(stream: bytes, letters: bytes | None) -> bytes:
    """The bytes that a stream in letters stands for; none if it breaks off or holds other letters."""
    try:
        if letters == b"/ASCII85Decode":
            return base64.a85decode(stream.strip(), adobe=True)
        if letters == b"/ASCIIHexDecode":
            return bytes.fromhex(stream.partition(b">")[0].decode("ascii"))
    except ValueError:
        return b""
    return stream


def _inflated(stream: bytes, most: int) -> int | None:
    """How many bytes a stream has once inflated; None if it breaks off or its checksum is another."""
    inflate = zlib.decompressobj()
    length, rest = 0, stream
    try:
        while not inflate.eof and rest and length <= most:
            length += len(inflate.decompress(rest, PIECE_BYTES))
            rest = inflate.unconsumed_tail
    except zlib.error:
        return None
    return length if inflate.eof or length > most else None
