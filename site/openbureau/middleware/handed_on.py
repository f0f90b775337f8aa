"""Addresses as they are handed on: with what messengers add to them, and a mark of a sentence behind."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.utils import redirect
from werkzeug.wsgi import get_path_info

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ADDED = re.compile(
    "from|isappinstalled|nsukey|scene|subscene|ascene|clicktime|enterid|spm|utm_[a-z]+|gclid|fbclid|bd_vid"
)
"""Parameters that WeChat, Weibo, Taobao and those who count visits add to an address; none of ours."""
_SENTENCE = "。，、；：！？…）】》」』”’.,;:!)]\"'"
"""Marks behind an address in a sentence: no address of ours ends so."""


class HandedOnMiddleware:
    """WSGI: `app` for the address that was meant; `url` is the site's own host, if it has one.

    What was added to the query is taken off, so that it is neither refused nor makes another entry of the
    cache. A path with punctuation behind it is sent on to the one without (301).
    """

    def __init__(self, app: "WSGIApplication", url: str) -> None:
        self._app = app
        self._url = url

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as `app` does at the address that was meant."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            query = _without_added(environ.get("QUERY_STRING", ""))
            environ["QUERY_STRING"] = query
            path = get_path_info(environ)
            meant = path.rstrip(_SENTENCE)
            if meant != path:
                # A path that began with two slashes would lead to another host.
                place = f"{environ.get('SCRIPT_NAME', '')}/{meant.lstrip('/')}"
                address = f"{self._url}{place}" + (f"?{query}" if query else "")
                return redirect(address, 301)(environ, start_response)
        return self._app(environ, start_response)


def _without_added(query: str) -> str:
    if not query:
        return query
    return "&".join(part for part in query.split("&") if not _ADDED.fullmatch(part.partition("=")[0]))
