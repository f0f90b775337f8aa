"""Page, API and files of the whitelist: who looks somebody up gets the same answer everywhere."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from openbureau.library.whitelist.fields import SHOWN_LABELS
from support.marks import Mark, marks

QUERIES: list[Mapping[str, str]] = [
    {"q": "清远市清新区瑶乡示例编程培训中心"},
    {"q": "清远市清新区谣乡示例编程培训中心"},
    {"q": "瑶乡编程"},
    {"q": "瑶乡"},
    {"q": "yaoxiang"},
    {"q": "52441803MJ0Q95UA9U"},
    {"q": "52441803MJ0Q95UA9V"},
    {"q": "有个叫瑶乡的编程班"},
    {"q": "示例编程"},
    {"q": "不存在的机构名字"},
    {"q": "美术", "county": "清新区"},
    {"q": "美术", "status": "正常", "sort": "name"},
    {"q": "培训"},
    {"q": "培训", "page": "2"},
    {"q": "培训", "page": "3", "county": "清城区"},
    {},
    {"county": "清新区"},
]


def programs(client: FlaskClient, address: str, asked: Mapping[str, str]) -> list[Mark]:
    """What programs are told, meant ones first."""
    answer: Any = client.get(address, query_string=dict(asked)).json
    return [
        Mark(f"whitelist/{one['id']}", one.get("shown") or "")
        for one in [*answer["institutions"], *answer.get("others", ())]
    ]


def shown_on(page: str) -> list[Mark]:
    """The institutions of a page: where it means none, it shows documents that programs are not told of."""
    return [mark for mark in marks(page) if mark.record.startswith("whitelist/")]


def pages(client: FlaskClient, asked: Mapping[str, str]) -> list[Mark]:
    """What all pages of the list show, meant ones first."""
    shown: list[Mark] = []
    for number in range(1, 100):
        page = client.get("/whitelist/", query_string={**asked, "page": str(number)})
        if page.status_code == 404:
            break
        shown += shown_on(page.text)
    return sorted(shown, key=lambda mark: mark.shown == "near")


@pytest.mark.parametrize("asked", QUERIES, ids=lambda asked: "&".join(asked.values()))
def test_programs_are_told_of_the_institutions_of_the_page(
    client: FlaskClient, asked: Mapping[str, str]
) -> None:
    shown = shown_on(client.get("/whitelist/", query_string=dict(asked)).text)
    assert programs(client, "/api/v1/institutions", asked) == shown


@pytest.mark.parametrize("asked", QUERIES, ids=lambda asked: "&".join(asked.values()))
def test_every_file_has_the_institutions_of_all_pages(client: FlaskClient, asked: Mapping[str, str]) -> None:
    narrowed = {name: text for name, text in asked.items() if name != "page"}
    shown = pages(client, narrowed)
    assert programs(client, "/whitelist/list.json", narrowed) == shown
    table = client.get("/whitelist/list.csv", query_string=narrowed).data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(table)))
    workbook = openpyxl.load_workbook(
        io.BytesIO(client.get("/whitelist/list.xlsx", query_string=narrowed).data)
    )
    head, *rows = workbook.worksheets[0].iter_rows(values_only=True)
    for told in (lines, [dict(zip(head, row, strict=True)) for row in rows]):
        assert [(f"whitelist/{line['本站编号']}", line.get("与所查文字的关系") or "") for line in told] == [
            (mark.record, SHOWN_LABELS.get(mark.shown, "")) for mark in shown
        ]


def test_near_ones_are_in_no_list_of_those_that_are_meant(client: FlaskClient) -> None:
    mistyped = {"q": "清远市清新区谣乡示例编程培训中心"}
    for address in ("/api/v1/institutions", "/whitelist/list.json"):
        answer: Any = client.get(address, query_string=mistyped).json
        assert (answer["total"], answer["institutions"]) == (0, [])
        assert answer["others"][0]["name"] == "清远市清新区瑶乡示例编程培训中心"
        assert answer["others"][0]["matched"]
