"""Entries in, RSS 2.0, Atom or JSON Feed out, and OPML; hides feedgen and knows nothing of ours."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from xml.etree import ElementTree

from feedgen.feed import FeedGenerator

from openbureau.formats.xml_text import xml_text

MEDIA_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
"""The formats and their media types."""

OPML_TYPE = "text/x-opml"

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARCHIVES = "{http://purl.org/syndication/history/1.0}"
_TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
_OWN = ""
"""feedgen writes the namespace of Atom as an attribute of the root: its elements seem to have none."""


@dataclass(frozen=True)
class Enclosure:
    """A file that belongs to an entry; `size` in bytes."""

    url: str
    media_type: str
    size: int
    title: str


@dataclass(frozen=True)
class FeedEntry:
    """One thing a subscriber is told of. `id` never changes; `html` has absolute links only.

    What was taken back carries the reason in `withdrawn`; its text says so, too, since few readers know
    tombstones.
    """

    id: str
    title: str
    link: str
    published_at: datetime
    updated_at: datetime
    summary: str
    html: str
    categories: Sequence[str] = field(default_factory=tuple)
    attachments: Sequence[Enclosure] = field(default_factory=tuple)
    withdrawn: str = ""


@dataclass(frozen=True)
class Feed:
    """A feed: who publishes it, where it lives, and its entries, newest first.

    `hub` is the WebSub hub that tells of news at once, if there is one. `current`, `prev_archive` and
    `next_archive` are addresses of the other documents of a paged feed (RFC 5005); only an archive, whose
    list of entries is closed, has a `current`.
    """

    id: str
    title: str
    subtitle: str
    link: str
    self_link: str
    author: str
    language: str
    updated_at: datetime
    entries: Sequence[FeedEntry]
    hub: str = ""
    current: str = ""
    prev_archive: str = ""
    next_archive: str = ""

    @property
    def relations(self) -> dict[str, str]:
        """The links by which programs go on from here, by their relation."""
        links = {
            "hub": self.hub,
            "current": self.current,
            "prev-archive": self.prev_archive,
            "next-archive": self.next_archive,
        }
        return {relation: address for relation, address in links.items() if address}


def render(feed: Feed, form: str) -> bytes:
    """The feed as `rss`, `atom` or `json`; the same feed gives the same bytes on every machine.

    Raises KeyError for another form.
    """
    media_type = MEDIA_TYPES[form]
    if form == "json":
        return _json(feed)
    generator = FeedGenerator()
    generator.id(feed.id)
    generator.title(xml_text(feed.title))
    generator.author(name=xml_text(feed.author))
    generator.language(feed.language)
    # feedgen takes the RSS link from the last one added: the page, not the feed itself.
    generator.link(href=feed.self_link, rel="self", type=media_type)
    generator.link(href=feed.link, rel="alternate", type="text/html")
    generator.description(xml_text(feed.subtitle))
    # Without these two feedgen writes the present moment, and no two answers would be alike.
    generator.updated(feed.updated_at)
    generator.lastBuildDate(feed.updated_at)
    generator.generator("OpenBureau")
    generator.register_extension("beyond", partial(_Beyond, feed))
    for entry in feed.entries:
        _add(generator, entry)
    return bytes(generator.atom_str(pretty=True) if form == "atom" else generator.rss_str(pretty=True))


def opml(title: str, groups: Mapping[str, Sequence[Mapping[str, str]]]) -> bytes:
    """A list of subscriptions (OPML 2.0): feeds with `text`, `xmlUrl` … by the names of groups."""
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = xml_text(title)
    body = ElementTree.SubElement(root, "body")
    for name, feeds in groups.items():
        group = ElementTree.SubElement(body, "outline", text=xml_text(name))
        for subscription in feeds:
            attributes = {key: xml_text(value) for key, value in subscription.items()}
            ElementTree.SubElement(
                group, "outline", {"type": "rss", "title": attributes["text"], **attributes}
            )
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


class _Beyond:
    """What feedgen does not write itself, in the form of an extension of it: archives, hub, tombstones."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def extend_ns(self) -> dict[str, str]:
        return {"fh": _ARCHIVES[1:-1], "at": _TOMBSTONES[1:-1]}

    def extend_atom(self, root: Any) -> None:
        self._page(root, _OWN)
        for entry in self._feed.entries:
            if entry.withdrawn:
                instant = entry.updated_at.astimezone(UTC).isoformat(timespec="seconds")
                tombstone = _append(root, _TOMBSTONES, "deleted-entry", ref=entry.id, when=instant)
                _append(tombstone, _TOMBSTONES, "comment").text = xml_text(entry.withdrawn)

    def extend_rss(self, root: Any) -> None:
        self._page(root[0], _ATOM)

    def _page(self, parent: Any, atom: str) -> None:
        for relation, address in self._feed.relations.items():
            _append(parent, atom, "link", rel=relation, href=address)
        if self._feed.current:
            _append(parent, _ARCHIVES, "archive")


class _Files:
    """Attachments, as an extension of feedgen, which forgets in Atom what kind of link it writes."""

    def __init__(self, files: Sequence[Enclosure]) -> None:
        self._files = files

    def extend_atom(self, entry: Any) -> None:
        for file in self._files:
            about = {"rel": "enclosure", "type": file.media_type, "length": str(file.size)}
            _append(entry, _OWN, "link", href=file.url, title=xml_text(file.title), **about)

    def extend_rss(self, item: Any) -> None:
        # RSS has room for one.
        for file in self._files[:1]:
            _append(item, _OWN, "enclosure", url=file.url, length=str(file.size), type=file.media_type)


def _append(parent: Any, namespace: str, name: str, **attributes: str) -> Any:
    element = parent.makeelement(namespace + name, attributes, parent.nsmap)
    parent.append(element)
    return element


def _add(generator: FeedGenerator, entry: FeedEntry) -> None:
    item = generator.add_entry(order="append")
    item.id(entry.id)
    item.guid(entry.id, permalink=False)
    item.title(xml_text(entry.title))
    item.link(href=entry.link, rel="alternate")
    item.published(entry.published_at)
    item.updated(entry.updated_at)
    item.summary(xml_text(entry.summary))
    item.content(xml_text(entry.html), type="html")
    for term in entry.categories:
        item.category(term=xml_text(term), label=xml_text(term))
    item.register_extension("files", partial(_Files, entry.attachments))


def _json(feed: Feed) -> bytes:
    """JSON Feed 1.1; `next_url` leads to what is older, as far as there are archives."""
    values = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.link,
        "feed_url": feed.self_link,
        "description": feed.subtitle,
        "next_url": feed.prev_archive,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "hubs": [{"type": "WebSub", "url": feed.hub}] if feed.hub else [],
        "items": [_item(entry) for entry in feed.entries],
    }
    present = {name: value for name, value in values.items() if value or name == "items"}
    return xml_text(json.dumps(present, ensure_ascii=False, indent=1) + "\n").encode()


def _item(entry: FeedEntry) -> dict[str, Any]:
    values = {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "date_published": entry.published_at.astimezone(UTC).isoformat(timespec="seconds"),
        "date_modified": entry.updated_at.astimezone(UTC).isoformat(timespec="seconds"),
        "tags": list(entry.categories),
        "attachments": [
            {"url": file.url, "mime_type": file.media_type, "size_in_bytes": file.size, "title": file.title}
            for file in entry.attachments
        ],
    }
    return {name: value for name, value in values.items() if value or name == "content_html"}
