"""Lists on paper: headings between tables, rows cut where a page ends, tables without their head."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from openbureau.library.lists.captions import Captions
from openbureau.library.whitelist.rows import Reading
from openbureau.library.whitelist.workbook_parser import read_whitelist
from support.pdf_makers import pdf_file, ruled, texts
from support.word_makers import merged, paragraph, table, word_file
from support.workbook_makers import COUNTIES

HEAD = ("序号", "机构名称", "统一社会信用代码", "办学许可证号", "办学地址", "有效期止")
CODES = ("52441802MJ0QX2QG5B", "91441802MA07QDWH38", "52441803MJ0WMQF05H")


def row(ordinal: str, name: str, place: int = 0) -> tuple[str, ...]:
    """An institution with the code of this place among CODES."""
    permit = f"14418027000003{place}"
    return (ordinal, name, CODES[place], permit, f"清远市清城区示例路{place + 1}号", "2029-02-18")


def read(tmp_path: Path, data: bytes, name: str = "list.docx") -> Reading:
    path = tmp_path / name
    path.write_bytes(data)
    return read_whitelist(path, as_of=date(2026, 6, 30), counties=COUNTIES)


def captions(*texts: str) -> tuple[str, ...]:
    followed = Captions()
    for text in texts:
        if text == "T":
            followed.of_table()
        else:
            followed.add(text)
    return followed.of_table()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("白名单", "一、清城区", "T", "二、清新区"), ("白名单", "二、清新区")),
        (
            ("白名单", "一、正常机构", "（一）清城区", "T", "二、已注销机构", "（一）清新区"),
            ("白名单", "二、已注销机构", "（一）清新区"),
        ),
        (("白名单", "清城区", "T", "清新区"), ("白名单", "清新区")),
        (("白名单", "一、清城区", "T", "（续表）"), ("白名单", "一、清城区")),
        (("白名单", "填报单位：清新区教育局", "T"), ("白名单", "填报单位：清新区教育局")),
        (("白名单", "T", "注：清城区另行公布。"), ("白名单",)),
        (("白名单", "T", "以上机构均在清城区。"), ("白名单",)),
    ],
)
def test_a_table_stands_under_the_headings_that_hold_where_it_is(
    texts: Sequence[str], expected: Sequence[str]
) -> None:
    assert captions(*texts) == expected


def test_headings_between_tables_give_county_and_status(tmp_path: Path) -> None:
    body = [
        paragraph("校外培训机构白名单"),
        paragraph("一、清城区（1家）"),
        table(HEAD, row("1", "示例足球培训中心")),
        paragraph("二、已注销机构"),
        table(HEAD, row("1", "示例钢琴培训中心", 1)),
    ]
    reading = read(tmp_path, word_file("".join(body)))
    first, second = reading.rows
    assert (first.county_code, first.status, second.status) == ("441802", "正常", "已注销")
    assert [(row.source_sheet, row.source_row) for row in reading.rows] == [("表1", 2), ("表2", 2)]


def test_an_automatic_number_is_an_ordinal_and_the_number_of_a_heading(tmp_path: Path) -> None:
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    parts = {
        "word/numbering.xml": '<w:numbering {ns}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="decimal"/><w:lvlText w:val="%1"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    }
    cell = f"<w:tc>{paragraph('', numbered)}</w:tc>"
    rows = [(cell, *row("", name, place)[1:]) for place, name in enumerate(("示例甲中心", "示例乙中心"))]
    reading = read(tmp_path, word_file(paragraph("清城区白名单") + table(HEAD, *rows), parts))
    assert [row.name for row in reading.rows] == ["示例甲中心", "示例乙中心"]


CUT = (
    ("1", "清远市示例素质培", "91441802MA07QD", "144180270000", "清远市清城区示例", "2029-02"),
    ("", "训中心", "WH38", "031", "路27号", "-18"),
)


def assert_joined(reading: Reading) -> None:
    [first, second] = reading.rows
    assert (first.name, first.uscc, first.permit_no) == (
        "清远市示例素质培训中心",
        "91441802MA07QDWH38",
        "144180270000031",
    )
    assert (first.addr_premises, first.valid_to) == ("清远市清城区示例路27号", "2029-02-18")
    assert second.name == "示例足球培训中心"


def test_a_row_cut_by_hand_is_joined(tmp_path: Path) -> None:
    body = paragraph("清城区白名单") + table(HEAD, *CUT, row("2", "示例足球培训中心"))
    reading = read(tmp_path, word_file(body))
    assert_joined(reading)
    assert ("表1", 3, "continuation") in [(row.sheet, row.row, row.what) for row in reading.not_rows]


def test_a_row_cut_between_two_tables_is_joined_and_the_second_needs_no_head(tmp_path: Path) -> None:
    body = [
        paragraph("清城区白名单"),
        table(HEAD, CUT[0]),
        paragraph("（续表）"),
        table(CUT[1], row("2", "示例足球培训中心")),
    ]
    reading = read(tmp_path, word_file("".join(body)))
    assert_joined(reading)
    assert [(row.source_sheet, row.source_row) for row in reading.rows] == [("表1", 2), ("表2", 2)]


def test_a_row_cut_at_the_end_of_a_page_is_joined(tmp_path: Path) -> None:
    xs = (20, 60, 240, 400, 550, 740, 820)
    first = ruled(xs, 500, [HEAD, CUT[0]])
    second = ruled(xs, 560, [HEAD, CUT[1], row("2", "示例足球培训中心")])
    assert_joined(read(tmp_path, pdf_file([first, second]), "清城区.pdf"))


def test_a_row_of_which_somebody_forgot_the_ordinal_is_no_rest(tmp_path: Path) -> None:
    rows = [row("1", "示例足球培训中心"), row("", "示例钢琴培训中心", 1), row("3", "示例美术培训中心", 2)]
    reading = read(tmp_path, word_file(paragraph("清城区白名单") + table(HEAD, *rows)))
    assert [row.name for row in reading.rows] == ["示例足球培训中心", "示例钢琴培训中心", "示例美术培训中心"]


def test_a_heading_or_a_total_between_rows_is_no_rest(tmp_path: Path) -> None:
    county = "<w:tc><w:p/></w:tc>", f"<w:tc>{paragraph('清新区')}</w:tc>", *["<w:tc><w:p/></w:tc>"] * 4
    rows = [
        row("1", "示例足球培训中心"),
        county,
        row("2", "示例钢琴培训中心", 1),
        (merged("合计：2家", span=6),),
    ]
    reading = read(tmp_path, word_file(paragraph("白名单") + table(HEAD, *rows)))
    assert [row.name for row in reading.rows] == ["示例足球培训中心", "示例钢琴培训中心"]


def test_another_address_below_is_a_second_one_and_no_rest_of_the_first(tmp_path: Path) -> None:
    more = ("", "", "", "", "清远市清城区另一示例路9号", "")
    reading = read(
        tmp_path, word_file(paragraph("清城区白名单") + table(HEAD, row("1", "示例足球培训中心"), more))
    )
    [only] = reading.rows
    assert only.addr_premises == "清远市清城区示例路1号"
    assert only.premises == ("清远市清城区示例路1号", "清远市清城区另一示例路9号")


def test_a_cell_merged_over_rows_gives_each_its_county(tmp_path: Path) -> None:
    head = ("县区", *HEAD)
    rows = [
        (merged("清城区", down="restart"), *row("1", "示例足球培训中心")),
        (merged("", down="continue"), *row("2", "示例钢琴培训中心", 1)),
    ]
    reading = read(tmp_path, word_file(table(head, *rows)))
    assert [row.county_code for row in reading.rows] == ["441802", "441802"]


@pytest.mark.parametrize(
    ("data", "name", "kind", "words"),
    [
        (
            word_file('<w:p><w:ins w:id="1"><w:r><w:t>改</w:t></w:r></w:ins></w:p>'),
            "a.docx",
            "tracked_changes",
            "修订",
        ),
        (word_file("<w:p><w:r><w:drawing><pic:pic/></w:drawing></w:r></w:p>"), "a.docx", "no_text", "图片"),
        (word_file(paragraph("1. 示例足球培训中心")), "a.docx", "no_header", "找不到表格"),
        (word_file("<w:p><w:r><w:object/></w:r></w:p>"), "a.docx", "no_header", "嵌在其中"),
        (pdf_file([texts((40, 500, "1. 示例足球培训中心"))]), "a.pdf", "no_header", "找不到表格"),
        (pdf_file(["0 0 100 100 re f"]), "a.pdf", "no_text", "扫描件"),
        (pdf_file(["3 Tr\n" + ruled((20, 60, 240), 500, [HEAD[:2]])]), "a.pdf", "no_text", "识别软件"),
        (word_file("<w:p>")[:300], "a.docx", "unreadable", "损坏"),
        (b"%PDF-1.4 nothing", "a.pdf", "unreadable", "损坏"),
    ],
    # Files of now hold the time, which no test's name may.
    ids=range(9),
)
def test_what_cannot_be_read_stops_with_what_to_do(
    tmp_path: Path, data: bytes, name: str, kind: str, words: str
) -> None:
    [problem] = read(tmp_path, data, name).problems
    assert (problem.kind, problem.level) == (kind, "stop")
    assert words in problem.message
    assert problem.mend


def test_personal_data_beside_the_tables_stops(tmp_path: Path) -> None:
    body = paragraph("联系人手机：13800138000") + table(HEAD, row("1", "示例足球培训中心"))
    reading = read(tmp_path, word_file(body))
    assert reading.must_stop
    assert "pii_mobile" in {problem.kind for problem in reading.problems}


def test_a_table_in_a_frame_or_in_a_text_box_is_read(tmp_path: Path) -> None:
    framed = table((f"<w:tc>{table(HEAD, row('1', '示例足球培训中心'))}<w:p/></w:tc>",))
    box = f"<w:txbxContent>{table(HEAD, row('1', '示例钢琴培训中心', 1))}</w:txbxContent>"
    boxed = f"<w:p><w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r></w:p>"
    reading = read(tmp_path, word_file(paragraph("清城区白名单") + framed + boxed))
    assert [(row.source_sheet, row.source_row, row.name) for row in reading.rows] == [
        ("表1", 2, "示例足球培训中心"),
        ("表2", 2, "示例钢琴培训中心"),
    ]


def test_a_table_that_goes_on_without_head_and_ordinals_has_the_head_of_the_one_before(
    tmp_path: Path,
) -> None:
    parts = [table(HEAD[1:], row("", "示例足球培训中心")[1:]), table(row("", "示例钢琴培训中心", 1)[1:])]
    reading = read(tmp_path, word_file(paragraph("清城区白名单") + "<w:p/>".join(parts)))
    assert [row.name for row in reading.rows] == ["示例足球培训中心", "示例钢琴培训中心"]
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (paragraph("2. 示例钢琴培训中心"), "表格以外有 1 处"),
        (paragraph(f"另有一家，代码{CODES[1]}"), "表格以外有 1 处"),
        (paragraph("示例", run="<w:vanish/>"), "有 1 处文字或表格行被隐藏"),
        ('<w:altChunk r:id="rId1"/>', "嵌有别的文件"),
    ],
)
def test_what_stands_beside_the_tables_and_is_not_read_is_told(tmp_path: Path, more: str, words: str) -> None:
    body = paragraph("清城区白名单") + table(HEAD, row("1", "示例足球培训中心")) + more
    reading = read(tmp_path, word_file(body))
    assert len(reading.rows) == 1
    [problem] = reading.problems
    assert words in problem.message


def test_a_hidden_row_is_told(tmp_path: Path) -> None:
    hidden = table(row("2", "示例钢琴培训中心", 1)).replace("<w:tr>", "<w:tr><w:trPr><w:hidden/></w:trPr>")
    rows = table(HEAD, row("1", "示例足球培训中心")).replace("</w:tbl>", "") + hidden.replace("<w:tbl>", "")
    [problem] = read(tmp_path, word_file(paragraph("清城区白名单") + rows)).problems
    assert "被隐藏" in problem.message


@pytest.mark.parametrize(
    ("look", "words", "status"),
    [
        ("<w:strike/>", "被划掉", None),
        ('<w:dstrike w:val="1"/>', "被划掉", None),
        ('<w:strike w:val="0"/>', None, "正常"),
        ('<w:color w:val="FF0000"/>', "红字", "正常"),
        ('<w:highlight w:val="red"/>', "红字", "正常"),
        ('<w:shd w:val="clear" w:fill="C00000"/>', "红字", "正常"),
    ],
)
def test_a_row_that_is_struck_out_or_red_is_told(
    tmp_path: Path, look: str, words: str | None, status: str | None
) -> None:
    marked = [f"<w:tc>{paragraph(text, run=look)}</w:tc>" for text in row("3", "示例美术培训中心", 2)]
    body = table(HEAD, row("1", "示例足球培训中心"), row("2", "示例钢琴培训中心", 1), tuple(marked))
    reading = read(tmp_path, word_file(paragraph("清城区白名单") + body))
    assert reading.rows[2].status == status
    assert [words in problem.message for problem in reading.problems] == ([True] if words else [])


@pytest.mark.parametrize("page", ["", "q 800 0 0 500 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"])
def test_a_page_without_letters_is_told(tmp_path: Path, page: str) -> None:
    first = ruled((20, 60, 240, 400, 550, 740, 820), 500, [HEAD, CUT[0]])
    reading = read(tmp_path, pdf_file([first, page]), "清城区.pdf")
    assert "第 2 页没有可以读取的文字" in "".join(problem.message for problem in reading.problems)
