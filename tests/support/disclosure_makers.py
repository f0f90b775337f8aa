"""Files with something hidden in them: workbooks, papers, PDF files, pictures, and their parts."""

import io
import zipfile
from collections.abc import Callable, Mapping

import docx
import openpyxl
from PIL import Image
from pypdf import PdfWriter

MOBILE = "13800138000"
IDENTITY = "441899190001010015"
"""Nobody's: the region does not exist."""
WIDE = MOBILE.encode("utf-16-le")
"""The number in the characters of Windows."""
OTHER = "<x xmlns='urn:x' xmlns:r='urn:r'>{}</x>"
"""A part with this in it."""
TARGET = f'<Relationship Id="r9" TargetMode="External" Target="mailto:{MOBILE}@example.cn"/>'


def workbook(change: Callable[[openpyxl.Workbook], None] = lambda _: None) -> bytes:
    """A small workbook as one sheet 名单, changed."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "名单"
    sheet.append(["名称", "统一社会信用代码", "办学许可证号"])
    sheet.append(["示例甲", "91441802MA05W3P89N", "144180270000034"])
    change(book)
    return saved(book)


def saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def with_parts(data: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """The archive with these parts added or in the place of others."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return stream.getvalue()


def substituted(data: bytes, part: str, before: str, after: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read(part).decode()
    assert before in text
    return with_parts(data, {part: text.replace(before, after, 1)})


def paper(*paragraphs: str) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return saved(document)


def in_paper(xml: str) -> bytes:
    """A paper with this WordprocessingML in its body."""
    return substituted(paper("正文"), "word/document.xml", "<w:sectPr", f"<w:p>{xml}</w:p><w:sectPr")


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def picture(form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, form, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def pdf(change: Callable[[PdfWriter], None] = lambda _: None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    change(writer)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
