"""File names and fields in bytes that are no UTF-8, over a real connection: nothing that was sent is lost."""

import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count, repeat
from urllib.parse import quote_from_bytes, urlencode, urlsplit

import pytest

from openbureau.tips.casework.submitter_actions import MAX_MESSAGES_A_DAY
from support.attachment_makers import pdf
from support.tip_client import ANONYMOUS, STORY, code_in, fields_in, solved
from support.visitors import Served


@dataclass
class Answer:
    """What a real server said."""

    status_code: int
    text: str


def ask(address: str, method: str, path: str, body: bytes = b"", content_type: str = "") -> Answer:
    headers = {"Content-Type": content_type, "Origin": address} if method == "POST" else {}
    with closing(http.client.HTTPConnection(urlsplit(address).netloc)) as connection:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode())


def last_fields(address: str, filled: dict[str, object]) -> dict[str, object]:
    """What the last page of a form would send, its puzzle solved."""
    first = fields_in(ask(address, "GET", "/tip-off/"))  # type: ignore[arg-type]
    body = urlencode({**first, **filled, "step": "sender", "go": "next"}, doseq=True).encode()
    page = ask(address, "POST", "/tip-off/", body, "application/x-www-form-urlencoded")
    fields = fields_in(page)  # type: ignore[arg-type]
    return {**fields, **filled, "proof": solved(str(fields["challenge"]))}


def part(head: bytes, data: bytes) -> bytes:
    return b"--edge\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + data + b"\r\n"


def multipart(fields: dict[str, object], *files: bytes, alphabet: str = "utf-8") -> bytes:
    pairs = [
        (name, text)
        for name, value in fields.items()
        if name != "files"
        for text in (value if isinstance(value, list) else [value])
    ]
    parts = [part(b'name="' + name.encode() + b'"', str(text).encode(alphabet)) for name, text in pairs]
    return b"".join([*parts, *files]) + b"--edge--\r\n"


def send(address: str, path: str, body: bytes) -> Answer:
    return ask(address, "POST", path, body, "multipart/form-data; boundary=edge")


def names_on(answer: Answer) -> list[str]:
    """The names of files that the page of progress tells."""
    return re.findall(r'附文件：<span translate="no">(.*?)</span>', answer.text)


NAMES: dict[bytes, str] = {
    b'filename="' + "决定书.pdf".encode("gbk") + b'"': "决定书.pdf",
    b'filename="' + "处罚\u8aaa明.pdf".encode("gb18030") + b'"': "处罚\u8aaa明.pdf",
    'filename="résumé.pdf"'.encode("cp1252"): "résumé.pdf",
    'filename="决定书.pdf"'.encode(): "决定书.pdf",
    b"filename*=UTF-8''%E5%86%B3%E5%AE%9A.pdf": "决定.pdf",
    b"filename*=gbk''%BE%F6%B6%A8.pdf": "决定.pdf",
    b"filename*0*=UTF-8''%E5%86%B3; filename*1*=%E5%AE%9A.pdf": "决定.pdf",
    b'filename*0="ab"; filename*1="cd.pdf"': "abcd.pdf",
    b'filename="%E5%86%B3%E5%AE%9A.pdf"': "决定.pdf",
    b'filename="100%.pdf"': "100%.pdf",
    b'filename="a\r\nb.pdf"': "a b.pdf",
    b'filename="a\nContent-Type: x.pdf"': "a",
    b'filename="a%0D%0Ab.pdf"': "a b.pdf",
    b'filename="unfinished.pdf': "unfinished.pdf",
    b"filename=my file.pdf": "my file.pdf",
    b'filename="C:\\Users\\me\\x.pdf"': "x.pdf",
    b'filename="a;b=c.pdf"': "a;b=c.pdf",
    b'filename=""': "附件1",
    b"filename=": "附件1",
    b"": "附件1",
    b'filename="\x00\x01"': "附件",
    b'filename="' + "长".encode() * 300 + b'.pdf"': "长" * 38 + ".pdf",
    b'filename="' + "长".encode("gbk") * 300 + b'.pdf"': "长" * 38 + ".pdf",
}


@pytest.fixture(scope="module")
def codes(served: Served) -> Iterator[str]:
    """Codes of tips, of another one when one has got as many messages as it may in a day."""
    return (code for _ in count() for code in repeat(_new_code(served), MAX_MESSAGES_A_DAY))


def _new_code(served: Served) -> str:
    fields = last_fields(served.public, dict(ANONYMOUS) | {"unit": "清新区教育局"})
    receipt = send(served.public, "/tip-off/submit", multipart(fields))
    return code_in(receipt)  # type: ignore[arg-type]


@pytest.mark.parametrize("head", NAMES)
def test_a_file_is_taken_whatever_its_name_is_made_of(
    served: Served, codes: Iterator[str], head: bytes
) -> None:
    code = next(codes)
    text = f"补充材料：{head!r}"
    file = part(b'name="files"; ' + head, pdf())
    answer = send(served.public, "/tip-off/status/say", multipart({"code": code, "text": text}, file))
    assert answer.status_code == 200
    assert names_on(answer)[-1] == NAMES[head]


@pytest.mark.parametrize("head", [*NAMES][:3])
def test_a_tip_is_taken_whatever_the_name_of_its_file_is_made_of(served: Served, head: bytes) -> None:
    fields = last_fields(served.public, dict(ANONYMOUS) | {"unit": "清新区教育局"})
    answer = send(served.public, "/tip-off/submit", multipart(fields, part(b'name="files"; ' + head, pdf())))
    assert answer.status_code == 200
    assert code_in(answer)  # type: ignore[arg-type]


@pytest.mark.parametrize("alphabet", ["gb18030", "utf-8"])
@pytest.mark.parametrize("percent", [True, False])
def test_a_page_of_an_old_browser_in_gbk_is_read(served: Served, alphabet: str, percent: bool) -> None:
    first = fields_in(ask(served.public, "GET", "/tip-off/"))  # type: ignore[arg-type]
    filled = {**first, **ANONYMOUS, "step": "story", "go": "back"}
    pairs = [
        (name, text)
        for name, value in filled.items()
        for text in (value if isinstance(value, list) else [value])
    ]
    body = b"&".join(
        name.encode()
        + b"="
        + (
            quote_from_bytes(str(text).encode(alphabet)).encode()
            if percent
            else str(text).encode(alphabet).replace(b"&", b"%26")
        )
        for name, text in pairs
    )
    answer = ask(served.public, "POST", "/tip-off/", body, "application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert fields_in(answer)["story"] == STORY  # type: ignore[arg-type]


def test_fields_in_gbk_beside_a_file_are_read(served: Served) -> None:
    fields = last_fields(served.public, dict(ANONYMOUS) | {"unit": "清新区教育局"})
    file = part(b'name="files"; filename="x.exe"', b"MZ")
    answer = send(served.public, "/tip-off/submit", multipart(fields, file, alphabet="gb18030"))
    assert answer.status_code == 422
    assert fields_in(answer)["story"] == STORY  # type: ignore[arg-type]


def test_a_receipt_under_a_name_in_gbk_is_verified(served: Served) -> None:
    file = part(b'name="file"; filename="' + "回执.txt".encode("gbk") + b'"', b"no receipt")
    answer = send(served.public, "/tip-off/verify", file + b"--edge--\r\n")
    assert answer.status_code == 422
    assert "没有找到凭据" in answer.text
