"""Lists in PDF files: every table, over all its pages, as a sheet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from openbureau.library.lists.captions import Captions
from openbureau.library.lists.cut_rows import joined
from openbureau.library.lists.outside import outside_notices, without_table
from openbureau.pdf.intactness import broken_parts
from openbureau.pdf.pages import PdfPage, is_recognised, read_pages, text_state
from openbureau.pdf.tables import PrintedTable, read_tables
from openbureau.spreadsheets.errors import MAX_CELL_CHARACTERS, Unreadable
from openbureau.spreadsheets.workbook import Cell, ReadingNotice, Sheet, Workbook

_MEND = "请向提供单位索取可编辑的原件（.xlsx 或 .docx）；没有的，须逐行录入到工作簿中，另存为 .xlsx"


def open_pdf_tables(path: Path) -> Workbook:
    """Read the tables of a PDF file. `表2` is the second one, a row number counts its rows over the pages.

    Raises `Unreadable`, also for a scan and for a file of which nothing tells the letters.
    """
    data = path.read_bytes()
    pages = read_pages(data, with_geometry=True)
    match text_state(pages):
        case "none":
            raise Unreadable("no_text", "PDF 是扫描件或图片，没有可以读取的文字", _MEND)
        case "unusable":
            message = "PDF 的字体没有文字编码，复制出来是乱码，其中的文字无法读取"
            raise Unreadable("no_text", message, _MEND)
        case "usable":
            items = read_tables(pages)
    if is_recognised(pages):
        message = "PDF 是扫描件，其中的文字是识别软件加上去的，号码和名称可能认错，没有采用"
        raise Unreadable("no_text", message, _MEND)
    if not any(isinstance(item, PrintedTable) for item in items):
        raise without_table("PDF ")
    return Workbook(path.name, joined(list(_sheets(items))), tuple(_notices(data, pages, items)))


def _notices(
    data: bytes, pages: tuple[PdfPage, ...], items: Sequence[str | PrintedTable]
) -> Iterator[ReadingNotice]:
    """What a clerk should know of damage, and of pages and words that are in no table."""
    if broken := broken_parts(data):
        message = f"PDF 有 {broken} 处数据损坏，可能缺字、缺行"
        yield ReadingNotice(None, None, message, "请重新取得原件，或用原来的软件重新导出 PDF，再逐行核对")
    yield from outside_notices(item for item in items if isinstance(item, str))
    for number, page in enumerate(pages, start=1):
        if not page.letters:
            message = f"第 {number} 页没有可以读取的文字（空白，或者是图片）"
            yield ReadingNotice(None, None, message, "这一页有名单内容的，请重新导出 PDF，或逐行录入到表格中")


def _sheets(items: Sequence[str | PrintedTable]) -> Iterator[Sheet]:
    captions = Captions()
    remarks = tuple(item for item in items if isinstance(item, str))
    number = 0
    for item in items:
        if isinstance(item, str):
            captions.add(item)
        else:
            number += 1
            beside = remarks if number == 1 else ()
            marks = {(cell.row + 1, cell.column + 1): cell.marks for cell in item.cells if cell.marks}
            yield Sheet(
                f"表{number}",
                hidden=False,
                rows=_rows(item),
                remarks=beside,
                marks=marks,
                captions=captions.of_table(),
            )


def _rows(table: PrintedTable) -> tuple[tuple[Cell, ...], ...]:
    rows: list[list[Cell]] = [[] for _ in range(table.rows)]
    for cell in table.cells:
        if not cell.text:
            continue
        if len(cell.text) > MAX_CELL_CHARACTERS:
            raise Unreadable("too_large", "有单元格的文字过长", "请分成几个文件")
        own = (cell.row + 1, cell.column + 1)
        for row in range(cell.row, cell.row + cell.rows):
            for column in range(cell.column, cell.column + cell.columns):
                place = (row + 1, column + 1)
                rows[row].append(Cell(*place, cell.text, "", None if place == own else own))
    return tuple(tuple(sorted(row, key=lambda cell: cell.column)) for row in rows)
