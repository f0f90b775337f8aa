"""Guesses at the desk's door and at keys: how many are looked at, whom they make wait, and whom never."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from argon2 import PasswordHasher
from flask import Flask, Response
from werkzeug.test import TestResponse

from openbureau.database import db
from openbureau.desk import login as login_view
from openbureau.desk import unlocking
from openbureau.desk.cookie import KNOWN_COOKIE
from openbureau.staff import Role, accounts, keyring, passwords
from openbureau.staff.attempts import (
    FREE_FAILURES,
    MAX_NETWORK_FAILURES,
    MAX_TRIES_PER_HOUR,
    PAUSE,
    Attempts,
    Place,
)
from openbureau.staff.known_computers import MAX_ACCOUNTS, MAX_KNOWN
from openbureau.turns import NoTurn, Turns
from support.desk_visitors import SECRET, Member, enter, hire
from support.site import NOON, Clock, Keys

GUESSES, GUESSERS = 10_000, 16
MINUTE = 61
"""Seconds."""
WRONG = {"password": "nothing like the right one", "code": "123456"}


def guess(desk: Flask, name: str, network: str) -> TestResponse:
    """Somebody's wrong login, from a browser without cookies."""
    client = desk.test_client(use_cookies=False)
    return client.post("/login", data={"name": name, **WRONG}, environ_base={"REMOTE_ADDR": network})


def log_in_from(member: Member, network: str, *, cookies: bool = True) -> TestResponse:
    """Somebody's right login."""
    member.clock.now += timedelta(seconds=30)
    fields = {"name": member.name, "password": member.password, "code": member.code()}
    client = member.client if cookies else member.client.application.test_client()
    return client.post("/login", data=fields, environ_base={"REMOTE_ADDR": network})


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were looked at."""
    looked_at: list[str] = []
    for method in ("hash", "verify"):
        really = getattr(PasswordHasher, method)

        def counted(*args: object, really=really) -> object:  # type: ignore[no-untyped-def]
            looked_at.append(str(args[-1]))
            return really(*args)

        monkeypatch.setattr(PasswordHasher, method, counted)
    return looked_at


def test_ten_thousand_guesses_within_an_hour_are_forty_at_most_and_keep_the_owner_nowhere_out(
    desk: Flask, clock: Clock, evaluated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, begun = enter(desk, clock, Role.HANDLER), clock.now
    evaluated.clear()
    # Nobody reads ten thousand refusals.
    monkeypatch.setattr(login_view, "page", lambda _, *, status=200, **__: Response(status=status))
    guesser = desk.test_client(use_cookies=False)
    for number in range(GUESSES):
        clock.now = begun + timedelta(hours=number / GUESSES)
        place = {"REMOTE_ADDR": f"10.0.0.{number % GUESSERS}"}
        guesser.post("/login", data={"name": owner.name, **WRONG}, environ_base=place)
    assert FREE_FAILURES < len(evaluated) <= MAX_TRIES_PER_HOUR
    before = clock.now
    assert log_in_from(owner, "10.0.0.3").status_code == 303, "a known computer in the very network"
    assert log_in_from(owner, "10.9.9.9", cookies=False).status_code == 303, "another network"
    assert clock.now - before <= timedelta(seconds=60)


def test_guesses_side_by_side_are_no_more_than_guesses_in_turn() -> None:
    attempts = Attempts()
    waits = [attempts.start("甲", Place(f"network {number}"), NOON) for number in range(100)]
    assert sum(not wait for wait in waits) == MAX_TRIES_PER_HOUR, "counted before they are looked at"
    attempts.dropped("甲", Place("network 0"), NOON)
    assert not attempts.start("甲", Place("network 200"), NOON), "what was not looked at counts for nothing"
    assert attempts.start("甲", Place("network 201"), NOON)
    assert not attempts.start("甲", Place("network 201"), NOON + timedelta(hours=1)), "never for good"


def test_a_network_waits_that_fails_under_many_names_and_the_others_go_on(
    desk: Flask, clock: Clock, evaluated: list[str]
) -> None:
    owner = enter(desk, clock, Role.HANDLER)
    evaluated.clear()
    codes = [guess(desk, f"nobody-{number}", "10.0.0.1").status_code for number in range(60)]
    assert codes == [422] * MAX_NETWORK_FAILURES + [429] * (60 - MAX_NETWORK_FAILURES)
    assert len(evaluated) == MAX_NETWORK_FAILURES
    assert log_in_from(owner, "10.0.0.1", cookies=False).status_code == 429
    assert log_in_from(owner, "10.0.0.1").status_code == 303, "a known computer is no part of its network"
    assert log_in_from(owner, "10.0.0.2", cookies=False).status_code == 303
    clock.now += PAUSE
    assert guess(desk, "nobody", "10.0.0.1").status_code == 422


# Counters of two things


def test_no_name_that_is_made_up_touches_the_counter_of_a_key_or_of_another_name(
    desk: Flask, clock: Clock, keys: Keys
) -> None:
    clerk = enter(desk, clock, Role.HANDLER)
    clerk.unlock()
    assert clerk.post("/lock").status_code == 303
    names = (
        "key handler",
        "handler\n",
        "handler\n127.0.0.1",
        "HANDLER",
        "ｈandler",
        "handler~",
        "\nhandler\n1",
    )
    for number, name in enumerate(names):
        for _ in range(2 * FREE_FAILURES):
            guess(desk, name, f"10.0.1.{number}")
    clerk.unlock()
    for _ in range(2 * FREE_FAILURES):
        clerk.post("/unlock", {"passphrase": "x" * 14})
    assert clerk.post("/unlock", {"passphrase": clerk.passphrase}).status_code == 429
    assert log_in_from(clerk, "10.0.2.1", cookies=False).status_code == 303, "a key's counter is no login's"
    clock.now += timedelta(hours=1)
    clerk.log_in()
    clerk.unlock()


def test_a_name_with_blanks_or_nuls_is_the_name_that_is_looked_up(desk: Flask, clock: Clock) -> None:
    owner = hire(desk, clock, Role.HANDLER)
    spelled = [owner.name, f" {owner.name}", f"{owner.name}\0", f"\0{owner.name}\u3000", f"{owner.name}\n"]
    codes = [guess(desk, name, "10.0.0.1").status_code for name in spelled * 2]
    assert codes == [422] * FREE_FAILURES + [429] * (len(codes) - FREE_FAILURES)


def test_parts_of_a_key_never_run_into_one_another() -> None:
    attempts = Attempts()
    for _ in range(FREE_FAILURES):
        attempts.start("a", Place("b\nc"), NOON)
    assert attempts.start("a", Place("b\nc"), NOON)
    for account, place in (("a\nb", Place("c")), ("a", Place("b", is_known=True)), ("a\nb\nc", Place(""))):
        assert not attempts.start(account, place, NOON)


def test_made_up_names_push_no_counter_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openbureau.staff.attempts.MAX_REMEMBERED", MAX_NETWORK_FAILURES + 1)
    attempts = Attempts()
    for _ in range(FREE_FAILURES):
        attempts.start("甲", Place("here"), NOON)
    for number in range(1000):
        attempts.start(f"nobody {number}", Place("there"), NOON)
    assert attempts.start("甲", Place("here"), NOON)


# Known computers


def known_cookie(answer: TestResponse) -> SimpleCookie:
    lines = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{KNOWN_COOKIE}=")]
    return SimpleCookie(lines[0] if lines else "")


def besiege(desk: Flask, clock: Clock, name: str) -> None:
    """Guess until the network of all visitors of the tests has to wait for minutes at this account."""
    while int(guess(desk, name, "127.0.0.1").headers.get("Retry-After", "0")) < MINUTE:
        clock.now += timedelta(seconds=MINUTE)


def test_a_right_login_makes_a_known_computer_and_names_nobody(desk: Flask, clock: Clock) -> None:
    owner = hire(desk, clock, Role.HANDLER, name="王小明")
    assert not known_cookie(owner.log_in(code="000000"))
    cookie = known_cookie(owner.log_in())[KNOWN_COOKIE]
    assert cookie["secure"] is cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Strict", "/", "")
    assert int(cookie["max-age"]) == MAX_KNOWN.total_seconds()
    assert owner.name not in cookie.value
    assert cookie.value.isascii()
    only = desk.test_client()
    only.set_cookie(KNOWN_COOKIE, cookie.value)
    assert only.get("/").headers["Location"] == "/login", "it opens nothing"


def test_a_known_computer_is_known_for_its_account_its_password_and_its_time(
    desk: Flask, clock: Clock
) -> None:
    owner, other = enter(desk, clock, Role.HANDLER), hire(desk, clock, Role.CUSTODIAN)
    besiege(desk, clock, other.name)
    kept = owner.client.get_cookie(KNOWN_COOKIE)
    assert kept
    other.client.set_cookie(KNOWN_COOKIE, kept.value)
    assert other.log_in().status_code == 429, "another account"
    besiege(desk, clock, owner.name)
    assert owner.log_in().status_code == 303
    for forged in (
        "",
        "~",
        "x" * 4000,
        kept.value[:-1] + ("0" if kept.value[-1] != "0" else "1"),
        "中.1.2",
        "..",
    ):
        owner.client.set_cookie(KNOWN_COOKIE, forged)
        assert owner.log_in().status_code == 429, forged
    owner.client.set_cookie(KNOWN_COOKIE, kept.value)
    clock.now += MAX_KNOWN + timedelta(minutes=1)
    besiege(desk, clock, owner.name)
    assert owner.log_in().status_code == 429, "its time is over"


@pytest.mark.parametrize("change", ["renew", "disable"])
def test_a_new_password_or_a_closed_account_ends_what_was_known(
    desk: Flask, clock: Clock, change: str
) -> None:
    owner = enter(desk, clock, Role.HANDLER)
    with desk.app_context():
        if change == "renew":
            accounts.renew(db.session(), SECRET, owner.name, "a wholly new passphrase", clock.now, "test")
        else:
            accounts.disable(db.session(), owner.name, clock.now, "test")
    besiege(desk, clock, owner.name)
    assert owner.log_in().status_code == 429


def test_a_computer_may_be_known_for_several_accounts(desk: Flask, clock: Clock) -> None:
    members = [hire(desk, clock, Role.EDITOR, name=f"编辑{number}") for number in range(MAX_ACCOUNTS + 1)]
    for member in members:
        member.client = members[0].client
        assert member.log_in().status_code == 303
        assert member.log_in().status_code == 303, "the same one twice takes one place"
    codes = []
    for member in members:
        besiege(desk, clock, member.name)
        codes.append(member.log_in().status_code)
    assert codes == [429] + [303] * MAX_ACCOUNTS


def test_whoever_has_a_known_computer_and_guesses_waits_as_well(desk: Flask, clock: Clock) -> None:
    owner = enter(desk, clock, Role.HANDLER)
    answers = [owner.client.post("/login", data={"name": owner.name, **WRONG}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [422] * FREE_FAILURES + [429] * 2
    assert log_in_from(owner, "10.0.0.1", cookies=False).status_code == 303, "and nobody else does"


# Turns


@contextmanager
def all_taken(turns: Turns, count: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(turns.take(is_preferred=True))
        yield


def test_a_login_that_finds_no_turn_is_no_failure_and_keeps_the_name(
    desk: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = hire(desk, clock, Role.HANDLER)
    turns = Turns(2, 0, 0)
    monkeypatch.setattr(passwords, "_turns", turns)
    with all_taken(turns, 2):
        for name in (owner.name, "nobody") * FREE_FAILURES:
            answer = guess(desk, name, "127.0.0.1")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(login_view.RETRY_AFTER))
            assert f'value="{name}"' in answer.text
            assert "不算输错" in answer.text
        assert desk.test_client().get("/login").status_code == 200
    assert owner.log_in().status_code == 303


def test_a_key_that_finds_no_turn_is_no_failure(
    desk: Flask, clock: Clock, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = enter(desk, clock, Role.HANDLER)
    turns = Turns(1, 0, 0)
    monkeypatch.setattr(keyring, "_turns", turns)
    chosen = {"passphrase": clerk.passphrase, "again": clerk.passphrase}
    for address, fields in (("/key", chosen), ("/unlock", {"passphrase": clerk.passphrase})):
        with all_taken(turns, 1):
            for _ in range(2 * FREE_FAILURES):
                answer = clerk.post(address, fields)
                assert (answer.status_code, answer.headers["Retry-After"]) == (
                    503,
                    str(unlocking.RETRY_AFTER),
                )
                assert "不算输错" in answer.text
        assert clerk.post(address, fields).status_code == 303


def test_the_password_is_not_guessed_where_a_key_is_made(desk: Flask, clock: Clock, keys: Keys) -> None:
    clerk = enter(desk, clock, Role.HANDLER)
    same = {"passphrase": clerk.password, "again": clerk.password}
    codes = [clerk.post("/key", same).status_code for _ in range(FREE_FAILURES + 1)]
    assert codes == [422] * FREE_FAILURES + [429]


def test_of_those_who_wait_the_preferred_go_first_and_the_last_place_is_theirs() -> None:
    turns, order = Turns(1, 2, 60), []
    waiting = threading.Semaphore(0)

    def take(name: str, *, is_preferred: bool) -> None:
        with turns.take(is_preferred=is_preferred):
            order.append(name)

    threads = []
    with turns.take():
        for name, is_preferred in (("stranger", False), ("known", True)):
            thread = threading.Thread(target=take, args=[name], kwargs={"is_preferred": is_preferred})
            thread.start()
            threads.append(thread)
            while turns._waiting < len(threads):
                waiting.acquire(timeout=0.01)
        with pytest.raises(NoTurn), turns.take(is_preferred=True):
            pass
    for thread in threads:
        thread.join()
    assert order == ["known", "stranger"]
    alone = Turns(1, 1, 60)
    with alone.take(), pytest.raises(NoTurn), alone.take():
        pass


def test_whoever_waits_too_long_goes_and_leaves_the_place() -> None:
    turns = Turns(1, 2, 0)
    with turns.take(is_preferred=True):
        for _ in range(5):
            with pytest.raises(NoTurn), turns.take(is_preferred=True):
                pass
    with turns.take():
        pass
