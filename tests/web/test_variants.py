"""繁體 and 长者模式: the same pages under other addresses, and data under one."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.tips.sealing import KeyPair
from openbureau.web.traditional import traditional
from support.makers import write_notices
from support.tip_client import ANONYMOUS, fields_in, solved

VARIANTS = ("/hant", "/senior", "/senior/hant")
PAGES = (
    "/",
    "/policies/",
    "/notices/loans/",
    "/whitelist/",
    "/search?q=预收费",
    "/about/",
    "/tip-off/status",
)
DATA = ("/feeds/all.atom", "/sitemap.xml", "/api/v1/institutions", "/static/css/openbureau.css")


def document(client: FlaskClient, address: str) -> lxml.html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return lxml.html.document_fromstring(answer.text)


def links(page: lxml.html.HtmlElement, where: str = "//a") -> list[str]:
    return [urlsplit(address).path for address in page.xpath(f"{where}/@href") if address.startswith("/")]


# Addresses


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_link_on_a_page_of_a_variant_stays_in_it_or_leads_to_data(
    app: Flask, client: FlaskClient, keys: KeyPair, variant: str, address: str
) -> None:
    page = document(client, variant + address)
    switches = set(links(page, "//header//a[@hreflang]") + links(page, "//nav[@id='variants']//a"))
    left = [link for link in links(page) if link not in switches and not link.startswith(f"{variant}/")]
    # What leads out may only be what has one address: asked for in the variant, it sends back there.
    for link in set(left):
        answer = client.get(variant + link)
        assert (answer.status_code, answer.headers.get("Location")) == (301, link)


def test_what_an_editor_wrote_links_into_the_variant_that_is_read(client: FlaskClient) -> None:
    written = links(document(client, "/policies/prepayment/"), "//div[@class='prose']//a")
    assert written
    found = links(document(client, "/senior/hant/policies/prepayment/"), "//div[@class='prose']//a")
    assert found == [f"/senior/hant{link}" for link in written]


@pytest.mark.parametrize("address", DATA)
@pytest.mark.parametrize("variant", VARIANTS)
def test_data_asked_for_in_a_variant_is_at_its_own_address(
    client: FlaskClient, variant: str, address: str
) -> None:
    answer = client.get(f"{variant}{address}?topic=%E9%80%80%E8%B4%B9")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{address}?topic=%E9%80%80%E8%B4%B9"
    assert client.get(address, buffered=True).status_code == 200


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_root_of_a_variant_without_its_slash_leads_to_it(client: FlaskClient, variant: str) -> None:
    answer = client.get(f"{variant}?q=1")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{variant}/?q=1")


def test_a_name_that_only_begins_like_a_variant_is_none(client: FlaskClient) -> None:
    for address in ("/hantology/", "/seniors/", "/hant/senior/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("variant", VARIANTS)
def test_search_engines_and_machines_are_told_the_plain_address(client: FlaskClient, variant: str) -> None:
    page = document(client, f"{variant}/policies/double-reduction/")
    plain = "http://localhost/policies/double-reduction/"
    assert page.xpath("//link[@rel='canonical']/@href") == [plain]
    alternates = {
        link.get("hreflang"): link.get("href") for link in page.xpath("//link[@rel='alternate'][@hreflang]")
    }
    assert alternates == {
        "zh-CN": plain,
        "zh-Hant": "http://localhost/hant/policies/double-reduction/",
    }
    told = "".join(page.xpath("//script[@type='application/ld+json']/text()"))
    assert "http://localhost/policies/" in told
    assert variant not in told


def test_under_the_path_of_another_site_the_variant_comes_after_it(app: Flask) -> None:
    mounted = Client(DispatcherMiddleware(lambda *_: [], {"/jyj": app.wsgi_app}))
    page = lxml.html.document_fromstring(mounted.get("/jyj/hant/about/").text)
    addresses = [*links(page), *links(page, "//link")]
    assert all(address.startswith("/jyj/") for address in addresses)
    assert "/jyj/hant/policies/" in addresses
    assert "/jyj/feeds/all.atom" in addresses
    assert set(links(page, "//nav[@id='variants']//a")) == {"/jyj/about/", "/jyj/senior/hant/about/"}
    assert mounted.get("/jyj/hant/feeds/all.atom").headers["Location"] == "/jyj/feeds/all.atom"


# From one to another


def test_the_links_in_the_header_lead_to_the_same_page_and_query_in_each_form(client: FlaskClient) -> None:
    query = "whitelist/?q=%E6%B8%85%E6%96%B0&county="

    def switches(variant: str) -> dict[str, str]:
        nav = document(client, f"{variant}/{query}").get_element_by_id("variants")
        return {link.text_content().strip(): link.get("href") for link in nav.iter("a")}

    assert switches("") == {"繁體": f"/hant/{query}", "长者模式": f"/senior/{query}"}
    assert switches("/hant") == {"简体": f"/{query}", "長者模式": f"/senior/hant/{query}"}
    assert switches("/senior") == {"繁體": f"/senior/hant/{query}", "标准版": f"/{query}"}
    assert switches("/senior/hant") == {"简体": f"/senior/{query}", "標準版": f"/hant/{query}"}


def test_the_number_of_a_page_is_kept_only_where_the_pages_are_as_long(
    settings: Settings, content: Path, tmp_path: Path
) -> None:
    write_notices(content, 25)
    publish(content, Shelf(tmp_path / "many"))
    (settings.instance / "publications").unlink()
    (settings.instance / "publications").symlink_to(tmp_path / "many")
    client = create_app(settings).test_client()
    page = document(client, "/notices/?page=2")
    assert [link.get("href") for link in page.get_element_by_id("variants").iter("a")] == [
        "/hant/notices/?page=2",
        "/senior/notices/",
    ]
    shown = [
        len(document(client, f"{variant}/notices/").xpath("//li[contains(@class,'item')]"))
        for variant in ("", "/senior")
    ]
    assert shown == [20, 8]


def test_where_something_was_typed_no_link_in_the_header_can_lose_it(
    client: FlaskClient, keys: KeyPair
) -> None:
    refused = client.post("/hant/tip-off/", data={"step": "story", "story": "短"})
    assert refused.status_code == 422
    page = lxml.html.document_fromstring(refused.text)
    assert not list(page.get_element_by_id("variants").iter("a"))


# 长者模式


COLUMNS = [
    *("首页", "培训机构名单", "政策与解读", "风险提示", "征求意见", "执法公开", "数据"),
    "企业反映乱罚款",
]


def test_the_columns_are_called_the_same_in_the_row_and_in_the_menu(client: FlaskClient) -> None:
    page = document(client, "/policies/")
    assert [column.text for column in page.xpath("//nav[@class='nav']//a")] == COLUMNS
    menu = [entry.text_content().strip() for entry in page.xpath("//nav[@class='menu-list']//a")]
    assert menu == ["搜索", *COLUMNS, "我的关注", "订阅更新", "繁體"]
    assert page.xpath("//nav[@class='nav']//a[@aria-current='page']/text()") == ["政策与解读"]


def test_in_the_mode_for_the_elderly_the_columns_are_in_the_menu_alone(client: FlaskClient) -> None:
    page = document(client, "/senior/")
    assert page.get("class") == "senior"
    assert not page.xpath("//nav[@class='nav']")
    menu = [entry.text_content().strip() for entry in page.xpath("//nav[@class='menu-list']//a")]
    assert menu == ["搜索", *COLUMNS, "我的关注", "订阅更新", "繁體"]


# 繁體


@pytest.mark.parametrize("variant", ["/hant", "/senior/hant"])
def test_a_page_in_traditional_characters_says_so_and_is_so(client: FlaskClient, variant: str) -> None:
    page = document(client, f"{variant}/policies/")
    assert page.get("lang") == "zh-Hant"
    assert page.xpath("string(//h1)") == "政策與解讀"
    assert page.xpath("string(//title)").startswith("政策與解讀 - 清遠市")


def test_a_part_that_htmx_asks_for_is_converted_too(client: FlaskClient) -> None:
    part = client.get("/hant/whitelist/?county=清新区", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "縣（市、區）" in part.text
    assert part.headers["HX-Replace-Url"].startswith("/hant/whitelist/?county=")


def test_filters_chosen_in_traditional_characters_are_the_plain_ones(client: FlaskClient) -> None:
    page = document(client, "/hant/whitelist/")
    (option,) = page.xpath("//select[@name='county']/option[starts-with(@value,'清新')]")
    assert option.get("value") == "清新区"
    assert option.text_content().startswith("清新區")
    chosen = document(client, "/hant/whitelist/?county=清新区").xpath("//ul[@class='items']/li")
    assert len(chosen) == len(document(client, "/whitelist/?county=清新区").xpath("//ul[@class='items']/li"))


def test_what_was_typed_comes_back_as_it_was_typed(client: FlaskClient) -> None:
    for query in ("退费", "退費"):
        page = document(client, f"/hant/search?q={query}")
        assert page.xpath("//input[@id='q']/@value") == [query]


def test_an_error_page_is_in_the_variant_too(client: FlaskClient) -> None:
    answer = client.get("/hant/nothing-here")
    assert answer.status_code == 404
    assert "沒有找到這一頁" in answer.text


CASES = {
    "text": ("<p>头发</p>", "<p>頭髮</p>"),
    "a word across an element": (
        '头<mark>发</mark>，发<a href="/发展">展</a>',
        '頭<mark>髮</mark>，發<a href="/发展">展</a>',
    ),
    "two blocks are no word": ("<li>头</li><li>发</li>", "<li>頭</li><li>發</li>"),
    "attributes that are read": (
        '<img alt="头发" src="/头发.svg"><input placeholder="机构" aria-label="名" value="机构" name="机构">',
        '<img alt="頭髮" src="/头发.svg"><input placeholder="機構" aria-label="名" value="机构" name="机构">',
    ),
    "the same text in two attributes": ('<i title="机构" id="机构">', '<i title="機構" id="机构">'),
    "an option with a value": ('<option value="县">县（3）', '<option value="县">縣（3）'),
    "an option that is its value": ("<option>县</option><p>县</p>", "<option>县</option><p>縣</p>"),
    "what somebody typed": ("<textarea>县</textarea>县", "<textarea>县</textarea>縣"),
    "codes and programs": (
        "<code>县<b>县</b></code><script>县</script>县",
        "<code>县<b>县</b></code><script>县</script>縣",
    ),
    "what is not to be translated": (
        '<a translate="no"><i>县</i>县</a>县',
        '<a translate="no"><i>县</i>县</a>縣',
    ),
    "an element without an end": (
        '<p translate="no">县<br>县<img></p><p>县',
        '<p translate="no">县<br>县<img></p><p>縣',
    ),
    "references": ("县&amp;县&#39;县&lt;", "縣&amp;縣&#39;縣&lt;"),
    "description": (
        '<meta name="description" content="县"><meta name="x" content="县">',
        '<meta name="description" content="縣"><meta name="x" content="县">',
    ),
    "what is no element": ("<!DOCTYPE html><!-- 县 -->县", "<!DOCTYPE html><!-- 县 -->縣"),
    "as Hong Kong writes": ("为了台湾才核实", "為了台灣才核實"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_read_is_converted_and_nothing_else(case: str) -> None:
    plain, converted = CASES[case]
    assert traditional(plain) == converted


def test_a_page_without_chinese_comes_out_as_it_went_in(client: FlaskClient) -> None:
    page = re.sub("[\u4e00-\u9fff]", "x", client.get("/whitelist/").text)
    assert traditional(page) == page


# The tip-off form


def test_a_tip_written_in_a_variant_comes_back_as_it_was_typed_and_is_taken(
    app: Flask, client: FlaskClient, keys: KeyPair
) -> None:
    root = "/senior/hant"
    (action,) = document(client, f"{root}/tip-off/").xpath("//form[@method='post']/@action")
    assert action == f"{root}/tip-off/"
    story = "五月二十日下午，两名人员到店检查，没有出示证件就当场罚款；頭髮照舊，也没有给票据。"
    tip = {**ANONYMOUS, "story": story, "unit": "英德市教育局"}
    refused = client.post(action, data={**tip, "step": "sender", "named": ""})
    assert refused.status_code == 422
    assert fields_in(refused)["story"] == story
    page = client.post(action, data={**fields_in(refused), "named": "anonymous"})
    assert story in page.text
    last = fields_in(page)
    assert (last["story"], last["unit"]) == (story, "英德市教育局")
    receipt = client.post(f"{root}/tip-off/submit", data={**last, "proof": solved(last["challenge"])})
    assert receipt.status_code == 200
    assert "請保存查詢碼" in receipt.text
