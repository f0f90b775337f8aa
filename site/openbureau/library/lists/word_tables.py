"""Lists in Word files (.docx): every table of the text as a sheet."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from openbureau.library.lists.captions import Captions
from openbureau.library.lists.cut_rows import joined
from openbureau.spreadsheets.errors import MAX_CELL_CHARACTERS, MAX_CELLS, Unreadable
from openbureau.spreadsheets.workbook import Cell, Sheet, Workbook
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
    tables = [block for block in paper.body if isinstance(block, WordTable)]
    if not tables and paper.findings.pictures:
        raise Unreadable("no_text", "文件中没有表格，只有图片：名单是图片，其中的文字无法读取", _TYPE_IT)
    return Workbook(path.name, joined(list(_sheets(paper))))


def _sheets(paper: Paper) -> Iterator[Sheet]:
    captions = Captions()
    remarks = tuple(_remarks(paper))
    number = 0
    for block in paper.body:
        if isinstance(block, Paragraph):
            for line in block.shown.splitlines():
                captions.add(line)
        else:
            number += 1
            rows = _rows(block)
            # What stands in no table is looked at with the first one.
            beside = remarks if number == 1 else ()
            yield Sheet(f"表{number}", hidden=False, rows=rows, remarks=beside, captions=captions.of_table())
    if not number:
        rows = tuple((Cell(row, 1, text),) for row, text in enumerate(_lines(paper.body), start=1))
        yield Sheet(None, hidden=False, rows=rows, remarks=remarks)


def _lines(blocks: tuple[Block, ...]) -> list[str]:
    return [line for line in text_of(blocks).splitlines() if line.strip()]


def _rows(table: WordTable) -> tuple[tuple[Cell, ...], ...]:
    """The rows with merged cells filled from their first one."""
    rows: list[tuple[Cell, ...]] = []
    above: dict[int, Cell] = {}
    count = 0
    for row in table.rows:
        cells: list[Cell] = []
        for cell in row.cells:
            merged = above.get(cell.column) if cell.merge == "goes on" else None
            text = _text(cell)
            first = merged if merged and not text else Cell(row.number, cell.column, text)
            origin = (first.origin or (first.row, first.column)) if first is merged else None
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
    return tuple(rows)


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
