"""The search page as a visitor reads it: the section that answers, the dividing line, where hits lead."""

from urllib.parse import unquote, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html

from openbureau.public import search
from support.makers import main_part, words
from support.marks import marks
from support.stand_ins.learned_site import EVENING, OFF_TOPIC, PREFIX, REFUND

BOX = ".//section[@class='best']"


def results(client: FlaskClient, query: str, before: str = "", **more: object) -> html.HtmlElement:
    """The results of a search, in a variant or under a path."""
    page = client.get(f"{before}/search", query_string={"q": query, **more})
    assert page.status_code == 200
    found: html.HtmlElement = main_part(page.text).get_element_by_id("results")
    return found


def box_of(client: FlaskClient, query: str, before: str = "", **more: object) -> html.HtmlElement:
    """The section above the hits; there must be one."""
    (box,) = results(client, query, before, **more).xpath(BOX)
    return box


def places(client: FlaskClient, found: html.HtmlElement) -> list[str]:
    """Where links of the results lead that have an anchor; each must be there."""
    links = [link for link in found.xpath(".//a/@href") if "#" in link]
    for link in links:
        target = urlsplit(link)
        page = client.get(target.path)
        assert page.status_code == 200, link
        assert html.document_fromstring(page.text).xpath("//*[@id=$id]", id=unquote(target.fragment)), link
    return links


# The section that answers


def test_where_words_and_meaning_agree_a_section_stands_whole_above_the_hits(learned: FlaskClient) -> None:
    found = results(learned, REFUND)
    (box,) = found.xpath(BOX)
    (title,) = box.xpath("./h3/a")
    assert words(title) == "不想上了怎么退"
    assert unquote(title.get("href")) == "/notices/prepayment-limits/#不想上了怎么退"
    assert words(box.xpath("./p[@class='best-source']")[0]) == "预收费指引"
    assert box.xpath(".//time/@datetime") == ["2026-05-31"]
    text = box.xpath("./div[contains(@class, 'best-text')]")[0]
    assert words(text).startswith("没有上的课，机构应当按约定退还余款")
    assert words(text).endswith("已经关门的，向监管银行查询余额。")
    assert "六十课时" not in words(text), "no other section"
    assert len(text.xpath(".//table//tr")) == 3
    assert len(text.xpath(".//ol/li")) == 6
    assert not text.xpath(".//*[@id]"), "its ids would be twice in a page"
    assert found.xpath(".//ul[@class='items']/li//h3/a/@href")[0] == title.get("href")


def test_links_inside_of_the_section_lead_where_they_lead_on_its_own_page(learned: FlaskClient) -> None:
    links = box_of(learned, REFUND).xpath(".//div[contains(@class, 'best-text')]//a/@href")
    assert [unquote(link) for link in links] == ["/notices/prepayment-limits/#一次最多交多少", "/whitelist/"]


def test_a_clause_stands_there_without_its_own_address_and_interpretations(learned: FlaskClient) -> None:
    box = box_of(learned, EVENING)
    assert words(box.xpath("./h3")[0]) == "第三条 晚上几点要下课"
    assert words(box.xpath("./div")[0]) == "线下培训结束时间不晚于二十点半。"


def test_only_a_long_section_is_opened_by_a_tap(learned: FlaskClient) -> None:
    assert box_of(learned, REFUND).xpath("./details/summary")
    assert not box_of(learned, EVENING).xpath("./details")


def test_the_section_of_a_document_that_is_not_in_force_says_so(learned: FlaskClient) -> None:
    box = box_of(learned, EVENING)
    assert words(box.xpath(".//*[contains(@class, 'badge')]")[0]) == "废止"
    assert words(box.xpath("./p[@class='best-source']")[0]).startswith("【已废止】")


def test_a_section_of_a_document_that_is_in_force_says_that(learned: FlaskClient) -> None:
    box = box_of(learned, "退费难的，先怎么保留合同")
    assert words(box.xpath(".//*[contains(@class, 'badge')]")[0]) == "有效"


@pytest.mark.parametrize(
    "narrowed", [{"page": 2}, {"sort": "newest"}, {"kind": "policies"}, {"topic": "校外培训"}]
)
def test_no_section_stands_above_later_pages_other_orders_and_what_it_is_no_hit_of(
    learned: FlaskClient, monkeypatch: pytest.MonkeyPatch, narrowed: dict[str, object]
) -> None:
    monkeypatch.setattr(search, "PER_PAGE", 1)
    assert results(learned, REFUND).xpath(BOX)
    assert not results(learned, REFUND, **narrowed).xpath(BOX)


@pytest.mark.parametrize(
    "query", ["没有上的课余款上限是什么", "退费", "预收费指引", OFF_TOPIC, "没有这样的词zzzz"]
)
def test_without_agreement_or_a_question_no_section_stands_there(learned: FlaskClient, query: str) -> None:
    assert not results(learned, query).xpath(BOX)


def test_without_meaning_no_section_stands_there(client: FlaskClient) -> None:
    for query in (REFUND, EVENING, "退费难的，先怎么保留合同"):
        assert not results(client, query).xpath(BOX)


# The dividing line


def test_one_line_stands_where_hits_begin_to_be_only_partly_about_it(
    learned: FlaskClient, client: FlaskClient
) -> None:
    for visitor in (learned, client):
        answer = visitor.get("/api/v1/search", query_string={"q": "退费难怎么办"}).get_json()
        assert 0 < answer["divide"] < answer["total"]
        found = results(visitor, "退费难怎么办")
        (line,) = found.xpath(".//p[@class='cut-line']")
        assert words(line) == "以下内容只有部分相关"
        assert len(line.xpath("preceding::li[@class='item']")) == answer["divide"]
        assert len(line.xpath("following::li[@class='item']")) == answer["total"] - answer["divide"]


@pytest.mark.parametrize("query", ["退费", "培训", "寒假学校危险化学品退费钢琴", OFF_TOPIC, "zzzz"])
def test_no_line_stands_where_all_hits_are_alike(learned: FlaskClient, query: str) -> None:
    found = results(learned, query)
    assert not found.xpath(".//p[@class='cut-line']")
    assert "部分相符" not in words(found)


def test_a_later_page_of_hits_that_are_only_partly_about_it_begins_with_the_line(
    learned: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PER_PAGE", 2)
    found = results(learned, "退费难怎么办", page=2)
    (line,) = found.xpath(".//p[@class='cut-line']")
    assert not line.xpath("preceding::li[@class='item']")


# Whom else to ask, and what was searched


def test_a_question_for_another_office_is_told_whom_to_ask(learned: FlaskClient) -> None:
    found = results(learned, OFF_TOPIC)
    (told,) = found.xpath(".//*[@data-off-topic]")
    platform = "https://xwpx.eduyun.cn/"
    assert told.xpath(".//a/@href") == ["tel:12345", platform]
    assert "别的部门" in words(told)
    assert words(found.xpath(".//p[@class='count']")[0]) == "本站可能没有这个问题的答案"
    assert not found.xpath(".//li[@class='item']")


def test_what_to_do_comes_before_the_feeds_and_the_matter_of_another_office_has_none(
    learned: FlaskClient,
) -> None:
    found = results(learned, "zzzz")
    (feeds,) = found.xpath(".//p[@class='feed-links']")
    assert feeds.xpath("preceding-sibling::div[@class='empty']")
    assert not results(learned, OFF_TOPIC).xpath(".//p[@class='feed-links']")


def test_what_names_institutions_is_not_sent_to_another_office(learned: FlaskClient) -> None:
    found = results(learned, "瑶乡编程住房")
    assert found.xpath(".//section[@class='others']//li")
    assert not found.xpath(".//*[@data-off-topic]")
    assert "别的部门" not in words(found)
    assert not learned.get("/api/v1/search?q=瑶乡编程住房").get_json()["is_off_topic"]


@pytest.mark.parametrize("typed", ["tuifei", "tui fei", "tuì fèi", "退废"])
def test_what_was_searched_in_place_of_what_was_mistyped_is_said_with_a_link(
    client: FlaskClient, typed: str
) -> None:
    found = results(client, typed)
    (link,) = found.xpath(".//p[@class='hint']/a")
    assert words(link.getparent()) == f"没有“{typed}”的内容，已按“退费”查找。"
    shown = main_part(client.get(link.get("href")).text)
    titles = ".//li[@class='item']//h3/a/@href"
    assert found.xpath(titles) == shown.xpath(titles) != []


def test_words_behind_a_minus_are_said_and_name_no_institutions(client: FlaskClient) -> None:
    found = results(client, "培训 -退费")
    assert words(found.xpath(".//p[@class='hint']")[0]) == "已去掉含有“退费”的内容。"
    assert not found.xpath(".//*[@aria-labelledby='h-named']")
    assert found.xpath(".//section[@class='best']") == []
    alone = words(results(client, "-退费"))
    assert "只写了要去掉的词时，请再写上要找的词" in alone


def test_the_question_of_the_page_that_is_nearest_is_shown(client: FlaskClient) -> None:
    first = results(client, "退费难怎么办").xpath(".//p[@class='page-answers']")[0]
    assert words(first) == "这页回答：退费难先做什么"
    assert first.xpath(".//mark")


# Where hits lead


QUERIES = (
    REFUND,
    EVENING,
    "退费难怎么办",
    "看护机构公示收费",
    "退费申请表 监护人联名",
    "一次最多交多少钱",
    "课时",
)


def test_every_hit_leads_to_a_place_that_is_there(learned: FlaskClient, client: FlaskClient) -> None:
    visitors = (learned, client)
    links = [
        link for visitor in visitors for query in QUERIES for link in places(visitor, results(visitor, query))
    ]
    assert len(links) > 8


def test_what_stands_in_an_attachment_leads_to_the_attachments(client: FlaskClient) -> None:
    first = results(client, "退费申请表 监护人联名").xpath(".//li[@class='item']//h3/a/@href")[0]
    assert first == "/policies/prepayment/#attached-files"


# The same everywhere


@pytest.mark.parametrize("variant", ["/hant", "/senior", "/senior/hant"])
@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_in_all_variants_and_under_a_path_links_stay_there_and_lead_to_places_that_are_there(
    learned_sites: dict[str, FlaskClient], prefix: str, variant: str
) -> None:
    before = f"{prefix}{variant}"
    found = results(learned_sites[prefix], REFUND, before)
    (box,) = found.xpath(BOX)
    links = [link for link in found.xpath(".//a/@href") if not link.startswith(f"{prefix}/feeds/")]
    assert [link for link in links if not link.startswith(f"{before}/")] == []
    assert len(places(learned_sites[prefix], box)) == 3
    assert places(learned_sites[prefix], found)
    assert results(learned_sites[prefix], "退费难怎么办", before).xpath(".//p[@class='cut-line']")


def test_in_traditional_characters_the_section_and_the_line_are_in_them_too(learned: FlaskClient) -> None:
    assert "機構應當按約定退還餘款" in words(box_of(learned, REFUND, "/hant"))
    (line,) = results(learned, "退费难怎么办", "/hant").xpath(".//p[@class='cut-line']")
    assert words(line) == "以下內容只有部分相關"


@pytest.mark.parametrize("query", [REFUND, "退费难怎么办", OFF_TOPIC, "tuifei"])
def test_the_fragment_has_what_the_page_has(learned: FlaskClient, query: str) -> None:
    part = learned.get(
        "/search", query_string={"q": query}, headers={"HX-Request": "true", "HX-Target": "results"}
    )
    assert "<html" not in part.text
    assert words(html.fragment_fromstring(part.text, create_parent="div")) == words(results(learned, query))


# The feed of a search


def fed(client: FlaskClient, page: html.HtmlElement) -> set[str]:
    """The records that the feed of a page tells of."""
    (link,) = page.xpath(".//p[@class='feed-links']/a/@href")
    items = client.get(f"/feeds/search.json?{link.partition('?')[2]}").get_json()["items"]
    return {item["id"].partition(":")[2].rpartition(":")[2] for item in items}


@pytest.mark.parametrize("query", ["退费", "tuifei", "双减 -退费"])
def test_the_feed_of_a_search_tells_of_the_records_that_hold_the_words(
    client: FlaskClient, query: str
) -> None:
    found = results(client, query)
    shown = {mark.record for mark in marks(client.get("/search", query_string={"q": query}).text)}
    assert fed(client, found) == shown != set()


def test_the_feed_of_a_number_tells_of_what_has_it_in_another_spelling(client: FlaskClient) -> None:
    assert fed(client, results(client, "示教规2026年1号")) == {"policies/prepayment"}


def test_the_feed_of_a_question_tells_of_what_holds_it_and_not_of_what_is_near(learned: FlaskClient) -> None:
    found = results(learned, "退费难怎么办")
    whole = learned.get("/api/v1/search?q=退费难怎么办").get_json()["whole"]
    assert len(fed(learned, found)) == whole < len(found.xpath(".//li[@class='item']"))
