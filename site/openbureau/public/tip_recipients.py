"""To whom tips are sealed now: without a valid signed set no tip is taken, and the rest goes on."""

from flask import current_app
from werkzeug.exceptions import ServiceUnavailable

from openbureau.errors import RETRY_AFTER
from openbureau.tips.recipients import RecipientSet
from openbureau.tips.sealing import NoRecipients
from openbureau.web import recipient_set


def recipients_now() -> RecipientSet:
    """The recipients as they are now. Raises ServiceUnavailable and tells the log why."""
    try:
        return recipient_set()
    except NoRecipients as error:
        current_app.logger.error("tips are closed: %s", error)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error
