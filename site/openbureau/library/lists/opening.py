"""Opens a list in whatever file it comes; each kind of file has its reader in a room below."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from openbureau.library.lists.pdf_tables import open_pdf_tables
from openbureau.library.lists.word_tables import open_word_tables
from openbureau.spreadsheets.errors import MAX_FILE_BYTES
from openbureau.spreadsheets.file_kinds import FileKind, file_kind
from openbureau.spreadsheets.refusals import refusal
from openbureau.spreadsheets.workbook import KINDS, SUFFIXES, Unreadable, Workbook, open_workbook

__all__ = ["LIST_SUFFIXES", "open_list", "refused_kind"]

LIST_SUFFIXES = (*SUFFIXES, ".docx", ".pdf")
"""How the names of the files end that a list is read from."""

_READERS: Mapping[FileKind, Callable[[Path], Workbook]] = MappingProxyType(
    {"docx": open_word_tables, "pdf": open_pdf_tables}
)
"""The readers of files that are no workbooks: each gives every table as a sheet, and raises `Unreadable`."""


def open_list(path: Path) -> Workbook:
    """Read the whole file with the reader of its kind, which its content tells and not its name.

    Raises `Unreadable` for what none of them can read, in words that say what the file is.
    """
    return _READERS.get(_kind(path), open_workbook)(path)


def refused_kind(path: Path) -> Unreadable | None:
    """Why no list is read from a file of this kind, whatever its name; None if it may become one."""
    kind = _kind(path)
    return None if kind in _READERS or kind in KINDS or kind == "empty" else refusal(kind)


def _kind(path: Path) -> FileKind:
    with path.open("rb") as stream:
        return file_kind(stream.read(MAX_FILE_BYTES), path.name)
