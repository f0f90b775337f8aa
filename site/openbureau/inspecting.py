"""What is served, inspected: the same indicators for the command and for the desk."""

from collections.abc import Sequence
from datetime import date

from openbureau.library.catalogue import KINDS
from openbureau.library.indicators import Indicator
from openbureau.library.inspection import inspect
from openbureau.library.records import Record
from openbureau.publication import Publication

MOST = 1_000_000
"""Records of a publication."""

DOCUMENTS = ("policies", "notices", "announcements", "consultations")
"""Kinds whose titles an inspector takes to try the search."""


def all_records(served: Publication) -> Sequence[Record]:
    """Everything that is published and not withdrawn."""
    kinds = [str(kind.__mapper_args__["polymorphic_identity"]) for kind in KINDS]
    return served.catalogue.latest(kinds, MOST)


def inspect_served(served: Publication, day: date, waiting: Sequence[date] | None) -> list[Indicator]:
    """Every indicator on that day; `waiting` are the days on which the tips came that nobody has answered."""
    return inspect(
        all_records(served),
        served.bureau,
        day,
        holidays=served.holidays,
        unfound=_unfound(served),
        waiting=waiting,
    )


def _unfound(served: Publication) -> list[str]:
    """The titles of documents that are not on the first page of what a search for them finds."""
    return [
        record.title
        for record in served.catalogue.latest(DOCUMENTS, MOST)
        if f"{record.kind}/{record.slug}" not in {hit.key for hit in served.search.find(record.title).hits}
    ]
