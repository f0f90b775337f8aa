"""The one database of what is born here: tips and staff. What we publish never comes from it."""

import fcntl
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

# Exceptions of SQLAlchemy print the bound parameters, and so would any log: they are hidden.
ENGINE_OPTIONS: dict[str, object] = {"hide_parameters": True}

_BUSY_MS = 5000

# busy_timeout comes first: the statements after it may already have to wait for another process.
_SQLITE_PRAGMAS = (
    ("busy_timeout", str(_BUSY_MS)),
    # Not WAL: SQLite 3.7.0 to 3.51.2 can lose committed transactions in it (sqlite.org/wal.html#walresetbug).
    ("journal_mode", "DELETE"),
    ("synchronous", "EXTRA"),
    ("foreign_keys", "ON"),
    ("secure_delete", "ON"),
    # Without it REPLACE INTO slips past the triggers that guard rows against deletion.
    ("recursive_triggers", "ON"),
)


_MAX_WAIT_SECONDS = 5.0
"""Seconds after which a writer's turn is overdue; SQLite itself then waits for as long again."""


class Model(DeclarativeBase):
    """Base of every table. Constraints get fixed names, so that a migration can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Model)


def init_app(app: Flask, url: str) -> None:
    """Give an application the database at `url`; nothing is opened before it is first used."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = ENGINE_OPTIONS
    db.init_app(app)
    with app.app_context():
        guard_sqlite(db.engine)


@event.listens_for(Engine, "handle_error")
def _without_details(context: ExceptionContext) -> None:
    """PostgreSQL quotes the offending values in the second line of its errors, whatever is hidden here."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\nDETAIL:")[0], *error.args[1:])


def guard_sqlite(engine: Engine) -> None:
    """Make an SQLite engine durable and safe for several writers; leave any other engine as it is.

    Call it once, before the first connection. Every transaction then begins with `BEGIN IMMEDIATE`: the
    driver's own deferred begin lets two processes read the same row and silently lose one of the writes.
    The price: a session that only reads also keeps writers waiting until it ends, so sessions stay short;
    one of `reading` does not.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for name, value in _SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()
        entry.info["file"] = _file_id(engine)

    @event.listens_for(engine, "checkout")
    def follow(_connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        # A backup was put in its place: what is written into the old file is lost.
        if _file_id(engine) not in (None, entry.info["file"]):
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def begin_as_writer(connection: Connection) -> None:
        driver = cast(sqlite3.Connection, connection.connection.driver_connection)
        if connection.get_execution_options().get("reading"):
            driver.execute("BEGIN")
            return
        name = engine.url.database
        if name and not name.startswith(("file:", ":")):
            _wait_in_turn(driver, name)
        driver.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _file_id(engine: Engine) -> tuple[int, int] | None:
    """Which file lies where an SQLite database should; None for none."""
    try:
        status = Path(engine.url.database or "").stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _wait_in_turn(driver: sqlite3.Connection, database: str) -> None:
    """Begin as the next in turn, or leave it undone after _MAX_WAIT_SECONDS.

    SQLite gives the lock to whoever asks at the right moment: the one who has just released it asks again at
    once, and under eight busy writers some wait longer than any limit. Here everybody first takes the lock of
    a file beside the database, which the next in turn keeps until the database is theirs.
    """
    driver.execute("PRAGMA busy_timeout=0")
    ending = time.monotonic() + _MAX_WAIT_SECONDS
    try:
        turn = os.open(f"{database}-turn", os.O_RDONLY | os.O_CREAT, 0o660)
    except OSError:  # a full disk, another owner: SQLite's own waiting has to do
        return
    try:
        if _before(ending, lambda: fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)):
            _before(ending, lambda: driver.execute("BEGIN IMMEDIATE"))
    finally:
        os.close(turn)


def _before(ending: float, attempt: Callable[[], object]) -> bool:
    """Whether an attempt succeeded that is repeated while somebody else holds the lock."""
    while time.monotonic() < ending:
        try:
            attempt()
        except BlockingIOError:
            pass
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                return False
        else:
            return True
        time.sleep(random.uniform(0.001, 0.005))  # noqa: S311
    return False


def check_writable(engine: Engine, table: str) -> None:
    """Write nothing into `table`, for which the database must be all that a change needs.

    Raises SQLAlchemyError when it does not answer, lacks the table or takes no changes, and FileNotFoundError
    when the file of an open SQLite database was taken away: what is written into it then is lost.
    """
    _refuse_missing_file(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads, and waits for no writer. Raises what `check_writable` raises."""
    _refuse_missing_file(engine)
    with engine.connect().execution_options(reading=True) as connection, Session(connection) as session:
        yield session


def _refuse_missing_file(engine: Engine) -> None:
    path = engine.url.database or ""
    if engine.dialect.name == "sqlite" and not path.startswith("file:") and not Path(path).exists():
        raise FileNotFoundError(path)
