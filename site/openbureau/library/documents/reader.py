"""Reads all documents of `content/`: texts, attachments and earlier versions, tied to each other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openbureau.library.bureau import Bureau
from openbureau.library.documents.addresses import file_address
from openbureau.library.documents.attachments import SUFFIXES, read_attachment
from openbureau.library.documents.consultations import Consultation, link_consultations
from openbureau.library.documents.corrections import FOLDER as VERSIONS
from openbureau.library.documents.corrections import correct
from openbureau.library.documents.index_numbers import number_problems
from openbureau.library.documents.pages import read_page
from openbureau.library.documents.pictures import SUFFIXES as PICTURES
from openbureau.library.documents.pictures import place_pictures, read_picture
from openbureau.library.documents.policies import Policy
from openbureau.library.documents.relations import connect
from openbureau.library.front_matter import ContentFile, read_file
from openbureau.library.problems import Problem
from openbureau.library.processor_limit import MAX_FILE_SECONDS, OutOfTime, limited
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.records import Record

Reader = Callable[[ContentFile, Bureau], Record]
"""What makes a record of one content file; faults are left in the file."""

PAGES: Mapping[str, Reader] = {"about.md": read_page, "where-to-turn.md": read_page}
"""Standing pages and what reads them."""


@dataclass
class Documents:
    """The documents of `content/` and the problems of their files.

    `files` are all texts, those too of which no record could be read; `rest` are the paths that are no part
    of a document.
    """

    records: list[Record] = field(default_factory=list)
    files: list[ContentFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rest: list[Path] = field(default_factory=list)


def read_documents(
    content: Path,
    paths: Iterable[Path],
    bureau: Bureau,
    readers: Mapping[str, Reader],
    registers: Sequence[Record],
    readings: ReadingCache = UNCACHED,
) -> Documents:
    """Read the documents among the `paths` below `content`.

    `readers` are those of each folder of documents, by its name. In the `registers` 文号 become links, too.
    """
    documents = Documents()
    attachments: list[Path] = []
    pictures: list[Path] = []
    versions: list[Path] = []
    for path in paths:
        name = path.relative_to(content)
        depth = len(name.parts) if name.parts[0] in readers else 0
        if depth == 2 and path.suffix == ".md":
            _read(documents, path, content, bureau, readers[name.parts[0]])
        elif depth == 3 and path.suffix.lower() in SUFFIXES:
            attachments.append(path)
        elif depth == 3 and path.suffix.lower() in PICTURES:
            pictures.append(path)
        elif depth == 4 and name.match(f"{VERSIONS}/*.md"):
            versions.append(path)
        elif name.as_posix() in PAGES:
            _read(documents, path, content, bureau, PAGES[name.as_posix()])
        else:
            documents.rest.append(path)
    documents.problems += _attach(documents, attachments, content, readings)
    documents.problems += _illustrate(documents, pictures, content, readings)
    documents.problems += _correct(documents, versions, content)
    policies = {record.slug: record for record in documents.records if isinstance(record, Policy)}
    policy_files = _files_in("policies", documents.files)
    consultations = {record.slug: record for record in documents.records if isinstance(record, Consultation)}
    documents.problems += link_consultations(
        consultations,
        _files_in("consultations", documents.files),
        policies,
        policy_files.keys() - policies,
        content,
    )
    connect([*documents.records, *registers], policies, policy_files)
    for file in documents.files:
        if file.values:
            file.finish()
        documents.problems += file.problems
    documents.problems += number_problems(file for file in documents.files if file.path not in PAGES)
    return documents


def _read(documents: Documents, path: Path, content: Path, bureau: Bureau, read: Reader) -> None:
    try:
        with limited():
            file = read_file(path, content)
            documents.files.append(file)
            if file.values:
                documents.records.append(read(file, bureau))
    except OutOfTime:
        what = f"reading it takes more than {MAX_FILE_SECONDS} seconds of the processor"
        mend = "take out what is no ordinary text, or divide it"
        documents.problems.append(Problem(path.relative_to(content).as_posix(), "", what, mend))


def _files_in(folder: str, files: Iterable[ContentFile]) -> dict[str, ContentFile]:
    """The files of one folder by slug."""
    return {file.slug: file for file in files if file.path.startswith(f"{folder}/")}


def _attach(
    documents: Documents, paths: Iterable[Path], content: Path, readings: ReadingCache
) -> Iterator[Problem]:
    """Give every attachment to the document whose name its folder has."""
    names = {file.path for file in documents.files}
    by_file = {f"{record.kind}/{record.slug}.md": record for record in documents.records}
    for path in paths:
        document = f"{path.parent.relative_to(content).as_posix()}.md"
        if document not in names:
            yield _without_document(path.relative_to(content).as_posix(), document)
            continue
        attachment = read_attachment(path, content, readings)
        yield from attachment.problems
        if document in by_file:
            by_file[document].attachments.append(attachment.fields)
            by_file[document].attached_text += f"\n{attachment.text}"


def _illustrate(
    documents: Documents, paths: Iterable[Path], content: Path, readings: ReadingCache
) -> Iterator[Problem]:
    """Give every picture to the document whose name its folder has, and show it where a text names it."""
    names = {file.path for file in documents.files}
    by_file = {f"{record.kind}/{record.slug}.md": record for record in documents.records}
    refused: set[str] = set()
    for path in paths:
        name = path.relative_to(content)
        document = f"{name.parent.as_posix()}.md"
        if document not in names:
            yield _without_document(name.as_posix(), document)
            continue
        picture = read_picture(path, content, readings)
        if isinstance(picture, Problem) or document not in by_file:
            refused.add(file_address(*name.parts))
        if isinstance(picture, Problem):
            yield picture
        elif document in by_file:
            by_file[document].pictures.append(picture)
    yield from place_pictures(documents.records, documents.files, refused)


def _correct(documents: Documents, paths: Iterable[Path], content: Path) -> Iterator[Problem]:
    """Give every earlier version to the document in whose folder it lies."""
    by_document: dict[str, list[ContentFile]] = {file.path: [] for file in documents.files}
    versions = [(path, read_file(path, content)) for path in paths]
    for path, version in versions:
        document = f"{path.parent.parent.relative_to(content).as_posix()}.md"
        if document not in by_document:
            yield _without_document(version.path, document)
        elif version.values:
            by_document[document].append(version)
    by_file = {f"{record.kind}/{record.slug}.md": record for record in documents.records}
    for file in documents.files:
        if file.path in by_file:
            yield from correct(by_file[file.path], file, by_document[file.path])
    for _, version in versions:
        yield from version.problems


def _without_document(path: str, document: str) -> Problem:
    return Problem(path, "", f"there is no document {document}", "name the folder as the document is named")
