"""Migrations make, on both stores, the tables that the models describe, and keep what is in them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, inspect, text

from openbureau.cli import main
from openbureau.database import Model, db, site_keys  # noqa: F401 - tables
from openbureau.database.schema import ForeignTables, migrating, upgrade
from openbureau.staff import attempts, keyring, login  # noqa: F401 - tables
from openbureau.tips import log_heads, model, opinions, statistics  # noqa: F401 - tables
from support.databases import open_database
from support.postgresql import Server

MADE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.fixture
def empty(store: str) -> Iterator[Engine]:
    """The database at `store`, without tables."""
    engine = open_database(store)
    yield engine
    engine.dispose()


def made(engine: Engine) -> dict[str, list[str]]:
    """What there is besides the mark of the migrations: in SQLite all of it, in PostgreSQL the triggers. The
    words count, and not their order: constraints may be written in any."""
    with engine.connect() as connection:
        rows = connection.execute(text(MADE[engine.dialect.name])).all()
    return {
        name: sorted(re.findall(r"[^\s,()]+|[()]", sql or ""))
        for name, sql in rows
        if name != "alembic_version"
    }


def test_the_migrations_make_what_the_models_describe(
    empty: Engine, store: str, postgresql_server: Server, tmp_path: Path
) -> None:
    upgrade(store)
    with empty.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Model.metadata)
    assert not differences, (
        "write the migration that is missing: .venv/bin/python deploy/revise.py WHAT IT DOES"
    )
    other = f"sqlite:///{tmp_path / 'other.db'}"
    if empty.dialect.name == "postgresql":
        other = postgresql_server.create_database()
    plain = create_engine(other)
    Model.metadata.create_all(plain)
    assert made(empty) == made(plain)
    plain.dispose()


def test_an_upgrade_keeps_what_is_there_and_may_be_repeated(empty: Engine, store: str) -> None:
    upgrade(store)
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO log_head VALUES ('2025-04-01', 1, 'h', 's')"))
    upgrade(store)
    with empty.connect() as connection:
        assert connection.scalar(text("SELECT seq FROM log_head")) == 1


def test_tables_of_somebody_else_are_left_alone(empty: Engine, store: str) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (word VARCHAR)"))
    with pytest.raises(ForeignTables):
        upgrade(store)
    assert inspect(empty).get_table_names() == ["theirs"]


def test_there_is_no_way_back_that_would_throw_tips_away(empty: Engine, store: str) -> None:
    upgrade(store)
    app = migrating(store)
    runner = app.test_cli_runner()
    with app.app_context():
        done = runner.invoke(args=["db", "downgrade"])
        db.engine.dispose()
    assert done.exit_code != 0
    assert "tip" in inspect(empty).get_table_names()


def test_setup_makes_the_tables_in_either_store_and_leaves_them_the_second_time(
    empty: Engine, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", store)
    for _ in range(2):
        done = CliRunner().invoke(main, ["setup"])
        assert done.exit_code == 0, done.output
    assert {"tip", "ledger", "staff"} <= set(inspect(empty).get_table_names())
