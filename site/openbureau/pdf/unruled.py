"""Tables without upright lines: their columns from the words of the head, their rows from the ordinals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from openbureau.chinese.folding import without_gaps
from openbureau.pdf.layout import TextLine, lines_of
from openbureau.pdf.pages import Glyph, PdfPage
from openbureau.pdf.ruled import DrawnTable, Region, rules_of, with_texts

MIN_COLUMNS = 3
"""Of a head; fewer pieces beside one another are a line of text."""
MIN_WIDTH_SHARE = 0.4
"""Of the text of the page: a shorter level line is no border."""
SAME_END = 6.0
"""Points: level lines that end so near to one another belong to one table."""
HEAD_ABOVE = 3.0
"""Of the size of its letters: so far above the first line a head may stand."""
MIN_RIVER = 0.5
"""Of the size of letters: a white strip down the page that is no narrower parts two columns."""
MAX_CROSSING = 0.05
"""Of the lines may cross such a strip: a heading, a signature."""
CLOSE = 1.3
"""Of the size of letters: lines so near to one another belong to one cell."""
MAX_LEADING = 2.2
"""Of the size of letters, between two lines of one cell."""
MAX_HEAD_LINES = 4
"""Of a head that may be printed again."""
MAX_TAIL = 2.5
"""Rows' distances: what stands further below the last row is no part of the table."""

_ORDINAL = re.compile(r"\d{1,4}")
_GLUED = re.compile(r"[0-9A-Z]{30}")
"""No code and no number is so long."""


def is_glued(text: str) -> bool:
    """Whether a text is made of those of several rows: their codes run into one another."""
    return _GLUED.search(text) is not None


@dataclass(frozen=True)
class _Frame:
    """Where a table is: its top and bottom, and the level lines inside from top to bottom."""

    top: float
    bottom: float
    inside: tuple[float, ...]
    is_drawn: bool = True


@dataclass(frozen=True)
class TableBefore:
    """What may go on here: the walls of the last table of the page before, and the texts of its head."""

    walls: tuple[float, ...] = ()
    head: tuple[str, ...] = ()


def unruled_tables(page: PdfPage, before: TableBefore | None = None) -> list[DrawnTable]:
    """The tables of a page without upright lines; `before` is the table that may go on here."""
    before = before or TableBefore()
    tables = [_table(page, _with_head(page, frame), before) for frame in _frames(page)]
    framed = [table for table in tables if table]
    whole = None if framed else _table(page, _whole(page), before)
    return framed or ([whole] if whole else [])


def _with_head(page: PdfPage, frame: _Frame) -> _Frame:
    """The frame with the head above it, if its first line runs below the head."""
    lines = lines_of(letter for letter in page.letters if letter.y >= frame.top)
    if not lines or lines[-1].y > frame.top + HEAD_ABOVE * lines[-1].size:
        return frame
    block = lines[_block_start(lines, len(lines) - 1) :]
    if not any(map(_has_columns, block)):
        return frame
    return _Frame(block[0].y + block[0].size, frame.bottom, (frame.top, *frame.inside))


def _block_start(lines: Sequence[TextLine], index: int) -> int:
    """The first of the lines that stand close above one another, down to this one."""
    while index and lines[index - 1].y - lines[index].y <= CLOSE * lines[index].size:
        index -= 1
    return index


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
    return _Frame(max(ys, default=0) + 1_000, min(ys, default=0) - 1_000, (), is_drawn=False)


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


def _table(page: PdfPage, frame: _Frame, before: TableBefore) -> DrawnTable | None:
    letters = [letter for letter in page.letters if frame.bottom < letter.y < frame.top]
    lines = lines_of(letters)
    walls = before.walls
    start = _goes_on_at(lines, walls) if walls and not frame.is_drawn else None
    has_head = start is None or _begins_with(lines[start:], before)
    if start is None:
        head = next((index for index, line in enumerate(lines) if _has_columns(line)), None)
        if head is None:
            return None
        start = 0 if frame.is_drawn else _block_start(lines, head)
    body = lines[start:]
    if frame.is_drawn and not frame.inside and _block_start(body, len(body) - 1) == 0:
        # Lines above and below a head alone: its table goes on below them.
        return None
    if not walls or not _part(walls, body):
        by_head, by_body = _walls(body), _rivers(body)
        walls = tuple(by_body if len(by_body) > len(by_head) else by_head)
    rows = _rows(body, walls, frame) if has_head else _without_tail(_numbered(body, walls))
    if len(rows) < 2 and has_head:
        return None
    # Better none than one in which several rows are glued to one.
    if any(is_glued(_text_within(row, low, high)) for row in rows for low, high in pairwise(walls)):
        return None
    cells = [
        (Region(number, column, 1, 1, ""), lines_of(_within(row, low, high)))
        for number, row in enumerate(rows)
        for column, (low, high) in enumerate(pairwise(walls))
    ]
    last = min(line.y for line in rows[-1])
    return DrawnTable(with_texts(cells), walls, body[0].y + body[0].size, last)


def _goes_on_at(lines: Sequence[TextLine], walls: Sequence[float]) -> int | None:
    """The line from which on these columns are filled: the first that crosses no wall."""
    start = next((index for index, line in enumerate(lines) if not _crosses(line, walls)), None)
    if start is None or not _part(walls, lines[start:]) or not _ordinal_lines(lines[start:], walls):
        return None
    return start


def _begins_with(lines: Sequence[TextLine], before: TableBefore) -> bool:
    """Whether the head of the table before is printed again."""
    return any(
        tuple(without_gaps(_text_within(lines[:count], low, high)) for low, high in pairwise(before.walls))
        == before.head
        for count in range(1, MAX_HEAD_LINES + 1)
    )


def _part(walls: Sequence[float], body: Sequence[TextLine]) -> bool:
    """Whether the walls of the page before part the columns here, too: hardly a line crosses one."""
    return sum(_crosses(line, walls) for line in body) <= max(1, len(body) * MAX_CROSSING)


def _crosses(line: TextLine, walls: Sequence[float]) -> bool:
    return any(letter.x < wall < letter.right for wall in walls[1:-1] for letter in line.letters)


def _walls(body: Sequence[TextLine]) -> list[float]:
    """Between two words of the head, where the fewest letters of the body stand; outermost far outside."""
    heads = body[0].chunks()
    letters = [letter for line in body[1:] for letter in line.letters]
    walls = [min(line.left for line in body) - 1_000]
    for left, right in pairwise(heads):
        low, high = (left.left + left.right) / 2, (right.left + right.right) / 2
        walls.append(_emptiest(letters, low, high, (left.right + right.left) / 2))
    return [*walls, max(line.right for line in body) + 1_000]


def _rivers(body: Sequence[TextLine]) -> list[float]:
    """The middles of the white strips that run down between the columns; outermost far outside."""
    size = median(line.size for line in body)
    left, right = min(line.left for line in body), max(line.right for line in body)
    edges = sorted({place for line in body for each in line.letters for place in (each.x, each.right)})
    spans = [(letter.x, letter.right, number) for number, line in enumerate(body) for letter in line.letters]
    spans.sort()
    allowed = len(body) * MAX_CROSSING
    walls = [left - 1_000]
    start: float | None = None
    for low, high in pairwise(edges):
        place = (low + high) / 2
        crossing = {number for begin, end, number in spans if begin < place < end}
        if len(crossing) <= allowed:
            start = low if start is None else start
            continue
        if start is not None and low - start >= MIN_RIVER * size:
            walls.append((start + low) / 2)
        start = None
    return [*walls, right + 1_000]


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


def _text_within(row: Sequence[TextLine], low: float, high: float) -> str:
    """The letters of a row in one column, without breaks."""
    return "".join(letter.text for line in row for letter in _within([line], low, high))


def _within(row: Sequence[TextLine], low: float, high: float) -> list[Glyph]:
    return [letter for line in row for letter in line.letters if low <= letter.x + letter.width / 2 < high]


def _rows(body: Sequence[TextLine], walls: Sequence[float], frame: _Frame) -> list[list[TextLine]]:
    """The lines of each row, the head first."""
    inside = [floor for floor in frame.inside if floor < body[0].y]
    if len(inside) > 1:
        floors = [body[0].y + body[0].size, *inside, min(line.y for line in body) - 1]
        rows = [[line for line in body if low <= line.y < high] for high, low in pairwise(floors)]
        return [row for row in rows if row]
    below = inside[0] if inside else _below_head(body, walls)
    head = [line for line in body if line.y > below] or [body[0]]
    rest = body[len(head) :]
    return [head, *_without_tail(_numbered(rest, walls))]


def _numbered(lines: Sequence[TextLine], walls: Sequence[float]) -> list[list[TextLine]]:
    """The rows below a head."""
    anchors = _ordinal_lines(lines, walls)
    return _around(lines, anchors) if anchors else _apart(lines)


def _below_head(body: Sequence[TextLine], walls: Sequence[float]) -> float:
    """Where the head ends: its lines stand close to one another, above the first ordinal."""
    anchors = _ordinal_lines(body, walls)
    last = anchors[0] - 1 if anchors else 0
    end = 0
    while end < last and body[end].y - body[end + 1].y <= CLOSE * body[end].size:
        end += 1
    return body[end].y - 1


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
    starts.append(_end_of_row(lines, anchors[-1]))
    # What stands higher above the first ordinal than its row reaches below it was cut off the page before.
    first = lines[anchors[0]]
    reach = first.y - lines[starts[1] - 1].y + 1.5 * first.size
    starts[0] = next(index for index, line in enumerate(lines) if line.y - first.y <= reach)
    rests = [list(lines[: starts[0]])] if starts[0] else []
    # Below the last row stands a total, or what is no part of the table: a signature.
    tail = [list(lines[starts[-1] :])] if any(_has_columns(line) for line in lines[starts[-1] :]) else []
    return [*rests, *(list(lines[start:end]) for start, end in pairwise(starts)), *tail]


def _has_columns(line: TextLine) -> bool:
    return len(line.chunks()) >= MIN_COLUMNS


def _end_of_row(lines: Sequence[TextLine], anchor: int) -> int:
    """The first line below this ordinal that stands too far from the one above it for one cell."""
    for index in range(anchor + 1, len(lines)):
        if lines[index - 1].y - lines[index].y > MAX_LEADING * lines[index - 1].size:
            return index
    return len(lines)


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
        if pitch > usual * MAX_TAIL and not _has_columns(rows[index][0]):
            return rows[:index]
    for row in rows[-1:]:
        kept = [row[0]]
        for above, below in pairwise(row):
            if above.y - below.y > MAX_LEADING * above.size:
                break
            kept.append(below)
        rows[-1] = kept
    return rows
