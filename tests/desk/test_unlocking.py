"""Locked and unlocked: what a lock ends, what a restart says, and what becomes of what was typed."""

from datetime import timedelta

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask

from openbureau.app import create_desk
from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.desk.cookie import COOKIE
from openbureau.staff import Role, keyring
from openbureau.staff.login import MAX_IDLE
from openbureau.tips.model import Purpose
from support.desk_makers import Office, Seats
from support.desk_visitors import Member, enter
from support.site import Clock, Keys


@pytest.fixture
def clerk(desk: Flask, clock: Clock, keys: Keys) -> Member:
    """A handler whose key is unlocked."""
    clerk = enter(desk, clock, Role.HANDLER)
    clerk.unlock()
    return clerk


@pytest.fixture
def restarted(settings: Settings, clock: Clock, clerk: Member) -> Flask:
    """The desk as the next process serves it, at which the clerk is from now on."""
    before = clerk.cookie()
    clock.now += timedelta(seconds=1)
    desk = create_desk(settings, clock=clock)
    clerk.client = desk.test_client()
    clerk.client.set_cookie(COOKIE, before)
    return desk


def test_a_lock_gives_the_session_another_token_and_says_so_in_the_log(desk: Flask, clerk: Member) -> None:
    unlocked = clerk.cookie()
    form = clerk.form_token()
    assert clerk.post("/lock").status_code == 303
    assert clerk.cookie() not in ("", unlocked)
    stolen = desk.test_client()
    stolen.set_cookie(COOKIE, unlocked)
    assert stolen.get("/").headers["Location"] == "/login"
    assert clerk.form_token() == form, "a form that is open in another window goes on to count"
    with desk.app_context():
        events = [entry.event for entry in db.session.scalars(audit_log.select(audit_log.LogEntry))]
    assert events[-1] == "locked"


def test_a_key_that_lies_in_another_process_is_found_by_nobody_after_a_lock(
    desk: Flask, clerk: Member, restarted: Flask
) -> None:
    unlocked = clerk.cookie()
    assert clerk.post("/lock").status_code == 303
    old = desk.test_client()
    for token in (unlocked, clerk.cookie()):
        old.set_cookie(COOKIE, token)
        assert "已解锁" not in old.get("/unlock").text
    assert desk.extensions["openbureau-unlocked"].get(clerk.cookie(), clerk.clock.now) is None


@pytest.mark.parametrize("address", ["/unlock", "/lock"])
def test_after_a_restart_the_desk_says_that_keys_have_to_be_unlocked_again_until_they_are(
    restarted: Flask, clerk: Member, address: str
) -> None:
    assert "工作台服务已经重新启动" in clerk.client.get("/unlock").text
    assert clerk.post(address, {"passphrase": clerk.passphrase}).status_code == 303
    assert "工作台服务已经重新启动" not in clerk.client.get("/unlock").text


def test_who_never_left_is_told_of_no_restart(desk: Flask, clerk: Member, clock: Clock) -> None:
    assert "重新启动，" not in clerk.client.get("/unlock").text
    assert clerk.post("/lock").status_code == 303
    assert "重新启动，" not in clerk.client.get("/unlock").text
    clerk.unlock()
    for _ in range(4):
        clock.now += MAX_IDLE / 2
        assert clerk.client.get("/cases/new/").status_code in (200, 503)
    page = clerk.client.get("/unlock").text
    assert "已锁定" in page
    assert "重新启动，" not in page


def test_what_was_typed_is_sent_again_after_unlocking(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    with desk.app_context():
        number = office.tip(db.session())
    handler = seats["甲"]
    assert handler.post(f"/cases/{number}/claim").status_code == 303
    assert handler.post("/lock").status_code == 303
    typed = {
        "purpose": next(iter(Purpose)).value,
        "reason": '一句 <写> 了很久的 "话"',
        "hidden": "张三\n李四",
    }
    refused = handler.post(f"/cases/{number}/export", typed)
    assert refused.status_code == 423
    assert "什么都没有改变" in refused.text
    page = lxml.html.fromstring(refused.text)
    (form,) = [form for form in page.forms if form.action == f"/cases/{number}/export"]
    assert dict(form.fields) == {"form_token": handler.form_token(), **typed}
    assert typed["reason"] in [line.text_content() for line in page.xpath("//p[@class='told']")]
    keys = desk.extensions["openbureau-unlocked"]
    keys.keep(handler.cookie(), office.keys["甲"].private, clock.now)
    sent = handler.client.post(form.action, data=dict(form.fields))
    assert (sent.status_code, sent.mimetype) == (200, "application/zip"), "it is taken as it was typed"


def test_a_recovered_key_ends_the_sessions_in_which_it_was_open(
    desk: Flask, clerk: Member, keys: Keys, clock: Clock
) -> None:
    with desk.app_context():
        keyring.recover(
            db.session(), clerk.name, keys.recovery.private, "a wholly new passphrase", clock.now, "test"
        )
    assert not clerk.is_inside()
    assert clerk.log_in().status_code == 303
    assert clerk.post("/unlock", {"passphrase": clerk.passphrase}).status_code == 422
    assert clerk.post("/unlock", {"passphrase": "a wholly new passphrase"}).status_code == 303
