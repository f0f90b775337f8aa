"""The receipt of a tip: typed again, saved, verified."""

import re
from datetime import timedelta

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask.testing import FlaskClient

from conftest import Clock, Keys
from tip_client import code_in, submit, token_in


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
