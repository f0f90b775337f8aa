"""What people search for, as editors may know it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from openbureau.cli import main
from openbureau.config import Settings
from openbureau.search.query_log import LoggedQuery, QueryLog

JUNE = date(2026, 6, 1)


@pytest.fixture
def searches(tmp_path: Path) -> QueryLog:
    return QueryLog(tmp_path / "searches.db")


def note(searches: QueryLog, query: str, times: int, *, found: bool = True, day: date = JUNE) -> None:
    for _ in range(times):
        searches.record(query, found, day)


def test_queries_are_counted_by_month_the_most_frequent_first(searches: QueryLog) -> None:
    note(searches, "退费", 3)
    note(searches, "白名单", 5)
    note(searches, "白名单", 3, day=date(2026, 5, 31))
    assert searches.of_month(JUNE) == [LoggedQuery("白名单", 5, 0), LoggedQuery("退费", 3, 0)]
    assert searches.of_month(date(2026, 5, 1)) == [LoggedQuery("白名单", 3, 0)]


def test_queries_without_a_result_are_counted_apart(searches: QueryLog) -> None:
    note(searches, "航模", 2, found=False)
    note(searches, "航模", 2)
    assert searches.of_month(JUNE) == [LoggedQuery("航模", 4, 2)]


def test_what_is_rare_is_not_shown_and_forgotten_when_the_month_is_over(
    searches: QueryLog, tmp_path: Path
) -> None:
    note(searches, "某某学校某老师", 2)
    note(searches, "退费", 3)
    assert searches.of_month(JUNE) == [LoggedQuery("退费", 3, 0)]
    note(searches, "白名单", 1, day=date(2026, 7, 1))
    stored = (tmp_path / "searches.db").read_bytes()
    note(searches, "某某学校某老师", 2)
    assert searches.of_month(JUNE) == [LoggedQuery("退费", 3, 0)]
    assert "退费".encode() in stored


def test_after_a_year_a_month_is_forgotten(searches: QueryLog) -> None:
    note(searches, "退费", 3, day=date(2025, 5, 31))
    note(searches, "退费", 3, day=date(2025, 6, 1))
    note(searches, "退费", 1, day=date(2026, 5, 31))
    note(searches, "退费", 1)
    assert searches.of_month(date(2025, 5, 1)) == []
    assert searches.of_month(date(2025, 6, 1)) == [LoggedQuery("退费", 3, 0)]


def test_before_anybody_searched_there_is_nothing_and_no_file(searches: QueryLog, tmp_path: Path) -> None:
    assert searches.of_month(JUNE) == []
    assert list(tmp_path.iterdir()) == []


def test_the_page_counts_what_was_searched_for_and_nothing_else(
    client: FlaskClient, settings: Settings
) -> None:
    for address in ("/search?q=退費", "/search?q=退费", "/search?q=退费 ", "/search", "/search?q="):
        assert client.get(address).status_code == 200
    for narrowed in (
        "/search?q=退费&kind=notices",
        "/search?q=培训&page=2",
        "/search?q=退费&topic=收费与退费",
    ):
        assert client.get(narrowed).status_code == 200
    client.application.extensions["searches"].write()
    assert QueryLog(settings.searches_file).of_month(JUNE) == [LoggedQuery("退费", 3, 0)]


def test_a_search_goes_on_when_it_cannot_be_counted(
    client: FlaskClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.searches_file.write_bytes(b"no database" * 100)
    assert "退费" in client.get("/search?q=退费").text
    client.application.extensions["searches"].write()
    assert "1 searches were not counted" in caplog.text


@pytest.fixture
def run(settings: Settings) -> Callable[..., Result]:
    env = {"OPENBUREAU_CONTENT": str(settings.content), "OPENBUREAU_INSTANCE": str(settings.instance)}
    return lambda *words: CliRunner().invoke(main, words, env=env)


def test_editors_see_the_counts_of_a_month(run: Callable[..., Result], settings: Settings) -> None:
    settings.instance.mkdir(exist_ok=True)
    note(QueryLog(settings.searches_file), "退费", 4)
    note(QueryLog(settings.searches_file), "航模", 3, found=False)
    assert run("search", "asked", "--month", "2026-06").stdout == "4\t0\t退费\n3\t3\t航模\n"
    empty = run("search", "asked", "--month", "2026-05")
    assert (empty.exit_code, empty.stdout) == (0, "")
    assert "nothing was searched for 3 times or more" in empty.stderr


def test_the_count_knows_no_more_than_query_and_month(app: Flask, settings: Settings) -> None:
    app.test_client().get(
        "/search?q=退费", headers={"User-Agent": "Spy/1.0"}, environ_base={"REMOTE_ADDR": "192.0.2.77"}
    )
    app.extensions["searches"].write()
    stored = settings.searches_file.read_bytes()
    assert "退费".encode() in stored
    assert b"2026-06" in stored
    for trace in (b"Spy", b"192.0.2.77", b"2026-06-01"):
        assert trace not in stored
