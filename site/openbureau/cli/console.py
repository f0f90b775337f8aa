"""Shared parts of the commands: the tips database, and files that only their owner may read."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import click
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from openbureau.config import Settings
from openbureau.database import ENGINE_OPTIONS, guard_sqlite


@contextmanager
def tips_session(settings: Settings) -> Iterator[Session]:
    """The tips database, for one command. A database that does not answer ends it with a plain message."""
    engine = create_engine(settings.database_url, **ENGINE_OPTIONS)
    guard_sqlite(engine)
    try:
        with Session(engine) as session:
            yield session
    except DatabaseError as error:
        # Only the driver's words: the statement and its values are nobody's business.
        raise click.ClickException(
            f"the tips database does not answer ({error.orig}); `openbureau setup` makes a missing one"
        ) from error
    finally:
        engine.dispose()


def plain_errors(*expected: type[Exception]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator: the `expected` exceptions become plain messages, for they are no faults of the program."""

    def wrapped(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(*args: object, **kwargs: object) -> None:
            try:
                command(*args, **kwargs)
            except expected as error:
                raise click.ClickException(str(error.args[0])) from error

        return run

    return wrapped


def operator() -> str:
    """Actor of a command, for the log: the account of the machine."""
    return f"cli:{os.getuid()}"


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, and that did not exist."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{shown(path)} cannot be made: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def shown(path: Path) -> str:
    """A path as it is printed: from where the command runs."""
    return os.path.relpath(path)
