"""Files that belong to a document: attached by their place, found by their text, kept as they were given."""

import hashlib
import io
import shutil
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from pypdf import PdfReader, PdfWriter

from openbureau.library.content import read_library
from openbureau.library.documents import attachments
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.records import Record
from openbureau.publishing.build import PublicationRefused, publish
from openbureau.publishing.publication import Shelf
from openbureau.spreadsheets.file_kinds import OLE
from support.makers import main_part, words
from support.site import CONTENT
from support.word_makers import word_file

NAME = "退费申请表.docx"
FORM = CONTENT / "policies" / "prepayment" / NAME
OLD_WORD = OLE.ljust(1_024, b"\0") + "WordDocument".encode("utf-16-le").ljust(64, b"\0") + b"\x1a\0"
ADDRESS = f"/policies/prepayment/files/{quote(NAME)}"


def pdf(text: str) -> bytes:
    """A PDF of one page that says `text`, or nothing."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def attach(content: Path, document: str, name: str, data: bytes) -> Path:
    folder = content / document
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def record_of(content: Path, slug: str) -> Record:
    everything = read_library(content).records
    (found,) = (each for each in everything if (each.kind, each.slug) == ("policies", slug))
    return found


def problems_of(content: Path) -> list[Problem]:
    return [each for each in read_library(content).problems if "/prepayment/" in each.file]


def test_a_file_in_the_folder_of_a_document_belongs_to_it(content: Path) -> None:
    record = record_of(content, "prepayment")
    assert record.attachments == [
        {"name": NAME, "size": FORM.stat().st_size, "sha256": hashlib.sha256(FORM.read_bytes()).hexdigest()}
    ]
    assert record_of(content, "double-reduction").attachments == []


def test_the_page_names_it_with_size_and_digest_and_hands_it_out(client: FlaskClient) -> None:
    page = main_part(client.get("/policies/prepayment/").text)
    assert "附件" in words(page)
    assert hashlib.sha256(FORM.read_bytes()).hexdigest() in words(page)
    (link,) = page.xpath(".//a[contains(@href, '/files/')]/@href")
    answer = client.get(link, buffered=True)
    assert answer.data == FORM.read_bytes()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "附件" not in words(main_part(client.get("/policies/double-reduction/").text))


@pytest.mark.parametrize(
    "address",
    [
        "/policies/prepayment/files/other.pdf",
        "/policies/prepayment/files/..%2F..%2Fsite.toml",
        f"/policies/double-reduction/files/{quote(NAME)}",
        f"/policies/unknown/files/{quote(NAME)}",
        f"/whitelist/prepayment/files/{quote(NAME)}",
    ],
)
def test_nothing_else_is_handed_out(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("query", ["退费申请表", "申请人", "监护人联名"])
def test_its_document_is_found_by_what_it_says(app: Flask, query: str) -> None:
    search = app.extensions["openbureau"].shelf.current().search
    hits = search.find(query)
    assert "policies/prepayment" in hits.keys[: hits.whole]


def test_a_pdf_is_found_by_its_text(content: Path, tmp_path: Path) -> None:
    attach(content, "notices/summer", "form.pdf", pdf("Refund form A12"))
    shelf = Shelf(tmp_path / "shelf")
    publish(content, shelf)
    assert shelf.current().search.find("refund form").keys[:1] == ["notices/summer"]
    assert "Refund form A12" in shelf.current().search.find("A12").hits[0].passage.striptags()


def test_a_feed_hands_it_on(client: FlaskClient) -> None:
    (entry,) = (
        each
        for each in client.get("/feeds/policies.json").get_json(force=True)["items"]
        if each["url"].endswith("/policies/prepayment/")
    )
    (attachment,) = entry["attachments"]
    assert attachment["url"] == f"http://localhost{ADDRESS}"
    assert attachment["size_in_bytes"] == FORM.stat().st_size


def test_a_withdrawn_document_hands_nothing_out(content: Path, tmp_path: Path, app: Flask) -> None:
    path = content / "policies" / "prepayment.md"
    text = path.read_text(encoding="utf-8").replace(
        "---\n", "---\nupdated_at: 2026-05-01 09:00\nwithdrawn_reason: 内容有误\n", 1
    )
    path.write_text(text, encoding="utf-8")
    explained = content / "policies" / "prepayment-explained.md"
    explained.unlink()
    shutil.rmtree(explained.with_suffix(""))
    shelf = Shelf(tmp_path / "shelf")
    publish(content, shelf)
    assert not list((shelf.folder / shelf.served()[0]).rglob(NAME))


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("broken.pdf", b"%PDF-1.4 nothing", "cannot be read"),
        ("broken.docx", b"PK nothing", "cannot be read"),
        ("empty.docx", b"", "it is empty"),
        ("old.docx", OLD_WORD, "an old Word or WPS document"),
        ("broken.xlsx", b"PK\x03\x04 nothing", "cannot be read"),
        ("picture.docx", b"\x89PNG\r\n", "it is a picture"),
    ],
)
def test_what_cannot_be_opened_stops_the_publication(
    content: Path, tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    attach(content, "policies/prepayment", name, data)
    with pytest.raises(PublicationRefused) as refused:
        publish(content, Shelf(tmp_path / "shelf"))
    (problem,) = (each for each in refused.value.problems if each.stops)
    assert (problem.file, told in problem.what) == (f"policies/prepayment/{name}", True)


def test_a_pdf_with_a_password_stops_the_publication(content: Path) -> None:
    path = attach(content, "policies/prepayment", "locked.pdf", pdf("Refund"))
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    (problem,) = problems_of(content)
    assert "cannot be read" in problem.what
    assert "without a password" in problem.mend


def test_a_scan_without_text_is_published_with_a_note(content: Path) -> None:
    attach(content, "policies/prepayment", "scan.pdf", pdf(""))
    (problem,) = problems_of(content)
    assert not problem.stops
    assert "there is no text in this file" in problem.what
    assert [each["name"] for each in record_of(content, "prepayment").attachments] == ["scan.pdf", NAME]


def test_a_table_is_attached_and_searched(content: Path) -> None:
    attach(content, "policies/prepayment", "名单.csv", "机构,地址\n示例甲,示例路1号\n".encode("gb18030"))
    assert problems_of(content) == []
    record = record_of(content, "prepayment")
    assert len(record.attachments) == 2
    assert "示例甲 示例路1号" in record.attached_text


def test_rows_columns_and_sheets_that_are_hidden_are_told_and_not_searched(content: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["看得见", "列藏着"])
    book.active.append(["行藏着"])
    book.active.column_dimensions["B"].hidden = True
    book.active.row_dimensions[2].hidden = True
    book.create_sheet("藏着").append(["表藏着"])
    book.worksheets[1].sheet_state = "hidden"
    book.save(attach(content, "policies/prepayment", "名单.xlsx", b""))
    (problem,) = problems_of(content)
    assert not problem.stops
    assert problem.what == "1 sheets of this file are hidden, and rows or columns of 1 others"
    text = record_of(content, "prepayment").attached_text
    assert "看得见" in text
    assert "藏着" not in text


def test_a_file_that_is_too_large_for_a_phone_is_refused(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MAX_BYTES", 1_000)
    (problem,) = problems_of(content)
    assert problem.stops
    assert "MB" in problem.what


@pytest.mark.parametrize("document", ["policies/unknown", "notices/prepayment"])
def test_a_file_without_its_document_is_refused(content: Path, document: str) -> None:
    path = attach(content, document, "form.pdf", pdf("Refund"))
    (problem,) = (each for each in read_library(content).problems if each.stops)
    assert problem.file == path.relative_to(content).as_posix()
    assert problem.what == f"there is no document {document}.md"


def test_a_file_of_a_kind_that_may_carry_programs_is_refused(content: Path) -> None:
    attach(content, "policies/prepayment", "macro.docm", b"")
    (problem,) = problems_of(content)
    assert problem.stops


def test_a_word_file_with_a_damaged_part_is_told_by_its_name(content: Path) -> None:
    good = io.BytesIO(word_file("<w:p><w:r><w:t>第一段</w:t></w:r></w:p>"))
    broken = io.BytesIO()
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if name == "word/document.xml" else data)
    attach(content, "policies/prepayment", "form.docx", broken.getvalue())
    (problem,) = problems_of(content)
    assert (problem.file, problem.stops) == ("policies/prepayment/form.docx", True)
    assert "it is damaged" in problem.what
    assert problem.mend


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ('<w:p><w:ins w:id="1"><w:r><w:t>添</w:t></w:r></w:ins></w:p>', "1 tracked changes are in this file"),
        (
            "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r></w:p>",
            "1 passages of this file are hidden",
        ),
        ('<w:altChunk r:id="rId9"/>', "1 parts of this file are other files inside it"),
    ],
)
def test_what_readers_of_a_word_file_would_not_expect_is_told(content: Path, inside: str, what: str) -> None:
    attach(
        content, "policies/prepayment", "form.docx", word_file(f"<w:p><w:r><w:t>字</w:t></w:r></w:p>{inside}")
    )
    (problem,) = problems_of(content)
    assert not problem.stops
    assert problem.what.startswith(what)


def test_comments_in_a_word_file_are_told(content: Path) -> None:
    comment = "<w:comment><w:p><w:r><w:t>改</w:t></w:r></w:p></w:comment>"
    comments = {"word/comments.xml": f"<w:comments {{ns}}>{comment}</w:comments>"}
    data = word_file("<w:p><w:r><w:t>字</w:t></w:r></w:p>", comments)
    attach(content, "policies/prepayment", "form.docx", data)
    (problem,) = problems_of(content)
    assert problem.what.startswith("1 comments are in this file")


def test_an_attachment_of_which_nothing_changed_is_read_once(content: Path, tmp_path: Path) -> None:
    path = attach(content, "policies/prepayment", "form.pdf", pdf("Refund form"))
    readings = ReadingCache(tmp_path / "readings", "1")
    first = attachments.read_attachment(path, content, readings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attachments, "READERS", {".pdf": None})
        assert attachments.read_attachment(path, content, readings) == first
    assert "Refund form" in first.text
