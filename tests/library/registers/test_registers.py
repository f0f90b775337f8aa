"""Registers from a folder with a schema to list, downloads, feed, history and search; no code for one."""

import csv
import io
import json
import re
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import openpyxl
import pytest
from flask.testing import FlaskClient
from lxml import html

from openbureau.chinese.personal_names import mask_persons
from openbureau.publishing.build import PublicationRefused, check, publish
from openbureau.publishing.publication import Shelf
from support.makers import (
    PENALTIES,
    PENALTY,
    REAL,
    main_part,
    substitute,
    texts,
    titles,
    visitor,
    words,
    write_register,
)
from support.site import NOON

FILE = "registers/penalties/2025-12-31.csv"
SCHEMA = "registers/penalties/register.toml"
LIST = "/registers/penalties/"
ENTRY = "/registers/penalties/2025-1/"
HEADINGS = list(PENALTY)

LIBRARY_HOURS = """
title = "图书馆开放"
summary = "各馆的开放情况。"
legal_basis = "公共图书馆法"
responsible_unit = "示例市教育局"
key = "name"
titled_by = "name"
facets = ["county"]
list = ["hours"]

[[columns]]
name = "name"
label = "馆名"
required = true

[[columns]]
name = "county"
label = "县区"

[[columns]]
name = "hours"
label = "开放时间"
"""
"""A register of a sixth kind, of which the code knows nothing."""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content without workbooks and without registers."""
    return texts(tmp_path)


def penalties(content: Path, *rows: Mapping[str, str], day: str = "2025-12-31") -> Path:
    """One edition of a register of penalties: the example, and what differs from it in each row."""
    return write_register(content, "penalties", PENALTIES, {day: [PENALTY | row for row in rows]})


def other(number: int, **changed: str) -> dict[str, str]:
    """Another row."""
    return {"编号": f"2025-{number}", "案件名称": f"第{number}号案", **changed}


def problems(content: Path) -> list[str]:
    return [str(problem) for problem in check(content) if problem.stops]


def notes(content: Path) -> list[str]:
    return [str(problem) for problem in check(content) if not problem.stops]


def on(day: str) -> datetime:
    """Noon of a day in China."""
    return datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)


def facts(page: str) -> dict[str, str]:
    pairs = main_part(page).xpath(".//dl[@class='facts']/div")
    return {words(pair.find("dt")): words(pair.find("dd")) for pair in pairs}


def history(page: str) -> list[str]:
    return [words(event) for event in main_part(page).xpath(".//ol[@class='timeline']/li")]


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def entries(client: FlaskClient, name: str = "penalties", form: str = "atom") -> list[Any]:
    answer = client.get(f"/feeds/registers-{name}.{form}")
    assert answer.status_code == 200
    feed = feedparser.parse(answer.data)
    assert not feed.bozo
    return list(feed.entries)


def published_bytes(shelf: Path) -> bytes:
    """All that a publication is made of, the index and its stored texts among it."""
    return b"".join(path.read_bytes() for path in sorted(shelf.rglob("*")) if path.is_file())


def holds(data: bytes, text: str) -> bool:
    """Whether bytes hold a text, as it is or as JSON writes it."""
    return text.encode() in data or json.dumps(text).strip('"').encode() in data


# A register needs no code


def test_a_sixth_register_is_listed_filtered_downloaded_fed_and_found_without_code(
    content: Path, tmp_path: Path
) -> None:
    write_register(
        content,
        "library-hours",
        LIBRARY_HOURS,
        {
            "2026-01-31": [{"馆名": "示例甲图书馆", "县区": "清城区", "开放时间": "九点至五点"}],
            "2026-03-31": [
                {"馆名": "示例甲图书馆", "县区": "清城区", "开放时间": "九点至九点"},
                {"馆名": "示例乙图书馆", "县区": "英德市", "开放时间": "周末开放"},
            ],
        },
    )
    visit = visitor(content, tmp_path)
    assert titles(visit.get("/registers/").text) == ["图书馆开放"]
    page = visit.get("/registers/library-hours/").text
    assert titles(page) == ["示例甲图书馆", "示例乙图书馆"]
    assert "清单截至2026年3月31日" in words(main_part(page))
    assert titles(visit.get("/registers/library-hours/?county=英德市").text) == ["示例乙图书馆"]
    (found,) = rows(visit.get("/registers/library-hours/list.csv?county=英德市").data)
    assert found["开放时间"] == "周末开放"
    assert visit.get("/registers/library-hours/list.json").json["total"] == 2
    (link,) = main_part(page).xpath(".//h3/a[text()='示例甲图书馆']/@href")
    shown = visit.get(link).text
    assert facts(shown)["开放时间"] == "九点至九点"
    assert history(shown) == ["2026年3月31日变更 开放时间：九点至五点 → 九点至九点", "2026年1月31日新增"]
    told = {entry.title for entry in entries(visit, "library-hours")}
    assert told == {"【变更】示例甲图书馆", "示例乙图书馆"}
    assert "图书馆开放" in visit.get("/subscribe/").text
    assert titles(visit.get("/search?q=周末开放&kind=registers").text) == ["示例乙图书馆"]
    assert "图书馆开放" in titles(visit.get("/search?q=图书馆开放&kind=register").text)


def test_the_registers_of_the_first_site_say_what_the_report_says(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("whitelist")
    content = Path(shutil.copytree(REAL, tmp_path / "content", ignore=ignored))
    names = sorted(path.name for path in (REAL / "registers").iterdir())
    assert names == [
        "administrative-inspections",
        "administrative-licences",
        "administrative-penalties",
        "powers-and-discretion",
        "proposals",
    ]
    assert not [each for each in check(content) if each.file.startswith("registers/")]
    visit = visitor(content, tmp_path)
    counted = {
        name: sum(row["values"].get("cases") or row["values"].get("times") or 0 for row in told["entries"])
        for name in names
        if (told := visit.get(f"/registers/{name}/list.json").json)
    }
    assert counted == {
        "administrative-inspections": 6,
        "administrative-licences": 694,
        "administrative-penalties": 1,
        "powers-and-discretion": 0,
        "proposals": 65,
    }
    assert "合计 694件" in words(main_part(visit.get("/registers/administrative-licences/").text))


def test_every_page_leads_to_the_registers(client: FlaskClient) -> None:
    columns = html.document_fromstring(client.get("/").text).xpath("//header//a[@href='/registers/']")
    assert {words(link) for link in columns} == {"执法公开"}
    assert "还没有发布任何清单" in client.get("/registers/").text
    assert "](/registers/)" in (REAL / "about.md").read_text(encoding="utf-8")


# The list and its downloads


def test_a_list_is_filtered_by_the_facets_of_its_schema_and_counts_them(
    content: Path, tmp_path: Path
) -> None:
    penalties(
        content,
        {},
        other(2, 处罚类别="警告、罚款", 罚款数额="1,000.50元"),
        other(3, 处罚类别="警告", 罚款数额="", 县区="英德市"),
    )
    visit = visitor(content, tmp_path)
    text = words(main_part(visit.get(LIST).text))
    assert "共 3 条记录，合计 4000.50元" in text
    assert "罚款（2）" in text
    assert titles(visit.get(f"{LIST}?kind=警告").text) == ["第2号案", "第3号案"]
    assert titles(visit.get(f"{LIST}?kind=警告&county=英德市").text) == ["第3号案"]
    assert "没有符合全部条件的记录" in visit.get(f"{LIST}?kind=罚款&county=英德市").text
    assert visit.get(f"{LIST}?page=2").status_code == 404


def test_the_newest_day_comes_first_and_an_unknown_one_last(content: Path, tmp_path: Path) -> None:
    penalties(
        content,
        other(4, 决定日期="", 公示截止=""),
        other(5, 决定日期="2025"),
        other(6, 决定日期="2025年12月"),
        {},
    )
    visit = visitor(content, tmp_path)
    assert titles(visit.get(LIST).text) == ["第6号案", "擅自举办培训机构案", "第5号案", "第4号案"]
    assert facts(visit.get("/registers/penalties/2025-6/").text)["决定日期"] == "2025年12月"
    unknown = visit.get("/registers/penalties/2025-4/").text
    assert "决定日期" not in facts(unknown)
    assert "这一期没有载明：决定日期、公示截止" in words(main_part(unknown))


def test_a_long_list_has_pages_and_its_download_has_all_of_it(content: Path, tmp_path: Path) -> None:
    penalties(content, *(other(number, 县区="清城区" if number % 2 else "英德市") for number in range(1, 52)))
    visit = visitor(content, tmp_path)
    pages = [titles(visit.get(f"{LIST}?page={page}").text) for page in (1, 2, 3)]
    assert [len(each) for each in pages] == [20, 20, 11]
    shown = [title for each in pages for title in each]
    assert [row["案件名称"] for row in rows(visit.get(f"{LIST}list.csv").data)] == shown
    assert len(rows(visit.get(f"{LIST}list.csv?county=英德市").data)) == 25
    assert visit.get(f"{LIST}list.json?county=英德市").json["total"] == 25
    downloads = main_part(visit.get(f"{LIST}?county=英德市&page=2").text).xpath(
        ".//*[@class='downloads']/a/@href"
    )
    assert [address.partition("?")[2] for address in downloads] == ["county=%E8%8B%B1%E5%BE%B7%E5%B8%82"] * 2


def test_no_cell_of_a_download_runs_as_a_formula(content: Path, tmp_path: Path) -> None:
    penalties(
        content,
        {"违法事实": '=HYPERLINK("https://example.org")', "罚款数额": "-5"},
        other(2, 违法事实="＝1+1"),
    )
    answer = visitor(content, tmp_path).get(f"{LIST}list.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="penalties.csv"'
    first, second = rows(answer.data)
    assert first["违法事实"] == '\'=HYPERLINK("https://example.org")'
    assert first["罚款数额"] == "-5"
    assert second["违法事实"] == "'＝1+1"
    assert first["来源文件"] == "2025-12-31.csv"
    assert first["来源行"] == "2"


def test_the_json_tells_what_each_column_means_and_where_a_row_stood(content: Path, tmp_path: Path) -> None:
    penalties(content, {})
    answer = visitor(content, tmp_path, url="https://bureau.example").get(f"{LIST}list.json")
    assert answer.content_type == "application/json; charset=utf-8"
    told = json.loads(answer.data)
    assert told["as_of"] == "2025-12-31"
    assert {"name": "fine", "label": "罚款数额", "type": "number", "unit": "元"} in told["columns"]
    (entry,) = told["entries"]
    assert entry["url"] == f"https://bureau.example{ENTRY}"
    assert entry["source"] == {"file": "2025-12-31.csv", "sheet": "", "row": 2}
    assert entry["values"]["fine"] == 3000
    assert entry["values"]["details"] == "https://bureau.example/policies/prepayment/"
    assert entry["values"]["withdrawn_on"] is None


# Natural persons


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("张三", "张*"),
        ("张　三", "张*"),
        ("欧阳小明", "欧***"),
        ("张三、李四", "张*、李*"),
        ("张三和李四", "张*和李*"),
        ("张三等3人", "张*等3人"),
        ("买买提·吐尔逊", "买******"),
        ("John Smith", "J*** S****"),
        ("清城区示例水果商店（张三）", "清城区示例水果商店（张*）"),
        ("示例水果商店（经营者：张三）", "示例水果商店（经营者：张*）"),
        ("王学会", "王**"),
        ("张三、李建会", "张*、李**"),
        ("李某", "李某"),
        ("张*", "张*"),
        ("不公开个人", "不公开个人"),
        ("示例市甲教育咨询有限公司", "示例市甲教育咨询有限公司"),
        ("甲（清远）培训有限公司", "甲（清远）培训有限公司"),
        ("示例和美教育咨询有限公司", "示例和美教育咨询有限公司"),
        ("市三立高中", "市三立高中"),
        ("清远市清城区教育局", "清远市清城区教育局"),
        ("", ""),
    ],
)
def test_a_natural_person_is_masked_and_an_organisation_is_not(written: str, shown: str) -> None:
    assert mask_persons(written)[0] == shown


def test_a_masked_name_reaches_no_byte_of_the_publication(content: Path, tmp_path: Path) -> None:
    row = {"当事人": "张三丰", "案件名称": "张三丰擅自办学案", "违法事实": "张 三丰与王小五在家中办班"}
    folder = penalties(content, row, other(2, 当事人="王小五", 违法事实="参与张三丰的办班"))
    later = [
        PENALTY | row | {"当事人": "张三丰", "违法事实": "张三丰收费"},
        PENALTY | other(2, 当事人="王小五"),
    ]
    write_register(content, "penalties", PENALTIES, {"2026-03-31": later})
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "张三丰案"
    sheet.append(HEADINGS)
    for each in later:
        sheet.append([each[heading] for heading in HEADINGS])
    book.save(folder / "2026-04-30.xlsx")
    visit = visitor(content, tmp_path)
    data = published_bytes(tmp_path / "publications")
    assert holds(data, "张**")
    assert not holds(data, "张三丰")
    assert not holds(data, "王小五")
    for address in (
        LIST,
        ENTRY,
        f"{LIST}list.csv",
        f"{LIST}list.json",
        "/feeds/registers-penalties.rss",
        "/search?q=张三丰",
    ):
        assert "三丰" not in main_words(visit.get(address).text), address
    assert titles(visit.get(LIST).text) == ["张**擅自办学案", "第2号案"]
    assert "工作表“张**案”" in words(main_part(visit.get(ENTRY).text))


def main_words(text: str) -> str:
    """What an answer says, apart from the question a search repeats."""
    return re.sub('“张三丰”|value="张三丰"|张三丰 - |搜索“张三丰', "", text)


def test_an_edition_with_masked_names_has_no_digest_from_which_one_could_be_guessed(
    content: Path, tmp_path: Path
) -> None:
    penalties(content, {})
    write_register(
        content, "hours", LIBRARY_HOURS, {"2026-01-31": [{"馆名": "甲馆", "县区": "", "开放时间": ""}]}
    )
    visit = visitor(content, tmp_path)
    assert "SHA-256" not in visit.get(LIST).text
    assert "SHA-256" in visit.get("/registers/hours/").text


@pytest.mark.parametrize("cell", ["441802199001011239", "手机13800138000"])
def test_personal_data_stops_the_publication_without_an_echo(
    content: Path, tmp_path: Path, cell: str
) -> None:
    penalties(content, {"违法事实": cell, "处罚类别": "没收"})
    with pytest.raises(PublicationRefused) as refused:
        publish(content, Shelf(tmp_path / "shelf"))
    (told,) = [str(problem) for problem in refused.value.problems]
    assert told.startswith(f"{FILE}:D2: 单元格内有")
    assert cell[-11:] not in told


def test_personal_data_in_a_hidden_sheet_stops_the_publication(content: Path) -> None:
    folder = penalties(content, {})
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    sheet.append([PENALTY[heading] for heading in HEADINGS])
    hidden = book.create_sheet("底稿")
    hidden.append(["电话", "13800138000"])
    hidden.sheet_state = "hidden"
    book.save(folder / "2026-03-31.xlsx")
    assert problems(content) == [
        "registers/penalties/2026-03-31.xlsx:底稿!B1: 单元格内有手机号码，不得公开; "
        "请在原件中删除后重新提交；本来就要公开的号码，写入 site.toml 的 [disclosure] public_numbers"
    ]


def test_a_name_that_would_become_an_address_is_refused(content: Path) -> None:
    penalties(content, {"编号": "张三丰案", "当事人": "张三丰"}, other(2, 详情="https://example.org/张三丰"))
    assert problems(content) == [
        f"{FILE}:A2: “编号”含有自然人姓名，而它会成为网址; 请换成不含姓名的编号或网址",
        f"{FILE}:J3: “详情”含有自然人姓名，而它会成为网址; 请换成不含姓名的编号或网址",
    ]


# The end of public display


def test_an_entry_is_public_until_the_last_day_of_its_display_and_not_a_day_longer(
    content: Path, tmp_path: Path
) -> None:
    penalties(content, {"公示截止": "2026-06-01"}, other(2, 公示截止="长期"), other(3, 公示截止="2026-06"))
    last = visitor(content, tmp_path, now=on("2026-06-01"))
    assert "擅自举办培训机构案" in titles(last.get(LIST).text)
    assert last.get(ENTRY).status_code == 200
    after = visitor(content, tmp_path, now=on("2026-06-02"))
    assert titles(after.get(LIST).text) == ["第2号案", "第3号案"]
    assert "共 2 条记录" in words(main_part(after.get("/registers/").text))
    gone = after.get(ENTRY)
    assert gone.status_code == 410
    assert "公示期已结束" in gone.text
    for address in (
        LIST,
        ENTRY,
        f"{LIST}list.csv",
        f"{LIST}list.json",
        "/feeds/registers-penalties.rss",
        "/feeds/registers-penalties.atom",
        "/feeds/all.atom",
        "/search?q=擅自举办",
        "/search?q=擅自举办&kind=registers",
    ):
        assert "培训机构案" not in after.get(address).text, address
    month_later = visitor(content, tmp_path, now=on("2026-07-01"))
    assert titles(month_later.get(LIST).text) == ["第2号案"]


def test_the_day_begins_at_midnight_in_china(content: Path, tmp_path: Path) -> None:
    penalties(content, {"公示截止": "2026-06-01"})
    before = visitor(content, tmp_path, now=datetime(2026, 6, 1, 15, 59, tzinfo=UTC))
    assert before.get(ENTRY).status_code == 200
    after = visitor(content, tmp_path, now=datetime(2026, 6, 1, 16, 0, tzinfo=UTC))
    assert after.get(ENTRY).status_code == 410


@pytest.mark.parametrize(
    "address", [LIST, ENTRY, f"{LIST}list.csv", "/feeds/registers-penalties.rss", "/search?q=案"]
)
def test_a_kept_copy_of_the_day_before_is_not_confirmed(content: Path, tmp_path: Path, address: str) -> None:
    penalties(content, {"公示截止": "2026-06-01"})
    kept = visitor(content, tmp_path, now=on("2026-06-01")).get(address)
    visit = visitor(content, tmp_path, now=on("2026-06-02"))
    assert visit.get(address, headers={"If-None-Match": kept.headers["ETag"]}).status_code != 304


def test_a_search_counts_only_what_may_be_seen_and_shows_near_ones_instead(
    content: Path, tmp_path: Path
) -> None:
    penalties(
        content, {"案件名称": "寒假占用教室办班案", "公示截止": "2026-05-31"}, other(2, 案件名称="寒假办班案")
    )
    page = words(
        main_part(visitor(content, tmp_path, now=NOON).get("/search?q=寒假占用教室办班&kind=registers").text)
    )
    assert "占用教室办班案" not in page
    assert "寒假办班案" in page
    assert "最接近的" in page


# Retractions and history


def test_a_retraction_is_published_and_the_rest_is_gone(content: Path, tmp_path: Path) -> None:
    penalties(content, {}, other(2))
    penalties(content, {"违法事实": "另有收费三万元"}, other(2), day="2026-01-31")
    taken_back = {"撤回日期": "2026-02-03", "撤回原因": "行政复议决定撤销"}
    penalties(content, taken_back, other(2), day="2026-03-31")
    visit = visitor(content, tmp_path)
    page = visit.get(LIST).text
    assert titles(page) == ["第2号案"]
    (notice,) = main_part(page).xpath(".//ul[@class='plain']/li[a[contains(@href, '2025-1')]]")
    assert words(notice) == "行政处罚：编号 2025-1 2026-02-03 撤回。行政复议决定撤销"
    gone = visit.get(ENTRY)
    assert gone.status_code == 410
    assert "行政复议决定撤销" in gone.text
    assert history(gone.text) == ["2026年3月31日撤回", "2026年1月31日变更", "2025年12月31日新增"]
    (told,) = [entry for entry in entries(visit) if entry.id.endswith("registers/penalties--2025-1")]
    assert told.title == "【撤回】行政处罚：编号 2025-1"
    assert "行政复议决定撤销" in told.summary
    assert titles(visit.get("/search?q=擅自举办&kind=registers").text) == ["第2号案"]
    assert len(rows(visit.get(f"{LIST}list.csv").data)) == 1
    data = published_bytes(tmp_path / "publications")
    assert holds(data, "第2号案")
    assert not holds(data, "擅自举办培训机构案")
    assert not holds(data, "另有收费三万元")


def test_a_row_may_not_vanish_from_a_register_with_retractions(content: Path) -> None:
    penalties(content, {}, other(2, 公示截止="2026-01-31"))
    penalties(content, other(3), day="2026-03-31")
    assert problems(content) == [
        "registers/penalties/2026-03-31.csv: 上一期的“编号”2025-1 在本期不见了，而公示期没有结束; "
        "请把该行放回；确要撤回的，填写撤回日期和原因"
    ]


def test_what_another_register_lists_no_more_is_said_to_be_listed_no_more(
    content: Path, tmp_path: Path
) -> None:
    hall = {"馆名": "甲馆", "县区": "清城区", "开放时间": "全天"}
    second = {"馆名": "乙馆", "县区": "清城区", "开放时间": "周末"}
    write_register(
        content,
        "hours",
        LIBRARY_HOURS,
        {"2026-01-31": [hall, second], "2026-02-28": [second], "2026-03-31": [hall | {"开放时间": "白天"}]},
    )
    visit = visitor(content, tmp_path)
    page = visit.get("/registers/hours/").text
    assert titles(page) == ["甲馆"]
    assert "新增 2 条" in words(main_part(page))
    (back,) = main_part(page).xpath(".//h3/a/@href")
    assert history(visit.get(back).text) == [
        "2026年3月31日重新列入 开放时间：全天 → 白天",
        "2026年2月28日移出",
        "2026年1月31日新增",
    ]
    (gone,) = main_part(page).xpath(".//ul[@class='plain']/li/a[contains(text(), '乙馆')]/@href")
    answer = visit.get(gone)
    assert answer.status_code == 410
    assert "自 2026-03-31 一期起不再列入" in answer.text


def test_a_change_is_told_to_subscribers_as_a_change_and_keeps_its_name(
    content: Path, tmp_path: Path
) -> None:
    penalties(content, {})
    before = entries(visitor(content, tmp_path))[0]
    penalties(content, {"罚款数额": "2000"}, day="2026-03-31")
    after = entries(visitor(content, tmp_path))[0]
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated > before.updated
    assert after.title == "【变更】擅自举办培训机构案"
    assert "罚款数额：3000 → 2000" in after.content[0].value
    assert 'href="http://localhost/policies/prepayment/"' in after.content[0].value


def test_an_entry_keeps_its_address_however_its_key_is_written(content: Path, tmp_path: Path) -> None:
    penalties(content, {"编号": "粤教罚〔2025〕1号"}, other(2) | {"编号": "GD-2"})
    visit = visitor(content, tmp_path)
    before = main_part(visit.get(LIST).text).xpath(".//h3/a/@href")
    assert before[1] == "/registers/penalties/gd-2/"
    assert re.fullmatch("/registers/penalties/k-[0-9a-f]{12}/", before[0])
    penalties(content, {"编号": "粤教罚〔２０２５〕 1号"}, other(2) | {"编号": "gd-2"}, day="2026-03-31")
    after = main_part(visitor(content, tmp_path).get(LIST).text).xpath(".//h3/a/@href")
    assert after == before


# What is wrong with a file

CELL_FAULTS = {
    "an unknown choice": (
        {"处罚类别": "没收"},
        "E2: “处罚类别”不在可选的范围内; 请用：警告、罚款；多项之间用顿号",
    ),
    "no number": ({"罚款数额": "三千"}, "G2: “罚款数额”不是数字; 请只写数字；说明写在说明栏"),
    "no day": (
        {"决定日期": "2025-02-30"},
        "H2: “决定日期”不是一个日期; 请写成 2024-05-31，只知道年月的写 2024-05，没有期限的写“长期”",
    ),
    "two days": (
        {"决定日期": "2025-01-01至2025-02-01"},
        "H2: “决定日期”不是一个日期; 请写成 2024-05-31，只知道年月的写 2024-05，没有期限的写“长期”",
    ),
    "a script for a link": (
        {"详情": "javascript:alert(1)"},
        "J2: “详情”不是网址; 请写完整的 https:// 网址，或本站以 / 开头的地址",
    ),
    "another host without a scheme": (
        {"详情": "//example.org/"},
        "J2: “详情”不是网址; 请写完整的 https:// 网址，或本站以 / 开头的地址",
    ),
    "a page that is not there": (
        {"详情": "/policies/none/"},
        "J2: there is no page /policies/none/; correct the link or write the page",
    ),
    "nothing where something must stand": (
        {"案件名称": " "},
        "B2: “案件名称”是空的; 请填写；不是记录的行请删除",
    ),
    "a retraction without a reason": (
        {"撤回日期": "2026-01-05"},
        "L2: 撤回要同时写明日期和原因; 请补上另一项，或把两项都清空",
    ),
    "a display that ends before it begins": (
        {"公示截止": "2025-11-02"},
        "I2: 公示期在决定之前就结束了; 请核对两个日期",
    ),
}


@pytest.mark.parametrize(("changed", "told"), CELL_FAULTS.values(), ids=CELL_FAULTS)
def test_a_fault_is_told_with_its_cell_and_how_to_mend_it(
    content: Path, changed: dict[str, str], told: str
) -> None:
    penalties(content, changed)
    assert problems(content) == [f"{FILE}:{told}"]


def test_a_key_that_is_there_twice_is_told_with_both_cells(content: Path) -> None:
    penalties(content, {}, {"编号": "２０２５-1"})
    assert problems(content) == [f"{FILE}:A3: “编号”与 A2 重复; 请保留一条，或改正其中一处"]


def test_all_faults_of_all_registers_are_told_at_once(content: Path) -> None:
    penalties(content, {"处罚类别": "没收", "罚款数额": "三千"}, other(2, 决定日期="某日"))
    write_register(
        content, "hours", LIBRARY_HOURS, {"2026-01-31": [{"馆名": "", "县区": "清城区", "开放时间": ""}]}
    )
    assert [each.partition(": ")[0] for each in problems(content)] == [
        "registers/hours/2026-01-31.csv:A2",
        f"{FILE}:E2",
        f"{FILE}:G2",
        f"{FILE}:H3",
    ]


def test_a_missing_heading_is_told_with_those_that_are_known(content: Path) -> None:
    folder = penalties(content, {})
    substitute(folder / "2025-12-31.csv", "案件名称", "案由")
    (told,) = problems(content)
    assert told.startswith(f"{FILE}: 表头缺少：案件名称; 表头应为：编号、案件名称、当事人")


def test_a_cell_without_a_heading_is_told(content: Path) -> None:
    path = penalties(content, {}) / "2025-12-31.csv"
    substitute(path, "\n2025-1,", "\n2025-1,又一格,")
    told = [each.partition("; ")[0] for each in problems(content)]
    assert f"{FILE}:M2: 这一格没有表头" not in told, "an empty cell says nothing"
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "多\n", encoding="utf-8")
    assert f"{FILE}:M2: 这一格没有表头" in [each.partition("; ")[0] for each in problems(content)]


def test_an_unknown_column_a_remark_and_a_title_are_passed_over_and_said(
    content: Path, tmp_path: Path
) -> None:
    folder = penalties(content, {})
    path = folder / "2025-12-31.csv"
    head, row = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"2025年处罚清单\n{head},经办人\n{row},赵六\n注：数据截至年底\n", encoding="utf-8")
    assert problems(content) == []
    assert [each.partition("; ")[0] for each in notes(content)] == [
        f"{FILE}:A4: 此行只有说明，没有采用",
        f"{FILE}:M2: “经办人”一列不在清单的规定之内，没有采用",
    ]
    visitor(content, tmp_path)
    assert not holds(published_bytes(tmp_path / "publications"), "赵六")


def test_a_heading_may_be_written_in_every_way_its_schema_allows(content: Path, tmp_path: Path) -> None:
    folder = penalties(content, {})
    substitute(folder / "2025-12-31.csv", "县区", " 所 在 县 ")
    assert titles(visitor(content, tmp_path).get(f"{LIST}?county=清城区").text) == ["擅自举办培训机构案"]


def test_a_workbook_counts_like_a_csv_and_tells_its_sheet_and_row(content: Path, tmp_path: Path) -> None:
    folder = penalties(content, {})
    (folder / "2025-12-31.csv").unlink()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "清城区"
    sheet.append(["2025年行政处罚清单"])
    sheet.append(HEADINGS)
    sheet.append([PENALTY[heading] for heading in HEADINGS])
    sheet["G3"], sheet["H3"] = 3000, datetime(2025, 11, 3)  # noqa: DTZ001 -- a cell knows no time zone
    book.save(folder / "2025-12-31.xlsx")
    page = visitor(content, tmp_path).get(ENTRY).text
    assert facts(page)["罚款数额"] == "3000元"
    assert facts(page)["决定日期"] == "2025年11月3日"
    assert "2025-12-31.xlsx，工作表“清城区”，第3行" in words(main_part(page))


def test_a_file_that_is_no_workbook_is_told(content: Path) -> None:
    folder = penalties(content, {})
    (folder / "2026-03-31.xlsx").write_bytes(b"PK\x03\x04 cut off")
    (told,) = problems(content)
    assert told.startswith("registers/penalties/2026-03-31.xlsx: 文件不完整或已损坏")


@pytest.mark.parametrize(
    "name", ["2025-13-31.csv", "list.csv", "2025-12-31-441802.csv", "2025-12-31.pptx", "old"]
)
@pytest.mark.builds_itself  # an empty folder is no part of the id by which publications are shared
def test_what_is_no_edition_is_told(content: Path, name: str) -> None:
    folder = penalties(content, {})
    (folder / name).mkdir() if name == "old" else (folder / name).write_bytes(b"")
    (told,) = problems(content)
    assert told.startswith(
        f"registers/penalties/{name}: 文件名不是一期清单的名称; 请按截至日期命名，如 2024-12-31.csv（"
    )


def test_a_register_without_edition_or_schema_and_a_stray_file_are_told(content: Path) -> None:
    (penalties(content, {}) / "2025-12-31.csv").unlink()
    (content / "registers" / "empty").mkdir()
    (content / "registers" / "Penalties 2").mkdir()
    (content / "registers" / "list.csv").write_text("编号\n", encoding="utf-8")
    assert [each.partition(";")[0] for each in problems(content)] == [
        "registers/Penalties 2: this is not the folder of a register",
        "registers/empty/register.toml: the register has no schema",
        "registers/list.csv: this is not the folder of a register",
        "registers/penalties: 这份清单一期也没有",
    ]


def test_a_register_may_have_no_entries_yet(content: Path, tmp_path: Path) -> None:
    folder = penalties(content, {})
    (folder / "2025-12-31.csv").write_text(",".join(HEADINGS) + "\n", encoding="utf-8")
    visit = visitor(content, tmp_path)
    assert "这份清单目前没有公开的记录" in visit.get(LIST).text
    assert entries(visit) == []
    assert visit.get(ENTRY).status_code == 404


# What is wrong with a schema

SCHEMA_FAULTS = {
    "no TOML": (('title = "行政处罚"', "title = 行政处罚"), "2", "not TOML: "),
    "a mistyped field": (('title = "行政处罚"', 'titel = "行政处罚"'), "2", "titel is not known here"),
    "no key": (('key = "no"\n', ""), "", "key is missing"),
    "a key that is no column": (('key = "no"', 'key = "number"'), "7", "key names “number”"),
    "a key that may be empty": (
        ('label = "编号"\nrequired = true', 'label = "编号"'),
        "7",
        "the key “no” must be required and cannot be masked",
    ),
    "a day that is text": (
        ('dated_by = "decided_on"', 'dated_by = "facts"'),
        "9",
        "dated_by names “facts”, a text",
    ),
    "a facet that is no column": (('facets = ["kind", ', 'facets = ["kin", '), "14", "facets names “kin”"),
    "half a retraction": (
        ('withdrawn_reason = "withdrawn_reason"\n', ""),
        "11",
        "withdrawn_on stands alone",
    ),
    "an unknown type": (('type = "number"', 'type = "money"'), "50", "type is “money”"),
    "an unknown mask": (('mask = "person"', 'mask = "all"'), "30", "mask is “all”"),
    "choices that are none": (('choices = ["警告", "罚款"]\n', ""), "36", "choices belong to type choice"),
    "a reserved name": (('name = "facts"', 'name = "page"'), "33", "“page” cannot name a column"),
    "a column that is there twice": (
        ('label = "详情"', 'label = "县区"'),
        "64",
        "column “details” is there twice",
    ),
    "a policy that is not there": (
        ('policies = ["prepayment"]', 'policies = ["none"]'),
        "",
        "there is no page",
    ),
    "personal data": (
        ('summary = "示例处罚清单。"', 'summary = "电话13800138000"'),
        "3",
        "a mobile number (手机号码) stands here",
    ),
}


@pytest.mark.parametrize(("change", "line", "told"), SCHEMA_FAULTS.values(), ids=SCHEMA_FAULTS)
def test_a_fault_of_a_schema_is_told_with_its_line(
    content: Path, change: tuple[str, str], line: str, told: str
) -> None:
    folder = penalties(content, {})
    substitute(folder / "register.toml", *change)
    found = problems(content)
    place = f"{SCHEMA}:{line}" if line else SCHEMA
    assert any(each.startswith(f"{place}: {told}") for each in found), found
    assert all("13800138000" not in each for each in found)


def test_a_text_may_link_to_a_register_and_to_an_entry(content: Path) -> None:
    penalties(content, {})
    path = content / "policies" / "prepayment.md"
    substitute(path, "(/whitelist/)", f"({ENTRY})")
    path.write_text(
        path.read_text(encoding="utf-8") + f"\n[处罚]({LIST})、[清单](/registers/)\n", encoding="utf-8"
    )
    assert problems(content) == []
    substitute(path, f"({ENTRY})", "(/registers/penalties/none/)")
    (told,) = problems(content)
    assert "there is no page /registers/penalties/none/" in told
