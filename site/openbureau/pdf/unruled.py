"""Tables without upright lines: their columns from the words of the head, their rows from the ordinals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from openbureau.pdf.layout import TextLine, lines_of
from openbureau.pdf.pages import Glyph, PdfPage
from openbureau.pdf.ruled import DrawnTable, Region, rules_of, with_texts

MIN_COLUMNS = 3
"""Of a head; fewer pieces beside one another are a line of text."""
MIN_WIDTH_SHARE = 0.4
"""Of the text of the page: a shorter level line is no border."""
SAME_END = 6.0
"""Points: level lines that end so near to one another belong to one table."""
MAX_TAIL = 2.5
"""Rows' distances: what stands further below the last row is no part of the table."""

_ORDINAL = re.compile(r"\d{1,4}")


@dataclass(frozen=True)
class _Frame:
    """Where a table is: its top and bottom, and the level lines inside from top to bottom."""

    top: float
    bottom: float
    inside: tuple[float, ...]


def unruled_tables(page: PdfPage, walls: Sequence[float] = ()) -> list[DrawnTable]:
    """The tables of a page without upright lines; `walls` are those of the table that may go on here."""
    frames = _frames(page)
    tables = [_table(page, frame, walls) for frame in frames or [_whole(page)]]
    return [table for table in tables if table]


def spaced_table(page: PdfPage) -> list[DrawnTable]:
    """A table written as lines of words with blanks between them, each line with as many as its head."""
    lines = [line.split() for line in page.text.splitlines() if line.strip()]
    head = next((index for index, words in enumerate(lines) if len(words) > MIN_COLUMNS), None)
    rows = lines[head:] if head is not None else []
    if len(rows) < 2 or any(len(words) != len(rows[0]) for words in rows):
        return []
    regions = [
        Region(row, column, 1, 1, word) for row, words in enumerate(rows) for column, word in enumerate(words)
    ]
    ys = [line.y for line in lines_of(page.letters)]
    top = ys[head or 0] + 1 if len(ys) == len(lines) else max(ys)
    return [DrawnTable(tuple(regions), tuple(range(len(rows[0]) + 1)), top, min(ys) - 1)]


def _whole(page: PdfPage) -> _Frame:
    ys = [letter.y for letter in page.letters]
    return _Frame(max(ys, default=0) + 1_000, min(ys, default=0) - 1_000, ())


def _frames(page: PdfPage) -> list[_Frame]:
    """Level lines of the same width, one below the other, as of a table with three lines."""
    width = max((letter.right for letter in page.letters), default=0) - min(
        (letter.x for letter in page.letters), default=0
    )
    lines = [line for line in rules_of(page).level if line.end - line.start >= width * MIN_WIDTH_SHARE]
    frames: list[list[float]] = []
    ends: list[tuple[float, float]] = []
    for line in sorted(lines, key=lambda line: -line.at):
        if ends and abs(line.start - ends[-1][0]) <= SAME_END and abs(line.end - ends[-1][1]) <= SAME_END:
            frames[-1].append(line.at)
        else:
            frames.append([line.at])
            ends.append((line.start, line.end))
    return [_Frame(frame[0], frame[-1], tuple(frame[1:-1])) for frame in frames if len(frame) > 1]


def _table(page: PdfPage, frame: _Frame, walls: Sequence[float]) -> DrawnTable | None:
    letters = [letter for letter in page.letters if frame.bottom < letter.y < frame.top]
    lines = lines_of(letters)
    head = next((index for index, line in enumerate(lines) if len(line.chunks()) >= MIN_COLUMNS), None)
    if head is None:
        return None
    body = lines[head:]
    pieces = body[0].chunks()
    if len(pieces) != len(walls) - 1 or _ORDINAL.fullmatch(pieces[0].text) is None:
        walls = _walls(body)
    rows = _rows(body, walls, frame)
    if len(rows) < 2:
        return None
    cells = [
        (Region(number, column, 1, 1, ""), lines_of(_within(row, low, high)))
        for number, row in enumerate(rows)
        for column, (low, high) in enumerate(pairwise(walls))
    ]
    last = min(line.y for line in rows[-1])
    return DrawnTable(with_texts(cells), tuple(walls), body[0].y + body[0].size, last)


def _walls(body: Sequence[TextLine]) -> list[float]:
    """Between two words of the head, where the fewest letters of the body stand; outermost far outside."""
    heads = body[0].chunks()
    letters = [letter for line in body[1:] for letter in line.letters]
    walls = [min(line.left for line in body) - 1_000]
    for left, right in pairwise(heads):
        low, high = (left.left + left.right) / 2, (right.left + right.right) / 2
        walls.append(_emptiest(letters, low, high, (left.right + right.left) / 2))
    return [*walls, max(line.right for line in body) + 1_000]


def _emptiest(letters: Sequence[Glyph], low: float, high: float, middle: float) -> float:
    """The middle of the widest gap between letters of these columns that the fewest letters cross."""
    edges = sorted({low, high, *(place for each in letters for place in (each.x, each.right))})
    edges = [edge for edge in edges if low <= edge <= high]
    gaps = []
    for start, end in pairwise(edges):
        place = (start + end) / 2
        crossed = sum(letter.x < place < letter.right for letter in letters)
        gaps.append((crossed, start - end, abs(place - middle), place))
    return min(gaps)[-1] if gaps else middle


def _within(row: Sequence[TextLine], low: float, high: float) -> list[Glyph]:
    return [letter for line in row for letter in line.letters if low <= letter.x + letter.width / 2 < high]


def _rows(body: Sequence[TextLine], walls: Sequence[float], frame: _Frame) -> list[list[TextLine]]:
    """The lines of each row, the head first."""
    inside = [floor for floor in frame.inside if floor < body[0].y]
    if len(inside) > 1:
        floors = [body[0].y + body[0].size, *inside, min(line.y for line in body) - 1]
        rows = [[line for line in body if low <= line.y < high] for high, low in pairwise(floors)]
        return [row for row in rows if row]
    below = inside[0] if inside else body[0].y - SAME_END
    head = [line for line in body if line.y > below] or [body[0]]
    rest = body[len(head) :]
    anchors = _ordinal_lines(rest, walls)
    rows = _around(rest, anchors) if len(anchors) > 1 else _apart(rest)
    return [head, *_without_tail(rows)]


def _ordinal_lines(lines: Sequence[TextLine], walls: Sequence[float]) -> list[int]:
    """The lines in which the next ordinal stands, by their places in the list."""
    best: list[int] = []
    for low, high in pairwise(walls[:4]):
        anchors: list[int] = []
        number = None
        for index, line in enumerate(lines):
            text = "".join(letter.text for letter in _within([line], low, high))
            if _ORDINAL.fullmatch(text) and (number is None or int(text) == number + 1):
                number = int(text)
                anchors.append(index)
        best = max(best, anchors, key=len)
    return best


def _around(lines: Sequence[TextLine], anchors: Sequence[int]) -> list[list[TextLine]]:
    """Each ordinal with the lines nearest to it: they are parted where they stand farthest apart."""
    starts = [0]
    is_first_on_top = anchors[0] == 0
    for above, below in pairwise(anchors):
        gaps = [(lines[index].y - lines[index + 1].y, index + 1) for index in range(above, below)]
        widest = max(gap for gap, _ in gaps)
        places = [place for gap, place in gaps if gap > widest - 1]
        starts.append(places[-1] if is_first_on_top else places[len(places) // 2])
    return [list(lines[start:end]) for start, end in pairwise([*starts, len(lines)])]


def _apart(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines as near to one another as those of one cell are one row; all are rows if none is nearer."""
    if not lines:
        return []
    gaps = [above.y - below.y for above, below in pairwise(lines)]
    limit = (min(gaps) + max(gaps)) / 2 if gaps and max(gaps) > 1.4 * min(gaps) else 0
    rows = [[lines[0]]]
    for (above, below), gap in zip(pairwise(lines), gaps, strict=True):
        if gap < limit and above.y - below.y < 2 * above.size:
            rows[-1].append(below)
        else:
            rows.append([below])
    return rows


def _without_tail(rows: list[list[TextLine]]) -> list[list[TextLine]]:
    """The rows without what stands far below them: the number of the page, a signature."""
    pitches = [above[0].y - below[0].y for above, below in pairwise(rows)]
    usual = median(pitches) if pitches else 0
    for index, pitch in enumerate(pitches, start=1):
        if pitch > usual * MAX_TAIL and len(rows[index][0].chunks()) < MIN_COLUMNS:
            return rows[:index]
    for row in rows[-1:]:
        kept = [row[0]]
        for above, below in pairwise(row):
            if above.y - below.y > usual * MAX_TAIL:
                break
            kept.append(below)
        rows[-1] = kept
    return rows
