"""Files of many records as they lie in a publication: written once, compressed, and read in pieces.

`downloads/<name>.csv.gz` and `.br`, `.json.gz` and `.br`, `.xlsx.plain`; `downloads/index.json` says of each
what it is made of and when it holds. A file whose making would give the same is the one of the publication
before (a hard link). A site without an address of its own has files with `ANY_ROOT` in its place.
"""

import gzip
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, cast

import brotli

from openbureau.publishing.downloads.tables import Table

FOLDER = "downloads"
INDEX = "index.json"

ANY_ROOT = "https://site.invalid"
"""Stands for the address by which a visitor calls a site that has none of its own (RFC 2606: nobody's)."""

CODINGS: Mapping[str, str] = {"br": ".br", "gzip": ".gz"}
"""The content codings in which texts are stored, the densest first, and how the names of their files end."""

AS_IS = ".plain"
"""How the name of a file ends that is stored in no coding: a workbook is compressed already."""

GZIP_LEVEL, BROTLI_QUALITY = 6, 5
CHUNK_BYTES = 1 << 16

_ROOT = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]*(/[A-Za-z0-9_-]+)*")
"""A root that needs no quoting, whatever the form of the file."""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """One file: `path` without the end of a coding, `size` and `digest` (SHA-256) of it plain.

    `key` says what it was made of. It holds from the day `since` to the day `until`, empty: always.
    `roots` counts how often it names the site's address.
    """

    path: Path
    key: str
    size: int
    digest: str
    roots: int = 0
    since: str = ""
    until: str = ""

    @property
    def codings(self) -> tuple[str, ...]:
        """The codings it is stored in; none: as it is."""
        return () if self.path.suffix == ".xlsx" else (*CODINGS,)

    @property
    def files(self) -> list[Path]:
        """The files in which it is stored."""
        ends = [CODINGS[coding] for coding in self.codings] or [AS_IS]
        return [self.path.with_name(self.path.name + end) for end in ends]

    def coded(self, coding: str) -> Path:
        """The file in one of its codings."""
        return self.path.with_name(self.path.name + CODINGS[coding])

    def chunks(self) -> Iterator[bytes]:
        """The plain text in pieces: no more of it is in memory."""
        with gzip.open(self.coded("gzip")) as file:
            yield from pieces(cast(IO[bytes], file))

    def is_sound(self) -> bool:
        """Whether it is as it was written, in each of its codings."""
        if not self.codings:
            return _digest(read_chunks(self.files[0])) == self.digest
        try:
            return all(
                _digest(_decoded(self.coded(coding), coding)) == self.digest for coding in self.codings
            )
        except (OSError, EOFError, zlib.error, brotli.error):
            return False

    def size_at(self, root: str) -> int:
        """The size of the plain text when it names `root` for ANY_ROOT."""
        return self.size + self.roots * (len(root) - len(ANY_ROOT))

    def chunks_at(self, root: str) -> Iterator[bytes]:
        """The plain text in pieces, with `root` for ANY_ROOT."""
        return _replaced(self.chunks(), root)


class Downloads:
    """The stored files of one publication; a publication of an earlier release has none."""

    def __init__(self, publication: Path) -> None:
        self._folder = publication / FOLDER
        try:
            index = json.loads((self._folder / INDEX).read_text(encoding="utf-8"))
        except FileNotFoundError:
            index = {"root": "", "files": {}}
        self.root: str = index["root"]
        """The address that the files name; ANY_ROOT: the visitor's own."""
        self._files = {
            name: StoredFile(path=self._folder / name, **about) for name, about in index["files"].items()
        }

    def made_of(self, name: str) -> str:
        """What the file of this name was made of; empty if there is none."""
        return self._files[name].key if name in self._files else ""

    def get(self, name: str, root: str, day: date) -> StoredFile | None:
        """The file of this name for a site at `root`, if there is one that holds on that day."""
        file = self._files.get(name)
        if file is None or not (file.since or "") <= day.isoformat() <= (file.until or "9"):
            return None
        return file if self.root == root or (self.root == ANY_ROOT and is_plain(root)) else None

    def same(self, name: str, key: str, day: date) -> StoredFile | None:
        """The file of this name if it was made of what `key` says, and holds on that day."""
        file = self.get(name, self.root, day)
        return file if file and file.key == key and all(path.is_file() for path in file.files) else None


class DownloadsWriter:
    """Writes the files of a publication in the making, and links those that are as they were before."""

    def __init__(self, publication: Path, root: str, day: date, before: Path | None) -> None:
        """`before` is the publication whose files may be linked."""
        self._folder = publication / FOLDER
        self._folder.mkdir()
        self.root, self.day = root, day
        self._before = Downloads(before) if before else None
        self._index: dict[str, dict[str, Any]] = {}

    def link(self, names: Sequence[str], key: str) -> bool:
        """Link the files of the publication before if all were made of the same; whether they were."""
        before = self._before
        if before is None:
            return False
        files = [file for name in names if (file := before.same(name, key, self.day))]
        if len(files) < len(names) or not all(file.is_sound() for file in files):
            return False
        for name, file in zip(names, files, strict=True):
            for path in file.files:
                place = (self._folder / name).with_name(path.name)
                place.parent.mkdir(parents=True, exist_ok=True)
                _link(path, place)
            self._index[name] = _about(file)
        return True

    def write(self, name: str, key: str, table: Table, *, since: str = "", until: str = "") -> None:
        """Write a table under a name that ends as its form: csv, json or xlsx."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".xlsx":
            place = path.with_name(path.name + AS_IS)
            with place.open("xb") as workbook:
                table.write("xlsx", workbook)
            digest = _digest(read_chunks(place))
            file = StoredFile(path=path, key=key, size=place.stat().st_size, digest=digest)
        else:
            with _CodedText(path) as text:
                table.write(path.suffix[1:], cast(IO[bytes], text))
            digest = text.digest.hexdigest()
            file = StoredFile(path=path, key=key, size=text.size, digest=digest, roots=text.roots)
        self._index[name] = _about(replace(file, since=since, until=until))

    def finish(self) -> None:
        """Write the index."""
        index = {"root": self.root, "files": self._index}
        text = json.dumps(index, ensure_ascii=False, indent=1, sort_keys=True)
        (self._folder / INDEX).write_text(text, encoding="utf-8")


def read_chunks(path: Path) -> Iterator[bytes]:
    """A file as it lies there, in pieces."""
    with path.open("rb") as file:
        yield from pieces(file)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """What is left to read of a file, in pieces."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def is_plain(root: str) -> bool:
    """Whether an address can stand in a file of any form as it is."""
    return bool(_ROOT.fullmatch(root))


def workbook_at(file: StoredFile, root: str) -> IO[bytes]:
    """A stored workbook with `root` for ANY_ROOT, as a temporary file that goes when it is closed."""
    made = TemporaryFile()  # noqa: SIM115 -- it is handed on open
    with zipfile.ZipFile(file.files[0]) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as fresh:
        for info in archive.infolist():
            with archive.open(info) as part, fresh.open(info, "w") as copy:
                copy.writelines(_replaced(pieces(part), root))
    made.seek(0)
    return made


class _CodedText:
    """Writes a text in every coding at once, as it comes; counts its bytes and how often it has ANY_ROOT."""

    def __init__(self, path: Path) -> None:
        self.size = self.roots = 0
        self.digest = sha256()
        self._opened = ExitStack()
        files = {
            coding: self._opened.enter_context(path.with_name(path.name + end).open("xb"))
            for coding, end in CODINGS.items()
        }
        self._brotli, self._brotli_file = brotli.Compressor(quality=BROTLI_QUALITY), files["br"]
        self._gzip = gzip.GzipFile("", "wb", GZIP_LEVEL, files["gzip"], mtime=0)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    def __enter__(self) -> "_CodedText":
        return self

    def __exit__(self, *problem: object) -> None:
        with self._opened:
            self._pass_on()
            self._gzip.close()
            self._brotli_file.write(self._brotli.finish())

    def write(self, data: bytes) -> int:
        """Take some bytes; an address never stands in two of them."""
        self.size += len(data)
        self.roots += data.count(ANY_ROOT.encode())
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes >= CHUNK_BYTES:
            self._pass_on()
        return len(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Take all of these."""
        for line in lines:
            self.write(line)

    def _pass_on(self) -> None:
        data = b"".join(self._waiting)
        self._waiting, self._waiting_bytes = [], 0
        self.digest.update(data)
        self._gzip.write(data)
        self._brotli_file.write(self._brotli.process(data))


def _decoded(path: Path, coding: str) -> Iterator[bytes]:
    # The end of gzip's own format (RFC 1952) is checked by the digest, too.
    step = brotli.Decompressor().process if coding == "br" else zlib.decompressobj(wbits=31).decompress
    return map(step, read_chunks(path))


def _digest(chunks: Iterable[bytes]) -> str:
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _link(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except OSError:
        # A file system without hard links: the bytes are the same.
        shutil.copy2(path, place)


def _about(file: StoredFile) -> dict[str, Any]:
    return {name: value for name, value in vars(file).items() if name != "path"}


def _replaced(chunks: Iterable[bytes], root: str) -> Iterator[bytes]:
    """The pieces with `root` for ANY_ROOT, also where it stands in two of them."""
    old, new = ANY_ROOT.encode(), root.encode()
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(old)
        # What may be the beginning of an address waits for the next piece.
        end = len(rest) - min(len(rest), len(old) - 1)
        yield new.join([*whole, rest[:end]])
        rest = rest[end:]
    yield rest
