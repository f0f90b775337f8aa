"""The feed of what each edition of the whitelist changed, by county, category, event and institution."""

import csv
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import html

from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import set_fields, texts, visitor
from support.site import WORKBOOKS

HALF_WIDTH = str.maketrans("（）", "()")

Row = Mapping[str, str]

FIRST = {
    "县（市、区）": "清城区",
    "机构名称": "清城区甲示例篮球培训有限公司",
    "统一社会信用代码": "",
    "办学许可证号": "144180270000001",
    "办学地址": "清远市清城区示例路1号",
    "培训类别": "体育",
    "有效期起": "2024-01-01",
    "有效期止": "2025-12-31",
    "状态": "正常",
}
SECOND = {
    **FIRST,
    "机构名称": "清城区乙示例美术培训有限公司",
    "办学许可证号": "144180270000002",
    "办学地址": "清远市清城区示例路2号",
    "培训类别": "文化艺术",
}
THIRD = {
    **FIRST,
    "县（市、区）": "清新区",
    "机构名称": "清新区丙示例足球培训有限公司",
    "办学许可证号": "144180370000003",
    "办学地址": "清远市清新区示例路3号",
}
FOURTH = {
    **FIRST,
    "机构名称": "清城区丁示例游泳培训有限公司",
    "办学许可证号": "144180270000004",
    "办学地址": "清远市清城区示例路4号",
}
MOVED = {**SECOND, "机构名称": "清城区乙示例书画培训有限公司", "办学地址": "清远市清城区示例路20号"}
CLOSED = {**THIRD, "状态": "停业"}
RENEWED = {
    **CLOSED,
    "有效期起": "2026-01-01",
    "有效期止": "2027-12-31",
    "统一社会信用代码": "91441803MA096L275B",
}
EDITIONS: dict[str, list[Row]] = {
    "2025-03-31": [FIRST, SECOND, THIRD],
    "2025-06-30": [MOVED, CLOSED, FOURTH],
    "2025-09-30": [FIRST, MOVED, RENEWED, FOURTH],
}
"""All begin; then 甲 leaves, 乙 moves under a new name, 丙 closes, 丁 comes; then 甲 returns, 丙 renews."""


def write_editions(content: Path, editions: Mapping[str, Sequence[Row]]) -> None:
    folder = content / "whitelist"
    folder.mkdir(exist_ok=True)
    for name, rows in editions.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(FIRST))
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Three editions of the whitelist."""
    copied = texts(tmp_path)
    write_editions(copied, EDITIONS)
    return copied


@pytest.fixture
def client(content: Path, tmp_path: Path) -> FlaskClient:
    return visitor(content, tmp_path)


def entries(client: FlaskClient, query: str = "", form: str = "atom") -> list[Any]:
    answer = client.get(f"/feeds/whitelist-changes.{form}?{query}")
    assert answer.status_code == 200, answer.text
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    return list(feed.entries)


def told(client: FlaskClient, query: str = "") -> list[tuple[str, str]]:
    """Name and edition of each entry: what its id ends with."""
    found = [entry.id.rsplit("/", 2)[1:] for entry in entries(client, query)]
    return [(address[-1], day) for address, day in found]


def test_there_is_an_entry_for_each_institution_and_edition_that_changed_something(
    client: FlaskClient,
) -> None:
    assert told(client) == [
        ("1", "2025-09-30"),
        ("3", "2025-09-30"),
        ("1", "2025-06-30"),
        ("2", "2025-06-30"),
        ("4", "2025-06-30"),
        ("3", "2025-06-30"),
    ]


def test_the_titles_say_in_plain_words_what_happened(client: FlaskClient) -> None:
    assert {entry.title for entry in entries(client)} == {
        "清城区甲示例篮球培训有限公司（清城区）：重新列入名单",
        "清新区丙示例足球培训有限公司（清新区）：许可证有效期变更，取得统一社会信用代码",
        "清城区甲示例篮球培训有限公司（清城区）：移出名单",
        "清城区乙示例书画培训有限公司（清城区）：更名（原名清城区乙示例美术培训有限公司），办学地址变更",
        "清城区丁示例游泳培训有限公司（清城区）：列入名单",
        "清新区丙示例足球培训有限公司（清新区）：状态变为“停业”",
    }


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_an_entry_tells_what_was_before_and_after_as_of_which_day_and_where_to_look(
    client: FlaskClient, form: str
) -> None:
    (entry,) = entries(client, f"institution={SECOND['办学许可证号']}", form)
    assert entry.id == "tag:openbureau.example,2026:whitelist/144180270000002/2025-06-30"
    assert entry.link == "http://localhost/whitelist/144180270000002/"
    assert tuple(entry.published_parsed[:5]) == (2025, 6, 29, 16, 0), "the start of the day in China"
    text = html.fromstring(f"<div>{entry.content[0].value}</div>")
    assert "按截至2025年6月30日的名单" in text.text_content()
    assert [each.text_content() for each in text.findall(".//li")] == [
        "更名：清城区乙示例美术培训有限公司 → 清城区乙示例书画培训有限公司",
        "办学地址变更：清远市清城区示例路2号 → 清远市清城区示例路20号",
    ]
    links = text.xpath(".//a/@href")
    assert links == [entry.link, "http://localhost/whitelist/editions/2025-06-30/"]
    for link in links:
        assert client.get(link.removeprefix("http://localhost")).status_code == 200


def test_the_validity_of_a_permit_is_told_in_days(client: FlaskClient) -> None:
    (renewed, _) = entries(client, f"institution={THIRD['办学许可证号']}")
    assert "许可证有效期变更：2024年1月1日至2025年12月31日 → 2026年1月1日至2027年12月31日" in renewed.summary


def test_the_first_list_of_a_county_is_where_telling_begins(client: FlaskClient) -> None:
    assert "2025-03-31" not in {day for _, day in told(client)}
    (added,) = entries(client, "event=added")
    assert added.title.startswith(FOURTH["机构名称"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("county=清城区&category=体育&event=removed", [("1", "2025-06-30")]),
        ("county=清新区", [("3", "2025-09-30"), ("3", "2025-06-30")]),
        ("category=文化艺术", [("2", "2025-06-30")]),
        ("event=moved", [("2", "2025-06-30")]),
        ("event=renamed&category=体育", []),
        ("event=status_changed&county=清新区", [("3", "2025-06-30")]),
        ("institution=144180270000001&event=returned", [("1", "2025-09-30")]),
        ("county=连州市", []),
    ],
)
def test_county_category_event_and_institution_narrow_it_together(
    client: FlaskClient, query: str, found: list[tuple[str, str]]
) -> None:
    assert told(client, query) == found


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
@pytest.mark.parametrize("name", ["county", "category", "event"])
def test_every_choice_the_page_offers_has_a_feed_in_every_form(
    client: FlaskClient, name: str, form: str
) -> None:
    page = html.document_fromstring(client.get("/subscribe/whitelist-changes/").text)
    values = [option.get("value") for option in page.xpath(f"//select[@name='{name}']/option")][1:]
    assert len(values) > 1
    for value in values:
        answer = client.get(f"/feeds/whitelist-changes.{form}?{name}={quote(value)}")
        assert answer.status_code == 200
        if form == "json":
            assert json.loads(answer.data)["version"] == "https://jsonfeed.org/version/1.1"
        else:
            assert not feedparser.parse(answer.data).bozo


def test_who_goes_to_another_county_or_category_is_told_in_both(content: Path, tmp_path: Path) -> None:
    gone = {**FOURTH, "县（市、区）": "清新区", "培训类别": "科技"}
    write_editions(
        content, {"2025-12-31": [FIRST, MOVED, RENEWED, {**gone, "办学地址": "清远市清新区示例路5号"}]}
    )
    client = visitor(content, tmp_path)
    for query in ("county=清城区", "county=清新区", "category=体育", "category=科技"):
        assert ("4", "2025-12-31") in told(client, query), query


def test_a_better_address_of_an_institution_changes_no_id_and_the_old_one_finds_it_still(
    client: FlaskClient,
) -> None:
    found = [told(client, f"institution={each}") for each in (THIRD["办学许可证号"], "91441803MA096L275B")]
    assert found[0] == found[1] == [("3", "2025-09-30"), ("3", "2025-06-30")]
    (renewed, _) = entries(client, "institution=91441803MA096L275B")
    assert renewed.link == "http://localhost/whitelist/91441803MA096L275B/"


def test_another_edition_is_news_and_repeats_nothing(content: Path, tmp_path: Path) -> None:
    client = visitor(content, tmp_path)
    before = {entry.id: entry for entry in entries(client)}
    write_editions(content, {"2025-12-31": [FIRST, MOVED, RENEWED]})
    publish(content, Shelf(tmp_path / "publications"))
    after = {entry.id: entry for entry in entries(client)}
    (new,) = after.keys() - before.keys()
    assert new.endswith("/144180270000004/2025-12-31")
    assert {name: after[name] for name in before} == before


def test_a_corrected_edition_says_it_anew_under_the_same_id(content: Path, tmp_path: Path) -> None:
    client = visitor(content, tmp_path)
    before = {entry.id: entry.title for entry in entries(client)}
    write_editions(content, {"2025-06-30": [MOVED, {**CLOSED, "状态": "预警"}, FOURTH]})
    publish(content, Shelf(tmp_path / "publications"))
    after = {entry.id: entry.title for entry in entries(client)}
    (changed,) = [name for name in before if after.get(name) != before[name] and name.endswith("2025-06-30")]
    assert after[changed] == "清新区丙示例足球培训有限公司（清新区）：状态变为“预警”"
    assert len(after) == len(before)


def test_a_correction_of_a_text_elsewhere_is_no_news_of_the_whitelist(content: Path, tmp_path: Path) -> None:
    client = visitor(content, tmp_path)
    before = client.get("/feeds/whitelist-changes.atom").data
    set_fields(content / "notices/loans.md", updated_at="2026-05-20 09:00", change_note="更正了电话")
    publish(content, Shelf(tmp_path / "publications"))
    assert client.get("/feeds/whitelist-changes.atom").data == before


def test_the_card_offers_the_feed_of_its_institution(client: FlaskClient) -> None:
    page = html.document_fromstring(client.get("/whitelist/144180270000002/").text)
    address = "/feeds/whitelist-changes.atom?institution=144180270000002"
    assert address in page.head.xpath("./link[@rel='alternate']/@href")
    assert "/follow/?i=144180270000002" in page.get_element_by_id("main").xpath(".//a/@href")
    feed = feedparser.parse(client.get(address).data).feed
    assert feed.title == "清远市教育局政务公开：白名单变化（清城区乙示例书画培训有限公司）"
    assert feed.link == "http://localhost/whitelist/144180270000002/"


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_a_workbook_that_is_withheld_is_no_attachment(content: Path, tmp_path: Path, form: str) -> None:
    rows = [{**FIRST, "账号": "2010080000001234"}]
    with (content / "whitelist" / "2025-12-31.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    answer = visitor(content, tmp_path).get(f"/feeds/whitelist.{form}")
    files = {entry.id[-10:]: len(entry.enclosures) for entry in feedparser.parse(answer.data).entries}
    assert files == {"2025-12-31": 0, "2025-09-30": 1, "2025-06-30": 1, "2025-03-31": 1}


def test_a_search_tells_what_became_of_the_institutions_it_finds(client: FlaskClient) -> None:
    answer = client.get("/feeds/search.atom?q=丙示例足球&kind=whitelist")
    ids = [entry.id.rsplit("/", 2)[1:] for entry in feedparser.parse(answer.data).entries]
    assert ids == [["144180370000003", "2025-09-30"], ["144180370000003", "2025-06-30"]]


def test_before_the_second_list_there_is_nothing_to_tell_but_one_may_subscribe(tmp_path: Path) -> None:
    content = texts(tmp_path)
    write_editions(content, {"2025-03-31": EDITIONS["2025-03-31"]})
    assert entries(visitor(content, tmp_path)) == []


def test_telling_begins_for_each_county_with_its_first_complete_list(tmp_path: Path) -> None:
    fifth = {**THIRD, "机构名称": "清新区戊示例武术培训有限公司", "办学许可证号": "144180370000005"}
    sixth = {**THIRD, "机构名称": "清新区己示例围棋培训有限公司", "办学许可证号": "144180370000006"}
    content = texts(tmp_path)
    write_editions(
        content,
        {
            "2025-03-31-441802": [FIRST],
            "2025-04-30-batch": [THIRD, FOURTH],
            "2025-06-30": [FIRST, FOURTH, THIRD, {**fifth, "办学地址": "清远市清新区示例路5号"}],
            "2025-07-31-batch": [{**sixth, "办学地址": "清远市清新区示例路6号"}],
        },
    )
    client = visitor(content, tmp_path)
    assert told(client, "event=added") == [("6", "2025-07-31-batch"), ("4", "2025-04-30-batch")]


def test_the_changes_between_the_two_real_editions_are_those_that_are_known(tmp_path: Path) -> None:
    content = texts(tmp_path)
    (content / "whitelist").mkdir()
    for name in ("2024-06-30.xlsx", "2024-12-31.xlsx"):
        shutil.copyfile(WORKBOOKS / name, content / "whitelist" / name)
    expected = json.loads((WORKBOOKS / "expected" / "changes-2024-06-30--2024-12-31.json").read_bytes())
    client = visitor(content, tmp_path)
    names = {"address_changed": "moved"}
    for kind, number in expected["counts"].items():
        found = entries(client, f"event={names.get(kind, kind)}")
        assert len(found) == number, kind
        for change in expected[kind]:
            name = change["name"].translate(HALF_WIDTH)
            assert any(entry.title.translate(HALF_WIDTH).startswith(name) for entry in found), (kind, name)
