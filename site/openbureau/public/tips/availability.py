"""Availability of the tip-off form: without a valid signed set, or without room for
them, no tip is taken, and the rest goes on."""

import shutil

from flask import current_app
from werkzeug.exceptions import ServiceUnavailable

from openbureau.tips.sealing import NoRecipients
from openbureau.tips.sealing.recipients import RecipientSet
from openbureau.web import recipient_set, site
from openbureau.web.errors import RETRY_AFTER


class NoRoom(Exception):
    """The disk has reached the reserve that must stay free."""


def recipients_now() -> RecipientSet:
    """The recipients as they are now. Raises ServiceUnavailable and tells the log why.

    Ask it before a file is read: a disk that has become full loses more than a tip that waits.
    """
    try:
        _need_room()
        return recipient_set()
    except (NoRecipients, NoRoom) as error:
        current_app.logger.error("tips are closed: %s", error)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error


def _need_room() -> None:
    settings = site().settings
    try:
        disk = shutil.disk_usage(settings.tips_folder)
    except OSError:
        # The database itself will say what is wrong, once there is something to store, and nothing is lost.
        return
    reserve = max(settings.reserve_mb * 1_000_000, disk.total * settings.reserve_percent // 100)
    if disk.free < reserve:
        raise NoRoom(f"{disk.free} bytes are free on the disk of the tips database, {reserve} must stay so")
