"""A request whose body is cut off on the way is refused, never taken for a whole one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class CompleteBodyMiddleware:
    """Holds a body to the length that its header names.

    Servers put `wsgi.input_terminated` into the environment when they find the end of a body by themselves.
    Werkzeug then takes the end of the connection for the end of the form and compares no length: half
    a story would get a receipt. Without it a short body is 400. A body in chunks has no length, and
    its end is marked (RFC 9112, 7.1).
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as `app` does to whole bodies."""
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        return self._app(environ, start_response)
