"""An instance of the release with the schema 0005 is taken over: its log holds, and answers for its accounts.

release_0005.json was written by that release: tips with files, messages, a wish for more time, an opinion,
accounts with a key and a login, figures, and heads signed on three days.
"""

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from openbureau.cli import main
from openbureau.database import db
from openbureau.database.schema import migrating
from openbureau.staff import accounts, second_factor
from openbureau.staff.login import log_in
from openbureau.tips import log_heads
from openbureau.tips.casework import stages
from support.databases import open_database
from support.desk_visitors import code_of
from support.filled_database import PASSWORD
from support.site import CONTENT, NOON

STORED = json.loads((Path(__file__).parent / "release_0005.json").read_text(encoding="utf-8"))
SECRET = hashlib.sha256(b"secret.key of a release with the schema 0005").digest()
SIGNER = hashlib.sha256(b"signing.key of a release with the schema 0005").digest()
COUNTED = {"tip": "number", "tip_event": "seq", "tip_message": "id", "opinion": "number", "staff": "id"}


def stored(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


@pytest.fixture
def earlier(store: str) -> Iterator[Engine]:
    """The database at `store`, as that release left it."""
    app = migrating(store)
    with app.app_context():
        flask_migrate.upgrade(revision="0005")
        db.engine.dispose()
    engine = open_database(store)
    with engine.begin() as connection:
        for table, rows in STORED["tables"].items():
            for row in rows:
                columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
                statement = text(f"INSERT INTO {table} ({columns}) VALUES ({values})")  # noqa: S608
                connection.execute(statement, {name: stored(value) for name, value in row.items()})
        if engine.dialect.name == "postgresql":
            for table, column in COUNTED.items():
                sequence = f"pg_get_serial_sequence('{table}', '{column}')"
                connection.execute(text(f"SELECT setval({sequence}, max({column})) FROM {table}"))  # noqa: S608
    yield engine
    engine.dispose()


@pytest.fixture
def instance(earlier: Engine, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The instance folder of that release."""
    folder = tmp_path / "instance"
    folder.mkdir()
    (folder / "secret.key").write_bytes(SECRET)
    (folder / "signing.key").write_bytes(SIGNER)
    monkeypatch.setenv("OPENBUREAU_CONTENT", str(CONTENT))
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(folder))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", store)
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_it_is_taken_over_and_everything_that_its_log_says_holds(earlier: Engine, instance: Path) -> None:
    done = run("setup")
    assert (done.exit_code, "answers for 3 accounts" in done.output) == (0, True), done.output
    verified = run("tips", "verify")
    assert verified.exit_code == 0, verified.output
    assert "staff: 3 rows were taken over as they were on" in verified.output
    kept = instance / "kept.txt"
    with Session(earlier) as session:
        heads = log_heads.list_heads(session)
        assert len(heads) == 3
        kept.write_text("".join(f"{head.line()}\n" for head in heads), encoding="utf-8")
    assert "compared with 3 heads" in run("tips", "verify", "--anchors", str(kept)).output
    assert run("setup").output == ""


def test_its_codes_are_known_and_its_people_log_in_again(earlier: Engine, instance: Path) -> None:
    assert run("setup").exit_code == 0
    with Session(earlier) as session:
        tip = stages.find_by_code(session, SECRET, STORED["code"])
        assert tip is not None
        assert tip.number == 1
        assert session.scalar(text("SELECT count(*) FROM staff_sessions")) == 0
        shared = second_factor.decrypt(SECRET, "管理", accounts.find(session, "管理").totp)
        session.rollback()
        later = NOON + timedelta(days=3)
        assert log_in(session, SECRET, "管理", PASSWORD, code_of(shared, later), later)
    assert run("tips", "verify").exit_code == 0


@pytest.mark.parametrize(
    "change", ["role = 'auditor'", "unit = 'x'", "password_hash = 'x'", "is_disabled = NOT is_disabled"]
)
def test_from_then_on_no_account_changes_behind_the_log(earlier: Engine, instance: Path, change: str) -> None:
    assert run("setup").exit_code == 0
    with earlier.begin() as connection:
        connection.execute(text(f"UPDATE staff SET {change} WHERE name = '乙'"))  # noqa: S608
    verified = run("tips", "verify")
    assert verified.exit_code == 1
    assert "staff/乙: it is not as entry" in verified.output


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("secret.key", b"x" * 32, "opens no second factor of this database"),
        ("secret.key", b"x" * 31, "is no whole secret"),
        ("secret.key", None, "is missing, and this database was written with it"),
        ("signing.key", b"x" * 32, "did not sign what is stored"),
        ("signing.key", None, "is missing, and this database was signed with it"),
    ],
)
def test_a_key_that_does_not_fit_is_not_taken_for_its_own(
    earlier: Engine, instance: Path, name: str, key: bytes | None, words: str
) -> None:
    (instance / name).unlink()
    if key is not None:
        (instance / name).write_bytes(key)
    refused = run("setup")
    assert (refused.exit_code, words in refused.output) == (1, True), refused.output
    assert (instance / name).exists() == (key is not None)
    with Session(earlier) as session:
        names = session.scalars(text("SELECT name FROM site_key")).all()
    assert name not in names


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_backup_that_it_made_can_still_be_proved(earlier: Engine, tmp_path: Path) -> None:
    made = tmp_path / "backups" / "2026-06-04T000000Z"
    made.mkdir(parents=True)
    copy = Path(shutil.copy(str(earlier.url.database), made / "tips.db"))
    with earlier.connect() as connection:
        names = [*STORED["tables"], "alembic_version"]
        rows = {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in names}  # noqa: S608
        seq, entry = connection.execute(text("SELECT seq, hash FROM ledger ORDER BY seq DESC")).first() or ()
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    manifest = {"rows": rows, "head": [seq, entry], "files": {"tips.db": digest}}
    (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    checked = run("tips", "restore-check", str(made))
    assert (checked.exit_code, f"up to entry {seq}" in checked.output) == (0, True), checked.output
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == digest, "the backup itself is only read"
