"""Letters of a page as lines and cells of text: upright, each once, without marks behind them."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from openbureau.pdf.pages import Glyph, PdfPage, Segment

DOUBLED = 0.15
"""Of the size of a letter: the same letter so near is a thicker one, drawn twice."""
MARK = 1.3
"""Pale letters so many times as large as those of the page are a mark behind them."""
SAME_LINE = 0.5
"""Of the size of a letter: so far apart may be two baselines of one line."""
WORD_GAP = 0.3
"""Of the size: from here on there is a blank between two words of letters of the alphabet."""
STRIKE = (0.12, 0.6)
"""Of the size: between these heights above its baseline a line runs through a letter."""
CHUNK_GAP = 1.0
"""Of the size: from here on two pieces of text stand in two columns."""


@dataclass(frozen=True)
class TextLine:
    """Letters on one baseline, from left to right."""

    letters: tuple[Glyph, ...]

    @property
    def y(self) -> float:
        return median(letter.y for letter in self.letters)

    @property
    def left(self) -> float:
        return self.letters[0].x

    @property
    def right(self) -> float:
        return max(letter.right for letter in self.letters)

    @property
    def size(self) -> float:
        return median(letter.size for letter in self.letters)

    @property
    def text(self) -> str:
        return "".join(_with_blanks(self.letters))

    def chunks(self, gap: float = CHUNK_GAP) -> list["TextLine"]:
        """The pieces that stand apart by so many letters."""
        chunks: list[list[Glyph]] = [[self.letters[0]]]
        for before, letter in pairwise(self.letters):
            if letter.x - before.right > gap * letter.size:
                chunks.append([])
            chunks[-1].append(letter)
        return [TextLine(tuple(chunk)) for chunk in chunks]


def upright(page: PdfPage) -> PdfPage:
    """The page turned so that most of its text reads from left to right, with its text cleaned."""
    if not page.letters:
        return page
    angle, _ = Counter(letter.angle for letter in page.letters).most_common(1)[0]
    letters = [letter for letter in page.letters if (letter.angle - angle) % 90 == 0]
    turned = [_turned(letter, angle) for letter in letters]
    segments = [_turned_segment(segment, angle) for segment in page.segments]
    return _with_strikes(_each_once(_without_marks(turned)), segments, page)


def _turned(letter: Glyph, angle: int) -> Glyph:
    if angle == 0:
        return letter
    x, y = _turn(letter.x, letter.y, angle)
    return replace(letter, x=x, y=y)


def _turned_segment(segment: Segment, angle: int) -> Segment:
    if angle == 0:
        return segment
    return Segment(*_turn(segment.x0, segment.y0, angle), *_turn(segment.x1, segment.y1, angle))


def _turn(x: float, y: float, angle: int) -> tuple[float, float]:
    """pdfium measures angles clockwise."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    return x * cosine - y * sine, x * sine + y * cosine


def _with_strikes(letters: Sequence[Glyph], segments: Iterable[Segment], page: PdfPage) -> PdfPage:
    """The page with the letters that are struck out marked so, without the lines through them."""
    at_height: dict[int, list[int]] = {}
    for index, letter in enumerate(letters):
        at_height.setdefault(int(letter.y), []).append(index)
    reach = int(max((letter.size for letter in letters), default=0)) + 1
    kept, struck = [], set[int]()
    for line in segments:
        through = _through(line, letters, at_height, reach)
        struck.update(through)
        if not through:
            kept.append(line)
    marked = (
        replace(letter, is_struck=True) if index in struck else letter for index, letter in enumerate(letters)
    )
    return replace(page, letters=tuple(marked), segments=tuple(kept))


def _through(
    line: Segment, letters: Sequence[Glyph], at_height: Mapping[int, Sequence[int]], reach: int
) -> list[int]:
    """The letters that a level line strikes out: it runs through their middle and ends where they end."""
    if abs(line.y1 - line.y0) > 1:
        return []
    at, start, end = (line.y0 + line.y1) / 2, min(line.x0, line.x1), max(line.x0, line.x1)
    low, high = STRIKE
    crossed = [
        index
        for height in range(int(at) - reach, int(at) + 1)
        for index in at_height.get(height, ())
        if start <= letters[index].x + letters[index].width / 2 <= end
        and low * letters[index].size <= at - letters[index].y <= high * letters[index].size
    ]
    if not crossed:
        return []
    size = letters[crossed[0]].size
    left, right = min(letters[at].x for at in crossed), max(letters[at].right for at in crossed)
    return crossed if left - start <= size and end - right <= size else []


def _without_marks(letters: Sequence[Glyph]) -> list[Glyph]:
    usual = median(letter.size for letter in letters)
    return [letter for letter in letters if not (letter.is_pale and letter.size > usual * MARK)]


def _each_once(letters: Iterable[Glyph]) -> list[Glyph]:
    once: list[Glyph] = []
    places: dict[tuple[str, int, int], list[Glyph]] = {}
    for letter in letters:
        near = max(letter.size * DOUBLED, 0.1)
        column, row = round(letter.x / near), round(letter.y / near)
        twins = (
            twin
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for twin in places.get((letter.text, column + dx, row + dy), ())
        )
        if any(abs(twin.x - letter.x) <= near and abs(twin.y - letter.y) <= near for twin in twins):
            continue
        places.setdefault((letter.text, column, row), []).append(letter)
        once.append(letter)
    return once


def lines_of(letters: Iterable[Glyph]) -> list[TextLine]:
    """The lines from top to bottom."""
    rows: list[list[Glyph]] = []
    for letter in sorted(letters, key=lambda letter: -letter.y):
        if rows and rows[-1][0].y - letter.y <= SAME_LINE * min(letter.size, rows[-1][0].size):
            rows[-1].append(letter)
        else:
            rows.append([letter])
    return [TextLine(tuple(sorted(row, key=lambda letter: letter.x))) for row in rows]


def text_in_cell(lines: Sequence[TextLine], width: float) -> str:
    """The text of a cell in which lines can have this width: a full line goes on in the next.

    One that had room for what follows was ended by whoever wrote it.
    """
    if not lines:
        return ""
    text = lines[0].text
    for line, following in pairwise(lines):
        room = width - (line.right - line.left)
        text += ("\n" if room > _first_word(following) + line.size / 3 else "") + following.text
    return text


def _first_word(line: TextLine) -> float:
    """The width of what could not have been parted from the beginning of a line."""
    end = line.letters[0]
    for before, letter in pairwise(line.letters):
        if not (before.text.isascii() and letter.text.isascii()) or letter.x - before.right > (
            WORD_GAP * letter.size
        ):
            break
        end = letter
    return end.right - line.left


def _with_blanks(letters: Sequence[Glyph]) -> Iterable[str]:
    before: Glyph | None = None
    for letter in letters:
        if before is not None:
            gap = letter.x - before.right
            is_word = before.text.isascii() and letter.text.isascii()
            if gap > (WORD_GAP if is_word else CHUNK_GAP) * letter.size:
                yield " "
        yield letter.text
        before = letter
