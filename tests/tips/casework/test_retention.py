"""How long tips are kept, and how two people destroy one: what is gone, what is left, what still holds."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.database.compaction import compact
from openbureau.library.house_rules import Retention
from openbureau.tips import backups, intake, statistics
from openbureau.tips.casework import (
    assignment,
    conclusion,
    merging,
    retention,
    rewrapping,
    stages,
    submitter_actions,
    triage,
)
from openbureau.tips.casework.access import NotNow, NotTheirs
from openbureau.tips.casework.conclusion import Finding
from openbureau.tips.model import (
    Action,
    AttachmentPart,
    Conclusion,
    DeclineReason,
    DestructionReason,
    HoldReason,
    Matter,
    Message,
    Stage,
    Tip,
    TipAttachment,
)
from openbureau.tips.receipts import Statement
from openbureau.tips.sealing import signing
from openbureau.tips.verify import destroyed_on, prove
from support.desk_makers import RECEIVER, SECRET, TODAY, UNITS, Office

PERIODS = Retention()
FOUND = Finding(Conclusion.TRUE, Action.REFUND, 1)
LATER = 3 * 366 + 1


def ended(session: Session, office: Office, **changes: str) -> tuple[int, str]:
    """A tip with everything that one can have, answered; its number and code."""
    code = office.submit(session, files={"决定书.pdf": b"%PDF-1.4 " + b"x" * 60_000}, **changes)
    tip = stages.find_by_code(session, SECRET, code)
    assert tip is not None
    number, recipients = tip.number, office.recipients
    assignment.claim(session, number, office.actor(), recipients)
    assignment.assign(session, number, "乙", RECEIVER, office.actor(), recipients)
    triage.accept(session, number, Matter.ACCUSATION, office.actor(), recipients)
    conclusion.ask_for_time(session, number, 10, 30, "还要调卷", office.actor(), recipients)
    assignment.investigate(session, number, office.actor(), recipients)
    conclusion.conclude(session, number, FOUND, office.actor(), recipients)
    conclusion.reply(session, number, "已经退款。", office.actor(), recipients)
    return number, code


def propose(
    session: Session,
    office: Office,
    number: int,
    days: int = LATER,
    reason: DestructionReason = DestructionReason.EXPIRED,
    name: str = "甲",
) -> None:
    retention.propose(session, number, reason, office.actor(name, days), office.recipients, PERIODS)


def decide(
    session: Session, office: Office, number: int, name: str = "乙", *, is_head: bool = True, yes: bool = True
) -> None:
    actor = replace(office.actor(name, LATER), is_head=is_head)
    retention.decide(session, number, yes, actor, office.recipients)


def destroy(session: Session, office: Office, number: int, days: int = LATER) -> list[int]:
    actor = office.actor(days=days)
    return retention.destroy(session, number, actor.at, actor.today, actor.name, actor.role)


def destroyed(session: Session, office: Office, number: int) -> list[int]:
    propose(session, office, number)
    decide(session, office, number)
    return destroy(session, office, number)


def pieces(session: Session, number: int) -> list[bytes]:
    """Bytes from the middle of everything that is sealed of a tip, and its digests."""
    tip = stages.get(session, number)
    wanted = (
        select(AttachmentPart.data)
        .join(TipAttachment, TipAttachment.id == AttachmentPart.attachment_id)
        .where(TipAttachment.tip_number == number)
    )
    sealed = [tip.body, tip.identity, *(message.sealed for message in tip.messages), *session.scalars(wanted)]
    assert tip.extension is not None
    found = [value[len(value) // 2 :][:32] for value in (*sealed, tip.extension.sealed) if value]
    return [*found, *(value for value in (tip.doc_mac, tip.fine_mac) if value), tip.reply_key.encode()]


def still_there(folder: Path, wanted: list[bytes]) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files for piece in wanted if piece in path.read_bytes()]


# When


def test_a_tip_is_due_so_long_after_its_end_as_its_outcome_says(session: Session, office: Office) -> None:
    def due(number: int) -> tuple[date, DestructionReason] | None:
        found = retention.expiry(stages.get(session, number), PERIODS)
        return (found.due_on, found.reason) if found else None

    answered, _ = ended(session, office)
    spam, declined, withdrawn, running = (office.tip(session) for _ in range(4))
    for number, reason in ((spam, DeclineReason.SPAM), (declined, DeclineReason.NO_LEAD)):
        assignment.claim(session, number, office.actor(), office.recipients)
        triage.decline(session, number, reason, "说明", office.actor(), office.recipients)
    submitter_actions.withdraw(session, stages.get(session, withdrawn), TODAY)
    assert due(answered) == (date(2029, 6, 1), DestructionReason.EXPIRED)
    assert due(spam) == (date(2026, 7, 1), DestructionReason.SPAM)
    assert due(declined) == due(withdrawn) == (date(2027, 6, 1), DestructionReason.EXPIRED)
    assert due(running) is None
    triage.reopen(session, answered, "有新的情况", office.actor(), office.recipients)
    assert due(answered) is None


# By whom


def test_one_alone_destroys_nothing(session: Session, office: Office) -> None:
    number, _ = ended(session, office)
    for attempt, why in (
        (lambda: destroy(session, office, number), "两个人"),
        (lambda: propose(session, office, number, days=10), "保存期限到2029-06-01才满"),
        (lambda: decide(session, office, number), "没有等待批准"),
    ):
        with pytest.raises(NotNow, match=why):
            attempt()
    propose(session, office, number)
    for attempt, why in (
        (lambda: destroy(session, office, number), "两个人"),
        (lambda: decide(session, office, number, "甲"), "另一个人批准"),
        (lambda: decide(session, office, number, "乙", is_head=False), "负责人批准"),
    ):
        with pytest.raises(NotNow, match=why):
            attempt()
    decide(session, office, number, yes=False)
    with pytest.raises(NotNow, match="两个人"):
        destroy(session, office, number)
    assert stages.get(session, number).body
    assert list(prove(session)) == []


def test_of_a_tip_about_the_receiver_its_heads_know_nothing_and_another_independent_one_approves(
    session: Session, office: Office
) -> None:
    number = office.tip(session, unit=RECEIVER)
    submitter_actions.withdraw(session, stages.get(session, number), TODAY)
    propose(session, office, number, name="纪检")
    with pytest.raises(PermissionError):
        decide(session, office, number, "甲")
    with pytest.raises(NotNow, match="另一个人"):
        decide(session, office, number, "纪检")


def test_what_is_held_is_not_destroyed_until_it_is_released(session: Session, office: Office) -> None:
    number, _ = ended(session, office)
    stranger = office.actor("连州")
    with pytest.raises(NotTheirs):
        retention.hold(session, number, HoldReason.PROCEEDING, stranger, office.recipients)
    propose(session, office, number)
    decide(session, office, number)
    retention.hold(session, number, HoldReason.PROCEEDING, office.actor(), office.recipients)
    with pytest.raises(NotNow, match="诉讼还没有结束"):
        destroy(session, office, number)
    retention.hold(session, number, None, office.actor(), office.recipients)
    assert destroy(session, office, number) == [number]


def test_who_asks_for_it_need_not_wait_for_the_time(session: Session, office: Office) -> None:
    number, _ = ended(session, office)
    with pytest.raises(NotNow, match="保管期满"):
        propose(session, office, number, 10, DestructionReason.SPAM)
    propose(session, office, number, 10, DestructionReason.REQUEST)
    running = office.tip(session)
    with pytest.raises(NotNow, match="没有办结"):
        propose(session, office, running, 10, DestructionReason.REQUEST)


# What is gone, and what is left


def test_what_was_said_and_by_whom_is_gone_and_the_log_holds_and_tells_why(
    session: Session, office: Office
) -> None:
    number, code = ended(session, office)
    before = audit_log.state(session, f"tip/{number}")
    propose(session, office, number)
    decide(session, office, number)
    before = audit_log.state(session, f"tip/{number}")
    assert destroy(session, office, number) == [number]
    tip = stages.get(session, number)
    assert (tip.body, tip.identity, tip.doc_mac, tip.fine_mac, tip.reply_key) == (b"", None, None, None, "")
    assert (tip.stage, tip.destroyed_on) == (Stage.DESTROYED, office.actor(days=LATER).today)
    assert (tip.messages, tip.attachments, tip.handlers, tip.extension) == ([], [], [], None)
    for table in (Message, TipAttachment, AttachmentPart):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    entry = audit_log.entries_of(session, f"tip/{number}")[-1]
    assert (entry.event, f'"was":"{before}"' in entry.detail) == ("destroyed", True)
    assert stages.find_by_code(session, SECRET, code) is not None, "its code still finds what became of it"
    assert list(prove(session)) == []


def test_nothing_is_done_with_it_any_more(session: Session, office: Office) -> None:
    number, _ = ended(session, office)
    destroyed(session, office, number)
    actor, recipients = office.actor(days=LATER), office.recipients
    refused: list[Callable[[], object]] = [
        lambda: assignment.claim(session, number, actor, recipients),
        lambda: triage.note(session, number, "x", actor, recipients),
        lambda: triage.reopen(session, number, "x", actor, recipients),
        lambda: propose(session, office, number),
        lambda: destroy(session, office, number),
    ]
    for attempt in refused:
        with pytest.raises(NotNow, match="销毁"):
            attempt()
    tip = stages.get(session, number)
    assert not submitter_actions.may_say(tip)
    assert not submitter_actions.may_name(tip)
    assert not submitter_actions.may_withdraw(tip)
    session.rollback()
    private = office.keys["恢复"].private
    again = rewrapping.rewrap(session, recipients, private, actor.at, "cli", again=True)
    assert (again.done, again.closed_to_key) == ([], [])


def test_by_the_command_that_moves_tips_none_is_destroyed(session: Session, office: Office) -> None:
    number, _ = ended(session, office)
    actor = office.actor()
    with pytest.raises(stages.ImpossibleMove):
        stages.move(session, number, Stage.DESTROYED, actor.at, actor.today, "cli", "system")


def test_those_merged_into_it_go_with_it(session: Session, office: Office) -> None:
    parent, child = (office.tip(session) for _ in range(2))
    for number in (parent, child):
        assignment.claim(session, number, office.actor(), office.recipients)
    merging.merge(session, child, parent, office.actor(), office.recipients)
    triage.decline(session, parent, DeclineReason.NO_LEAD, "说明", office.actor(), office.recipients)
    with pytest.raises(NotNow, match="随那一条销毁"):
        propose(session, office, child)
    assert destroyed(session, office, parent) == [parent, child]
    assert stages.get(session, child).body == b""
    assert list(prove(session)) == []


def test_no_published_figure_changes_when_tips_are_destroyed(session: Session, office: Office) -> None:
    numbers = [ended(session, office)[0] for _ in range(8)]
    rules = statistics.Rules(UNITS, {}, {})  # type: ignore[arg-type]
    as_of = date(2026, 12, 31)

    def content() -> object:
        tips = session.scalars(select(Tip).order_by(Tip.number)).all()
        return [
            (
                tip.received_on,
                tip.channel,
                tip.unit,
                tip.categories,
                tip.conclusion,
                tip.action,
                tip.corrected_fines,
                sorted(statistics._days([tip], name).values()),
            )
            for tip in tips
            for name in statistics.SERIES
        ]

    before = content()
    for number in numbers[:5]:
        destroyed(session, office, number)
    assert content() == before
    assert (rules.units, as_of) == (UNITS, as_of)


def test_a_receipt_says_that_its_tip_was_destroyed_and_when_and_not_that_it_is_absent(
    session: Session, office: Office
) -> None:
    number, code = ended(session, office)
    receipt = intake.find_receipt(session, SECRET, code)
    assert receipt is not None
    statement = Statement("本站", receipt.received_on, receipt.seq, receipt.entry)
    session.rollback()
    assert destroyed_on(session, statement) is None
    destroyed(session, office, number)
    assert destroyed_on(session, statement) == office.actor(days=LATER).today
    assert list(prove(session, receipts=[statement])) == []


# Files and backups


def test_what_was_destroyed_is_in_no_file_and_after_its_days_in_no_backup(
    engine: Engine, session: Session, office: Office, tmp_path: Path
) -> None:
    if engine.dialect.name != "sqlite":
        # A server's files are not ours to read: what takes the old bytes out of them is tested below.
        number, _ = ended(session, office)
        destroyed(session, office, number)
        return
    number, _ = ended(session, office)
    wanted = pieces(session, number)
    url, shelf, actor = str(engine.url), tmp_path / "backups", office.actor(days=LATER)
    session.rollback()
    assert still_there(tmp_path, wanted)
    public = signing.public_key(signing.create_key())
    old = backups.back_up(url, shelf, actor.at, public)
    (shelf / ".making-interrupted").mkdir()
    (shelf / ".making-interrupted" / "tips.db").write_bytes(wanted[0])
    destroyed(session, office, number)
    session.close()
    left = set(still_there(tmp_path, wanted))
    assert left == {"tips.db"}, "the backups that were made before"
    assert still_there(old, wanted)
    later = actor.at + timedelta(days=91)
    os.utime(shelf / ".making-interrupted", (actor.at.timestamp(), actor.at.timestamp()))
    backups.back_up(url, shelf, later, public)
    assert backups.prune(shelf, later, 90) == [old]
    assert still_there(tmp_path, wanted) == []
    assert list(prove(session)) == []


def test_destroying_and_compacting_give_room_back_and_the_log_still_holds(
    engine: Engine, session: Session, office: Office
) -> None:
    for _ in range(4):
        number, _code = ended(session, office)
        destroyed(session, office, number)
    session.close()
    before, after = compact(engine.url.render_as_string(hide_password=False))
    assert after < before
    assert list(prove(session)) == []
