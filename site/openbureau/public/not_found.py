"""What to offer somebody who asked for a page that is not there: the documents whose names come nearest."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import cast

from flask import Blueprint, request

from openbureau.library import kinds
from openbureau.library.records import Record
from openbureau.web import publication, today

MAX_OFFERED, MIN_LIKENESS = 3, 0.6

bp = Blueprint("lost", __name__)


@bp.app_context_processor
def _in_templates() -> dict[str, object]:
    return {"nearest": nearest}


def nearest() -> Sequence[Record]:
    """The documents with an address like the one asked for, or with its last part in their title."""
    name = request.path.rstrip("/").rpartition("/")[2].removesuffix(".html").lower()
    catalogue = publication().catalogue
    # Whose addresses people write, link to and get wrong; institutions have a search of their own.
    sought = (*kinds.names(), "register", "pages")
    names: dict[str, list[str]] = {}
    for announced in catalogue.announced(sought, {}, on=today()):
        names.setdefault(announced.slug, []).append(announced.kind)
    near = get_close_matches(name, names, n=MAX_OFFERED, cutoff=MIN_LIKENESS)
    records = list(catalogue.named([(kind, slug) for slug in near for kind in names[slug]]))
    if len(name) > 1 and not name.isascii():
        records += [record for record in catalogue.latest(sought, len(names)) if name in record.title.lower()]
    return cast(Sequence[Record], [record for record in records if not record.is_withdrawn][:MAX_OFFERED])
