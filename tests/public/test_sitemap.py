"""What search engines and browsers are told: site map, robots.txt, OpenSearch, canonical links, JSON-LD."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.public import sitemap
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import (
    PENALTIES,
    PENALTY,
    in_production,
    set_fields,
    substitute,
    texts,
    visitor,
    write_notices,
    write_register,
)
from support.site import Keys
from support.whitelist_makers import EXAMPLE, edition, other

URL = "https://open.example"
MAP = {"map": sitemap.SITEMAPS}
ABOUT_SEARCH = {"os": sitemap.OPENSEARCH}


def places(client: FlaskClient, address: str = "/sitemap.xml") -> dict[str, str]:
    """The addresses of a site map with the instant of the last change, empty where none is told."""
    answer = client.get(address)
    assert answer.status_code == 200
    root = etree.fromstring(answer.data)
    entries = root.findall("map:url", MAP) + root.findall("map:sitemap", MAP)
    assert len(entries) == len(root)
    return {entry.findtext("map:loc", "", MAP): entry.findtext("map:lastmod", "", MAP) for entry in entries}


def canonical(page: str) -> list[str]:
    return [str(found) for found in html.document_fromstring(page).xpath("//link[@rel='canonical']/@href")]


def linked_data(page: str) -> dict[str, dict[str, Any]]:
    """What a page says of itself in JSON-LD, by type."""
    blocks = html.document_fromstring(page).xpath("//script[@type='application/ld+json']/text()")
    documents = [json.loads(block) for block in blocks]
    assert all(document["@context"] == "https://schema.org" for document in documents)
    return {document["@type"]: document for document in documents}


# The site map


def test_every_address_of_the_site_map_answers(client: FlaskClient) -> None:
    found = places(client)
    assert {
        "/",
        "/policies/",
        "/whitelist/",
        "/registers/",
        "/about/",
        "/policies/prepayment/",
        "/notices/loans/",
        "/whitelist/editions/2024-06-30/",
    } <= {urlsplit(address).path for address in found}
    for address in found:
        assert client.get(urlsplit(address).path).status_code == 200, address


def test_the_site_map_tells_whole_addresses_and_when_each_page_changed(tmp_path: Path) -> None:
    content = texts(tmp_path)
    notice = content / "notices" / "loans.md"
    set_fields(notice, updated_at="2026-05-20 09:30", change_note="改正电话")
    found = places(visitor(content, tmp_path / "instance", url=URL))
    assert all(address.startswith(f"{URL}/") for address in found)
    assert found[f"{URL}/notices/loans/"] == "2026-05-20T01:30:00+00:00"
    assert found[f"{URL}/notices/"] == found[f"{URL}/"] == "2026-05-20T01:30:00+00:00"
    told = [datetime.fromisoformat(instant) for instant in found.values() if instant]
    assert all(instant.tzinfo for instant in told)


def test_the_site_map_does_not_name_what_was_withdrawn(tmp_path: Path) -> None:
    content = texts(tmp_path)
    set_fields(content / "notices" / "summer.md", updated_at="2026-05-01 09:00", withdrawn_reason="内容有误")
    client = visitor(content, tmp_path / "instance", url=URL)
    assert client.get("/notices/summer/").status_code == 410
    assert f"{URL}/notices/summer/" not in places(client)
    assert f"{URL}/notices/loans/" in places(client)


def test_the_site_map_names_entries_of_registers_until_their_public_display_ends(tmp_path: Path) -> None:
    content = texts(tmp_path)
    over = {**PENALTY, "编号": "2025-2", "公示截止": "2026-05-31"}
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY, over]})
    client = visitor(content, tmp_path / "instance", url=URL)
    found = places(client)
    assert {f"{URL}/registers/penalties/", f"{URL}/registers/penalties/2025-1/"} <= found.keys()
    assert f"{URL}/registers/penalties/2025-2/" not in found
    assert client.get("/registers/penalties/2025-2/").status_code == 410


def test_a_site_too_large_for_one_map_answers_with_an_index_of_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = texts(tmp_path)
    write_notices(content, 12)
    client = visitor(content, tmp_path / "instance", url=URL)
    whole = places(client)
    assert places(client, "/sitemap-1.xml") == whole
    monkeypatch.setattr(sitemap, "MAX_URLS", 10)
    client = visitor(content, tmp_path / "instance", url=URL)
    index = places(client)
    assert client.get("/sitemap.xml").text.count("<sitemapindex") == 1
    parts = [places(client, urlsplit(address).path) for address in index]
    assert len(parts) == -(-len(whole) // 10) > 1
    assert all(len(part) <= 10 for part in parts)
    assert {address: changed for part in parts for address, changed in part.items()} == whole
    assert list(index.values()) == [max(part.values()) for part in parts]
    for number in (0, len(parts) + 1):
        assert client.get(f"/sitemap-{number}.xml").status_code == 404


# robots.txt


def test_robots_may_read_all_but_receipts_progress_and_the_results_of_searches(
    tmp_path: Path,
) -> None:
    answer = visitor(in_production(texts(tmp_path)), tmp_path / "instance", url=URL).get("/robots.txt")
    assert answer.mimetype == "text/plain"
    fields = [line.partition(": ") for line in answer.text.splitlines() if line]
    assert fields[0] == ("User-agent", ": ", "*")
    closed = [path for name, _, path in fields if name == "Disallow"]
    assert closed == [
        "/tip-off/status",
        "/tip-off/verify",
        "/search?",
        "/follow/",
        "/search/suggest",
        "/senior/",
        "/hant/tip-off/status",
        "/hant/tip-off/verify",
        "/hant/search?",
        "/hant/follow/",
    ]
    assert [address for name, _, address in fields if name == "Sitemap"] == [f"{URL}/sitemap.xml"]


def test_the_ways_in_may_be_found_and_what_is_behind_them_not(
    content: Path, settings: Settings, keys: Keys
) -> None:
    signer = settings.recipients_signer_file.read_text(encoding="utf-8")
    for invented in (content / "whitelist").iterdir():
        invented.unlink()
    site = in_production(content) / "site.toml"
    substitute(site, 'signed_by = "https://example.org/"', f'signed_by = "{signer}"')
    settings.publications.unlink()
    publish(content, Shelf(settings.publications))
    client = create_app(settings).test_client()
    assert client.get("/tip-off/").headers["X-Robots-Tag"] == "noarchive"
    for address in ("/tip-off/status", "/tip-off/verify", "/tip-off/nothing-here"):
        assert client.get(address).headers["X-Robots-Tag"] == "noindex, noarchive", address
    assert client.post("/tip-off/", data={"step": "notice"}).headers["X-Robots-Tag"] == "noindex, noarchive"
    tag = "//meta[@name='robots']/@content"
    assert html.document_fromstring(client.get("/search").text).xpath(tag) == []
    assert html.document_fromstring(client.get("/search?q=退费").text).xpath(tag) == ["noindex"]


def test_robots_stay_out_of_a_demonstration(client: FlaskClient) -> None:
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    for address in ("/", "/policies/", "/feeds/all.atom", "/api/v1/institutions"):
        assert client.get(address).headers["X-Robots-Tag"] == "noindex, noarchive"


def test_no_address_of_the_site_map_is_closed_to_robots(tmp_path: Path) -> None:
    client = visitor(in_production(texts(tmp_path)), tmp_path / "instance")
    assert "X-Robots-Tag" not in client.get("/").headers
    closed = re.findall("^Disallow: (.+)$", client.get("/robots.txt").text, re.MULTILINE)
    assert closed
    for address in places(client):
        assert not urlsplit(address).path.startswith(tuple(closed)), address


# OpenSearch


def test_a_browser_learns_where_to_search_and_where_to_ask_for_suggestions(tmp_path: Path) -> None:
    client = visitor(texts(tmp_path), tmp_path / "instance", url=URL)
    page = html.document_fromstring(client.get("/").text)
    (link,) = page.xpath("//link[@rel='search']")
    answer = client.get(link.get("href"))
    assert link.get("type") == answer.mimetype == "application/opensearchdescription+xml"
    root = etree.fromstring(answer.data)
    assert root.tag == f"{{{sitemap.OPENSEARCH}}}OpenSearchDescription"
    assert 0 < len(root.findtext("os:ShortName", "", ABOUT_SEARCH)) <= 16
    urls = {
        (url.get("rel"), url.get("type")): url.get("template") for url in root.findall("os:Url", ABOUT_SEARCH)
    }
    assert urls[("self", answer.mimetype)] == f"{URL}/opensearch.xml"
    del urls[("self", answer.mimetype)]
    assert set(urls) == {
        ("results", "text/html"),
        ("results", "application/atom+xml"),
        ("suggestions", "application/x-suggestions+json"),
    }
    for (_, media_type), template in urls.items():
        assert template.startswith(f"{URL}/")
        found = client.get(template.removeprefix(URL).replace("{searchTerms}", quote("预收费")))
        assert (found.status_code, found.mimetype) == (200, media_type)
        assert "预收费" in found.text
    picture = root.findtext("os:Image", "", ABOUT_SEARCH)
    assert client.get(picture.removeprefix(URL), buffered=True).mimetype == "image/svg+xml"


# Canonical addresses


@pytest.mark.parametrize(
    ("asked", "stands_for"),
    [
        ("/?utm_source=letter", "/"),
        ("/policies/prepayment/?from=feed", "/policies/prepayment/"),
        ("/policies/?topic=预收费", "/policies/"),
        ("/policies/?page=1", "/policies/"),
        ("/notices/?page=2", "/notices/?page=2"),
        ("/notices/?page=2&topic=预收费", "/notices/"),
        ("/search?q=预收费", "/search"),
        ("/subscribe/policies/?topic=预收费", "/subscribe/policies/"),
        ("/about/?page=7", "/about/"),
    ],
)
def test_a_page_names_the_one_address_of_what_it_shows(tmp_path: Path, asked: str, stands_for: str) -> None:
    content = texts(tmp_path)
    write_notices(content, 30)
    for notice in (content / "notices").glob("number-*.md"):
        set_fields(notice, topics="[预收费]")
    answer = visitor(content, tmp_path / "instance", url=URL).get(asked)
    assert answer.status_code == 200
    assert canonical(answer.text) == [URL + stands_for]


@pytest.mark.parametrize(
    "asked",
    ["/whitelist/?county=清新区&sort=permit_end", "/whitelist/?q=清新"],
)
def test_a_selection_of_the_whitelist_stands_for_the_whole_list(client: FlaskClient, asked: str) -> None:
    assert canonical(client.get(asked).text) == ["http://localhost/whitelist/"]


def test_a_card_asked_for_a_past_day_is_the_same_card(client: FlaskClient) -> None:
    card = re.search(r'href="(/whitelist/[0-9A-Z]+/)"', client.get("/whitelist/").text)
    assert card
    for asked in (card[1], f"{card[1]}?on=2025-01-01"):
        assert canonical(client.get(asked).text) == [f"http://localhost{card[1]}"]


def test_a_page_that_is_not_there_has_no_address_to_stand_for(tmp_path: Path) -> None:
    content = texts(tmp_path)
    set_fields(content / "notices" / "summer.md", updated_at="2026-05-01 09:00", withdrawn_reason="内容有误")
    client = visitor(content, tmp_path / "instance", url=URL)
    for address in ("/nothing-here", "/policies/nothing-here/", "/notices/summer/"):
        assert canonical(client.get(address).text) == []


# Linked data


def test_a_policy_says_what_document_it_is_and_whether_it_is_in_force(client: FlaskClient) -> None:
    page = linked_data(client.get("/policies/prepayment/").text)["WebPage"]
    assert page["url"] == "http://localhost/policies/prepayment/"
    work = page["mainEntity"]
    assert work["@type"] == "Legislation"
    assert work["legislationIdentifier"] == "示教规〔2026〕1号"
    assert work["legislationDate"] == "2026-02-27"
    assert work["legislationLegalForce"] == "https://schema.org/InForce"
    assert [each["name"] for each in work["publisher"]] == ["示例市教育局", "示例市市场监管局"]


@pytest.mark.parametrize(
    ("fields", "force"),
    [
        ({"validity": "废止"}, "https://schema.org/NotInForce"),
        ({"expires_on": "2026-05-31"}, "https://schema.org/NotInForce"),
        ({"effective_on": "2026-06-02"}, "https://schema.org/NotInForce"),
        ({"validity": "被修改"}, None),
    ],
)
def test_a_policy_claims_to_be_in_force_only_while_it_is(
    tmp_path: Path, fields: Mapping[str, str], force: str | None
) -> None:
    content = texts(tmp_path)
    set_fields(content / "policies" / "prepayment.md", **fields)
    answer = visitor(content, tmp_path / "instance").get("/policies/prepayment/")
    assert linked_data(answer.text)["WebPage"]["mainEntity"].get("legislationLegalForce") == force


def test_a_policy_that_is_no_legal_act_does_not_claim_to_be_one(tmp_path: Path) -> None:
    content = texts(tmp_path)
    set_fields(content / "policies" / "prepayment.md", genre="政策文件")
    answer = visitor(content, tmp_path / "instance").get("/policies/prepayment/")
    work = linked_data(answer.text)["WebPage"]["mainEntity"]
    assert work["@type"] == "CreativeWork"
    assert not [name for name in work if name.startswith("legislation")]


def test_an_interpretation_is_an_article_about_its_policy(client: FlaskClient) -> None:
    article = linked_data(client.get("/policies/prepayment-explained/").text)["Article"]
    assert [each["url"] for each in article["about"]] == ["http://localhost/policies/prepayment/"]


def test_a_listed_institution_is_described_and_one_no_longer_listed_is_not(tmp_path: Path) -> None:
    content = texts(tmp_path)
    (content / "whitelist").mkdir()
    gone = other("清远市示例乙钢琴培训有限公司", 状态="已注销")
    edition(content, {"机构名称": "清远市示例甲美术培训有限公司"}, gone)
    client = visitor(content, tmp_path / "instance", url=URL)
    found = [address.removeprefix(URL) for address in places(client)]
    cards = [client.get(each).text for each in found if re.fullmatch("/whitelist/[0-9A-Z]+/", each)]
    off, on = sorted(cards, key=lambda page: "示例甲" in page)
    assert "已移出名单（注销）" in off
    assert "EducationalOrganization" not in linked_data(off)
    told = linked_data(on)["EducationalOrganization"]
    assert told["name"] == "清远市示例甲美术培训有限公司"
    assert canonical(on) == [told["url"]]
    codes = {each["propertyID"]: each["value"] for each in told["identifier"]}
    assert codes == {"统一社会信用代码": EXAMPLE["统一社会信用代码"], "办学许可证号": EXAMPLE["办学许可证号"]}


def test_a_page_tells_where_it_stands(client: FlaskClient) -> None:
    trail = linked_data(client.get("/notices/loans/").text)["BreadcrumbList"]["itemListElement"]
    assert [item["position"] for item in trail] == [1, 2, 3]
    assert [item.get("item") for item in trail] == ["http://localhost/", "http://localhost/notices/", None]


def test_no_title_can_close_the_data_block_it_stands_in(tmp_path: Path) -> None:
    content = texts(tmp_path)
    title = "</script><img src=x> & '通知'"
    set_fields(content / "policies" / "prepayment.md", title=json.dumps(title, ensure_ascii=False))
    page = visitor(content, tmp_path / "instance").get("/policies/prepayment/").text
    assert linked_data(page)["WebPage"]["name"] == title
    assert not html.document_fromstring(page).xpath("//img[@src='x']")
