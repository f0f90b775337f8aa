"""The public door: no session, no cookie, nothing about the visitor."""

from flask import Flask, Response, request
from werkzeug.http import parse_etags, quote_etag

from openbureau.public import (
    announcements,
    feeds,
    home,
    notices,
    policies,
    registers,
    search,
    tip_off,
    whitelist,
)
from openbureau.web import publication, release, today, wants_fragment

ROOMS = (home, policies, notices, announcements, whitelist, registers, search, feeds, tip_off)

PRIVATE = {"tip_off"}
"""Blueprints whose answers belong to one visitor and are stored nowhere."""


def init_app(app: Flask) -> None:
    """Register the public rooms and how their answers may be kept."""
    for room in ROOMS:
        app.register_blueprint(room.bp)
    app.jinja_env.globals["door"] = "public"
    app.before_request(_not_modified)
    app.after_request(_caching)


def _etag() -> str | None:
    """What decides a public answer: the publication, the look, the address, the part asked for, the day."""
    if request.method not in ("GET", "HEAD") or request.blueprint is None or request.blueprint in PRIVATE:
        return None
    # Most feeds say the same on every day; pages and the feeds of registers leave out what has run out.
    is_lasting = request.blueprint == "feeds" and (request.view_args or {}).get("name") in feeds.FEEDS
    day = "" if is_lasting else today().isoformat()
    part = "fragment" if wants_fragment() else "page"
    return f"{publication().id}.{release()}.{part}.{day}"


def _not_modified() -> Response | None:
    """Answer 304 before any work is done."""
    etag = _etag()
    if etag and parse_etags(request.headers.get("If-None-Match")).contains(etag):
        return Response(status=304, headers={"ETag": quote_etag(etag)})
    return None


def _caching(response: Response) -> Response:
    if request.blueprint in PRIVATE:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, noarchive"
    elif request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "public, no-cache"
        if response.status_code == 200 and (etag := _etag()):
            response.set_etag(etag)
    return response
