"""A paper as a reader sees it: paragraphs and tables, and what stands beside them or is not to be seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from openbureau.spreadsheets.sheet_notes import Marks

Merge = Literal["begins", "goes on"]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: `text` is what is seen of it, with line breaks and tabs; `label` its automatic number.

    `style` is the name of its style, `marks` what all its words have: struck out, red, on coloured ground.
    `boxes` are the text boxes anchored in it.
    """

    text: str = field(repr=False)
    label: str = field(default="", repr=False)
    style: str = ""
    boxes: tuple[tuple["Block", ...], ...] = field(default=(), repr=False)
    marks: Marks = frozenset()

    @property
    def shown(self) -> str:
        """The text behind its number."""
        return f"{self.label} {self.text}" if self.label.isascii() and self.label else self.label + self.text


@dataclass(frozen=True)
class TableCell:
    """One cell: the first of `span` columns of the grid it covers, counted from 1; `ground` is its colour."""

    column: int
    span: int
    merge: Merge | None
    blocks: tuple["Block", ...] = field(repr=False)
    ground: Marks = frozenset()


@dataclass(frozen=True)
class TableRow:
    """One row that is seen; `number` counts all w:tr of the table from 1."""

    number: int
    cells: tuple[TableCell, ...] = field(repr=False)


@dataclass(frozen=True)
class WordTable:
    rows: tuple[TableRow, ...] = field(repr=False)

    @property
    def is_layout(self) -> bool:
        """Whether it has a single column and holds other tables: a frame around them."""
        return all(len(row.cells) == 1 for row in self.rows) and any(
            isinstance(block, WordTable) for row in self.rows for cell in row.cells for block in cell.blocks
        )


Block = Paragraph | WordTable


@dataclass
class Findings:
    """What of the file is not its plain text, counted; the texts that are not seen, for whoever must look."""

    tracked_changes: int = 0
    comments: int = 0
    hidden: list[str] = field(default_factory=list, repr=False)
    unseen: list[str] = field(default_factory=list, repr=False)
    """Deleted words and comments."""
    pictures: int = 0
    inserted_files: int = 0
    """Files of other formats that the word processor shows in their place (w:altChunk)."""
    embedded_objects: int = 0
    """Files of other programs that open by a double click: a workbook, of which a picture is seen."""


@dataclass(frozen=True)
class Paper:
    """The whole file: its body, and beside it headers, footers, foot and end notes, words in drawings."""

    body: tuple[Block, ...] = field(repr=False)
    margins: tuple[Block, ...] = field(repr=False)
    findings: Findings


def paragraphs(blocks: tuple[Block, ...]) -> Iterator[Paragraph]:
    """Every paragraph in the order of reading: those of text boxes behind their anchor, of tables by rows."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block
            for box in block.boxes:
                yield from paragraphs(box)
        else:
            for row in block.rows:
                for cell in row.cells:
                    yield from paragraphs(cell.blocks)


def text_of(blocks: tuple[Block, ...]) -> str:
    """All that is seen, a line for each paragraph."""
    return "\n".join(paragraph.shown for paragraph in paragraphs(blocks) if paragraph.shown.strip())
