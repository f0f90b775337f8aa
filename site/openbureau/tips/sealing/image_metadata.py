"""Removal of what cameras write into photographs: place, time, device, author, thumbnail. Segments are
left out while the bytes pass by; no picture is decoded.

JPEG: ITU-T T.81, Annex B. PNG: W3C PNG (Third Edition), 5. GIF: GIF89a Specification, 15 to 26. WebP:
RFC 9649, 2.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from openbureau.tips.sealing.file_types import FileRefused

_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_END, _SCAN = 0xD9, 0xDA
_TABLES = {*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}
_ANY = ord("?")
_MAX_EXTENSION_BYTES = 1024 * 1024
_LOOPS = {b"NETSCAPE2.0", b"ANIMEXTS1.0"}
_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH"}
_WEBP_METADATA_FLAGS = 0x20 | 0x08 | 0x04  # ICC profile, Exif, XMP
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD"}


def without_metadata(name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A JPEG, PNG, GIF or WebP, whatever its name, without its metadata; any other file as it is. Raises
    FileRefused when a picture is cut off or not built as its kind is. All pieces are read to their end."""
    source = _Source(pieces)
    clean = next((clean for magic, clean in _CLEANERS.items() if source.begins_with(magic)), None)
    if clean is None:
        yield from source.pass_all()
        return
    try:
        yield from clean(source)
    except _Cut:
        raise FileRefused(
            f"“{name}”不完整或者已经损坏，请重新选择；不行的，请打开它截图，上传截图。"
        ) from None
    source.skip_rest()


def is_cleaned(head: bytes) -> bool:
    """Whether metadata is taken out of a file that begins so."""
    return any(_matches(head, magic) for magic in _CLEANERS)


def _matches(head: bytes, magic: bytes) -> bool:
    """Whether a file begins so; a question mark stands for any byte."""
    return len(head) >= len(magic) and all(
        letter in (byte, _ANY) for byte, letter in zip(head, magic, strict=False)
    )


class _Cut(Exception):
    """The bytes end too early, or are not what should be here."""


class _Source:
    """Bytes that come in pieces, taken by number."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffer = b""

    def begins_with(self, magic: bytes) -> bool:
        """Whether the bytes begin so; nothing is taken."""
        while len(self._buffer) < len(magic):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._buffer += piece
        return _matches(self._buffer, magic)

    def pass_all(self) -> Iterator[bytes]:
        """Everything that is left, in pieces."""
        if self._buffer:
            yield self._buffer
        yield from self._pieces

    def take(self, count: int) -> bytes:
        """Exactly so many bytes. Raises _Cut."""
        while len(self._buffer) < count:
            self._buffer += self._more()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def pass_on(self, count: int) -> Iterator[bytes]:
        """So many bytes, in pieces. Raises _Cut."""
        while count:
            self._buffer = self._buffer or self._more()
            piece, self._buffer = self._buffer[:count], self._buffer[count:]
            count -= len(piece)
            yield piece

    def pass_scan(self) -> Iterator[bytes]:
        """Entropy-coded data up to the next marker, which stays."""
        while True:
            start = 0
            while (at := self._buffer.find(b"\xff", start)) >= 0 and at + 1 < len(self._buffer):
                following = self._buffer[at + 1]
                if following and following not in _STANDALONE:
                    yield self._buffer[:at]
                    self._buffer = self._buffer[at:]
                    return
                start = at + 2
            # A last 0xFF stays until the byte after it is known.
            passed = len(self._buffer) if at < 0 else at
            yield self._buffer[:passed]
            self._buffer = self._buffer[passed:] + self._more()

    def skip_rest(self) -> None:
        """Read to the end: whoever counts the bytes must see all of them."""
        self._buffer = b""
        for _ in self._pieces:
            pass

    def _more(self) -> bytes:
        piece = next(self._pieces, None)
        if piece is None:
            raise _Cut
        return piece


def _jpeg(source: _Source) -> Iterator[bytes]:
    yield source.take(2)
    while True:
        if source.take(1) != b"\xff":
            raise _Cut
        while (marker := source.take(1)[0]) == 0xFF:
            pass  # fill bytes
        if marker == _END:
            yield b"\xff\xd9"
            return  # what follows is no part of the picture: previews, moving pictures, anything
        if marker in _STANDALONE:
            yield bytes((0xFF, marker))
            continue
        length = int.from_bytes(source.take(2), "big")
        if length < 2:
            raise _Cut
        payload = _cleaned_segment(marker, source.take(length - 2))
        if payload is not None:
            yield bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload
        if marker == _SCAN:
            yield from source.pass_scan()


def _cleaned_segment(marker: int, payload: bytes) -> bytes | None:
    """A segment as it may stay; None when it goes."""
    if marker in _TABLES:
        return payload
    if marker == 0xE0 and payload.startswith(b"JFIF\0") and len(payload) >= 14:
        return payload[:12] + b"\0\0"  # without its thumbnail
    if marker == 0xEE and payload.startswith(b"Adobe"):
        return payload[:12]  # how the colours are coded
    return None


def _png(source: _Source) -> Iterator[bytes]:
    yield source.take(len(_PNG_SIGNATURE))
    while True:
        head = source.take(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if length >= 1 << 31 or not kind.isalpha():
            raise _Cut
        rest = source.pass_on(length + 4)
        if kind in _PNG_CHUNKS:
            yield head
            yield from rest
        else:
            for _ in rest:
                pass
        if kind == b"IEND":
            return


def _gif(source: _Source) -> Iterator[bytes]:
    head = source.take(13)
    yield head + source.take(_colour_bytes(head[10]))
    while True:
        introducer = source.take(1)
        if introducer == b"\0":
            continue  # some programs pad here
        if introducer == b";":
            yield introducer
            return
        if introducer == b",":
            descriptor = source.take(9)
            yield introducer + descriptor + source.take(_colour_bytes(descriptor[8])) + source.take(1)
            yield from _sub_blocks(source)
        elif introducer == b"!":
            label, blocks = source.take(1), list(_sub_blocks(source, _MAX_EXTENSION_BYTES))
            if label == b"\xf9" or (label == b"\xff" and blocks[0][1:] in _LOOPS):
                yield introducer + label + b"".join(blocks)
        else:
            raise _Cut


def _colour_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _sub_blocks(source: _Source, max_bytes: int = 0) -> Iterator[bytes]:
    """The data sub-blocks up to their end, which is one of them. Raises _Cut when they are longer than
    `max_bytes`, unless that is 0."""
    total = 0
    while True:
        length = source.take(1)
        block = length + source.take(length[0])
        total += len(block)
        if max_bytes and total > max_bytes:
            raise _Cut
        yield block
        if length == b"\0":
            return


def _webp(source: _Source) -> Iterator[bytes]:
    head = source.take(12)
    yield head
    left = int.from_bytes(head[4:8], "little") - 4
    while left > 0:
        chunk = source.take(8)
        size = int.from_bytes(chunk[4:], "little")
        size += size & 1
        left -= 8 + size
        if left < 0:
            raise _Cut
        if chunk[:4] == b"VP8X":
            flags, *rest = source.take(size)
            yield chunk + bytes((flags & ~_WEBP_METADATA_FLAGS, *rest))
        elif chunk[:4] in _WEBP_CHUNKS:
            yield chunk
            yield from source.pass_on(size)
        else:
            # The length of all has been told: what goes leaves as much room, which readers skip.
            yield b"JUNK" + chunk[4:]
            for piece in source.pass_on(size):
                yield bytes(len(piece))


_CLEANERS: Mapping[bytes, Callable[[_Source], Iterator[bytes]]] = MappingProxyType(
    {
        b"\xff\xd8\xff": _jpeg,
        _PNG_SIGNATURE: _png,
        b"GIF8?a": _gif,
        b"RIFF????WEBP": _webp,
    }
)
