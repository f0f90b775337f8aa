"""A key that is lost is never replaced in silence: setup refuses in words; a new one is made when asked."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from openbureau.cli import main
from openbureau.database import site_keys
from openbureau.tips import log_heads, signing_keys
from openbureau.tips.sealing import signing
from support.filled_database import PASSWORD
from support.site import CONTENT, NOON

FILES = ("secret.key", "signing.key")


@pytest.fixture
def instance(engine: Engine, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an instance that is set up, with an account and a head of its log."""
    monkeypatch.setenv("OPENBUREAU_CONTENT", str(CONTENT))
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", store)
    for words in (("setup",), ("tips", "anchor"), add("clerk")):
        assert run(*words).exit_code == 0
    assert run("tips", "verify").exit_code == 0
    return tmp_path / "instance"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def add(name: str) -> tuple[str, ...]:
    return ("staff", "add", name, "--role", "handler", "--unit", "清远市教育局", "--password", PASSWORD)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("left", [None, b"", b"s" * 31, b"s" * 32], ids=["gone", "empty", "cut", "another"])
def test_a_key_that_is_lost_is_not_replaced_in_silence(instance: Path, name: str, left: bytes | None) -> None:
    file = instance / name
    file.unlink()
    if left is not None:
        file.write_bytes(left)
    refused = run("setup")
    assert refused.exit_code == 1
    for words in (name, "restore it from the backup of the keys", "`openbureau setup --new-"):
        assert words in refused.output
    assert (file.read_bytes() if file.exists() else None) == left, "nothing is made and nothing thrown away"
    assert run("tips", "verify").exit_code == 1


@pytest.mark.parametrize("name", FILES)
def test_a_key_that_comes_back_is_the_old_one(instance: Path, tmp_path: Path, name: str) -> None:
    kept = shutil.move(instance / name, tmp_path / "kept")
    assert run("setup").exit_code == 1
    shutil.move(kept, instance / name)
    again = run("setup")
    assert (again.exit_code, again.output) == (0, "")
    assert run("tips", "verify").exit_code == 0


def test_a_database_that_was_restored_beside_another_instances_keys_is_refused(
    instance: Path, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(other))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", f"sqlite:///{tmp_path / 'others.db'}")
    assert run("setup").exit_code == 0
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", store)
    refused = run("setup")
    words = "secret.key is not the one that this database was written with"
    assert (refused.exit_code, words in refused.output) == (1, True), refused.output
    verified = run("tips", "verify")
    assert verified.exit_code == 1
    for words in ("signing.key was replaced", "also: secret.key: "):
        assert words in verified.output


def test_a_second_machine_gets_no_secret_of_its_own(
    instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = tmp_path / "second"
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(second))
    refused = run("setup")
    assert (refused.exit_code, "copy it from another machine" in refused.output) == (1, True)
    assert not (second / "secret.key").exists()
    for name in FILES:
        shutil.copy(instance / name, second / name)
    assert run("setup").exit_code == 0


def test_a_new_secret_is_made_when_asked_and_says_what_is_lost(instance: Path, session: Session) -> None:
    secret = instance / "secret.key"
    there = run("setup", "--new-secret")
    assert (there.exit_code, "move it aside first" in there.output) == (1, True)
    old = secret.read_bytes()
    secret.unlink()
    made = run("setup", "--new-secret")
    assert made.exit_code == 0, made.output
    for words in ("every receipt code given so far (0 tips)", "all 1 accounts", "staff renew NAME"):
        assert words in made.output
    assert secret.read_bytes() != old
    entries = session.scalars(text("SELECT detail FROM ledger WHERE event = 'site-key'")).all()
    session.rollback()
    assert entries.count('{"key":"secret.key"}') == 2
    assert run("tips", "verify").exit_code == 0
    assert run("setup").output == ""
    assert run("staff", "renew", "clerk", "--password", PASSWORD).exit_code == 0


def test_with_another_secret_no_account_is_made(instance: Path) -> None:
    (instance / "secret.key").write_bytes(b"s" * 32)
    refused = run(*add("second"))
    assert (refused.exit_code, "restore it" in refused.output) == (1, True)


def test_after_a_new_signing_key_earlier_heads_are_still_checked(instance: Path, session: Session) -> None:
    old = signing.public_key((instance / "signing.key").read_bytes())
    (instance / "signing.key").unlink()
    made = run("setup", "--new-signing-key")
    assert made.exit_code == 0, made.output
    new = signing.public_key((instance / "signing.key").read_bytes())
    assert signing_keys.public_keys(session) == [old, new]
    [head] = log_heads.list_heads(session)
    head.check(old)
    session.rollback()
    verified = run("tips", "verify")
    assert verified.exit_code == 0, verified.output
    assert "signing.key: another one since" in verified.output


def test_of_two_machines_that_begin_at_once_the_second_is_told_to_copy_the_key(
    session: Session, instance: Path
) -> None:
    present = site_keys.in_force(session, site_keys.SECRET)
    session.rollback()
    assert present is not None
    with pytest.raises(site_keys.AlreadyKnown, match="copy it from there"):
        site_keys.note(session, site_keys.SECRET, "f" * 64, NOON.date(), NOON, "cli")
    assert site_keys.in_force(session, site_keys.SECRET) == present
