"""Arguments of addresses in the alphabets of old browsers and links."""

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from openbureau.web.form_data import decoded_argument

PLACES = ("/search", "/search/suggest", "/whitelist/", "/api/v1/search", "/api/v1/institutions")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("双减".encode(), "双减"),
        ("双减".encode("gbk"), "双减"),
        ("退费怎么办".encode("gbk"), "退费怎么办"),
        ("䶮".encode("gb18030"), "䶮"),
        ("双减".encode()[:-1], "双"),
        (b"\xff", ""),
        (b"tuifei\xff\xfe", "tuifei"),
        (b"", ""),
    ],
)
def test_what_an_address_says_is_read_in_its_alphabet(data: bytes, text: str) -> None:
    assert decoded_argument(data) == text


@pytest.mark.parametrize("place", PLACES)
def test_an_address_in_gbk_finds_the_same(client: FlaskClient, place: str) -> None:
    word = "退费" if "search" in place else "示例"
    usual = client.get(f"{place}?q={quote(word)}")
    old = client.get(f"{place}?q={quote(word.encode('gbk'))}")
    assert old.status_code == usual.status_code == 200
    assert word in old.text
    assert "\ufffd" not in old.text


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "query", ["%CB%AB%FF", "%FF", "%E5%8F%8C%CB%AB", "%E5%8F", "%00", "%", "%zz", "%CB=%AB&q=%FF"]
)
def test_damaged_bytes_get_an_answer(client: FlaskClient, place: str, query: str) -> None:
    answer = client.get(f"{place}?q={query}")
    assert answer.status_code in (200, 400)
    assert "\ufffd" not in answer.text


def test_what_is_excluded_is_told(client: FlaskClient) -> None:
    page = client.get("/search", query_string={"q": "培训 -足球"}).text
    assert "已去掉含有“足球”的内容。" in page
    alone = client.get("/search", query_string={"q": "-足球"})
    assert alone.status_code == 200
    assert "只写了要去掉的词时，请再写上要找的词" in alone.text
    assert "前面加减号的词不出现" in client.get("/search").text
