"""A publication: the immutable folder that is served, and the pointer that says which one.

<shelf>/pointer            ids, one a line, the newest first; the first is being served
<shelf>/<id>/              library.sqlite, search/, attachments/, downloads/, whitelist/, holidays/,
                           furniture/, site.toml, manifest.json
<shelf>/<id>.vectors       what search by meaning needs of it, if that was made (learning.py)
"""

import fcntl
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import Any

from openbureau.library import kinds
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.library.catalogue import Catalogue
from openbureau.library.furniture import read_furniture
from openbureau.library.holidays import Holidays, read_holidays
from openbureau.library.lookup import Lookup
from openbureau.library.near_names import NearNames
from openbureau.library.records import Record
from openbureau.library.whitelist.changes import InstitutionChange, changes
from openbureau.publishing.downloads.stored import Downloads
from openbureau.publishing.shelf_files import HELD, MANIFEST, POINTER, served_ids, vectors_of
from openbureau.search import BrokenIndex, Index, open_index

FORMAT = "9"
"""Raised when this code can no longer read what earlier code built."""

CATALOGUE = "library.sqlite"
SEARCH = "search"
WORKBOOKS = "whitelist"
ATTACHMENTS = "attachments"

WHITELIST_FILE = "whitelist/list.json"
"""The stored file that is made of the whole whitelist, and of nothing else."""

LOOK_INTERVAL_SECONDS = 0.05
"""Time between two looks at the pointer: a system call in every request has threads wait in turn."""

log = logging.getLogger(__name__)


class Unpublished(Exception):
    """There is no publication to serve."""


class Damaged(Exception):
    """A publication's files are not those that were published."""


def addressed() -> tuple[str, ...]:
    """The kinds of record whose addresses people write, link to and get wrong; institutions have a search."""
    return (*kinds.names(), "register", "pages")


class Publication:
    """One opened publication: the bureau, its catalogue, its search index and the days off.

    `account_key` is the fingerprint of the key its account numbers were digested under; empty: without one.
    """

    def __init__(self, folder: Path, *, by_meaning: bool = False) -> None:
        """Open `folder`, and its vectors if search is to go by meaning; raises Damaged when a file differs
        from the manifest."""
        manifest = _verify(folder)
        bureau, problems = read_bureau(folder)
        if bureau is None or problems:
            raise Damaged(f"{folder.name}: site.toml cannot be read")
        self.id = folder.name
        self.folder = folder
        self.account_key: str = manifest["account_key"]
        self.bureau: Bureau = bureau
        holidays, problems = read_holidays(folder)
        if problems:
            raise Damaged(f"{folder.name}: the days off cannot be read")
        self.holidays: Holidays = holidays
        self.furniture, _ = read_furniture(folder)
        self.catalogue = Catalogue(folder / CATALOGUE)
        self.downloads = Downloads(folder)
        self._making = threading.Lock()
        self._lookup: Lookup | None = None
        self._changes: tuple[InstitutionChange, ...] | None = None
        try:
            vectors = vectors_of(folder.parent, self.id) if by_meaning else None
            self.search: Index = open_index(folder / SEARCH, vectors)
        except BrokenIndex as error:
            raise Damaged(f"{folder.name}: {error}") from error

    @property
    def tag(self) -> str:
        """What decides the answers to questions: the publication, and the vectors by which they are found."""
        return f"{self.id}-{self.search.meaning.digest[:8]}" if self.search.meaning else self.id

    @cached_property
    def near_names(self) -> NearNames:
        """The last parts of addresses, among which those like a mistyped one are found."""
        return NearNames(self.catalogue.slugs(addressed()))

    @property
    def lookup(self) -> Lookup:
        """The one box in which a parent looks for an institution."""
        with self._making:
            if self._lookup is None:
                entries = self.catalogue.lookup_entries()
                counties = self.bureau.counties.values()
                self._lookup = Lookup(entries, city=self.bureau.city, counties=counties)
            return self._lookup

    def prepare(self) -> None:
        """Make what questions need before there is one: the first shall wait no longer than the others."""
        _ = self.lookup, self.near_names

    def follow(self, before: "Publication") -> None:
        """Begin to prepare as the publication before was; what the same whitelist made is taken over."""
        if before._lookup is None:
            return
        whitelist = self.downloads.made_of(WHITELIST_FILE)
        if whitelist and whitelist == before.downloads.made_of(WHITELIST_FILE):
            self._lookup, self._changes = before._lookup, before._changes
        threading.Thread(target=self.prepare, name="prepare", daemon=True).start()

    @property
    def changes(self) -> tuple[InstitutionChange, ...]:
        """What became of the institutions from edition to edition, the oldest first."""
        with self._making:
            if self._changes is None:
                self._changes = changes(self.catalogue.histories(), self.catalogue.issues())
            return self._changes

    @property
    def has_changes(self) -> bool:
        """Whether `changes` are made: the first who asks for them waits while every history is read."""
        return self._changes is not None

    def attachment(self, record: Record, name: str, width: int | None = None) -> Path:
        """The file `name` that belongs to a record; of a picture the copy of that `width`."""
        folder = self.folder / ATTACHMENTS / record.kind / record.slug
        return (folder / str(width) if width else folder) / Path(name).name

    def workbook(self, name: str) -> Path:
        """The published copy `name` of a workbook."""
        return self.folder / WORKBOOKS / Path(name).name


class Shelf:
    """The folder of publications; finds the one being served, anew for every caller.

    A process keeps the publication it has opened until the pointer names another. When the other one is
    damaged it goes on serving the one it has and says so in the log.
    """

    def __init__(self, folder: Path, *, by_meaning: bool = False) -> None:
        self.folder = folder
        self._by_meaning = by_meaning
        self._opened: Publication | None = None
        self._opened_mark: tuple[str, int, int] | None = None
        self._refused: tuple[str, int, int] | None = None
        self._pointer = f"{folder}/{POINTER}"
        self._settled: tuple[int, int, int] | None = None
        self._look_again = 0.0
        self._lock = threading.Lock()

    def current(self) -> Publication:
        """The publication to serve, looked up at intervals; raises Unpublished when there is none."""
        opened, now = self._opened, time.monotonic()
        if opened and now < self._look_again:
            return opened
        if opened and self._look() == self._settled:
            self._look_again = now + LOOK_INTERVAL_SECONDS
            return opened
        with self._lock:
            # Looked at before it is read: if another takes its place meanwhile, it is looked at again.
            look = self._look()
            opened = self._reopen(self.served())
            self._settled = look
            return opened

    def served(self) -> list[str]:
        """Ids by the time they were switched to, the newest first; the first is being served."""
        return served_ids(self.folder)

    def replaced(self, seconds: float) -> str:
        """The publication whose place another took less than so many seconds ago; empty: none."""
        look = self._look()
        if look is None or time.time() - look[1] / 1e9 >= seconds:
            return ""
        _, before, *_ = (*self.served(), "", "")
        return before

    def switch(self, ids: Sequence[str]) -> None:
        """Serve the first of `ids` from now on, keeping the order of the others; atomic and durable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / ".pointer"
        with fresh.open("w", encoding="ascii") as file:
            file.write("".join(f"{name}\n" for name in ids))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / POINTER)
        sync_folder(self.folder)

    def rollback(self) -> str:
        """Serve the publication before the current one and answer its id; raises Unpublished or Damaged."""
        with self.lock():
            earlier = [name for name in self.served()[1:] if (self.folder / name).is_dir()]
            if not earlier:
                raise Unpublished("there is no earlier publication to go back to")
            _verify(self.folder / earlier[0])
            (self.folder / HELD).touch()
            self.switch(earlier)
            return earlier[0]

    def prune(self, keep: int) -> list[str]:
        """Delete all but the served publication and `keep` older ones; answers the ids deleted."""
        served = self.served()
        remaining = served[: keep + 1]
        if remaining != served:
            self.switch(remaining)
        gone = [path for path in self.folder.iterdir() if path.is_dir() and path.name not in remaining]
        for path in gone:
            shutil.rmtree(path)
        for path in self.folder.glob("*.vectors*"):
            if path.name.partition(".")[0] not in remaining:
                path.unlink(missing_ok=True)
        return sorted(path.name for path in gone if not path.name.startswith("."))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let one publisher at a time change the shelf; the lock falls with the process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _look(self) -> tuple[int, int, int] | None:
        """What tells one pointer from the next, and whether vectors came to what is opened: these files are
        never written to, another takes their place."""
        try:
            # At every request: a Path would take twice as long.
            about = os.stat(self._pointer)  # noqa: PTH116
        except FileNotFoundError:
            return None
        return about.st_ino, about.st_mtime_ns, self._vectors_age(self._opened.id) if self._opened else 0

    def _reopen(self, served: Sequence[str]) -> Publication:
        if not served:
            if self._opened is None:
                raise Unpublished("nothing is published yet: run `openbureau publish`")
            return self._opened
        mark = self._mark(served[0])
        if self._opened and mark in (self._opened_mark, self._refused):
            return self._opened
        candidates = served if self._opened is None else served[:1]
        for name in candidates:
            own_mark = self._mark(name)
            try:
                # The one opened before is left to the requests that still read it, and then collected.
                opened = Publication(self.folder / name, by_meaning=self._by_meaning)
                if self._opened:
                    opened.follow(self._opened)
                self._opened = opened
                self._opened_mark = own_mark
                self._refused = None if name == served[0] else mark
                return self._opened
            except (Damaged, OSError) as error:
                log.error("publication %s is not served: %s", name, error)
        if self._opened is None:
            raise Unpublished("no publication on this machine is whole: run `openbureau publish`")
        self._refused = mark
        return self._opened

    def _mark(self, name: str) -> tuple[str, int, int]:
        """What changes when a publication is built again under its own name, damaged or with another key, and
        when its vectors come."""
        try:
            return name, (self.folder / name / MANIFEST).stat().st_mtime_ns, self._vectors_age(name)
        except OSError:
            return name, 0, 0

    def _vectors_age(self, name: str) -> int:
        if not self._by_meaning:
            return 0
        try:
            return os.stat(f"{self.folder}/{name}.vectors").st_mtime_ns  # noqa: PTH116  # as often as the pointer
        except OSError:
            return 0


def write_manifest(folder: Path, about: dict[str, object]) -> None:
    """Write what the publication is made of, and make every file and folder of it durable."""
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in _files(folder)}
    manifest = folder / MANIFEST
    manifest.write_text(
        json.dumps({**about, "format": FORMAT, "files": digests}, indent=1, sort_keys=True), encoding="utf-8"
    )
    for path in [*_files(folder), manifest]:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    for inner in [path for path in folder.rglob("*") if path.is_dir()]:
        sync_folder(inner)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_whole(folder: Path, account_key: str) -> bool:
    """Whether the folder holds exactly what its manifest says, with digests under that key (fingerprint)."""
    try:
        return str(_verify(folder)["account_key"]) == account_key
    except Damaged:
        return False


def _verify(folder: Path) -> dict[str, Any]:
    """The manifest of a folder that is as it says; raises Damaged for any other."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digests, form, _ = manifest["files"], manifest["format"], manifest["id"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{folder.name}: its manifest cannot be read") from error
    if form != FORMAT:
        raise Damaged(f"{folder.name}: another version of the software built it; run `openbureau publish`")
    if manifest["id"] != folder.name or (folder / MANIFEST).is_symlink():
        raise Damaged(f"{folder.name}: its manifest is that of {manifest['id']}")
    paths = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    for name in sorted({*paths, *digests}):
        if name not in digests:
            raise Damaged(f"{folder.name}: {name} was not published")
        # What a link leads to may be another file tomorrow.
        if name not in paths or paths[name].is_symlink() or _digest(paths[name]) != digests[name]:
            raise Damaged(f"{folder.name}: {name} is not as it was published")
    return manifest


def _files(folder: Path) -> list[Path]:
    """Whatever lies in a publication, at any depth, but the manifest and the folders themselves."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path for path in paths if path != folder / MANIFEST)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
