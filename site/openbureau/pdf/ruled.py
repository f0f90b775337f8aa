"""Tables drawn with lines: their cells, merged ones too, from the walls between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from openbureau.pdf.layout import TextLine, lines_of, text_in_cell
from openbureau.pdf.pages import Glyph, PdfPage
from openbureau.spreadsheets.cell_styles import NO_MARKS, mark_of_colour
from openbureau.spreadsheets.sheet_notes import Marks

TOUCH = 3.0
"""Points: lines that come so near to one another meet."""
MIN_LENGTH = 5.0
"""Points: what is shorter is a letter or an ornament."""
MIN_EDGE = 10.0
"""Points that level lines stick out beyond the last upright one, if the table has no side there."""
MAX_GRID = 200_000
"""Of the smallest cells of one page; a full page has 2,000."""


@dataclass(frozen=True)
class Region:
    """One cell of a drawn table, perhaps over several rows and columns, counted from 0.

    `marks` are what all its letters have: struck out, red.
    """

    row: int
    column: int
    rows: int
    columns: int
    text: str
    marks: Marks = frozenset()


@dataclass(frozen=True)
class DrawnTable:
    """A table on one page: its cells, the places of its walls from left to right, its top and bottom."""

    regions: tuple[Region, ...]
    walls: tuple[float, ...]
    top: float
    bottom: float

    @property
    def rows(self) -> int:
        return max((region.row + region.rows for region in self.regions), default=0)


@dataclass
class _Stroke:
    """A straight line: where it runs, and from where to where."""

    at: float
    start: float
    end: float


@dataclass(frozen=True)
class PageRules:
    """The level and the upright lines of a page, pieces that follow one another joined."""

    level: tuple[_Stroke, ...]
    upright: tuple[_Stroke, ...]


def rules_of(page: PdfPage) -> PageRules:
    level = [
        _Stroke((s.y0 + s.y1) / 2, min(s.x0, s.x1), max(s.x0, s.x1))
        for s in page.segments
        if abs(s.y1 - s.y0) <= 1 and abs(s.x1 - s.x0) >= MIN_LENGTH
    ]
    upright = [
        _Stroke((s.x0 + s.x1) / 2, min(s.y0, s.y1), max(s.y0, s.y1))
        for s in page.segments
        if abs(s.x1 - s.x0) <= 1 and abs(s.y1 - s.y0) >= MIN_LENGTH
    ]
    return PageRules(tuple(_joined(level)), tuple(_joined(upright)))


def _joined(strokes: Iterable[_Stroke]) -> list[_Stroke]:
    """Lines that run at the same place and touch, as one; drawn side by side (double lines), too."""
    joined: list[_Stroke] = []
    for run in _near(strokes):
        at = sum(stroke.at for stroke in run) / len(run)
        pieces: list[_Stroke] = []
        for stroke in sorted(run, key=lambda stroke: stroke.start):
            if pieces and stroke.start <= pieces[-1].end + TOUCH:
                pieces[-1].end = max(pieces[-1].end, stroke.end)
            else:
                pieces.append(_Stroke(at, stroke.start, stroke.end))
        joined += pieces
    return joined


def _near(strokes: Iterable[_Stroke]) -> list[list[_Stroke]]:
    runs: list[list[_Stroke]] = []
    for stroke in sorted(strokes, key=lambda stroke: stroke.at):
        if runs and stroke.at - runs[-1][-1].at <= TOUCH:
            runs[-1].append(stroke)
        else:
            runs.append([stroke])
    return runs


def ruled_tables(page: PdfPage) -> list[DrawnTable]:
    """The tables with level and upright lines, from top to bottom."""
    rules = rules_of(page)
    tables = [_table(page, level, upright) for level, upright in _connected(rules)]
    return sorted((table for table in tables if table), key=lambda table: -table.top)


def _connected(rules: PageRules) -> list[tuple[list[_Stroke], list[_Stroke]]]:
    """The lines that hang together, level ones and upright ones."""
    groups: list[tuple[list[_Stroke], list[_Stroke]]] = []
    for upright in rules.upright:
        crossed = [line for line in rules.level if _meet(line, upright)]
        mine = [group for group in groups if any(line in group[0] for line in crossed)]
        level = [*crossed]
        uprights = [upright]
        for group in mine:
            level += [line for line in group[0] if line not in level]
            uprights += group[1]
            groups.remove(group)
        groups.append((level, uprights))
    return groups


def _meet(level: _Stroke, upright: _Stroke) -> bool:
    return (
        level.start - TOUCH <= upright.at <= level.end + TOUCH
        and upright.start - TOUCH <= level.at <= upright.end + TOUCH
    )


def _table(page: PdfPage, level: Sequence[_Stroke], upright: Sequence[_Stroke]) -> DrawnTable | None:
    if not level:
        return None
    walls = _edges((line.at for line in upright), [(line.start, line.end) for line in level])
    floors = _edges((line.at for line in level), [(line.start, line.end) for line in upright])[::-1]
    columns, rows = len(walls) - 1, len(floors) - 1
    # A frame around text is no table.
    if columns < 2 or rows < 1 or columns * rows > MAX_GRID:
        return None
    owner = {(row, column): (row, column) for row in range(rows) for column in range(columns)}

    def root(cell: tuple[int, int]) -> tuple[int, int]:
        while owner[cell] != cell:
            cell = owner[cell]
        return cell

    for row, column in list(owner):
        middle = (floors[row] + floors[row + 1]) / 2
        if column + 1 < columns and not _stands(upright, walls[column + 1], middle):
            _unite(owner, root((row, column)), root((row, column + 1)))
        middle = (walls[column] + walls[column + 1]) / 2
        if row + 1 < rows and not _stands(level, floors[row + 1], middle):
            _unite(owner, root((row, column)), root((row + 1, column)))
    letters: dict[tuple[int, int], list[Glyph]] = {}
    for letter in page.letters:
        at_row = _between(floors, -letter.y - letter.size / 3, sign=-1)
        at_column = _between(walls, letter.x + min(letter.width, letter.size) / 2)
        if at_row is not None and at_column is not None:
            letters.setdefault(root((at_row, at_column)), []).append(letter)
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for cell in owner:
        cells.setdefault(root(cell), []).append(cell)
    blank: list[tuple[Region, list[TextLine]]] = []
    for first, members in cells.items():
        top, bottom = min(row for row, _ in members), max(row for row, _ in members)
        left, right = min(column for _, column in members), max(column for _, column in members)
        region = Region(top, left, bottom - top + 1, right - left + 1, "")
        blank.append((region, lines_of(letters.get(first, ()))))
    return DrawnTable(with_texts(blank), tuple(walls), floors[0], floors[-1])


def with_texts(blank: Iterable[tuple[Region, list[TextLine]]]) -> tuple[Region, ...]:
    """The cells with their texts, row by row: the widest line of a column tells how wide one can be."""
    widest: dict[tuple[int, int], float] = {}
    blank = sorted(blank, key=lambda pair: (pair[0].row, pair[0].column))
    for region, lines in blank:
        column = (region.column, region.columns)
        widest[column] = max([widest.get(column, 0), *(line.right - line.left for line in lines)])
    return tuple(
        replace(region, text=text_in_cell(lines, widest[region.column, region.columns]), marks=_marks(lines))
        for region, lines in blank
    )


def _marks(lines: Iterable[TextLine]) -> Marks:
    """What all letters of a cell have."""
    letters = [letter for line in lines for letter in line.letters]
    colours = {letter.colour for letter in letters}
    marks = mark_of_colour(colours.pop()) if len(colours) == 1 else NO_MARKS
    return marks | {"struck"} if letters and all(letter.is_struck for letter in letters) else marks


def _edges(places: Iterable[float], extents: Sequence[tuple[float, float]]) -> list[float]:
    """Where the lines run, once each, and where those across them end if no line closes the table there."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > TOUCH:
            edges.append(place)
    start, end = min(low for low, _ in extents), max(high for _, high in extents)
    if not edges or start < edges[0] - MIN_EDGE:
        edges.insert(0, start)
    if end > edges[-1] + MIN_EDGE:
        edges.append(end)
    return edges


def _unite(
    owner: dict[tuple[int, int], tuple[int, int]], first: tuple[int, int], second: tuple[int, int]
) -> None:
    owner[max(first, second)] = min(first, second)


def _stands(strokes: Sequence[_Stroke], place: float, across: float) -> bool:
    """Whether a line runs at this place where it is crossed at `across`."""
    return any(abs(line.at - place) <= TOUCH and line.start <= across <= line.end for line in strokes)


def _between(edges: Sequence[float], place: float, *, sign: int = 1) -> int | None:
    for index, (low, high) in enumerate(pairwise(edge * sign for edge in edges)):
        if low <= place < high:
            return index
    return None
