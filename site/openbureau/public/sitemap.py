"""What search engines and browsers ask a site for: site map, robots.txt, OpenSearch, canonical addresses."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

from flask import Blueprint, Response, abort, current_app, request, url_for

from openbureau.formats.feeds import MEDIA_TYPES
from openbureau.public import json_ld
from openbureau.public.feeds.selection import feed_address
from openbureau.public.search import SUGGESTIONS
from openbureau.public.search_results import searched_kinds
from openbureau.public.sections import sections
from openbureau.public.throttle import turn
from openbureau.web import base_url, link_to, publication, static_url, today
from openbureau.web.variants import PLAIN, Variant, plain_root

SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"

MAX_URLS = 50_000
"""Addresses of one site map; a site with more answers with an index of several (sitemaps.org)."""

OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
DESCRIPTION = "application/opensearchdescription+xml"

bp = Blueprint("search_engines", __name__)


class SitemapUrl(NamedTuple):
    """An address of the site, and when what stands there changed last; None if nobody can say."""

    address: str
    changed_at: datetime | None


@bp.app_context_processor
def _in_templates() -> dict[str, object]:
    """What every page says of itself to search engines and browsers."""
    return {
        "canonical_url": canonical_url,
        "search_description": DESCRIPTION,
        "linked_record": json_ld.of_record,
        "linked_trail": json_ld.of_trail,
    }


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page that is there to be found; of a large site the index of its maps."""
    with turn("list"):
        return _sitemap()


def _sitemap() -> Response:
    parts = _parts()
    if len(parts) == 1:
        return _map(parts[0])
    index = [
        SitemapUrl(
            base_url() + url_for("search_engines.sitemap_part", number=number),
            max((place.changed_at for place in part if place.changed_at), default=None),
        )
        for number, part in enumerate(parts, 1)
    ]
    return _xml(_places("sitemapindex", "sitemap", index))


@bp.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """One of the maps, counted from 1."""
    with turn("list"):
        parts = _parts()
        if not 1 <= number <= len(parts):
            abort(404)
        return _map(parts[number - 1])


@bp.get("/robots.txt")
def robots() -> Response:
    """What robots may read (RFC 9309): all but receipts, progress and searches; nothing of a demonstration.

    Robots ask for it only at the root of a host: under a path of another site that site has to serve it.
    """
    if publication().bureau.demo:
        return Response("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")
    root = request.script_root
    closed = [
        *(url_for("tip_progress.index"), url_for("tip_receipts.verify")),
        *(f"{url_for('search.index')}?", url_for("follow.index")),
    ]
    lines = [
        "User-agent: *",
        *(f"Disallow: {address}" for address in closed),
        f"Disallow: {url_for('search.suggest')}",
        # Of the variants only 繁體 says anything that the plain pages do not.
        f"Disallow: {root}/senior/",
        *(f"Disallow: {root}/hant{address.removeprefix(root)}" for address in closed),
        "",
        f"Sitemap: {base_url()}{url_for('search_engines.sitemap')}",
        "",
    ]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@bp.get("/opensearch.xml")
def opensearch() -> Response:
    """How a browser can search this site from its own search bar (OpenSearch 1.1 and Suggestions 1.1)."""
    bureau = publication().bureau
    results, suggestions = base_url() + url_for("search.index"), base_url() + url_for("search.suggest")
    # The name must not be longer than 16 characters, the description not than 1024.
    root = ElementTree.Element("OpenSearchDescription", xmlns=OPENSEARCH)
    for name, text in (
        ("ShortName", bureau.short_name[:16]),
        ("LongName", bureau.site_name[:48]),
        ("Description", bureau.tagline[:1024]),
        ("Language", bureau.language),
        ("InputEncoding", "UTF-8"),
        ("OutputEncoding", "UTF-8"),
    ):
        ElementTree.SubElement(root, name).text = text
    picture = ElementTree.SubElement(root, "Image", type="image/svg+xml")
    picture.text = base_url() + static_url("images/mark.svg")
    typed = "?q={searchTerms}"
    feed = base_url() + feed_address("search", "atom") + typed
    for relation, media_type, template in (
        ("results", "text/html", f"{results}{typed}"),
        ("suggestions", SUGGESTIONS.partition(";")[0], f"{suggestions}{typed}"),
        ("results", MEDIA_TYPES["atom"], feed),
        ("self", DESCRIPTION, base_url() + url_for("search_engines.opensearch")),
    ):
        ElementTree.SubElement(root, "Url", rel=relation, type=media_type, template=template)
    return _xml(root, DESCRIPTION)


@bp.get("/favicon.ico")
def favicon() -> Response:
    """What browsers, messengers and readers of feeds ask for without having been told of it."""
    return current_app.send_static_file("images/favicon.ico")


def canonical_url(page: int = 1, variant: Variant = PLAIN) -> str:
    """The one address of what is shown (RFC 6596), whatever the visitor's has behind it.

    A list narrowed, searched or in another order is a selection of the whole list, which stands for it;
    each page of the whole list has entries of its own and stands for itself. The plain form stands for
    all variants.
    """
    address = base_url() + plain_root() + variant.path + quote(request.path)
    return f"{address}?page={page}" if page > 1 and request.args.keys() == {"page"} else address


def _parts() -> list[list[SitemapUrl]]:
    """All places in maps that are not too long; what is new comes last, so that earlier maps stay."""
    places = _all_places()
    return [places[start : start + MAX_URLS] for start in range(0, len(places), MAX_URLS)]


def _all_places() -> list[SitemapUrl]:
    catalogue = publication().catalogue
    kinds = tuple(searched_kinds())
    announced = [
        record for record in catalogue.announced(kinds, {}, on=today()) if record.is_public_on(today())
    ]
    gone = {
        (record.kind, record.slug) for kind in kinds for record in catalogue.withdrawn(kind, {}, on=today())
    }
    latest: dict[str, datetime] = {}
    for record in announced:
        latest[record.kind] = max(record.changed_at, latest.get(record.kind, record.changed_at))
    pages = [
        SitemapUrl(
            base_url() + url_for(section.endpoint),
            max((latest[kind] for kind in section.kinds if kind in latest), default=None),
        )
        for section in sections()
    ]
    records = [
        SitemapUrl(link_to(record, absolute=True), record.changed_at)
        for record in announced
        if (record.kind, record.slug) not in gone
    ]
    return [*pages, *records]


def _map(places: Sequence[SitemapUrl]) -> Response:
    return _xml(_places("urlset", "url", places))


def _places(name: str, item: str, places: Sequence[SitemapUrl]) -> ElementTree.Element:
    root = ElementTree.Element(name, xmlns=SITEMAPS)
    for place in places:
        entry = ElementTree.SubElement(root, item)
        ElementTree.SubElement(entry, "loc").text = place.address
        if place.changed_at:
            instant = place.changed_at.astimezone(UTC).isoformat(timespec="seconds")
            ElementTree.SubElement(entry, "lastmod").text = instant
    return root


def _xml(root: ElementTree.Element, media_type: str = "application/xml") -> Response:
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(text + b"\n", content_type=f"{media_type}; charset=utf-8")
