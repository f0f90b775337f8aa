"""The log: what is not told is not done, and whatever is altered behind its back is found."""

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from openbureau.cli import main
from openbureau.database import audit_log
from openbureau.tips import log_heads, receipt_codes, receipts, statistics
from openbureau.tips.casework import messages, stages
from openbureau.tips.form.submission import Submission
from openbureau.tips.intake import Receipt, submit
from openbureau.tips.model import MessageKind, Stage, Tip
from openbureau.tips.sealing import create_keys, signing
from openbureau.tips.sealing.files import SealedFile
from openbureau.tips.sealing.recipients import Duty, Recipient, RecipientSet
from openbureau.tips.verify import prove

TABLES = (audit_log.LogEntry, Tip, log_heads.LogHead, statistics.FrozenFigures)
"""What has to be known before the tables are made."""

SECRET = secrets.token_bytes(32)
SIGNER = signing.create_key()
TODAY = date(2025, 4, 1)
NOON = datetime(2025, 4, 1, 12, tzinfo=UTC)
RECIPIENTS = RecipientSet(
    1,
    TODAY,
    "甲市教育局",
    (
        Recipient("independent", Duty.INDEPENDENT, "", create_keys().public),
        Recipient("recovery", Duty.RECOVERY, "", create_keys().public),
    ),
)
FORM = {
    "unit": "乙区教育局",
    "story": "到店检查，没有出示证件就当场罚款，也没有给票据。",
    "named": "anonymous",
}


def sealed_file(size: int = 300_000) -> SealedFile:
    data = secrets.token_bytes(size)
    pieces = [data[start : start + 65536] for start in range(0, size, 65536)]
    return SealedFile(secrets.token_hex(16), {}, size, hashlib.sha256(data).hexdigest(), pieces)


def hand_in(session: Session, files: int = 0) -> Receipt:
    form = Submission.from_form(FORM, ["甲市教育局", "乙区教育局"], ["other"])
    attached = [sealed_file() for _ in range(files)]
    return submit(session, SECRET, receipt_codes.new_form_id(), form, RECIPIENTS, TODAY, files=attached)


def move(session: Session, number: int, stage: Stage) -> None:
    stages.move(session, number, stage, NOON, TODAY, "clerk", "handler")


def ask(session: Session, number: int) -> None:
    with audit_log.change(session, audit_log.minute(NOON), "clerk", "handler") as change:
        tip = stages.get(session, number)
        sealer = messages.sealer(RECIPIENTS, tip, MessageKind.QUESTION)
        messages.store(session, change, tip, MessageKind.QUESTION, True, TODAY, "哪一天？", sealer)


def faults(session: Session, **known: list[log_heads.LogHead] | list[receipts.Statement]) -> list[str]:
    return [str(fault) for fault in prove(session, **known)]  # type: ignore[arg-type]


@pytest.fixture
def told(session: Session) -> Receipt:
    """Three tips with what happens to tips: files, moves, a question. The receipt is the second one's."""
    hand_in(session, files=2)
    receipt = hand_in(session)
    hand_in(session, files=1)
    for stage in (Stage.SCREENING, Stage.ACCEPTED):
        move(session, 2, stage)
    ask(session, 2)
    assert faults(session) == []
    return receipt


# What the application cannot do


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET event = 'x' WHERE seq = 2",
        "UPDATE ledger SET seq = 100 + seq",
        "DELETE FROM ledger WHERE seq = 2",
        "DELETE FROM ledger",
        "INSERT OR REPLACE INTO ledger SELECT * FROM ledger WHERE seq = 2",
        "REPLACE INTO ledger SELECT * FROM ledger WHERE seq = 2",
        "TRUNCATE ledger",
        "INSERT INTO ledger SELECT * FROM ledger WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET event = 'x'",
    ],
)
def test_the_log_takes_additions_only(
    session: Session, engine: Engine, told: Receipt, statement: str
) -> None:
    only_sqlite, only_postgresql = "REPLACE" in statement, "TRUNCATE" in statement
    before = audit_log.head(session)
    with pytest.raises(DBAPIError) as refusal:
        session.execute(text(statement))
    session.rollback()
    is_syntax = (only_sqlite and engine.dialect.name == "postgresql") or (
        only_postgresql and engine.dialect.name == "sqlite"
    )
    assert ("syntax error" if is_syntax else "the log is append-only") in str(refusal.value)
    assert audit_log.head(session) == before
    assert audit_log.check_chain(session) is None


def test_a_change_that_tells_nothing_is_not_made(session: Session, told: Receipt) -> None:
    with pytest.raises(audit_log.UnloggedChange), audit_log.change(session, "2025-04-01"):
        stages.get(session, 1).rating = 1
    assert stages.get(session, 1).rating is None


def rate_and_tell_something_else(session: Session, subject: str) -> None:
    with audit_log.change(session, "2025-04-01") as change:
        stages.get(session, 1).rating = 1
        change.log("rated", subject)


@pytest.mark.parametrize("subject", ["tip/2", "log"])
def test_a_change_of_a_tip_is_not_made_when_only_something_else_is_told(
    session: Session, told: Receipt, subject: str
) -> None:
    head = audit_log.head(session)
    with pytest.raises(audit_log.UnloggedChange, match="tip/1 changed"):
        rate_and_tell_something_else(session, subject)
    assert (stages.get(session, 1).rating, audit_log.head(session)) == (None, head)


def test_when_the_log_cannot_be_written_nothing_is_done(session: Session, told: Receipt) -> None:
    block = {
        "sqlite": ["CREATE TRIGGER no_room BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'full'); END"],
        "postgresql": [
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$",
            "CREATE TRIGGER no_room BEFORE INSERT ON ledger EXECUTE FUNCTION no_room()",
        ],
    }
    for statement in block[session.get_bind().dialect.name]:
        session.execute(text(statement))
    session.commit()
    for action in (
        lambda: move(session, 1, Stage.SCREENING),
        lambda: ask(session, 1),
        lambda: hand_in(session),
    ):
        with pytest.raises(DBAPIError, match="full"):
            action()
    assert stages.get(session, 1).stage == Stage.RECEIVED
    assert stages.get(session, 1).messages == []
    assert session.scalar(select(func.count()).select_from(Tip)) == 3


def test_the_heartbeat_hides_how_much_happened_between_two_heads(session: Session) -> None:
    lengths = set()
    for _ in range(40):
        before, _ = audit_log.head(session)
        log_heads.add_heartbeat(session, TODAY)
        lengths.add(audit_log.head(session)[0] - before)
    assert lengths == {1, 2, 3, 4}
    assert {entry.at for entry in audit_log.entries_of(session, "log")} == {"2025-04-01"}


# What the administrator of the database can do: and is found


def lift_the_guards(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        for name in ("ledger_no_update", "ledger_no_delete"):
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        session.execute(text("DROP TRIGGER ledger_no_change ON ledger"))


def as_administrator(*statements: str) -> Callable[[Session], None]:
    def attack(session: Session) -> None:
        lift_the_guards(session)
        for statement in statements:
            session.execute(text(statement))
        session.commit()

    return attack


def rebuild_the_chain(session: Session) -> None:
    """Say that the second tip was declined, with digests and hashes that fit together again."""
    lift_the_guards(session)
    session.execute(text("UPDATE tip SET stage = 'declined' WHERE number = 2"))
    entries = session.scalars(select(audit_log.LogEntry).order_by(audit_log.LogEntry.seq)).all()
    prev = entries[0].prev
    for entry in entries:
        if entry.subject == "tip/2":
            entry.digest = audit_log.state(session, "tip/2")
        entry.prev = prev
        told = [
            entry.seq,
            entry.at,
            entry.actor,
            entry.role,
            entry.event,
            entry.subject,
            entry.detail,
            entry.digest,
        ]
        words = json.dumps(told, ensure_ascii=False)
        prev = entry.hash = hashlib.sha256(f"log.v1\n{entry.prev}\n{words}".encode()).hexdigest()
    session.flush()
    session.commit()


ATTACKS = {
    "one field edited": (
        as_administrator("UPDATE ledger SET actor = 'someone' WHERE seq = 4"),
        "log: entry 4 was altered",
    ),
    "one row deleted": (
        as_administrator("DELETE FROM ledger WHERE seq = 4"),
        "log: entry 4 is missing; the next one is 5",
    ),
    "two rows swapped": (
        as_administrator(
            "UPDATE ledger SET seq = 100 WHERE seq = 4",
            "UPDATE ledger SET seq = 4 WHERE seq = 5",
            "UPDATE ledger SET seq = 5 WHERE seq = 100",
        ),
        "log: entry 4 does not follow entry 3",
    ),
    "the tail cut off": (
        as_administrator("DELETE FROM ledger WHERE seq > 5"),
        "log: entry 6 was promised, but the log ends at 5",
    ),
    "the whole chain rebuilt": (
        rebuild_the_chain,
        "log: entry 6 is not the one that was promised: the log was written anew",
    ),
    "a tip deleted": (
        as_administrator(
            "DELETE FROM tip_message", "DELETE FROM tip_event", "DELETE FROM tip WHERE number = 2"
        ),
        "tip/1: it is not as entry 1 (submitted) left it",
    ),
    "a field of a tip edited": (
        as_administrator("UPDATE tip SET stage = 'withdrawn' WHERE number = 2"),
        "tip/2: it is not as entry 6 (message) left it",
    ),
    "a message deleted": (
        as_administrator("DELETE FROM tip_message WHERE tip_number = 2"),
        "tip/2: it is not as entry 6 (message) left it",
    ),
    "an event added": (
        as_administrator("INSERT INTO tip_event VALUES (99, 2, '2025-04-01', 'moved', 'declined')"),
        "tip/2: it is not as entry 6 (message) left it",
    ),
    "a part of an attachment deleted": (
        as_administrator(
            "DELETE FROM tip_attachment_part WHERE place = 2 AND attachment_id = "
            "(SELECT id FROM tip_attachment WHERE tip_number = 3)"
        ),
        "bytes are not the 300000 that were stored",
    ),
    "a part of an attachment replaced": (
        as_administrator(
            "UPDATE tip_attachment_part AS old SET data = (SELECT data FROM tip_attachment_part AS new "
            "WHERE new.place = 2 AND new.attachment_id = old.attachment_id) WHERE place = 1 AND "
            "attachment_id = (SELECT id FROM tip_attachment WHERE tip_number = 3)"
        ),
        "bytes are not the 300000 that were stored",
    ),
    "an attachment deleted": (
        as_administrator(
            "DELETE FROM tip_attachment_part WHERE attachment_id = "
            "(SELECT id FROM tip_attachment WHERE tip_number = 3)",
            "DELETE FROM tip_attachment WHERE tip_number = 3",
        ),
        "tip/3: it is not as entry 3 (submitted) left it",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_an_administrator_alters_is_named_as_the_first_broken_link(
    session: Session, told: Receipt, name: str
) -> None:
    anchors = log_heads.read_heads(log_heads.anchor(session, SIGNER, TODAY, NOON, "cli").line())
    session.execute(text("DELETE FROM log_head"))
    session.commit()
    assert anchors[0].seq == 6
    attack, first = ATTACKS[name]
    attack(session)
    assert first in faults(session, heads=anchors)[0]


def test_a_row_that_was_slipped_in_is_found(session: Session, told: Receipt) -> None:
    row = dict(session.execute(select(Tip.__table__).where(Tip.number == 2)).one()._mapping)
    session.execute(insert(Tip.__table__).values(row | {"number": 9, "receipt_mac": b"x" * 32}))
    session.commit()
    assert faults(session) == ["tip/9: it is stored, but the log has never heard of it"]


def test_a_tip_that_the_log_saw_destroyed_is_no_fault(session: Session, told: Receipt) -> None:
    with audit_log.change(session, audit_log.minute(NOON), "clerk") as change:
        tip = stages.get(session, 2)
        for row in (*tip.messages, *tip.events, tip):
            session.delete(row)
            session.flush()
        change.log("destroyed", "tip/2")
    assert faults(session) == []


# From the command line


@pytest.fixture
def instance(engine: Engine, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder with a signing key; its database is the store."""
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "signing.key").write_bytes(SIGNER)
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(folder))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", store)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["tips", *arguments])


def handed_out(receipt: Receipt, signer: bytes) -> str:
    """The file that the site gives the holder of a receipt."""
    signed = receipts.signed_lines(receipt, "甲市教育局", signer)
    return receipts.receipt_text(receipt, "甲市教育局", "https://example.org/tip-off/status", signed)


def test_the_holder_of_a_receipt_proves_that_a_tip_was_there(
    session: Session, told: Receipt, instance: Path, tmp_path: Path
) -> None:
    file = tmp_path / "receipt.txt"
    file.write_text(handed_out(told, SIGNER).replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    session.rollback()
    done = run("verify", "--receipt", str(file))
    assert (done.exit_code, "1 receipts" in done.output) == (0, True), done.output
    as_administrator(
        "DELETE FROM tip_message WHERE tip_number = 2",
        "DELETE FROM tip_event WHERE tip_number = 2",
        "DELETE FROM tip WHERE number = 2",
    )(session)
    done = run("verify", "--receipt", str(file))
    assert done.exit_code == 1
    assert f"tip/2 is absent, was promised at seq {told.seq}" in done.output
    session.execute(text("DELETE FROM ledger WHERE seq >= 2"))
    session.commit()
    done = run("verify", "--receipt", str(file))
    assert done.exit_code == 1
    assert f"first broken link: log: entry {told.seq} was promised, but the log ends at 1" in done.output
    assert f"its entry is absent, was promised at seq {told.seq}" in done.output


def test_a_receipt_that_somebody_wrote_is_refused(told: Receipt, instance: Path, tmp_path: Path) -> None:
    file = tmp_path / "receipt.txt"
    forged = handed_out(told, signing.create_key())
    for content, words in ((forged, "签名不符"), ("收到日期：2025-04-01", "没有找到凭据")):
        file.write_text(content, encoding="utf-8")
        done = run("verify", "--receipt", str(file))
        assert (done.exit_code, f"receipt.txt: {words}" in done.output) == (1, True), done.output


def test_a_head_is_signed_once_a_day_and_kept_elsewhere_shows_a_log_written_anew(
    session: Session, told: Receipt, instance: Path, tmp_path: Path
) -> None:
    session.rollback()
    first, again = run("anchor"), run("anchor")
    assert first.exit_code == again.exit_code == 0, first.output
    assert first.output == again.output
    assert first.output.split()[1] == "6"
    kept = tmp_path / "log-heads.txt"
    [head] = log_heads.list_heads(session)
    kept.write_text(log_heads.heads_file([head], signing.public_key(SIGNER)), encoding="utf-8")
    session.rollback()
    done = run("verify", "--anchors", str(kept))
    assert (done.exit_code, "1 heads" in done.output) == (0, True), done.output
    rebuild_the_chain(session)
    done = run("verify", "--anchors", str(kept))
    assert (done.exit_code, "first broken link: log: entry 6" in done.output) == (1, True), done.output
    kept.write_text(kept.read_text(encoding="utf-8").replace(" 6 ", " 5 "), encoding="utf-8")
    assert "签名不符" in run("verify", "--anchors", str(kept)).output


def test_the_clock_strikes_from_the_command_line(session: Session, instance: Path) -> None:
    assert run("heartbeat").exit_code == 0
    assert run("heartbeat").exit_code == 0
    assert audit_log.head(session)[0] >= 2
    printed = run("log-key").output
    assert printed.splitlines()[0] == signing.public_key(SIGNER)
