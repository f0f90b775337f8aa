"""Files with a tip: how they come in, what is refused on the way, and that nothing of that stays."""

import io
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, BinaryIO

import lxml.html  # type: ignore[import-untyped]
import pyrage  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from openbureau.database import db
from openbureau.public.tips import uploads
from openbureau.tips.model import AttachmentPart
from openbureau.tips.sealing import Sealer, SealingFailed
from support.attachment_makers import jpeg, pdf
from support.site import Keys
from support.tip_client import (
    ANONYMOUS,
    NAMED,
    assert_everything_is_kept,
    code_in,
    encoded,
    last_page,
    opened,
    ready,
    resend,
    send,
    stored,
    submit,
)


def pdf_file(name: str = "决定书.pdf", data: bytes = b"") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data or pdf()), name


def read_file(app: Flask, keys: Keys, place: int = 0) -> tuple[dict[str, Any], bytes]:
    """What the body of the only tip tells of a file, and the file as its handler gets it."""
    [told, *_] = opened(app, keys).body["files"][place:]  # type: ignore[index]
    with app.app_context():
        parts = db.session.scalars(
            select(AttachmentPart.data)
            .where(AttachmentPart.attachment_id == told["id"])
            .order_by(AttachmentPart.place)
        )
        sealed = b"".join(parts)
    key = pyrage.x25519.Identity.from_str(keys.handler.private)
    return told, bytes(pyrage.decrypt(sealed, [key]))[: told["size"]]


def test_files_come_with_the_tip_and_open_as_they_were(client: FlaskClient, app: Flask, keys: Keys) -> None:
    long = pdf(b"%" + b"x" * 900_000)
    answer = submit(client, files=[pdf_file("一.pdf"), pdf_file("二.pdf", long)])
    assert code_in(answer)
    for place, (name, data) in enumerate([("一.pdf", pdf()), ("二.pdf", long)]):
        told, read = read_file(app, keys, place)
        assert (told["name"], read) == (name, data)


def test_photographs_of_the_anonymous_lose_what_the_camera_wrote(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    submit(client, files=[(io.BytesIO(jpeg()), "现场.jpg")], keep_originals="yes")
    told, read = read_file(app, keys)
    assert told["cleaned"] is True
    assert b"CANARY" not in read


@pytest.mark.parametrize("keep", [True, False])
def test_the_named_choose_whether_photographs_stay_as_they_are(
    client: FlaskClient, app: Flask, keys: Keys, keep: bool
) -> None:
    assert 'name="keep_originals"' not in last_page(client).text
    assert 'name="keep_originals"' in last_page(client, NAMED).text
    choice = {"keep_originals": "yes"} if keep else {}
    submit(client, NAMED, files=[(io.BytesIO(jpeg()), "现场.jpg")], **choice)
    told, read = read_file(app, keys)
    assert told["cleaned"] is not keep
    assert (read == jpeg()) is keep


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([pdf_file("坏.exe")], "坏.exe"),
        ([pdf_file(), (io.BytesIO(b"MZ" + bytes(9000)), "改名.pdf")], "改名.pdf"),
        ([pdf_file(f"{number}.pdf") for number in range(6)], "最多上传5个"),
        ([pdf_file("长.pdf", pdf(b"%" + b"x" * 11_000_000))], "超过10MB"),
        ([pdf_file(f"{number}.pdf", pdf(b"%" + b"x" * 9_000_000)) for number in range(3)], "超过25MB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_beside_the_field_and_the_rest_is_kept(
    client: FlaskClient, app: Flask, keys: Keys, files: list[tuple[io.BytesIO, str]], said: str
) -> None:
    copies = [(io.BytesIO(data.getvalue()), name) for data, name in files]
    refused = submit(client, NAMED, files=copies)
    assert refused.status_code in (413, 422)
    [message] = lxml.html.fromstring(refused.text).xpath("//*[@id='files-error']")
    assert said in message.text
    assert "请重新选择" in refused.text
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    assert code_in(resend(client, refused))


def test_nothing_of_a_file_is_read_for_a_form_that_is_refused(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[str] = []

    def touch(name: str, *_: object, **__: object) -> None:
        touched.append(name)

    monkeypatch.setattr(uploads, "seal_file", touch)
    for change in ({"proof": ""}, {"story": ""}, {"website": "x"}, {"form": "x"}, {"challenge": ""}):
        assert submit(client, files=[pdf_file()], **change).status_code == 422
    assert (touched, stored(app)) == ([], 0)


@pytest.mark.parametrize("after", [0, 100_000, 10**9])
def test_a_file_that_cannot_be_sealed_stores_nothing(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    def fail(sealer: Sealer, source: BinaryIO, sink: BinaryIO) -> None:
        sink.write(source.read(after))
        raise SealingFailed("no")

    form = ready(client, NAMED)
    with monkeypatch.context() as broken:
        broken.setattr(Sealer, "seal_stream", fail)
        refused = send(client, form, [pdf_file("长.pdf", pdf(b"%" + b"x" * 400_000))])
    assert refused.status_code == 503
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    assert code_in(resend(client, refused))


def test_when_as_many_as_may_are_sending_files_the_next_one_waits(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_places", BoundedSemaphore(1))
    with uploads._places:
        refused = submit(client, NAMED, files=[pdf_file()])
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
        assert_everything_is_kept(refused, NAMED)
        # Without files nobody waits.
        assert code_in(submit(client))
    assert code_in(submit(client, files=[pdf_file()]))


@pytest.mark.parametrize("part", [5, 50, 95])
def test_a_visitor_who_goes_away_while_sending_leaves_nothing_behind(
    client: FlaskClient, app: Flask, keys: Keys, part: int
) -> None:
    form = ready(client)
    boundary, whole = encoded({**form, "files": [pdf_file("长.pdf", pdf(b"%" + b"x" * 300_000))]})
    torn = whole[: len(whole) * part // 100]
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        answer = client.post(
            "/tip-off/submit",
            input_stream=io.BytesIO(torn),
            content_type=f"multipart/form-data; boundary={boundary}",
            content_length=len(whole),
        )
        assert answer.status_code == 400
    assert stored(app) == 0
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_before + 1


@given(data=st.data())
@hypothesis_settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_wherever_a_boundary_is_cut_or_bytes_are_wrong_there_is_no_fault(
    client: FlaskClient, keys: Keys, data: st.DataObject
) -> None:
    whole = bytearray(encoded({**ANONYMOUS, "files": [pdf_file("a.pdf"), pdf_file("b.pdf")]}, "edge")[1])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    answer = client.post(
        "/tip-off/submit",
        data=bytes(whole),
        content_type=f"multipart/form-data; boundary={data.draw(st.sampled_from(['edge', 'x', '', '中']))}",
    )
    assert 400 <= answer.status_code < 500


def test_more_parts_than_any_form_has_are_refused(client: FlaskClient, app: Flask, keys: Keys) -> None:
    many = submit(client, files=[pdf_file(f"{number}.pdf") for number in range(60)])
    assert (many.status_code, "最多上传5个" in many.text) == (422, True)
    fields = {f"field-{number}": "x" for number in range(250)}
    assert submit(client, **fields).status_code == 413
    assert stored(app) == 0


def test_a_field_after_the_files_is_refused(client: FlaskClient, app: Flask, keys: Keys) -> None:
    form = ready(client)
    boundary, body = encoded({"agreed": "yes", "files": [pdf_file()], "story": "later"})
    answer = client.post(
        "/tip-off/submit", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert answer.status_code == 422  # judged by the fields before the file: without them there is no form
    boundary, body = encoded({**form, "files": [pdf_file()], "publishable": "yes"})
    answer = client.post(
        "/tip-off/submit", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert (answer.status_code, stored(app)) == (400, 0)
