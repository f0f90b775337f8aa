"""From content to publication: read everything, refuse what is wrong, build beside, then switch."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from openbureau import search
from openbureau.library.accounts import AccountKey
from openbureau.library.bureau import FILE as SITE
from openbureau.library.catalogue import write_catalogue
from openbureau.library.problems import Problem
from openbureau.library.reading import content_files, read_library
from openbureau.library.records import Record
from openbureau.library.whitelist_editions import Edition
from openbureau.publication import (
    CATALOGUE,
    SEARCH,
    WORKBOOKS,
    Shelf,
    is_whole,
    sync_folder,
    write_manifest,
)

PACKAGE = Path(__file__).parent

KEEP = 5
"""How many earlier publications are kept by default."""


class Refused(Exception):
    """The content has faults; nothing was published."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class ContentMoved(Exception):
    """Somebody wrote to the content folder during the publication."""


@dataclass(frozen=True)
class Published:
    """What `publish` did."""

    id: str
    records: int
    notes: list[Problem]
    built: bool
    deleted: list[str]


def publication_id(content: Path) -> str:
    """The name of what `content` says: equal on every machine, different for every difference.

    The code that reads and builds counts too: a newer release may say the same content better, and must not
    take a publication of the older one for its own.
    """
    digest = sha256(b"openbureau publication\n")
    for folder, files in ((PACKAGE, _builders()), (content, content_files(content))):
        for path in files:
            name = path.relative_to(folder).as_posix()
            digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _builders() -> list[Path]:
    """The modules that decide what a publication holds."""
    rooms = ("library/*.py", "search/*.py", "publish.py", "publication.py")
    return sorted(path for room in rooms for path in PACKAGE.glob(room))


def check(content: Path, account_key: AccountKey | None = None) -> list[Problem]:
    """Every problem of `content`, by file and place."""
    return _by_place(read_library(content, account_key).problems)


def publish(
    content: Path, shelf: Shelf, *, keep: int = KEEP, account_key: AccountKey | None = None
) -> Published:
    """Publish `content`: all of it or nothing.

    The whitelist's account numbers are digested under `account_key`. It is no part of the id: what anybody
    can read is the same under every key; with another key it is built again.

    Raises Refused with every problem when something stops it, and ContentMoved when the content changed
    meanwhile; the served publication stays.
    """
    with shelf.lock():
        name = publication_id(content)
        folder = shelf.folder / name
        fingerprint = account_key.fingerprint if account_key else ""
        if is_whole(folder, fingerprint):
            records, notes, built = 0, [], False
        else:
            library = read_library(content, account_key)
            if not library.is_sound:
                raise Refused(_by_place(library.problems))
            notes, built = _by_place(library.problems), True
            records = len(library.records)
            scaffold = _build(content, library.records, folder, fingerprint)
            if publication_id(content) != name:
                shutil.rmtree(scaffold)
                raise ContentMoved("content/ changed while it was being read; publish again")
            shutil.rmtree(folder, ignore_errors=True)  # what is there is damaged, or of another key
            scaffold.rename(folder)
            sync_folder(shelf.folder)
        served = shelf.served()
        if served[:1] != [name]:
            shelf.switch([name, *(other for other in served if other != name)])
        return Published(name, records, notes, built, shelf.prune(keep))


def _build(content: Path, records: list[Record], folder: Path, fingerprint: str) -> Path:
    """Build in a folder with another name, so that a publication exists whole or not at all."""
    scaffold = folder.with_name(f".building-{folder.name}")
    shutil.rmtree(scaffold, ignore_errors=True)  # a publisher that was killed may have left it
    scaffold.mkdir(parents=True)
    (scaffold / SEARCH).mkdir()
    shutil.copyfile(content / SITE, scaffold / SITE)
    withheld = {record.file for record in records if isinstance(record, Edition) and record.withheld}
    if (content / WORKBOOKS).is_dir():
        shutil.copytree(
            content / WORKBOOKS, scaffold / WORKBOOKS, ignore=lambda _, names: withheld & {*names}
        )
    search.build(scaffold / SEARCH, _documents(records))
    count = len(records)
    write_catalogue(records, scaffold / CATALOGUE)
    write_manifest(scaffold, {"id": folder.name, "records": count, "account_key": fingerprint})
    return scaffold


def _documents(records: Iterable[Record]) -> Iterable[search.Document]:
    """What of each record is searched; what was withdrawn can no longer be found."""
    for record in records:
        if not record.is_withdrawn:
            yield search.Document(
                key=f"{record.kind}/{record.slug}",
                kind=record.kind,
                title=record.title,
                names=record.other_names,
                body=f"{record.summary}\n{record.text}",
            )


def _by_place(problems: list[Problem]) -> list[Problem]:
    def place(problem: Problem) -> tuple[str, int, str]:
        return problem.file, int(problem.place) if problem.place.isdigit() else 0, problem.place

    return sorted(problems, key=place)
