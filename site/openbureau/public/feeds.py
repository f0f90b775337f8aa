"""Feeds of everything and of each kind, and the page that offers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, url_for
from markupsafe import escape

from openbureau.feeds import MEDIA_TYPES, Entry, Feed, render
from openbureau.library.records import Record
from openbureau.web import base_url, link_to, page, publication, today


@dataclass(frozen=True)
class Offer:
    """A feed that is offered: its title, and the kinds and facets of the records it tells of."""

    title: str
    kinds: tuple[str, ...]
    filters: Mapping[str, str] = field(default_factory=dict)


FEEDS = {
    "all": Offer("全部更新", ("policies", "notices", "announcements", "editions", "register")),
    "policies": Offer("政策与解读", ("policies",)),
    "notices": Offer("风险提示", ("notices",)),
    "announcements": Offer("公告公示", ("announcements",)),
    "whitelist": Offer("白名单各期", ("editions",)),
}
"""The feeds that every site has; each register has one more."""

MOST = 50
"""Entries of a feed; readers ask often, and keep what they have seen."""

NOTHING_YET = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant of a feed without entries: one may subscribe before there is anything to read."""

bp = Blueprint("feeds", __name__, url_prefix="/feeds")


@bp.get("/")
def index() -> Response:
    """Which feeds there are and how to read them."""
    return page("public/feeds/index.html", feeds=offers())


def offers() -> dict[str, Offer]:
    """Every feed by its name."""
    registers = publication().catalogue.page("register", {}, per_page=1_000, by_source=True).records
    return FEEDS | {
        f"registers-{register.slug}": Offer(register.title, ("registers",), {"register": register.slug})
        for register in registers
    }


@bp.get("/<name>.<form>")
def show(name: str, form: str) -> Response:
    """One feed as RSS or Atom."""
    offer = offers().get(name)
    if offer is None or form not in MEDIA_TYPES:
        abort(404)
    bureau = publication().bureau
    records = publication().catalogue.latest(
        offer.kinds, MOST, withdrawn=True, filters=offer.filters, on=today()
    )
    feed = Feed(
        id=f"tag:{bureau.tag_authority}:feeds/{name}",
        title=f"{bureau.site_name}：{offer.title}",
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
        # A register goes on: what its newest edition says otherwise was not wrong before.
        word = "变更" if record.kind == "registers" else "更正"
        title, html = f"【{word}】{title}", f"<p>{word}说明：{escape(record.change_note)}</p>{html}"
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
