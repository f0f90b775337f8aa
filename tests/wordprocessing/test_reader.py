"""What is seen of a Word file, each word once; what is not seen; the numbers that nobody typed."""

from collections.abc import Mapping

import pytest

from openbureau.spreadsheets.errors import Unreadable
from openbureau.spreadsheets.file_kinds import OLE
from openbureau.wordprocessing.document import Paper, Paragraph, WordTable, text_of
from openbureau.wordprocessing.reader import read_paper
from support.word_makers import OFFICE, STRICT, merged, paragraph, table, word_file

CHARACTER_STYLE = (
    '<w:styles {ns}><w:style w:type="character" w:styleId="hide">'
    "<w:rPr><w:vanish/></w:rPr></w:style></w:styles>"
)


def seen(body: str, parts: Mapping[str, str] | None = None) -> list[str]:
    """The lines of the body that are seen."""
    return text_of(read_paper(word_file(body, parts)).body).splitlines()


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def in_paragraph(inside: str) -> str:
    return f"<w:p>{inside}</w:p>"


def tables(paper: Paper) -> list[WordTable]:
    return [block for block in paper.body if isinstance(block, WordTable)]


def changes(body: str) -> int:
    return read_paper(word_file(body)).findings.tracked_changes


@pytest.mark.parametrize(
    "wrapped",
    [
        "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>",
        '<w:ins w:id="1">{}</w:ins>',
        '<w:moveTo w:id="1">{}</w:moveTo>',
        '<w:smartTag w:element="x">{}</w:smartTag>',
        '<w:customXml w:element="x">{}</w:customXml>',
        "<w:hyperlink>{}</w:hyperlink>",
        "<w:fldSimple>{}</w:fldSimple>",
        "<w:sdt><w:sdtContent><w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt></w:sdtContent></w:sdt>",
    ],
)
def test_words_in_wrappers_are_seen(wrapped: str) -> None:
    assert seen(in_paragraph(run("前") + wrapped.format(run("里")) + run("后"))) == ["前里后"]


@pytest.mark.parametrize(
    "unseen",
    [
        '<w:del w:id="1"><w:r><w:delText>藏</w:delText></w:r></w:del>',
        '<w:moveFrom w:id="1"><w:r><w:t>藏</w:t></w:r></w:moveFrom>',
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r>",
        '<w:r><w:rPr><w:rStyle w:val="hide"/></w:rPr><w:t>藏</w:t></w:r>',
        "<w:r><w:instrText>藏</w:instrText></w:r>",
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>藏</w:t></w:r></w:sdtContent></w:sdt>",
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:t>藏</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>',
    ],
)
def test_words_that_are_not_seen_are_not_read(unseen: str) -> None:
    body = in_paragraph(run("前") + unseen + run("后"))
    assert seen(body, {"word/styles.xml": CHARACTER_STYLE}) == ["前后"]


def test_a_field_shows_its_result_and_not_its_code() -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> DATE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' + run("2026年6月30日") + "<w:r>"
        '<w:fldChar w:fldCharType="end"/></w:r>'
    )
    assert seen(in_paragraph(run("截至") + field)) == ["截至2026年6月30日"]


def test_a_field_that_nobody_ended_swallows_nothing_of_the_next_paragraph() -> None:
    begun = in_paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("代码"))
    assert seen(begun + paragraph("下一段")) == ["下一段"]


def test_a_text_box_is_read_once_behind_its_paragraph_and_not_again_as_its_fallback() -> None:
    box = f"<w:txbxContent>{paragraph('框里')}</w:txbxContent>"
    drawing = f"<w:drawing><wps:txbx>{box}</wps:txbx></w:drawing>"
    fallback = f"<w:pict><v:textbox>{box}</v:textbox></w:pict>"
    both = (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps">'
        f"{drawing}</mc:Choice><mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert seen(in_paragraph(run("正文") + both)) == ["正文", "框里"]


def test_headers_footnotes_and_words_in_diagrams_stand_beside_the_body() -> None:
    note = f"<w:footnote>{paragraph('脚注')}</w:footnote>"
    parts = {
        "word/header1.xml": f"<w:hdr {{ns}}>{paragraph('页眉')}</w:hdr>",
        "word/footnotes.xml": f"<w:footnotes {{ns}}>{note}</w:footnotes>",
        "word/diagrams/data1.xml": "<a:x {ns}><a:t>图里</a:t></a:x>",
    }
    paper = read_paper(word_file(paragraph("正文"), parts))
    assert text_of(paper.body) == "正文"
    assert text_of(paper.margins).split() == ["页眉", "脚注", "图里"]


def test_changes_of_words_are_counted_and_changes_of_their_looks_are_not() -> None:
    looks = "<w:rPr><w:b/><w:rPrChange><w:rPr/></w:rPrChange></w:rPr>"
    assert changes(in_paragraph(f"<w:r>{looks}<w:t>字</w:t></w:r>")) == 0
    assert changes(in_paragraph('<w:ins w:id="1">' + run("字") + "</w:ins>")) == 1
    assert changes(table(("甲",)).replace("<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>")) == 1


def test_a_row_that_was_deleted_is_not_seen_and_the_next_one_keeps_its_number() -> None:
    rows = table(("一",), ("二",), ("三",)).replace("<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>", 2)
    [one] = tables(read_paper(word_file(rows)))
    assert [row.number for row in one.rows] == [3]


def test_cells_stand_where_the_grid_puts_them() -> None:
    row = "<w:tr><w:trPr><w:gridBefore w:val='1'/></w:trPr>" + merged("宽", span=2) + merged("窄") + "</w:tr>"
    [one] = tables(read_paper(word_file(f"<w:tbl>{row}</w:tbl>")))
    assert [(cell.column, cell.span) for cell in one.rows[0].cells] == [(2, 2), (4, 1)]


def test_a_table_inside_a_cell_belongs_to_the_cell() -> None:
    inner = f"<w:tc>{table(('里甲', '里乙'))}<w:p/></w:tc>"
    paper = read_paper(word_file(table(("外", inner))))
    assert len(tables(paper)) == 1
    assert text_of(paper.body).split() == ["外", "里甲", "里乙"]


NUMBERED = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr>'


def numbering(*levels: str) -> dict[str, str]:
    """Numbering with a list of these levels."""
    inside = "".join(f'<w:lvl w:ilvl="{at}">{level}</w:lvl>' for at, level in enumerate(levels))
    return {
        "word/numbering.xml": "<w:numbering {ns}>"
        f'<w:abstractNum w:abstractNumId="0">{inside}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    }


def level(number_format: str, text: str, more: str = "") -> str:
    return f'<w:start w:val="1"/><w:numFmt w:val="{number_format}"/><w:lvlText w:val="{text}"/>{more}'


def test_automatic_numbers_are_written_out_and_begin_anew_below_a_new_one() -> None:
    parts = numbering(level("chineseCountingThousand", "%1、"), level("decimal", "%1.%2"))
    body = "".join(paragraph("甲", NUMBERED.format(at)) for at in (0, 1, 1, 0, 1))
    assert seen(body, parts) == ["一、甲", "一.1甲", "一.2甲", "二、甲", "二.1甲"]


def test_a_level_that_never_begins_anew_counts_on() -> None:
    parts = numbering(level("decimal", "%1."), level("decimal", "(%2)", '<w:lvlRestart w:val="0"/>'))
    body = "".join(paragraph("甲", NUMBERED.format(at)) for at in (0, 1, 0, 1))
    assert seen(body, parts) == ["1. 甲", "(1) 甲", "2. 甲", "(2) 甲"]


@pytest.mark.parametrize(
    ("number_format", "number", "written"),
    [
        ("chineseCountingThousand", 10, "十"),
        ("chineseCountingThousand", 21, "二十一"),
        ("chineseCountingThousand", 105, "一百零五"),
        ("chineseLegalSimplified", 12, "壹拾贰"),
        ("decimalEnclosedCircleChinese", 3, "③"),
        ("decimalZero", 7, "07"),
        ("ideographTraditional", 2, "乙"),
        ("lowerLetter", 28, "bb"),
        ("upperRoman", 14, "XIV"),
        ("a format nobody knows", 5, "5"),
    ],
)
def test_numbers_are_written_as_word_processors_do(number_format: str, number: int, written: str) -> None:
    body = "".join(paragraph("", NUMBERED.format(0)) for _ in range(number))
    last = read_paper(word_file(body, numbering(level(number_format, "%1")))).body[-1]
    assert isinstance(last, Paragraph)
    assert last.label == written


def test_a_strict_file_is_read_as_any_other() -> None:
    assert text_of(read_paper(word_file(paragraph("严格"), namespaces=STRICT)).body) == "严格"


def naming(part: str) -> bytes:
    """A file whose document names this header, which is not there."""
    kind = OFFICE.removesuffix("officeDocument") + "header"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind}" Target="{part}"/></Relationships>'
    )
    return word_file(paragraph("正文"), {"word/_rels/document.xml.rels": relations})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK nothing",
        word_file("<w:p>")[:200],
        word_file("<w:p><w:r><w:t>未闭合</w:p>"),
        word_file("").replace(b"word/document.xml", b"word/nothing0.xml"),
        word_file("", {"word/styles.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><w:styles {ns}>&a;</w:styles>"}),
        naming("header1.xml"),
        word_file("<w:sdt><w:sdtContent>" * 300 + "</w:sdtContent></w:sdt>" * 300),
    ],
    ids=[
        "empty",
        "no archive",
        "cut off",
        "not well formed",
        "no document",
        "entities",
        "no header",
        "too deep",
    ],
)
def test_a_damaged_file_is_told_with_how_to_mend_it(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_paper(data)
    assert refused.value.kind in ("damaged", "not_a_workbook")
    assert ".docx" in refused.value.mend


def test_a_file_under_a_password_is_called_so() -> None:
    entry = "EncryptedPackage".encode("utf-16-le")
    name = entry.ljust(64, b"\0") + (len(entry) + 2).to_bytes(2, "little")
    with pytest.raises(Unreadable) as refused:
        read_paper(OLE.ljust(1_024, b"\0") + name)
    assert (refused.value.kind, "Word" in refused.value.mend) == ("encrypted", True)
