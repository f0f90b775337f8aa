"""In and out of the desk: password, second factor, sessions, roles, and the key that is unlocked."""

import logging
import re
import secrets
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from http.cookies import SimpleCookie

import lxml.html  # type: ignore[import-untyped]
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from openbureau.app import MAX_FORM_BYTES, create_app
from openbureau.config import Settings
from openbureau.database import Model, audit_log, db
from openbureau.desk import OPEN
from openbureau.desk.cookie import COOKIE, KNOWN_COOKIE
from openbureau.desk.roles import allowed_roles
from openbureau.publishing.publication import Shelf
from openbureau.staff import Role, accounts
from openbureau.staff.accounts import StaffSession
from openbureau.staff.passwords import MAX_PASSWORD_CHARACTERS
from openbureau.tips.sealing.recipients import Duty
from support.desk_visitors import Member, enter, hire, name_recipient
from support.site import Clock, Keys


@pytest.fixture
def clerk(desk: Flask, clock: Clock) -> Member:
    """A handler who has come in."""
    return enter(desk, clock, Role.HANDLER)


def logins(desk: Flask) -> int:
    with desk.app_context():
        return db.session.scalar(select(func.count()).select_from(StaffSession)) or 0


def told(desk: Flask) -> list[tuple[str, str]]:
    """What the log says, who and what."""
    with desk.app_context():
        found = db.session.scalars(select(audit_log.LogEntry).order_by(audit_log.LogEntry.seq)).all()
        return [(entry.actor, entry.event) for entry in found]


# In


def test_whoever_is_not_logged_in_gets_the_login_form_whatever_was_asked_for(desk: Flask) -> None:
    visitor = desk.test_client()
    for address in ("/", "/nothing-here", "/logout", "/unlock", "/accounts/"):
        for answer in (visitor.get(address), visitor.post(address), visitor.delete(address)):
            assert (answer.status_code, answer.headers["Location"]) == (303, "/login"), address
    form = lxml.html.fromstring(visitor.get("/login").text).forms[0]
    fields = {name: value or "" for name, value in form.fields.items()}
    assert fields == {"name": "", "password": "", "code": ""}
    assert form.inputs["password"].type == "password"


def test_the_public_application_has_no_door_to_the_desk(settings: Settings, desk: Flask) -> None:
    public = create_app(settings)
    ours = {rule.endpoint for rule in desk.url_map.iter_rules()} - {"static"}
    assert not ours & {rule.endpoint for rule in public.url_map.iter_rules()}
    assert public.test_client().get("/login").status_code == 404


def test_password_and_code_open_the_desk_with_a_cookie_that_only_this_site_can_use(
    desk: Flask, clock: Clock
) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    answer = clerk.log_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    [line, _] = answer.headers.getlist("Set-Cookie")
    cookie = SimpleCookie(line)[COOKIE]
    assert cookie["secure"] is cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Strict", "/", "")
    assert cookie["expires"] == cookie["max-age"] == ""
    assert len(cookie.value) >= 43
    assert clerk.name in clerk.client.get("/").text


def test_blanks_around_the_name_do_not_matter_but_the_password_is_taken_literally(
    desk: Flask, clock: Clock
) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    assert clerk.log_in(password=f" {clerk.password}").status_code == 422
    assert clerk.log_in(password=clerk.password.swapcase()).status_code == 422
    assert clerk.log_in(name=f" {clerk.name} ").status_code == 303


def test_what_was_wrong_is_not_told(desk: Flask, clock: Clock) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    wrong = {
        "password": clerk.log_in(password=secrets.token_urlsafe(16)),
        "name": clerk.log_in(name="handl0r"),
        "code": clerk.log_in(code="000000" if clerk.code() != "000000" else "000001"),
    }
    pages = {answer.text.replace("handl0r", clerk.name) for answer in wrong.values()}
    assert len(pages) == 1
    for answer in wrong.values():
        assert answer.status_code == 422
        assert "不匹配" in answer.text
        assert "Set-Cookie" not in answer.headers
        assert clerk.password not in answer.text
    assert not clerk.is_inside()


@pytest.mark.parametrize("name", ["handler", "nobody", "", "中" * 5000, "\x00"])
def test_every_attempt_costs_one_hash_whether_the_name_exists_or_not(
    desk: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    calls: list[str] = []
    # `verify` and `hash` do the same work: one argon2id over the password.
    for method in ("hash", "verify"):
        really = getattr(PasswordHasher, method)

        def counted(*args: object, method: str = method, really=really) -> object:  # type: ignore[no-untyped-def]
            calls.append(method)
            return really(*args)

        monkeypatch.setattr(PasswordHasher, method, counted)
    assert clerk.log_in(name=name, password=secrets.token_urlsafe(16)).status_code == 422
    assert len(calls) == 1


def test_whoever_guesses_passwords_does_not_keep_tips_from_being_stored(
    desk: Flask, clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
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
    assert clerk.log_in(password=secrets.token_urlsafe(16)).status_code == 422
    assert written


def test_a_very_long_password_is_refused_like_any_other(desk: Flask, clock: Clock) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    assert clerk.log_in(password=clerk.password + "x" * 100_000).status_code == 422
    assert clerk.log_in(password="x" * MAX_FORM_BYTES).status_code == 413


def test_a_password_of_the_greatest_length_opens_and_one_more_letter_does_not(
    desk: Flask, clock: Clock
) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    longest = secrets.token_urlsafe(MAX_PASSWORD_CHARACTERS)[:MAX_PASSWORD_CHARACTERS]
    with desk.app_context():
        shared = accounts.renew(db.session(), b"s" * 32, clerk.name, longest, clock.now, "test")
    clerk = replace(clerk, shared=shared, password=longest)
    assert clerk.log_in(password=longest + "x").status_code == 422
    assert clerk.log_in().status_code == 303


def test_a_code_counts_once_and_a_neighbour_of_the_present_step_is_taken(desk: Flask, clock: Clock) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    used = clerk.code()
    assert clerk.log_in(code=used).status_code == 303, "the step before the present one"
    assert clerk.log_in(code=used).status_code == 422, "used"
    assert clerk.log_in().status_code == 303
    clock.now += timedelta(seconds=120)
    old = clerk.code()
    clock.now += timedelta(seconds=60)
    assert clerk.log_in(code=old).status_code == 422, "three steps ago"
    clock.now -= timedelta(minutes=10)
    assert clerk.log_in().status_code == 422, "no step before the last one that was used"


@pytest.mark.full_cost_argon2
def test_neither_password_nor_token_nor_second_factor_lies_in_the_database_or_the_log(
    desk: Flask, clock: Clock, keys: Keys, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clerk = enter(desk, clock, Role.HANDLER)
    clerk.unlock()
    kept = (settings.instance / "tips.db").read_bytes()
    assert b"$argon2id$v=19$m=65536,t=3,p=1$" in kept
    for secret in (clerk.password, clerk.passphrase, clerk.cookie(), clerk.shared, "AGE-SECRET-KEY"):
        assert secret.encode() not in kept
        assert secret not in caplog.text


def test_comings_and_refusals_stand_in_the_log(desk: Flask, clock: Clock) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    clerk.log_in(password=secrets.token_urlsafe(16))
    clerk.log_in()
    assert told(desk) == [("test", "account-made"), ("handler", "login-refused"), ("handler", "login")]


# Guessing


def test_whoever_keeps_guessing_waits_and_the_owner_elsewhere_does_not(desk: Flask, clock: Clock) -> None:
    clerk = enter(desk, clock, Role.HANDLER)
    guesser = desk.test_client()
    data = {"name": clerk.name, "password": "nothing like the right one", "code": "123456"}
    answers = [
        guesser.post("/login", data=data, environ_base={"REMOTE_ADDR": f"10.0.{place}.7"})
        for _ in range(20)
        for place in range(16)
    ]
    codes = [answer.status_code for answer in answers]
    assert set(codes) == {422, 429}
    assert codes.count(422) <= 40, "so many are looked at in an hour"
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "账号没有被锁定" in answers[-1].text
    assert clerk.log_in().status_code == 303, "its owner has logged in from here before"
    fresh = clerk.client.post(
        "/login",
        data=data | {"password": clerk.password, "code": clerk.code()},
        environ_base={"REMOTE_ADDR": "10.9.9.9"},
    )
    assert fresh.status_code != 429, "and a place without failures has a try"


def test_waiting_grows_with_the_failures_and_ends(desk: Flask, clock: Clock) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    data = {"name": clerk.name, "password": secrets.token_urlsafe(16), "code": "123456"}
    waits, tries = [], 0
    while tries < 12:
        answer = clerk.client.post("/login", data=data)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            clock.now += timedelta(seconds=waits[-1])
        else:
            tries += 1
    assert 0 < waits[0] < waits[-1]
    clock.now += timedelta(hours=1)
    assert clerk.log_in().status_code == 303, "never for good"


def test_a_name_that_nobody_has_is_slowed_down_alike(desk: Flask) -> None:
    visitor = desk.test_client()
    data = {"name": "nobody", "password": "x" * 14, "code": "123456"}
    codes = [visitor.post("/login", data=data).status_code for _ in range(7)]
    assert codes == [422] * 5 + [429] * 2


# Out, and for how long


def test_logging_out_ends_the_login_everywhere(clerk: Member, desk: Flask) -> None:
    token = clerk.cookie()
    answer = clerk.post("/logout")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"', "cookies: those that are named, below"
    assert not clerk.cookie()
    assert clerk.client.get_cookie(KNOWN_COOKIE), "it stays a known computer, and that opens nothing"
    stolen = desk.test_client()
    stolen.set_cookie(COOKIE, token)
    assert stolen.get("/").status_code == 303
    assert logins(desk) == 0


def test_a_cookie_set_beforehand_is_not_the_login(desk: Flask, clock: Clock) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    planted = secrets.token_urlsafe(32)
    clerk.client.set_cookie(COOKIE, planted)
    assert not clerk.is_inside()
    clerk.log_in()
    assert clerk.cookie() not in ("", planted)
    attacker = desk.test_client()
    attacker.set_cookie(COOKIE, planted)
    assert attacker.get("/").status_code == 303


def test_a_new_login_has_a_new_cookie_and_ends_the_earlier_one(desk: Flask, clerk: Member) -> None:
    first = clerk.cookie()
    elsewhere = replace(clerk, client=desk.test_client())
    assert elsewhere.log_in().status_code == 303
    assert elsewhere.cookie() != first
    assert elsewhere.is_inside()
    assert not clerk.is_inside()


@pytest.mark.parametrize("value", ["", "x" * 4000, "%00", "中文", "../../etc/passwd", "' OR 1=1 --"])
def test_a_cookie_of_nonsense_opens_nothing(desk: Flask, value: str) -> None:
    visitor = desk.test_client()
    visitor.set_cookie(COOKIE, value)
    assert visitor.get("/").status_code == 303


def test_a_login_sleeps_for_fifteen_minutes_at_most(clerk: Member, clock: Clock, desk: Flask) -> None:
    clock.now += timedelta(minutes=15)
    assert clerk.is_inside()
    clock.now += timedelta(minutes=15, seconds=1)
    assert not clerk.is_inside()
    assert logins(desk) == 0
    clock.now -= timedelta(minutes=10)
    assert not clerk.is_inside()


def test_a_login_ends_after_eight_hours_however_busy(clerk: Member, clock: Clock) -> None:
    begun = clock.now
    while clock.now < begun + timedelta(hours=8):
        assert clerk.is_inside(), clock.now - begun
        clock.now += timedelta(minutes=10)
    assert clerk.is_inside()
    clock.now += timedelta(seconds=1)
    assert not clerk.is_inside()


def test_a_clock_that_is_set_back_ends_a_login_instead_of_lengthening_it(clerk: Member, clock: Clock) -> None:
    assert clerk.is_inside()
    clock.now -= timedelta(hours=1)
    assert not clerk.is_inside()


# Who may change anything


@pytest.mark.parametrize("sent", [{}, {"form_token": ""}, {"form_token": "wrong"}, {"form_token": "中文"}])
def test_a_post_without_the_token_of_this_login_is_refused(
    clerk: Member, desk: Flask, sent: dict[str, str]
) -> None:
    answer = clerk.client.post("/logout", data=sent)
    assert answer.status_code == 403
    assert "不能这样提交" in answer.text
    assert clerk.is_inside()
    assert logins(desk) == 1


def test_the_token_of_another_login_does_not_count(clerk: Member, desk: Flask, clock: Clock) -> None:
    other = enter(desk, clock, Role.AUDITOR)
    assert clerk.client.post("/logout", data={"form_token": other.form_token()}).status_code == 403
    assert clerk.is_inside()
    assert other.is_inside()


def test_the_token_does_not_count_in_the_address(clerk: Member) -> None:
    token = clerk.form_token()
    assert clerk.client.post(f"/logout?form_token={token}").status_code == 403
    assert clerk.client.get(f"/logout?form_token={token}").status_code == 405
    assert clerk.is_inside()


ELSEWHERE = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
)


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_a_post_from_another_site_is_refused_even_with_the_token(
    clerk: Member, desk: Flask, headers: dict[str, str]
) -> None:
    assert clerk.post("/logout", headers=headers).status_code == 403
    assert clerk.is_inside()
    elsewhere = desk.test_client()
    data = {"name": clerk.name, "password": clerk.password, "code": clerk.code()}
    assert elsewhere.post("/login", data=data, headers=headers).status_code == 403
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert clerk.post("/logout", headers=own).status_code == 303


def database(desk: Flask) -> str:
    """A digest of every row but when somebody was last seen."""
    rows = []
    with desk.app_context():
        for table in Model.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name != "seen_at"]
            rows += [f"{table.name} {row}" for row in db.session.execute(select(*columns)).all()]
        db.session.rollback()
    return sha256("\n".join(sorted(rows)).encode()).hexdigest()


def changing(desk: Flask) -> list[str]:
    """An address for every rule that changes something."""
    rules = [rule for rule in desk.url_map.iter_rules() if rule.methods and "POST" in rule.methods]
    return sorted({re.sub(r"<[^>]*>", "1", rule.rule) for rule in rules} - {"/login"})


def test_no_change_of_the_desk_is_made_without_the_token_of_this_login(desk: Flask, clock: Clock) -> None:
    members = [enter(desk, clock, role) for role in Role]
    other = members[0].form_token()
    addresses = changing(desk)
    assert {"/logout", "/unlock", "/lock", "/key", "/accounts/1/disable"} <= set(addresses)
    before = database(desk)
    for member in members[1:]:
        token = member.form_token()
        for address in addresses:
            refused = [
                member.client.post(address),
                member.client.post(address, data={"form_token": "wrong"}),
                member.client.post(address, data={"form_token": other}),
                member.client.post(f"{address}?form_token={token}"),
                *(
                    member.client.post(address, data={"form_token": token}, headers=each)
                    for each in ELSEWHERE
                ),
            ]
            assert {answer.status_code for answer in refused} == {403}, (member.name, address)
    assert database(desk) == before


# Roles


def test_every_view_of_the_desk_says_who_may_use_it(desk: Flask) -> None:
    for name, view in desk.view_functions.items():
        assert name in OPEN or allowed_roles(view), f"{name}: put @roles(…) below its route (desk/roles.py)"
        assert allowed_roles(view) <= set(Role)


def test_a_role_reaches_just_the_views_that_are_opened_to_it_and_a_refusal_changes_nothing(
    desk: Flask, clock: Clock
) -> None:
    seen = 0
    for role in Role:
        member = enter(desk, clock, role)
        token = member.form_token()
        for rule in desk.url_map.iter_rules():
            if rule.endpoint in {*OPEN, "login.delete"}:
                continue
            address = re.sub(r"<[^>]*>", "1", rule.rule)
            method = "GET" if rule.methods and "GET" in rule.methods else "POST"
            if role in allowed_roles(desk.view_functions[rule.endpoint]):
                continue
            before = database(desk)
            answer = member.client.open(address, method=method, data={"form_token": token})
            assert answer.status_code == 403, (role, address)
            assert database(desk) == before, (role, address)
            seen += 1
    assert seen > 10


def test_a_view_that_names_no_role_is_closed_to_everybody(desk: Flask, clock: Clock) -> None:
    desk.add_url_rule("/added", "added", lambda: "nobody thought of protecting this")
    for role in Role:
        assert enter(desk, clock, role).client.get("/added").status_code == 403


def test_the_administrator_ends_logins_and_closes_accounts(desk: Flask, clock: Clock) -> None:
    boss, clerk = enter(desk, clock, Role.ADMINISTRATOR), enter(desk, clock, Role.HANDLER)
    assert boss.post("/accounts/handler/revoke").status_code == 303
    assert not clerk.is_inside()
    assert clerk.log_in().status_code == 303
    assert boss.post("/accounts/handler/disable").status_code == 303
    assert not clerk.is_inside()
    assert clerk.log_in().status_code == 422
    assert "已停用" in boss.client.get("/accounts/").text
    assert boss.post("/accounts/handler/enable").status_code == 303
    assert clerk.log_in().status_code == 303
    assert boss.post("/accounts/administrator/disable").status_code == 422, "somebody has to undo it"
    assert boss.post("/accounts/nobody/disable").status_code == 404


# The key


def test_a_key_is_made_once_and_opens_with_its_passphrase_only(
    desk: Flask, clerk: Member, keys: Keys
) -> None:
    before = clerk.cookie()
    clerk.unlock()
    assert clerk.cookie() not in ("", before), "more rights, another token"
    assert "已解锁" in clerk.client.get("/unlock").text
    assert clerk.post("/lock").status_code == 303
    wrong = clerk.post("/unlock", {"passphrase": "x" * 14})
    assert (wrong.status_code, "密钥口令不对" in wrong.text) == (422, True)
    again = clerk.post("/key", {"passphrase": "y" * 14, "again": "y" * 14})
    assert (again.status_code, "已经有密钥" in again.text) == (422, True)
    assert ("handler", "unlock-refused") in told(desk)


def test_a_passphrase_that_is_short_mistyped_or_the_password_is_refused(clerk: Member, keys: Keys) -> None:
    for passphrase, again, words in (
        ("short", "short", "至少 12 个字符"),
        ("a long passphrase", "a long passphrese", "不一样"),
        (clerk.password, clerk.password, "不能和登录密码相同"),
    ):
        answer = clerk.post("/key", {"passphrase": passphrase, "again": again})
        assert (answer.status_code, words in answer.text) == (422, True), words


def test_a_key_is_locked_again_after_fifteen_idle_minutes(clerk: Member, clock: Clock, keys: Keys) -> None:
    clerk.unlock()
    clock.now += timedelta(minutes=16)
    assert not clerk.is_inside()
    assert clerk.log_in().status_code == 303
    assert "已锁定" in clerk.client.get("/unlock").text


def test_five_wrong_passphrases_make_one_wait_and_nobody_else(
    desk: Flask, clerk: Member, clock: Clock, keys: Keys
) -> None:
    clerk.unlock()
    clerk.post("/lock")
    other = enter(desk, clock, Role.CUSTODIAN)
    codes = [clerk.post("/unlock", {"passphrase": "x" * 14}).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    other.unlock()
    clock.now += timedelta(seconds=61)
    assert clerk.post("/unlock", {"passphrase": clerk.passphrase}).status_code in (303, 429)


def test_only_handlers_and_custodians_have_a_key(desk: Flask, clock: Clock, keys: Keys) -> None:
    for role in (Role.EDITOR, Role.AUDITOR, Role.ADMINISTRATOR):
        member = enter(desk, clock, role)
        chosen = {"passphrase": "a long passphrase", "again": "a long passphrase"}
        assert member.post("/key", chosen).status_code == 403
    with desk.app_context():
        found = accounts.list_members(db.session())
        assert [each.wrapped_key for each in found] == [None] * 3


def test_the_page_says_whether_the_signed_set_names_the_key(
    desk: Flask, clerk: Member, keys: Keys, settings: Settings
) -> None:
    clerk.unlock()
    assert "还没有列入接收人名册" in clerk.client.get("/unlock").text
    receiver = Shelf(settings.publications).current().bureau.units[0]
    name_recipient(desk, settings, keys.signer, keys.recipients(receiver), clerk, Duty.HANDLER)
    assert "还没有列入接收人名册" not in clerk.client.get("/unlock").text


# What all pages share


def test_no_page_of_the_desk_is_stored_or_indexed(desk: Flask, clerk: Member) -> None:
    visitor: FlaskClient = desk.test_client()
    for answer in (visitor.get("/login"), clerk.client.get("/"), clerk.client.get("/nothing-here")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"
