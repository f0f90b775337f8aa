"""The site in other forms, without cookies: /hant/… in 繁體, /senior/… as 长者模式, /senior/hant/… as both.

Pages have an address in each form; data has one address only.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, cast

from flask import Flask, Request, has_request_context, request
from markupsafe import Markup, escape
from werkzeug.routing import RequestRedirect

from openbureau.web.addresses import move

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEY = "openbureau.variant"
"""Where the environment of a request says in which variant it is asked."""

MAX_KEPT = 2048
MAX_VALUE = 64
"""How many addresses stay in memory, and the longest text in one: less than a megabyte."""

_TAG = re.compile(r"<(?:a|img) [^<>]*>")
_ADDRESS = re.compile(r'( (?:href|src)=")([/#][^"]*)')
_CANDIDATES = re.compile(r' srcset="([^"]*)"')
_FILE = re.compile(r"/[^/]+/[^/]+/files/")
"""Files beside documents, pictures among them, are data: they have one address in all variants."""


@dataclass(frozen=True)
class Variant:
    """A form of the site: for the elderly (适老化), in traditional characters, both or neither."""

    is_senior: bool = False
    is_hant: bool = False

    @property
    def path(self) -> str:
        """What stands before its addresses, without a final slash; empty for the plain form."""
        return "/senior" * self.is_senior + "/hant" * self.is_hant


PLAIN = Variant()
OTHERS = (Variant(True, True), Variant(is_senior=True), Variant(is_hant=True))
"""All but the plain one, the longest path first."""


class Variants:
    """WSGI: the variants look mounted under their paths, so that every address built there keeps its own."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Move the path of a variant from PATH_INFO to the end of SCRIPT_NAME (PEP 3333)."""
        path = environ.get("PATH_INFO", "")
        for other in OTHERS:
            if f"{path}/".startswith(f"{other.path}/"):
                environ["PATH_INFO"] = path.removeprefix(other.path)
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + other.path
                environ[KEY] = other
                break
        return self._app(environ, start_response)


class Application(Flask):
    """Flask, but that the addresses of data lead out of the variants."""

    data: Collection[str] = ()
    """Blueprints and endpoints that answer something other than pages."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # `typed`: 1, True and "1" are equal or look alike, and are written differently.
        self._kept = lru_cache(maxsize=MAX_KEPT, typed=True)(self._built)

    def url_for(self, endpoint: str, **values: Any) -> str:
        """As Flask's own; short addresses on this site, of which each page has fifty, are built once."""
        values = {name: value for name, value in values.items() if value is not None}
        if not has_request_context() or endpoint.startswith(".") or not _is_simple(values):
            address = super().url_for(endpoint, **values)
            return plain(address) if self.is_data(endpoint) else address
        return self._kept(request.script_root, variant(), request.method, endpoint, **values)

    def _built(self, _root: str, _variant: "Variant", _method: str, endpoint: str, /, **values: Any) -> str:
        """The address, which depends on nothing else: neither on the host nor on the page that is shown."""
        address = super().url_for(endpoint, **values)
        return plain(address) if self.is_data(endpoint) else address

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """As Flask's own, but that an address without its last slash is told as `moved` tells it."""
        if isinstance(request.routing_exception, RequestRedirect):
            move(request.routing_exception.new_url)
        super().raise_routing_exception(request)

    def is_data(self, endpoint: str | None) -> bool:
        """Whether an endpoint answers something other than a page."""
        return endpoint is not None and bool({endpoint, endpoint.partition(".")[0]} & {*self.data})


def _is_simple(values: Mapping[str, Any]) -> bool:
    """Whether values are short texts and numbers, and none an option of `url_for`."""
    return all(
        not name.startswith("_") and (type(value) is int or (type(value) is str and len(value) <= MAX_VALUE))
        for name, value in values.items()
    )


def variant() -> Variant:
    """The variant in which this request is asked; the plain one outside of requests."""
    return cast(Variant, request.environ.get(KEY, PLAIN)) if has_request_context() else PLAIN


def plain_root() -> str:
    """The path under which the plain form stands, without a final slash."""
    return request.script_root.removesuffix(variant().path)


def plain(address: str) -> str:
    """The same path in the plain form."""
    if variant() == PLAIN or not address.startswith(f"{request.script_root}/"):
        return address
    return plain_root() + address.removeprefix(request.script_root)


def rooted(address: str) -> str:
    """An address that an editor wrote, `/policies/…`, as the visitor asks for it: under mount and variant."""
    return request.script_root + address if address.startswith("/") else address


def rooted_links(html: str) -> Markup:
    """The HTML of what an editor wrote; its links to this site stay under mount and variant."""

    def root_of(address: str) -> str:
        if address.startswith("#"):
            return ""
        return escape(plain_root() if _FILE.match(address) else request.script_root)

    changed = with_addresses(html, lambda address: f"{root_of(address)}{address}")
    return Markup(changed)  # noqa: S704  # cleaned by nh3


def with_addresses(html: str, change: Callable[[str], str]) -> str:
    """Cleaned HTML with what `change` makes of addresses on this site and page: /policies/…, #article-2."""

    def changed(address: str) -> str:
        return address if address.startswith("//") else change(address)

    def candidates(match: re.Match[str]) -> str:
        changed_ones = (changed(candidate) for candidate in match[1].split(", "))
        return f' srcset="{", ".join(changed_ones)}"'

    def with_tag(tag: re.Match[str]) -> str:
        written = _ADDRESS.sub(lambda match: match[1] + changed(match[2]), tag[0])
        return _CANDIDATES.sub(candidates, written)

    return _TAG.sub(with_tag, html)
