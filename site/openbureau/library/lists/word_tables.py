"""Lists in Word files (.docx): every table of the text as a sheet."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from openbureau.library.lists.captions import Captions
from openbureau.library.lists.cut_rows import joined
from openbureau.library.lists.outside import outside_notices, without_table
from openbureau.spreadsheets.errors import MAX_CELL_CHARACTERS, MAX_CELLS, Unreadable
from openbureau.spreadsheets.sheet_notes import CellMarks, Marks
from openbureau.spreadsheets.workbook import Cell, ReadingNotice, Sheet, Workbook
from openbureau.wordprocessing.document import (
    Block,
    Findings,
    Paper,
    Paragraph,
    TableCell,
    WordTable,
    paragraphs,
    text_of,
)
from openbureau.wordprocessing.reader import read_paper

_TYPE_IT = "请向提供单位索取可编辑的原件；没有的，须逐行录入到工作簿中，另存为 .xlsx"


def open_word_tables(path: Path) -> Workbook:
    """Read the tables of a Word file. `表2` is the second one of its text, a row number counts its rows.

    Raises `Unreadable`, also for a file with tracked changes, of which nobody can say what holds, and for one
    in which the list is a picture.
    """
    paper = read_paper(path.read_bytes())
    if paper.findings.tracked_changes:
        raise Unreadable(
            "tracked_changes",
            "文件中有未处理的修订痕迹，无法判断以哪一稿为准",
            "请在 Word 或 WPS 的“审阅”中接受或拒绝全部修订后重新保存",
        )
    blocks = list(_in_order(paper.body))
    if not _has_table(blocks):
        raise _without_table(paper.findings)
    return Workbook(path.name, joined(list(_sheets(paper, blocks))), tuple(_notices(paper, blocks)))


def _without_table(findings: Findings) -> Unreadable:
    if findings.embedded_objects or findings.inserted_files:
        what = "文件中没有表格，名单像是嵌在其中的另一个文件，无法读取"
        return Unreadable("no_table", what, "请双击打开嵌入的文件，另存为 .xlsx 后放入")
    if findings.pictures:
        what = "文件中没有表格，只有图片：名单是图片，其中的文字无法读取"
        return Unreadable("no_text", what, _TYPE_IT)
    return without_table("文件")


def _in_order(blocks: Iterable[Block]) -> Iterator[Block]:
    """Paragraphs and tables from top to bottom, those inside frames and text boxes in their places."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block
            for box in block.boxes:
                if _has_table(box):
                    yield from _in_order(box)
        elif block.is_layout:
            for row in block.rows:
                yield from _in_order(row.cells[0].blocks)
        else:
            yield block


def _has_table(blocks: Iterable[Block]) -> bool:
    return any(isinstance(block, WordTable) for block in blocks)


def _sheets(paper: Paper, blocks: Sequence[Block]) -> Iterator[Sheet]:
    captions = Captions()
    number = 0
    for block in blocks:
        if isinstance(block, Paragraph):
            for line in block.shown.splitlines():
                captions.add(line)
        else:
            number += 1
            rows, marks = _rows(block)
            # What stands in no table is looked at with the first one.
            remarks = tuple(_remarks(paper)) if number == 1 else ()
            yield Sheet(
                f"表{number}",
                hidden=False,
                rows=rows,
                remarks=remarks,
                marks=marks,
                captions=captions.of_table(),
            )


def _notices(paper: Paper, blocks: Sequence[Block]) -> Iterator[ReadingNotice]:
    """What a clerk should know of words that stand in no table, or that nobody sees."""
    shown = [block for block in blocks if isinstance(block, Paragraph)]
    boxes = [text_of(box) for block in shown for box in block.boxes if not _has_table(box)]
    texts = [*(block.shown for block in shown), *boxes, text_of(paper.margins)]
    yield from outside_notices(line for text in texts for line in text.splitlines())
    if hidden := len(paper.findings.hidden):
        message = f"有 {hidden} 处文字或表格行被隐藏，没有采用"
        yield ReadingNotice(None, None, message, "请显示隐藏的文字后核对：属于名单的取消隐藏，不要的删除")
    if paper.findings.inserted_files or paper.findings.embedded_objects:
        message = "文件中嵌有别的文件，其中的内容没有读取"
        yield ReadingNotice(None, None, message, "其中有名单的，请双击打开后另存为 .xlsx，另外放入")


def _rows(table: WordTable) -> tuple[tuple[tuple[Cell, ...], ...], CellMarks]:
    """The rows with merged cells filled from their first one, and the cells whose looks say something."""
    rows: list[tuple[Cell, ...]] = []
    marks: CellMarks = {}
    above: dict[int, Cell] = {}
    count = 0
    for row in table.rows:
        cells: list[Cell] = []
        for cell in row.cells:
            merged = above.get(cell.column) if cell.merge == "goes on" else None
            text = _text(cell)
            first = merged if merged and not text else Cell(row.number, cell.column, text)
            origin = (first.origin or (first.row, first.column)) if first is merged else None
            if own_marks := _marks(cell):
                marks[row.number, cell.column] = own_marks
            for column in range(cell.column, cell.column + cell.span):
                is_own = origin is None and column == cell.column
                filled = Cell(row.number, column, first.value, "", None if is_own else origin or first[:2])
                if cell.merge:
                    above[column] = filled
                else:
                    above.pop(column, None)
                if filled.text:
                    cells.append(filled)
        count += len(cells)
        if count > MAX_CELLS:
            raise Unreadable("too_large", "表格中有内容的单元格过多", "请分成几个文件")
        rows += [()] * (row.number - 1 - len(rows))
        rows.append(tuple(cells))
    return tuple(rows), marks


def _marks(cell: TableCell) -> Marks:
    """What all words of a cell have, and its ground."""
    words = [block.marks for block in cell.blocks if isinstance(block, Paragraph) and block.text.strip()]
    common: Marks = frozenset.intersection(*words) if words else frozenset()
    return common | cell.ground


def _text(cell: TableCell) -> str:
    """What stands in a cell; its automatic number if it has nothing else. Text boxes float above it."""
    lines = list(_cell_lines(cell.blocks))
    text = "\n".join(lines).strip()
    if not text:
        text = next((block.label for block in cell.blocks if isinstance(block, Paragraph)), "")
    if len(text) > MAX_CELL_CHARACTERS:
        raise Unreadable("too_large", "有单元格的文字过长", "请分成几个文件")
    return text


def _cell_lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            if block.text.strip():
                yield block.text
        else:
            for row in block.rows:
                yield "".join(" ".join(_cell_lines(cell.blocks)) for cell in row.cells)


def _remarks(paper: Paper) -> Iterator[str]:
    """All words of the file that stand in no cell of a table, seen or not."""
    findings: Findings = paper.findings
    for block in paper.body:
        if isinstance(block, Paragraph):
            yield block.shown
    for paragraph in paragraphs(paper.body):
        for box in paragraph.boxes:
            yield text_of(box)
    yield from (text_of((block,)) for block in paper.margins)
    yield from findings.hidden
    yield from findings.unseen
