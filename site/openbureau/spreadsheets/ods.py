"""The notes on an .ods file (OASIS OpenDocument 1.3, part 3), read from its XML."""

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from openbureau.spreadsheets.cell_styles import NO_MARKS, mark_of_colour
from openbureau.spreadsheets.errors import encrypted
from openbureau.spreadsheets.number_formats import seen
from openbureau.spreadsheets.sheet_notes import Marks, SheetNotes
from openbureau.spreadsheets.zip_archive import Attributes, local, stream_xml

CONTENT, STYLES = "content.xml", "styles.xml"
MAX_REPEATED = 1_000
"""So many repetitions of a cell, each way, are shown as the first."""
MANIFEST = "META-INF/manifest.xml"


class _ContentReader:
    """Follows `content.xml` and keeps the notes on every table in it."""

    def __init__(self) -> None:
        self.sheets: dict[str, SheetNotes] = {}
        self.notes = SheetNotes()
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.style_marks: dict[str, Marks] = {}
        self.column_styles: dict[int, str] = {}
        self.row_style = ""
        self.row = self.rows = 0
        self.column = self.columns = 0
        self.defined_columns = 0
        self.in_note = False
        self.used = False
        self.cell_style = ""
        self.number: str | None = None
        self.shown = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self.style = local(attributes, "name") or ""
            self.style_marks[self.style] = self.style_marks.get(
                local(attributes, "parent-style-name") or "", NO_MARKS
            )
        elif name in ("text-properties", "table-cell-properties"):
            self.style_marks[self.style] = self.style_marks.get(self.style, NO_MARKS) | _marks(attributes)
        elif name == "table-properties" and local(attributes, "display") == "false":
            self.hidden_styles.add(self.style)
        elif name == "table":
            self.notes = SheetNotes(hidden=local(attributes, "style-name") in self.hidden_styles)
            self.sheets[local(attributes, "name") or ""] = self.notes
            self.row = self.defined_columns = 0
            self.column_styles = {}
        elif name == "table-column":
            self._define_columns(attributes)
        elif name == "table-row":
            self.row += 1
            self.rows = _times(attributes, "number-rows-repeated")
            self.column = 0
            self.row_style = local(attributes, "default-cell-style-name") or ""
            if local(attributes, "visibility") in ("collapse", "filter"):
                self.notes.hidden_rows.update(range(self.row, min(self.row + self.rows, self.row + 1_000)))
        elif name in ("table-cell", "covered-table-cell"):
            self._open_cell(attributes)
        elif name == "annotation":
            self.in_note = True
        elif name == "image":
            self.notes.has_pictures = True

    def _define_columns(self, attributes: Attributes) -> None:
        times = _times(attributes, "number-columns-repeated")
        if style := local(attributes, "default-cell-style-name"):
            first = self.defined_columns + 1
            self.column_styles.update(dict.fromkeys(range(first, min(first + times, 16_385)), style))
        if local(attributes, "visibility") in ("collapse", "filter"):
            first = self.defined_columns + 1
            self.notes.hidden_columns.update(range(first, min(first + times, 16_385)))
        self.defined_columns += times

    def _open_cell(self, attributes: Attributes) -> None:
        self.column += 1
        self.columns = _times(attributes, "number-columns-repeated")
        kind = local(attributes, "value-type")
        self.used = kind is not None
        self.number = local(attributes, "value") if kind in ("float", "percentage", "currency") else None
        self.shown = ""
        self.cell_style = (
            local(attributes, "style-name") or self.row_style or self.column_styles.get(self.column, "")
        )
        if local(attributes, "value-type") == "error" or "error" in attributes.values():
            self.notes.errors[self.row, self.column] = "#ERR!"
        if formula := local(attributes, "formula"):
            self.notes.remarks.append(formula)
        wide, high = _times(attributes, "number-columns-spanned"), _times(attributes, "number-rows-spanned")
        if wide > 1 or high > 1:
            self.notes.merge()
            self.notes.merges.append((self.row, self.column, self.row + high - 1, self.column + wide - 1))

    def _note_shown(self) -> None:
        """What is seen of a number, which such a file writes beside it."""
        if self.number is None or not self.shown or "E" in self.shown.upper():
            return
        with suppress(ValueError):
            shown = seen(self.shown.strip(), float(self.number))
            if shown == float(self.number):
                return
            self.notes.shown.update(dict.fromkeys(self._cells(), partial(_as_shown, shown)))

    def _cells(self) -> Iterator[tuple[int, int]]:
        """The cell that was read, as often as it is repeated."""
        for row in range(self.row, self.row + min(self.rows, MAX_REPEATED)):
            for column in range(self.column, self.column + min(self.columns, MAX_REPEATED)):
                yield row, column

    def text(self, text: str) -> None:
        if self.in_note:
            self.notes.remarks.append(text)
        elif text.strip():
            self.used = True
            self.shown += text

    def end(self, name: str) -> None:
        if name in ("table-cell", "covered-table-cell"):
            if self.used:
                self.notes.count(self.rows * self.columns)
                self.notes.rows.update(range(self.row, self.row + self.rows))
                self.notes.columns.update(range(self.column, self.column + self.columns))
                self.notes.reach(self.row + self.rows - 1, self.column + self.columns - 1)
                self._note_shown()
                if marks := self.style_marks.get(self.cell_style):
                    self.notes.marks.update(dict.fromkeys(self._cells(), marks))
            self.used = False
            self.column += self.columns - 1
        elif name == "table-row":
            self.row += self.rows - 1
        elif name == "annotation":
            self.in_note = False


def ods_notes(archive: zipfile.ZipFile) -> dict[str, SheetNotes]:
    """The notes on every table by its name. Raises `Unreadable` if the file is under a password."""

    def manifest(name: str, _: Attributes) -> None:
        if name == "encryption-data":
            raise encrypted()

    if MANIFEST in archive.namelist():
        stream_xml(archive, MANIFEST, start=manifest)
    reader = _ContentReader()
    if STYLES in archive.namelist():
        stream_xml(archive, STYLES, start=reader.start)
    stream_xml(archive, CONTENT, start=reader.start, end=reader.end, text=reader.text)
    return reader.sheets


def _marks(attributes: Attributes) -> Marks:
    """The marks of a style by its properties of letters and of ground."""
    line = local(attributes, "text-line-through-style") or local(attributes, "text-line-through-type")
    struck: Marks = frozenset({"struck"}) if line and line != "none" else NO_MARKS
    letters = (local(attributes, "color") or "").removeprefix("#")
    ground = (local(attributes, "background-color") or "").removeprefix("#")
    return struck | mark_of_colour(letters) | mark_of_colour(ground, is_ground=True)


def _as_shown(shown: float | str, _: float) -> float | str:
    return shown


def _times(attributes: Attributes, name: str) -> int:
    text = local(attributes, name)
    return int(text) if text and text.isdecimal() and 0 < len(text) < 8 and int(text) > 0 else 1
