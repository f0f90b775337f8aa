"""The tables of the tips database: brought up to date by migrations, the same for both stores."""

from pathlib import Path

import flask_migrate  # type: ignore[import-untyped]
from flask import Flask
from sqlalchemy import Enum, inspect

from openbureau.database import db, init_app

MIGRATIONS = Path(__file__).parents[1] / "migrations"


class ForeignTables(RuntimeError):
    """The database has tables that no migration made."""


def upgrade(url: str) -> None:
    """Bring the database at `url` up to date, an empty one too. Raises ForeignTables, and then changes
    nothing; when a migration fails nothing of it stays."""
    app = migrating(url)
    with app.app_context():
        names = inspect(db.engine).get_table_names()
        try:
            if names and "alembic_version" not in names:
                raise ForeignTables(
                    "the tips database holds tables that no release made; name an empty one, or move it away"
                )
            flask_migrate.upgrade()
        finally:
            db.engine.dispose()


def migrating(url: str) -> Flask:
    """An application that has the database at `url` and its migrations, and nothing else."""
    app = Flask("openbureau")
    init_app(app, url)
    flask_migrate.Migrate(app, db, MIGRATIONS, render_as_batch=False, render_item=_as_stored)
    return app


def _as_stored(kind: str, item: object, _context: object) -> str | bool:
    """Type that a migration writes for a closed list: the text that it is stored as, whatever its members."""
    return f"sa.String({item.length})" if kind == "type" and isinstance(item, Enum) else False
