"""Which feeds say something else after a publication, and telling the hub of them."""

from collections.abc import Collection
from datetime import date

from openbureau import websub
from openbureau.feeds import MEDIA_TYPES
from openbureau.library.records import Told
from openbureau.publication import Shelf, Unpublished

DOCUMENTS = ("policies", "notices", "announcements", "consultations")
IN_ALL = (*DOCUMENTS, "editions", "register")
"""The kinds that have a feed of their own name, and those that the feed of everything has."""


def told_of(shelf: Shelf, day: date) -> frozenset[Told]:
    """All that the feeds of what is served tell of on a day; nothing where no publication can be opened."""
    try:
        return frozenset(shelf.current().catalogue.told([*IN_ALL, "registers"], {}, on=day))
    except Unpublished:
        return frozenset()


def changed_feeds(before: Collection[Told], after: Collection[Told]) -> list[str]:
    """The names of the feeds that tell of something else, each in every format.

    Feeds that somebody narrowed are not named: there is no end to them. Their readers ask as before.
    """
    names = {name for told in {*before} ^ {*after} for name in _feeds_of(told)}
    return [f"{name}.{form}" for name in sorted(names) for form in MEDIA_TYPES]


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


def _feeds_of(told: Told) -> list[str]:
    match told.kind:
        case "editions":
            own = ["whitelist", "whitelist-changes"]
        case "registers":
            own = [f"registers-{told.slug.partition('--')[0]}"]
        case kind:
            own = [kind] if kind in DOCUMENTS else []
    return [*own, *(["all"] if told.kind in IN_ALL else [])]
