"""What a request is addressed to: a host, a path and numbers that make sense, and where it is sent on to.

The host is what the visitor typed, or whatever a program put there: it is looked at before anything uses it.
"""

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from flask import Response, abort, current_app, redirect, request
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as WsgiResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_NUMBER = 2**31 - 1
"""The largest number that both stores keep in a column of numbers (PostgreSQL, integer)."""

_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(
    rf"(?:(?P<name>{_LABEL}(?:\.{_LABEL})*\.?)|\[(?P<address>[0-9A-Fa-f:.]{{2,45}})\])(?::(?P<port>[0-9]{{1,5}}))?"
)
_MAX_HOST_CHARACTERS = 253
_MAX_PORT = 65_535
_WORDS = "请求不完整：网址里的主机名或者路径写得不对。请检查网址，再打开一次。\n"


class NumberConverter(IntegerConverter):
    """Converter of numbers in addresses: what no column holds is the number of nothing (404)."""

    regex = "[0-9]{1,10}"

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **{"max": MAX_NUMBER, **more})  # type: ignore[arg-type]


class AddressMiddleware:
    """WSGI: `app` for requests to a possible host (RFC 3986, 3.2.2; RFC 1035, 2.3.1); any other is told 400.

    So is a NUL in path or query unless `may_have_nul`: PostgreSQL takes none in a text, and most addresses of
    the desk ask the tips database.
    """

    def __init__(
        self, app: "WSGIApplication", headers: dict[str, str], *, may_have_nul: bool = False
    ) -> None:
        self._app = app
        self._headers = headers
        self._may_have_nul = may_have_nul

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer as `app` does to possible addresses."""
        has_nul = "\0" in environ.get("PATH_INFO", "") or "%00" in environ.get("QUERY_STRING", "")
        # HTTP/1.0 knows no such header; a server then gives its own name.
        if (self._may_have_nul or not has_nul) and is_host(environ.get("HTTP_HOST", "localhost")):
            return self._app(environ, start_response)
        answer = WsgiResponse(_WORDS, 400, self._headers, content_type="text/plain; charset=utf-8")
        # Whatever its body was, it is not read.
        answer.headers["Connection"] = "close"
        return answer(environ, start_response)


def is_host(text: str) -> bool:
    """Whether a text names a host, with or without a port."""
    match = _HOST.fullmatch(text)
    if not match or int(match["port"] or 0) > _MAX_PORT:
        return False
    if match["name"]:
        return len(match["name"].removesuffix(".")) <= _MAX_HOST_CHARACTERS
    try:
        return bool(IPv6Address(match["address"]))
    except AddressValueError:
        return False


def whole_number(text: str | None) -> int | None:
    """The number that a visitor typed; None for none, and for one that no column holds."""
    if not text or not re.fullmatch("[0-9]{1,10}", text.strip(), re.ASCII):
        return None
    number = int(text)
    return number if number <= MAX_NUMBER else None


def moved(address: str) -> Response:
    """The same page at the address where it is: for good (301), at the site's own name where it has one.

    Readers of feeds and Internet Explorer on Windows 7 stop at 308. What is sent with a form would be lost
    on the way: whoever sends something is told that the address is wrong.
    """
    if request.method not in ("GET", "HEAD"):
        abort(404)
    parts = urlsplit(address)
    # A path that began with two slashes would lead to another host.
    path = "/" + parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    url: str = current_app.extensions["openbureau"].settings.url
    return redirect(url + path, 301, Response=Response)  # type: ignore[return-value]


def move(address: str) -> NoReturn:
    """End the request with `moved(address)`."""
    abort(moved(address))
