"""What became of an institution: its history, the day a parent paid, and what differs between editions."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.site import CONTENT, WORKBOOKS

EDITIONS = ("2024-06-30.xlsx", "2024-12-31.xlsx")
EXPECTED = WORKBOOKS / "expected" / "changes-2024-06-30--2024-12-31.json"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf with the two city editions, half a year apart."""
    folder = tmp_path_factory.mktemp("whitelist")
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    shutil.rmtree(content / "whitelist")
    (content / "whitelist").mkdir()
    for name in EDITIONS:
        shutil.copyfile(WORKBOOKS / name, content / "whitelist" / name)
    publish(content, Shelf(folder / "publications"))
    return folder / "publications"


@pytest.fixture(scope="module")
def expected() -> dict[str, list[dict[str, str]]]:
    """What really changed between the two."""
    found: dict[str, list[dict[str, str]]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return found


def card(client: FlaskClient, change: dict[str, str], on: str = "") -> str:
    """The card of the institution that a change is about."""
    answer = client.get(
        f"/whitelist/{change['uscc'] or change['permit_no']}/", query_string={"on": on} if on else {}
    )
    assert answer.status_code == 200
    return answer.text


def test_a_card_tells_what_became_of_the_institution(
    client: FlaskClient, expected: dict[str, list[dict[str, str]]]
) -> None:
    renamed = expected["renamed"][0]
    page = card(client, renamed)
    assert "列入名单" in page
    assert "更名" in page
    assert renamed["from"] in page
    assert renamed["to"] in page


def test_an_institution_that_left_the_list_keeps_its_card_and_is_not_called_listed(
    client: FlaskClient, expected: dict[str, list[dict[str, str]]]
) -> None:
    page = card(client, expected["removed"][0])
    assert "名单里已经没有这家机构" in page
    assert "移出名单" in page
    assert "不要交费" in page


def test_the_day_a_parent_paid_is_answered_by_the_list_of_that_day(
    client: FlaskClient, expected: dict[str, list[dict[str, str]]]
) -> None:
    removed, added = expected["removed"][0], expected["added"][0]
    assert "在名单内" in card(client, removed, on="2024-09-01").partition('id="h-on"')[2][:900]
    assert "已移出名单" in card(client, removed, on="2025-01-15").partition('id="h-on"')[2][:900]
    assert "尚未列入名单" in card(client, added, on="2024-09-01").partition('id="h-on"')[2][:900]
    assert "还没有公布过名单" in card(client, added, on="2023-01-01")


@pytest.mark.parametrize("day", ["2099-01-01", "yesterday", "2024-02-30"])
def test_a_day_that_is_none_or_has_not_come_is_told(
    client: FlaskClient, expected: dict[str, list[dict[str, str]]], day: str
) -> None:
    assert "请写一个已经过去的日期" in card(client, expected["added"][0], on=day)


def test_an_address_from_before_the_credit_code_leads_to_the_new_one(
    client: FlaskClient, expected: dict[str, list[dict[str, str]]]
) -> None:
    obtained = expected["uscc_obtained"][0]
    answer = client.get(f"/whitelist/{obtained['permit_no']}/")
    assert answer.status_code == 301
    assert answer.location.endswith(f"/whitelist/{obtained['uscc']}/")


def test_the_page_of_differences_counts_what_really_changed(
    client: FlaskClient, expected: dict[str, dict[str, int]]
) -> None:
    page = client.get("/whitelist/changes/2024-06-30/2024-12-31/").text
    assert expected["counts"] == {
        "added": 38,
        "removed": 6,
        "renamed": 8,
        "status_changed": 36,
        "address_changed": 11,
        "validity_changed": 25,
        "uscc_obtained": 3,
    }
    for label, number in (
        ("列入名单", 38),
        ("移出名单", 6),
        ("更名", 8),
        ("状态变更", 36),
        ("办学地址变更", 11),
    ):
        assert f"{label}（{number}）" in page


def test_the_table_of_differences_has_every_change(client: FlaskClient) -> None:
    answer = client.get("/whitelist/changes/2024-06-30/2024-12-31/changes.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 1 + 127
    assert rows[0][:3] == ["变化", "机构名称", "统一社会信用代码"]


@pytest.mark.parametrize("pair", ["2024-12-31/2024-06-30", "2024-06-30/2024-06-30", "2024-06-30/2030-01-01"])
def test_editions_that_do_not_follow_each_other_have_no_difference(client: FlaskClient, pair: str) -> None:
    assert client.get(f"/whitelist/changes/{pair}/").status_code == 404
    assert client.get(f"/whitelist/changes/{pair}/changes.csv").status_code == 404


def test_the_list_shows_who_is_on_it_and_a_search_also_who_was(
    client: FlaskClient, expected: dict[str, list[dict[str, str]]]
) -> None:
    assert "共 380 家" in client.get("/whitelist/").text
    assert "共 398 家" in client.get("/whitelist/?listed=").text
    assert (
        expected["removed"][0]["name"]
        in client.get("/whitelist/", query_string={"q": expected["removed"][0]["name"]}).text
    )
