"""The site under a path of another one: `/zwgk/policies/` where the host belongs to the bureau's own site."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WATCHED = ("/healthz", "/readyz")
"""What a balancer asks of a node, whatever the path of the site."""


class UrlPrefixMiddleware:
    """WSGI: `app` under `prefix` (`/zwgk`), which goes from PATH_INFO to SCRIPT_NAME (PEP 3333).

    `url` is the site's own host, if it has one.

    The front server hands on the whole path. What lies outside of the prefix belongs to another site: 404.
    """

    def __init__(self, app: "WSGIApplication", prefix: str, url: str) -> None:
        self._app = app
        self._prefix = prefix
        self._url = url

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as `app` does under the prefix."""
        path = environ.get("PATH_INFO", "")
        if path == self._prefix and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            query = environ.get("QUERY_STRING", "")
            address = f"{self._url}{self._prefix}/" + (f"?{query}" if query else "")
            return redirect(address, 301)(environ, start_response)
        if path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path.removeprefix(self._prefix)
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + self._prefix
        elif path not in WATCHED:
            text = f"本站在 {self._prefix}/ 之下。\n"
            answer = Response(text, 404, content_type="text/plain; charset=utf-8")
            return answer(environ, start_response)
        return self._app(environ, start_response)
