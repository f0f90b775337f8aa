"""The receipt of a tip: typed again, saved, verified."""

import io
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
import pytest
import segno
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.cli import main
from openbureau.config import Settings
from openbureau.tips import receipt_codes
from openbureau.tips.sealing import signing
from support.site import Clock, Keys
from support.tip_client import NAMED, STORY, code_in, submit, token_in


def test_the_code_typed_again_rightly_is_confirmed_without_showing_it(
    client: FlaskClient, keys: Keys
) -> None:
    receipt = submit(client)
    code = code_in(receipt)
    answer = client.post(
        "/tip-off/receipt", data={"form": token_in(receipt), "code": code.lower().replace("-", " ")}
    )
    assert answer.status_code == 200
    assert "核对无误" in answer.text
    assert code not in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("mistyped", "校验位不符"), ("another", "另一个查询码"), ("short", "长度不对"), ("", "长度不对")],
)
def test_the_code_typed_again_wrongly_is_told_and_the_code_stays_on_the_page(
    client: FlaskClient, keys: Keys, typed: str, said: str
) -> None:
    receipt = submit(client)
    code = code_in(receipt)
    wrong = {
        "mistyped": code[:-1] + ("0" if code[-1] != "0" else "1"),
        "another": code_in(submit(client)),
        "short": code[:-1],
        "": "",
    }[typed]
    answer = client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": wrong})
    assert answer.status_code == 422
    [message] = lxml.html.fromstring(answer.text).xpath("//*[@id='code-error']")
    assert said in message.text
    assert code_in(answer) == code
    again = client.post("/tip-off/receipt", data={"form": token_in(answer), "code": code})
    assert "核对无误" in again.text


def test_a_receipt_left_open_for_days_says_so_and_leads_to_the_look_up(
    client: FlaskClient, keys: Keys, clock: Clock
) -> None:
    receipt = submit(client)
    clock.now += timedelta(days=2)
    answer = client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": code_in(receipt)})
    assert answer.status_code == 422
    assert 'action="/tip-off/status"' in answer.text
    assert code_in(receipt) not in answer.text


def test_a_form_that_was_never_sent_has_no_receipt_to_compare(client: FlaskClient, keys: Keys) -> None:
    token = re.search(r'name="form" value="([^"]+)"', client.get("/tip-off/").text)
    assert token
    answer = client.post("/tip-off/receipt", data={"form": token[1], "code": "0" * 25})
    assert answer.status_code == 422
    assert "还没有提交" in answer.text
    assert "receipt-code" not in answer.text


def saved(client: FlaskClient, receipt: TestResponse) -> str:
    answer = client.post("/tip-off/receipt/save", data={"form": token_in(receipt)})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=receipt.txt"
    assert answer.mimetype == "text/plain"
    return answer.text


def verdict(client: FlaskClient, text: str) -> str:
    """What the page says of a pasted text."""
    answer = client.post("/tip-off/verify", data={"text": text})
    return " ".join(lxml.html.fromstring(answer.text).xpath("string(//main)").split())


def proof_in(text: str) -> str:
    """The lines of a receipt that may be shown to anybody."""
    return "\n".join(line for line in text.splitlines() if line.startswith(("凭据：", "签名：")))


def test_a_receipt_can_be_saved_and_what_is_signed_does_not_tell_the_code(
    client: FlaskClient, keys: Keys
) -> None:
    receipt = submit(client)
    text = saved(client, receipt)
    code = code_in(receipt)
    assert f"查询码：{code}" in text
    assert "2026-06-01" in text
    for shape in (code, code.replace("-", "")):
        assert shape not in proof_in(text)


def test_anybody_may_have_a_receipt_verified_with_the_file_or_two_of_its_lines(
    client: FlaskClient, keys: Keys
) -> None:
    text = saved(client, submit(client, NAMED))
    genuine = "真实：清远市教育局于2026年6月1日收到过这条线索。"
    assert genuine in verdict(client, text)
    assert genuine in verdict(client, proof_in(text))
    assert genuine in verdict(client, proof_in(text).replace("\n", "\r\n"))
    uploaded = client.post(
        "/tip-off/verify",
        data={"file": (io.BytesIO(text.encode()), "receipt.txt"), "text": ""},
        content_type="multipart/form-data",
    )
    assert "收到过这条线索" in uploaded.text
    said = verdict(client, text)
    for word in (STORY, "英德市教育局", "某某", "0763-1234567", "已收到", "实名"):
        assert word not in said, word


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-06-01", "2026-05-01"),
        ('"seq": ', '"seq": 1'),
        ("清远市", "清城区"),
        ("签名：", "签名：A"),
        ("凭据", "证据"),
    ],
)
def test_a_receipt_that_was_altered_is_not_genuine(
    client: FlaskClient, keys: Keys, before: str, after: str
) -> None:
    text = proof_in(saved(client, submit(client)))
    assert before in text
    said = verdict(client, text.replace(before, after))
    assert "收到过这条线索" not in said
    assert "签名不符" in said or "没有找到凭据" in said


@pytest.mark.parametrize(
    "text", ["", "随便", "凭据：{}\n签名：" + "A" * 88, "凭据：[1]\n签名：" + "=" * 88, "\0" * 50]
)
def test_what_is_no_receipt_is_told_and_never_a_fault(client: FlaskClient, keys: Keys, text: str) -> None:
    answer = client.post("/tip-off/verify", data={"text": text})
    assert answer.status_code == 422
    assert lxml.html.fromstring(answer.text).xpath("//*[@id='text-error']")


def test_a_receipt_of_another_site_is_not_ours(client: FlaskClient, keys: Keys, settings: Settings) -> None:
    text = saved(client, submit(client))
    settings.signing_key_file.write_bytes(signing.create_key())
    assert "签名不符" in verdict(client, text)


def test_a_genuine_receipt_whose_entry_is_gone_says_so(
    client: FlaskClient, app: Flask, keys: Keys, settings: Settings
) -> None:
    text = saved(client, submit(client))
    with closing(sqlite3.connect(settings.instance / "tips.db")) as connection:
        connection.execute("DROP TRIGGER ledger_no_delete")
        connection.execute("DELETE FROM ledger")
        connection.commit()
    said = verdict(client, text)
    assert "签名真实，但办理记录里没有这一条" in said
    assert "12388" in said


def test_the_command_takes_the_receipt_that_the_site_hands_out(
    client: FlaskClient, keys: Keys, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = saved(client, submit(client))
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(settings.instance))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", settings.database_url)
    files = [tmp_path / "receipt.txt", tmp_path / "two lines.txt"]
    files[0].write_text(text, encoding="utf-8")
    files[1].write_text(proof_in(text), encoding="utf-8")
    for file in files:
        done = CliRunner().invoke(main, ["tips", "verify", "--receipt", str(file)])
        assert (done.exit_code, "1 receipts" in done.output) == (0, True), done.output
    with closing(sqlite3.connect(settings.instance / "tips.db")) as connection:
        connection.execute("DROP TRIGGER ledger_no_delete")
        connection.execute("DELETE FROM ledger")
        connection.commit()
    gone = CliRunner().invoke(main, ["tips", "verify", "--receipt", str(files[0])])
    assert (gone.exit_code, "its entry is absent" in gone.output) == (1, True), gone.output


def test_without_the_signing_key_the_code_can_still_be_saved(
    client: FlaskClient, keys: Keys, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    receipt = submit(client)
    settings.signing_key_file.unlink()
    text = saved(client, receipt)
    assert code_in(receipt) in text
    assert "暂时不能签名" in text
    assert "receipts are not signed" in caplog.text
    assert client.get("/tip-off/verify").status_code == 503


def test_the_drawing_on_the_receipt_holds_the_code_and_nothing_else(client: FlaskClient, keys: Keys) -> None:
    receipt = submit(client)
    code = code_in(receipt)
    drawn = segno.make_qr(code, error="m").svg_inline(scale=5, svgclass=None, lineclass=None)
    [path] = lxml.html.fromstring(receipt.text).xpath("//*[@class='receipt-drawing']//*[name()='path']/@d")
    assert path in drawn
    assert "style" not in drawn


def test_a_hundred_thousand_codes_are_all_different_even_and_survive_their_typing() -> None:
    secret = b"k" * 32
    codes = [receipt_codes.code_for(secret, receipt_codes.new_form_id()) for _ in range(100_000)]
    assert len(set(codes)) == 100_000
    counts = Counter(symbol for code in codes for symbol in code.replace("-", "")[:24])
    expected = 2_400_000 / 32
    spread = sum((counts[symbol] - expected) ** 2 / expected for symbol in receipt_codes.ALPHABET)
    assert spread < 61.1, "chi-squared with 31 degrees of freedom: p < 0.001 above"
    for code in codes[::50]:
        noisy = "".join(f" {symbol}" for symbol in code.lower().replace("-", "—"))
        assert receipt_codes.fold(noisy) == code.replace("-", "")
