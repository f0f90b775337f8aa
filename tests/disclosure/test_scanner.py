"""Personal data is found in every byte of a file; what only looks like it is not."""

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import NameObject, StreamObject, TextStringObject

from openbureau.disclosure.scanner import Disclosure, disclosures
from support.disclosure_makers import (
    IDENTITY,
    MOBILE,
    in_paper,
    paper,
    pdf,
    picture,
    run,
    with_parts,
    workbook,
)
from support.site import CONTENT, WORKBOOKS


def footer(book: openpyxl.Workbook) -> None:
    book.worksheets[0].evenFooter.left.text = f"联系人 {MOBILE}"


def header(book: openpyxl.Workbook) -> None:
    book.worksheets[0].firstHeader.right.text = f"联系人 {MOBILE}"


def properties(book: openpyxl.Workbook) -> None:
    book.properties.creator = f"示例 {MOBILE}"


def keywords(book: openpyxl.Workbook) -> None:
    book.properties.keywords = MOBILE


def custom_property(book: openpyxl.Workbook) -> None:
    book.custom_doc_props.append(StringProperty(name="电话", value=MOBILE))


def defined_name(book: openpyxl.Workbook) -> None:
    book.defined_names["电话"] = DefinedName("电话", attr_text=f'"{MOBILE}"')


def validation(book: openpyxl.Workbook) -> None:
    rule = DataValidation(type="list", formula1='"甲,乙"', prompt=f"问 {MOBILE}", promptTitle="问谁")
    rule.add("A2")
    book.worksheets[0].add_data_validation(rule)


def choices(book: openpyxl.Workbook) -> None:
    rule = DataValidation(type="list", formula1=f'"甲 {MOBILE},乙"')
    rule.add("A2")
    book.worksheets[0].add_data_validation(rule)


def filters(book: openpyxl.Workbook) -> None:
    book.worksheets[0].auto_filter.ref = "A1:C2"
    book.worksheets[0].auto_filter.add_filter_column(0, [MOBILE])


def comment(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["A2"].comment = Comment(f"问 {MOBILE}", "示例")


def cell(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["D2"] = f"找 {MOBILE}"


def number(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["D2"] = int(MOBILE)


def link(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["D2"].hyperlink = f"tel:{MOBILE}"


def hidden_sheet(book: openpyxl.Workbook) -> None:
    hidden = book.create_sheet("底稿")
    hidden["B3"] = MOBILE
    hidden.sheet_state = "veryHidden"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (footer, "名单 页眉页脚"),
        (header, "名单 页眉页脚"),
        (properties, "文档属性"),
        (keywords, "文档属性"),
        (custom_property, "自定义文档属性"),
        (defined_name, "定义的名称或工作簿设置"),
        (validation, "名单 数据有效性"),
        (choices, "名单 数据有效性"),
        (filters, "名单 筛选条件"),
        (comment, "名单 批注"),
        (cell, "名单!D2"),
        (number, "名单!D2"),
        (link, "名单 链接"),
        (hidden_sheet, "底稿!B3"),
    ],
)
def test_every_part_of_a_workbook_is_looked_through(
    change: Callable[[openpyxl.Workbook], None], place: str
) -> None:
    assert Disclosure("pii_mobile", place) in disclosures(workbook(change), "2024-12-31.xlsx")
    assert disclosures(workbook(), "2024-12-31.xlsx") == []


SHARED = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{}</t></si>{}</sst>'


@pytest.mark.parametrize(
    ("part", "xml", "place"),
    [
        (
            "xl/sharedStrings.xml",
            SHARED.format("名称", f"<si><r><t>138</t></r><r><t>{MOBILE[3:]}</t></r></si>"),
            "未使用的共享字符串",
        ),
        ("xl/charts/chart1.xml", f"<c><pt idx='0'><v>{MOBILE}</v></pt></c>", "图表"),
        ("customXml/item1.xml", f"<data><who>{MOBILE}</who></data>", "自定义XML"),
        ("xl/externalLinks/externalLink1.xml", f"<e><cell r='A1'><v>{MOBILE}</v></cell></e>", "外部链接缓存"),
        ("xl/pivotCache/pivotCacheRecords1.xml", f"<p><r><n v='{MOBILE}'/></r></p>", "数据透视表缓存"),
        ("xl/drawings/drawing1.xml", f"<a:p xmlns:a='a'><a:t>问{MOBILE}</a:t></a:p>", "图形或文本框"),
        ("xl/drawings/drawing1.xml", f"<x><cNvPr id='2' descr='电话 {MOBILE}'/></x>", "图形或文本框"),
        ("xl/persons/person.xml", f"<personList><person displayName='示例 {MOBILE}'/></personList>", "批注"),
        (
            "xl/worksheets/_rels/sheet1.xml.rels",
            f"<R><Relationship Id='1' Target='tel:{MOBILE}'/></R>",
            "名单 链接",
        ),
        ("xl/connections.xml", f"<c><connection description='问 {MOBILE}'/></c>", "数据连接"),
        ("xl/vbaProject.bin", f"\0\1 {MOBILE} \0".encode(), "宏"),
        ("xl/comments9.xml", f"\ufeff<comments><text>{MOBILE}</text></comments>".encode("utf-16"), "批注"),
        ("xl/broken.xml", f"<a><b>{MOBILE}".encode(), "xl/broken.xml"),
        ("别处.txt", f"电话{MOBILE}".encode("gb18030"), "别处.txt › 第1行"),
    ],
)
def test_parts_that_no_sheet_needs_are_looked_through(part: str, xml: str | bytes, place: str) -> None:
    data = with_parts(workbook(), {part: xml})
    assert Disclosure("pii_mobile", place) in disclosures(data, "2024-12-31.xlsx")


@pytest.mark.parametrize(
    ("xml", "place"),
    [
        (run(f"身份证{IDENTITY}"), "正文第2段"),
        (run("身份证441899") + run("19000101", "<w:b/>") + run("0015"), "正文第2段"),
        (f"<w:del w:id='1' w:author='x'><w:r><w:delText>{IDENTITY}</w:delText></w:r></w:del>", "正文第2段"),
        (run(IDENTITY, "<w:vanish/>"), "正文第2段"),
        (f"<w:r><w:instrText> MERGEFIELD {IDENTITY} </w:instrText></w:r>", "正文第2段"),
        (f"<w:sdt><w:sdtContent>{run(IDENTITY)}</w:sdtContent></w:sdt>", "正文第2段"),
        (f"<w:ins w:id='1' w:author='x'>{run(IDENTITY)}</w:ins>", "正文第2段"),
        (
            f"<w:r><w:pict><w:txbxContent><w:p>{run(IDENTITY)}</w:p></w:txbxContent></w:pict></w:r>",
            "正文第3段",
        ),
    ],
)
def test_hidden_words_of_a_paper_are_looked_through(xml: str, place: str) -> None:
    assert disclosures(in_paper(xml), "form.docx") == [Disclosure("pii_id", place)]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ("word/comments.xml", "批注"),
        ("word/header3.xml", "页眉"),
        ("word/footer1.xml", "页脚"),
        ("word/footnotes.xml", "脚注"),
        ("word/glossary/document.xml", "构建基块"),
        ("word/settings.xml", "文档设置"),
    ],
)
def test_every_part_of_a_paper_is_looked_through(part: str, place: str) -> None:
    data = with_parts(paper("正文"), {part: f"<w:x xmlns:w='w'><w:p>{run(IDENTITY)}</w:p></w:x>"})
    assert disclosures(data, "form.docx") == [Disclosure("pii_id", place)]


def test_files_inside_files_are_looked_through() -> None:
    inner = workbook(cell)
    outer = with_parts(paper("正文"), {"word/embeddings/Microsoft_Excel_Sheet1.xlsx": inner})
    archive = with_parts(with_parts(workbook(), {}), {"xl/embeddings/paper.docx": outer})
    assert disclosures(archive, "list.xlsx") == [
        Disclosure("pii_mobile", "嵌入对象 › 嵌入对象 › 名单!D2"),
    ]


def with_exif(text: str) -> bytes:
    exif = Image.Exif()
    exif[0x013B] = text
    exif[0x9C9C] = text.encode("utf-16-le")
    return picture("JPEG", exif=exif)


def with_png_text(text: str) -> bytes:
    info = PngInfo()
    info.add_text("Comment", text, zip=True)
    return picture("PNG", pnginfo=info)


@pytest.mark.parametrize("made", [with_exif, with_png_text])
def test_metadata_of_pictures_are_looked_through(made: Callable[[str], bytes]) -> None:
    assert disclosures(made(f"shot by {MOBILE}"), "photo") == [Disclosure("pii_mobile", "图片的说明信息")]
    assert disclosures(made("shot by nobody"), "photo") == []
    inside = with_parts(paper("正文"), {"word/media/image1.jpeg": made(MOBILE)})
    assert disclosures(inside, "form.docx") == [Disclosure("pii_mobile", "图片 › 图片的说明信息")]


def pdf_author(writer: PdfWriter) -> None:
    writer.add_metadata({"/Author": f"示例 {MOBILE}"})


def pdf_note(writer: PdfWriter) -> None:
    writer.add_annotation(0, FreeText(text=f"问 {MOBILE}", rect=(10, 10, 90, 90)))


def pdf_bookmark(writer: PdfWriter) -> None:
    writer.add_outline_item(title=f"联系人 {MOBILE}", page_number=0)


def pdf_attachment(writer: PdfWriter) -> None:
    writer.add_attachment("名单.xlsx", workbook(cell))


def pdf_xmp(writer: PdfWriter) -> None:
    stream = StreamObject()
    stream.set_data(f"<x><creator>{MOBILE}</creator></x>".encode())
    stream[NameObject("/Type")], stream[NameObject("/Subtype")] = NameObject("/Metadata"), NameObject("/XML")
    writer._root_object[NameObject("/Metadata")] = writer._add_object(stream)


def pdf_orphan(writer: PdfWriter) -> None:
    writer._add_object(TextStringObject(f"电话{MOBILE}"))


@pytest.mark.parametrize("change", [pdf_author, pdf_note, pdf_bookmark, pdf_attachment, pdf_xmp, pdf_orphan])
def test_all_but_the_pages_of_a_pdf_is_looked_through(change: Callable[[PdfWriter], None]) -> None:
    assert {each.kind for each in disclosures(pdf(change), "form.pdf")} == {"pii_mobile"}
    assert disclosures(pdf(), "form.pdf") == []


def test_what_a_pdf_held_before_it_was_added_to_is_looked_through() -> None:
    stream = io.BytesIO(pdf(pdf_author))
    writer = PdfWriter(stream, incremental=True)
    writer.add_metadata({"/Author": "示例"})
    added = io.BytesIO()
    writer.write(added)
    assert disclosures(added.getvalue(), "form.pdf")[0].kind == "pii_mobile"


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.md", f"正文\n\n联系 {MOBILE}。", "第3行"),
        ("a.md", "联系 138**0013**8000", "第1行"),
        ("a.md", "联系 138\n0013 8000", "第1行"),
        ("a.md", "联系 &#49;3800138000", "第1行"),
        ("a.md", f"---\ntitle: 甲\n# 问 {MOBILE}\n---\n", "第3行"),
        ("a.toml", f'name = "甲"\nphone = "{MOBILE}"', "第2行"),
        ("a.csv", f"名称,电话\n甲,{MOBILE}\n", "第2行"),
        ("a.html", "<p>甲</p>\n<p>138<b>0013</b>8000</p>", "第2行"),
        ("a.html", f"<p>甲</p>\n<!-- {MOBILE} -->", "第2行"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_lines_of_plain_files_are_looked_through(name: str, text: str, place: str, encoding: str) -> None:
    assert Disclosure("pii_mobile", place) in disclosures(text.encode(encoding), name)


def test_records_of_old_workbooks_are_looked_through() -> None:
    data = (WORKBOOKS / "连州市.xls").read_bytes()
    assert disclosures(data, "连州市.xls") == []
    at = data.index("连州".encode("utf-16-le"))
    hidden = data[:at] + MOBILE.encode("utf-16-le") + data[at + 22 :]
    assert {each.kind for each in disclosures(hidden, "连州市.xls")} == {"pii_mobile"}


def test_a_number_that_is_public_passes_and_no_other() -> None:
    assert disclosures(workbook(cell), "a.xlsx", {MOBILE}) == []
    assert disclosures(workbook(cell), "a.xlsx", {"13900139000"}) != []


def test_what_is_told_never_repeats_the_number() -> None:
    def leaking(book: openpyxl.Workbook) -> None:
        book.worksheets[0].title = MOBILE
        book.worksheets[0]["D2"] = IDENTITY

    data = with_parts(workbook(leaking), {f"{MOBILE}.txt": f"电话{MOBILE}"})
    told = repr(disclosures(data, f"{MOBILE}.xlsx"))
    assert "pii_id" in told
    assert "pii_mobile" in told
    assert MOBILE not in told
    assert IDENTITY not in told


def test_a_part_under_a_password_or_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(with_parts(workbook(), {"secret.txt": "x" * 9}))
    at = data.rindex(b"PK\1\2")
    data[at + 8] |= 1
    assert disclosures(bytes(data), "a.xlsx") == [Disclosure("unseen", "")]
    monkeypatch.setattr("openbureau.disclosure.texts.MAX_BYTES", 100)
    assert disclosures(workbook(), "a.xlsx") == [Disclosure("unseen", "")]


@pytest.mark.parametrize(
    "xml",
    [
        '<p:x xmlns:p="p" uid="{1380A138-0013-8000-A138-13800138000A}"/>',
        '<a:creationId xmlns:a="a" val="{13800138-0013-8000-1380-0138000A1380}"/>',
        '<w:p xmlns:w="w" w:rsidR="13800138000" w14:paraId="13800138" xmlns:w14="v"><w:r/></w:p>',
        '<a:path xmlns:a="a" d="M 13800 138000 L 138 0013 8000"/>',
        '<a:latin xmlns:a="a" typeface="宋体" panose="13800138000"/>',
        "<v>0.13800138000</v>",
        "<v>1380.0138000123</v>",
        "<dcterms:created xmlns:dcterms='d'>2013-08-00T13:80:00Z</dcterms:created>",
        "<a>20231201138001</a>",
        "<a>电话：0763-3312345，4001380013，12345</a>",
    ],
)
def test_what_only_looks_like_a_number_passes(xml: str) -> None:
    assert disclosures(with_parts(workbook(), {"xl/other.xml": xml}), "a.xlsx") == []


@pytest.mark.parametrize("path", sorted(path for path in CONTENT.rglob("*") if path.is_file()), ids=str)
def test_nothing_that_is_shipped_is_stopped(path: Path) -> None:
    assert disclosures(path.read_bytes(), path.name) == []


def test_a_file_of_any_bytes_is_looked_through_without_a_fault() -> None:
    whole = workbook(cell)
    for end in range(0, len(whole), 97):
        disclosures(whole[:end], "a.xlsx")
    for start in (b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"<a"):
        assert {each.kind for each in disclosures(start + b" 13800138000 ", "a")} == {"pii_mobile"}
