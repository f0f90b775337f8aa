"""Cells that are struck out, in red letters or on coloured ground are known by their styles."""

import re
import struct
import zipfile
from pathlib import Path

import pytest
from openpyxl.styles import Font, PatternFill

from openbureau.spreadsheets.cell_styles import mark_of_colour
from openbureau.spreadsheets.workbook import open_workbook
from support.site import WORKBOOKS
from support.workbook_makers import excel_97, ods, ole, rezipped, saved, sheet_of

YELLOW_GROUND = 'f:background-color="#FFFF00"'


def test_the_marks_of_cells_are_those_of_their_fonts_and_grounds(tmp_path: Path) -> None:
    sheet = sheet_of([["甲", "乙", "丙", "丁", "戊"]])
    sheet["A1"].font = Font(strike=True)
    sheet["B1"].font = Font(color="FFC00000")
    sheet["C1"].fill = PatternFill("solid", fgColor="FFFFFF00")
    sheet["D1"].font = Font(color="FF0070C0", bold=True)
    (read,) = open_workbook(saved(sheet, tmp_path)).sheets
    assert read.marks == {(1, 1): {"struck"}, (1, 2): {"red"}, (1, 3): {"yellow"}}


def test_a_text_struck_out_as_a_whole_is_marked_and_one_in_part_is_not(tmp_path: Path) -> None:
    path = WORKBOOKS / "2024-12-31.xlsx"
    with zipfile.ZipFile(path) as archive:
        strings = archive.read("xl/sharedStrings.xml").decode()
    first, second = re.findall(r"<si>(<t>[^<]+</t>)</si>", strings)[:2]
    struck = f"<r><rPr><strike/></rPr>{first}</r>"
    strings = strings.replace(first, struck * 2, 1)
    strings = strings.replace(second, struck + f"<r><rPr><b/></rPr>{second}</r>", 1)
    sheets = open_workbook(rezipped(path, tmp_path / "b.xlsx", {"xl/sharedStrings.xml": strings})).sheets
    marked = {
        cell.text: sheet.marks[cell.row, cell.column]
        for sheet in sheets
        for row in sheet.rows
        for cell in row
        if (cell.row, cell.column) in sheet.marks
    }
    assert marked == {first[3:-4] * 2: {"struck"}}


def test_cells_of_opendocument_are_known_by_their_styles_and_those_of_their_row_and_column(
    tmp_path: Path,
) -> None:
    path = ods(tmp_path, [["甲", "乙", "丙"], ["丁"], ["戊", "己"]])
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml").decode()
    styles = "".join(
        f'<s:style s:name="{name}" s:family="table-cell"{parent}><s:{kind} {words}/></s:style>'
        for name, parent, kind, words in [
            ("line", "", "text-properties", 's:text-line-through-style="solid"'),
            ("red", "", "text-properties", 'f:color="#ff0000" s:text-line-through-style="none"'),
            ("ground", ' s:parent-style-name="line"', "table-cell-properties", YELLOW_GROUND),
        ]
    )
    for old, new in (
        ("<office:body>", f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"),
        ("xmlns:office", 'xmlns:s="urn:s" xmlns:f="urn:f" xmlns:office'),
        ("<table:table-row>", '<table:table-column table:default-cell-style-name="line"/><table:table-row>'),
        (
            '<table:table-cell office:value-type="string"><text:p>乙',
            '<table:table-cell table:style-name="ground" office:value-type="string"><text:p>乙',
        ),
    ):
        content = content.replace(old, new, 1)
    last = content.rindex("<table:table-row>") + len("<table:table-row")
    content = f'{content[:last]} table:default-cell-style-name="red"{content[last:]}'
    (read,) = open_workbook(rezipped(path, tmp_path / "b.ods", {"content.xml": content})).sheets
    assert read.marks == {
        (1, 1): {"struck"},
        (1, 2): {"struck", "yellow"},
        (2, 1): {"struck"},
        (3, 1): {"red"},
        (3, 2): {"red"},
    }


def test_fonts_of_old_workbooks_are_known(tmp_path: Path) -> None:
    path = tmp_path / "名单.xls"
    data = (WORKBOOKS / "连州市.xls").read_bytes()
    # Every font of the file begins so; its third field gets the sign of a line through the text.
    font = bytes.fromhex("31001500c8000000ff7f9001")
    assert font in data
    path.write_bytes(data.replace(font, bytes.fromhex("31001500c8000800ff7f9001")))
    first = open_workbook(path).sheets[0]
    assert set(first.marks.values()) == {frozenset({"struck"})}
    assert open_workbook(WORKBOOKS / "连州市.xls").sheets[0].marks == {}


def test_colours_of_old_workbooks_are_those_of_their_palette(tmp_path: Path) -> None:
    def record(number: int, body: bytes) -> bytes:
        return struct.pack("<HH", number, len(body)) + body

    fonts = b"".join(record(0x0031, struct.pack("<3H", 220, 0, colour)) for colour in (8, 8, 8, 8, 9))
    red_letters = record(0x00E0, struct.pack("<HH16x", 5, 0))
    yellow_ground = record(0x00E0, struct.pack("<HH10xIH", 0, 0, 1 << 26, 10))
    palette = record(0x0092, struct.pack("<H", 3) + bytes.fromhex("00000000 c0000000 ffff0000"))
    for name, style, mark in (("a.xls", red_letters, "red"), ("b.xls", yellow_ground, "yellow")):
        path = tmp_path / name
        path.write_bytes(ole({"Workbook": excel_97([["甲"]], before=fonts + style + palette)}))
        assert open_workbook(path).sheets[0].marks == {(1, 1): {mark}}


@pytest.mark.parametrize(
    ("colour", "is_ground", "marks"),
    [
        ("FF0000", False, {"red"}),
        ("C00000", False, {"red"}),
        ("FFFF00", True, {"yellow"}),
        ("FFFF00", False, set()),
        ("000000", False, set()),
        ("0000FF", True, set()),
        ("", False, set()),
    ],
)
def test_of_colours_only_red_and_yellow_ground_say_something(
    colour: str, is_ground: bool, marks: set[str]
) -> None:
    assert mark_of_colour(colour, is_ground=is_ground) == marks
