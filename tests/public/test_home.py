"""The front page and what the site says of itself."""

from pathlib import Path
from urllib.parse import urlsplit

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask.testing import FlaskClient

from openbureau.library.bureau import read_bureau
from support.makers import substitute, texts, visitor
from support.site import Keys


def test_the_front_page_has_four_ways_on_what_is_urgent_and_what_is_new(client: FlaskClient) -> None:
    page = lxml.html.document_fromstring(client.get("/").text)
    assert page.xpath("//*[@class='doors']//b/text()") == ["查机构", "退费维权", "举报投诉", "看政策"]
    for address in page.xpath("//*[@class='doors']//a/@href"):
        assert client.get(address).status_code == 200, address
    (urgent,) = page.find_class("urgent")
    assert "一次交费别超过三个月" in urgent.text_content()
    assert len(page.xpath("//*[@class='links']/li")) == 5


def test_the_numbers_of_the_front_page_lead_to_as_many_institutions(client: FlaskClient) -> None:
    page = lxml.html.document_fromstring(client.get("/").text)
    told = [(link.text, link.get("href")) for link in page.xpath("//*[@class='board']//dd/a")]
    assert len(told) == 4
    assert int(told[0][0]) > 0
    for number, address in told:
        count = lxml.html.document_fromstring(client.get(address).text).find_class("count")
        assert f"共 {number} 家" in count[0].text_content() if int(number) else True, address


def test_the_box_of_the_front_page_asks_the_search_which_knows_institutions_and_answers(
    client: FlaskClient,
) -> None:
    (form,) = lxml.html.document_fromstring(client.get("/").text).xpath("//main//form[@role='search']")
    assert (form.get("action"), form.xpath(".//input/@name")) == ("/search", ["q"])


def test_every_page_says_that_the_data_are_for_demonstration(client: FlaskClient) -> None:
    for address in ("/", "/policies/", "/whitelist/", "/tip-off/status", "/about/", "/nothing-here"):
        assert "演示数据" in client.get(address).text, address


ERRORS = "https://errors.example/tell.html"


@pytest.mark.parametrize(
    ("given", "address", "told"),
    [
        (f"{ERRORS}?site_code=4418000001", "/policies/", f"{ERRORS}?site_code=4418000001&url="),
        (f"{ERRORS}?site_code=4418000001", "/hant/policies/?topic=x", f"{ERRORS}?site_code=4418000001&url="),
        (ERRORS, "/policies/", f"{ERRORS}?url="),
    ],
)
def test_the_foot_tells_the_national_platform_which_page_has_the_error(
    tmp_path: Path, given: str, address: str, told: str
) -> None:
    content = texts(tmp_path)
    substitute(content / "site.toml", 'report_error_url = ""', f'report_error_url = "{given}"')
    visit = visitor(content, tmp_path, url="https://jyj.example")
    page = lxml.html.document_fromstring(visit.get(address).text)
    (link,) = page.xpath("//footer//a[text()='政府网站找错' or text()='政府網站找錯']/@href")
    assert link == f"{told}https%3A%2F%2Fjyj.example%2Fpolicies%2F"
    lost = lxml.html.document_fromstring(visit.get("/nothing-here").text)
    assert lost.xpath("//footer//a[text()='政府网站找错']/@href")[0].endswith("%2Fnothing-here")


def test_the_police_record_leads_to_where_it_is_kept(tmp_path: Path) -> None:
    content = texts(tmp_path)
    substitute(content / "site.toml", 'police = ""', 'police = "粤公网安备44180202000001号"')
    page = lxml.html.document_fromstring(visitor(content, tmp_path).get("/").text)
    (link,) = page.xpath("//footer//a[text()='粤公网安备44180202000001号']/@href")
    assert link == "https://beian.mps.gov.cn/#/query/webSearch?code=44180202000001"


def test_the_mark_of_the_bureau_takes_the_place_of_the_stand_in(tmp_path: Path) -> None:
    content = texts(tmp_path)
    substitute(content / "site.toml", "tag_authority", 'mark = "/shared/mark.svg"\ntag_authority')
    page = lxml.html.document_fromstring(visitor(content, tmp_path).get("/").text)
    assert page.xpath("//a[@class='brand']/img/@src") == ["/shared/mark.svg"]
    substitute(content / "site.toml", "/shared/mark.svg", "https://elsewhere.example/mark.svg")
    _, problems = read_bureau(content)
    assert [problem.what for problem in problems] == ["mark is no address on this host"]


def test_the_foot_begins_with_numbers_to_call_and_a_form_has_nothing_around_it(
    client: FlaskClient, keys: Keys
) -> None:
    page = lxml.html.document_fromstring(client.get("/policies/").text)
    assert page.xpath("//footer//a/@href")[:3] == ["tel:12345", "tel:12315", "tel:110"]
    for address in ("/tip-off/", "/tip-off/status", "/tip-off/verify"):
        form = lxml.html.document_fromstring(client.get(address).text)
        assert [nav.get("aria-label") for nav in form.iter("nav")] == ["字体与版式", "页脚"], address


def test_whoever_asks_for_an_icon_gets_one(client: FlaskClient) -> None:
    page = lxml.html.document_fromstring(client.get("/").text)
    pictures = page.xpath("//link[contains(@rel, 'icon')]/@href | //meta[@property='og:image']/@content")
    asked = [urlsplit(picture).path for picture in pictures]
    types = [client.get(address, buffered=True).mimetype for address in ("/favicon.ico", *asked)]
    assert [kind.split("/")[0] for kind in types] == ["image"] * 5
