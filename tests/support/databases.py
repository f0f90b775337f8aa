"""Tips databases with their tables, which the migrations make once for all tests of a run."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, create_engine

from openbureau.database import ENGINE_OPTIONS, db, guard_sqlite
from openbureau.database.schema import upgrade
from support.postgresql import Server


def open_database(url: str) -> Engine:
    """The database at an address, as the site opens it."""
    engine = create_engine(url, **ENGINE_OPTIONS)  # type: ignore[call-overload]
    guard_sqlite(engine)
    return engine


class Tables:
    """Databases that have the tables and nothing in them, each a copy of one that was migrated."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "migrated.db"
        if not self._file.exists():
            fresh = folder / f"migrated-{os.getpid()}.db"
            upgrade(f"sqlite:///{fresh}")
            fresh.rename(self._file)
        self._databases: dict[Path, str] = {}

    def sqlite(self, file: Path) -> str:
        """The address of a new database in a file."""
        shutil.copyfile(self._file, file)
        return f"sqlite:///{file}"

    def postgresql(self, server: Server) -> str:
        """The address of a new database of a server."""
        if server.folder not in self._databases:
            url = server.create_database()
            upgrade(url)
            self._databases[server.folder] = url
        return server.create_database(self._databases[server.folder])


@contextmanager
def with_tables(app: Flask, file: Path, tables: Tables) -> Iterator[Flask]:
    """An application whose SQLite file has its tables, closed in the end; both doors may have one file."""
    app.testing = True
    if not file.exists():
        tables.sqlite(file)
    yield app
    with app.app_context():
        db.engine.dispose()
