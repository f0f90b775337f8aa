"""Rows read and rows told to be something else are all rows there are, as other readers count them."""

import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
import python_calamine
from lxml import etree

from openbureau.library.whitelist.rows import Reading
from support.site import WORKBOOKS
from support.workbook_makers import read

HERE = Path(__file__).parent
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FILES = sorted(
    path
    for folder in (
        WORKBOOKS,
        HERE / "cases",
        HERE.parent / "content" / "whitelist",
        HERE.parents[1] / "content" / "whitelist",
    )
    for path in folder.rglob("*")
    if path.suffix.lower() in (".xlsx", ".xls", ".ods") and "registers" not in path.parts
)
PAPERS = sorted((HERE / "lists").glob("*.docx"))


def rows_seen(path: Path) -> Counter[str]:
    """How many rows of each visible sheet have something in them, as python-calamine reads it."""
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    counts: Counter[str] = Counter()
    for sheet in book.sheets_metadata:
        if sheet.visible is python_calamine.SheetVisibleEnum.Visible:
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            counts[sheet.name] = sum(any(str(value).strip() for value in row) for row in rows)
    return +counts


def rows_told(reading: Reading) -> Counter[str]:
    """How many rows of each sheet are institutions, or no institutions and said to be something else."""
    institutions = {(row.source_sheet or "", row.source_row) for row in reading.rows}
    others = {(row.sheet or "", row.row) for row in reading.not_rows}
    assert not institutions & others
    sheets = {sheet.sheet or "" for sheet in reading.sheets}
    return Counter(sheet for sheet, _ in institutions | others if sheet in sheets)


def table_rows_seen(path: Path) -> int:
    """How many rows of the outermost tables of a Word file have text, as lxml reads it."""
    with zipfile.ZipFile(path) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
    rows = (row for row in body.iter(f"{WORD}tr") if sum(1 for _ in row.iterancestors(f"{WORD}tbl")) == 1)
    return sum(any(text.strip() for text in row.itertext(f"{WORD}t")) for row in rows)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_row_of_a_workbook_is_read_or_told(path: Path) -> None:
    reading = read(path)
    if reading.must_stop:
        assert not reading.rows
    else:
        assert rows_told(reading) == rows_seen(path)
        assert [(sheet.sheet, sheet.seen) for sheet in reading.sheets] == [*rows_seen(path).items()]


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_every_row_of_a_table_on_paper_is_read_or_told(path: Path) -> None:
    reading = read(path)
    if reading.must_stop:
        assert not reading.rows
    else:
        assert rows_told(reading).total() == table_rows_seen(path)
