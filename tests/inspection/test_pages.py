"""The tags by which inspectors read a page (国办发〔2017〕47号): each kind of page has its own."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html

from support.makers import PENALTIES, PENALTY, substitute, texts, visitor, write_register

SITE = ["SiteName", "SiteDomain", "SiteIDCode"]
COLUMN = [*SITE, "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"]
ARTICLE = [*COLUMN, "ArticleTitle", "PubDate", "ContentSource"]
RECOMMENDED = ["Keywords", "description", "Author", "Image", "Url"]

LISTS = ("/policies/", "/notices/", "/announcements/", "/consultations/", "/whitelist/", "/registers/")
REGISTER = "/registers/penalties/"
ARTICLES = (
    "/policies/prepayment/",
    "/policies/prepayment-explained/",
    "/notices/loans/",
    "/announcements/report/",
    "/consultations/prepayment/",
    "/registers/penalties/2025-1/",
    "/about/",
)


@pytest.fixture
def visit(tmp_path: Path) -> FlaskClient:
    """A visitor of a site whose footer names its code."""
    content = texts(tmp_path)
    substitute(content / "site.toml", 'site_code = ""', 'site_code = "4418000001"')
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    return visitor(content, tmp_path, url="https://jyj.example")


def tags(client: FlaskClient, address: str) -> dict[str, str]:
    """The named tags of a page's head; each stands once and says something."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    named = html.document_fromstring(answer.text).xpath("//head/meta[@name]")
    found = {tag.get("name"): tag.get("content") for tag in named}
    assert len(found) == len(named), address
    assert all(found.values()), (address, found)
    return found


def official(found: dict[str, str]) -> list[str]:
    return [name for name in found if name in ARTICLE]


def test_the_front_page_names_the_site_its_domain_and_its_code(visit: FlaskClient) -> None:
    found = tags(visit, "/")
    assert official(found) == SITE
    assert (found["SiteDomain"], found["SiteIDCode"]) == ("jyj.example", "4418000001")


@pytest.mark.parametrize("address", [*LISTS, REGISTER])
def test_a_list_has_the_seven_tags_of_a_column(visit: FlaskClient, address: str) -> None:
    assert official(tags(visit, address)) == COLUMN


@pytest.mark.parametrize("address", ARTICLES)
def test_a_single_page_has_the_ten_tags_of_an_article_and_the_recommended_ones(
    visit: FlaskClient, address: str
) -> None:
    found = tags(visit, address)
    assert official(found) == ARTICLE
    assert found.keys() >= {*RECOMMENDED}
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", found["PubDate"])
    assert found["Url"] == f"https://jyj.example{address}"
    picture = found["Image"].removeprefix("https://jyj.example")
    assert visit.get(picture, buffered=True).status_code == 200


@pytest.mark.parametrize("kind", ["whitelist", "editions"])
def test_an_institution_and_an_edition_are_single_pages_too(client: FlaskClient, kind: str) -> None:
    page = html.document_fromstring(client.get("/whitelist/?status=正常").text)
    card = page.xpath("//*[contains(@class, 'institution')]//h3/a/@href")[0]
    address = card if kind == "whitelist" else "/whitelist/editions/2024-06-30/"
    # A demonstration has no code of its own, and invents none.
    assert official(tags(client, address)) == [name for name in ARTICLE if name != "SiteIDCode"]


def test_the_time_of_an_article_is_that_of_china(visit: FlaskClient) -> None:
    assert tags(visit, "/announcements/report/")["PubDate"] == "2026-05-07 09:00"
    assert tags(visit, "/announcements/report/")["ContentSource"] == "示例来源"
