"""Lists of one kind with filters and pages: the same for every kind."""

import re
from collections.abc import Mapping, Sequence

from flask import abort, request

from openbureau.library.catalogue import Listing
from openbureau.public.variants import per_page
from openbureau.web import publication, today


def listing(
    kind: str,
    facets: Sequence[str],
    *,
    within: Mapping[str, str] | None = None,
    by_source: bool = False,
) -> Listing:
    """The page of the list that the address asks for; 404 for a page that does not exist.

    `within` are filters that hold whatever the address asks for.
    """
    shown = publication().catalogue.page(
        kind,
        {**filters(facets), **(within or {})},
        page=page_number(),
        per_page=per_page(20),
        facets=facets,
        by_source=by_source,
        on=today(),
    )
    if shown.page > shown.pages:
        abort(404)
    return shown


def filters(facets: Sequence[str]) -> dict[str, str]:
    """The filters in the address that this list knows."""
    return {name: request.args[name] for name in facets if request.args.get(name)}


def page_number() -> int:
    """The page asked for, from 1; 404 for what is not a page number."""
    text = request.args.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        abort(404)
    return int(text)
