"""The page that says there is nothing here: what it offers, and that it costs next to nothing."""

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from openbureau.library.catalogue import Catalogue
from openbureau.public.throttle import turn_if_free
from support.makers import main_part, words

OFFERED = "您要找的是不是"


@pytest.mark.parametrize("path", ["/policies/prepaymet/", f"/{quote('校外培训')}", f"/x/{quote('培训')}/"])
def test_the_page_of_nothing_offers_what_comes_near(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert OFFERED in answer.text
    links = main_part(answer.text).xpath(".//ul[@class='plain']/li/a/@href")
    assert 1 <= len(links) <= 3
    assert all(client.get(link).status_code == 200 for link in links)


@pytest.mark.parametrize("path", ["/nothing/", f"/{quote('没有这样的一页')}", f"/{quote('校外培训')}"])
def test_the_page_of_nothing_reads_no_more_records_than_it_offers(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    client.get("/about/")
    read: list[int] = []
    really = Catalogue._all

    def counted(catalogue: Catalogue, query: object) -> object:
        records = really(catalogue, query)  # type: ignore[arg-type]
        read.append(len(records))
        return records

    monkeypatch.setattr(Catalogue, "_all", counted)
    monkeypatch.setattr(Catalogue, "latest", None)
    monkeypatch.setattr(Catalogue, "announced", None)
    assert client.get(path).status_code == 404
    assert sum(read) <= 6


def test_when_others_are_guessed_for_the_page_of_nothing_comes_without_guesses(client: FlaskClient) -> None:
    with turn_if_free("guess") as has_turn:
        assert has_turn
        answer = client.get("/policies/prepaymet/")
    assert answer.status_code == 404
    assert OFFERED not in answer.text
    assert "没有找到这一页" in words(main_part(answer.text))
    assert OFFERED in client.get("/policies/prepaymet/").text
