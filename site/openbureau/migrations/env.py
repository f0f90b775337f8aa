"""How migrations run: one transaction for all of them, one process at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import text

# What stands in the tables' metadata is what was imported.
from openbureau import staff  # noqa: F401
from openbureau.database import audit_log, site_keys  # noqa: F401
from openbureau.staff import attempts, keyring, login  # noqa: F401
from openbureau.tips import log_heads, model, opinions, statistics  # noqa: F401

migrate = current_app.extensions["migrate"]

with migrate.db.engine.connect() as connection:
    # SQLite's transactions hold for changes of tables, too, and database.py begins each as the only writer.
    context.configure(
        connection, target_metadata=migrate.metadata, transactional_ddl=True, **migrate.configure_args
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": audit_log.LOCK})
        context.run_migrations()
