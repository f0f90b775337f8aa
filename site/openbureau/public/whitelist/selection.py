"""What an address asks of the whitelist, for the page and every download: who is meant, which filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openbureau.library.catalogue import Listing
from openbureau.library.lookup.results import LookupResult
from openbureau.library.whitelist.listing import EXPIRING, Sort
from openbureau.public.throttle import turn
from openbureau.publishing.downloads.building import LISTED
from openbureau.web import publication, today

FACETS = ("county", "township", "category", "audience", "status", EXPIRING, "listed")
"""The filters there are, by their names in an address."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Whom an address asks for.

    `filters` are those in force, the tacit one included. `found` tells whom `query` means, `only` has
    their slugs, best first; it is None without a query. `sort` is None for the order of the list, or of
    the search.
    """

    query: str
    filters: Mapping[str, str]
    found: LookupResult
    only: Sequence[str] | None
    sort: Sort | None

    @property
    def arguments(self) -> dict[str, str]:
        """What an address must say to mean the same."""
        more = {"q": self.query, "sort": self.sort.value if self.sort else ""}
        asked = {**{name: text for name, text in more.items() if text}, **self.filters}
        # Without a word about it, the tacit filter would hold.
        return asked if asked.keys() & {"q", "status", "listed"} else asked | {"listed": ""}

    def listing(self, page: int = 1, per_page: int = 20) -> Listing:
        """One page of those asked for, with what may be chosen next."""
        return publication().catalogue.page(
            "whitelist",
            self.filters,
            page=page,
            per_page=per_page,
            facets=FACETS,
            only=self.only,
            by_source=True,
            on=today(),
            sort=self.sort,
        )


def asks_for_list(arguments: Mapping[str, str]) -> bool:
    """Whether an address asks for the list as it is: for nobody, with no filter but the tacit one."""
    asked = {name: text for name in ("q", "sort", *FACETS) if (text := arguments.get(name)) is not None}
    return not asked or asked == LISTED


def select(arguments: Mapping[str, str]) -> Selection:
    """The selection that the arguments of an address describe; arguments of other names say nothing.

    Who looks through the list sees who is on it; who looks for somebody finds those that were, too.
    """
    query = arguments.get("q", "").strip()
    found, only = LookupResult(text=""), None
    if query:
        with turn("search"):
            found = publication().lookup.find(query)
        only = found.keys
    filters = {name: arguments[name] for name in FACETS if arguments.get(name)}
    is_open = query or filters.get("status") or "listed" in arguments
    return Selection(
        query=query,
        filters=filters if is_open else filters | LISTED,
        found=found,
        only=only,
        sort=next((sort for sort in Sort if sort == arguments.get("sort")), None),
    )
