"""WebSub (W3C Recommendation): which feeds changed by a publication, and the pings to the hub for them.

How a publisher tells its hub is left open there (section 6); hubs take what PubSubHubbub 0.4 says: a form
with `hub.mode=publish` and the URL of the feed.

The hub hears of every whole feed and of those narrowed by one choice, as lists offer them; these alone name
the hub. Of more choices at once, of searches and of single institutions there are too many to tell of: who
reads such a feed learns of no hub and goes on asking.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from openbureau.formats.feeds import MEDIA_TYPES
from openbureau.library import kinds
from openbureau.library.catalogue import Catalogue
from openbureau.library.registers import Register
from openbureau.publishing.publication import Publication, Shelf, Unpublished

CHANGES = "whitelist-changes"
OF_REGISTERS = "registers-"

GONE = ("撤回", "移出")
"""What happens to an entry of a register that leaves it: every narrowed feed of the register tells of it."""

TIMEOUT_SECONDS = 10
"""How long to wait for a hub; publishing is done by then, and nobody waits longer for its news."""

Feeds = Mapping[str, frozenset[object]]
"""What each feed holds, by its URL below /feeds/ without the format: `policies`, `policies?topic=…`."""


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


def feed_contents(shelf: Shelf, day: date) -> Feeds:
    """What the feeds of the served publication hold on a day; nothing where no publication can be opened."""
    try:
        return dict(_feeds(shelf.current(), day))
    except Unpublished:
        return {}


def changed_feeds(before: Feeds, after: Feeds) -> list[str]:
    """The URLs, below `/feeds/`, of the feeds that hold something else, each in every format."""
    nothing: frozenset[object] = frozenset()
    changed = [feed for feed in {**before, **after} if before.get(feed, nothing) != after.get(feed, nothing)]
    parts = [feed.partition("?") for feed in sorted(changed)]
    return [f"{name}.{form}{mark}{query}" for name, mark, query in parts for form in MEDIA_TYPES]


def ping_hub(hub: str, root: str, feeds: Collection[str]) -> str:
    """Ping `hub` (http or https) for every feed under `root`, the public URL of the site; answers a report.

    It stops at the first feed that the hub does not take. What is published stays published, whatever the
    hub answers.
    """
    if not root:
        return "note: the hub is not told; set OPENBUREAU_URL, so that the feeds have an address"
    for number, feed in enumerate(feeds):
        topic = f"{root}/feeds/{feed}"
        form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()
        try:
            urlopen(Request(hub, form), timeout=TIMEOUT_SECONDS).close()  # noqa: S310  # site.toml allows http and https
        except (URLError, TimeoutError, OSError, ValueError) as error:
            count = f"{number} of {len(feeds)} changed feeds"
            return (
                f"note: the hub was told of {count}, then: {error}; readers that ask themselves miss nothing"
            )
    return f"told the hub of {len(feeds)} changed feeds"


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

    def content(chosen: Mapping[str, str]) -> frozenset[object]:
        return frozenset(catalogue.announced(kinds, {**chosen, **within}, on=day))

    yield name, content({})
    gone = frozenset().union(*(content({"event": event}) for event in GONE)) if within else frozenset()
    for choice in choices:
        offered = {
            value
            for kind in kinds
            for value, _ in catalogue.page(kind, within, per_page=1, facets=[choice], on=day).choices[choice]
        }
        for value in {*offered, *(GONE if choice == "event" else ())}:
            extra = frozenset() if choice == "event" else gone
            yield f"{name}?{urlencode({choice: value})}", content({choice: value}) | extra
