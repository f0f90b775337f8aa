"""Compaction of the tips database: what was deleted takes no room any more, and no file has its old bytes."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url, text

_WAIT_SECONDS = 60


def compact(url: str) -> tuple[int, int]:
    """Write the database at `url` anew; its bytes before and after. Writers wait meanwhile."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(str(parsed.database))
        before = file.stat().st_size
        with closing(sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute("VACUUM")
        return before, file.stat().st_size
    engine = create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            size = text("SELECT pg_database_size(current_database())")
            before = connection.scalar(size) or 0
            for name in inspect(connection).get_table_names():
                quoted = engine.dialect.identifier_preparer.quote(name)
                # FULL writes the table into a new file: without it the old bytes stay in its free space.
                connection.exec_driver_sql(f"VACUUM FULL {quoted}")
            return before, connection.scalar(size) or 0
    finally:
        engine.dispose()
