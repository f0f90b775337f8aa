"""Workbooks of every format become plain sheets; what cannot be opened is refused in words for a clerk."""

import random
import struct
import zipfile
from datetime import date
from pathlib import Path

import pytest

from openbureau.library.whitelist.workbook_parser import read_whitelist
from openbureau.spreadsheets.errors import MAX_CELL_CHARACTERS, MAX_CELLS, MAX_CSV_BYTES, MAX_MEMBER_BYTES
from openbureau.spreadsheets.workbook import Unreadable, Workbook, column_letters, open_workbook
from support.site import WORKBOOKS
from support.workbook_makers import (
    AS_OF,
    COUNTIES,
    FIRST,
    HEADER,
    ods,
    rezipped,
    saved,
    sheet_of,
    xlsx,
    zipped,
)

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def worksheet(data: str, tail: str = "", head: str = "") -> str:
    return f'{head}<worksheet xmlns="{NAMESPACE}"><sheetData>{data}</sheetData>{tail}</worksheet>'


def values(book: Workbook) -> list[list[object]]:
    return [[cell.value for cell in row] for row in book.sheets[0].rows]


def fault_of(path: Path) -> Unreadable:
    with pytest.raises(Unreadable) as fault:
        open_workbook(path)
    assert fault.value.message
    assert fault.value.mend
    return fault.value


def test_columns_have_the_letters_a_spreadsheet_gives_them() -> None:
    assert [column_letters(number) for number in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_cell_knows_its_place_and_blank_ones_are_left_out(tmp_path: Path) -> None:
    book = open_workbook(xlsx(tmp_path, [["甲", None, " \u3000"], [], [None, 2, date(2024, 3, 1)]]))
    cells = [(cell.row, cell.letter, cell.value) for row in book.sheets[0].rows for cell in row]
    assert cells == [(1, "A", "甲"), (3, "B", 2.0), (3, "C", date(2024, 3, 1))]


def test_a_merged_cell_says_whose_value_it_has(tmp_path: Path) -> None:
    sheet = sheet_of([["甲", None], [None, None], ["尾", "尾"]])
    sheet.merge_cells("A1:B2")
    book = open_workbook(saved(sheet, tmp_path))
    assert values(book)[:2] == [["甲", "甲"], ["甲", "甲"]]
    origins = {cell.letter + str(cell.row): cell.origin for row in book.sheets[0].rows[:2] for cell in row}
    assert origins == {"A1": None, "B1": (1, 1), "A2": (1, 1), "B2": (1, 1)}


def test_the_format_is_told_by_the_content_not_by_the_name(tmp_path: Path) -> None:
    for source in (xlsx(tmp_path, [HEADER]), ods(tmp_path, [HEADER])):
        misnamed = source.rename(tmp_path / "名单.xls")
        assert values(open_workbook(misnamed)) == [HEADER]


def test_an_old_xls_tells_its_hidden_columns_and_failed_formulas(tmp_path: Path) -> None:
    data = bytearray((WORKBOOKS / "连州市.xls").read_bytes())
    number = data.index(struct.pack("<HHHH", 0x0203, 14, 3, 3))
    data[number : number + 18] = struct.pack("<HHHHHBB", 0x0205, 8, 3, 3, 0, 0x17, 1) + struct.pack(
        "<HHH", 0, 2, 0
    )
    row = data.index(struct.pack("<HHH", 0x0208, 16, 3))
    data[row : row + 20] = struct.pack("<8H", 0x007D, 12, 4, 5, 2_560, 0, 1, 0) + struct.pack("<HH", 0, 0)
    path = tmp_path / "名单.xls"
    path.write_bytes(data)
    sheet = open_workbook(path).sheets[0]
    assert sheet.hidden_columns == {5, 6}
    assert [(cell.row, cell.letter, cell.error) for row in sheet.rows for cell in row if cell.error] == [
        (4, "D", "#REF!")
    ]


def test_a_cell_beyond_the_last_column_of_a_spreadsheet_is_refused(tmp_path: Path) -> None:
    data = bytearray((WORKBOOKS / "连州市.xls").read_bytes())
    number = data.index(struct.pack("<HHHH", 0x0203, 14, 3, 3))
    data[number + 6 : number + 8] = struct.pack("<H", 40_000)
    path = tmp_path / "名单.xls"
    path.write_bytes(data)
    assert fault_of(path).kind == "too_large"


def test_an_opendocument_sheet_keeps_its_merged_cells_and_its_types(tmp_path: Path) -> None:
    book = open_workbook(ods(tmp_path, [["甲", 2.5, date(2024, 3, 1)]]))
    assert values(book) == [["甲", 2.5, date(2024, 3, 1)]]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bad-encrypted.xlsx", "encrypted"),
        ("bad-truncated.xlsx", "damaged"),
        ("bad-zip-bomb.xlsx", "too_large"),
    ],
)
def test_a_file_under_a_password_cut_off_or_a_bomb_is_refused(name: str, kind: str) -> None:
    assert fault_of(WORKBOOKS / name).kind == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"%PDF-1.4\n\xff\xfe\xff\0",
    ],
)
def test_what_is_no_table_is_refused_under_any_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "名单.xls"
    path.write_bytes(content)
    assert fault_of(path).kind == "not_a_workbook"


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    assert fault_of(zipped(tmp_path / "名单.xlsx", {"a.txt": "甲"})).kind == "not_a_workbook"


def filled(place: str) -> str:
    return f'<row r="{place.lstrip("AXFD")}"><c r="{place}"><v>1</v></c></row>'


TOO_LARGE = {
    "two far corners": worksheet(filled("A1") + filled("XFD1048576")),
    "merged ranges without number": worksheet(filled("A1"), '<mergeCell ref="A1:A2"/>' * 30_000),
    "too many cells": worksheet(f"<row>{'<c><v>1</v></c>' * (MAX_CELLS + 1)}</row>"),
    "a member that inflates without end": worksheet("<row/>") + " " * MAX_MEMBER_BYTES,
    "a cell with a book in it": worksheet(
        f'<row><c t="inlineStr"><is><t>{"1 " * MAX_CELL_CHARACTERS}</t></is></c></row>'
    ),
}


@pytest.mark.parametrize("sheet", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_small_file_that_grows_when_opened_is_refused_as_too_large(tmp_path: Path, sheet: str) -> None:
    path = rezipped(xlsx(tmp_path, [HEADER]), tmp_path / "b.xlsx", {SHEET: sheet})
    assert path.stat().st_size < 2**20
    assert fault_of(path).kind == "too_large"


def test_entities_and_endless_nesting_are_refused(tmp_path: Path) -> None:
    lol = worksheet("<row/>", head='<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>')
    for sheet in (lol, worksheet("<a>" * 1_000 + "</a>" * 1_000)):
        fault_of(rezipped(xlsx(tmp_path, [HEADER]), tmp_path / "b.xlsx", {SHEET: sheet}))


def test_cells_repeated_by_number_do_not_fill_the_memory(tmp_path: Path) -> None:
    source = ods(tmp_path, [["甲"]])
    with zipfile.ZipFile(source) as archive:
        content = archive.read("content.xml").decode()
    times = 'table:number-columns-repeated="16384" '
    many = content.replace("<table:table-cell ", f"<table:table-cell {times}").replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="1048576">'
    )
    assert fault_of(rezipped(source, tmp_path / "b.ods", {"content.xml": many})).kind == "too_large"


def test_a_csv_beyond_the_bounds_or_with_an_open_quote_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for content in (b"a," * (MAX_CSV_BYTES // 2 + 1), b"a\n" * (MAX_CELLS + 1), b'"' + b"a,\n" * 100_000):
        path.write_bytes(content)
        fault_of(path)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEADER])
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(SHEET, worksheet("<row/>"))
    assert fault_of(path).kind == "damaged"


@pytest.mark.parametrize("name", ["连州市.xls", "2024-12-31.xlsx", "清新区-GBK.csv", "bad-encrypted.xlsx"])
def test_a_file_with_spoilt_bytes_is_read_or_refused_and_never_breaks_the_reader(
    tmp_path: Path, name: str
) -> None:
    source = (WORKBOOKS / name).read_bytes()
    chance = random.Random(name)  # noqa: S311 - the same damage every time
    path = tmp_path / name
    for _ in range(12):
        data = bytearray(source)
        for _ in range(chance.choice([1, 8, 64])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.3 else data)
        read_whitelist(path, as_of=AS_OF, counties=COUNTIES)


@pytest.mark.parametrize("name", ["连州市.xls", "2024-06-30.xlsx"])
def test_a_file_cut_off_anywhere_is_never_read_in_part(tmp_path: Path, name: str) -> None:
    source = (WORKBOOKS / name).read_bytes()
    path = tmp_path / name
    for part in range(1, 20):
        path.write_bytes(source[: len(source) * part // 20])
        fault_of(path)


def test_the_first_sheet_of_a_real_list_is_read_whole(tmp_path: Path) -> None:
    book = open_workbook(xlsx(tmp_path, [HEADER, FIRST]))
    assert (book.file, book.sheets[0].name, len(book.sheets[0].rows)) == ("名单.xlsx", "清城区", 2)
