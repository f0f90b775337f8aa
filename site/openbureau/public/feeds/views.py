"""Feeds of every list as it can be narrowed, their archives, and what they say as pages for people."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from flask import Blueprint, Response, abort, redirect, request, url_for

from openbureau.formats.feeds import MEDIA_TYPES, OPML_TYPE, Feed, opml, render
from openbureau.library import kinds
from openbureau.public.feeds.catalogue import FeedOffer, Item, offers
from openbureau.public.feeds.entries import entries, tag
from openbureau.public.feeds.selection import (
    chosen_by,
    feed_address,
    feed_page,
    feed_twin,
    problems_of,
    query_for,
)
from openbureau.publishing.websub import names_hub
from openbureau.web import base_url, page, publication, today

PER_DOCUMENT = 50
"""Entries of a feed or an archive; readers ask often, and keep what they have seen."""

MAX_ENTRIES = 500
"""Entries of a feed when so much became known in one instant: a whole edition, say, is not cut."""

NOTHING_YET = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant of a feed without entries: one may subscribe before there is anything to read."""

FORMS = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
"""What people call the formats."""

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


@bp.app_context_processor
def _in_templates() -> dict[str, object]:
    """What every page needs to offer its feeds."""
    return {
        "feed_address": feed_address,
        "feed_page": feed_page,
        "feed_twin": feed_twin,
        "feed_forms": FORMS,
        "feed_types": MEDIA_TYPES,
    }


@bp.get("/")
def index() -> Response:
    """Where the page of all feeds was."""
    return redirect(url_for("subscribe.index"), 301)  # type: ignore[return-value]


@bp.get("/<name>/")
def read(name: str) -> Response:
    """What a feed says, for people: its own address answers programs, whoever asks."""
    offer = offers().get(name)
    if offer is None:
        abort(404)
    chosen = chosen_by(offer, request.args)
    if problems_of(offer, request.args):
        # The page where one chooses says what is wrong.
        return redirect(feed_page(name, request.args), 302)  # type: ignore[return-value]
    shown = sorted(newest(offer.items(chosen), MAX_ENTRIES, today()), key=latest_first)
    return page("public/feeds/read.html", offer=offer, chosen=chosen, entries=entries(shown[:PER_DOCUMENT]))


@bp.get("/subscriptions.opml")
def subscriptions() -> Response:
    """All feeds in one file that a reader takes at once; searches are everybody's own."""
    offered = offers()
    counties = publication().bureau.areas.values()
    registers = [name for name in offered if name.startswith("registers-")]
    changes = offered.pop("whitelist-changes")
    del offered["search"]
    groups = {
        "栏目": [_outline(offer, {}) for name, offer in offered.items() if name not in registers],
        "白名单变化": [
            _outline(changes, {}),
            *(_outline(changes, {"county": county}) for county in counties),
        ],
        "执法与公开事项": [_outline(offered[name], {}) for name in registers],
    }
    document = opml(publication().bureau.site_name, {name: feeds for name, feeds in groups.items() if feeds})
    response = Response(document, content_type=f"{OPML_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="subscriptions.opml"'
    return response


@bp.get("/<name>.<form>")
def show(name: str, form: str) -> Response:
    """One feed, narrowed as the address says: what changed last."""
    return _answer(name, form)


@bp.get("/<name>/archive-<int:number>.<form>")
def archive(name: str, form: str, number: int) -> Response:
    """One archive of it (RFC 5005): entries in the order of publication, the oldest in number 1.

    Which entries it has is settled for ever; what they say follows corrections and withdrawals, as nothing
    that was taken back is served anywhere.
    """
    return _answer(name, form, number)


def lasts(name: str) -> bool:
    """Whether the feed `name` says the same on every day: nothing in it ends by itself."""
    if kind := kinds.find(name):
        return kind.is_lasting
    return name not in ("all", "search") and not name.startswith("registers-")


def _answer(name: str, form: str, number: int = 0) -> Response:
    offer = offers().get(name)
    if offer is None or form not in MEDIA_TYPES:
        abort(404)
    if problems := problems_of(offer, request.args):
        advice = f"到 {base_url()}{url_for('subscribe.choose', name=name)} 可以重新选择，得到正确的订阅地址。"
        return Response("\n".join([*problems, advice, ""]), 400, content_type="text/plain; charset=utf-8")
    chosen = chosen_by(offer, request.args)
    items = offer.items(chosen)
    closed = max(0, len(items) - 1) // PER_DOCUMENT
    if number > closed or (number == 0 and request.endpoint == "feeds.archive"):
        abort(404)
    day = today()
    shown = (
        items[(number - 1) * PER_DOCUMENT : number * PER_DOCUMENT]
        if number
        else newest(items, closed * PER_DOCUMENT, day)
    )
    shown = sorted((item for item in shown if item.is_public_on(day)), key=latest_first)
    updated_at = max((item.changed_at for item in shown), default=NOTHING_YET)
    # Only exactly the same instant: an entry taken out may let the feed seem older than it was.
    if "If-None-Match" not in request.headers and request.if_modified_since == updated_at:
        return Response(status=304)
    feed = _feed(offer, form, chosen, shown, updated_at, number, closed)
    response = Response(render(feed, form), content_type=content_type_of(form))
    response.last_modified = updated_at
    return response


def newest(items: Sequence[Item], settled: int, day: date) -> list[Item]:
    """What changed last, with all that changed in the same instant, and what no archive has yet."""
    ordered = sorted((item for item in items if item.is_public_on(day)), key=latest_first)
    if not ordered:
        return []
    since = ordered[:PER_DOCUMENT][-1].changed_at
    latest = {item.key: item for item in ordered[:MAX_ENTRIES] if item.changed_at >= since}
    return list((latest | {item.key: item for item in items[settled:]}).values())


def latest_first(item: Item) -> tuple[float, str]:
    """What items are sorted by."""
    return -item.changed_at.timestamp(), item.key


def _feed(
    offer: FeedOffer,
    form: str,
    chosen: Mapping[str, str],
    shown: Sequence[Item],
    updated_at: datetime,
    number: int,
    closed: int,
) -> Feed:
    bureau = publication().bureau

    def address(archive: int) -> str:
        return base_url() + feed_address(offer.name, form, chosen, archive)

    older = number - 1 if number else closed
    return Feed(
        id=tag(f"feeds/{offer.name}{query_for(chosen)}"),
        title=f"{bureau.site_name}：{offer.title_for(chosen)}",
        subtitle=f"{'【演示数据】' if bureau.demo else ''}{bureau.tagline}",
        link=base_url() + offer.page_for(chosen),
        self_link=address(number),
        author=bureau.name,
        language=bureau.language,
        updated_at=updated_at,
        entries=entries(shown),
        hub=bureau.hub if names_hub(offer.name, chosen) else "",
        current=address(0) if number else "",
        prev_archive=address(older) if older else "",
        next_archive=address(number + 1) if 0 < number < closed else "",
    )


def _outline(offer: FeedOffer, chosen: Mapping[str, str]) -> dict[str, str]:
    return {
        "text": offer.title_for(chosen),
        "xmlUrl": base_url() + feed_address(offer.name, "atom", chosen),
        "htmlUrl": base_url() + offer.page_for(chosen),
    }


def content_type_of(form: str) -> str:
    """The media type of a format, with its charset where it has one."""
    return MEDIA_TYPES[form] if form == "json" else f"{MEDIA_TYPES[form]}; charset=utf-8"
