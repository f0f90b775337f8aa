"""An nginx of one's own, for tests and measurements: on free ports of this machine, its files in a folder."""

import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET, AF_UNIX, create_server, socket
from threading import Thread

from support.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "deploy" / "nginx" / "nginx.conf"
HOST = "bureau.example"
DESK = f"desk.{HOST}"
"""The names of the two doors in the shipped configuration."""


class NoServer(RuntimeError):
    """A server cannot be started: its program is missing, or it does not answer."""


def program() -> str:
    """Where nginx is: what deploy/nginx.sh found, or what this machine has. Raises NoServer."""
    found = os.environ.get("NGINX_PROGRAM") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        raise NoServer("nginx is missing: make test fetches it, or: export NGINX_PROGRAM=$(deploy/nginx.sh)")
    return found


@contextmanager
def running(folder: Path, conf: str, port: int) -> Iterator[None]:
    """An nginx with this configuration, from the moment that `port` is answered. Raises NoServer."""
    (folder / "nginx.conf").write_text(conf, encoding="utf-8")
    command = [program(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    server = subprocess.Popen([*command, "-g", "daemon off;", "-e", str(folder / "start.log")])
    try:
        wait_for(f"127.0.0.1:{port}", "/", server)
        yield
    finally:
        server.terminate()
        server.wait()


@contextmanager
def front(
    folder: Path,
    public: Sequence[str],
    mirror: Path,
    *,
    desk: str = "",
    changes: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """The nginx of deploy/nginx before these public nodes and this desk (its words for an upstream: host:port
    or unix:path); answers its TLS port.

    Only places and ports differ from what is shipped, and what `changes` replaces. Raises NoServer.
    """
    port, plain = free_port(), free_port()
    for name in ("log", "run/bodies", "cache", "tls"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("public", "desk"):
        _certificate(folder / "tls" / name)
    places = {
        "user www-data;": "user root;" if os.getuid() == 0 else "",
        "/run/nginx.pid": f"{folder}/run/nginx.pid",
        "include /etc/nginx/mime.types;": own_places(folder / "run"),
        "/var/log/nginx/": f"{folder}/log/",
        "/run/openbureau/bodies": f"{folder}/run/bodies",
        "/run/openbureau/desk.sock": f"{folder}/run/desk.sock",
        "/var/cache/nginx/openbureau": f"{folder}/cache",
        "/srv/openbureau/app": str(ROOT),
        "/srv/openbureau/mirror": str(mirror),
        "/etc/ssl/openbureau": f"{folder}/tls",
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        **({f"unix:{folder}/run/desk.sock": desk, "allow 10.0.0.0/8": "allow 127.0.0.0/8"} if desk else {}),
        **(changes or {}),
    }
    text = SHIPPED.read_text(encoding="utf-8")
    (given,) = set(re.findall(r"server unix:/run/openbureau/public\.sock(.*?);", text))
    nodes = "\n".join(f"server {each}{given};" for each in public)
    text = text.replace(f"server unix:/run/openbureau/public.sock{given};", nodes)
    for name, value in places.items():
        if name not in text:
            raise NoServer(f"deploy/nginx/nginx.conf has no {name!r} any more: mend tests/support/nginx.py")
        text = text.replace(name, value)
    with running(folder, text, plain):
        yield port


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], str]) -> Iterator[str]:
    """Where a door listens that says `answer` of each request."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answer(self).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def own_places(folder: Path) -> str:
    """Lines of an http block with which nginx needs nothing of an installed one: the table of media types
    that came with the program, and `folder` for what it would keep in /var/lib/nginx."""
    unpacked = Path(program()).resolve().parents[2] / "etc" / "nginx" / "mime.types"
    table = unpacked if unpacked.exists() else "/etc/nginx/mime.types"
    kinds = ("proxy", "fastcgi", "uwsgi", "scgi")
    return "\n".join([f"include {table};", *(f"{kind}_temp_path {folder};" for kind in kinds)])


class NamedConnection(HTTPSConnection):
    """To this machine, by the name of a door, which nginx wants; nobody signed its certificate."""

    name = HOST

    def connect(self) -> None:
        """Connect, and name the door."""
        HTTPConnection.connect(self)
        self.sock = trusting().wrap_socket(self.sock, server_hostname=self.name)


class DeskConnection(NamedConnection):
    """To the desk."""

    name = DESK


def trusting() -> ssl.SSLContext:
    """For asking the certificates of `front`, which nobody signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def free_port() -> int:
    """A port on which nobody listens now."""
    with create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def wait_for(bind: str, path: str, server: "subprocess.Popen[bytes]") -> None:
    """Return when a server answers anything at all. Raises NoServer."""
    ending = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ending and server.poll() is None:
        try:
            with plug(bind) as line:
                line.sendall(f"GET {path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
                if line.recv(1):
                    return
        except OSError:
            time.sleep(0.05)
    raise NoServer(f"{server.args!r} does not answer at {bind}")


@contextmanager
def plug(bind: str) -> Iterator[socket]:
    """A connection to where a server is bound: host:port, or unix: and a path."""
    kind, _, rest = bind.rpartition(":")
    with socket(AF_UNIX if kind == "unix" else AF_INET) as line:
        line.settimeout(PATIENCE_SECONDS)
        line.connect(rest if kind == "unix" else (kind, int(rest)))
        yield line


def _certificate(stem: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files = ["-keyout", f"{stem}.key", "-out", f"{stem}.pem", "-days", "2", "-subj", f"/CN={HOST}"]
    subprocess.run([*command, *files], check=True, capture_output=True)
