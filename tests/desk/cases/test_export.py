"""What leaves the desk: looks at files, originals, whole cases, masked copies; names that do no harm."""

import csv
import hashlib
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import settings as at_most
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from openbureau.database import audit_log, db
from openbureau.tips.casework.export import MASK, marked, redact, safe_name
from openbureau.tips.model import AttachmentPart
from openbureau.tips.sealing.files import MAX_NAME_BYTES
from support import attachment_makers
from support.desk_makers import REPORTED, Office, Seats, text_of

GIVEN = {"purpose": "evidence", "reason": "与处罚案卷核对"}
STORY = "我是张三，电话138-0013-8000，二〇二六年五月二十日在张三小店被罚五千元，没有票据。"


@contextmanager
def store(desk: Flask) -> Iterator[Session]:
    with desk.app_context():
        yield db.session()
        db.session.rollback()


def with_files(desk: Flask, office: Office, seats: Seats, files: dict[str, bytes]) -> list[str]:
    """A claimed case with these files; their ids in the order in which the case page shows them."""
    with store(desk) as session:
        office.submit(session, files=files, story=STORY)
    seats["甲"].post("/cases/1/claim")
    page = lxml.html.fromstring(seats["甲"].post("/cases/1/open").text)
    shown = dict(
        zip(text_of_names(page), page.xpath("//form[contains(@action, 'rendition')]/@action"), strict=True)
    )
    return [str(shown[name]).split("/")[-2] for name in files]


def text_of_names(page: object) -> list[str]:
    return [str(each.text) for each in page.xpath("//li[@class='file']/strong")]  # type: ignore[attr-defined]


def last_event(desk: Flask) -> str:
    with store(desk) as session:
        return audit_log.entries_of(session, "tip/1")[-1].event


def events(desk: Flask) -> list[str]:
    with store(desk) as session:
        return [entry.event for entry in audit_log.entries_of(session, "tip/1")]


# Looking at a file


def test_a_file_is_looked_at_as_pictures_or_text_and_the_log_tells(
    seats: Seats, desk: Flask, office: Office
) -> None:
    files = {"现场.jpg": attachment_makers.jpeg(), "决定书.docx": attachment_makers.docx()}
    photo, document = with_files(desk, office, seats, files)
    shown = seats["甲"].post(f"/cases/1/files/{photo}/rendition")
    assert shown.status_code == 200
    assert last_event(desk) == "file-shown"
    [source] = lxml.html.fromstring(shown.text).xpath("//img[@class='rendition']/@src")
    assert source.startswith("data:image/png;base64,")
    assert "img-src 'self' data:" in shown.headers["Content-Security-Policy"]
    assert "unsafe" not in shown.headers["Content-Security-Policy"]
    page = seats["甲"].post(f"/cases/1/files/{document}/rendition").text
    assert text_of(page, "//pre") == ["处罚决定书"]


def test_what_cannot_be_shown_says_so_and_the_original_stays(
    seats: Seats, desk: Flask, office: Office
) -> None:
    [file] = with_files(desk, office, seats, {"坏.pdf": attachment_makers.pdf()})
    page = seats["甲"].post(f"/cases/1/files/{file}/rendition")
    assert page.status_code == 200
    assert "没有预览" in text_of(page.text, "//*[@role='alert']")[0]
    assert seats["甲"].post(f"/cases/1/files/{file}/original", GIVEN).data == attachment_makers.pdf()


# The original


def test_an_original_needs_a_reason_that_stays_and_no_browser_shows_it(
    seats: Seats, desk: Flask, office: Office
) -> None:
    data = attachment_makers.jpeg()
    [file] = with_files(desk, office, seats, {"现场 照片.jpg": data})
    before = events(desk)
    refused = seats["甲"].post(f"/cases/1/files/{file}/original", {"purpose": "evidence", "reason": ""})
    assert refused.status_code == 422
    assert events(desk) == before
    taken = seats["甲"].post(f"/cases/1/files/{file}/original", GIVEN)
    assert taken.data == data
    assert taken.headers["Content-Type"] == "application/octet-stream"
    assert taken.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%20%E7%85%A7%E7%89%87.jpg"
    )
    assert taken.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert taken.headers["Cache-Control"] == "no-store"
    assert events(desk)[len(before) :] == ["file-taken", "message"]
    assert "下载附件原件的理由：与处罚案卷核对" in seats["甲"].post("/cases/1/open").text


@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
def test_of_a_file_with_one_flipped_byte_nothing_at_all_is_handed_out(
    seats: Seats, desk: Flask, office: Office, place: float
) -> None:
    data = attachment_makers.jpeg(size=(600, 400)) + b"canary" * 50_000
    [file] = with_files(desk, office, seats, {"现场.jpg": data})
    with store(desk) as session:
        parts = session.scalars(select(AttachmentPart).order_by(AttachmentPart.place)).all()
        part = parts[int(place * len(parts))]
        at = int(place * len(part.data))
        # As somebody would who has the database: past the log, and with a digest that fits again.
        part.data = part.data[:at] + bytes([part.data[at] ^ 1]) + part.data[at + 1 :]
        digest = hashlib.sha256(b"".join(each.data for each in parts)).hexdigest()
        session.execute(text("UPDATE tip_attachment SET digest = :digest"), {"digest": digest})
        session.commit()
    before = events(desk)
    for address in (f"files/{file}/original", f"files/{file}/rendition", "export"):
        answer = seats["甲"].post(f"/cases/1/{address}", GIVEN | {"form": "whole"})
        assert answer.status_code == 422, address
        assert answer.mimetype == "text/html"
        assert b"canary" not in answer.data
    assert events(desk) == before


def test_a_file_of_another_case_is_not_found(seats: Seats, desk: Flask, office: Office) -> None:
    [file] = with_files(desk, office, seats, {"现场.jpg": attachment_makers.jpeg()})
    with store(desk) as session:
        office.submit(session)
    seats["甲"].post("/cases/2/claim")
    assert seats["甲"].post(f"/cases/2/files/{file}/rendition").status_code == 404
    assert seats["甲"].post(f"/cases/2/files/{file}/original", GIVEN).status_code == 404


# A whole case


def exported(seats: Seats, **form: str) -> tuple[dict[str, bytes], dict[str, object]]:
    answer = seats["甲"].post("/cases/1/export", GIVEN | form)
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        members = {name: archive.read(name) for name in archive.namelist()}
    return members, json.loads(members["manifest.json"])


def test_a_whole_case_is_an_archive_whose_manifest_holds(seats: Seats, desk: Flask, office: Office) -> None:
    files = {"现场.jpg": attachment_makers.jpeg(), "决定书.docx": attachment_makers.docx()}
    with_files(desk, office, seats, files)
    seats["甲"].post("/cases/1/note", {"text": "已经调卷。"})
    members, manifest = exported(seats, form="whole")
    assert set(members) == {
        "线索.txt",
        "往来.txt",
        "办理记录.csv",
        "附件/现场.jpg",
        "附件/决定书.docx",
        "manifest.json",
    }
    assert {name: members[f"附件/{name}"] for name in files} == files
    digests = manifest["sha256"]
    assert digests == {
        name: hashlib.sha256(data).hexdigest() for name, data in members.items() if name != "manifest.json"
    }
    assert STORY in members["线索.txt"].decode()
    assert "已经调卷。" in members["往来.txt"].decode()
    table = list(csv.DictReader(io.StringIO(members["办理记录.csv"].decode("utf-8-sig"))))
    assert [row["event"] for row in table][:2] == ["submitted", "claimed"]
    assert "exported" in [row["event"] for row in table]
    for row in members.values():
        assert "某某".encode() not in row  # who sent it is never part of a case file
    assert (manifest["redacted"], manifest["purpose"]) == (False, "核对证据原件")
    assert "导出案卷（核对证据原件，未脱敏）" in seats["甲"].client.get("/cases/1/").text


def test_by_default_a_case_leaves_masked_and_without_files(seats: Seats, desk: Flask, office: Office) -> None:
    with_files(desk, office, seats, {"张三的照片.jpg": attachment_makers.jpeg()})
    members, manifest = exported(seats, hidden="张三小店\r\n张三\r\n")
    assert set(members) == {"线索.txt", "往来.txt", "办理记录.csv", "manifest.json"}
    story = members["线索.txt"].decode()
    assert f"我是{MASK * 3}，电话{MASK * 3}，二〇二六年五月二十日在{MASK * 3}被罚" in story
    for member in members.values():
        for word in ("张三", "138-0013-8000", "某某", REPORTED["contact"]):
            assert word.encode() not in member
    assert manifest["redacted"] is True
    with store(desk) as session:
        told = [e.detail for e in audit_log.entries_of(session, "tip/1") if e.event == "exported"]
    assert told == ['{"purpose":"evidence","redacted":1}']


def test_an_export_needs_a_reason(seats: Seats, desk: Flask, office: Office) -> None:
    with_files(desk, office, seats, {})
    before = events(desk)
    assert seats["甲"].post("/cases/1/export", {"form": "whole"}).status_code == 422
    assert events(desk) == before


# Masks


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("手机13800138000。", "手机■■■。"),
        ("座机 0763-1234567", "座机 ■■■"),
        ("身份证44180219900101123X，", "身份证■■■，"),
        ("代码91110000600037341L", "代码■■■"),
        ("卡号6222 0000 1111 2222", "卡号■■■"),
        ("写信到a.b@c.example", "写信到■■■"),
        ("全角１３８００１３８０００", "全角■■■"),
        ("2026-05-20罚款5000.50元，第12条", "2026-05-20罚款5000.50元，第12条"),
        ("英教罚〔2026〕3号", "英教罚〔2026〕3号"),
    ],
)
def test_numbers_that_lead_to_a_person_are_masked_and_days_and_sums_stay(written: str, masked: str) -> None:
    assert redact(written) == masked


@given(st.lists(st.text("甲乙丙丁 ", min_size=1, max_size=4), max_size=5), st.text("甲乙丙丁戊己 "))
def test_no_marked_passage_survives_whatever_the_others_are(passages: list[str], text: str) -> None:
    found = marked("\n".join(passages))
    left = redact(text, found)
    assert not [passage for passage in found if passage in left]


# Names


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\照片.jpg", "照片.jpg"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("决定\u202egpj.exe", "决定gpj.exe"),
        ("CON.txt", "_CON.txt"),
        ("...", "附件"),
        ("", "附件"),
        ("é.png", "é.png"),
        ("照\x00片.png", "照片.png"),
    ],
)
def test_a_name_loses_what_could_do_harm(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_two_files_of_one_name_are_both_in_the_archive() -> None:
    assert safe_name("照片.jpg", ["照片.jpg", "照片（2）.JPG"]) == "照片（3）.jpg"


@at_most(max_examples=300, deadline=None)
@given(st.text(max_size=300))
@example("a" * 119 + " b")
@example("a." + " " * 20 + "b")
def test_every_name_becomes_one_that_any_system_takes(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\<>:"|?*')
    assert all(unicodedata.category(letter)[0] != "C" for letter in safe)
    assert safe == unicodedata.normalize("NFC", safe)
    assert safe_name(safe) == safe
