"""What to offer somebody who asked for a page that is not there: the documents whose names come nearest."""

from collections.abc import Sequence

from flask import Blueprint, request

from openbureau.library.near_names import MAX_CHARACTERS
from openbureau.library.records import Record
from openbureau.public.throttle import turn_if_free
from openbureau.publishing.publication import addressed
from openbureau.web import publication, today

MAX_OFFERED = 3

bp = Blueprint("lost", __name__)


@bp.app_context_processor
def _in_templates() -> dict[str, object]:
    return {"nearest": nearest}


def nearest() -> Sequence[Record]:
    """The documents with an address like the one asked for, or with its last part in their title.

    None when others are being guessed for: the page says that there is nothing here all the same.
    """
    with turn_if_free("guess") as has_turn:
        return _guessed() if has_turn else ()


def _guessed() -> Sequence[Record]:
    name = request.path.rstrip("/").rpartition("/")[2].removesuffix(".html").lower()
    catalogue = publication().catalogue
    near = publication().near_names.find(name, MAX_OFFERED)
    records = list(catalogue.named([(kind, slug) for slug in near for kind in addressed()]))
    if 1 < len(name) <= MAX_CHARACTERS and not name.isascii():
        records += catalogue.titled(addressed(), name, MAX_OFFERED)
    public = [record for record in records if not record.is_withdrawn and record.is_public_on(today())]
    return list(dict.fromkeys(public))[:MAX_OFFERED]
