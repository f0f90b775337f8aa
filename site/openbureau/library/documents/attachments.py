"""Attachments of documents: name, size and digest, and the text by which they are found."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from xml.etree.ElementTree import ParseError

import docx
from docx.opc.exceptions import PackageNotFoundError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from openbureau.library.problems import Problem
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.records import AttachmentFields
from openbureau.spreadsheets.workbook import OPEN_SUFFIXES

MAX_BYTES = 20_000_000
"""Of one file: parents open them on a phone."""


@dataclass(frozen=True)
class ReadAttachment:
    """An attachment with the text by which it is found; what is wrong with it are problems."""

    fields: AttachmentFields
    text: str
    problems: list[Problem]


def read_attachment(path: Path, content: Path, readings: ReadingCache = UNCACHED) -> ReadAttachment:
    """Read one file below `content`; what cannot be opened, or is too large, stops the publication."""
    data = path.read_bytes()
    fields = AttachmentFields(name=path.name, size=len(data), sha256=sha256(data).hexdigest())

    def without_text(what: str, mend: str, *, stops: bool = True) -> ReadAttachment:
        problem = Problem(path.relative_to(content).as_posix(), "", what, mend, stops=stops)
        return ReadAttachment(fields, "", [problem])

    read = READERS.get(path.suffix.lower())
    if len(data) > MAX_BYTES:
        what = f"this file has {len(data) // 1_000_000} MB, {MAX_BYTES // 1_000_000} are the most"
        return without_text(what, "compress its pictures, or part it")
    if read is None:
        return ReadAttachment(fields, "", [])
    try:
        text = readings.value("attachment", data, lambda: "\n".join(read(path)), about=path.suffix.lower())
    except (PyPdfError, PackageNotFoundError, zipfile.BadZipFile, ParseError, KeyError, ValueError) as error:
        what = f"this file cannot be read ({type(error).__name__})"
        return without_text(what, "open it, save it again without a password")
    if text.strip():
        return ReadAttachment(fields, text, [])
    what = "there is no text in this file, only pictures: it cannot be searched or read aloud"
    mend = "attach a version with text, or say in the document what it shows"
    return without_text(what, mend, stops=False)


def _pdf(path: Path) -> Iterator[str]:
    with PdfReader(path) as reader:
        for page in reader.pages:
            yield page.extract_text()


def _docx(path: Path) -> Iterator[str]:
    document = docx.Document(str(path))
    for paragraph in document.paragraphs:
        yield paragraph.text
    for table in document.tables:
        for row in table.rows:
            yield " ".join(cell.text for cell in row.cells)


READERS: dict[str, Callable[[Path], Iterator[str]]] = {".pdf": _pdf, ".docx": _docx}
"""What reads the text of a file; tables are attached without being searched."""

SUFFIXES = (*READERS, *OPEN_SUFFIXES)
"""What may be attached: forms that open on any phone, and carry no programs."""
