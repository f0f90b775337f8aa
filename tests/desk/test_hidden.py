"""Nobody of the accused unit learns that a tip about it came in: by no page, status, word or number of the
desk (信访工作条例 30)."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from openbureau.database import db
from openbureau.staff import Role
from openbureau.tips import intake, log_heads
from openbureau.tips.casework import assignment, merging, stages
from openbureau.tips.sealing.recipients import UNIT_OTHER
from support.desk_makers import ACCUSED, RECEIVER, UNITS, Office, Seats, text_of
from support.desk_visitors import Member, enter
from support.site import Clock

_TOKEN = re.compile(r'name="form(_token)?" value="[^"]*"')


def pages(member: Member, desk: Flask) -> dict[str, tuple[int, str]]:
    """Status and text of every page of the desk that is only read, without tokens."""
    addresses = {
        str(rule)
        for rule in desk.url_map.iter_rules()
        if rule.methods and "GET" in rule.methods and not rule.arguments
    }
    addresses |= {
        "/cases/1/",
        "/cases/2/",
        "/cases/9/",
        "/?stage=received",
        "/log/?subject=tip/2",
        "/log/?event=submitted",
    }
    assert {"/", "/self-check", "/log/", "/accounts/", "/consultation-opinions/"} <= addresses
    read = {}
    for address in sorted(addresses):
        answer = member.client.get(address)
        read[address] = (answer.status_code, _TOKEN.sub("", answer.text))
    return read


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("unit", [ACCUSED, RECEIVER])
def test_for_every_role_of_the_accused_unit_every_page_is_byte_equal_before_and_after_a_tip_about_it(
    seats: Seats, desk: Flask, office: Office, clock: Clock, role: Role, unit: str
) -> None:
    names = {
        (ACCUSED, Role.HANDLER): "英德",
        (RECEIVER, Role.HANDLER): "甲",
        (RECEIVER, Role.CUSTODIAN): "保管",
    }
    name = names.get((unit, role))
    member = seats[name] if name else enter(desk, clock, role, unit)
    with desk.app_context():
        office.submit(db.session(), unit="连州市教育局")
        log_heads.add_heartbeat(db.session(), clock.now.date())
    pages(member, desk)  # what this asks for is itself in the log
    before = pages(member, desk)
    with desk.app_context():
        office.submit(db.session(), unit=unit, files={"决定书.pdf": b"%PDF-1.4"})
        log_heads.add_heartbeat(db.session(), clock.now.date())
    after = pages(member, desk)
    assert {address for address in before if before[address] != after[address]} == set()
    if name:
        for step in ("claim", "open", "note", "unit", "recuse", "export", "merge"):
            form = {"text": "x", "into": "1", "unit": RECEIVER}
            known, missing = (member.post(f"/cases/{number}/{step}", form) for number in (2, 9))
            assert known.status_code == missing.status_code in (403, 404), step
            assert _TOKEN.sub("", known.text) == _TOKEN.sub("", missing.text)


def test_in_the_queue_of_others_an_unknown_unit_does_not_stand(
    seats: Seats, desk: Flask, office: Office
) -> None:
    before = pages(seats["连州"], desk)
    with desk.app_context():
        office.submit(db.session(), unit=UNIT_OTHER)
    assert pages(seats["连州"], desk) == before
    assert UNIT_OTHER in seats["甲"].client.get("/").text
    assert UNIT_OTHER in seats["纪检"].client.get("/").text


def answered(member: Member) -> str:
    """What the self-check says of unanswered tips."""
    rows = text_of(member.client.get("/self-check").text, "//tr[th='未答复的线索']")
    assert len(rows) == 1
    return rows[0]


def test_the_self_check_counts_for_a_reader_of_the_queue_what_stands_in_it_and_nothing_for_the_others(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    with desk.app_context():
        office.submit(db.session(), (clock.now - timedelta(days=10)).date(), unit=ACCUSED)
        office.submit(db.session(), unit="连州市教育局")
    assert "2件，最早的2026-05-22" in answered(seats["甲"])
    assert "1件，最早的2026-06-01" in answered(seats["英德"])
    assert "1件，最早的2026-05-22" in answered(seats["连州"])
    for role in (Role.EDITOR, Role.AUDITOR, Role.ADMINISTRATOR):
        words = answered(enter(desk, clock, role, "连州市教育局"))
        assert "2026-05-22" not in words
        assert "只在工作台上告诉办理的人" in words


def test_merging_into_a_tip_that_must_not_be_known_says_the_same_as_into_none(
    seats: Seats, desk: Flask, office: Office
) -> None:
    with desk.app_context():
        office.submit(db.session(), unit=ACCUSED)
        office.submit(db.session(), unit="连州市教育局")
    seats["连州"].post("/cases/1/claim")
    hidden, missing = (seats["连州"].post("/cases/1/merge", {"into": into}) for into in ("2", "9"))
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert _TOKEN.sub("", hidden.text) == _TOKEN.sub("", missing.text)


def test_of_merged_tips_only_those_are_named_that_the_reader_may_know_of(
    seats: Seats, desk: Flask, office: Office
) -> None:
    with desk.app_context():
        session = db.session()
        for _ in range(2):
            office.submit(session)
        for number in (1, 2):
            assignment.claim(session, number, office.actor(), office.recipients)
        merging.merge(session, 2, 1, office.actor(), office.recipients)
        assignment.recuse(session, 2, "乙", office.actor(), office.recipients)
    assert "/cases/2/" in seats["甲"].client.get("/cases/1/").text
    page = text_of(seats["乙"].client.get("/cases/1/").text, "//aside")[0]
    assert "并入本案的" not in page
    assert "可能是同一件事" not in page


def test_asking_for_a_number_that_no_tip_has_stands_in_the_log_like_a_refusal(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    seats["英德"].client.get("/cases/9/")
    page = enter(desk, clock, Role.AUDITOR).client.get("/log/?event=refused").text
    assert text_of(page, "//td[@data-label='对象']") == ["no-tip/9"]


def test_the_auditor_sees_nothing_about_tips_of_their_own_unit_and_all_of_the_others(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    with desk.app_context():
        for unit in UNITS:
            office.submit(db.session(), unit=unit)

    def subjects(unit: str) -> list[str]:
        page = enter(desk, clock, Role.AUDITOR, unit, f"审计{unit}").client.get("/log/?event=submitted").text
        return text_of(page, "//td[@data-label='对象']")

    assert subjects(RECEIVER) == ["tip/3", "tip/2"]
    assert subjects(ACCUSED) == ["tip/3", "tip/1"]
    assert subjects("监委") == ["tip/3", "tip/2", "tip/1"]


def test_numbers_are_given_with_gaps_so_that_a_missing_one_tells_nothing(
    session: Session, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_NUMBER_STEP", 4)
    numbers = [office.tip(session) for _ in range(40)]
    assert numbers[0] == 1
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    assert steps == {1, 2, 3, 4}
    assert [tip.number for tip in stages.list_tips(session)] == numbers[::-1]
