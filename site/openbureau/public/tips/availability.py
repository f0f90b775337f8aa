"""Availability of the forms for tips and opinions: what closes them is decided in readiness.py, and the rest
of the site goes on."""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app
from sqlalchemy import Engine
from werkzeug.exceptions import ServiceUnavailable

from openbureau import readiness
from openbureau.config import Settings
from openbureau.database import db
from openbureau.library.bureau import Bureau
from openbureau.readiness import NotReady
from openbureau.tips.sealing.recipients import RecipientSet
from openbureau.web import publication, site
from openbureau.web.errors import RETRY_AFTER

Answer = TypeVar("Answer")


def check_open() -> None:
    """Nothing, while the form may be filled in. Raises ServiceUnavailable and tells the log why."""
    _ask(readiness.require_form)


def recipients_now() -> RecipientSet:
    """Recipients of what can be stored now. Raises ServiceUnavailable and tells the log why.

    Ask it before a file is read: a disk that has become full loses more than a tip that waits.
    """
    return _ask(readiness.require_tips)


def check_room(incoming_bytes: int) -> None:
    """Nothing, when so many bytes find room on the disk. Raises ServiceUnavailable."""

    def decide(engine: Engine, settings: Settings, bureau: Bureau) -> None:
        readiness.require_room(settings, incoming_bytes)

    _ask(decide)


def _ask(decide: Callable[[Engine, Settings, Bureau], Answer]) -> Answer:
    # Whoever asks whether the database can be written must not hold it.
    db.session.rollback()
    try:
        return decide(db.engine, site().settings, publication().bureau)
    except NotReady as error:
        current_app.logger.error("tips are closed: %s", error)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error
