"""Sealing of attached files, straight from the visitor's connection into an age file; the plaintext is
never whole in memory and never on a disk. The age file waits in a temporary file that has no name any
more."""

import hashlib
import os
import secrets
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from openbureau.tips.sealing import Sealer, SealingFailed
from openbureau.tips.sealing.file_contents import ExaminedFile
from openbureau.tips.sealing.image_metadata import is_cleaned, without_metadata
from openbureau.tips.text_input import one_line

PART_BYTES = 256 * 1024
"""Bytes of one stored part of an age file."""

MAX_NAME_BYTES = 120
"""UTF-8 of a file's name, which any disk can hold."""

UNNAMED = "附件"
"""What a file is called that came without a name."""

_MAX_ENDING_BYTES = 20

_MIN_PADDED_BYTES = 64 * 1024
_MAX_PADDING_STEP_BYTES = 1024 * 1024


@dataclass(frozen=True, repr=False)
class SealedFile:
    """An attachment, already sealed: a random id of 32 hexadecimal digits, the description of it that goes
    into the sealed body, and the age file in pieces. `size` is the age file's, in bytes, `digest` its
    SHA-256."""

    id: str
    description: dict[str, object]
    size: int
    digest: str
    pieces: Iterable[bytes]


def seal_file(
    name: str, pieces: Iterable[bytes], sealer: Sealer, out: BinaryIO, *, keep_original: bool
) -> SealedFile:
    """Seal a file as it comes in, into `out`, an empty temporary file that stays open until it is stored.
    Metadata of photographs goes unless `keep_original`.

    Raises FileRefused for what may not be attached, and SealingFailed; what `out` holds is then worthless.
    """
    file = ExaminedFile(tidy_name(name), pieces)
    cleaned = is_cleaned(file.head) and not keep_original
    measured = _Measured(without_metadata(file.name, file) if cleaned else file)
    _seal_through(measured.padded(), sealer, out)
    description: dict[str, object] = {
        "id": secrets.token_hex(16),
        "name": file.name,
        "served": file.kind.served_name(file.name),
        "ending": file.kind.endings[0],
        "kind": file.kind.name,
        "size": measured.size,
        "sha256": measured.digest.hexdigest(),
        "cleaned": cleaned,
    }
    size, digest = _measure(out)
    return SealedFile(str(description["id"]), description, size, digest, _parts(out))


def tidy_name(name: str) -> str:
    """A file's name without folders, turning marks and control characters, short enough for any disk;
    UNNAMED when nothing is left of it."""
    last = unicodedata.normalize("NFC", one_line(name.replace("\\", "/").rpartition("/")[2]))
    stem, dot, ending = last.rpartition(".")
    if len(ending.encode()) > _MAX_ENDING_BYTES:
        stem, dot, ending = last, "", ""
    room = MAX_NAME_BYTES - len(f"{dot}{ending}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore')}{dot}{ending}" or UNNAMED


class _Measured:
    """Measured stream: `size` in bytes and SHA-256 of the file without its padding."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.size = 0
        self.digest = hashlib.sha256()

    def padded(self) -> Iterator[bytes]:
        """The pieces, and then zeros up to one of a few sizes: the length tells little about the file."""
        for piece in self._pieces:
            self.size += len(piece)
            self.digest.update(piece)
            yield piece
        bucket = _MIN_PADDED_BYTES
        while bucket < self.size:
            bucket += min(bucket, _MAX_PADDING_STEP_BYTES)
        yield bytes(bucket - self.size)


def _seal_through(pieces: Iterable[bytes], sealer: Sealer, out: BinaryIO) -> None:
    """Seal pieces into `out`. The library reads its source by itself, so a thread pulls from a pipe."""
    reading, writing = os.pipe()
    failures: list[SealingFailed] = []

    def pull() -> None:
        with os.fdopen(reading, "rb") as source:
            try:
                sealer.seal_stream(source, out)
            except SealingFailed as error:
                failures.append(error)

    thread = threading.Thread(target=pull)
    thread.start()
    try:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for piece in pieces:
                _write(pipe, piece)
    except BrokenPipeError:
        pass  # the other end has said why in `failures`
    finally:
        thread.join()
    if failures:
        raise failures[0]


def _write(pipe: BinaryIO, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[pipe.write(rest) :]


def _measure(out: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for part in _parts(out):
        size += len(part)
        digest.update(part)
    return size, digest.hexdigest()


def _parts(out: BinaryIO) -> Iterator[bytes]:
    out.seek(0)
    while part := out.read(PART_BYTES):
        yield part
