"""A tip about the bureau itself, from login to answer, with no keys but those of the documented ceremony: one
independent recipient, and the recovery key in its safe."""

import lxml.html  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from openbureau import cli
from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.staff import Role, accounts
from openbureau.tips.casework import assignment, conclusion, stages, triage
from openbureau.tips.casework.access import NotNow
from openbureau.tips.casework.conclusion import Finding
from openbureau.tips.model import Action, Conclusion, Matter, Stage
from support.desk_makers import RECEIVER, UNITS, Office, text_of
from support.desk_visitors import Member, enter
from support.site import Clock
from support.tip_client import ANONYMOUS, STORY, code_in, submit

OUTSIDE = "上级教育行政部门"


def run(settings: Settings, *words: object) -> None:
    environment = {
        "OPENBUREAU_CONTENT": str(settings.content),
        "OPENBUREAU_INSTANCE": str(settings.instance),
    }
    answer = CliRunner().invoke(cli.main, [str(word) for word in words], env=environment)
    assert answer.exit_code == 0, answer.output


@pytest.fixture
def independent(settings: Settings, desk: Flask, clock: Clock) -> Member:
    """The independent recipient of a demonstration, whose key the ceremony names, logged in and unlocked."""
    run(settings, "setup")
    member = enter(desk, clock, Role.HANDLER, "派驻纪检监察组", "independent")
    member.unlock()
    with desk.app_context():
        key = accounts.find(db.session(), "independent").public_key
        db.session.rollback()
    keys = settings.instance / "demo-keys"
    run(settings, "keys", "add", keys, "independent", "--duty", "independent", "--key", key)
    run(settings, "keys", "install", keys / settings.recipients_file.name)
    return member


def accepted(member: Member, client: FlaskClient) -> str:
    """A tip about the receiver that they have taken up; its code."""
    code = code_in(submit(client, **{**ANONYMOUS, "unit": RECEIVER}))
    assert RECEIVER in member.client.get("/").text
    assert member.post("/cases/1/claim").status_code == 303
    assert STORY in member.post("/cases/1/open").text
    assert member.post("/cases/1/accept", {"matter": "accusation"}).status_code == 303
    return code


def options(member: Member, name: str) -> list[str]:
    page = lxml.html.fromstring(member.client.get("/cases/1/").text)
    return [str(value) for value in page.xpath(f"//select[@id='{name}']/option/@value")]


FOUND = {"conclusion": "true", "action": "refund", "refunded_yuan": "5000"}


def test_the_one_independent_recipient_looks_into_it_and_answers(
    independent: Member, client: FlaskClient
) -> None:
    code = accepted(independent, client)
    assert "至少要有1名办理人" in independent.client.get("/cases/1/").text
    assert independent.post("/cases/1/investigate").status_code == 303
    assert independent.post("/cases/1/conclude", FOUND).status_code == 303
    assert independent.post("/cases/1/reply", {"text": "已经责令退款。"}).status_code == 303
    progress = client.post("/tip-off/status", data={"code": code}).text
    assert "已经责令退款。" in progress
    assert "已答复" in text_of(progress, "//p[@class='verdict-state']")[0]


def test_or_hands_it_over_to_a_body_outside_with_a_letter_in_their_own_name(
    independent: Member, client: FlaskClient
) -> None:
    code = accepted(independent, client)
    assert options(independent, "route-unit") == ["", "派驻纪检监察组", OUTSIDE, "本级人民政府信访部门"]
    words = {"unit": OUTSIDE, "text": "已经移送上级，由它答复。"}
    assert independent.post("/cases/1/route", words).status_code == 303
    letter = independent.post("/cases/1/letters/transferred").text
    [text] = text_of(letter, "//article")
    assert f"{OUTSIDE}：" in text
    assert "派驻纪检监察组（公章）" in text
    assert "不得将检举、揭发材料以及有关情况透露" in text
    assert f"{RECEIVER}（公章）" not in text
    progress = client.post("/tip-off/status", data={"code": code}).text
    assert f"办理单位：{OUTSIDE}" in progress
    assert words["text"] in progress
    assert independent.post("/cases/1/conclude", FOUND).status_code == 303
    assert independent.post("/cases/1/reply", {"text": "上级已经查清。"}).status_code == 303
    assert "上级已经查清。" in client.post("/tip-off/status", data={"code": code}).text


def test_a_house_that_lets_nobody_look_into_a_tip_alone_says_to_hand_it_over(
    session: Session, office: Office
) -> None:
    number = office.tip(session, unit=RECEIVER)
    actor, recipients = office.actor("纪检"), office.recipients
    assignment.claim(session, number, actor, recipients)
    triage.accept(session, number, Matter.ACCUSATION, actor, recipients)
    with pytest.raises(NotNow, match="移送有权处理的机关"):
        assignment.investigate(session, number, actor, recipients, alone=False)
    assignment.route(session, number, OUTSIDE, actor, recipients, UNITS, [OUTSIDE])
    finding = Finding(Conclusion.TRUE, Action.HAND_OVER)
    with pytest.raises(NotNow):
        conclusion.conclude(session, number, finding, actor, recipients, alone=False)
    conclusion.conclude(session, number, finding, actor, recipients, alone=False, outside=[OUTSIDE])
    tip = stages.get(session, number)
    assert (tip.stage, tip.handling_unit) == (Stage.CONCLUDED, OUTSIDE)
    assert audit_log.check_chain(session) is None


def test_where_two_can_be_one_is_not_enough(session: Session, office: Office) -> None:
    number = office.tip(session)
    assignment.claim(session, number, office.actor(), office.recipients)
    triage.accept(session, number, Matter.ACCUSATION, office.actor(), office.recipients)
    with pytest.raises(NotNow, match="至少要有2名"):
        assignment.investigate(session, number, office.actor(), office.recipients)
