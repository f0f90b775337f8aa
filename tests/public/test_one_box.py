"""The three boxes of the site: each knows institutions, as surely as the others, and answers questions."""

import pytest
from flask.testing import FlaskClient

from support.makers import main_part, words
from support.marks import Mark, marks

NAME = "清远市清新区瑶乡示例编程培训中心"
SLUG = "whitelist/52441803MJ0Q95UA9U"

BOXES = ("/search", "/whitelist/")


def shown(client: FlaskClient, box: str, text: str) -> list[Mark]:
    return marks(client.get(box, query_string={"q": text}).text)


def results(client: FlaskClient, box: str, text: str) -> str:
    page = main_part(client.get(box, query_string={"q": text}).text)
    return words(page.get_element_by_id("results"))


@pytest.mark.parametrize(
    "text", [NAME, "瑶乡编程", "有个叫瑶乡的编程班", "瑶乡编程工作室", "52441803MJ0Q95UA9U"]
)
@pytest.mark.parametrize("box", BOXES)
def test_a_name_leads_to_its_institution_in_one_tap(client: FlaskClient, box: str, text: str) -> None:
    assert shown(client, box, text)[0] == Mark(SLUG, "meant")


@pytest.mark.parametrize("text", ["遥乡编程", "瑶乡编程万达店", "英德瑶乡编程", "瑶乡机器人", "小瑶乡编程"])
@pytest.mark.parametrize("box", BOXES)
def test_what_only_resembles_a_name_leads_to_it_as_another_one(
    client: FlaskClient, box: str, text: str
) -> None:
    found = shown(client, box, text)
    assert Mark(SLUG, "near") in found[:3]
    assert "meant" not in {mark.shown for mark in found}
    assert "不是同一家机构" in results(client, box, text)


@pytest.mark.parametrize("text", ["退费", "机构跑路怎么退钱", "预收费最多收多少"])
@pytest.mark.parametrize("box", BOXES)
def test_a_question_is_answered_by_documents(client: FlaskClient, box: str, text: str) -> None:
    kinds = {mark.record.partition("/")[0] for mark in shown(client, box, text)[:3]}
    assert kinds & {"notices", "policies"}


def test_a_question_in_the_box_of_institutions_is_not_told_that_the_list_lacks_it(
    client: FlaskClient,
) -> None:
    said = results(client, "/whitelist/", "退费")
    assert "没有查到“退费”" not in said
    assert said.index("站内相关内容") < said.index("如果“退费”是一家机构的名称")
    assert "没有查到，不等于一定违法" in said


def test_who_looks_for_an_institution_that_is_not_on_the_list_is_told_so_first(client: FlaskClient) -> None:
    said = results(client, "/whitelist/", "朴新语文培训学校")
    assert said.index("名单里没有查到“朴新语文培训学校”") < said.index("不等于一定违法")


def test_the_search_shows_three_of_those_that_are_meant_once_and_leads_to_all(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=编程").text)
    found = [mark.record for mark in shown(client, "/search", "编程")]
    assert len(found) == len(set(found))
    named = page.xpath(".//section[@aria-labelledby='h-named']")[0]
    assert len(named.xpath(".//li")) == 3
    (link,) = named.xpath("./p/a")
    assert link.get("href") == "/whitelist/?q=%E7%BC%96%E7%A8%8B"
    assert "查看全部" in words(link)


def test_a_narrowed_search_names_no_institutions_above_it(client: FlaskClient) -> None:
    for narrowed in ("&page=2", "&kind=policies", "&county=清新区"):
        page = client.get(f"/search?q=培训{narrowed}").text
        assert not main_part(page).xpath(".//section[@aria-labelledby='h-named']"), narrowed


@pytest.mark.parametrize("address", ["/search?q=退费", "/whitelist/?q=退费", "/whitelist/?q=遥乡编程"])
def test_all_boxes_work_under_a_prefix_in_traditional_characters_and_for_the_old(
    client: FlaskClient, address: str
) -> None:
    for before in ("/hant", "/senior"):
        page = client.get(before + address)
        assert page.status_code == 200
        links = main_part(page.text).xpath(".//*[@id='results']//a[@data-record]/@href")
        assert links
        assert all(link.startswith(before) for link in links)
