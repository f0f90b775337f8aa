"""The marks by which programs read what a page shows: which records, in which order, meant or near."""

import pytest
from flask.testing import FlaskClient

from support.makers import main_part
from support.marks import marks

MEANT = "清远市清新区瑶乡示例编程培训中心"


def addresses(page: str) -> list[str]:
    """Where the marked links of a page lead."""
    return [str(href) for href in main_part(page).xpath(".//*[@id='results']//a[@data-record]/@href")]


@pytest.mark.parametrize("query", ["退费", "超过5000元怎么办", "名单", MEANT, "关于"])
def test_every_hit_names_its_record(client: FlaskClient, query: str) -> None:
    page = client.get("/search", query_string={"q": query}).text
    hits = main_part(page).xpath(".//*[@id='results']//ul[@class='items']/li[@class='item']")
    assert hits
    assert len(hits) == len(main_part(page).xpath(".//ul[@class='items']//h3/a[@data-record]"))
    for (key, _), address in zip(marks(page), addresses(page), strict=True):
        kind, _, slug = key.partition("/")
        assert slug.partition("--")[2] in address if kind == "registers" else slug in address


def test_an_institution_is_meant_when_the_lookup_means_it_and_near_else(client: FlaskClient) -> None:
    shown = marks(client.get("/search", query_string={"q": MEANT}).text)
    assert shown[0][1] == "meant"
    assert all(how == ("near" if key.startswith("whitelist/") else "") for key, how in shown[1:])
    near = marks(client.get("/search?q=云凡示例编程").text)
    assert {how for key, how in near if key.startswith("whitelist/")} == {"near"}


def test_an_institution_that_the_query_means_is_marked_so(client: FlaskClient) -> None:
    shown = marks(client.get("/whitelist/", query_string={"q": MEANT}).text)
    assert [how for _, how in shown].count("meant") == 1
    assert shown[0][1] == "meant"


def test_an_institution_that_is_another_one_is_marked_near(client: FlaskClient) -> None:
    shown = marks(client.get("/whitelist/?q=清远市清新区谣乡示例编程培训中心").text)
    assert {how for _, how in shown} == {"near"}


def test_who_asked_for_nobody_means_nobody(client: FlaskClient) -> None:
    shown = marks(client.get("/whitelist/").text)
    assert len(shown) == 20
    assert {how for _, how in shown} == {""}
