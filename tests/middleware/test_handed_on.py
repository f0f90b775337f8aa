"""Addresses as people hand them on: with parameters of messengers, with the end of a sentence."""

from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from openbureau.app import create_app
from openbureau.config import Settings
from support.site import CONTENT, NOON

ADDED = [
    "from=singlemessage&isappinstalled=0",
    "utm_source=weixin&utm_medium=social",
    "from=timeline&scene=1&nsukey=abc",
]
PATHS = [
    "/notices/loans/",
    "/whitelist/?county=441802",
    "/feeds/all.atom",
    "/api/v1/search?q=%E8%B4%B7%E6%AC%BE",
]


@pytest.mark.parametrize("added", ADDED)
@pytest.mark.parametrize("path", PATHS)
def test_what_a_messenger_adds_changes_no_answer_and_makes_none_anew(
    app: Flask, client: FlaskClient, path: str, added: str
) -> None:
    made = []
    app.before_request(lambda: made.append(request.full_path))
    plain = client.get(path)
    times = len(made)
    handed_on = client.get(f"{path}{'&' if '?' in path else '?'}{added}")
    assert (handed_on.status_code, handed_on.data) == (200, plain.data)
    assert handed_on.headers.get("ETag") == plain.headers.get("ETag")
    assert len(set(made)) == 1
    assert len(made) == times or "ETag" not in plain.headers


def test_what_is_asked_stays_as_it_was_written(app: Flask, client: FlaskClient) -> None:
    asked = []
    app.before_request(lambda: asked.append(request.query_string))
    client.get("/search?q=a%2Bb&from=groupmessage&q=%CB%AB&sort=newest")
    assert asked == [b"q=a%2Bb&q=%CB%AB&sort=newest"]


@pytest.mark.parametrize("mark", ["。", "，", "）", "》。", "…", ".", ",", ")", '"'])
def test_an_address_with_the_end_of_a_sentence_finds_its_page(client: FlaskClient, mark: str) -> None:
    for written in (quote(mark), mark):
        answer = client.get(f"/notices/loans/{written}?utm_source=x")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/notices/loans/")
    assert client.get(f"/notices/loans{quote(mark)}", follow_redirects=True).status_code == 200


def test_what_was_asked_goes_on_with_the_address(client: FlaskClient) -> None:
    assert client.get("/whitelist/%E3%80%82?county=441802").headers["Location"] == "/whitelist/?county=441802"


def test_it_leads_to_the_site_itself_below_its_path(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'tips.db'}"
    settings = Settings(CONTENT, tmp_path, database, url="https://bureau.example", url_prefix="/zwgk")
    client = create_app(settings, clock=lambda: NOON).test_client()
    answer = client.get("/zwgk/notices/loans/%E3%80%82")
    assert answer.headers["Location"] == "https://bureau.example/zwgk/notices/loans/"
    answer = client.get("/zwgk//other.example/%E3%80%82")
    assert answer.headers["Location"] == "https://bureau.example/zwgk/other.example/"


def test_nothing_that_is_sent_is_led_anywhere(client: FlaskClient) -> None:
    assert client.post("/tip-off/%E3%80%82", data={}).status_code == 404
