"""Feeds of everything and of each kind, and the page that offers them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, url_for
from markupsafe import escape

from openbureau.feeds import MEDIA_TYPES, Entry, Feed, render
from openbureau.library.records import Record
from openbureau.web import base_url, link_to, page, publication

FEEDS = {
    "all": ("全部更新", ("policies", "notices", "announcements", "editions")),
    "policies": ("政策与解读", ("policies",)),
    "notices": ("风险提示", ("notices",)),
    "announcements": ("公告公示", ("announcements",)),
    "whitelist": ("白名单各期", ("editions",)),
}
"""Each feed: its title and the kinds of record it tells of."""

MOST = 50
"""Entries of a feed; readers ask often, and keep what they have seen."""

NOTHING_YET = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant of a feed without entries: one may subscribe before there is anything to read."""

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


@bp.get("/")
def index() -> Response:
    """Which feeds there are and how to read them."""
    return page("public/feeds/index.html", feeds=FEEDS)


@bp.get("/<name>.<form>")
def show(name: str, form: str) -> Response:
    """One feed as RSS or Atom."""
    if name not in FEEDS or form not in MEDIA_TYPES:
        abort(404)
    title, kinds = FEEDS[name]
    bureau = publication().bureau
    records = publication().catalogue.latest(kinds, MOST, withdrawn=True)
    feed = Feed(
        id=f"tag:{bureau.tag_authority}:feeds/{name}",
        title=f"{bureau.site_name}：{title}",
        subtitle=f"{'【演示数据】' if bureau.demo else ''}{bureau.tagline}",
        link=base_url() + url_for("home.index"),
        self_link=base_url() + url_for("feeds.show", name=name, form=form),
        author=bureau.name,
        language=bureau.language,
        updated_at=max((record.changed_at for record in records), default=NOTHING_YET),
        entries=[entry(record, bureau.tag_authority) for record in records],
    )
    response = Response(render(feed, form), content_type=f"{MEDIA_TYPES[form]}; charset=utf-8")
    response.last_modified = feed.updated_at
    return response


def entry(record: Record, tag_authority: str) -> Entry:
    """What a feed says of a record; a correction or withdrawal is told under the id of the first telling."""
    title, summary, html = record.title, record.summary, record.html
    if record.is_withdrawn:
        title, summary = f"【撤回】{title}", f"本条已撤回。原因：{record.withdrawn_reason}"
        html = f"<p>{escape(summary)}</p>"
    elif record.change_note:
        title, html = f"【更正】{title}", f"<p>更正说明：{escape(record.change_note)}</p>{html}"
    return Entry(
        id=f"tag:{tag_authority}:{record.kind}/{record.slug}",
        title=title,
        link=link_to(record, absolute=True),
        published_at=record.published_at,
        updated_at=record.changed_at,
        summary=summary,
        html=_absolute(html, link_to(record, absolute=True)),
        categories=_categories(record),
    )


def _absolute(html: str, page: str) -> str:
    """Readers show an entry away from this site: its links must say where they lead."""
    return html.replace('href="/', f'href="{base_url()}/').replace('href="#', f'href="{page}#')


def _categories(record: Record) -> Sequence[str]:
    return [*record.facet("topic"), *record.facet("severity")]
