"""What goes wrong: the page says what happened, and where to go from there."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from support.makers import main_part, set_fields, texts, visitor, words


def offered(client: FlaskClient, address: str) -> list[str]:
    """The documents that the page of an address which is not there offers instead."""
    answer = client.get(address)
    assert answer.status_code == 404
    return [str(each) for each in main_part(answer.text).xpath(".//ul[@class='plain']//a/@href")]


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("/policies/prepaymant/", ["/policies/prepayment/", "/consultations/prepayment/"]),
        ("/notices/loan.html", ["/notices/loans/"]),
        ("/policies/after-school-care", ["/consultations/after-school-care/"]),
        ("/预收费新规/", ["/policies/prepayment-explained/"]),
        ("/wp-login.php", []),
        ("/policies/" + "长" * 2000, []),
    ],
)
def test_a_page_that_is_not_there_offers_what_is_named_like_it(
    client: FlaskClient, address: str, near: list[str]
) -> None:
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 404
    found = main_part(answer.text).xpath(".//ul[@class='plain']//a/@href")
    assert {*near} == {*found[: len(near)]}
    assert bool(near) == bool(found)


def test_what_was_withdrawn_is_not_offered(tmp_path: Path) -> None:
    content = texts(tmp_path)
    loans = content / "notices" / "loans.md"
    set_fields(loans, updated_at="2026-05-20 09:00", withdrawn_reason="内容有误")
    visit = visitor(content, tmp_path)
    assert offered(visit, "/notices/loan/") == []
    gone = visit.get("/notices/loans/")
    assert gone.status_code == 410
    assert "撤回原因：内容有误" in words(main_part(gone.text))


@pytest.mark.parametrize("address", ["/nothing-here", "/notices/nothing-here/", "/policies/?page=99"])
def test_every_error_page_has_a_search_box_and_the_way_home(client: FlaskClient, address: str) -> None:
    page = main_part(client.get(address).text)
    assert page.xpath(".//form[@role='search']/@action") == ["/search"]
    assert "/" in page.xpath(".//a/@href")


def test_a_fault_of_ours_is_told_without_its_details(app: Flask) -> None:
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.text
    assert main_part(answer.text).xpath(".//form[@role='search']")


def test_when_no_page_can_be_made_somebody_is_still_told(app: Flask) -> None:
    app.jinja_env.globals.pop("link_to")
    app.jinja_env.globals.pop("static_url")
    answer = app.test_client().get("/policies/")
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert "稍后再试" in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
