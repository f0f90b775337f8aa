"""The copy of a list that everybody may download says what the list says, and nothing else."""

import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter

from openbureau.library.lists.clean_copy import clean_copy, copy_name
from openbureau.library.lists.opening import open_list
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.whitelist.workbook_parser import read_whitelist
from support.site import TESTS, WORKBOOKS
from support.workbook_makers import COUNTIES, FIRST, HEADER

AUTHOR = "经办人示例"


def copied(path: Path, folder: Path) -> Path:
    copy = folder / copy_name(path)
    copy.write_bytes(clean_copy(path))
    return copy


@pytest.mark.parametrize(
    "name", ["2024-06-30.xlsx", "2024-12-31.xlsx", "连州市.xls", "清新区-GBK.csv", "bad-duplicate.xlsx"]
)
def test_the_copy_of_a_list_says_the_same(name: str, tmp_path: Path) -> None:
    readings = [
        read_whitelist(path, as_of=date(2024, 12, 31), counties=COUNTIES)
        for path in (WORKBOOKS / name, copied(WORKBOOKS / name, tmp_path))
    ]
    assert readings[0].rows
    assert readings[0].rows == readings[1].rows


@pytest.mark.parametrize(
    "name",
    [
        "lists/01-单县名单.docx",
        "lists/03-分县多表.docx",
        "lists/04-手工续表断行.docx",
        "lists/11-合并跨页断行.pdf",
        "lists/13-两表与落款.pdf",
        "cases/w46-ods-header-rows/2024-12-31.ods",
    ],
)
def test_the_copy_of_a_list_on_paper_is_a_workbook_that_says_the_same(name: str, tmp_path: Path) -> None:
    path = TESTS / "field" / name
    copy = copied(path, tmp_path)
    assert copy.suffix == ".xlsx"
    readings = [
        read_whitelist(file, as_of=date(2024, 12, 31), counties=COUNTIES).rows for file in (path, copy)
    ]
    without_places = [[replace(row, source_sheet="", source_row=0) for row in rows] for rows in readings]
    assert without_places[0]
    assert without_places[0] == without_places[1]
    cells = [row for sheet in openpyxl.load_workbook(copy) for row in sheet.iter_rows(values_only=True)]
    captions = {caption for sheet in open_list(path).sheets for caption in sheet.captions}
    assert captions <= {row[0] for row in cells}


def test_nothing_but_the_values_is_in_the_copy(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*HEADER, "备注"])
    sheet.append([*FIRST, "=1+1"])
    sheet["A2"].comment = Comment(f"{AUTHOR}说", AUTHOR)
    sheet.oddFooter.center.text = AUTHOR
    book.properties.creator = book.properties.lastModifiedBy = AUTHOR
    book.create_sheet("底稿")["A1"] = AUTHOR
    book["底稿"].sheet_state = "hidden"
    book.save(tmp_path / "2024-12-31.xlsx")
    (tmp_path / "out").mkdir()
    copy = copied(tmp_path / "2024-12-31.xlsx", tmp_path / "out")
    with zipfile.ZipFile(copy) as archive:
        everything = b"".join(map(archive.read, archive.namelist())).decode()
    assert AUTHOR not in everything
    assert "openpyxl" not in everything
    assert str(FIRST[1]) in everything


def test_a_workbook_called_csv_is_copied_as_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "2024-12-31.csv"
    path.write_bytes((WORKBOOKS / "2024-12-31.xlsx").read_bytes())
    (tmp_path / "out").mkdir()
    copy = copied(path, tmp_path / "out")
    assert copy.name == "2024-12-31.xlsx"
    assert copy.read_bytes() != path.read_bytes()


def test_equal_lists_give_equal_bytes(tmp_path: Path) -> None:
    path, cache = WORKBOOKS / "2024-12-31.xlsx", ReadingCache(tmp_path, "1")
    copies = {clean_copy(path), clean_copy(path), clean_copy(path, cache), clean_copy(path, cache)}
    assert len(copies) == 1


def test_a_hidden_column_stays_behind_and_a_hidden_row_is_one_of_the_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*HEADER, "经办人"])
    sheet.append([*FIRST, AUTHOR])
    sheet.column_dimensions[get_column_letter(len(HEADER) + 1)].hidden = True
    sheet.row_dimensions[2].hidden = True
    book.save(tmp_path / "2024-12-31.xlsx")
    (tmp_path / "out").mkdir()
    copy = openpyxl.load_workbook(copied(tmp_path / "2024-12-31.xlsx", tmp_path / "out")).worksheets[0]
    assert [[cell.value for cell in row] for row in copy] == [HEADER, FIRST]


def test_merged_cells_and_dangerous_texts_stay_what_they_are(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["名单", None, None])
    sheet.append(["91441802MA05W3P89N", 12, "001"])
    sheet["D2"] = "=1+1"
    sheet["D2"].data_type = "s"
    sheet.merge_cells("A1:C1")
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "out").mkdir()
    copy = openpyxl.load_workbook(copied(tmp_path / "a.xlsx", tmp_path / "out"))
    assert [cell.value for cell in copy.worksheets[0][2]] == ["91441802MA05W3P89N", 12, "001", "=1+1"]
    assert copy.worksheets[0]["D2"].data_type == "s"
    assert [str(area) for area in copy.worksheets[0].merged_cells.ranges] == ["A1:C1"]
