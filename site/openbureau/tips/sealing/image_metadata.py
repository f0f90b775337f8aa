"""Removal of what cameras write into photographs: place, time, device, author, thumbnail. Segments are
left out while the bytes pass by; no picture is decoded.

JPEG: ITU-T T.81, Annex B. PNG: W3C PNG (Third Edition), 5.
"""

from collections.abc import Callable, Iterable, Iterator

from openbureau.tips.sealing.file_types import FileRefused

_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_END, _SCAN = 0xD9, 0xDA
_TABLES = {*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD"}


def without_metadata(name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A JPEG or PNG without its metadata, any other file as it is. Raises FileRefused when a picture is cut
    off or not built as its kind is. All pieces are read to their end."""
    ending = name.rpartition(".")[2].lower()
    clean = _CLEANERS.get(ending)
    if clean is None:
        yield from pieces
        return
    source = _Source(pieces)
    try:
        yield from clean(source)
    except _Cut:
        raise FileRefused(f"“{name}”不完整或者已经损坏，请重新选择。") from None
    source.skip_rest()


def is_cleaned(name: str) -> bool:
    """Whether metadata is taken out of a file of this name."""
    return name.rpartition(".")[2].lower() in _CLEANERS


class _Cut(Exception):
    """The bytes end too early, or are not what should be here."""


class _Source:
    """Bytes that come in pieces, taken by number."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffer = b""

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


_CLEANERS: dict[str, Callable[[_Source], Iterator[bytes]]] = {"jpg": _jpeg, "jpeg": _jpeg, "png": _png}
