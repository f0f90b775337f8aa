"""Pages, their fragments for htmx and their variants: each test says in its message how to keep the rule."""

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.urls import iri_to_uri

from openbureau.library import kinds
from support.house_visits import LISTS, ask
from support.source_tree import TEMPLATES


@pytest.mark.parametrize("address", LISTS)
def test_a_list_answers_a_browser_with_a_page_and_htmx_with_the_part_of_it(
    client: FlaskClient, address: str
) -> None:
    page = client.get(address)
    part = client.get(address, headers={"HX-Request": "true"})
    assert "<html" in page.text
    assert "<html" not in part.text
    assert part.text.strip()
    assert part.text.strip() in page.text, "the page must include the very template that htmx gets"
    assert page.headers["ETag"] != part.headers["ETag"], "a cache could take one for the other"
    for answer in (page, part, client.get(address, headers={"If-None-Match": page.headers["ETag"]})):
        assert "HX-Request" in answer.vary, "render with web.page(): it lets caches keep the two apart"


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
@pytest.mark.parametrize("address", LISTS)
def test_a_boosted_link_and_a_restored_page_get_the_whole_page(
    client: FlaskClient, address: str, header: str
) -> None:
    answer = client.get(address, headers={"HX-Request": "true", header: "true"})
    assert answer.data == client.get(address).data, (
        "decide with web.wants_fragment(), not with request.htmx alone"
    )


def test_every_part_that_htmx_may_ask_for_is_among_the_lists_tested() -> None:
    rooms = {path.parent.name for path in (TEMPLATES / "public").rglob("_results.html")} - {"documents"}
    rooms |= {*kinds.names()}
    assert rooms == {re.split("[/?]", address)[1] for address in LISTS}, "add the new list's address to LISTS"


def test_a_page_that_is_no_list_is_answered_whole_to_htmx_too(
    answers: Mapping[str, TestResponse], app: Flask
) -> None:
    lists = {address.partition("?")[0] for address in LISTS}
    htmx = app.test_client()
    for address, answer in answers.items():
        is_page = address.startswith("/") and answer.mimetype == "text/html"
        if is_page and address.partition("?")[0] not in lists:
            assert "<html" in htmx.get(address, headers={"HX-Request": "true"}).text, address


def test_in_a_variant_a_page_answers_as_a_page_and_data_at_its_own_address(
    answers: Mapping[str, TestResponse], client: FlaskClient
) -> None:
    for address, plain in answers.items():
        if not address.startswith("/") or plain.status_code != 200:
            continue
        answer = ask(client, f"/senior/hant{address}")
        if plain.mimetype == "text/html":
            assert (answer.status_code, answer.mimetype) == (200, "text/html"), address
        else:
            told = f"{address}: name it in public.DATA; only pages have variants"
            assert (answer.status_code, answer.headers.get("Location")) == (301, iri_to_uri(address)), told
