"""The code as people paste it: with its line, its receipt, and whatever else was on the page."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import date

import pytest

from openbureau.tips import receipt_codes, receipts
from openbureau.tips.intake import Receipt
from openbureau.tips.sealing import signing

SECRET = secrets.token_bytes(32)
TODAY = date(2025, 4, 1)


@pytest.mark.parametrize(
    "around",
    [
        "查询码：{}",
        "查詢碼：{}",
        "查询码:{}。",
        "{}。",
        "{}.",
        "“{}”",
        "「{}」，",
        "（{}）",
        "【查询码】{}；",
        "\ufeff查询码：{}\r\n收到日期：2026-06-01",
        "查询码：{}收到日期：2026-06-01",
        "我的查询码是 {} 请查一下",
        "2026年6月1日，{} 已经保存",
        "查\u200b询\u200b码：\u2066{}\u2069",
        "{0} {0}",
        "查询码：{0}\n（{0}）",
    ],
)
@pytest.mark.parametrize(
    "shape",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: code.replace("-", "\n"),
        lambda code: code.replace("-", " - "),
        lambda code: "\u200b".join(code),
        lambda code: "".join(chr(ord(letter) + 0xFEE0) for letter in code),
    ],
)
def test_a_code_is_taken_out_of_what_is_pasted_with_it(around: str, shape: Callable[[str], str]) -> None:
    for number in range(20):
        code = receipt_codes.code_for(SECRET, f"{number:032x}")
        assert receipt_codes.grouped(receipt_codes.fold(around.format(shape(code)))) == code


def test_a_code_is_taken_out_of_a_whole_receipt_as_it_was_saved() -> None:
    for number in range(50):
        code = receipt_codes.code_for(SECRET, f"{number:032x}")
        receipt = Receipt(code, TODAY, 7, hashlib.sha256(code.encode()).hexdigest(), already=False)
        signed = receipts.signed_lines(receipt, "清远市教育局", signing.create_key())
        text = receipts.receipt_text(receipt, "清远市教育局", "https://x.example/tip-off/status", signed)
        assert receipt_codes.grouped(receipt_codes.fold(text)) == code
        assert receipt_codes.grouped(receipt_codes.fold(text.replace("\n", ""))) == code


def test_of_two_codes_it_is_asked_which_and_a_slip_in_a_line_is_told() -> None:
    one, other = (receipt_codes.code_for(SECRET, receipt_codes.new_form_id()) for _ in range(2))
    last = receipt_codes.ALPHABET[receipt_codes.ALPHABET.index(one[-1]) - 1]
    for typed, words in (
        (f"{one}\n{other}", "两个不同的查询码"),
        (f"查询码：{one}\n查询码：{other}", "两个不同的查询码"),
        (f"查询码：{one[:-1]}{last}", "校验位不符"),
        (f"查询码：{one[:-1]}U。", "没有字母 U"),
        (f"查询码：{one[:-2]}", "24 位|23 位"),
        ("x" * 30_000, "太长"),
    ):
        with pytest.raises(receipt_codes.BadCode, match=words) as refusal:
            receipt_codes.fold(typed)
        assert one[:5] not in str(refusal.value)
