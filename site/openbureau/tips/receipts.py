"""A receipt as a file: the code for its holder, and apart from it a signed statement that anybody may verify.

The statement names the entry of the handling log that the tip became, so that its holder can show later that
the tip was there even if it were gone.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from openbureau.tips.intake import Receipt
from openbureau.tips.sealing import signing

PURPOSE = "receipt"

_BEGIN = "----- 可以核验的凭据：从这一行开始 -----"
_END = "----- 到这一行结束 -----"
_STATEMENT = re.compile(r"^凭据：(\{.{1,500}\})\s*$", re.MULTILINE)
_SIGNATURE = re.compile(r"^签名：([A-Za-z0-9+/=]{88})\s*$", re.MULTILINE)
_MAX_RECEIPT_CHARACTERS = 20_000


class NoReceipt(ValueError):
    """A text holds no statement of ours, or one that was altered; the message says which."""


@dataclass(frozen=True)
class Statement:
    """Signed statement of a receipt: its `site` and day, and the number and hash of the log's entry."""

    site: str
    received_on: date
    seq: int
    entry: str


def signed_lines(receipt: Receipt, site: str, private: bytes) -> str:
    """The statement and its signature, as they stand in the file; they do not tell the code."""
    fields = {
        "site": site,
        "received_on": receipt.received_on.isoformat(),
        "seq": receipt.seq,
        "entry": receipt.entry,
    }
    line = json.dumps(fields, ensure_ascii=False)
    public = signing.public_key(private)
    signature = signing.sign(private, PURPOSE, fields)
    return f"{_BEGIN}\n凭据：{line}\n签名：{signature}\n公钥：{public}\n{_END}\n"


def receipt_text(receipt: Receipt, site: str, status_url: str, signed: str) -> str:
    """The whole file, for its holder."""
    return (
        f"{site}  线索回执\n\n"
        f"查询码：{receipt.code}\n"
        f"收到日期：{receipt.received_on.isoformat()}\n\n"
        f"凭查询码可以在 {status_url} 查看进度、补充材料。\n"
        "查询码不要告诉别人；丢失以后，任何人都无法找回。\n\n"
        "下面的凭据可以证明本站收到过这条线索。需要向别人证明时，只出示凭据，不要出示查询码。\n\n"
        f"{signed}"
    )


def read(text: str, *publics: str) -> Statement:
    """The statement in a receipt's text, or in the lines cut out of it, signed with one of these keys. Raises
    NoReceipt."""
    text = text[:_MAX_RECEIPT_CHARACTERS]
    line, signature = _STATEMENT.search(text), _SIGNATURE.search(text)
    if line is None or signature is None:
        raise NoReceipt("没有找到凭据。请粘贴回执里“凭据：”和“签名：”开头的两行，或者选择保存的回执文件。")
    try:
        fields: Mapping[str, object] = json.loads(line[1])
        signing.check_any(publics, PURPOSE, fields, signature[1])
        received_on = date.fromisoformat(str(fields["received_on"]))
        return Statement(str(fields["site"]), received_on, int(str(fields["seq"])), str(fields["entry"]))
    except (ValueError, KeyError) as error:
        raise NoReceipt("签名不符：这份凭据被改动过，或者不是本站出具的。") from error
