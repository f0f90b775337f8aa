"""What a parent gets besides the answer: the whole card, the sheet of proof, the orders of the list."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno
from flask.testing import FlaskClient
from lxml import etree

from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import main_part, texts, titles, visitor, words
from support.whitelist_makers import ADDRESS, FRESH, choices, count, edition, everything, facts, other

PROOF = f"{ADDRESS}proof/"
GONE = "/whitelist/144180270000037/"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content with an empty folder of editions."""
    copied = texts(tmp_path)
    (copied / "whitelist").mkdir()
    return copied


@pytest.fixture
def two_editions(content: Path) -> Path:
    """Between two editions one institution moves and is warned, and the other is left out."""
    edition(content, {"办学地址": "清城区示例路9号"}, other("示例乙"), name="2024-06-30.xlsx")
    edition(content, {"状态": "预警", "原因": "未使用监管账户"})
    return content


# The card


def test_the_card_tells_all_that_a_sheet_may_say(content: Path, tmp_path: Path) -> None:
    row = {
        "主管部门": "体育局",
        "法人登记部门": "市场监管局",
        "法定代表人": "示例甲",
        "校长": "示例乙",
        "培训方式": "线下",
        "是否上全国平台": "是",
        "联系电话": "0763-0000001",
        "曾用名": "示例足球俱乐部",
    }
    edition(content, row, name=FRESH)
    shown = facts(visitor(content, tmp_path).get(ADDRESS).text)
    assert shown["主管部门"] == "体育局"
    assert shown["法人登记"] == "市场监管局"
    assert (shown["法定代表人"], shown["校长（负责人）"]) == ("示例甲", "示例乙")
    assert (shown["培训方式"], shown["培训内容"]) == ("线下", "足球")
    assert shown["公开电话"] == "0763-0000001"
    assert shown["曾用名"] == "示例足球俱乐部"
    assert shown["全国平台"] == "名单注明：课程已上全国平台；到全国平台查课程"


def test_an_institution_that_is_not_on_the_national_platform_is_not_to_be_bought_from(
    content: Path, tmp_path: Path
) -> None:
    edition(content, {"是否上全国平台": "否"}, name=FRESH)
    shown = facts(visitor(content, tmp_path).get(ADDRESS).text)
    assert shown["全国平台"].startswith("名单注明：还没有上全国平台，先不要购课")


def test_the_limits_of_fees_stand_on_the_card(content: Path, tmp_path: Path) -> None:
    edition(content, {}, name=FRESH)
    said = words(main_part(visitor(content, tmp_path).get(ADDRESS).text))
    for rule in (
        "3个月或60课时",
        "非学科类还不得超过5000元",
        "一些省还规定了新课开始前多久",
        "服务合同",
        "发票",
        "不办培训贷",
    ):
        assert rule in said


def test_a_teacher_of_school_subjects_has_rules_of_its_own(content: Path, tmp_path: Path) -> None:
    edition(content, {"培训类别": "学科类（语文）"}, other("示例乙"), name=FRESH)
    visit = visitor(content, tmp_path)
    said = words(main_part(visit.get(ADDRESS).text))
    assert "3个月或60课时" in said
    assert "5000元" not in said  # a rule for non-school subjects alone
    for rule in ("寒暑假", "学龄前儿童", "政府指导价"):
        assert rule in said
        assert rule not in words(main_part(visit.get(GONE).text))


def test_who_is_not_found_learns_of_which_day_the_list_is_and_where_to_report(
    content: Path, tmp_path: Path
) -> None:
    edition(content, {})
    page = visitor(content, tmp_path).get("/whitelist/?q=齉齾").text
    results = words(main_part(page).get_element_by_id("results"))
    assert "查的是截至2024年12月31日的名单" in results
    assert "12345举报" in results
    assert "排序" not in results


# The proof


def test_the_card_leads_to_the_proof_of_the_day_asked_about(two_editions: Path, tmp_path: Path) -> None:
    visit = visitor(two_editions, tmp_path)
    for query, link in (("", PROOF), ("?on=2024-07-01", f"{PROOF}?on=2024-07-01"), ("?on=x", PROOF)):
        page = main_part(visit.get(ADDRESS + query).text)
        assert page.xpath(".//a[starts-with(text(), '打印查询结果单')]/@href") == [link]


def test_the_proof_says_what_was_asked_when_and_from_which_file(two_editions: Path, tmp_path: Path) -> None:
    visit = visitor(two_editions, tmp_path, url="https://example.org")
    page = visit.get(PROOF).text
    edition_page = facts(visit.get("/whitelist/editions/2024-12-31/").text)
    said = words(main_part(page))
    assert "名单注明“预警”（未使用监管账户）" in said
    assert "不作为行政许可证明" in said
    assert facts(page) == {
        "查询日期": "2026年6月1日",
        "机构名称": "清远市示例甲足球培训中心",
        "统一社会信用代码": "52441802MJ0EJJNK81",
        "办学许可证号": "144180270000034",
        "办学地址": "清远市清城区东城街道示例路1号",
        "许可证有效期": "2023年9月1日起，至2026年8月31日",
        "名单所载状态": "预警",
        "状态的依据": "名单的状态栏",
        "依据的名单": "清远市校外培训机构白名单（截至2024年12月31日）"
        "文件2024-12-31.xlsx，工作表“清城区”，第2行",
        "原始文件的SHA-256": edition_page["SHA-256"],
        "内容版本": Shelf(tmp_path / "publications").served()[0],
        "核对网址": f"https://example.org{ADDRESS}",
    }


def test_the_proof_of_a_past_day_says_what_the_list_of_that_day_said(
    two_editions: Path, tmp_path: Path
) -> None:
    page = visitor(two_editions, tmp_path).get(f"{PROOF}?on=2024-07-01").text
    shown = facts(page)
    assert shown["所查日期"] == "2024年7月1日（2026年6月1日查询）"
    assert (shown["办学地址"], shown["名单所载状态"]) == ("清城区示例路9号", "正常")
    assert "文件2024-06-30.xlsx" in shown["依据的名单"]
    assert "该机构在名单内，许可证在有效期内" in words(main_part(page))


def test_the_proof_of_a_day_before_any_list_proves_nothing(two_editions: Path, tmp_path: Path) -> None:
    page = visitor(two_editions, tmp_path).get(f"{PROOF}?on=2024-01-01").text
    assert "当时还没有公布过名单" in words(main_part(page))
    assert not facts(page).keys() & {"依据的名单", "办学地址", "名单所载状态"}


def test_the_proof_of_one_left_out_names_the_list_that_leaves_it_out_and_the_last_that_named_it(
    two_editions: Path, tmp_path: Path
) -> None:
    page = visitor(two_editions, tmp_path).get(f"{GONE}proof/").text
    shown = facts(page)
    assert "名单里已经没有这家机构" in words(main_part(page))
    assert shown["名单所载状态"] == "已移出名单"
    assert shown["依据的名单"].endswith("文件2024-12-31.xlsx")
    assert shown["最近一次列出"] == "文件2024-06-30.xlsx（截至2024年6月30日），工作表“清城区”，第3行"


@pytest.mark.parametrize("day", ["x", "2024-02-30", "2099-01-01"])
def test_there_is_no_proof_of_a_day_that_is_none(two_editions: Path, tmp_path: Path, day: str) -> None:
    visit = visitor(two_editions, tmp_path)
    answer = visit.get(f"{PROOF}?on={day}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{ADDRESS}?on={day}")
    assert "请写一个已经过去的日期" in visit.get(answer.headers["Location"]).text


def test_the_code_on_the_proof_is_the_address_of_the_card(two_editions: Path, tmp_path: Path) -> None:
    visit = visitor(two_editions, tmp_path, url="https://example.org")
    (source,) = main_part(visit.get(PROOF).text).xpath(".//img/@src")
    answer = visit.get(source)
    assert answer.content_type == "image/svg+xml"
    expected = io.BytesIO()
    code = segno.make_qr(f"https://example.org{ADDRESS}", error="m")
    code.save(expected, kind="svg", border=4, svgclass=None, lineclass=None)
    assert answer.data == expected.getvalue()
    picture = etree.fromstring(answer.data)
    assert not picture.xpath("//@style | //*[local-name()='style' or local-name()='script']")


def test_there_is_no_proof_and_no_code_for_nobody(two_editions: Path, tmp_path: Path) -> None:
    visit = visitor(two_editions, tmp_path)
    assert visit.get("/whitelist/none/proof/").status_code == 404
    assert visit.get("/whitelist/none/qr.svg").status_code == 404


# When permits end


@pytest.fixture
def ends(content: Path, tmp_path: Path) -> FlaskClient:
    """Institutions whose permits end on, just before and just after each edge, seen on 1 June 2026."""
    days = (
        *("2026-05-31", "2026-06-01", "2026-07-01", "2026-07-02", "2026-08-30", "2026-08-31"),
        *("2027-06-01", "2027-06-02", "长期", ""),
    )
    rows = [other(f"示例{day or '未载'}", f"14418027000{i:04}", 有效期止=day) for i, day in enumerate(days)]
    edition(content, *rows)
    return visitor(content, tmp_path)


def test_permits_are_counted_by_when_they_end_and_a_longer_span_holds_the_shorter(ends: FlaskClient) -> None:
    shown = choices(ends.get("/whitelist/").text)["expiring"]
    assert shown == {
        "已到期": 1,
        "30天内到期": 2,
        "90天内到期": 4,
        "一年内到期": 6,
        "一年以后到期": 1,
        "长期有效": 1,
    }
    assert list(shown) == ["已到期", "30天内到期", "90天内到期", "一年内到期", "一年以后到期", "长期有效"]
    for label, number in shown.items():
        assert count(ends.get("/whitelist/", query_string={"expiring": label}).text) == number, label


def test_a_permit_is_counted_by_the_day_of_asking(content: Path, tmp_path: Path) -> None:
    edition(content, {"有效期止": "2026-08-31"})
    last = visitor(content, tmp_path, now=datetime(2026, 8, 31, 15, 59, tzinfo=UTC))
    assert choices(last.get("/whitelist/?expiring=30天内到期").text)["expiring"]["30天内到期"] == 1
    after = visitor(content, tmp_path, now=datetime(2026, 8, 31, 16, 0, tzinfo=UTC))
    assert titles(after.get("/whitelist/?expiring=已到期").text) == ["清远市示例甲足球培训中心"]


def test_a_span_that_is_none_has_nobody(ends: FlaskClient) -> None:
    assert count(ends.get("/whitelist/?expiring=明天").text) == 0


# Orders


def test_the_list_can_be_read_by_the_end_of_the_permit(ends: FlaskClient) -> None:
    found = everything(ends, {"sort": "permit_end"})
    assert [title.removeprefix("示例") for title in found] == [
        *("2026-05-31", "2026-06-01", "2026-07-01", "2026-07-02", "2026-08-30", "2026-08-31"),
        *("2027-06-01", "2027-06-02", "长期", "未载"),
    ]


def test_the_list_can_be_read_by_name_as_it_is_spoken(content: Path, tmp_path: Path) -> None:
    names = ["乙示例", "重阳示例", "（阿甲）示例", "智示例", "长乐示例", "A示例"]
    edition(content, *(other(name, f"14418027000{i:04}") for i, name in enumerate(names)))
    visit = visitor(content, tmp_path)
    assert everything(visit, {"sort": "name"}) == [
        "（阿甲）示例",
        "A示例",
        "长乐示例",
        "重阳示例",
        "乙示例",
        "智示例",
    ]
    assert everything(visit, {}) == everything(visit, {"sort": "nonsense"}) == names


def test_the_list_can_be_read_by_the_newest_change(two_editions: Path, tmp_path: Path) -> None:
    fresh = other("示例丙", "144180270000038")
    unchanged = other("示例丁", "144180270000039")
    edition(two_editions, {"办学地址": "清城区示例路9号"}, unchanged, name="2024-06-30.xlsx")
    edition(two_editions, unchanged, {"状态": "预警"}, fresh)
    found = everything(visitor(two_editions, tmp_path), {"sort": "changed"})
    assert found == ["清远市示例甲足球培训中心", "示例丙", "示例丁"]


@pytest.mark.parametrize("sort", ["", "name", "permit_end", "changed"])
def test_an_order_goes_through_all_pages_once_and_into_the_download(client: FlaskClient, sort: str) -> None:
    query = {"county": "清城区", "sort": sort}
    seen = everything(client, query)
    assert len(seen) == count(client.get("/whitelist/?county=清城区").text) > 40
    page = main_part(client.get("/whitelist/", query_string=query).text)
    (link,) = page.xpath(".//a[text()='JSON' and contains(@href, '/list.')]/@href")
    assert [each["name"] for each in client.get(link).json["institutions"]] == seen
    assert page.xpath(".//select[@name='sort']/option[@selected]/@value") == ([sort] if sort else [])


def test_a_search_can_be_put_in_another_order(client: FlaskClient) -> None:
    best = everything(client, {"q": "编程"})
    by_name = everything(client, {"q": "编程", "sort": "name"})
    assert sorted(best) == sorted(by_name)
    assert best != by_name


def test_an_order_survives_a_filter(client: FlaskClient) -> None:
    part = client.get("/whitelist/?sort=name&county=清新区", headers={"HX-Request": "true"})
    assert "sort=name" in part.headers["HX-Replace-Url"]
    assert 'value="name" selected' in part.text


def test_publishing_again_keeps_the_orders(two_editions: Path, tmp_path: Path) -> None:
    visit = visitor(two_editions, tmp_path)
    before = everything(visit, {"sort": "name", "listed": ""})
    edition(two_editions, {}, other("阿示例", "144180270000040"), name="2025-06-30.xlsx")
    publish(two_editions, Shelf(tmp_path / "publications"))
    assert everything(visit, {"sort": "name", "listed": ""}) == ["阿示例", *before]
