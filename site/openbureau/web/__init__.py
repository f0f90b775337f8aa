"""What the doors share: pages and fragments, links, headers, the error page. It alone knows htmx."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from htmx_flask.requests import HtmxHeaders
from jinja2 import StrictUndefined
from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import ServiceUnavailable

from openbureau import readiness
from openbureau.clock import BEIJING, local_date
from openbureau.config import ROOT, Settings
from openbureau.database import db
from openbureau.law import rule
from openbureau.library import kinds
from openbureau.library.records import Announced, Record
from openbureau.publishing.publication import Publication, Shelf
from openbureau.readiness import NotReady
from openbureau.recipients import load_recipients
from openbureau.tips.sealing.recipients import RecipientSet
from openbureau.web import errors
from openbureau.web.errors import RETRY_AFTER
from openbureau.web.variants import plain, plain_root, rooted, rooted_links

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TEMPLATES = ROOT / "templates"
STATIC = Path(__file__).parents[1] / "static"

HTMX = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")
"""The headers that decide between a page and its fragment."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with it browsers send `Origin: null`, and cross-site posts could not be told.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
}


@dataclass(frozen=True)
class Site:
    """What one application serves: its settings, the shelf of publications, and the clock."""

    settings: Settings
    shelf: Shelf
    clock: Callable[[], datetime]


def init_app(app: Flask, site: Site) -> None:
    """Give an application the look, the headers and the error page of the house."""
    app.extensions["openbureau"] = site
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"day": chinese_day, "minute": beijing_minute}
    app.jinja_env.filters |= {"rooted": rooted, "rooted_links": rooted_links}
    app.jinja_env.globals |= {"law": rule, "link_to": link_to, "static_url": static_url, "url_with": url_with}
    app.context_processor(_context)
    app.before_request(_choose_publication)
    app.after_request(_finish)
    errors.init_app(app)


def site() -> Site:
    """The site of the current application."""
    return site_of(current_app)


def site_of(app: Flask) -> Site:
    """What an application serves."""
    return cast(Site, app.extensions["openbureau"])


def publication() -> Publication:
    """The publication this request is answered from: one and the same until it ends."""
    if "publication" not in g:
        g.publication = site().shelf.current()
    return cast(Publication, g.publication)


def today() -> date:
    """The day it is in China."""
    return day_of(site())


def day_of(site: Site) -> date:
    """The day it is in China by the clock of a site."""
    return local_date(site.clock())


def part_of(environ: "WSGIEnvironment") -> str:
    """`fragment` when htmx asks for the part that changes, else `page`: so for boosted and restored ones."""
    if "HTTP_HX_REQUEST" not in environ:
        return "page"
    htmx = HtmxHeaders(EnvironHeaders(environ))
    return "fragment" if htmx and not htmx.boosted and not htmx.history_restore_request else "page"


def wants_fragment() -> bool:
    """Whether this request asks for a fragment."""
    return part_of(request.environ) == "fragment"


def page(template: str, *, fragment: str = "", status: int = 200, **context: object) -> Response:
    """A whole page or, to htmx, the fragment that the page includes."""
    if not fragment or not wants_fragment():
        return make_response(render_template(template, **context), status)
    response = make_response(render_template(fragment, **context), status)
    # The address of what is now shown, without the filters that are not set: it may be shared.
    response.headers["HX-Replace-Url"] = url_with()
    return response


def see_other(endpoint: str, **values: Any) -> Response:
    """What a change answers: the page to look at next (303)."""
    return cast(Response, redirect(url_for(endpoint, **values), 303))


def fetch(kind: str, slug: str) -> Record:
    """A published record; 404 when there never was one, 410 with the reason when it was withdrawn."""
    record = publication().catalogue.get(kind, slug)
    if record is None:
        abort(404)
    if record.is_withdrawn:
        abort(410, description=record.withdrawn_reason)
    return record


def read_secret() -> bytes:
    """The secret that signs forms and codes; without a whole one, the one that the database was written with,
    the functions that need it answer 503."""
    try:
        return readiness.require_secret(db.engine, site().settings)
    except NotReady as error:
        current_app.logger.error("%s", error)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from None


def recipient_set() -> RecipientSet:
    """Who tips are sealed to now. Raises NoRecipients: then no tip is taken, and the rest goes on."""
    return load_recipients(site().settings, publication().bureau)


def refuse_cross_site() -> None:
    """Let only pages of this site change anything: the browser says where a request comes from."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)
    if request.headers.get("Origin", request.host_url.rstrip("/")) != request.host_url.rstrip("/"):
        abort(403)


def link_to(record: Record | Announced, *, absolute: bool = False) -> str:
    """The address of a record, for pages, hits and feeds alike."""
    match record.kind:
        case kind if kind == "whitelist" or kinds.find(kind):
            address = url_for(f"{kind}.show", slug=record.slug)
        case "editions":
            address = url_for("whitelist.edition", slug=record.slug)
        case "register":
            address = url_for("registers.show", name=record.slug)
        case "registers":
            register, _, name = record.slug.partition("--")
            address = url_for("registers.entry", register=register, name=name)
        case "pages":
            address = url_for(f"home.{record.slug}")
        case _:
            raise ValueError(f"nobody shows records of kind {record.kind}")
    return base_url() + plain(address) if absolute else address


def base_url() -> str:
    """The public address of the site without a final slash."""
    return site().settings.url or request.host_url.rstrip("/")


def root_url() -> str:
    """The public address of the front page without its final slash: the path of the mount is in it."""
    return base_url() + plain_root()


def url_with(**changes: object) -> str:
    """The current address with some arguments changed; None or empty removes one, and so does page 1."""
    arguments = {**request.args.to_dict(), **changes}
    present = {name: value for name, value in arguments.items() if value not in (None, "")}
    if str(present.get("page")) == "1":
        del present["page"]
    # Not url_for: the visitor's own arguments could be named like its options.
    address = request.script_root + request.path
    return f"{address}?{urlencode(present)}" if present else address


def static_url(name: str) -> str:
    """The address of a static file, which changes when the file does."""
    return url_for("static", filename=name, v=_digest(name))


def chinese_day(day: date | str) -> str:
    """`2024年5月31日`, or as much of it as is known."""
    parts = (day if isinstance(day, str) else day.isoformat()).split("-")
    if not parts[0].isdigit():
        return parts[0]
    return "".join(f"{int(part)}{unit}" for part, unit in zip(parts, "年月日", strict=False))


def beijing_minute(instant: datetime) -> str:
    """`2024-05-31 09:30`, Beijing time."""
    return instant.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


@cache
def release() -> str:
    """A digest of the code, the templates and the static files: with the publication it decides an answer."""
    digest = hashlib.sha256()
    for folder in (TEMPLATES, STATIC.parent):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _choose_publication() -> None:
    """Every page needs one, even the error page: without it nothing else is tried."""
    publication()


def _context() -> dict[str, Any]:
    address = base_url()
    return {
        "publication": publication(),
        "bureau": publication().bureau,
        "today": today(),
        "site_address": address,
        "site_domain": urlsplit(address).netloc,
    }


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        # A room that shares its answers with other sites has said so by now.
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if response.mimetype == "text/html":
        response.vary.update(HTMX)
    return response
