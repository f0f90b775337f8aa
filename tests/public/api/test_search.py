"""The API and the pages: the same records in the same order, told by the same marks."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from support.makers import main_part
from support.marks import Mark, is_called_off_topic, marks

ADDRESS = "/api/v1/search"

QUERIES: list[Mapping[str, str]] = [
    {"q": "退费"},
    {"q": "暑假可以补课吗"},
    {"q": "孩子不想学了怎么把钱退回来"},
    {"q": "超过5000元怎么办"},
    {"q": "清远市清新区瑶乡示例编程培训中心"},
    {"q": "瑶乡编程"},
    {"q": "遥乡编程"},
    {"q": "编程", "kind": "whitelist"},
    {"q": "有个叫瑶乡的编程班"},
    {"q": "52441803MJ0Q95UA9U"},
    {"q": "144180370000001"},
    {"q": "tuifei"},
    {"q": "退非"},
    {"q": "退費"},
    {"q": "“预收费”"},
    {"q": "今天天气怎么样"},
    {"q": "炒股"},
    {"q": "zzz"},
    {"q": ""},
    {"q": "培训", "page": "2"},
    {"q": "培训", "page": "3"},
    {"q": "培训", "kind": "policies", "sort": "newest"},
    {"q": "培训", "county": "清新区"},
    {"q": "培训", "topic": "没有这个主题"},
    {"q": "培训", "year": "2024"},
]


def programs(client: FlaskClient, asked: Mapping[str, str]) -> dict[str, Any]:
    """What programs are told."""
    answer = client.get(ADDRESS, query_string=dict(asked))
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return dict(answer.json)


@pytest.mark.parametrize("asked", QUERIES, ids=lambda asked: "&".join(asked.values()))
def test_programs_get_the_hits_of_the_page_in_their_order(
    client: FlaskClient, asked: Mapping[str, str]
) -> None:
    page = client.get("/search", query_string=dict(asked))
    assert page.status_code == 200
    answer = programs(client, asked)
    shown = [*answer["institutions"], *answer["hits"]]
    assert [Mark(record["record"], record["shown"] or "") for record in shown] == marks(page.text)
    links = main_part(page.text).xpath(".//*[@id='results']//a[@data-record]/@href")
    assert [record["url"].removeprefix("http://localhost") for record in shown] == links
    assert bool(main_part(page.text).xpath(".//section[@class='best']")) == bool(answer["section"])
    assert is_called_off_topic(page.text) == answer["is_off_topic"]


def test_a_longer_page_for_programs_goes_on_as_the_pages_do(client: FlaskClient) -> None:
    pages = [programs(client, {"q": "培训", "page": str(number)}) for number in (1, 2)]
    long = programs(client, {"q": "培训", "per_page": "20"})
    assert [hit for page in pages for hit in page["hits"]] == long["hits"]
    assert pages[0]["total"] == long["total"] > 20


def test_programs_are_told_of_a_page_that_is_not_there(client: FlaskClient) -> None:
    assert client.get(f"{ADDRESS}?q=培训&page=9999").status_code == 404
    assert client.get(f"{ADDRESS}?q=培训&kind=none").status_code == 400


def test_programs_are_told_what_was_probably_meant(client: FlaskClient) -> None:
    assert programs(client, {"q": "tuifei"})["meant"] == "退费"
    assert programs(client, {"q": "退费"})["meant"] is None
