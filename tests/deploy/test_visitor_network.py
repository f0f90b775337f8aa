"""Which network a visitor is of: what the shipped nginx tells the desk, and what becomes of it there."""

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv6Address, ip_network
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder

from openbureau.middleware.visitor_network import ENVIRON_KEY, HEADER, VisitorNetworkMiddleware, network_of
from support.nginx import DESK, HOST, SHIPPED, DeskConnection, NamedConnection, answering, free_port, front
from support.site import NOON
from support.waiting import PATIENCE_SECONDS

DAY = NOON.date()


def written_by_nginx(address: IPv6Address) -> str:
    """An address as nginx writes it (ngx_inet6_ntop): the first of the longest runs of two zero groups or
    more is left out, and what stands for an IPv4 address ends like one."""
    groups = [int.from_bytes(address.packed[at : at + 2]) for at in range(0, 16, 2)]
    start, longest = -1, 1
    for at in range(8):
        length = next((n for n in range(8 - at) if groups[at + n]), 8 - at)
        if length > longest:
            start, longest = at, length
    if start == 0 and (longest == 6 or (longest == 5 and groups[5] == 0xFFFF)):
        head = "::ffff:" if longest == 5 else "::"
        return head + ".".join(str(octet) for octet in address.packed[12:])
    before = ":".join(f"{group:x}" for group in (groups[:start] if start >= 0 else groups))
    after = ":".join(f"{group:x}" for group in groups[start + longest :]) if start >= 0 else ""
    return before if start < 0 else f"{before}::{after}"


def mapped_network(address: str) -> str:
    """What the map of the shipped nginx.conf makes of an address."""
    (rules,) = re.findall(
        r"map \$remote_addr \$network \{\n(.*?)\n    \}\n", SHIPPED.read_text("utf-8"), re.DOTALL
    )
    for pattern, value in re.findall(r'^ +"~(.*)" (.*);$', rules, re.MULTILINE):
        matching = re.search(pattern.replace("(?<", "(?P<"), address)
        if matching:
            for name, group in matching.groupdict().items():
                value = value.replace(f"${{{name}}}", group).replace(f"${name}", group)
            return value
    return address


def addresses() -> Iterator[IPv6Address]:
    """Two of each /64 whose groups are zero or not in every way, and some at random."""
    chance = random.Random(4291)  # noqa: S311 -- the same ones each time
    for zeros in range(2**8):
        groups = [0 if zeros >> at & 1 else chance.randrange(1, 2**16) for at in range(8)]
        for _ in range(2):
            groups[4:] = [chance.choice((0, chance.randrange(1, 2**16))) for _ in range(4)]
            yield IPv6Address(b"".join(group.to_bytes(2) for group in groups))
        yield IPv6Address(b"".join(group.to_bytes(2) for group in (*groups[:4], 0, 0, 0, 1)))


def test_addresses_are_of_one_network_for_nginx_just_when_they_are_of_one_64() -> None:
    seen: dict[str, IPv6Address] = {}
    for address in addresses():
        if address.ipv4_mapped:
            continue
        text = written_by_nginx(address)
        assert IPv6Address(text) == address, "the test writes addresses as nginx does"
        network = mapped_network(text)
        first = ip_network((int(address), 64), strict=False)[0]
        assert IPv6Address(network) == first, text
        assert seen.setdefault(network, first) == first
        assert network == mapped_network(written_by_nginx(first)), "one /64 is written in one way"
    assert len(seen) > 15


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "0:0:0:0::"),
        ("::", "0:0:0:0::"),
        ("::192.0.2.1", "0:0:0:0::"),
        ("2001:db8::1", "2001:db8:0:0::"),
        ("2001:db8::2:1", "2001:db8:0:0::"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1::"),
        ("2001:0:0:1::1", "2001:0:0:1::"),
        ("2001::1:0:0:1:1", "2001:0:0:1::"),
        ("fe80::", "fe80:0:0:0::"),
        ("fe80::1:2:3:4", "fe80:0:0:0::"),
        ("::1:2:3:4:5", "0:0:0:1::"),
        ("::1:2:3:4:5:6", "0:0:1:2::"),
    ],
)
def test_short_forms_of_addresses_are_of_their_64(address: str, network: str) -> None:
    assert mapped_network(address) == network
    assert network_of(network) == network_of(address), "and the desk says the same of both"


def told(request: BaseHTTPRequestHandler) -> str:
    """What a door was told of the visitor."""
    return " ".join(request.headers.get_all(HEADER) or [])


def told_to(connection: NamedConnection, host: str) -> str:
    headers = {"Host": host, HEADER: "203.0.113.9", "X-Forwarded-For": "203.0.113.9"}
    connection.request("GET", "/login", headers=headers)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def test_the_shipped_nginx_tells_the_desk_the_network_whatever_the_visitor_says_and_the_public_door_nothing(
    tmp_path: Path,
) -> None:
    six = free_port()
    name = f"server_name {DESK};"
    changes = {name: f"{name} listen [::1]:{six} ssl; allow ::1;"}
    with answering(told) as door, front(tmp_path, [door], tmp_path, desk=door, changes=changes) as port:
        for address in ("127.0.0.1", "127.1.2.3"):
            line = DeskConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS, source_address=(address, 0))
            assert told_to(line, DESK) == address
        assert told_to(DeskConnection("::1", six, timeout=PATIENCE_SECONDS), DESK) == "0:0:0:0::"
        assert told_to(NamedConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS), HOST) == ""


# What the desk makes of it


class Listener:
    """An application that remembers what it was asked."""

    def __init__(self, fronts: Iterable[str] = ()) -> None:
        self.today = DAY
        self.environ: Mapping[str, Any] = {}
        networks = [ip_network(front) for front in fronts]
        self.client = Client(VisitorNetworkMiddleware(self._answer, networks, lambda: self.today))

    def digest(self, peer: str, header: str | None = None) -> str:
        builder = EnvironBuilder("/login", headers={HEADER: header} if header is not None else {})
        builder.environ_base = {"REMOTE_ADDR": peer, "REMOTE_PORT": "4711"}
        self.client.open(builder)
        return str(self.environ[ENVIRON_KEY])

    def _answer(self, environ: Any, start_response: Any) -> list[bytes]:
        self.environ = environ
        start_response("200 OK", [])
        return [b""]


def test_the_word_of_nginx_is_believed_over_its_socket_and_of_strangers_never() -> None:
    listener = Listener()
    for peer in ("", "127.0.0.1", "::1"):
        assert listener.digest(peer, "192.0.2.1") == listener.digest("192.0.2.1"), peer
    assert listener.digest("192.0.2.7", "192.0.2.1") == listener.digest("192.0.2.7")
    assert listener.digest("192.0.2.7", "127.0.0.1") != listener.digest("127.0.0.1")
    container = Listener(["10.88.0.0/16"])
    assert container.digest("10.88.0.1", "192.0.2.1") == container.digest("192.0.2.1")
    assert container.digest("10.89.0.1", "192.0.2.1") != container.digest("192.0.2.1")


def test_addresses_of_one_network_have_one_digest_and_others_another() -> None:
    listener = Listener()
    office = {
        listener.digest(address) for address in ("2001:db8::1", "2001:db8::2:1", "2001:0db8:0:0:f::1%eth0")
    }
    assert len(office) == 1
    others = {
        listener.digest(address) for address in ("2001:db8:0:1::1", "192.0.2.1", "192.0.2.2", "", "nonsense")
    }
    assert len(others | office) == 6
    assert listener.digest("::ffff:192.0.2.1") == listener.digest("192.0.2.1")


def test_the_application_never_learns_an_address_and_the_digest_is_another_one_each_day() -> None:
    listener = Listener()
    first = listener.digest("127.0.0.1", "192.0.2.41")
    assert not [value for value in listener.environ.values() if "192.0.2.41" in str(value)]
    assert not [value for value in listener.environ.values() if "4711" in str(value)]
    assert (listener.environ["REMOTE_ADDR"], first) == ("", listener.digest("192.0.2.41"))
    listener.today += timedelta(days=1)
    assert listener.digest("192.0.2.41") != first
    listener.today = date(2026, 6, 1)
    assert listener.digest("192.0.2.41") != first, "no key is ever made again"
    assert Listener().digest("192.0.2.41") != first, "each process has a key of its own"
