"""The staff door: who comes in, for how long, and how little the desk shows of a tip."""

import logging
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from openbureau import MOST_BYTES, create_app, create_desk, staff
from openbureau.config import Settings
from openbureau.database import db
from openbureau.tips import handling, receipts
from openbureau.tips.model import Stage
from openbureau.tips.sealing import KeyPair, Sealer
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


@dataclass
class Clock:
    """A clock that the test moves."""

    now: datetime = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon of 1 June 2026 in China, until the test moves it."""
    return Clock()


@pytest.fixture
def password() -> str:
    """What only the clerk knows."""
    return secrets.token_urlsafe(16)


@pytest.fixture
def desk(settings: Settings, clock: Clock, password: str) -> Iterator[Flask]:
    """The desk under the test's clock, with one account."""
    desk = create_desk(settings, clock=clock)
    desk.testing = True
    with desk.app_context():
        db.create_all()
        staff.add_member(db.session(), NAME, password)
    yield desk
    with desk.app_context():
        db.engine.dispose()


@pytest.fixture
def visitor(desk: Flask) -> FlaskClient:
    """Somebody at the desk's door."""
    return desk.test_client()


@pytest.fixture
def clerk(visitor: FlaskClient, password: str) -> FlaskClient:
    """Somebody who has come in."""
    assert log_in(visitor, NAME, password).status_code == 303
    return visitor


def log_in(client: FlaskClient, name: str, password: str, **headers: str) -> TestResponse:
    return client.post("/login", data={"name": name, "password": password}, headers=headers)


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    return cookie.value if cookie else ""


def form_token(client: FlaskClient) -> str:
    return str(lxml.html.fromstring(client.get("/").text).xpath("string(//input[@name='form_token']/@value)"))


def is_inside(client: FlaskClient) -> bool:
    answer = client.get("/")
    assert (answer.status_code, answer.headers.get("Location")) in {(200, None), (303, "/login")}
    return answer.status_code == 200


def logins(desk: Flask) -> int:
    with desk.app_context():
        return db.session.scalar(select(func.count()).select_from(staff.StaffSession)) or 0


def store_tip(desk: Flask, keys: KeyPair, received_on: date = date(2026, 5, 30), **changes: str) -> None:
    told = Submission.from_form(REPORTED | changes, ["英德市教育局"], ["procedure"])
    sealer, secret, form_id = Sealer([keys.public]), secrets.token_bytes(32), receipts.new_form_id()
    with desk.app_context():
        handling.submit(db.session(), secret, form_id, told, sealer, received_on)


# In and out


def test_whoever_is_not_logged_in_gets_the_login_form_whatever_was_asked_for(visitor: FlaskClient) -> None:
    for address in ("/", "/nothing-here", "/logout", "/tips/1"):
        for answer in (visitor.get(address), visitor.post(address), visitor.delete(address)):
            assert (answer.status_code, answer.headers["Location"]) == (303, "/login"), address
    form = lxml.html.fromstring(visitor.get("/login").text).forms[0]
    assert {name: value or "" for name, value in form.fields.items()} == {"name": "", "password": ""}
    assert form.inputs["password"].type == "password"


def test_every_view_of_the_desk_is_closed_unless_it_is_named_open(desk: Flask, visitor: FlaskClient) -> None:
    rules = [
        rule
        for rule in desk.url_map.iter_rules()
        if rule.endpoint not in {"static", "login.new", "login.create"}
    ]
    assert rules
    for rule in rules:
        for method in rule.methods or ():
            answer = visitor.open(rule.rule, method=method)
            assert answer.headers.get("Location") == "/login", rule


def test_the_public_application_has_no_door_to_the_desk(settings: Settings, desk: Flask) -> None:
    public = create_app(settings)
    ours = {rule.endpoint for rule in desk.url_map.iter_rules()} - {"static"}
    assert not ours & {rule.endpoint for rule in public.url_map.iter_rules()}
    assert public.test_client().get("/login").status_code == 404


def test_the_right_password_opens_the_desk_with_a_cookie_that_only_this_site_can_use(
    visitor: FlaskClient, password: str
) -> None:
    answer = log_in(visitor, NAME, password)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    [line] = answer.headers.getlist("Set-Cookie")
    cookie = SimpleCookie(line)[COOKIE]
    assert cookie["secure"] is cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Strict", "/", "")
    assert cookie["expires"] == cookie["max-age"] == ""
    assert len(cookie.value) >= 43
    assert NAME in visitor.get("/").text


def test_blanks_around_the_name_do_not_matter_but_the_password_is_taken_literally(
    visitor: FlaskClient, password: str
) -> None:
    assert log_in(visitor, NAME, f" {password}").status_code == 422
    assert log_in(visitor, NAME, password.swapcase()).status_code == 422
    assert log_in(visitor, f" {NAME} ", password).status_code == 303


def test_a_wrong_name_and_a_wrong_password_are_told_in_the_same_words(
    visitor: FlaskClient, password: str
) -> None:
    wrong_password = log_in(visitor, NAME, secrets.token_urlsafe(16))
    wrong_name = log_in(visitor, "clerc", password)
    assert wrong_password.status_code == wrong_name.status_code == 422
    assert "用户名和密码不匹配" in wrong_name.text
    assert wrong_password.text.replace(NAME, "clerc") == wrong_name.text
    for answer in (wrong_password, wrong_name):
        assert "Set-Cookie" not in answer.headers
        assert password not in answer.text
    assert not is_inside(visitor)


@pytest.mark.parametrize("name", [NAME, "nobody", "", "中" * 5000, "\x00"])
def test_every_attempt_costs_one_hash_whether_the_name_exists_or_not(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    calls: list[str] = []
    # `verify` and `hash` do the same work: one argon2id over the password.
    for method in ("hash", "verify"):
        really = getattr(PasswordHasher, method)

        def counted(*args: object, method: str = method, really=really) -> object:  # type: ignore[no-untyped-def]
            calls.append(method)
            return really(*args)

        monkeypatch.setattr(PasswordHasher, method, counted)
    assert log_in(visitor, name, secrets.token_urlsafe(16)).status_code == 422
    assert len(calls) == 1


def test_whoever_guesses_passwords_does_not_keep_tips_from_being_stored(
    visitor: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    really_verify = PasswordHasher.verify

    def write_meanwhile(*args: object) -> object:
        with closing(
            sqlite3.connect(settings.instance / "tips.db", timeout=0, isolation_level=None)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            written.append(True)
        return really_verify(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(PasswordHasher, "verify", write_meanwhile)
    assert log_in(visitor, NAME, secrets.token_urlsafe(16)).status_code == 422
    assert written


def test_a_very_long_password_is_refused_like_any_other(visitor: FlaskClient, password: str) -> None:
    assert log_in(visitor, NAME, password + "x" * 100_000).status_code == 422
    assert log_in(visitor, NAME, "x" * MOST_BYTES).status_code == 413


def test_a_password_of_the_greatest_length_opens_and_one_more_letter_does_not(
    desk: Flask, visitor: FlaskClient
) -> None:
    longest = secrets.token_urlsafe(staff.LONGEST_PASSWORD)[: staff.LONGEST_PASSWORD]
    with desk.app_context():
        staff.add_member(db.session(), "other", longest)
    assert log_in(visitor, "other", longest + "x").status_code == 422
    assert log_in(visitor, "other", longest).status_code == 303


def test_neither_password_nor_token_lies_in_the_database_or_the_log(
    visitor: FlaskClient, settings: Settings, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log_in(visitor, NAME, password)
    token = cookie_of(visitor)
    kept = (settings.instance / "tips.db").read_bytes()
    assert b"$argon2id$" in kept
    for secret in (password, token):
        assert secret.encode() not in kept
        assert secret not in caplog.text


def test_logging_out_ends_the_login_everywhere(clerk: FlaskClient, desk: Flask) -> None:
    token = cookie_of(clerk)
    answer = clerk.post("/logout", data={"form_token": form_token(clerk)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not cookie_of(clerk)
    stolen = desk.test_client()
    stolen.set_cookie(COOKIE, token)
    assert not is_inside(stolen)
    assert logins(desk) == 0


def test_a_cookie_set_beforehand_is_not_the_login(desk: Flask, visitor: FlaskClient, password: str) -> None:
    planted = secrets.token_urlsafe(32)
    visitor.set_cookie(COOKIE, planted)
    assert not is_inside(visitor)
    log_in(visitor, NAME, password)
    assert cookie_of(visitor) not in ("", planted)
    attacker = desk.test_client()
    attacker.set_cookie(COOKIE, planted)
    assert not is_inside(attacker)


def test_a_new_login_has_a_new_cookie(desk: Flask, visitor: FlaskClient, password: str) -> None:
    log_in(visitor, NAME, password)
    first = cookie_of(visitor)
    log_in(visitor, NAME, password)
    assert cookie_of(visitor) != first


@pytest.mark.parametrize("value", ["", "x" * 4000, "%00", "中文", "../../etc/passwd", "' OR 1=1 --"])
def test_a_cookie_of_nonsense_opens_nothing(visitor: FlaskClient, value: str) -> None:
    visitor.set_cookie(COOKIE, value)
    assert not is_inside(visitor)


# For how long


def test_a_login_sleeps_for_fifteen_minutes_at_most(clerk: FlaskClient, clock: Clock, desk: Flask) -> None:
    clock.now += timedelta(minutes=15)
    assert is_inside(clerk)
    clock.now += timedelta(minutes=15, seconds=1)
    assert not is_inside(clerk)
    assert logins(desk) == 0
    clock.now -= timedelta(minutes=10)
    assert not is_inside(clerk)


def test_a_login_ends_after_eight_hours_however_busy(clerk: FlaskClient, clock: Clock) -> None:
    begun = clock.now
    while clock.now < begun + timedelta(hours=8):
        assert is_inside(clerk), clock.now - begun
        clock.now += timedelta(minutes=10)
    assert is_inside(clerk)
    clock.now += timedelta(seconds=1)
    assert not is_inside(clerk)


# Who may change anything


@pytest.mark.parametrize("sent", [{}, {"form_token": ""}, {"form_token": "wrong"}, {"form_token": "中文"}])
def test_a_post_without_the_token_of_this_login_is_refused(
    clerk: FlaskClient, desk: Flask, sent: dict[str, str]
) -> None:
    answer = clerk.post("/logout", data=sent)
    assert answer.status_code == 403
    assert "不能这样提交" in answer.text
    assert is_inside(clerk)
    assert logins(desk) == 1


def test_the_token_of_another_login_does_not_count(clerk: FlaskClient, desk: Flask, password: str) -> None:
    other = desk.test_client()
    log_in(other, NAME, password)
    assert clerk.post("/logout", data={"form_token": form_token(other)}).status_code == 403
    assert is_inside(clerk)
    assert is_inside(other)


def test_the_token_does_not_count_in_the_address(clerk: FlaskClient) -> None:
    assert clerk.post(f"/logout?form_token={form_token(clerk)}").status_code == 403
    assert clerk.get(f"/logout?form_token={form_token(clerk)}").status_code == 405
    assert is_inside(clerk)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_post_from_another_site_is_refused_even_with_the_token(
    clerk: FlaskClient, desk: Flask, password: str, headers: dict[str, str]
) -> None:
    data = {"form_token": form_token(clerk)}
    assert clerk.post("/logout", data=data, headers=headers).status_code == 403
    assert is_inside(clerk)
    elsewhere = desk.test_client()
    assert log_in(elsewhere, NAME, password, **headers).status_code == 403
    assert not cookie_of(elsewhere)
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert clerk.post("/logout", data=data, headers=own).status_code == 303


# What is shown


def test_an_empty_queue_says_so(clerk: FlaskClient) -> None:
    assert "目前没有线索" in clerk.get("/").text


def test_the_queue_shows_numbers_days_and_stages_and_nothing_of_what_was_reported(
    clerk: FlaskClient, desk: Flask, keys: KeyPair
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
    visitor: FlaskClient, desk: Flask, keys: KeyPair, clock: Clock, password: str
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


def test_amber_and_red_are_colours_and_words(clerk: FlaskClient, desk: Flask, keys: KeyPair) -> None:
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
    clerk: FlaskClient, desk: Flask, keys: KeyPair, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        store_tip(desk, keys, date(2026, 12, 28))
    caplog.clear()
    shown = [row[-1] for row in rows_in(clerk.get("/").text)]
    unknown = "初审 缺2027年放假安排 日期无法计算 告知是否受理 缺2027年放假安排 日期无法计算"
    assert shown == [unknown] * 2
    (logged,) = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert "no days off are known for 2027: add content/holidays/2027.toml and publish" in logged


def test_no_page_of_the_desk_is_stored_or_indexed(visitor: FlaskClient, password: str) -> None:
    answers = [
        visitor.get("/"),
        visitor.get("/login"),
        log_in(visitor, NAME, "x"),
        log_in(visitor, NAME, password),
    ]
    answers += [visitor.get("/"), visitor.get("/nothing-here"), visitor.post("/logout")]
    assert [answer.status_code for answer in answers] == [303, 200, 422, 303, 200, 404, 403]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"
        assert "ETag" not in answer.headers


def test_an_error_at_the_desk_looks_like_the_desk_and_leads_back_to_it(clerk: FlaskClient) -> None:
    answer = clerk.get("/nothing-here")
    assert answer.status_code == 404
    page = lxml.html.fromstring(answer.text)
    assert "没有找到这一页" in page.xpath("string(//h1)")
    assert page.xpath("//header//a/@href") == ["/"]
    assert not page.xpath("//form[@role='search']")


def test_without_its_database_the_desk_says_that_it_is_closed_for_now(
    visitor: FlaskClient, settings: Settings, desk: Flask, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    with desk.app_context():
        db.engine.dispose()
    lose(settings.instance / "tips.db")
    answer = log_in(visitor, NAME, password)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "暂时不能使用" in answer.text
    assert password not in caplog.text


def lose(path: Path) -> None:
    """What a wrong mount does: where the file was there is a folder."""
    path.unlink()
    path.mkdir()
