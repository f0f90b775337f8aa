"""A backup is one only when it can be restored: both stores, under writers, and damaged in every way."""

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from database.test_audit_log import SIGNER, hand_in
from openbureau.cli import main
from openbureau.config import Settings
from openbureau.database import Model, schema
from openbureau.tips import backups
from openbureau.tips.sealing import signing
from support import postgresql
from support.databases import open_database
from support.postgresql import Server

AT = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
PUBLIC = signing.public_key(SIGNER)

Spare = Callable[[], str]
"""Answers the address of an empty database to restore a dump into; empty where none is needed."""


@pytest.fixture
def engine(engine: Engine) -> Engine:
    with Session(engine) as session:
        hand_in(session, files=2)
        hand_in(session)
    return engine


@pytest.fixture
def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def spare(request: pytest.FixtureRequest, store: str, monkeypatch: pytest.MonkeyPatch) -> Spare:
    if store.startswith("sqlite"):
        return lambda: ""
    server: Server = request.getfixturevalue("postgresql_server")
    monkeypatch.setenv("PATH", f"{postgresql.pinned()}:/usr/bin:/bin")
    return server.create_database


def test_a_backup_holds_what_was_told_and_proves_it(url: str, spare: Spare, tmp_path: Path) -> None:
    made = backups.back_up(url, tmp_path / "backups", AT, PUBLIC, spare())
    content = backups.check(made, spare())
    assert content.rows["tip"] == 2
    assert content.rows["tip_attachment"] == 2
    assert content.head[0] > 1
    assert made.name == "2026-06-01T040000Z"
    assert (tmp_path / "backups").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in made.iterdir())
    assert not [path for path in (tmp_path / "backups").iterdir() if path.name.startswith(".")]


def test_backups_under_writers_are_whole_every_time(url: str, spare: Spare, tmp_path: Path) -> None:
    done = threading.Event()
    written = []

    def write() -> None:
        engine = open_database(url)
        with Session(engine) as session:
            while not done.wait(0.1):
                written.append(hand_in(session, files=1))
        engine.dispose()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        made = [
            backups.back_up(url, tmp_path / "backups", AT + timedelta(seconds=number), PUBLIC, spare())
            for number in range(3)
        ]
    finally:
        done.set()
        for writer in writers:
            writer.join()
    held = [backups.check(each, spare()).rows["tip"] for each in made]
    assert held == sorted(held)
    assert 2 <= held[0] <= held[-1] <= 2 + len(written)


def test_an_altered_database_is_no_backup_and_leaves_nothing(
    url: str, engine: Engine, spare: Spare, tmp_path: Path
) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE tip SET unit = '丙区教育局' WHERE number = 1")
        connection.commit()
    with pytest.raises(backups.Unsound, match="the log does not hold"):
        backups.back_up(url, tmp_path / "backups", AT, PUBLIC, spare())
    assert not list((tmp_path / "backups").iterdir())


def test_an_earlier_backup_is_never_written_over(url: str, spare: Spare, tmp_path: Path) -> None:
    made = backups.back_up(url, tmp_path, AT, PUBLIC, spare())
    with pytest.raises(backups.NotBackedUp, match="never written over"):
        backups.back_up(url, tmp_path, AT, PUBLIC, spare())
    backups.check(made, spare())


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A backup of an SQLite database with two tips."""
    engine = open_database(f"sqlite:///{tmp_path / 'tips.db'}")
    Model.metadata.create_all(engine)
    with Session(engine) as session:
        hand_in(session, files=1)
        hand_in(session)
    engine.dispose()
    return backups.back_up(f"sqlite:///{tmp_path / 'tips.db'}", tmp_path / "backups", AT, PUBLIC)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def delete_a_tip(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DELETE FROM tip WHERE number = 2")
    database.close()


def say_it_is_right(made: Path) -> None:
    """Write the digest of what is there now, as somebody would who hides a change."""
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["tips.db"] = backups._digest(made / "tips.db")
    (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda made: damage(made / "tips.db"), "is not as it was written"),
        (lambda made: (made / "tips.db").unlink(), "is not as it was written"),
        (lambda made: (made / "manifest.json").unlink(), "cannot be read"),
        (lambda made: (made / "manifest.json").write_text("[]"), "cannot be read"),
        (
            lambda made: (delete_a_tip(made / "tips.db"), say_it_is_right(made)),
            "the log does not hold|refer to",
        ),
        (
            lambda made: ((made / "tips.db").write_bytes(b"x" * 9000), say_it_is_right(made)),
            "no database any more",
        ),
    ],
)
def test_a_backup_that_was_harmed_is_refused(made: Path, harm: Callable[[Path], object], says: str) -> None:
    backups.check(made)
    harm(made)
    with pytest.raises(backups.Unsound, match=says):
        backups.check(made)


def test_the_check_only_reads(made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    backups.check(made)
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_old_backups_go_and_the_newest_stays_whatever_its_age(made: Path) -> None:
    folder = made.parent
    older = shutil.copytree(made, folder / "2026-01-01T000000Z")
    assert backups.prune(folder, AT + timedelta(days=80), 90) == [older]
    assert backups.prune(folder, AT + timedelta(days=800), 90) == []
    assert backups.newest(folder) == made


def test_the_commands_back_up_prove_and_say_so_to_whoever_watches(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(settings.instance))
    schema.upgrade(settings.database_url)
    engine = open_database(settings.database_url)
    with Session(engine) as session:
        hand_in(session)
    engine.dispose()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["tips", *arguments])

    assert not settings.backup_mark.exists()
    said = run("backup", str(tmp_path / "backups"))
    assert said.exit_code == 0, said.output
    assert "restored and proved" in said.output
    assert settings.backup_mark.exists()
    said = run("restore-check", str(tmp_path / "backups"))
    assert (said.exit_code, "1\ttip\n" in said.output) == (0, True)
    damage(next((tmp_path / "backups").glob("*/tips.db")))
    said = run("restore-check", str(tmp_path / "backups"))
    assert said.exit_code == 1
    assert "is not as it was written" in said.output
    assert run("restore-check", str(tmp_path / "nothing")).exit_code == 1
    (settings.instance / "tips.db").unlink()
    said = run("backup", str(tmp_path / "others"))
    assert (said.exit_code, "no tips database" in said.output) == (1, True)
