"""Who asks the desk: a digest of the visitor's network, in place of the address.

The front server hands on in a header of ours which network a visitor is of, over whatever the visitor sent.
Before the application sees anything, header and address become a digest under a key that lies in memory only
and is another one each day.
"""

import hmac
import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import date
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Visitor-Network"
"""What deploy/nginx sets for the desk: an IPv4 address, or the first of an IPv6 /64."""

ENVIRON_KEY = "openbureau.visitor_network"
"""Where the application finds the digest."""

_ADDRESSES = (
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_REAL_IP",
    f"HTTP_{HEADER.upper().replace('-', '_')}",
)
"""What may tell an address; none of it gets further than here."""


class VisitorNetworkMiddleware:
    """Hands `app` a digest of the network of whoever asks. `fronts` are the addresses of front servers whose
    header is believed, besides those on this machine: a Unix socket, which only they may open, and
    loopback."""

    def __init__(
        self,
        app: "WSGIApplication",
        fronts: Collection[IPv4Network | IPv6Network],
        today: Callable[[], date],
    ) -> None:
        self._app = app
        self._fronts = fronts
        self._today = today
        self._key = today(), secrets.token_bytes(32)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        peer, *_, header = [environ.pop(name, "") for name in _ADDRESSES]
        network = network_of(header if header and self._is_front(peer) else peer)
        environ["REMOTE_ADDR"] = ""
        environ[ENVIRON_KEY] = hmac.digest(self._key_of_today(), network.encode(), "sha256").hex()
        return self._app(environ, start_response)

    def _is_front(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return not peer
        return address.is_loopback or any(address in network for network in self._fronts)

    def _key_of_today(self) -> bytes:
        day, key = self._key
        if day != self._today():
            # Two threads at midnight may each make one: the loser's visitor is counted anew, as all are.
            key = secrets.token_bytes(32)
            self._key = self._today(), key
        return key


def network_of(address: str) -> str:
    """The network of an address in whatever form: an IPv4 address is its own, an IPv6 one is of its /64."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((int(parsed), 64), strict=False))
    return str(parsed)
