"""Attachments of documents: name, size and digest, and the text by which they are found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from openbureau.library.problems import Problem
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.records import AttachmentFields
from openbureau.pdf.intactness import broken_parts
from openbureau.pdf.pages import PdfPage, pages_without_text, read_pages, text_state
from openbureau.spreadsheets.errors import Unreadable, UnreadableKind
from openbureau.spreadsheets.file_kinds import FileKind, file_kind
from openbureau.spreadsheets.workbook import OPEN_SUFFIXES, Sheet, open_workbook
from openbureau.wordprocessing.document import text_of
from openbureau.wordprocessing.reader import read_paper

MAX_BYTES = 20_000_000
"""Of one file: parents open them on a phone."""
MAX_SEARCHED_CHARACTERS = 2_000_000
"""Of the text of one file: a book has half of them."""
MAX_UNUSABLE_SHARE = 0.02
"""Of the letters of a PDF file, that may be unknown without a word."""

Note = tuple[str, str]
"""What is to be told of a file, and how to mend it."""

_NO_TEXT: Note = (
    "there is no text in this file, only pictures: it cannot be searched or read aloud",
    "attach a version with text, or say in the document what it shows",
)
_FAULTS: Mapping[UnreadableKind, Note] = {
    "encrypted": ("it is under a password", "open it, save it again without a password"),
    "damaged": ("it is damaged, or not what its name says", "open it, save it again"),
    "not_a_workbook": ("it is not what its name says", "open it, save it again as what its name says"),
}
_KINDS: Mapping[FileKind, str] = {
    "doc": "an old Word or WPS document (.doc, .wps)",
    "rtf": "an RTF document",
    "odt": "an OpenDocument text (.odt)",
    "docx": "a Word document (.docx)",
    "xls": "an old workbook (.xls)",
    "pdf": "a PDF file",
    "ofd": "an OFD file",
    "picture": "a picture",
    "presentation": "a presentation",
    "ppt": "an old presentation (.ppt)",
    "archive": "an archive",
    "web_page": "a web page",
    "web_archive": "a web page in one file (.mht)",
    "sealed": "sealed by the encryption of a workplace, which nobody opens elsewhere",
    "empty": "empty",
}
"""What files are called that bear the name of another kind. A broken archive is none of them."""
_TOO_LARGE: Note = (
    "this file holds more than can be read: it cannot be searched",
    "leave out what nobody needs, or part it",
)


@dataclass(frozen=True)
class ReadAttachment:
    """An attachment with the text by which it is found; what is wrong with it are problems."""

    fields: AttachmentFields
    text: str
    problems: list[Problem]


@dataclass(frozen=True)
class _AttachedText:
    """What a reader made of a file: all that is seen in it, and what its editor should know."""

    text: str
    notes: tuple[Note, ...] = ()


def read_attachment(path: Path, content: Path, readings: ReadingCache = UNCACHED) -> ReadAttachment:
    """Read one file below `content`; what cannot be opened, or is too large, stops the publication."""
    data = path.read_bytes()
    fields = AttachmentFields(name=path.name, size=len(data), sha256=sha256(data).hexdigest())
    file = path.relative_to(content).as_posix()
    if len(data) > MAX_BYTES:
        what = f"this file has {len(data) // 1_000_000} MB, {MAX_BYTES // 1_000_000} are the most"
        return ReadAttachment(fields, "", [Problem(file, "", what, "compress its pictures, or part it")])
    ending = path.suffix.lower()
    answer = readings.value("attachment", data, lambda: _answer(path, READERS[ending]), about=ending)
    problems = [Problem(file, "", what, mend, stops=False) for what, mend in answer["notes"]]
    if "fault" in answer:
        what, mend = answer["fault"]
        problems.append(Problem(file, "", f"this file cannot be read: {what}", mend))
    return ReadAttachment(fields, answer["text"], problems)


def _answer(path: Path, read: Callable[[Path], _AttachedText]) -> dict[str, Any]:
    """The text and the notes as JSON knows them; `fault` is why there are none."""
    try:
        attached = read(path)
    except Unreadable as fault:
        if fault.kind == "too_large":
            return {"text": "", "notes": [_TOO_LARGE]}
        return {"text": "", "notes": [], "fault": _fault(path, fault)}
    notes = list(attached.notes)
    if len(attached.text) > MAX_SEARCHED_CHARACTERS:
        notes.append(_TOO_LARGE)
    return {"text": attached.text[:MAX_SEARCHED_CHARACTERS], "notes": notes}


def _fault(path: Path, fault: Unreadable) -> Note:
    """Why a file is not read: by what it is, if that is not what its name says."""
    kind = file_kind(path.read_bytes(), path.name)
    if fault.kind != "encrypted" and kind in _KINDS and path.suffix.lower() != f".{kind}":
        return (f"it is {_KINDS[kind]}", "open it, save it as .docx, .xlsx or .pdf, and attach that")
    return _FAULTS[fault.kind]


def _pdf(path: Path) -> _AttachedText:
    data = path.read_bytes()
    pages = read_pages(data)
    state = text_state(pages)
    unusable = sum(page.unusable for page in pages)
    letters = sum(len(page.text) for page in pages) + unusable
    text = "\n".join(page.text for page in pages)
    notes: list[Note] = []
    if broken := broken_parts(data):
        what = f"{broken} parts of this file are damaged: words of it may be missing"
        notes.append((what, "make the PDF anew, or get it once more from where it came from"))
    if state == "none":
        return _AttachedText("", (*notes, _NO_TEXT))
    if pages_without_text(pages):
        notes.append(_pictured(pages))
    if unusable <= letters * MAX_UNUSABLE_SHARE:
        return _AttachedText(text, tuple(notes))
    what = (
        f"{unusable} of {letters} letters of this file are shapes without a meaning, which search cannot find"
    )
    mend = "make the PDF anew, with its fonts inside, from the program in which the text was written"
    if state == "unusable":
        return _AttachedText("", (*notes, (f"{what}: 没有可检索的文字", mend)))
    return _AttachedText(text, (*notes, (what, mend)))


def _pictured(pages: tuple[PdfPage, ...]) -> Note:
    numbers = ", ".join(map(str, pages_without_text(pages)))
    what = f"pages of this file are pictures without text, which cannot be searched or read aloud: {numbers}"
    return what, "attach a version with text, or say in the document what they show"


def _docx(path: Path) -> _AttachedText:
    paper = read_paper(path.read_bytes())
    findings = paper.findings
    text = "\n".join(part for part in (text_of(paper.body), text_of(paper.margins)) if part)
    counts = (
        (
            findings.tracked_changes,
            "tracked changes are in this file: whoever opens it sees what was deleted, too",
            "accept or reject them (审阅 → 接受或拒绝所有修订), and save it again",
        ),
        (
            findings.comments,
            "comments are in this file, which everybody can read",
            "delete them (审阅 → 删除所有批注), unless they are meant for everybody, and save it again",
        ),
        (
            len(findings.hidden),
            "passages of this file are hidden, which is no secret: whoever shows hidden text reads them",
            "delete them (开始 → 显示编辑标记), or make them visible, and save it again",
        ),
        (
            findings.inserted_files,
            "parts of this file are other files inside it: their words cannot be searched",
            "open it, save it again as .docx",
        ),
    )
    notes = [(f"{count} {what}", mend) for count, what, mend in counts if count]
    return _AttachedText(text, (*notes, *(() if text.strip() else (_NO_TEXT,))))


def _workbook(path: Path) -> _AttachedText:
    sheets = open_workbook(path).sheets
    text = "\n".join(line for sheet in sheets if not sheet.hidden for line in _lines(sheet))
    hidden = [sheet.name or "" for sheet in sheets if sheet.hidden and any(sheet.rows)]
    partly = [sheet for sheet in sheets if not sheet.hidden and _hides_cells(sheet)]
    notes: list[Note] = []
    if hidden or partly:
        what = f"{len(hidden)} sheets of this file are hidden, and rows or columns of {len(partly)} others"
        notes.append((what, "delete them, or make them visible: everybody who opens the file can"))
    return _AttachedText(text, (*notes, *(() if text.strip() else (_NO_TEXT,))))


def _lines(sheet: Sheet) -> list[str]:
    """The rows that are seen, merged cells once."""
    rows = (row for number, row in enumerate(sheet.rows, start=1) if number not in sheet.hidden_rows)
    return [
        " ".join(cell.text for cell in row if cell.origin is None and cell.column not in sheet.hidden_columns)
        for row in rows
        if row
    ]


def _hides_cells(sheet: Sheet) -> bool:
    return any(
        cell.row in sheet.hidden_rows or cell.column in sheet.hidden_columns
        for row in sheet.rows
        for cell in row
    )


READERS: Mapping[str, Callable[[Path], _AttachedText]] = {
    ".pdf": _pdf,
    ".docx": _docx,
    **dict.fromkeys(OPEN_SUFFIXES, _workbook),
}
"""What reads the text of a file."""

SUFFIXES = tuple(READERS)
"""What may be attached: forms that open on any phone, and carry no programs."""
