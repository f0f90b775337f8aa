"""All of `content/` into one library of records, with every problem found on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from openbureau.formats.markdown import internal_links
from openbureau.library import kinds
from openbureau.library.bureau import FILE as SITE
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.library.documents.attachments import SUFFIXES, read_attachment
from openbureau.library.documents.consultations import Consultation, link_consultations
from openbureau.library.documents.corrections import FOLDER as VERSIONS
from openbureau.library.documents.corrections import correct
from openbureau.library.documents.index_numbers import number_problems
from openbureau.library.documents.pages import read_page
from openbureau.library.documents.policies import Policy
from openbureau.library.documents.relations import connect
from openbureau.library.front_matter import ContentFile, read_file
from openbureau.library.furniture import FOLDER as FURNITURE
from openbureau.library.furniture import furniture_files, read_furniture
from openbureau.library.holidays import FOLDER as HOLIDAYS
from openbureau.library.holidays import holiday_files, read_holidays
from openbureau.library.problems import Problem
from openbureau.library.records import Record
from openbureau.library.registers import FOLDER as REGISTERS
from openbureau.library.registers import RegisterEntry, read_registers
from openbureau.library.registers.editions import Link
from openbureau.library.synonyms import FILES as SEARCH_FILES
from openbureau.library.synonyms import read_search_language
from openbureau.library.whitelist.editions import read_editions
from openbureau.library.whitelist.escrow_accounts import AccountKey
from openbureau.library.whitelist.rows import FOLDER as WHITELIST

SECTIONS = (
    "/",
    "/whitelist/",
    "/registers/",
    "/search",
    "/feeds/",
    "/tip-off/",
    "/tip-off/status",
)
"""Addresses a text may link to besides documents and their lists."""


@dataclass
class Library:
    """What `content/` says: the bureau, its records, and the problems of the files.

    `words` of its own and groups of `synonyms` are for the search.
    """

    bureau: Bureau | None
    records: list[Record] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    synonyms: list[list[str]] = field(default_factory=list)
    furniture: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether it may be published."""
        return self.bureau is not None and not any(problem.stops for problem in self.problems)


def content_files(content: Path) -> list[Path]:
    """Every file of `content/` in one order on every machine, without editors' and systems' droppings."""
    found = (path for path in content.rglob("*") if path.is_file())
    return sorted(path for path in found if not _is_dropping(path.relative_to(content)))


def read_library(content: Path, account_key: AccountKey | None = None) -> Library:
    """Read all of `content`; nothing is left out because something else is wrong.

    The whitelist's account numbers are digested under `account_key`.
    """
    bureau, problems = read_bureau(content)
    library = Library(bureau, problems=problems)
    if bureau is None:
        return library
    files: list[ContentFile] = []
    attached: list[Path] = []
    earlier: list[Path] = []
    policies: dict[str, Policy] = {}
    policy_files: dict[str, ContentFile] = {}
    tables = {path.relative_to(content) for path in (*holiday_files(content), *furniture_files(content))}
    folders = {kind.name: kind for kind in kinds.KINDS}
    for path in content_files(content):
        name = path.relative_to(content)
        folder = name.parent.as_posix()
        if path.suffix == ".md" and folder in folders:
            read = folders[folder].read
        elif name == Path("about.md"):
            read = read_page
        elif len(name.parts) == 3 and name.parts[0] in folders and path.suffix.lower() in SUFFIXES:
            attached.append(path)
            continue
        elif len(name.parts) == 4 and name.parts[0] in folders and name.match(f"{VERSIONS}/*.md"):
            earlier.append(path)
            continue
        elif name.parts[0] in (WHITELIST, REGISTERS) or name in (Path(SITE), *SEARCH_FILES, *tables):
            continue
        else:
            library.problems.append(_stray(name))
            continue
        file = read_file(path, content)
        files.append(file)
        if folder == "policies":
            policy_files[file.slug] = file
        if not file.values:
            continue
        record = read(file, bureau)
        library.records.append(record)
        if isinstance(record, Policy):
            policies[record.slug] = record
    library.problems += _attach(attached, content, files, library.records)
    library.problems += _correct(earlier, content, files, library.records)
    consultations = {each.slug: each for each in library.records if isinstance(each, Consultation)}
    consultation_files = {file.slug: file for file in files if file.path.startswith("consultations/")}
    library.problems += link_consultations(
        consultations, consultation_files, policies, policy_files.keys() - policies, content
    )
    library.words, library.synonyms, language_problems = read_search_language(content)
    library.problems += language_problems
    library.problems += read_holidays(content)[1]
    library.furniture, furniture_problems = read_furniture(content)
    library.problems += furniture_problems
    registers, register_problems, links = read_registers(content)
    library.problems += register_problems
    connect([*library.records, *registers], policies, policy_files)
    editions, edition_problems = read_editions(content, bureau, account_key)
    library.records += editions
    library.problems += edition_problems
    library.records += registers
    for file in files:
        if file.values:
            file.finish()
        library.problems += file.problems
    library.problems += number_problems(file for file in files if "/" in file.path)
    library.problems += _dangling(bureau, files, library.records, links)
    return library


def _attach(
    paths: list[Path], content: Path, files: list[ContentFile], records: list[Record]
) -> Iterator[Problem]:
    """Give every attachment to the document whose name its folder has."""
    known = {file.path for file in files}
    by_file = {f"{record.kind}/{record.slug}.md": record for record in records}
    for path in paths:
        document = f"{path.parent.relative_to(content).as_posix()}.md"
        if document not in known:
            what, mend = f"there is no document {document}", "name the folder as the document is named"
            yield Problem(path.relative_to(content).as_posix(), "", what, mend)
            continue
        read = read_attachment(path, content)
        yield from read.problems
        if document in by_file:
            by_file[document].attachments.append(read.told)
            by_file[document].attached_text += f"\n{read.text}"


def _correct(
    paths: list[Path], content: Path, files: list[ContentFile], records: list[Record]
) -> Iterator[Problem]:
    """Give every earlier version to the document in whose folder it is kept."""
    by_document: dict[str, list[ContentFile]] = {file.path: [] for file in files}
    versions = [(path, read_file(path, content)) for path in paths]
    for path, version in versions:
        document = f"{path.parent.parent.relative_to(content).as_posix()}.md"
        if document not in by_document:
            what, mend = f"there is no document {document}", "name the folder as the document is named"
            yield Problem(version.path, "", what, mend)
        elif version.values:
            by_document[document].append(version)
    by_file = {f"{record.kind}/{record.slug}.md": record for record in records}
    for file in files:
        if file.path in by_file:
            yield from correct(by_file[file.path], file, by_document[file.path])
    for _, version in versions:
        yield from version.problems


def _stray(path: Path) -> Problem:
    return Problem(
        path.as_posix(),
        "",
        "this file has no place here and would not be published",
        f"put texts as .md directly in {', '.join(kinds.names())}, what belongs to one "
        f"({' '.join(SUFFIXES)}) in a folder of its name beside it, what stood there before in "
        f"{VERSIONS}/ of it, workbooks in {WHITELIST}/, registers in {REGISTERS}/<name>/, days off in "
        f"{HOLIDAYS}/<year>.toml, another site's "
        f"header.html and footer.html in {FURNITURE}/, or remove it",
    )


def _is_dropping(path: Path) -> bool:
    """Lock and backup files that office programs and editors leave behind."""
    return any(part.startswith((".", "~$")) for part in path.parts) or path.name.endswith("~")


def _dangling(
    bureau: Bureau, files: list[ContentFile], records: list[Record], links: list[Link]
) -> Iterator[Problem]:
    """Links from a text, a register or site.toml to a page this site does not have."""
    # A file that could not be read still is a page: its own problem says what to mend.
    sections = {*SECTIONS, *(f"/{name}/" for name in kinds.names())}
    known = {*sections, *(f"/{file.path.removesuffix('.md')}/" for file in files)}
    known |= {f"/whitelist/{record.slug}/" for record in records if record.kind == "whitelist"}
    known |= {f"/whitelist/editions/{record.slug}/" for record in records if record.kind == "editions"}
    known |= {f"/registers/{record.slug}/" for record in records if record.kind == "register"}
    known |= {record.address for record in records if isinstance(record, RegisterEntry)}
    for name in ("fee_rules", "annual_report"):
        address = getattr(bureau, name)
        if address and address not in known - sections:
            yield Problem(SITE, "", f"{name}: there is no page {address}", "name a document's address")
    for file in files:
        for offset, address in internal_links(file.markdown):
            page = address.partition("#")[0].partition("?")[0]
            if page not in known:
                line = str(file.markdown_line + offset)
                yield Problem(
                    file.path, line, f"there is no page {address}", "correct the link or write the page"
                )
    for link in links:
        if link.address.partition("#")[0].partition("?")[0] not in known:
            what = f"there is no page {link.address}"
            yield Problem(link.file, link.place, what, "correct the link or write the page")
