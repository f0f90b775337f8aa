"""Which feeds say something else after a publication, and telling the hub of them.

The hub hears of every whole feed and of those narrowed by one choice, as lists offer them; these alone name
the hub. Of more choices at once, of searches and of single institutions there are too many to tell of: who
reads such a feed learns of no hub and goes on asking.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from openbureau.formats.feeds import MEDIA_TYPES
from openbureau.library import kinds
from openbureau.library.catalogue import Catalogue
from openbureau.library.registers import Register
from openbureau.publishing import hub as websub
from openbureau.publishing.publication import Publication, Shelf, Unpublished

CHANGES = "whitelist-changes"
OF_REGISTERS = "registers-"

GONE = ("撤回", "移出")
"""What happens to an entry of a register that leaves it: every narrowed feed of the register tells of it."""

Feeds = Mapping[str, frozenset[object]]
"""What each feed tells of, by its address without the format: `policies`, `policies?topic=…`."""


def everywhere() -> tuple[str, ...]:
    """The kinds of record that the feed of everything has."""
    return (*kinds.names(), "editions", "register")


def narrowed() -> Mapping[str, Sequence[str]]:
    """Feeds by name, and by what each may be narrowed so that the hub still hears of it; registers by all."""
    documents = {kind.name: kind.facets for kind in kinds.KINDS}
    return {"all": ("topic",), **documents, "whitelist": (), CHANGES: ("county",)}


def names_hub(name: str, chosen: Collection[str]) -> bool:
    """Whether the hub hears of the feed `name` when it is narrowed by what is `chosen`."""
    choices = narrowed().get(name)
    if choices is None and not name.startswith(OF_REGISTERS):
        return False
    return not chosen or (len(chosen) == 1 and (choices is None or {*chosen} <= {*choices}))


def told_of(shelf: Shelf, day: date) -> Feeds:
    """All that the feeds of what is served tell of on a day; nothing where no publication can be opened."""
    try:
        return dict(_feeds(shelf.current(), day))
    except Unpublished:
        return {}


def changed_feeds(before: Feeds, after: Feeds) -> list[str]:
    """The addresses, below `/feeds/`, of the feeds that tell of something else, each in every format."""
    nothing: frozenset[object] = frozenset()
    changed = [each for each in {**before, **after} if before.get(each, nothing) != after.get(each, nothing)]
    parts = [each.partition("?") for each in sorted(changed)]
    return [f"{name}.{form}{mark}{query}" for name, mark, query in parts for form in MEDIA_TYPES]


def tell_hub(hub: str, root: str, feeds: Collection[str]) -> str:
    """Tell the hub of the feeds under `root`, the public address of the site, and say what came of it.

    What is published stays published, whatever the hub says.
    """
    if not root:
        return "note: the hub is not told; set OPENBUREAU_URL, so that the feeds have an address"
    try:
        told = websub.tell(hub, (f"{root}/feeds/{name}" for name in feeds))
    except websub.HubFailed as error:
        heard = f"{error.told} of {len(feeds)} changed feeds"
        return f"note: the hub was told of {heard}, then: {error}; readers that ask themselves miss nothing"
    return f"told the hub of {told} changed feeds"


def _feeds(served: Publication, day: date) -> Iterator[tuple[str, frozenset[object]]]:
    catalogue = served.catalogue
    for name, choices in narrowed().items():
        if name != CHANGES:
            kinds = {"all": everywhere(), "whitelist": ("editions",)}.get(name, (name,))
            yield from _narrowed(catalogue, day, name, kinds, {}, choices)
    for record in catalogue.page("register", {}, per_page=1_000).records:
        if isinstance(record, Register):
            name, within = OF_REGISTERS + record.slug, {"register": record.slug}
            yield from _narrowed(catalogue, day, name, ("registers",), within, (*record.facet_names, "event"))
    yield CHANGES, frozenset(served.changes)
    areas = served.bureau.areas
    for county in {*areas.values()}:
        codes = {code for code, area in areas.items() if area == county}
        there = (change for change in served.changes if codes.intersection(change.county_codes))
        yield f"{CHANGES}?{urlencode({'county': county})}", frozenset(there)


def _narrowed(
    catalogue: Catalogue,
    day: date,
    name: str,
    kinds: tuple[str, ...],
    within: Mapping[str, str],
    choices: Collection[str],
) -> Iterator[tuple[str, frozenset[object]]]:
    """A feed of records, whole and narrowed by each choice that its lists offer."""

    def told(chosen: Mapping[str, str]) -> frozenset[object]:
        return frozenset(catalogue.told(kinds, {**chosen, **within}, on=day))

    yield name, told({})
    gone = frozenset().union(*(told({"event": event}) for event in GONE)) if within else frozenset()
    for choice in choices:
        offered = {
            value
            for kind in kinds
            for value, _ in catalogue.page(kind, within, per_page=1, facets=[choice], on=day).choices[choice]
        }
        for value in {*offered, *(GONE if choice == "event" else ())}:
            extra = frozenset() if choice == "event" else gone
            yield f"{name}?{urlencode({choice: value})}", told({choice: value}) | extra
