"""Requests that no browser makes, in seeded order, and what the shipped doors answer to them."""

import re
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from socket import SHUT_WR, create_connection, socket
from urllib.parse import quote

from openbureau.desk.cookie import COOKIE
from support.nginx import DESK, HOST, trusting
from support.shipped import Shipped
from support.shipped.visitors import Clerk
from support.waiting import PATIENCE_SECONDS

_WAIT_SECONDS = 2
"""For an answer, until nothing more is sent; whoever was slower has then nobody to answer."""

_AT_ONCE = 16

INTERNAL_ERROR = 500

PUBLIC_PATHS = (
    *("/", "/policies/", "/whitelist/", "/whitelist/?q=a", "/search?q=a", "/api/v1/institutions"),
    *("/tip-off/", "/tip-off/status", "/tip-off/submit", "/tip-off/receipt", "/tip-off/verify"),
    *("/feeds/all.atom", "/notices/summer/", "/whitelist/144180270099999/", "/registers/penalties/"),
    *("/api/v1/policies", "/policies", "/whitelist/2024-06-30.csv"),
    *("/whitelist/changes/2024-06-30/2024-09-30-441803/", "/senior/hant/search?q=b", "/static/style.css"),
    *("/sitemap.xml", "/robots.txt", "/nothing-here", "/consultations/after-school-care/"),
)
DESK_PATHS = (
    *("/", "/login", "/cases/1/", "/cases/1/open", "/cases/1/note", "/cases/new/", "/log/", "/accounts/"),
    *("/accounts/nobody/enable", "/unlock", "/key", "/patterns", "/self-check", "/consultation-opinions/"),
    *("/cases/1/files/1/rendition", "/cases/1/files/1/original", "/cases/1/letters/accepted"),
    *("/static/style.css", "/cases/1/merge", "/consultation-opinions/1/answer", "/cases/1/export"),
    "/nothing-here",
)
"""Of no path here a session ends or a key is locked."""

NUMBERS = (
    *("9" * 30, "-1", "0", "00001", "1e9", "²", "٣", "１", "1.5", "NaN", "9223372036854775808", "0x10", " 1"),
)
DAYS = ("2024-99-99", "0000-00-00", "99999-01-01", "2024-02-30", "-", "20240101")
ESCAPES = (
    *("%00", "%ff", "%c0%af", "%ed%a0%80", "%", "%zz", "%u2028", "%0d%0aX:1", "%2e%2e/", "../", "//", "/./"),
    *("\\", "%e4%b8", "%f8%a1%a1%a1", "%2F", "%3f", ";a=b", "%E2%80%AE", "\x01", "%7f", "{{7*7}}", "%25"),
    *("+", "*"),
)
RAW = (
    *(b"\x00", b"\xff", b"\xe4\xb8", b"\xed\xa0\x80", b" ", b"\t", b"\r", b"\x0b", b"\xc2\xa0", b"#", b"|"),
    b"<>",
)
HOSTS = (
    *(b"a..b", b".", b"a" * 64, b"", b"bureau.example:99999", b"bureau.example:abc", b"bureau.example."),
    *(b"[::1", b"BUREAU.example", b"x@bureau.example", b"bureau.example/..", b"bureau.example\x00", b"\xff"),
    *(b"xn--\xff", b"a." * 150, b"bureau.example, evil", b"bureau.example:443:443", b"-bureau.example"),
    b"bureau_example",
)
METHODS = (
    *(b"get", b"", b"GE T", b"\x00GET", b"A" * 9000, b"PRI", b"CONNECT", b"TRACE", b"PROPFIND", b"GET\t"),
    *(b"\xff", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"HEAD", b"POST", b"BREW", b"POST\r\n"),
)
VERSIONS = (
    *(b"HTTP/0.9", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/1.1x", b"http/1.1", b"", b"HTTP/"),
    b"HTTP/1.",
)
HEADERS = (
    *(b"NoColon", b"X : y", b" X: y", b"X: \x00", b": y", b"X: a\r\n b", b"\xff: \xff"),
    *(b"X-Forwarded-For: \xff", b"Range: bytes=0-0,-1,abc", b"Range: bytes=9-1", b"Range: lines=1-"),
    *(b"Range: bytes=" + b"0-1," * 900, b'If-None-Match: "', b"If-None-Match: W/"),
    *(b"If-Modified-Since: never", b"If-Range: \xff", b"Accept: ;;q=\xff", b"Accept-Encoding: gzip;q=9,\xff"),
    *(b"Accept-Language: \x01", b"Cookie: =;;=\xff;", b"Cookie: " + b"a=b; " * 900, b"Content-Length: -1"),
    *(b"Content-Length: 9" + b"9" * 30, b"Content-Length: 1\r\nContent-Length: 2", b"Content-Length: +5"),
    *(b"Content-Length: 0x5", b"Host: bureau.example", b"Expect: 200-weird", b"Upgrade: h2c"),
    *(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked, identity", b"Connection: close, \xff"),
    *(b"TE: \x7f", b"Sec-Fetch-Site: cross-site", b"HX-Request: \xff", b"X-Forwarded-Proto: javascript"),
    *(b"X-Big: " + b"x" * 70000, b"Content-Type: \xff", b"Authorization: Basic \xff", b"Origin: null"),
    *(b"Content-Encoding: br", b"X: y\r\n" * 300),
)
CHUNKS = (
    *(b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabc\r\n0\r\n\r\n", b"f" * 20 + b"\r\nabc\r\n0\r\n\r\n"),
    *(b"3\r\nabcdef\r\n0\r\n\r\n", b"3\r\nabc", b"3;x=\xff\r\nabc\r\n0\r\n\r\n", b"0\r\nX: y\r\n\r\n"),
    *(b"\r\n\r\n", b"3\nabc\n0\n\n", b"3\r\nabc\r\n0\r\nX"),
)
TYPES = (
    *(b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded; charset=bogus"),
    *(b"multipart/form-data", b"multipart/form-data; boundary="),
    *(b"multipart/form-data; boundary=" + b"b" * 300, b"application/json", b"text/plain"),
    *(b"multipart/form-data; boundary=b", b'multipart/form-data; boundary="b'),
    *(b"multipart/mixed; boundary=b", b""),
)
FORMS = (
    *(b"", b"%ff=%ff", b"====&&&&", b"a" * 9000, b"&".join(b"f%d=1" % n for n in range(5000)), b"\x00=\x00"),
    *(b"story=%ed%a0%80", b"name=%00&password=%00&code=%00", b"code=" + b"9" * 5000),
    *(b"decided_on=99999-99-99&amount=" + b"9" * 400, b"step=\xff"),
    *(b"number=" + b"9" * 30 + b"&text=%ed%a0%80", b"unit=%ff&category=%ff"),
    *(b"form=" + b"f" * 300 + b"&proof=%ff", b"page=" + b"9" * 30, b"--b\r\n\r\n--b--"),
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
    b"--b\r\nContent-Disposition: form-data; name=",
    b'--b\r\nContent-Disposition: form-data; name="files"; filename="\xed\xa0\x80\x00../x.png"\r\n\r\nx\r\n'
    b"--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="story"\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff='
    b"\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"files\"; filename*=UTF-8''%ff%00\r\nX: "
    + b"y" * 9000
    + b"\r\n\r\nx\r\n--b--",
    b"--b\r\n" * 200,
)


def path(random: Random, known: tuple[str, ...]) -> bytes:
    """A path that is cut, lengthened, escaped or numbered as nobody does it."""
    base = random.choice(known)
    match random.randrange(8):
        case 0:
            return base.encode()
        case 1:
            at = random.randrange(len(base) + 1)
            return (base[:at] + random.choice(ESCAPES) + base[at:]).encode("utf-8", "surrogatepass")
        case 2:
            at = random.randrange(len(base) + 1)
            return base[:at].encode() + random.choice(RAW) + base[at:].encode()
        case 3:
            numbered = re.sub(r"\d[\d-]*", lambda _: random.choice(NUMBERS + DAYS), base)
            return quote(
                numbered if numbered != base else f"{base}{random.choice(NUMBERS)}/", safe="/?=&"
            ).encode()
        case 4:
            names = ("page", "q", "county", "kind", "status", "date", "year", "topic", "x")
            fields = [
                f"{random.choice(names)}={random.choice((*NUMBERS, *DAYS, *ESCAPES))}" for _ in range(3)
            ]
            return f"{base.partition('?')[0]}?{'&'.join(fields)}".encode()
        case 5:
            return base.encode() + b"?" + b"q=" + b"x" * random.choice((100, 5000, 9000, 65536))
        case 6:
            return base.encode() + b"x/" * random.choice((10, 300, 3000))
        case _:
            return random.choice(
                (
                    b"*",
                    b"",
                    b"http://evil.example/",
                    b"//evil.example/",
                    b"?",
                    b"/\xff",
                    b"a b c",
                    base.encode(),
                )
            )


def raw_request(
    random: Random, known: tuple[str, ...], host: bytes, cookie: bytes, form_token: bytes
) -> bytes:
    """One request; mostly a single thing of it is wrong, so that the rest of it is read."""
    method, version, fields, body = random.choice((b"GET", b"GET", b"POST")), b"HTTP/1.1", [], b""
    target = path(random, known)
    wrong = random.choice(
        ("path", "path", "path", "header", "header", "method", "version", "host", "body", "chunks")
    )
    if wrong == "method":
        method = random.choice(METHODS)
    if wrong == "version":
        version = random.choice(VERSIONS)
    if wrong == "host" and random.random() < 0.7:
        host = random.choice(HOSTS)
    elif wrong == "host":
        fields += [b"Host: " + random.choice(HOSTS)]
    if wrong != "path" and random.random() < 0.7:
        target = random.choice(known).encode()
    if cookie:
        fields += [b"Cookie: " + cookie]
    fields += [b"Connection: close"]
    if wrong == "header":
        fields += [random.choice(HEADERS) for _ in range(random.choice((1, 1, 3)))]
    if wrong == "chunks":
        method, body = b"POST", random.choice(CHUNKS)
        fields += [b"Transfer-Encoding: chunked", *([b"Content-Length: 5"] if random.random() < 0.3 else [])]
        fields += [b"Content-Type: " + random.choice(TYPES[:2])]
    elif method == b"POST" or wrong == "body":
        method, body = b"POST", random.choice(FORMS)
        if form_token and not body.startswith(b"--"):
            body = b"form_token=" + form_token + b"&" + body
        missing = random.choice((0, 0, 1, 1000)) if wrong == "body" else 0
        fields += [b"Content-Length: %d" % (len(body) + missing), b"Content-Type: " + random.choice(TYPES)]
    random.shuffle(fields)
    head = [b" ".join(filter(None, (method, target, version))), b"Host: " + host, *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@dataclass
class Tally:
    """Counts of many malformed requests by status (0: closed without a word), and those that met a fault: 500
    in whatever words, or another 5xx without any."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.statuses.total()} malformed requests, {len(self.faults)} faults of the server ({counts})"
        )


def ask_malformed(shipped: Shipped, count: int, seed: int) -> Tally:
    """Ask both doors in turn, the desk as a stranger, as a handler with an unlocked key and as an
    administrator, each time from another address."""
    random, tally = Random(seed), Tally()  # noqa: S311 -- repeatable, not secret
    people = list(_people(shipped))
    asked = []
    for number in range(count):
        host, known, cookie, token = people[number % len(people)]
        source = f"127.{random.randrange(1, 250)}.{random.randrange(250)}.{random.randrange(1, 250)}"
        asked.append((shipped.port, host.decode(), raw_request(random, known, host, cookie, token), source))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for (_, _, request, _), answer in zip(
            asked, pool.map(lambda each: exchange(*each), asked), strict=True
        ):
            status = int(answer[9:12]) if re.match(rb"HTTP/1\.. \d{3}", answer) else 0
            tally.statuses[status] += 1
            if status == INTERNAL_ERROR or (status > INTERNAL_ERROR and not is_in_words(answer)):
                tally.faults.append(f"{status}: {request[:300]!r} → {answer[:300]!r}")
    return tally


def faults_in(logs: Mapping[str, str]) -> list[str]:
    """Lines of logs that tell of a fault, as text or as JSON."""
    signs = ("Traceback", '"fault":', '"level": "error"')
    return [
        f"{name}: {line}"
        for name, text in logs.items()
        for line in text.splitlines()
        if any(sign in line for sign in signs)
    ]


def is_in_words(answer: bytes) -> bool:
    """Whether a visitor is told in Chinese what to do."""
    return bool(re.search("[\u4e00-\u9fff]{4}", answer.decode("utf-8", "replace")))


def exchange(port: int, name: str, request: bytes, source: str) -> bytes:
    """What is answered to these bytes; nothing more is sent after them."""
    try:
        with (
            create_connection(("127.0.0.1", port), PATIENCE_SECONDS, (source, 0)) as line,
            trusting().wrap_socket(line, server_hostname=name) as safe,
        ):
            safe.sendall(request)
            safe.settimeout(_WAIT_SECONDS)
            with suppress(TimeoutError):
                return _read(safe)
            # Whoever waits for more learns that nothing more comes, as from a line that breaks: TLS goes on.
            socket.shutdown(safe, SHUT_WR)
            safe.settimeout(PATIENCE_SECONDS)
            return _read(safe)
    except OSError:
        return b""


def _read(line: ssl.SSLSocket) -> bytes:
    return b"".join(iter(lambda: line.recv(65536), b""))


def _people(shipped: Shipped) -> Iterator[tuple[bytes, tuple[str, ...], bytes, bytes]]:
    for _ in range(3):
        yield HOST.encode(), PUBLIC_PATHS, b"", b""
    yield DESK.encode(), DESK_PATHS, b"", b""
    for name in ("甲", "administrator-清远市教育局"):
        clerk: Clerk = shipped.enter(name)
        if clerk.member and clerk.member.passphrase:
            clerk.unlock()
        yield DESK.encode(), DESK_PATHS, f"{COOKIE}={clerk.cookie}".encode(), clerk.form_token.encode()
