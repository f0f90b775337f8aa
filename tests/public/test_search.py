"""The search page beyond finding: filters, order, suggestions, corrections, and too many at once."""

import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml.html import fragments_fromstring

from openbureau.library.content import read_library
from openbureau.public import throttle
from openbureau.publishing.build import search_weight as weight
from openbureau.search import Index
from support.makers import main_part, titles, words
from support.waiting import PATIENCE_SECONDS


def test_what_was_found_can_be_narrowed_by_what_it_has_in_common(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=培训").text)
    counties = page.xpath(".//select[@name='county']/option[@value!='']")
    assert counties
    for option in counties:
        narrowed = main_part(
            client.get("/search", query_string={"q": "培训", "county": option.get("value")}).text
        )
        assert f"“培训”共 {words(option).split('（')[1].rstrip('）')} 条" in words(narrowed)


def test_a_filter_that_leaves_nothing_can_be_cleared(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=退费&county=没有这个县").text)
    assert "没有找到" in words(page)
    assert page.xpath(".//select[@name='county']/option[@selected]/@value") == ["没有这个县"]
    assert page.xpath(".//a[@class='clear']")


def test_the_newest_may_come_first(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=培训&kind=policies&sort=newest").text)
    days = page.xpath(".//ul[@class='items']//time/@datetime")
    assert days == sorted(days, reverse=True)
    assert len(days) > 1
    assert page.xpath(".//select[@name='sort']/option[@selected]/@value") == ["newest"]


def test_an_order_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    assert client.get("/search?q=培训&sort=random").status_code == 404
    assert client.get("/search?q=培训&sort=").status_code == 200


def test_an_exact_title_is_called_exact(client: FlaskClient) -> None:
    (title, *_) = titles(client.get("/search?q=退费").text)
    page = main_part(client.get("/search", query_string={"q": title}).text)
    first = page.xpath(".//ul[@class='items']/li")[0]
    assert "完全一致" in words(first)


def test_whoever_mistypes_is_asked_what_was_meant(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=tuifei").text)
    (link,) = page.xpath(".//p[@class='hint']/a")
    assert words(link) == "退费"
    assert "没有“tuifei”的内容，已按“退费”查找" in words(page)
    assert titles(client.get("/search?q=tuifei").text) == titles(client.get(link.get("href")).text)


def test_who_finds_something_is_not_asked_what_was_meant(client: FlaskClient) -> None:
    assert "您要找的是不是" not in client.get("/search?q=退费").text


def test_a_synonym_from_the_content_folder_finds(client: FlaskClient) -> None:
    assert "没有找到" not in words(main_part(client.get("/search?q=辅导班").text))
    assert titles(client.get("/search?q=退款").text)


def test_while_one_types_choices_come_for_the_field(client: FlaskClient) -> None:
    page = main_part(client.get("/search").text)
    (field,) = page.xpath(".//input[@id='q']")
    assert (field.get("list"), field.get("data-hx-get")) == ("suggestions", "/search/suggest")
    answer = client.get("/search/suggest?q=预收", headers={"HX-Request": "true"})
    options = [option.get("value") for option in fragments_fromstring(answer.text.strip())]
    assert any("预收费" in option for option in options)
    assert client.get("/search/suggest", headers={"HX-Request": "true"}).text.strip() == ""


def test_a_browser_gets_the_same_choices_for_its_own_search_bar(client: FlaskClient) -> None:
    answer = client.get("/search/suggest?q=预收")
    assert answer.mimetype == "application/x-suggestions+json"
    typed, suggested = answer.get_json(force=True)
    assert typed == "预收"
    part = client.get("/search/suggest?q=预收", headers={"HX-Request": "true"}).text
    assert [option.get("value") for option in fragments_fromstring(part.strip())] == suggested
    assert "HX-Request" in answer.vary


def test_a_suggestion_is_escaped(client: FlaskClient) -> None:
    answer = client.get("/search/suggest", query_string={"q": "<script>"}, headers={"HX-Request": "true"})
    assert "<script" not in answer.text


def test_more_searches_at_once_than_there_are_turns_are_asked_to_come_back(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "PATIENCE", 0.01)
    inside, leave = threading.Barrier(throttle.AT_ONCE + 1), threading.Event()
    real = Index.find

    def slow(self: Index, query: str, **how: object) -> object:
        if query.startswith("慢"):
            inside.wait(PATIENCE_SECONDS)
            leave.wait(PATIENCE_SECONDS)
        return real(self, query, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Index, "find", slow)
    app = client.application
    threads = [
        # Each of their own: who asks for the same waits for the answer and takes no turn.
        threading.Thread(target=app.test_client().get, args=[f"/search?q={'慢' * number}"])
        for number in range(1, throttle.AT_ONCE + 1)
    ]
    for thread in threads:
        thread.start()
    inside.wait(PATIENCE_SECONDS)
    try:
        refused = client.get("/search?q=退费")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == str(throttle.RETRY_AFTER)
        assert client.get("/feeds/search.atom?q=退费").status_code == 503
        assert client.get("/notices/").status_code == 200
    finally:
        leave.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    assert client.get("/search?q=退费").status_code == 200


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("synonyms.txt", "退费\n", "1: 退费 has no synonym beside it"),
        ("synonyms.txt", "# 说明\n\n退费 退款\n退学 退费\n", "4: 退费 already stands on line 3"),
        ("words.txt", "退费 退款\n", "1: there are two words on this line"),
        ("words.txt", "\udcff", ": this is no UTF-8 text"),
    ],
)
def test_a_fault_in_the_words_stops_with_its_line(content: Path, name: str, text: str, told: str) -> None:
    (content / "search" / name).write_bytes(text.encode(errors="surrogateescape"))
    problems = [
        f"{each.file}:{each.place}: {each.what}" for each in read_library(content).problems if each.stops
    ]
    assert len(problems) == 1
    assert problems[0].startswith(f"search/{name}:")
    assert told.removeprefix(":").strip() in problems[0]


def test_without_words_of_its_own_a_site_is_sound(content: Path) -> None:
    for path in (content / "search").iterdir():
        path.unlink()
    assert read_library(content).is_sound


def test_another_file_there_is_refused(content: Path) -> None:
    (content / "search" / "synonym.txt").write_text("退费 退款\n", encoding="utf-8")
    assert [each.file for each in read_library(content).problems if each.stops] == ["search/synonym.txt"]


def test_what_no_longer_holds_and_what_is_old_weighs_a_little_less(content: Path) -> None:
    records = {record.slug: record for record in read_library(content).records if record.kind == "policies"}
    weights = {slug: weight(record, "2026-06-01") for slug, record in records.items()}
    assert all(0.7 < each <= 1 for each in weights.values())
    newest = max(records, key=lambda slug: records[slug].day)
    oldest = min(records, key=lambda slug: records[slug].day)
    assert weights[oldest] < weights[newest]
