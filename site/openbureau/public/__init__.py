"""The public door: no session, no cookie, nothing about the visitor."""

from datetime import datetime

from flask import Response, g, request
from werkzeug.http import parse_etags, quote_etag

from openbureau.public import (
    caching,
    documents,
    home,
    not_found,
    page_frame,
    registers,
    search,
    sections,
    sitemap,
    variants,
)
from openbureau.public.api import open_data
from openbureau.public.api import views as api
from openbureau.public.corrections import changes_html
from openbureau.public.downloads import StoredResponse
from openbureau.public.feeds import calendars, subscribe
from openbureau.public.feeds import views as feeds
from openbureau.public.follow import views as follow
from openbureau.public.tips import figures, form, opinions, progress, receipts
from openbureau.public.whitelist import data_package
from openbureau.public.whitelist import downloads as whitelist_downloads
from openbureau.public.whitelist import views as whitelist
from openbureau.public.whitelist.card import verdict_of
from openbureau.web import publication, release, today, wants_fragment
from openbureau.web.errors import API
from openbureau.web.variants import Application

ROOMS = (
    home,
    whitelist,
    whitelist_downloads,
    data_package,
    registers,
    open_data,
    api,
    search,
    sitemap,
    feeds,
    calendars,
    follow,
    subscribe,
    figures,
    form,
    progress,
    receipts,
    not_found,
    opinions,
)

PRIVATE = {"follow", "opinions", "tip_off", "tip_receipts", "tip_progress"}
"""Blueprints whose answers belong to one visitor and are stored nowhere."""

FOLLOW = "/follow"
"""Below this path the address itself says what nobody else shall know."""

LIVE = {"tip_figures"}
"""Blueprints whose answers come from the tips database, and not from the publication alone."""

OPEN = {"api", "whitelist_data", "whitelist_package", "registers.csv_list", "registers.json_list"}
"""Blueprints and endpoints whose answers are open data: pages of any site may read them."""


DATA = OPEN | {
    "attachments",
    "calendars",
    "feeds.archive",
    "feeds.show",
    "feeds.subscriptions",
    "follow.deadlines",
    "follow.feed",
    "search.suggest",
    "search_engines",
    "static",
    "subscribe.qr_code",
    "tip_figures.csv_figures",
    "tip_figures.json_figures",
    "tip_figures.log_feed",
    "tip_figures.log_heads",
    "whitelist.qr_code",
}
"""Blueprints and endpoints that answer no page: they have one address, outside the variants."""


def init_app(app: Application) -> None:
    """Register the public rooms and how their answers may be kept."""
    for room in ROOMS:
        app.register_blueprint(room.bp)
    documents.init_app(app)
    sections.init_app(app)
    app.jinja_env.globals |= {"door": "public", "verdict_of": verdict_of}
    page_frame.init_app(app)
    app.jinja_env.filters |= {"changes": changes_html, "instant": datetime.fromisoformat}
    form.init_app(app)
    app.data = DATA
    variants.init_app(app)
    caching.init_app(app)
    app.before_request(_not_modified)
    app.after_request(_caching)
    app.after_request(_sharing)
    app.after_request(_hide_demonstration)


def _etag() -> str | None:
    """What decides a public answer: the publication, the look, the address, the part asked for, the day."""
    if request.method not in ("GET", "HEAD") or request.blueprint in {None} | PRIVATE | LIVE:
        return None
    # Most feeds say the same on every day; pages and some feeds leave out what has run out.
    name = (request.view_args or {}).get("name")
    is_lasting = request.blueprint == "feeds" and bool(name) and feeds.lasts(str(name))
    day = "" if is_lasting else today().isoformat()
    part = "fragment" if wants_fragment() else "page"
    # Not asked of `request.args`: that would tell the cache that every view knows the argument.
    is_question = b"q=" in request.query_string
    decided_by = publication().tag if is_question else publication().id
    return f"{decided_by}.{release()}.{part}.{day}"


def _not_modified() -> Response | None:
    """Answer 304 before any work is done."""
    etag = _etag()
    # A server in front of this one that compresses answers makes their tags weak.
    if etag and parse_etags(request.headers.get("If-None-Match")).contains_weak(etag):
        return Response(status=304, headers={"ETag": quote_etag(etag)})
    return None


def _caching(response: Response) -> Response:
    # What somebody typed is as private as what is told; and an address below the form that does not exist, or
    # not for this method, belongs to no blueprint.
    is_private = request.blueprint in PRIVATE or (
        request.blueprint is None and request.path.startswith((form.bp.url_prefix or "", FOLLOW))
    )
    if is_private or request.method == "POST":
        # What stands in the address is told to shared caches in the words of each of them.
        is_in_address = request.path.startswith(FOLLOW)
        response.headers["Cache-Control"] = "private, no-store" if is_in_address else "no-store"
        # Whoever looks for where to report a fine shall find the way in, and nothing behind it.
        if request.endpoint == "tip_off.index" and response.status_code == 200:
            response.headers.setdefault("X-Robots-Tag", "noarchive")
        else:
            response.headers["X-Robots-Tag"] = "noindex, noarchive"
    elif response.status_code in (200, 304) and caching.is_fresh_static():
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif not response.cache_control.no_store:
        response.headers["Cache-Control"] = "public, no-cache"
        # A file that lies in the publication has the tag of its bytes.
        is_stored = isinstance(response, StoredResponse)
        if response.status_code in (200, 304) and not is_stored and (etag := _etag()):
            response.set_etag(etag)
    return response


def _hide_demonstration(response: Response) -> Response:
    """Nobody shall find invented institutions by a search engine and take them for real ones."""
    # Without a publication there is nothing to hide, and nobody to ask.
    if "publication" in g and publication().bureau.demo:
        response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


def _sharing(response: Response) -> Response:
    """Let scripts of other sites read open data: it is the same for everybody, and nobody can write it."""
    if request.path.startswith(API) or {request.blueprint, request.endpoint} & OPEN:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
