"""The desk's step 「更正被反映单位」, and what the submitter sees of it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from openbureau.database import db
from openbureau.staff import keyring
from openbureau.tips.casework import stages
from openbureau.tips.model import PendingSealing
from openbureau.tips.sealing.recipients import UNIT_OTHER
from support.desk_makers import ACCUSED, RECEIVER, Office, Seats, text_of

REASON = {"text": "决定书上盖的是这个单位的章。"}


def taken_on(desk: Flask, office: Office, seats: Seats) -> str:
    with desk.app_context():
        code = office.submit(db.session(), unit=UNIT_OTHER)
    assert seats["甲"].post("/cases/1/claim").status_code == 303
    return code


def test_the_unit_is_set_with_a_reason_and_the_submitter_sees_to_which(
    seats: Seats, desk: Flask, office: Office, client: FlaskClient
) -> None:
    code = taken_on(desk, office, seats)
    before = client.post("/tip-off/status", data={"code": code}).text
    assert "查明以后由工作人员更正" in before
    lacking = seats["甲"].post("/cases/1/unit", {"unit": ACCUSED, "text": " "})
    assert lacking.status_code == 422
    assert "请填写更正的理由" in lacking.text
    done = seats["甲"].post("/cases/1/unit", {"unit": ACCUSED, **REASON})
    assert (done.status_code, done.headers["Location"]) == (303, "/cases/1/")
    page = seats["甲"].client.get("/cases/1/").text
    assert "更正被反映单位（英德市教育局）" in page
    after = client.post("/tip-off/status", data={"code": code}).text
    assert f"被反映单位更正为{ACCUSED}" in text_of(after, "//div[contains(@class, 'verdict')]")[0]
    assert "更正被反映单位" in text_of(after, "//ol[@class='timeline']")[0]
    assert REASON["text"] not in after


def test_found_to_be_about_the_receiver_it_goes_from_the_desk_of_whoever_found_it(
    seats: Seats, desk: Flask, office: Office
) -> None:
    taken_on(desk, office, seats)
    gone = seats["甲"].post("/cases/1/unit", {"unit": RECEIVER, **REASON})
    assert (gone.status_code, gone.headers["Location"]) == (303, "/")
    assert seats["甲"].client.get("/cases/1/").status_code == 404
    assert "目前没有线索" in seats["甲"].client.get("/").text
    assert RECEIVER in seats["纪检"].client.get("/").text


def test_without_an_unlocked_key_it_is_not_corrected(seats: Seats, desk: Flask, office: Office) -> None:
    taken_on(desk, office, seats)
    seats["甲"].post("/lock")
    assert "以后可以更正被反映单位" in seats["甲"].client.get("/cases/1/").text
    assert seats["甲"].post("/cases/1/unit", {"unit": ACCUSED, **REASON}).status_code == 423
    with desk.app_context():
        assert stages.get(db.session(), 1).unit == UNIT_OTHER


def test_unlocking_a_key_seals_anew_what_waited_for_it(
    seats: Seats, desk: Flask, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_on(desk, office, seats)
    seats["甲"].post("/cases/1/unit", {"unit": ACCUSED, **REASON})
    given = {"purpose": "contact", "reason": "电话核实决定书日期"}
    assert seats["保管"].post("/cases/1/identity", given).status_code == 422, "not sealed to them yet"
    independent = seats["纪检"]
    with desk.app_context():
        assert db.session().get(PendingSealing, 1) is not None
        db.session.rollback()
    private = office.keys["纪检"].private
    monkeypatch.setattr(keyring, "open_key", lambda member, passphrase: private)
    assert independent.post("/unlock", {"passphrase": "x"}).status_code == 303
    assert "某某" in seats["保管"].post("/cases/1/identity", given).text
