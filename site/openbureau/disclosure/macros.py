"""The sources of macros in a stream of an OLE file, as they are packed there ([MS-OVBA] 2.4.1)."""

import struct
from collections.abc import Iterator

_BEGINNING = b"\0Attribut"
"""What every source begins with: flags and eight literals, after the mark of the container and a head."""
_BEFORE = 3
_SIGNATURE, _CONTAINER = 0x3000, 1
_CHUNK = 4_096


def macro_sources(stream: bytes) -> Iterator[str]:
    """The text of every source, as far as it can be unpacked."""
    at = stream.find(_BEGINNING)
    while at >= 0:
        start = at - _BEFORE
        if start >= 0 and stream[start] == _CONTAINER:
            yield _unpacked(stream, start + 1).decode("gb18030", "replace")
        at = stream.find(_BEGINNING, at + 1)


def _unpacked(stream: bytes, at: int) -> bytes:
    """All chunks from there on; they end where no head of another follows."""
    text = bytearray()
    while at + 2 <= len(stream):
        (head,) = struct.unpack_from("<H", stream, at)
        if head & 0x7000 != _SIGNATURE:
            break
        end = min(at + (head & 0x0FFF) + 3, len(stream))
        if head & 0x8000:
            text += _chunk(stream[at + 2 : end])
        else:
            text += stream[at + 2 : at + 2 + _CHUNK]
            end = at + 2 + _CHUNK
        at = end
    return bytes(text)


def _chunk(packed: bytes) -> bytes:
    """The text of one chunk: literals, and copies of what stands before them in it."""
    text, at = bytearray(), 0
    while at < len(packed):
        flags, at = packed[at], at + 1
        for bit in range(8):
            if at >= len(packed):
                break
            if not flags >> bit & 1:
                text.append(packed[at])
                at += 1
            elif at + 2 <= len(packed):
                (token,) = struct.unpack_from("<H", packed, at)
                at += 2
                # The more text there is, the more bits of the token tell how far back it lies.
                bits = max((len(text) - 1).bit_length(), 4)
                length = (token & (0xFFFF >> bits)) + 3
                back = (token >> (16 - bits)) + 1
                if back > len(text):
                    return bytes(text)
                for _ in range(length):
                    text.append(text[-back])
            else:
                break
    return bytes(text)
