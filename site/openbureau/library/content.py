"""All of `content/` into one library of records, with every problem found on the way."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from openbureau.chinese.personal_data import personal_data
from openbureau.clock import local_date
from openbureau.clock import now as present
from openbureau.disclosure.scanner import Disclosure, DisclosureKind
from openbureau.library import kinds
from openbureau.library.bureau import FILE as SITE
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.library.documents.addresses import Anchors, file_address
from openbureau.library.documents.attachments import SUFFIXES
from openbureau.library.documents.corrections import FOLDER as VERSIONS
from openbureau.library.documents.reader import read_documents
from openbureau.library.documents.waiting import (
    Waiting,
    early_link,
    early_problems,
    is_part_of,
    waiting_at,
)
from openbureau.library.front_matter import ContentFile
from openbureau.library.furniture import FOLDER as FURNITURE
from openbureau.library.furniture import furniture_files, read_furniture
from openbureau.library.holidays import FOLDER as HOLIDAYS
from openbureau.library.holidays import holiday_files, read_holidays
from openbureau.library.lists.disclosed import cached_disclosures
from openbureau.library.lists.opening import LIST_SUFFIXES
from openbureau.library.problems import Problem
from openbureau.library.processor_limit import OutOfTime, limited
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.records import Record
from openbureau.library.registers import FOLDER as REGISTERS
from openbureau.library.registers import RegisterEntry, read_registers
from openbureau.library.registers.editions import Link
from openbureau.library.registers.rows import RegisterSheetRows
from openbureau.library.synonyms import FILES as SEARCH_FILES
from openbureau.library.synonyms import SearchLanguage, read_search_language
from openbureau.library.weighing.editions import NOTHING_SERVED, EditionCounts, ServedEditions
from openbureau.library.whitelist.editions import read_editions
from openbureau.library.whitelist.escrow_accounts import AccountKey
from openbureau.library.whitelist.institutions import Institution
from openbureau.library.whitelist.rows import FOLDER as WHITELIST
from openbureau.library.whitelist.rows import SheetRows

SECTIONS = (
    "/",
    "/whitelist/",
    "/registers/",
    "/search",
    "/feeds/",
    "/follow/",
    "/subscribe/",
    "/tip-off/",
    "/tip-off/status",
)
"""Addresses a text may link to besides documents and their lists."""

DEMONSTRATION = "demonstration"
"""The folder of `content/` with what is invented; where it is dated, it stands among the rest."""

INVENTED = "示例"
"""What the name of everything invented says."""

_PUBLIC = "remove it; a mobile number that is to be seen: list it in site.toml, [disclosure] public_numbers"
_DISCLOSED: dict[DisclosureKind, tuple[str, str]] = {
    "pii_id": ("an identity number (身份证号码) stands here", "remove it: it may never be published"),
    "pii_mobile": ("a mobile number (手机号码) stands here", _PUBLIC),
    "unseen": ("a part of this file is under a password or too large to look through", "save it without"),
}
"""What is said of personal data in a text, an attachment or any other file."""
_LINE = re.compile(r"第(\d+)行")
_HIDDEN = "（已隐去）"


@dataclass
class Library:
    """What `content/` says: the bureau, its records, and the problems of the files.

    `language` is what it tells the search. `editions` tell what each edition of a
    list or register changed, `sheets` what the rows of each file of them are. `waiting` are the
    documents that are not among the records yet.
    """

    bureau: Bureau | None
    records: list[Record] = field(default_factory=list)
    language: SearchLanguage = field(default_factory=SearchLanguage)
    furniture: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    editions: list[EditionCounts] = field(default_factory=list)
    sheets: Mapping[str, Sequence[SheetRows | RegisterSheetRows]] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether it may be published."""
        return self.bureau is not None and not any(problem.stops for problem in self.problems)


def content_files(content: Path) -> list[Path]:
    """Every file of `content/` in one order on every machine, without editors' and systems' droppings, and
    without what is invented for a demonstration: that is read where it was dated."""
    files = (path for path in content.rglob("*") if path.is_file())
    return sorted(path for path in files if not _is_apart(path.relative_to(content)))


def read_library(
    content: Path,
    account_key: AccountKey | None = None,
    readings: ReadingCache = UNCACHED,
    *,
    now: datetime | None = None,
    served: ServedEditions = NOTHING_SERVED,
) -> Library:
    """Read all of `content`; nothing is left out because something else is wrong.

    The whitelist's account numbers are digested under `account_key`; `readings` are those of earlier times.
    `now` is the present, where it is not another instant: documents of later wait. Editions that are `served`
    are not refused for what they changed.
    """
    bureau, problems = read_bureau(content)
    library = Library(bureau, problems=problems)
    if bureau is None:
        return library
    now = now or present()
    today = local_date(now)
    readers = {kind.name: kind.read for kind in kinds.KINDS}
    registers = read_registers(
        content, on=today, served=served, public=bureau.public_numbers, readings=readings
    )
    paths = content_files(content)
    documents = read_documents(content, paths, bureau, readers, registers.records, readings)
    waiting = waiting_at(documents.records, now)
    editions = read_editions(content, bureau, account_key, on=today, served=served, readings=readings)
    library.language, language_problems = read_search_language(content)
    library.furniture, furniture_problems = read_furniture(content)
    library.records += [*documents.records, *editions.records, *registers.records]
    library.problems += [
        *_strays(content, documents.rest),
        *documents.problems,
        *language_problems,
        *read_holidays(content)[1],
        *furniture_problems,
        *registers.problems,
        *editions.problems,
        *early_problems(documents.files, documents.records, waiting, now),
        *_dangling(bureau, documents.files, library.records, registers.links, waiting, now),
    ]
    if not bureau.demo:
        library.problems += _invented(content, library.records)
    library.editions = [*editions.counts, *registers.counts]
    library.sheets = {**editions.sheets, **registers.sheets}
    if waiting:
        # Documents are tied to each other while they are read: those that are there know no others.
        library.waiting = waiting
        there = [path for path in paths if not is_part_of(path.relative_to(content).as_posix(), waiting)]
        registers = read_registers(
            content, on=today, served=served, public=bureau.public_numbers, readings=readings
        )
        documents = read_documents(content, there, bureau, readers, registers.records, readings)
        library.records = [*documents.records, *editions.records, *registers.records]
    disclosed = _personal_data(content, bureau, readings)
    library.problems = [_masked(problem) for problem in (*disclosed, *library.problems)]
    return library


def _personal_data(content: Path, bureau: Bureau, readings: ReadingCache) -> Iterator[Problem]:
    """A stop for all personal data in any file or its name; lists are looked through by who reads them."""
    for path in content_files(content):
        name = path.relative_to(content)
        if personal_data(name.as_posix(), bureau.public_numbers):
            yield Problem(name.as_posix(), "", "the name of this file is personal data", "rename it")
        if name.parts[0] in (WHITELIST, REGISTERS) and path.suffix.lower() in LIST_SUFFIXES:
            continue
        try:
            with limited():
                disclosed = cached_disclosures(path.read_bytes(), path.name, bureau.public_numbers, readings)
        except OutOfTime:
            disclosed = [Disclosure("unseen", "")]
        for disclosure in disclosed:
            line = _LINE.fullmatch(disclosure.place)
            yield Problem(
                name.as_posix(), line[1] if line else disclosure.place, *_DISCLOSED[disclosure.kind]
            )


def _masked(problem: Problem) -> Problem:
    """The problem without personal data that its words would repeat."""
    if not personal_data(str(problem)):
        return problem
    what = "(words that would repeat personal data are left out)"
    return Problem(
        "/".join(_HIDDEN if personal_data(part) else part for part in problem.file.split("/")),
        _HIDDEN if personal_data(problem.place) else problem.place,
        what if personal_data(problem.what) else problem.what,
        what if personal_data(problem.mend) else problem.mend,
        problem.stops,
    )


def _strays(content: Path, paths: Iterable[Path]) -> Iterator[Problem]:
    """A problem for each file that nothing reads; `paths` are those that are no part of a document."""
    tables = {Path(SITE), *SEARCH_FILES}
    tables |= {path.relative_to(content) for path in (*holiday_files(content), *furniture_files(content))}
    what = "this file has no place here and would not be published"
    mend = (
        f"put texts as .md directly in {', '.join(kinds.names())}, what belongs to one "
        f"({' '.join(SUFFIXES)}, pictures) in a folder of its name beside it, what stood there before in "
        f"{VERSIONS}/ of it, workbooks in {WHITELIST}/, registers in {REGISTERS}/<name>/, days off in "
        f"{HOLIDAYS}/<year>.toml, another site's header.html and footer.html in {FURNITURE}/, or remove it"
    )
    for path in paths:
        name = path.relative_to(content)
        if name.parts[0] not in (WHITELIST, REGISTERS) and name not in tables:
            yield Problem(name.as_posix(), "", what, mend)


def _invented(content: Path, records: Iterable[Record]) -> Iterator[Problem]:
    """A stop for each file with something invented: a site that is no demonstration has nothing of it."""
    mend = f"remove it; only a demonstration (demo = true in {SITE}) may show what is invented"
    if (content / DEMONSTRATION).is_dir():
        yield Problem(DEMONSTRATION, "", "this folder holds what is invented for a demonstration", mend)
    named: dict[str, str] = {}
    for record in records:
        match record:
            case Institution():
                file, is_invented = f"{WHITELIST}/{record.source_file}", INVENTED in record.title
            case RegisterEntry():
                file = f"{REGISTERS}/{record.slug.partition('--')[0]}"
                is_invented = any(INVENTED in value for value in record.values.values())
            case _:
                file, is_invented = f"{record.kind}/{record.slug}.md", f"（{INVENTED}）" in record.title
        if is_invented:
            named.setdefault(file, record.title)
    for file, title in named.items():
        yield Problem(file, "", f"“{title}” is invented", mend)


def _is_apart(path: Path) -> bool:
    """Lock and backup files that office programs and editors leave behind, and the demonstration's own."""
    is_dropping = any(part.startswith((".", "~$")) for part in path.parts) or path.name.endswith("~")
    return is_dropping or path.parts[0] == DEMONSTRATION


def _dangling(
    bureau: Bureau,
    files: list[ContentFile],
    records: list[Record],
    links: list[Link],
    waiting: Waiting,
    now: datetime,
) -> Iterator[Problem]:
    """Links from a text, a register or site.toml to a page this site does not have, or not yet."""
    # A file that could not be read still is a page: its own problem says what to mend.
    sections = {*SECTIONS, *(f"/{name}/" for name in kinds.names())}
    pages = {*sections, *(f"/{file.path.removesuffix('.md')}/" for file in files)}
    pages |= {f"/whitelist/{record.slug}/" for record in records if record.kind == "whitelist"}
    pages |= {f"/whitelist/editions/{record.slug}/" for record in records if record.kind == "editions"}
    pages |= {f"/registers/{record.slug}/" for record in records if record.kind == "register"}
    pages |= {record.address for record in records if isinstance(record, RegisterEntry)}
    for name in ("fee_rules", "annual_report", "refund_guide", "before_paying"):
        address = getattr(bureau, name)
        if address and address not in pages - sections:
            yield Problem(SITE, "", f"{name}: there is no page {address}", "name a document's address")
        elif early := early_link(address, now, waiting):
            yield Problem(SITE, "", f"{name}: {early}", "name it when it is published")
    pages |= {
        file_address(record.kind, record.slug, attachment["name"])
        for record in records
        for attachment in (*record.attachments, *record.pictures)
    }
    anchors = Anchors(records)
    for file in files:
        own = f"/{file.path.removesuffix('.md')}/"
        for written in file.links:
            page, _, fragment = written.address.partition("#")
            page, line = page.partition("?")[0] or own, str(file.markdown_line + written.line)
            if not page.startswith("/"):
                continue
            if page not in pages:
                what = f"there is no page {written.written}"
                yield Problem(file.path, line, what, "correct the link or write the page")
            elif early := early_link(page, waiting.get(file.path, now), waiting):
                mend = "give both the same published_at, or link it when it is published"
                yield Problem(file.path, line, early, mend)
            elif not anchors.has(page, fragment):
                what = f"there is no place #{fragment} on the page {page}"
                mend = "name a heading there as it is in its address, or a clause (#第三条)"
                yield Problem(file.path, line, what, mend)
    for link in links:
        page = link.address.partition("#")[0].partition("?")[0]
        if page not in pages:
            what = f"there is no page {link.address}"
            yield Problem(link.file, link.place, what, "correct the link or write the page")
        elif early := early_link(page, now, waiting):
            yield Problem(link.file, link.place, early, "link it when it is published")
