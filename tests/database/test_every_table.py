"""Every table is answered for, or it is said why not; what is altered in any column of it is found."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, LargeBinary
from sqlalchemy.orm import Session

from openbureau.config import ROOT
from openbureau.database import Model, audit_log
from openbureau.tips.sealing import signing
from openbureau.tips.verify import prove
from support.databases import Tables, open_database
from support.desk_makers import Office
from support.filled_database import fill

SIGNER = signing.create_key()
WORKLISTS = {"pending_sealing"}
"""Tables that say what is still to be done: for which the log does not answer, and SECURITY.md says why."""

NOT_STORED_HERE = {"alembic_version", "searches.db", "visits.db"}
"""What SECURITY.md names besides the tables of the models."""


def named_tables() -> set[str]:
    """The tables in the list of SECURITY.md."""
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    section = security.partition("## Which tables the log answers for")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_security_says_of_every_table_how_an_alteration_is_noticed() -> None:
    assert named_tables() - NOT_STORED_HERE == set(Model.metadata.tables), (
        "say in SECURITY.md (Which tables the log answers for) how an alteration of the new table is noticed"
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, tables: Tables) -> Path:
    """A database in which every table has rows."""
    file = tmp_path_factory.mktemp("filled") / "tips.db"
    engine = open_database(tables.sqlite(file))
    with Session(engine) as session:
        fill(session, Office(), SIGNER)
    engine.dispose()
    return file


def columns() -> list[Column[Any]]:
    return [
        column
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if table.name not in WORKLISTS and column.name not in audit_log.volatile(table)
    ]


def altered(column: Column[Any], value: Any) -> Any:
    """Another value than that which a row has."""
    match value:
        case bool() | int() | float():
            return 1 - value if isinstance(column.type, Boolean) else value + 1
        case bytes():
            return value[::-1]
        case str():
            return "2001-02-03" if isinstance(column.type, Date) else value[:-1] + chr(ord(value[-1]) + 1)
    return b"x" if isinstance(column.type, LargeBinary) else 1


def alter(file: Path, column: Column[Any], value_of: Callable[[Any], Any]) -> None:
    """Give the last row of a table that has a value in this column another one."""
    table = column.table.name
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for trigger in ("ledger_no_update", "ledger_no_delete"):
            database.execute(f"DROP TRIGGER {trigger}")
        has_value = f"SELECT rowid, {column.name} FROM {table} ORDER BY {column.name} IS NULL, rowid DESC"  # noqa: S608
        row, value = database.execute(has_value).fetchone()
        statement = f"UPDATE {table} SET {column.name} = ? WHERE rowid = ?"  # noqa: S608
        database.execute(statement, (value_of(value), row))


def faults(file: Path) -> list[str]:
    engine = open_database(f"sqlite:///{file}")
    with Session(engine) as session:
        said = [str(fault) for fault in prove(session, publics=[signing.public_key(SIGNER)])]
    engine.dispose()
    return said


@pytest.mark.parametrize("column", columns(), ids=str)
def test_a_value_that_somebody_altered_is_found_whatever_it_is(
    filled: Path, tmp_path: Path, column: Column[Any]
) -> None:
    file = Path(shutil.copy(filled, tmp_path))
    assert faults(file) == []
    alter(file, column, lambda value: altered(column, value))
    assert faults(file), f"nobody noticed that {column} was altered"


@pytest.mark.parametrize(
    "column",
    # Whatever is no zero is read as true: so it is no alteration of what is.
    [column for column in columns() if not isinstance(column.type, Boolean)],
    ids=str,
)
def test_a_value_that_is_none_of_its_kind_is_named_as_a_fault(
    filled: Path, tmp_path: Path, column: Column[Any]
) -> None:
    file = Path(shutil.copy(filled, tmp_path))
    try:
        alter(file, column, lambda _: "no such thing")
    except sqlite3.IntegrityError:
        return  # the store itself refuses it
    assert faults(file)
