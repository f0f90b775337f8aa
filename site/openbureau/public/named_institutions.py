"""Which institutions a text names, as every box of the site shows them: those it means, and others."""

from collections.abc import Sequence
from dataclasses import dataclass

from openbureau.library.lookup.results import LookupResult, Match
from openbureau.library.records import Record
from openbureau.library.whitelist.editions import Institution
from openbureau.web import publication

MAX_SHOWN = 3
"""Institutions shown beside what else a search finds; the whitelist's page shows all of them."""


@dataclass(frozen=True, kw_only=True)
class NamedInstitutions:
    """Beside what else a search finds: the first institutions that are meant, else the first near ones.

    `total` counts all that are meant.
    """

    meant: Sequence[Record] = ()
    near: Sequence[tuple[Match, Institution]] = ()
    total: int = 0


def named_by(result: LookupResult) -> NamedInstitutions:
    """The first institutions of an answer of the lookup."""
    keys = result.keys[:MAX_SHOWN]
    return NamedInstitutions(
        meant=publication().catalogue.named([("whitelist", key) for key in keys]),
        near=() if keys else others_of(result)[:MAX_SHOWN],
        total=len(result.keys),
    )


def others_of(result: LookupResult) -> list[tuple[Match, Institution]]:
    """Institutions that a parent may take for the one looked for, and must not."""
    records = publication().catalogue.named([("whitelist", match.key) for match in result.others])
    return [
        (match, record)
        for match, record in zip(result.others, records, strict=True)
        if isinstance(record, Institution)
    ]
