"""Entries in, RSS 2.0 or Atom out; hides feedgen and knows nothing of ours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feedgen.feed import FeedGenerator

# What XML 1.0 cannot hold: control characters and lone surrogates, which make feedgen raise.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

MEDIA_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
"""The formats and their media types."""


@dataclass(frozen=True)
class Entry:
    """One thing a subscriber is told of. `id` never changes; `html` has absolute links only."""

    id: str
    title: str
    link: str
    published_at: datetime
    updated_at: datetime
    summary: str
    html: str
    categories: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Feed:
    """A feed: who publishes it, where it lives, and its entries, newest first."""

    id: str
    title: str
    subtitle: str
    link: str
    self_link: str
    author: str
    language: str
    updated_at: datetime
    entries: Sequence[Entry]


def render(feed: Feed, form: str) -> bytes:
    """The feed as `rss` or `atom`; the same feed gives the same bytes on every machine.

    Raises KeyError for another form.
    """
    media_type = MEDIA_TYPES[form]
    generator = FeedGenerator()
    generator.id(feed.id)
    generator.title(_clean(feed.title))
    generator.author(name=_clean(feed.author))
    generator.language(feed.language)
    # feedgen takes the RSS link from the last one added: the page, not the feed itself.
    generator.link(href=feed.self_link, rel="self", type=media_type)
    generator.link(href=feed.link, rel="alternate", type="text/html")
    generator.description(_clean(feed.subtitle))
    # Without these two feedgen writes the present moment, and no two answers would be alike.
    generator.updated(feed.updated_at)
    generator.lastBuildDate(feed.updated_at)
    generator.generator("OpenBureau")
    for entry in feed.entries:
        _add(generator, entry)
    return bytes(generator.atom_str(pretty=True) if form == "atom" else generator.rss_str(pretty=True))


def _add(generator: FeedGenerator, entry: Entry) -> None:
    item = generator.add_entry(order="append")
    item.id(entry.id)
    item.guid(entry.id, permalink=False)
    item.title(_clean(entry.title))
    item.link(href=entry.link, rel="alternate")
    item.published(entry.published_at)
    item.updated(entry.updated_at)
    item.summary(_clean(entry.summary))
    item.content(_clean(entry.html), type="html")
    for term in entry.categories:
        item.category(term=_clean(term), label=_clean(term))


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
