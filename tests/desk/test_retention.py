"""Destruction at the desk, from the list of what is due to what its code learns; and by the command, which
does only what two have agreed on."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from openbureau import cli
from openbureau.cli import retention as commands
from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.staff import accounts
from openbureau.tips.casework import stages, submitter_actions
from openbureau.tips.model import Stage
from support.desk_makers import ACCUSED, REPORTED, Office, Seats, text_of
from support.site import Clock

AFTER = timedelta(days=400)
Command = Callable[..., Result]


def withdrawn(desk: Flask, office: Office, day: date, **changes: str) -> str:
    """A withdrawn tip: it is kept for a year. Its code."""
    with desk.app_context():
        session = db.session()
        code = office.submit(session, day, **changes)
        tip = stages.find_by_code(session, b"s" * 32, code)
        assert tip is not None
        submitter_actions.withdraw(session, tip, day)
    return code


def appoint(desk: Flask, clock: Clock, name: str) -> None:
    with desk.app_context():
        accounts.appoint(db.session(), name, clock.now, "test")


@pytest.fixture
def later(seats: Seats, clock: Clock) -> Seats:
    """The office a year and more later, at its browsers again."""
    members = [seats[name] for name in ("甲", "乙", "英德")]
    clock.now += AFTER
    for member in members:
        assert member.log_in().status_code == 303
    return seats


def test_one_proposes_a_head_approves_and_the_code_learns_when_it_was_destroyed(
    later: Seats, desk: Flask, office: Office, clock: Clock, client: FlaskClient
) -> None:
    code = withdrawn(desk, office, (clock.now - AFTER).date())
    appoint(desk, clock, "乙")
    page = later["甲"].client.get("/retention/").text
    assert "垃圾信息保存30日，不予受理或者撤回的1年，办结答复的3年" in page
    assert text_of(page, "//tbody/tr/th") == ["线索1"]
    assert later["甲"].post("/retention/propose", {}).status_code == 422
    assert later["甲"].post("/retention/propose", {"number": "1"}).status_code == 303
    own = later["甲"].client.get("/retention/").text
    assert "同意，立即销毁" not in own, "not what one proposed oneself"
    refused = later["甲"].post("/retention/decide", {"number": "1", "decision": "granted"})
    assert refused.status_code == 422
    assert "线索1：销毁要由本单位负责人批准。" in refused.text
    assert "同意，立即销毁" in later["乙"].client.get("/retention/").text
    done = later["乙"].post("/retention/decide", {"number": "1", "decision": "granted"})
    assert done.status_code == 303
    gone = later["乙"].client.get("/retention/").text
    assert "保管期满，甲提出，乙批准" in gone
    case = later["甲"].client.get("/cases/1/")
    assert case.status_code == 200
    assert "已经销毁" in case.text
    assert "可以做的事" not in case.text
    assert "没有符合条件的线索" in later["甲"].client.get("/").text
    progress = client.post("/tip-off/status", data={"code": code})
    assert progress.status_code == 200
    words = text_of(progress.text, "//div[contains(@class, 'verdict')]")[0]
    assert words.startswith("已按期限销毁")
    assert "2027年7月6日" in words
    assert "<textarea" not in progress.text
    for step in ("say", "withdraw", "rate"):
        form = {"code": code, "text": "还有", "sure": "yes", "rating": "5"}
        assert client.post(f"/tip-off/status/{step}", data=form).status_code == 422, step
    assert REPORTED["story"] not in progress.text


def test_on_request_a_tip_goes_before_its_time_and_a_hold_keeps_it(
    later: Seats, desk: Flask, office: Office, clock: Clock, client: FlaskClient
) -> None:
    code = withdrawn(desk, office, clock.now.date())
    appoint(desk, clock, "乙")
    assert "没有到期的线索" in later["甲"].client.get("/retention/").text
    assert later["乙"].post("/cases/1/hold", {"hold": "proceeding"}).status_code == 303
    held = later["甲"].post("/cases/1/destruction")
    assert held.status_code == 422
    assert "诉讼还没有结束" in held.text
    assert later["乙"].post("/cases/1/hold", {"hold": "none"}).status_code == 303
    assert later["甲"].post("/cases/1/destruction").status_code == 303
    assert later["乙"].post("/retention/decide", {"number": "1", "decision": "granted"}).status_code == 303
    assert "已按申请销毁" in client.post("/tip-off/status", data={"code": code}).text


def test_nobody_of_the_accused_unit_learns_that_anything_is_due(
    later: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    before = later["英德"].client.get("/retention/").text
    withdrawn(desk, office, (clock.now - AFTER).date(), unit=ACCUSED)
    assert later["英德"].client.get("/retention/").text == before
    answer = later["英德"].post("/retention/propose", {"number": "1"})
    nothing = later["英德"].post("/retention/propose", {"number": "9"})
    assert (answer.status_code, answer.text) == (nothing.status_code, nothing.text)
    known = later["英德"].post("/retention/decide", {"number": "1", "decision": "granted"})
    missing = later["英德"].post("/retention/decide", {"number": "9", "decision": "granted"})
    assert (known.status_code, known.text) == (missing.status_code, missing.text) == (404, missing.text)


# The commands


@pytest.fixture
def command(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr(commands, "now", lambda: clock.now)
    monkeypatch.setattr(commands, "today", lambda: clock.now.date())
    environment = {
        "OPENBUREAU_CONTENT": str(settings.content),
        "OPENBUREAU_INSTANCE": str(settings.instance),
    }

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli.main, ["tips", *words], env=environment)

    return run


def test_the_command_lists_what_is_due_and_destroys_only_what_two_of_the_desk_agreed_on(
    later: Seats, desk: Flask, office: Office, clock: Clock, command: Command
) -> None:
    withdrawn(desk, office, (clock.now - AFTER).date())
    appoint(desk, clock, "乙")
    assert command("due").stdout == "1\t2026-06-01\t2027-06-01\t保管期满\t到期\n"
    alone = command("destroy", "1", "--reason", "expired")
    assert alone.exit_code == 1
    assert "销毁要两个人" in alone.stderr
    later["甲"].post("/retention/propose", {"number": "1"})
    assert command("due").stdout.endswith("等待批准\n")
    assert command("destroy", "1", "--reason", "expired").exit_code == 1
    with desk.app_context(), audit_log.change(db.session(), "2027-07-06") as change:
        proposal = stages.get(db.session(), 1).destruction
        assert proposal is not None
        proposal.approved_by = "乙"
        change.log("destruction-approved", "tip/1")
    wrong = command("destroy", "1", "--reason", "spam")
    assert wrong.exit_code == 1
    assert "they agreed on --reason expired" in wrong.stderr
    assert command("destroy", "1", "--reason", "expired").exit_code == 0
    again = command("destroy", "1", "--reason", "expired")
    assert (again.exit_code, again.stdout) == (0, "1\t已于2027-07-06销毁\n")
    assert command("due").stdout == ""
    assert "bytes, before" in command("compact").stdout
    with desk.app_context():
        assert stages.get(db.session(), 1).stage is Stage.DESTROYED
        assert db.session().execute(text("SELECT length(body) FROM tip")).scalar() == 0
