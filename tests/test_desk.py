"""The staff door: who comes in, for how long, and how little the desk shows of a tip."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient

from conftest import Keys
from desk_visitors import SECRET, Clock, enter, hire, open_desk
from openbureau.config import Settings
from openbureau.database import db
from openbureau.staff import Role
from openbureau.tips import handling, intake, receipts
from openbureau.tips.model import Stage
from openbureau.tips.submission import Submission

COOKIE = "__Host-desk"
NAME = "clerk"
STORY = "五月二十日下午，两名人员到店检查，没有出示证件就当场罚款，也没有给票据。"
REPORTED = {
    "unit": "英德市教育局",
    "story": STORY,
    "doc_no": "英教罚〔2026〕3号",
    "amount": "5000",
    "named": "named",
    "name": "某某",
    "contact": "0763-1234567",
}


@pytest.fixture
def clock() -> Clock:
    """Noon of 1 June 2026 in China, until the test moves it."""
    return Clock()


@pytest.fixture
def desk(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The desk under the test's clock."""
    with open_desk(settings, clock) as desk:
        yield desk


@pytest.fixture
def clerk(desk: Flask, clock: Clock) -> FlaskClient:
    """A handler who has come in."""
    return enter(desk, clock, Role.HANDLER).client


def store_tip(desk: Flask, keys: Keys, received_on: date = date(2026, 5, 30), **changes: str) -> None:
    told = Submission.from_form(REPORTED | changes, ["英德市教育局"], ["procedure"])
    with desk.app_context():
        intake.submit(
            db.session(), SECRET, receipts.new_form_id(), told, keys.recipients("清远市教育局"), received_on
        )


# What is shown


def test_an_empty_queue_says_so(clerk: FlaskClient) -> None:
    assert "目前没有线索" in clerk.get("/").text


def test_the_queue_shows_numbers_days_and_stages_and_nothing_of_what_was_reported(
    clerk: FlaskClient, desk: Flask, keys: Keys
) -> None:
    store_tip(desk, keys)
    store_tip(desk, keys, named="anonymous")
    with desk.app_context():
        handling.move(db.session(), 1, Stage.SCREENING, date(2026, 5, 31))
    page = clerk.get("/").text
    rows = [row[:4] for row in rows_in(page)]
    assert rows == [
        ["2", "2026年5月30日", "已收到", "2026年5月30日"],
        ["1", "2026年5月30日", "审核中", "2026年5月31日"],
    ]
    for word in (STORY, "某某", "0763-1234567", "英德市教育局", "英教罚", "5000"):
        assert word not in page, word


def rows_in(page: str) -> list[list[str]]:
    """The cells of the queue, each in one line."""
    rows = lxml.html.fromstring(page).xpath("//table/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def clocks_in_queue(clerk: FlaskClient) -> str:
    """What the queue says of the only tip's limits."""
    ((*_, clocks),) = rows_in(clerk.get("/").text)
    return clocks


def test_the_queue_shows_the_limits_that_run_and_warns_before_and_at_their_end(
    visitor: FlaskClient, desk: Flask, keys: Keys, clock: Clock, password: str
) -> None:
    store_tip(desk, keys)
    for day, screen, notify in (
        (date(2026, 6, 3), "期限内", "期限内"),
        (date(2026, 6, 4), "临近期限", "期限内"),
        (date(2026, 6, 5), "今天到期", "期限内"),
        (date(2026, 6, 6), "已超期", "期限内"),
        (date(2026, 6, 11), "已超期", "临近期限"),
        (date(2026, 6, 15), "已超期", "今天到期"),
    ):
        clock.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        log_in(visitor, NAME, password)
        shown = f"初审 2026年6月5日 {screen} 告知是否受理 2026年6月15日 {notify}"
        assert clocks_in_queue(visitor) == shown
    with desk.app_context():
        handling.move(db.session(), 1, Stage.SCREENING, date(2026, 6, 15))
        handling.move(db.session(), 1, Stage.ACCEPTED, date(2026, 6, 15))
    assert clocks_in_queue(visitor) == "办结 2026年8月14日 期限内"
    with desk.app_context():
        handling.move(db.session(), 1, Stage.WITHDRAWN, date(2026, 6, 15))
    assert clocks_in_queue(visitor) == ""


def test_amber_and_red_are_colours_and_words(clerk: FlaskClient, desk: Flask, keys: Keys) -> None:
    store_tip(desk, keys)
    page = lxml.html.fromstring(clerk.get("/").text)
    assert page.xpath("//td//span/@class") == ["badge badge-green", "badge badge-green"]
    store_tip(desk, keys, date(2026, 5, 20))
    page = lxml.html.fromstring(clerk.get("/").text)
    badges = page.xpath("//tr[th='2']//span[contains(@class, 'badge')]")
    assert [(each.get("class"), each.text) for each in badges] == [
        ("badge badge-red", "已超期"),
        ("badge badge-amber", "临近期限"),
    ]


def test_without_the_table_of_a_year_the_queue_says_so_and_logs_the_cause_once(
    clerk: FlaskClient, desk: Flask, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        store_tip(desk, keys, date(2026, 12, 28))
    caplog.clear()
    shown = [row[-1] for row in rows_in(clerk.get("/").text)]
    unknown = "初审 缺2027年放假安排 日期无法计算 告知是否受理 缺2027年放假安排 日期无法计算"
    assert shown == [unknown] * 2
    (logged,) = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert "no days off are known for 2027: add content/holidays/2027.toml and publish" in logged


def test_an_error_at_the_desk_looks_like_the_desk_and_leads_back_to_it(clerk: FlaskClient) -> None:
    answer = clerk.get("/nothing-here")
    assert answer.status_code == 404
    page = lxml.html.fromstring(answer.text)
    assert "没有找到这一页" in page.xpath("string(//h1)")
    assert page.xpath("//header//a/@href") == ["/"]
    assert not page.xpath("//form[@role='search']")


def test_without_its_database_the_desk_says_that_it_is_closed_for_now(
    settings: Settings, desk: Flask, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    with desk.app_context():
        db.engine.dispose()
    lose(settings.instance / "tips.db")
    answer = clerk.log_in()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "暂时不能使用" in answer.text
    assert clerk.password not in caplog.text


def lose(path: Path) -> None:
    """What a wrong mount does: where the file was there is a folder."""
    path.unlink()
    path.mkdir()
