"""Who gets a tip and who never does: the guard, recusal, assignment, routing to other units."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.tips.casework import access, assignment, messages, stages, triage
from openbureau.tips.casework.access import Conflicted, NotNow, NotTheirs
from openbureau.tips.casework.dossier import open_body
from openbureau.tips.model import Matter, Stage, Tip, TipRecusal
from openbureau.tips.sealing import CannotOpen
from openbureau.tips.sealing.recipients import Duty, Recipient, RecipientSet
from support.desk_makers import ACCUSED, RECEIVER, STAFF, UNITS, Office, events
from support.site import NOON


def told(session: Session, number: int) -> list[str]:
    """What the log tells of a tip, in order."""
    return [entry.event for entry in audit_log.entries_of(session, f"tip/{number}")]


def opens(session: Session, office: Office, number: int, name: str) -> bool:
    try:
        open_body(stages.get(session, number), office.keys[name].private)
    except CannotOpen:
        return False
    return True


@pytest.mark.parametrize("unit", UNITS)
def test_whoever_belongs_to_the_accused_unit_can_neither_open_nor_see_nor_take_on_a_tip(
    session: Session, office: Office, unit: str
) -> None:
    number = office.tip(session, unit=unit)
    tip = stages.get(session, number)
    for name, (duty, theirs) in STAFF.items():
        away = theirs == unit or (unit == RECEIVER and duty == "handler")
        if duty in ("handler", "independent"):
            assert opens(session, office, number, name) is not away, name
            assert access.may_see(tip, office.recipients, name, theirs) is not away, name
        if duty == "handler" and away:
            with pytest.raises(Conflicted):
                assignment.claim(session, number, office.actor(name), office.recipients)
    assert told(session, number) == ["submitted"]
    assert not stages.get(session, number).handlers


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_in_no_office_whatever_do_the_accused_or_the_recused_read_a_tip(data: st.DataObject) -> None:
    """Random offices: any duties in any units, any of them recused; the receiver may be the accused."""
    units = ["甲局", "乙局", "丙局"]
    members = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from([Duty.HANDLER, Duty.CUSTODIAN, Duty.INDEPENDENT]), st.sampled_from(units)
            ),
            max_size=8,
        )
    )
    made = [Recipient(str(place), duty, unit, f"key {place}") for place, (duty, unit) in enumerate(members)]
    made += [Recipient("纪检", Duty.INDEPENDENT, "", "key i"), Recipient("恢复", Duty.RECOVERY, "", "key r")]
    found = RecipientSet(1, NOON.date(), units[0], tuple(made))
    accused = data.draw(st.sampled_from(units))
    away = data.draw(st.sets(st.sampled_from([each.name for each in made[:-2]]))) if made[:-2] else set()
    tip = Tip(number=1, unit=accused, recusals=[TipRecusal(name=name) for name in sorted(away)])
    left = found.without(tip.recused)
    for readers in (left.of_body(accused), left.of_identity(accused)):
        assert not [each for each in readers if each.unit == accused or each.name in away]
        assert len({each.key for each in readers}) >= 2
        if accused == units[0]:
            assert {each.duty for each in readers} <= {Duty.INDEPENDENT, Duty.RECOVERY}
    for each in made:
        conflicted = each.unit == accused or each.name in away
        assert not (conflicted and access.may_see(tip, found, each.name, each.unit))


def test_claiming_a_fresh_tip_brings_it_to_triage_and_stands_in_the_log(
    session: Session, office: Office
) -> None:
    number = office.tip(session)
    assignment.claim(session, number, office.actor("甲"), office.recipients)
    assignment.claim(session, number, office.actor("乙", days=1), office.recipients)
    tip = stages.get(session, number)
    assert [each.name for each in tip.handlers] == ["甲", "乙"]
    assert events(tip) == [("submitted", "received"), ("moved", "screening")]
    assert told(session, number) == ["submitted", "claimed", "moved", "claimed"]
    with pytest.raises(NotNow, match="已经认领"):
        assignment.claim(session, number, office.actor("甲"), office.recipients)


def test_a_tip_is_never_assigned_to_the_accused_unit_whatever_account_is_named(
    session: Session, office: Office
) -> None:
    number = office.tip(session)
    assignment.claim(session, number, office.actor("甲"), office.recipients)
    for name, unit in (
        ("英德", ACCUSED),
        ("乙", ACCUSED),
        ("nobody", RECEIVER),
        ("恢复", ""),
        ("保管", RECEIVER),
    ):
        with pytest.raises(Conflicted):
            assignment.assign(session, number, name, unit, office.actor("甲"), office.recipients)
    assignment.assign(session, number, "乙", RECEIVER, office.actor("甲"), office.recipients)
    assert {each.name for each in stages.get(session, number).handlers} == {"甲", "乙"}


def test_only_whoever_took_a_case_on_works_on_it(session: Session, office: Office) -> None:
    number = office.tip(session)
    with pytest.raises(NotTheirs, match="请先认领"):
        assignment.assign(session, number, "乙", RECEIVER, office.actor("甲"), office.recipients)
    with pytest.raises(NotTheirs):
        triage.note(session, number, "看过了", office.actor("甲"), office.recipients)
    assert told(session, number) == ["submitted"]


def test_a_refusal_is_told_to_the_log_with_who_was_kept_away(session: Session, office: Office) -> None:
    number = office.tip(session)
    access.log_refusal(session, number, office.actor("甲"), "英德")
    [*_, entry] = audit_log.entries_of(session, f"tip/{number}")
    assert (entry.event, entry.actor, entry.detail) == ("refused", "甲", '{"name":"英德"}')
    assert audit_log.check_chain(session) is None


# Recusal


def test_whoever_is_recused_is_out_and_reads_nothing_that_is_written_later(
    session: Session, office: Office
) -> None:
    number = office.tip(session)
    assignment.claim(session, number, office.actor("甲"), office.recipients)
    assignment.claim(session, number, office.actor("乙"), office.recipients)
    assignment.recuse(session, number, "乙", office.actor("乙"), office.recipients)
    triage.note(session, number, "乙是店主的亲戚。", office.actor("甲"), office.recipients)
    tip = stages.get(session, number)
    assert [each.name for each in tip.handlers] == ["甲"]
    [message] = tip.messages
    assert messages.read(message, office.keys["甲"].private)["text"] == "乙是店主的亲戚。"
    with pytest.raises(CannotOpen):
        messages.read(message, office.keys["乙"].private)
    assert not access.may_see(tip, office.recipients, "乙", RECEIVER)
    assert "乙" not in access.readers(tip, office.recipients)
    assert "乙" in {each.name for each in office.recipients.of_body(tip.unit)}
    for refused in (
        lambda: assignment.claim(session, number, office.actor("乙"), office.recipients),
        lambda: assignment.assign(session, number, "乙", RECEIVER, office.actor("甲"), office.recipients),
    ):
        with pytest.raises(Conflicted):
            refused()


def test_a_handler_may_declare_another_recused_but_a_stranger_to_the_case_may_not(
    session: Session, office: Office
) -> None:
    number = office.tip(session)
    with pytest.raises(NotTheirs):
        assignment.recuse(session, number, "乙", office.actor("甲"), office.recipients)
    assignment.claim(session, number, office.actor("甲"), office.recipients)
    assignment.recuse(session, number, "乙", office.actor("甲"), office.recipients)
    assert [each.name for each in stages.get(session, number).recusals] == ["乙"]
    with pytest.raises(NotNow, match="本来就不能接触"):
        assignment.recuse(session, number, "英德", office.actor("甲"), office.recipients)


def test_the_last_who_can_handle_a_tip_is_not_recused(session: Session, office: Office) -> None:
    number = office.tip(session, unit=RECEIVER)
    with pytest.raises(NotNow, match="没有人能办理"):
        assignment.recuse(session, number, "纪检", office.actor("纪检"), office.recipients)


# To other units


def accepted(session: Session, office: Office, **changes: str) -> int:
    number = office.tip(session, **changes)
    handler = "纪检" if changes.get("unit") == RECEIVER else "甲"
    assignment.claim(session, number, office.actor(handler), office.recipients)
    triage.accept(session, number, Matter.ACCUSATION, office.actor(handler), office.recipients)
    return number


def test_a_tip_goes_to_another_unit_but_never_to_the_accused_one(session: Session, office: Office) -> None:
    number = accepted(session, office)
    with pytest.raises(Conflicted):
        assignment.route(session, number, ACCUSED, office.actor(), office.recipients, UNITS)
    with pytest.raises(NotNow, match="从列表中选择"):
        assignment.route(session, number, "公安局", office.actor(), office.recipients, UNITS)
    assert stages.get(session, number).handling_unit is None
    assignment.route(session, number, "连州市教育局", office.actor(), office.recipients, UNITS)
    tip = stages.get(session, number)
    assert (tip.stage, tip.handling_unit) == (Stage.TRANSFERRED, "连州市教育局")
    assignment.assign(session, number, "连州", "连州市教育局", office.actor(), office.recipients)


def test_what_is_said_of_the_receiver_goes_to_none_of_its_subordinates(
    session: Session, office: Office
) -> None:
    number = accepted(session, office, unit=RECEIVER)
    for unit in UNITS:
        with pytest.raises(Conflicted):
            assignment.route(session, number, unit, office.actor("纪检"), office.recipients, UNITS)


def test_nobody_investigates_alone(session: Session, office: Office) -> None:
    number = accepted(session, office)
    with pytest.raises(NotNow, match="至少要有2名办理人，现在有1名"):
        assignment.investigate(session, number, office.actor(), office.recipients)
    assignment.assign(session, number, "乙", RECEIVER, office.actor(), office.recipients)
    assignment.investigate(session, number, office.actor(), office.recipients)
    assert stages.get(session, number).stage is Stage.INVESTIGATING


def test_every_change_of_routing_leaves_a_chain_that_holds(session: Session, office: Office) -> None:
    number = accepted(session, office)
    assignment.assign(session, number, "乙", RECEIVER, office.actor(days=1), office.recipients)
    assignment.recuse(session, number, "乙", office.actor("乙", days=2), office.recipients)
    assert audit_log.check_chain(session) is None
    last = audit_log.entries_of(session, f"tip/{number}")[-1]
    assert last.at == audit_log.minute(office.actor(days=2).at)
    assert last.digest == audit_log.state(session, f"tip/{number}")
