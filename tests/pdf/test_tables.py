"""Tables of PDF files: from their lines, without lines, over pages, turned, under marks and drawn twice."""

import pytest

from openbureau.pdf.pages import read_pages
from openbureau.pdf.tables import PrintedTable, read_tables
from support.pdf_makers import grid, line, pdf_file, ruled, texts

XS = (40, 80, 300, 500)
HEAD = ("序号", "名称", "地址")
ONE, TWO = ("1", "示例甲", "示例路1号"), ("2", "示例乙", "示例路2号")


def items(*pages: str, **more: int) -> list[str | PrintedTable]:
    return read_tables(read_pages(pdf_file(pages, **more), with_geometry=True))  # type: ignore[arg-type]


def rows(table: str | PrintedTable) -> list[list[str]]:
    assert isinstance(table, PrintedTable)
    return [[cell.text for cell in table.in_row(row)] for row in range(table.rows)]


def test_a_table_with_lines_is_read_cell_by_cell() -> None:
    [table] = items(ruled(XS, 500, [HEAD, ONE, TWO]))
    assert rows(table) == [list(HEAD), list(ONE), list(TWO)]


def test_a_letter_that_stands_alone_in_a_font_that_is_not_in_the_file_is_read() -> None:
    [table] = items(ruled(XS, 500, [HEAD, ("1", "甲", "乙")]))
    assert rows(table)[1] == ["1", "甲", "乙"]


def test_the_lines_of_a_cell_are_one_text_where_the_line_was_full() -> None:
    full = ("1", "甲" * 20 + "\n" + "乙" * 3, "短\n另起")
    [table] = items(ruled(XS, 500, [HEAD, full, ("2", "丙" * 20, "丁" * 15)], height=30))
    assert rows(table)[1] == ["1", "甲" * 20 + "乙" * 3, "短\n另起"]


def test_a_cell_over_several_rows_and_columns_is_one() -> None:
    lines = [line(40, y, 500, y) for y in (500, 440)] + [line(80, y, 500, y) for y in (480, 460)]
    lines += [line(x, 500, x, 440) for x in (40, 80, 500)] + [line(300, 480, 300, 440)]
    words = texts((43, 470, "清城区"), (83, 488, "合并的表头"), (83, 468, "示例甲"), (303, 468, "地址"))
    [table] = items("\n".join([*lines, words]))
    assert isinstance(table, PrintedTable)
    assert [(cell.text, cell.rows, cell.columns) for cell in table.cells[:2]] == [
        ("清城区", 3, 1),
        ("合并的表头", 1, 2),
    ]


def test_a_table_with_three_lines_gets_its_columns_from_the_head() -> None:
    lines = [line(40, 500, 700, 500), line(40, 480, 700, 480), line(40, 420, 700, 420)]
    words = texts(
        *((43, 487, "序号"), (103, 487, "名称"), (403, 487, "地址")),
        *((43, 467, "1"), (103, 467, "示例培训中心"), (403, 467, "示例路1号")),
        *((43, 447, "2"), (103, 447, "另一个示例培训中心"), (403, 447, "示例路2号")),
        (403, 435, "二楼"),
    )
    [table] = items("\n".join([*lines, words]))
    assert rows(table)[1:] == [
        ["1", "示例培训中心", "示例路1号"],
        ["2", "另一个示例培训中心", "示例路2号二楼"],
    ]


def test_a_table_goes_on_over_pages_and_has_its_head_once() -> None:
    number = texts((400, 20, "— 1 —"))
    [table] = items(
        f"{ruled(XS, 500, [HEAD, ONE])}\n{number}",
        f"{ruled(XS, 560, [HEAD, TWO])}\n{texts((400, 20, '— 2 —'))}",
    )
    assert rows(table) == [list(HEAD), list(ONE), list(TWO)]


def test_what_is_printed_on_every_page_is_no_heading_between_tables() -> None:
    running = texts((43, 580, "示例教育局公示材料"))
    found = items(f"{running}\n{ruled(XS, 500, [HEAD, ONE])}", f"{running}\n{ruled(XS, 500, [HEAD, TWO])}")
    assert [rows(item) for item in found] == [[list(HEAD), list(ONE), list(TWO)]]


def test_words_between_tables_part_them() -> None:
    found = items(
        "\n".join(
            [
                ruled(XS, 500, [HEAD, ONE]),
                texts((43, 430, "二、已注销机构")),
                ruled(XS, 420, [HEAD, TWO]),
            ]
        )
    )
    assert [item if isinstance(item, str) else rows(item)[1] for item in found] == [
        list(ONE),
        "二、已注销机构",
        list(TWO),
    ]


def test_letters_drawn_twice_and_marks_across_the_page_are_not_read_twice_or_at_all() -> None:
    bold = texts((83.3, 471, "示例甲"))
    mark = "q 0.8 g BT /F1 60 Tf 0.7 0.7 -0.7 0.7 200 300 Tm <79d8> Tj ET Q"
    [table] = items("\n".join([ruled(XS, 500, [HEAD, ONE]), bold, mark]))
    assert rows(table)[1] == list(ONE)


@pytest.mark.parametrize("rotation", [0, 90])
def test_a_table_that_lies_on_its_side_is_read_upright(rotation: int) -> None:
    turned = f"q 0 1 -1 0 595 0 cm\n{ruled(XS, 500, [HEAD, ONE, TWO])}\nQ"
    [table] = items(turned, rotation=rotation)
    assert rows(table) == [list(HEAD), list(ONE), list(TWO)]


def test_a_frame_around_text_is_no_table() -> None:
    found = items("\n".join([grid((40, 500), (500, 400)), texts((50, 450, "说明文字"))]))
    assert found == ["说明文字"]


def unruled_page(*rows: tuple[float, str, str, str]) -> str:
    """Rows without a line: each cell of two lines around its middle, the ordinal in between."""
    placed = [(43.0, 517.0, "序号"), (103.0, 517.0, "名称"), (303.0, 517.0, "地址")]
    for y, ordinal, name, address in rows:
        placed.append((43.0, y, ordinal))
        placed += [(103.0, y + 6, name[:6]), (103.0, y - 6, name[6:])]
        placed += [(303.0, y + 6, address[:6]), (303.0, y - 6, address[6:])]
    return texts(*((x, y, text) for x, y, text in placed if text))


def test_a_table_without_any_line_is_read_with_its_cut_row_and_without_the_signature() -> None:
    first = unruled_page((480, "1", "示例足球培训中心", "示例路一号一楼"), (440, "2", "示例钢琴培训", ""))
    second = "\n".join(
        [
            unruled_page((486, "", "", "中心大楼"), (450, "3", "示例美术培训中心", "示例路三号三楼")),
            texts((43, 540, "示例教育局公示材料"), (103, 380, "示例教育局")),
        ]
    )
    [table, signature] = items("\n".join([first, texts((43, 540, "示例教育局公示材料"))]), second)
    assert rows(table)[1:] == [
        ["1", "示例足球培训中心", "示例路一号一楼"],
        ["2", "示例钢琴培训", "中心大楼"],
        ["3", "示例美术培训中心", "示例路三号三楼"],
    ]
    assert signature == "示例教育局"


def test_lines_above_and_below_the_head_alone_do_not_end_the_table() -> None:
    head = "\n".join([line(40, 535, 500, 535), line(40, 505, 500, 505)])
    body = unruled_page(
        (480, "1", "示例足球培训中心", "示例路一号一楼"), (440, "2", "示例钢琴培训中心", "示例路二号二楼")
    )
    [table] = items(f"{head}\n{body}")
    assert [row[1] for row in rows(table)] == ["名称", "示例足球培训中心", "示例钢琴培训中心"]


def test_rows_between_which_no_line_is_drawn_are_parted_by_their_ordinals() -> None:
    codes = ("52441802MJ0QX2QG5B", "91441802MA07QDWH38")
    level = [line(40, y, 500, y) for y in (500, 480, 440)]
    upright = [line(x, 500, x, 440) for x in XS]
    words = texts(
        *((43, 487, "序号"), (83, 487, "代码"), (303, 487, "地址")),
        *((43, 467, "1"), (83, 467, codes[0]), (303, 467, "示例路1号")),
        *((43, 447, "2"), (83, 447, codes[1]), (303, 447, "示例路2号")),
    )
    [table] = items("\n".join([*level, *upright, words]))
    assert rows(table)[1:] == [["1", codes[0], "示例路1号"], ["2", codes[1], "示例路2号"]]


def test_a_line_through_letters_strikes_them_out_and_is_no_wall() -> None:
    strikes = [line(43, 454.5, 48, 454.5), line(83, 454.5, 113, 454.5), line(303, 454.5, 350, 454.5)]
    [table] = items("\n".join([ruled(XS, 500, [HEAD, ONE, TWO]), *strikes]))
    assert rows(table) == [list(HEAD), list(ONE), list(TWO)]
    assert isinstance(table, PrintedTable)
    assert [[sorted(cell.marks) for cell in table.in_row(row)] for row in (1, 2)] == [
        [[], [], []],
        [["struck"], ["struck"], ["struck"]],
    ]


def test_a_line_below_letters_is_no_line_through_them() -> None:
    [table] = items("\n".join([ruled(XS, 500, [HEAD, ONE]), line(83, 469, 113, 469)]))
    assert isinstance(table, PrintedTable)
    assert not any(cell.marks for cell in table.cells)


def test_red_letters_mark_their_cell() -> None:
    [table] = items(
        "\n".join([ruled(XS, 500, [HEAD, ("1", "", "")]), "1 0 0 rg", texts((83, 471, "示例甲"))])
    )
    assert isinstance(table, PrintedTable)
    assert [cell.text for cell in table.cells if cell.marks == {"red"}] == ["示例甲"]
