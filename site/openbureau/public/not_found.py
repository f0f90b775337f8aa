"""What to offer somebody who asked for a page that is not there: the documents whose names come nearest."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import cast

from flask import Blueprint, request

from openbureau.library import kinds
from openbureau.library.records import Record
from openbureau.web import publication, today

MOST, LIKENESS = 3, 0.6

bp = Blueprint("lost", __name__)


@bp.app_context_processor
def _in_templates() -> dict[str, object]:
    return {"nearest": nearest}


def nearest() -> Sequence[Record]:
    """The documents with an address like the one asked for, or with its last part in their title."""
    asked = request.path.rstrip("/").rpartition("/")[2].removesuffix(".html").lower()
    catalogue = publication().catalogue
    # Whose addresses people write, link to and get wrong; institutions have a search of their own.
    sought = (*kinds.names(), "register", "pages")
    names: dict[str, list[str]] = {}
    for told in catalogue.told(sought, {}, on=today()):
        names.setdefault(told.slug, []).append(told.kind)
    near = get_close_matches(asked, names, n=MOST, cutoff=LIKENESS)
    found = list(catalogue.named([(kind, slug) for slug in near for kind in names[slug]]))
    if len(asked) > 1 and not asked.isascii():
        found += [record for record in catalogue.latest(sought, len(names)) if asked in record.title.lower()]
    return cast(Sequence[Record], [each for each in found if not each.is_withdrawn][:MOST])
