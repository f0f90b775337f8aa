"""Which responses of the public site are cached (`middleware/response_cache.py`), and for how long."""

from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import ImmutableMultiDict

from openbureau.middleware import response_cache
from openbureau.middleware.cached_response import Action
from openbureau.publishing.publication import Unpublished
from openbureau.web import day_of, part_of, site_of, static_url
from openbureau.web.form_data import FormRequest

GRACE_SECONDS = 0.8
"""After a new publication, in which a stale response will still do, while it is refreshed."""


class Arguments(ImmutableMultiDict[str, str]):
    """The arguments of a URL; remembers the names under which a view looked for one.

    Anybody can add `?x=1`, `?x=2` … to a URL: a response is cached only when its view knows every argument.
    """

    def __init__(self, mapping: Any = None) -> None:
        super().__init__(mapping)
        self.looked_up: set[object] = set()

    def __getitem__(self, key: str) -> str:
        self.looked_up.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.looked_up.add(key)
        return super().__contains__(key)

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        """All values of an argument."""
        self.looked_up.add(key)
        return super().getlist(key, type)


class PublicRequest(FormRequest):
    """A request of the public site."""

    parameter_storage_class = Arguments


def init_app(app: Flask) -> None:
    """Put the cache around the application; its responses say by themselves whether they may be cached.

    Call it before other functions are registered to be called after a request: it has the last word.
    """
    site = site_of(app)

    def version() -> str:
        try:
            return f"{site.shelf.current().tag}.{day_of(site)}"
        except Unpublished:
            return ""

    def stale_version() -> str:
        name = site.shelf.replaced(GRACE_SECONDS)
        return f"{name}.{day_of(site)}" if name else ""

    def variant(environ: dict[str, Any]) -> object:
        # Without an address of its own the site speaks of itself by the address the visitor used.
        host = "" if site.settings.url else environ.get("HTTP_HOST", "")
        return part_of(environ), environ["wsgi.url_scheme"], host

    app.request_class = PublicRequest
    app.after_request(_offer)
    app.wsgi_app = response_cache.ResponseCacheMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, version, variant, stale_version
    )


def each_time(action: Action) -> None:
    """Do `action` each time this response is given, now or later from the cache (with 200 or 304).

    It gets the environment of that very request, has no application or request around it, and may not fail.
    """
    response_cache.offer(request.environ).each_time.append(action)


def is_fresh_static() -> bool:
    """Whether the address is that of a static file as it is now: what it answers never changes."""
    if request.endpoint != "static":
        return False
    return static_url((request.view_args or {})["filename"]) == request.script_root + request.full_path


def _offer(response: Response) -> Response:
    offer = response_cache.offer(request.environ)
    is_static = request.endpoint == "static"
    # Files of a publication are sent by the system from where they lie.
    offer.pack = not response.cache_control.no_store and (is_static or not response.direct_passthrough)
    is_sound = response.status_code == 200 and "Set-Cookie" not in response.headers
    if offer.pack and is_sound:
        offer.keep = is_fresh_static() if is_static else bool(response.get_etag()[0]) and _knows_all()
    return response


def _knows_all() -> bool:
    arguments = request.args
    return isinstance(arguments, Arguments) and set(arguments) <= arguments.looked_up
