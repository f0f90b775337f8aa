"""From content to publication: read everything, refuse what is wrong, build beside, then switch."""

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from openbureau import search
from openbureau.clock import local_date
from openbureau.clock import now as present
from openbureau.library.bureau import FILE as SITE
from openbureau.library.catalogue import write_catalogue
from openbureau.library.content import Library, content_files, read_library
from openbureau.library.documents.pictures import read_copies
from openbureau.library.documents.waiting import Waiting
from openbureau.library.furniture import FOLDER as FURNITURE
from openbureau.library.holidays import FOLDER as HOLIDAYS
from openbureau.library.holidays import holiday_files
from openbureau.library.lists.clean_copy import clean_copy, copy_name
from openbureau.library.places import Places
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.records import Record
from openbureau.library.weighing.editions import EditionCounts
from openbureau.library.whitelist.editions import Edition
from openbureau.library.whitelist.escrow_accounts import AccountKey
from openbureau.publishing.downloads.building import DownloadPlan, write_downloads
from openbureau.publishing.downloads.stored import ANY_ROOT, Downloads
from openbureau.publishing.publication import (
    ATTACHMENTS,
    CATALOGUE,
    SEARCH,
    WORKBOOKS,
    Shelf,
    is_whole,
    sync_folder,
    write_manifest,
)
from openbureau.publishing.searched_text import searched_sections
from openbureau.publishing.served_editions import served_editions
from openbureau.publishing.shelf_files import HELD, read_manifest, waiting_in

PACKAGE = Path(__file__).parents[1]
LIBRARIES = PACKAGE.parents[1] / "requirements.txt"
"""The libraries, each with its version."""
BUILDERS = (
    "__init__.py",
    "clock.py",
    "enums.py",
    "law.py",
    "chinese/**/*.py",
    "demonstration/**/*.py",
    "disclosure/**/*.py",
    "formats/**/*.py",
    "library/**/*.py",
    "pdf/**/*.py",
    "publishing/**/*.py",
    "search/**/*.py",
    "spreadsheets/**/*.py",
    "wordprocessing/**/*.py",
)
"""The modules that decide what a publication holds: all that are loaded when one is built."""

KEEP = 5
"""How many earlier publications are kept by default."""

NO_LONGER_HOLDS = frozenset({"失效", "废止"})
NO_LONGER = 0.8
A_YEAR = 0.01
MAX_YEARS = 10
"""How much less search makes of what no longer holds, and of what is a year older: relevance comes first."""

SHORT = {"whitelist": 0.6, "editions": 0.6, "register": 0.9, "registers": 0.9}
"""What search makes of records that are hardly more than a name: ranking by itself favours the short."""


class PublicationRefused(Exception):
    """The content has faults; nothing was published. `editions` tell what each changed."""

    def __init__(self, problems: list[Problem], editions: Sequence[EditionCounts]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems
        self.editions = editions


class NotWritten(Exception):
    """The publication could not be written, or its content not be read: a full disk, missing rights."""


class ContentMoved(Exception):
    """Somebody wrote to the content folder during the publication."""


@dataclass(frozen=True)
class Published:
    """What `publish` did; `editions` tell what each changed, `waiting` are the documents still to come."""

    id: str
    records: int
    notes: list[Problem]
    built: bool
    deleted: list[str]
    editions: Sequence[EditionCounts]
    waiting: Waiting


def publication_id(content: Path, waiting: Iterable[str] = ()) -> str:
    """The name of what `content` says without the documents that are `waiting`: equal on every machine,
    different for every difference.

    The code that reads and builds counts too: a newer release may say the same content better, and must not
    take a publication of the older one for its own.
    """
    digest = sha256(b"openbureau publication\n")
    for folder, files in ((PACKAGE, _builders()), (content, content_files(content))):
        for path in files:
            name = path.relative_to(folder).as_posix()
            digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    for name in sorted(waiting):
        digest.update(f"waiting\0{name}\n".encode())
    return digest.hexdigest()[:16]


def _builders() -> list[Path]:
    return sorted(path for pattern in BUILDERS for path in PACKAGE.glob(pattern))


def builders_digest() -> str:
    """What tells the code of one release that reads and builds, its libraries too, from that of another."""
    return sha256(b"".join(path.read_bytes() for path in [*_builders(), LIBRARIES])).hexdigest()


def check(
    content: Path, account_key: AccountKey | None = None, readings: ReadingCache = UNCACHED
) -> list[Problem]:
    """Every problem of `content`, by file and place."""
    return by_place(read_library(content, account_key, readings).problems)


def examine(
    content: Path, shelf: Shelf, account_key: AccountKey | None = None, readings: ReadingCache = UNCACHED
) -> Library:
    """All of `content` as `publish` would read it now."""
    return read_library(content, account_key, readings, served=served_editions(shelf.folder))


def publish(
    content: Path,
    shelf: Shelf,
    *,
    keep: int = KEEP,
    account_key: AccountKey | None = None,
    root: str = "",
    now: datetime | None = None,
    readings: ReadingCache = UNCACHED,
) -> Published:
    """Publish `content`: all of it or nothing, but for the documents that wait.

    The whitelist's account numbers are digested under `account_key`. It is no part of the id: what anybody
    can read is the same under every key; with another key it is built again.

    `root` is the public address of the site with its path, if it has one of its own: files to download name
    it. `now` is the present, where it is not another instant: documents of later wait, and registers show
    what may be seen on its day. `readings` are those of earlier times; those that this one did not need are
    forgotten.

    Raises PublicationRefused with every problem when something stops it, and ContentMoved when the content
    changed meanwhile; the served publication stays. So it does with NotWritten.
    """
    try:
        return _publish(content, shelf, keep, account_key, root, now or present(), readings)
    except (OSError, DatabaseError) as error:
        raise NotWritten(_what_failed(shelf.folder, error)) from error


def _publish(
    content: Path,
    shelf: Shelf,
    keep: int,
    account_key: AccountKey | None,
    root: str,
    now: datetime,
    readings: ReadingCache,
) -> Published:
    with shelf.lock():
        content_id = publication_id(content)
        known = _known_waiting(shelf, content_id, now)
        library = None
        if known is None:
            library = _read(content, shelf, account_key, now, readings)
            known = library.waiting
        name = publication_id(content, known) if known else content_id
        folder = shelf.folder / name
        fingerprint = account_key.fingerprint if account_key else ""
        if is_whole(folder, fingerprint) and Downloads(folder).root == (root or ANY_ROOT):
            records, notes, built = 0, [], False
        else:
            library = library or _read(content, shelf, account_key, now, readings)
            notes, built = by_place(library.problems), True
            records = len(library.records)
            before = [shelf.folder / served for served in shelf.served()[:1]]
            plan = DownloadPlan(root or ANY_ROOT, local_date(now), before[0] if before else None)
            try:
                scaffold = _build(content, library, folder, fingerprint, plan, readings)
                if publication_id(content) != content_id:
                    raise ContentMoved("content/ changed while it was being read; publish again")
                shutil.rmtree(folder, ignore_errors=True)  # what is there is damaged, or of another key
                scaffold.rename(folder)
            finally:
                shutil.rmtree(_scaffold_of(folder), ignore_errors=True)  # half of it only fills the disk
            sync_folder(shelf.folder)
            readings.forget_unused()
        served = shelf.served()
        # A pointer that was switched has servers look again, also at what was built anew under its own name.
        if built or served[:1] != [name]:
            shelf.switch([name, *(other for other in served if other != name)])
        (shelf.folder / HELD).unlink(missing_ok=True)
        manifest = read_manifest(folder)
        editions = [EditionCounts(*counts) for counts in manifest["editions"]]
        waiting = waiting_in(manifest)
        return Published(name, records, notes, built, shelf.prune(keep), editions, waiting)


def _read(
    content: Path, shelf: Shelf, account_key: AccountKey | None, now: datetime, readings: ReadingCache
) -> Library:
    """All of `content`; raises PublicationRefused when something stops it."""
    served = served_editions(shelf.folder)
    library = read_library(content, account_key, readings, now=now, served=served)
    if not library.is_sound:
        raise PublicationRefused(by_place(library.problems), library.editions)
    return library


def _known_waiting(shelf: Shelf, content_id: str, now: datetime) -> Waiting | None:
    """The documents that wait now, by a publication of the same content; None if there is none: read it."""
    for name in shelf.served():
        manifest = read_manifest(shelf.folder / name)
        if manifest.get("content") == content_id:
            return {file: until for file, until in waiting_in(manifest).items() if until > now}
    return None


def _what_failed(folder: Path, error: OSError | DatabaseError) -> str:
    """What could not be done, and what room there is and was needed before."""
    cause = error.orig if isinstance(error, DatabaseError) else error
    words = [f"{cause}"]
    with suppress(OSError):
        words.append(f"{folder} has {shutil.disk_usage(folder).free} bytes free")
    with suppress(OSError, IndexError):
        served = folder / Shelf(folder).served()[0]
        size = sum(path.stat().st_size for path in served.rglob("*") if path.is_file())
        words.append(f"the publication that is served takes {size}")
    return "; ".join(words)


def _scaffold_of(folder: Path) -> Path:
    return folder.with_name(f".building-{folder.name}")


def _build(
    content: Path,
    library: Library,
    folder: Path,
    fingerprint: str,
    plan: DownloadPlan,
    readings: ReadingCache,
) -> Path:
    """Build in a folder with another name, so that a publication exists whole or not at all."""
    records = library.records
    scaffold = _scaffold_of(folder)
    shutil.rmtree(scaffold, ignore_errors=True)  # a publisher that was killed may have left it
    scaffold.mkdir(parents=True)
    (scaffold / SEARCH).mkdir()
    (scaffold / HOLIDAYS).mkdir()
    (scaffold / FURNITURE).mkdir()
    for part, piece in library.furniture.items():
        (scaffold / FURNITURE / f"{part}.html").write_text(piece, encoding="utf-8")
    for path in (content / SITE, *holiday_files(content)):
        shutil.copyfile(path, scaffold / path.relative_to(content))
    (scaffold / WORKBOOKS).mkdir()
    for record in records:
        if isinstance(record, Edition) and not record.withheld:
            _hand_out(record, content / WORKBOOKS / record.file, scaffold / WORKBOOKS, readings)
    for record in records:
        for attachment in () if record.is_withdrawn else record.attachments:
            place = Path(record.kind, record.slug, attachment["name"])
            (scaffold / ATTACHMENTS / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(content / place, scaffold / ATTACHMENTS / place)
        for picture in () if record.is_withdrawn else record.pictures:
            place = Path(record.kind, record.slug, picture["name"])
            *smaller, largest = read_copies(content / place, readings)
            for copy, folder_name in (*((copy, str(copy.width)) for copy in smaller), (largest, "")):
                path = scaffold / ATTACHMENTS / place.parent / folder_name / place.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(copy.data)
    words = library.language
    places = Places(library.bureau.city, library.bureau.counties.values()).names if library.bureau else ()
    language = search.Language(words.words, words.synonyms, words.elsewhere, places)
    search.build(scaffold / SEARCH, _documents(records), language=language)
    write_catalogue(records, scaffold / CATALOGUE)
    if library.bureau:
        write_downloads(scaffold, content, library.bureau, records, builders_digest(), plan)
    about = {
        "id": folder.name,
        "content": publication_id(content),
        "records": len(records),
        "account_key": fingerprint,
        "editions": library.editions,
        "waiting": {file: until.isoformat() for file, until in sorted(library.waiting.items())},
    }
    write_manifest(scaffold, about)
    return scaffold


def _hand_out(edition: Edition, workbook: Path, folder: Path, readings: ReadingCache) -> None:
    """Write the copy of an edition's file that everybody may download, and note which it is."""
    data = clean_copy(workbook, readings)
    edition.copy_file, edition.copy_size = copy_name(workbook), len(data)
    edition.copy_sha256 = sha256(data).hexdigest()
    (folder / edition.copy_file).write_bytes(data)


def _documents(records: Iterable[Record]) -> Iterable[search.Document]:
    """What of each record is searched; what was withdrawn can no longer be found."""
    listed = [record for record in records if not record.is_withdrawn]
    newest = max((record.day for record in listed), default="")
    for record in listed:
        sections = searched_sections(record)
        yield search.Document(
            key=f"{record.kind}/{record.slug}",
            kind=record.kind,
            title=record.title,
            names=record.other_names,
            # A keyword means many documents, a number only one.
            exact=[name for name in record.other_names.split() if any(map(str.isdigit, name))],
            body="\n".join(section.whole for section in sections),
            sections=sections,
            labels={
                "topic": record.facet("topic"),
                "county": record.facet("county"),
                "year": [record.day[:4]] if record.day else [],
                "state": [*record.facet("validity"), *record.facet("status")],
            },
            day=record.day,
            weight=search_weight(record, newest),
            answers=record.answers,
        )


def search_weight(record: Record, newest: str) -> float:
    """What no longer holds comes a little later; so does what is old beside the newest record, or short."""
    factor = SHORT.get(record.kind, 1.0)
    factor *= NO_LONGER if NO_LONGER_HOLDS.intersection(record.facet("validity")) else 1.0
    years = int(newest[:4]) - int(record.day[:4]) if record.day else MAX_YEARS
    return factor * (1 - A_YEAR * min(years, MAX_YEARS))


def by_place(problems: list[Problem]) -> list[Problem]:
    """The problems in the order of files and places."""

    def place(problem: Problem) -> tuple[str, int, str]:
        return problem.file, int(problem.place) if problem.place.isdigit() else 0, problem.place

    return sorted(problems, key=place)
