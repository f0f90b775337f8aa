"""The pages of a PDF file as letters, lines and text, read in a process of its own (see `process`)."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Literal

from openbureau.spreadsheets.errors import Unreadable

TIMEOUT_SECONDS = 60
"""After which a process that does not end by itself is ended; of computing it has less."""
MIN_USABLE_SHARE = 0.8
"""Of the letters of a file: if fewer can be told, its text is no text."""

_MEND = "请用原来的软件打开，重新导出为 PDF 后再放入"
_REDUCE = "请只保留要公布的几页，重新导出为 PDF"


@dataclass(frozen=True)
class Glyph:
    """One letter where it stands: its origin (y grows upwards), its size and width, in points.

    `colour` is RRGGBB; a letter `is_struck` if a line is drawn through it.
    """

    text: str
    x: float
    y: float
    size: float
    width: float
    angle: int
    is_pale: bool
    colour: str = "000000"
    is_struck: bool = False

    @property
    def right(self) -> float:
        return self.x + self.width


@dataclass(frozen=True)
class Segment:
    """One straight line, in points."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class PdfPage:
    """One page. `unusable` letters are shapes of which nothing tells the letter; they are in no text.

    `invisible` letters are not drawn: a recogniser laid them over a picture of the page.
    """

    text: str = field(repr=False)
    unusable: int
    pictures: int
    invisible: int = 0
    width: float = 0
    height: float = 0
    letters: tuple[Glyph, ...] = field(default=(), repr=False)
    segments: tuple[Segment, ...] = field(default=(), repr=False)


TextState = Literal["usable", "none", "unusable"]


def read_pages(data: bytes, *, with_geometry: bool = False) -> tuple[PdfPage, ...]:
    """Read the whole file; letters and lines only with geometry. Raises `Unreadable`."""
    answer = _answer(data, "geometry" if with_geometry else "text")
    match answer.get("fault"):
        case "encrypted":
            raise Unreadable("encrypted", "PDF 设有打开密码，无法读取", "请取消密码后重新导出 PDF")
        case "too_large":
            raise Unreadable("too_large", "PDF 页数过多或内容过于复杂", _REDUCE)
        case None:
            return tuple(map(_page, answer["pages"]))
    raise damaged()


def is_recognised(pages: tuple[PdfPage, ...]) -> bool:
    """Whether most of the text was laid over pictures of the pages by a recogniser, which errs."""
    letters = sum(sum(not letter.isspace() for letter in page.text) for page in pages)
    return sum(page.invisible for page in pages) * 2 > letters


def pages_without_text(pages: tuple[PdfPage, ...]) -> list[int]:
    """The numbers of pages, counted from 1, on which there are pictures and not a letter."""
    return [number for number, page in enumerate(pages, start=1) if page.pictures and not page.text.strip()]


def text_state(pages: tuple[PdfPage, ...]) -> TextState:
    """Whether there is text, only pictures of it, or shapes of which nobody can tell the letters."""
    usable = sum(sum(not letter.isspace() for letter in page.text) for page in pages)
    unusable = sum(page.unusable for page in pages)
    if unusable > (usable + unusable) * (1 - MIN_USABLE_SHARE):
        return "unusable"
    return "usable" if usable else "none"


def damaged() -> Unreadable:
    return Unreadable("damaged", "PDF 不完整或已损坏，无法打开", _MEND)


def _answer(data: bytes, mode: str) -> Mapping[str, Any]:
    program = Path(__file__).with_name("process.py")
    with TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        try:
            done = subprocess.run(  # noqa: S603 - our own program, by its path
                [sys.executable, "-I", str(program), mode],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unreadable("too_large", "PDF 过于复杂，限定时间内读不完", _REDUCE) from None
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        # The process ended before it had an answer: at its bounds, or by a file that led it astray.
        raise Unreadable("too_large", "PDF 已损坏或过于复杂，无法读取", _MEND) from None
    return answer


def _page(fields: Mapping[str, Any]) -> PdfPage:
    return PdfPage(
        text=fields["text"],
        unusable=fields["unusable"],
        pictures=fields["pictures"],
        invisible=fields["invisible"],
        width=fields.get("width", 0),
        height=fields.get("height", 0),
        letters=tuple(Glyph(*values) for values in fields.get("letters", ())),
        segments=tuple(Segment(*values) for values in fields.get("lines", ())),
    )
