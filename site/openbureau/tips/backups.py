"""Backups of the tips database, each proved by restoring it: what cannot be restored is none.

<folder>/<instant>/     tips.db (SQLite's online backup) or tips.dump (pg_dump), log-heads.txt, manifest.json

All that was told is sealed, and so is the backup. The secret, the signing key and the private keys are not in
it: they are kept on another medium.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import create_engine, func, inspect, make_url, select, table
from sqlalchemy.orm import Session

from openbureau.database import ENGINE_OPTIONS, audit_log, guard_sqlite
from openbureau.database.schema import upgrade
from openbureau.tips import log_heads
from openbureau.tips.verify import prove

MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "tips.db", "tips.dump"
HEADS = "log-heads.txt"

_NAME = "%Y-%m-%dT%H%M%SZ"


class NotBackedUp(Exception):
    """There is no new backup, and why; what was there before is untouched."""


class Unsound(Exception):
    """A backup cannot be restored to what was backed up."""


@dataclass(frozen=True)
class Content:
    """Content of a database: rows by table, and the head of its log (sequence number and hash)."""

    rows: Mapping[str, int]
    head: tuple[int, str]


def back_up(url: str, folder: Path, at: datetime, public: str, into: str = "") -> Path:
    """Make a backup of the database at `url` in a new folder below `folder`, prove it, and answer its folder.

    `public` is the key the heads of the log are checked with. A dump of PostgreSQL is proved in the empty
    database `into`. Raises NotBackedUp, and Unsound when what was made cannot be restored; it is then gone.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = folder / f"{at:{_NAME}}"
    if made.exists():
        raise NotBackedUp(f"{made} exists; a backup is never written over another")
    fresh = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        _copy(url, fresh)
        with _restored(fresh, into) as session:
            content = _content(session)
            heads = log_heads.heads_file(log_heads.list_heads(session), public)
            _refuse_faults(session)
        (fresh / HEADS).write_text(heads, encoding="utf-8")
        digests = {path.name: _digest(path) for path in sorted(fresh.iterdir())}
        manifest = {"at": at.isoformat(), "rows": content.rows, "head": content.head, "files": digests}
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for path in fresh.iterdir():
            path.chmod(0o600)
            _sync(path)
        fresh.rename(made)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    _sync(folder)
    return made


def check(made: Path, into: str = "") -> Content:
    """Restore a backup aside, prove it, and answer what it holds; raises Unsound. The backup is only read: it
    is the restored copy of an earlier release's that gets the tables of today first."""
    try:
        manifest = json.loads((made / MANIFEST).read_text(encoding="utf-8"))
        expected = Content(manifest["rows"], (manifest["head"][0], manifest["head"][1]))
        files: Mapping[str, str] = manifest["files"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Unsound(f"{made}: its {MANIFEST} cannot be read") from error
    for name, digest in files.items():
        path = made / name
        if not path.is_file() or _digest(path) != digest:
            raise Unsound(f"{path} is not as it was written")
    with _restored(made, into) as session:
        content = _content(session)
        url = session.connection().engine.url
        session.rollback()
        if "alembic_version" in content.rows:
            upgrade(url.render_as_string(hide_password=False))
        _refuse_faults(session)
    if content != expected:
        raise Unsound(f"{made} holds {content}, and should hold {expected}")
    return content


def prune(folder: Path, at: datetime, days: int) -> list[Path]:
    """Delete the backups that are older than so many days, never the newest, and what an interrupted one left
    behind; answers the backups. What was destroyed is in none of them any more once they are gone."""
    for unfinished in folder.glob(".making-*"):
        if datetime.fromtimestamp(unfinished.stat().st_mtime, UTC) < at - timedelta(days=1):
            shutil.rmtree(unfinished)
    backups = sorted(path for path in folder.iterdir() if (path / MANIFEST).is_file())
    expired = [path for path in backups[:-1] if path.name < f"{at - timedelta(days=days):{_NAME}}"]
    for path in expired:
        shutil.rmtree(path)
    return expired


def newest(folder: Path) -> Path | None:
    """The last backup in a folder, if there is one."""
    return max((path for path in folder.glob("*") if (path / MANIFEST).is_file()), default=None)


def _copy(url: str, fresh: Path) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not Path(str(parsed.database)).is_file():
            raise NotBackedUp(f"there is no tips database {parsed.database}; `openbureau setup` makes one")
        with (
            closing(sqlite3.connect(str(parsed.database), timeout=60)) as source,
            closing(sqlite3.connect(fresh / SQLITE)) as target,
        ):
            source.backup(target)
    else:
        _postgresql("pg_dump", url, "--format=custom", f"--file={fresh / POSTGRESQL}")


@contextmanager
def _restored(made: Path, into: str) -> Iterator[Session]:
    """A session with the restored copy of a backup."""
    with tempfile.TemporaryDirectory() as name:
        if (made / SQLITE).is_file():
            copy = Path(shutil.copy(made / SQLITE, name))
            _refuse_damage(copy)
            into = f"sqlite:///{copy}"
        elif (made / POSTGRESQL).is_file():
            if not into:
                raise NotBackedUp("a dump is proved by restoring it: name an empty database with --into")
            _postgresql("pg_restore", into, "--exit-on-error", "--no-owner", str(made / POSTGRESQL))
        else:
            raise Unsound(f"{made} holds neither {SQLITE} nor {POSTGRESQL}")
        engine = create_engine(into, **ENGINE_OPTIONS)
        guard_sqlite(engine)
        try:
            with Session(engine) as session:
                yield session
        finally:
            engine.dispose()


def _refuse_damage(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as database:
            report = [row[0] for row in database.execute("PRAGMA integrity_check")]
            dangling = database.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise Unsound(f"{copy.name} is no database any more: {error}") from error
    if report != ["ok"] or dangling:
        raise Unsound(f"{copy.name} is damaged: {report[0]}; {len(dangling)} rows refer to nothing")


def _refuse_faults(session: Session) -> None:
    fault = next(prove(session), None)
    if fault:
        raise Unsound(f"the log does not hold: {fault}; see `openbureau tips verify`")


def _content(session: Session) -> Content:
    with audit_log.snapshot(session):
        names = sorted(inspect(session.connection()).get_table_names())
        rows = {name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
        return Content(rows, audit_log.head(session))


def _postgresql(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on the database at `url`; the password stands in no list of processes."""
    executable = shutil.which(program)
    if not executable:
        raise NotBackedUp(f"{program} is missing; on Debian, as root: apt-get install postgresql-client")
    parsed = make_url(url)
    password = {"PGPASSWORD": str(parsed.password)} if parsed.password else {}
    plain = parsed.set(drivername="postgresql", password=None).render_as_string()
    command = [executable, f"--dbname={plain}", *arguments]
    completed = subprocess.run(command, env=password, capture_output=True, text=True)  # noqa: S603
    if completed.returncode:
        raise NotBackedUp(f"{program}: {completed.stderr.strip()}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
