"""What is kept of a visitor who reports something: nothing."""

import base64
import io
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stdnum.cn import uscc
from werkzeug.test import TestResponse

from openbureau.app import MAX_FORM_BYTES
from support.site import Keys
from support.tip_client import NAMED, STORY, code_in, last_page, ready, stored, submit, token_in

TIP_PAGES = ("/tip-off/", "/tip-off/status", "/tip-off/verify")
PATHS = (
    "/tip-off/",
    "/tip-off/submit",
    "/tip-off/remedies",
    "/tip-off/receipt",
    "/tip-off/receipt/save",
    "/tip-off/verify",
    "/tip-off/status",
)
"""Where a form of the tip-off is posted to."""


def every_answer(client: FlaskClient) -> Iterator[TestResponse]:
    """An answer of each tip page and kind: shown, refused, stored, confirmed, found, forbidden, too long."""
    yield from (client.get(address) for address in TIP_PAGES)
    yield client.head("/tip-off/")
    yield submit(client, story="")
    yield submit(client, website="spam")
    receipt = submit(client)
    yield receipt
    yield client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": ""})
    yield client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": code_in(receipt)})
    yield client.post("/tip-off/status", data={"code": code_in(receipt)})
    yield client.post("/tip-off/status", data={"code": "x"})
    yield client.post("/tip-off/", headers={"Origin": "https://evil.example"})
    yield client.post("/tip-off/", data={"story": "x" * (MAX_FORM_BYTES + 1)})
    yield last_page(client)
    yield client.post("/tip-off/remedies", data={"decided_on": "2026-05-20"})
    yield client.post("/tip-off/receipt/save", data={"form": token_in(receipt)})
    yield client.post("/tip-off/verify", data={"text": "x"})
    for below in ("nothing-here", "status/nothing-here", "receipt/x"):
        yield client.get(f"/tip-off/{below}")
    for address in ("/tip-off/submit", "/tip-off/remedies", "/tip-off/receipt"):
        yield client.get(address)
    yield client.put("/tip-off/")
    yield client.post("/tip-off/submit", data=b"junk", content_type="multipart/form-data; boundary=x")


def test_no_answer_sets_a_cookie_may_be_stored_or_may_be_indexed(client: FlaskClient, keys: Keys) -> None:
    statuses = set()
    for answer in every_answer(client):
        statuses.add(answer.status_code)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"
        assert "ETag" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert statuses == {200, 400, 403, 404, 405, 413, 422}


def test_pages_without_keys_are_not_stored_or_indexed_either(client: FlaskClient) -> None:
    answer = client.get("/tip-off/")
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_post_from_another_site_is_refused_and_stores_nothing(
    client: FlaskClient, app: Flask, keys: Keys, header: dict[str, str]
) -> None:
    filled = ready(client)
    for address in PATHS:
        assert client.post(address, data=filled, headers=header).status_code == 403
    assert stored(app) == 0
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert client.post("/tip-off/submit", data=filled, headers=own).status_code == 200
    assert stored(app) == 1


def shapes_of(canary: str) -> list[bytes]:
    """A word as bytes in the encodings in which it could lie about; base64 in its three positions."""
    plain = canary.encode()
    base64s = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, canary.encode("utf-16-le"), canary.encode("utf-16-be"), plain.hex().encode(), *base64s]


def traces(folder: Path, canaries: Mapping[str, str]) -> set[str]:
    """Which canaries lie about in any file below a folder."""
    found = set()
    for parent, _, names in os.walk(folder):
        for name in names:
            data = (Path(parent) / name).read_bytes()
            found |= {
                about for about, canary in canaries.items() if any(each in data for each in shapes_of(canary))
            }
    return found


def credit_code() -> str:
    """A valid unified social credit code that nobody has met."""
    body = "91441800" + "".join(secrets.choice("0123456789") for _ in range(9))
    return body + str(uscc.calc_check_digit(body))


def test_nothing_of_a_tip_or_its_sender_lies_in_clear_on_the_disk(
    client: FlaskClient, app: Flask, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    fields = (
        "doc_no",
        "story",
        "name",
        "company",
        "user agent",
        "referrer",
        "language",
        "token",
        "file",
        "file name",
    )
    canaries = {field: secrets.token_hex(16) for field in fields} | {
        "amount": f"{secrets.randbelow(9 * 10**11) + 10**11}",
        "contact": f"{secrets.token_hex(16)}@example.com",
        "uscc": credit_code(),
        "address": "203.0.113.77",
    }
    filled = NAMED | {
        name: canaries[name] for name in ("doc_no", "amount", "name", "contact", "company", "uscc")
    }
    filled["story"] = STORY + canaries["story"]
    headers = {
        "User-Agent": canaries["user agent"],
        "Referer": f"http://localhost/tip-off/?{canaries['referrer']}",
        "Accept-Language": canaries["language"],
        "X-Forwarded-For": canaries["address"],
    }
    form = ready(client, filled)
    canaries["token"] = str(form["form"]).split(".", 1)[0]
    form["files"] = (
        io.BytesIO(b"%PDF-1.4 " + canaries["file"].encode() * 9000),
        f"{canaries['file name']}.pdf",
    )
    caught = client.post("/tip-off/submit", data=form, headers=headers, content_type="multipart/form-data")
    canaries["code"] = code_in(caught).replace("-", "")
    canaries["printed code"] = code_in(caught)
    found = client.post("/tip-off/status", data={"code": canaries["printed code"]}, headers=headers)
    assert (caught.status_code, found.status_code, stored(app)) == (200, 200, 1)

    assert traces(tmp_path, canaries) == set()
    # The search itself must be able to find: the same words, left lying about in each of the shapes.
    for place, shape in enumerate(shapes_of(canaries["story"])):
        stray = temporary / f"stray-{place}"
        stray.write_bytes(b"before" + shape + b"after")
        assert traces(tmp_path, canaries) == {"story"}, shape
        stray.unlink()
