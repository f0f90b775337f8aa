"""What somebody alters who may do everything to the database: the chain fits together, and it is found."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from openbureau.cli import main
from openbureau.database import site_keys
from openbureau.database.site_keys import SiteKey
from openbureau.staff.accounts import StaffSession, find
from openbureau.tips import log_heads, signing_keys
from openbureau.tips.log_heads import LogHead
from openbureau.tips.sealing import signing
from openbureau.tips.verify import prove, remarks
from support.desk_makers import SECRET, TODAY, Office
from support.filled_database import fill
from support.log_attacks import lift_the_guards, write_anew
from support.site import NOON

SIGNER = signing.create_key()
PUBLIC = signing.public_key(SIGNER)
ADMIT = "DELETE FROM tip_event WHERE tip_number = 2"


@pytest.fixture
def filled(session: Session, office: Office) -> Session:
    """A database with all that there is, whose log holds."""
    fill(session, office, SIGNER)
    assert faults(session) == []
    return session


def faults(session: Session, *kept: LogHead) -> list[str]:
    return [str(fault) for fault in prove(session, kept, publics=[PUBLIC])]


def kept_heads(session: Session) -> list[LogHead]:
    """The heads as somebody keeps them elsewhere."""
    heads = log_heads.list_heads(session)
    lines = "".join(f"{head.line()}\n" for head in heads)
    session.rollback()
    return log_heads.read_heads(lines)


def delete_a_tip(session: Session) -> None:
    """Remove the second tip and every entry about it, and fit the rest together again."""
    lift_the_guards(session)
    session.execute(text(ADMIT))
    session.execute(text("DELETE FROM tip_destruction WHERE tip_number = 2"))
    session.execute(text("DELETE FROM tip WHERE number = 2"))
    write_anew(session, "tip/2")


def test_a_tip_taken_out_of_a_chain_that_was_written_anew_leaves_heads_with_stale_signatures(
    filled: Session,
) -> None:
    delete_a_tip(filled)
    last = TODAY + timedelta(days=1)
    assert faults(filled) == [f"head of {last}: its signature is not the site's: the log was written anew"]


def test_heads_that_were_signed_by_somebody_else_are_not_the_sites(filled: Session) -> None:
    delete_a_tip(filled)
    forger = signing.create_key()
    for head in filled.scalars(select(LogHead)):
        statement = {"day": head.day.isoformat(), "seq": head.seq, "hash": head.hash}
        head.signature = signing.sign(forger, log_heads.LOG_HEAD, statement)
    filled.commit()
    assert [fault.split(":")[0] for fault in faults(filled)] == [
        f"head of {TODAY}",
        f"head of {TODAY + timedelta(days=1)}",
    ]


def test_whoever_holds_the_signing_key_too_is_found_by_heads_kept_elsewhere(filled: Session) -> None:
    kept = kept_heads(filled)
    delete_a_tip(filled)
    for head in filled.scalars(select(LogHead)):
        statement = {"day": head.day.isoformat(), "seq": head.seq, "hash": head.hash}
        head.signature = signing.sign(SIGNER, log_heads.LOG_HEAD, statement)
    filled.commit()
    assert faults(filled) == [], "nothing inside tells: that is why heads are published"
    last = f"head of {TODAY + timedelta(days=1)}"
    [chain, other] = faults(filled, *kept)
    assert chain.startswith("log: entry ")
    assert "promised" in chain
    assert other == f"{last}: it was kept elsewhere and is another than the stored one"


def test_a_head_that_is_gone_is_missed_by_the_entry_of_its_publication(filled: Session) -> None:
    kept = kept_heads(filled)
    filled.execute(text("DELETE FROM log_head WHERE day = :day"), {"day": TODAY.isoformat()})
    filled.commit()
    gone = [fault for fault in faults(filled, *kept) if "absent" in fault or "not stored" in fault]
    assert gone == [
        f"head at {kept[-1].seq}: it is absent, although entry {kept[-1].seq + 1} says it was published",
        f"head of {TODAY}: it was published and kept elsewhere, and is not stored any more",
    ]


def test_a_head_that_the_log_never_published_is_found_although_its_signature_is_right(
    filled: Session,
) -> None:
    head = kept_heads(filled)[0]
    day = head.day + timedelta(days=1)
    statement = {"day": day.isoformat(), "seq": head.seq - 1, "hash": "0" * 64}
    signature = signing.sign(SIGNER, log_heads.LOG_HEAD, statement)
    filled.add(LogHead(day=day, seq=head.seq - 1, hash="0" * 64, signature=signature))
    filled.commit()
    said = faults(filled)
    assert f"head of {day}: the log does not say that it was published" in said
    assert f"head of {day}: its number {head.seq - 1} does not follow {head.seq} of {head.day}" in said


def test_two_heads_of_one_day_prove_two_logs(filled: Session) -> None:
    kept = kept_heads(filled)
    statement = {"day": kept[0].day.isoformat(), "seq": kept[0].seq, "hash": "1" * 64}
    other = LogHead(
        day=kept[0].day,
        seq=kept[0].seq,
        hash="1" * 64,
        signature=signing.sign(SIGNER, log_heads.LOG_HEAD, statement),
    )
    assert f"head of {kept[0].day}: two heads of this day were signed: two logs were kept" in faults(
        filled, *kept, other
    )


def test_a_day_without_a_head_is_said_and_no_fault(filled: Session) -> None:
    later = TODAY + timedelta(days=4)
    log_heads.anchor(filled, SIGNER, later, NOON + timedelta(days=4), "cli")
    assert faults(filled) == []
    assert f"heads: none was published between {TODAY + timedelta(days=1)} and {later}" in list(
        remarks(filled)
    )


# Keys


def test_heads_of_before_a_new_key_are_checked_with_the_key_of_then(filled: Session) -> None:
    new = signing.create_key()
    day = TODAY + timedelta(days=2)
    signing_keys.note(filled, new, day, NOON + timedelta(days=2), "cli")
    log_heads.anchor(filled, new, day, NOON + timedelta(days=2), "cli")
    publics = [signing.public_key(new)]
    assert [str(fault) for fault in prove(filled, publics=publics)] == []
    assert any("signing.key: another one since" in remark for remark in remarks(filled))
    assert faults(filled) == [
        f"signing key since {day}: it is not the public key that is known from outside: "
        "signing.key was replaced"
    ]
    filled.execute(text("UPDATE log_head SET signature = 'x' WHERE day = :day"), {"day": TODAY.isoformat()})
    filled.commit()
    assert [str(fault).split(":")[0] for fault in prove(filled, publics=publics)] == [f"head of {TODAY}"]


def test_nobody_puts_a_key_of_their_own_before_the_one_that_they_do_not_hold(filled: Session) -> None:
    forger = signing.create_key()
    lift_the_guards(filled)
    first = filled.scalars(select(SiteKey).where(SiteKey.name == site_keys.SIGNING)).one()
    first.fingerprint = signing.public_key(forger)
    first.proof = signing.sign(forger, signing_keys.PURPOSE, {"earlier": []})
    filled.add(SiteKey(name=site_keys.SIGNING, fingerprint=PUBLIC, since=TODAY, proof=first.proof))
    filled.commit()
    assert f"signing key since {TODAY}: it does not vouch for the keys before it" in faults(filled)


# Accounts and logins


@pytest.mark.parametrize(
    "change",
    [
        "role = 'auditor'",
        "unit = '别处'",
        "password_hash = 'x'",
        "is_disabled = NOT is_disabled",
        "is_head = NOT is_head",
        "last_step = last_step - 1",
        "public_key = 'age1x'",
        "totp = wrapped_key",
        "wrapped_key = totp",
        "recovery_wrap = totp",
    ],
)
def test_an_account_that_was_altered_is_found(filled: Session, change: str) -> None:
    filled.execute(text(f"UPDATE staff SET {change}"))  # noqa: S608
    filled.commit()
    [fault] = faults(filled)
    assert fault.startswith("staff/甲: it is not as entry ")


def add_a_login(session: Session) -> None:
    member = find(session, "甲")
    session.add(
        StaffSession(
            token_digest="0" * 64,
            staff_id=member.id,
            form_token="0" * 32,
            begun_at=1.0,
            seen_at=NOON.timestamp(),
        )
    )


def restore_a_login_that_ended(session: Session) -> None:
    row = dict(session.execute(select(StaffSession.__table__)).one()._mapping)
    session.execute(StaffSession.__table__.insert().values({**row, "token_digest": "1" * 64}))


@pytest.mark.parametrize("attack", [add_a_login, restore_a_login_that_ended])
def test_a_login_that_nobody_made_at_the_door_is_found(
    filled: Session, attack: Callable[[Session], None]
) -> None:
    attack(filled)
    filled.commit()
    [fault] = faults(filled)
    assert fault.startswith("staff/甲: it is not as entry ")


def test_when_a_login_was_last_used_is_no_affair_of_the_log(filled: Session) -> None:
    filled.execute(text("UPDATE staff_sessions SET seen_at = seen_at + 60"))
    filled.commit()
    assert faults(filled) == []


def test_an_account_that_was_slipped_in_is_found(filled: Session) -> None:
    filled.execute(
        text(
            "INSERT INTO staff (name, role, unit, password_hash, totp, last_step, is_disabled) "
            "SELECT 'mallory', role, unit, password_hash, totp, 0, is_disabled FROM staff"
        )
    )
    filled.commit()
    assert faults(filled) == ["staff/mallory: it is stored, but the log has never heard of it"]


# From the command line


@pytest.fixture
def instance(
    filled: Session, engine: Engine, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The instance folder of the filled database."""
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "signing.key").write_bytes(SIGNER)
    (folder / "secret.key").write_bytes(SECRET)
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(folder))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", store)
    filled.rollback()
    return folder


def verify(*words: str) -> Result:
    return CliRunner().invoke(main, ["tips", "verify", *words])


def test_verify_ends_with_one_and_names_what_was_done(
    filled: Session, instance: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "log-heads.txt"
    kept.write_text(log_heads.heads_file(kept_heads(filled), PUBLIC), encoding="utf-8")
    assert verify("--anchors", str(kept)).exit_code == 0
    delete_a_tip(filled)
    without, compared = verify(), verify("--anchors", str(kept))
    assert (without.exit_code, compared.exit_code) == (1, 1)
    assert "its signature is not the site's" in without.output
    assert "first broken link: log: entry" in compared.output
    assert "Traceback" not in without.output + compared.output


def test_a_file_of_heads_that_the_site_did_not_sign_is_refused(
    filled: Session, instance: Path, tmp_path: Path
) -> None:
    [newest, *_] = kept_heads(filled)
    newest.day = date(2031, 1, 1)
    kept = tmp_path / "log-heads.txt"
    kept.write_text(f"{newest.line()}\n", encoding="utf-8")
    refused = verify("--anchors", str(kept))
    assert (refused.exit_code, "签名不符" in refused.output) == (1, True)


@pytest.mark.parametrize("key", [None, b"", b"s" * 31, b"o" * 32], ids=["gone", "empty", "cut", "another"])
def test_a_secret_that_is_gone_cut_or_another_is_named(instance: Path, key: bytes | None) -> None:
    assert verify().exit_code == 0
    (instance / "secret.key").unlink()
    if key is not None:
        (instance / "secret.key").write_bytes(key)
    done = verify()
    assert (done.exit_code, "first broken link: secret.key: " in done.output) == (1, True), done.output


def test_a_signing_key_that_was_replaced_is_named(instance: Path) -> None:
    (instance / "signing.key").write_bytes(signing.create_key())
    done = verify()
    assert (done.exit_code, "signing.key was replaced" in done.output) == (1, True), done.output
    refused = CliRunner().invoke(main, ["tips", "anchor"])
    assert "is not the one that this database is signed with" in refused.output


def test_the_command_by_itself_proves_every_table(
    filled: Session, instance: Path, store: str, tmp_path: Path
) -> None:
    """In a process of its own, in which nothing is imported but what the command needs."""
    command = [sys.executable, "-c", "from openbureau.cli import main; main()", "tips", "verify"]
    environment = {"OPENBUREAU_INSTANCE": str(instance), "OPENBUREAU_DATABASE_URL": store}

    def run() -> tuple[int, str]:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    status, said = run()
    assert status == 0, said
    filled.execute(text("UPDATE staff SET role = 'auditor'"))
    filled.commit()
    status, said = run()
    assert (status, "staff/甲: it is not as entry" in said) == (1, True), said
