"""Examination of attached files while they pass by: what kind one is, and whether it is that alone. No file
is opened, and no parser of anybody's file runs in the public process; of archives the list of members is
read, and the one member that tells what kind of document it is."""

import re
from collections.abc import Iterable, Iterator

from openbureau.tips.sealing.containers import (
    DOC,
    DOCX,
    OLE,
    ZIP,
    ArchiveScan,
    CompoundScan,
    Scan,
    is_archive_end,
)
from openbureau.tips.sealing.file_types import (
    FILE_TYPES,
    HEAD_BYTES,
    MAX_FILE_BYTES,
    FileRefused,
    FileType,
    ending_of,
    is_page,
    pdf_lead,
)
from openbureau.tips.sealing.refusals import BY_HEAD, BY_NAME, EMPTY, MIXED, TOO_LONG, UNKNOWN, WEB_PAGE

_COMMENT_BYTES = 66_000  # the end of an archive with its longest comment
_FOREIGN = re.compile(rb"%PDF-|PK\x03\x04|<script|<html|<!doctype|<\?php|<svg", re.IGNORECASE)
_BINARY = re.compile(rb"%PDF-|PK\x03\x04")
_MARKUP = re.compile(rb"<script|<html|<!doctype|<\?php|<svg|javascript:", re.IGNORECASE)
_SCRIPT = re.compile(rb"<script|javascript:|<\?php|<svg|<iframe|<object|<embed", re.IGNORECASE)


class ExaminedFile:
    """A file that is examined while it passes: iterate over it once, to its end; `kind` is certain then, and
    what tells whether it is a picture is certain from the beginning."""

    def __init__(self, name: str, pieces: Iterable[bytes]) -> None:
        """Read the beginning, `head`. Raises FileRefused for what may not be attached under this name."""
        self.name = name
        self._pieces = iter(pieces)
        self.head = b""
        for piece in self._pieces:
            self.head += piece
            if len(self.head) >= HEAD_BYTES:
                break
        self._scan, self.kind = self._begun()

    def __iter__(self) -> Iterator[bytes]:
        """The same bytes as they come. Raises FileRefused when the file is seen to be too long, damaged, or
        to hold something else as well."""
        size, piece = 0, self.head
        while True:
            size += len(piece)
            if size > MAX_FILE_BYTES:
                raise self._refused(TOO_LONG)
            self._scan.feed(piece)
            yield piece
            following = next(self._pieces, None)
            if following is None:
                break
            piece = following
        verdict = self._scan.verdict(ending_of(self.name))
        if isinstance(verdict, str):
            raise self._refused(verdict)
        self.kind = verdict

    def _begun(self) -> tuple["Scan", FileType]:
        head, ending = self.head[:HEAD_BYTES], ending_of(self.name)
        if not head:
            raise self._refused(EMPTY)
        if ending in BY_NAME:
            raise self._refused(BY_NAME[ending])
        if head.startswith(ZIP):
            return ArchiveScan(head), DOCX
        if head.startswith(OLE):
            return CompoundScan(), DOC
        for magics, advice in BY_HEAD:
            if head.startswith(magics):
                raise self._refused(advice)
        kind = _kind_of(head, ending)
        if kind is None:
            raise self._refused(WEB_PAGE if is_page(head) else UNKNOWN)
        if kind.is_words:
            if not kind.by_name and _BINARY.search(head):
                raise self._refused(MIXED)
            # Somebody opens it in a program that runs what is written there.
            if not kind.by_name and _MARKUP.search(head.replace(b"\0", b"")):
                raise self._refused(WEB_PAGE)
            return _WordsScan(kind), kind
        # The first bytes are the kind's own; a second beginning makes it two files in one.
        if _FOREIGN.search(head, max(pdf_lead(head), 0) + 4):
            raise self._refused(MIXED)
        return _PlainScan(kind), kind

    def _refused(self, advice: str) -> FileRefused:
        return FileRefused(f"“{self.name}”{advice}")


def _kind_of(head: bytes, ending: str) -> FileType | None:
    """The kind that begins so, and of several the one that the name promises."""
    kinds = [
        kind for kind in FILE_TYPES if (not kind.by_name or ending in kind.endings) and kind.begins(head)
    ]
    return next((kind for kind in kinds if ending in kind.endings), kinds[0] if kinds else None)


class _PlainScan(Scan):
    """A file of one kind, behind whose end no archive may hide."""

    def __init__(self, kind: FileType) -> None:
        self._kind = kind
        self._tail = bytearray()

    def feed(self, piece: bytes) -> None:
        self._tail += piece
        del self._tail[:-_COMMENT_BYTES]

    def verdict(self, ending: str) -> FileType | str:
        return MIXED if is_archive_end(bytes(self._tail)) else self._kind


class _WordsScan(_PlainScan):
    """Words, which may hold no script."""

    def __init__(self, kind: FileType) -> None:
        super().__init__(kind)
        self._last = b""
        self._has_script = False

    def feed(self, piece: bytes) -> None:
        super().feed(piece)
        if self._kind.by_name:
            seen = self._last + piece.replace(b"\0", b"")
            self._has_script = self._has_script or _SCRIPT.search(seen) is not None
            self._last = seen[-16:]

    def verdict(self, ending: str) -> FileType | str:
        return WEB_PAGE if self._has_script else super().verdict(ending)
