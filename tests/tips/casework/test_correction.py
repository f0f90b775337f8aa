"""A tip whose unit is unknown or wrong: who gets it, and what becomes of everything sealed when it is set."""

from collections.abc import Iterator

import pyrage  # type: ignore[import-untyped]
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.tips.casework import (
    access,
    assignment,
    conclusion,
    correction,
    merging,
    messages,
    rewrapping,
    stages,
    submitter_actions,
    triage,
)
from openbureau.tips.casework.access import Conflicted, NotNow
from openbureau.tips.casework.dossier import open_body, open_identity
from openbureau.tips.casework.submitter_actions import NotPossible
from openbureau.tips.model import AttachmentPart, Matter, PendingSealing, Stage, Tip
from openbureau.tips.sealing import CannotOpen, open_sealed
from openbureau.tips.sealing.recipients import UNIT_OTHER, sealer_for
from openbureau.tips.verify import prove
from support.desk_makers import ACCUSED, RECEIVER, SECRET, STAFF, TODAY, UNITS, Office, events

OTHER = "连州市教育局"
ACCOUNTS = {name: unit for name, (_, unit) in STAFF.items()}


def readers(office: Office, sealed: bytes) -> set[str]:
    """Whose keys open a sealed document."""

    def opens(name: str) -> bool:
        try:
            open_sealed(sealed, office.keys[name].private)
        except CannotOpen:
            return False
        return True

    return {name for name in STAFF if opens(name)}


def everything(session: Session, office: Office, number: int) -> Iterator[tuple[str, set[str]]]:
    """Each sealed piece of a tip and whose keys open it."""
    tip = stages.get(session, number)
    yield "body", readers(office, tip.body)
    for message in tip.messages:
        yield f"message {message.kind}", readers(office, message.sealed)
    for attachment in tip.attachments:
        wanted = select(AttachmentPart.data).where(AttachmentPart.attachment_id == attachment.id)
        sealed = b"".join(session.scalars(wanted.order_by(AttachmentPart.place)))
        names = set()
        for name, pair in office.keys.items():
            try:
                pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(pair.private)])
                names.add(name)
            except pyrage.DecryptError:
                continue
        yield "file", names
    if tip.extension is not None:
        yield "extension", readers(office, tip.extension.sealed)
    if tip.identity is not None:
        yield "identity", readers(office, tip.identity)


def correct(session: Session, office: Office, number: int, unit: str, name: str = "甲") -> None:
    correction.correct_unit(
        session,
        number,
        unit,
        "决定书上盖的是这个单位的章。",
        office.actor(name),
        office.recipients,
        units=UNITS,
        accounts=ACCOUNTS,
        private=office.keys[name].private,
        secret=SECRET,
    )


def full_case(session: Session, office: Office, unit: str) -> int:
    """A case in which everything that can be sealed is there."""
    code = office.submit(session, unit=unit, files={"决定书.pdf": b"%PDF-1.4 canary"})
    tip = stages.find_by_code(session, SECRET, code)
    assert tip is not None
    number = tip.number
    for name in ("甲", "乙"):
        assignment.claim(session, number, office.actor(name), office.recipients)
    triage.note(session, number, "内部记录", office.actor(), office.recipients)
    triage.ask(session, number, "是哪个单位罚的？", office.actor(), office.recipients)
    submitter_actions.say(session, stages.get(session, number), code, "不清楚", office.recipients, TODAY)
    triage.accept(session, number, Matter.ACCUSATION, office.actor(), office.recipients)
    conclusion.ask_for_time(session, number, 10, 30, "还要调卷", office.actor(), office.recipients)
    return number


def test_a_tip_about_an_unknown_unit_reaches_the_triage_of_the_receiver_and_nobody_of_the_other_units(
    session: Session, office: Office
) -> None:
    number = office.tip(session, unit=UNIT_OTHER)
    tip = stages.get(session, number)
    assert readers(office, tip.body) == {"甲", "乙", "纪检", "恢复"}
    assert readers(office, tip.identity or b"") == {"纪检", "恢复"}
    for name, (_, unit) in STAFF.items():
        may_see = access.may_see(tip, office.recipients, name, unit)
        assert may_see is (name in {"甲", "乙", "纪检"}), name
    # An account that was moved to another unit than the signed set says is kept away, too.
    assert not access.may_see(tip, office.recipients, "甲", OTHER)


@pytest.mark.parametrize("first", [UNIT_OTHER, ACCUSED])
def test_setting_the_unit_seals_everything_anew_in_one_commit_for_those_of_that_unit_and_nobody_else(
    session: Session, office: Office, first: str
) -> None:
    number = full_case(session, office, first)
    before = audit_log.head(session)[0]
    correct(session, office, number, OTHER)
    allowed = {"甲", "乙", "英德", "纪检", "恢复"}
    kinds = dict(everything(session, office, number))
    assert set(kinds) >= {"body", "file", "extension", "identity", "message note", "message question"}
    for name, opens in kinds.items():
        if name != "identity":
            assert opens == allowed, name
    tip = stages.get(session, number)
    assert tip.unit == OTHER
    assert ("unit-corrected", "accepted") in events(tip)
    entries = [entry.event for entry in audit_log.entries_of(session, f"tip/{number}") if entry.seq > before]
    assert entries == ["unit-corrected", "message"]
    assert open_body(tip, office.keys["英德"].private)["unit"] == first, "what was said stays as it was said"
    assert list(prove(session)) == []


def test_who_sent_it_is_sealed_anew_by_the_next_key_that_opens_it_and_the_custodian_then_opens_it(
    session: Session, office: Office
) -> None:
    number = office.tip(session, unit=UNIT_OTHER)
    assignment.claim(session, number, office.actor(), office.recipients)
    correct(session, office, number, ACCUSED)
    waiting = session.get_one(PendingSealing, number)
    assert waiting.pieces == rewrapping.IDENTITY
    session.rollback()
    at = office.actor().at
    assert rewrapping.settle(session, office.recipients, office.keys["甲"].private, at) == []
    assert rewrapping.settle(session, office.recipients, office.keys["纪检"].private, at) == [number]
    tip = stages.get(session, number)
    assert readers(office, tip.identity or b"") == {"保管", "恢复"}
    assert open_identity(tip, office.keys["保管"].private) is not None
    assert session.get(PendingSealing, number) is None
    session.rollback()
    assert rewrapping.settle(session, office.recipients, office.keys["纪检"].private, at) == []
    assert list(prove(session)) == []


def test_found_to_be_about_the_receiver_it_leaves_the_queue_of_whoever_set_it_for_the_independent_one(
    session: Session, office: Office
) -> None:
    number = full_case(session, office, UNIT_OTHER)
    correct(session, office, number, RECEIVER)
    tip = stages.get(session, number)
    assert [handler.name for handler in tip.handlers] == []
    for _, opens in everything(session, office, number):
        assert opens == {"纪检", "恢复"}
    for name, (_, unit) in STAFF.items():
        assert access.may_see(tip, office.recipients, name, unit) is (name == "纪检"), name
    with pytest.raises(Conflicted):
        triage.note(session, number, "再看看", office.actor(), office.recipients)
    assignment.claim(session, number, office.actor("纪检"), office.recipients)


def test_a_handler_of_the_unit_that_is_accused_now_loses_the_case_and_the_others_keep_it(
    session: Session, office: Office
) -> None:
    number = full_case(session, office, ACCUSED)
    assignment.assign(session, number, "连州", OTHER, office.actor(), office.recipients)
    correct(session, office, number, OTHER)
    tip = stages.get(session, number)
    assert [handler.name for handler in tip.handlers] == ["乙", "甲"]
    assert not access.may_see(tip, office.recipients, "连州", OTHER)


def test_a_unit_that_a_tip_was_sent_to_and_that_it_is_about_does_not_keep_it(
    session: Session, office: Office
) -> None:
    number = full_case(session, office, ACCUSED)
    assignment.route(session, number, OTHER, office.actor(), office.recipients, UNITS)
    correct(session, office, number, OTHER)
    tip = stages.get(session, number)
    assert (tip.stage, tip.handling_unit) == (Stage.ACCEPTED, None)


def test_while_the_unit_is_unknown_it_is_sent_to_no_unit(session: Session, office: Office) -> None:
    number = full_case(session, office, UNIT_OTHER)
    with pytest.raises(NotNow, match="先更正被反映单位"):
        assignment.route(session, number, OTHER, office.actor(), office.recipients, UNITS)


def test_what_was_merged_into_it_goes_the_same_way(session: Session, office: Office) -> None:
    parent, child = (full_case(session, office, UNIT_OTHER) for _ in range(2))
    merging.merge(session, child, parent, office.actor(), office.recipients)
    with pytest.raises(NotNow, match=f"请更正线索{parent}"):
        correct(session, office, child, RECEIVER)
    correct(session, office, parent, RECEIVER)
    assert stages.get(session, child).unit == RECEIVER
    for number in (parent, child):
        for _, opens in everything(session, office, number):
            assert opens == {"纪检", "恢复"}


def test_two_tips_about_one_fine_are_alike_again_once_the_unit_is_right(
    session: Session, office: Office
) -> None:
    right = office.tip(session, unit=ACCUSED, doc_no="")
    number = office.tip(session, unit=UNIT_OTHER, doc_no="")
    assignment.claim(session, number, office.actor(), office.recipients)
    assert merging.alike(session, stages.get(session, number)) == []
    correct(session, office, number, ACCUSED)
    assert [tip.number for tip in merging.alike(session, stages.get(session, number))] == [right]


@pytest.mark.parametrize("unit", ["公安局", ACCUSED])
def test_the_unit_is_another_one_of_the_list(session: Session, office: Office, unit: str) -> None:
    number = full_case(session, office, ACCUSED)
    state = audit_log.state(session, f"tip/{number}")
    with pytest.raises(NotNow, match="从列表中选择"):
        correct(session, office, number, unit)
    assert audit_log.state(session, f"tip/{number}") == state


def test_with_a_key_that_does_not_open_it_nothing_is_corrected(session: Session, office: Office) -> None:
    number = full_case(session, office, ACCUSED)
    state = audit_log.state(session, f"tip/{number}")
    with pytest.raises(CannotOpen):
        correction.correct_unit(
            session,
            number,
            OTHER,
            "看了决定书",
            office.actor(),
            office.recipients,
            units=UNITS,
            accounts=ACCOUNTS,
            private=office.keys["保管"].private,
            secret=SECRET,
        )
    assert audit_log.state(session, f"tip/{number}") == state


def test_files_that_were_sealed_before_the_unit_changed_are_not_taken(
    session: Session, office: Office
) -> None:
    code = office.submit(session, unit=UNIT_OTHER)
    tip = stages.find_by_code(session, SECRET, code)
    assert tip is not None
    number = tip.number
    assignment.claim(session, number, office.actor(), office.recipients)
    correct(session, office, number, RECEIVER)
    with pytest.raises(NotPossible, match="重新选择文件"):
        submitter_actions.say(
            session,
            stages.get(session, number),
            code,
            "还有一张照片",
            office.recipients,
            TODAY,
            [_Sealed()],  # type: ignore[list-item]
            sealed_for=UNIT_OTHER,
        )
    assert stages.get(session, number).messages[-1].kind == "note"


class _Sealed:
    size = 1


def test_a_message_that_the_correcting_key_does_not_open_waits_and_is_not_lost(
    session: Session, office: Office
) -> None:
    number = full_case(session, office, ACCUSED)
    with audit_log.change(session, "2026-06-01") as change:
        tip = session.get_one(Tip, number)
        alone = office.recipients.without({"甲", "连州"}).of_body(ACCUSED)
        tip.messages[0].sealed = messages.seal(sealer_for(alone), "只给乙看")
        change.log("test", f"tip/{number}")
    correct(session, office, number, OTHER)
    first = stages.get(session, number).messages[0]
    assert f"tip_message.sealed/{first.id}" in session.get_one(PendingSealing, number).pieces.split()
    session.rollback()
    rewrapping.settle(session, office.recipients, office.keys["乙"].private, office.actor().at)
    message = stages.get(session, number).messages[0]
    assert readers(office, message.sealed) == {"甲", "乙", "英德", "纪检", "恢复"}
