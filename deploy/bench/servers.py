"""Servers to measure: nodes with a shelf of their own, and the nginx of deploy/nginx in front of them."""

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, AF_UNIX, create_server, socket

ROOT = Path(__file__).resolve().parents[2]
CONF = str(ROOT / "deploy" / "gunicorn.conf.py")
HOST = "bureau.example"

PATIENCE = 60
"""Seconds within which a server that was started has to answer."""


def free_port() -> int:
    """A port on which nobody listens now."""
    with create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def trusting() -> ssl.SSLContext:
    """For asking the certificates of `front`, which nobody signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Node:
    """A machine with the project: its content, its instance, its settings."""

    def __init__(self, content: Path, instance: Path, **settings: str) -> None:
        own = {"CONTENT": str(content), "INSTANCE": str(instance), **settings}
        self.content = content
        self.instance = instance
        self.env = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
            **{f"OPENBUREAU_{name}": value for name, value in own.items()},
        }

    def run(self, *command: str) -> str:
        """What a command of the project prints; ends the program when it fails."""
        program = [sys.executable, "-c", "from openbureau.cli import main; main()", *command]
        done = subprocess.run(program, env=self.env, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            sys.exit(f"openbureau {' '.join(command)}: {done.stderr}")
        return done.stdout

    @contextmanager
    def serve(
        self, bind: str, flags: Sequence[str] = ("-c", CONF), app: str = "wsgi:app", path: str = "/readyz"
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Serve at `bind` (gunicorn's words) until the end, from the moment that `path` is answered."""
        command = [sys.executable, "-m", "gunicorn", app, "--bind", bind, *flags]
        server = subprocess.Popen(command, cwd=ROOT, env=self.env, stderr=sys.stderr)  # noqa: S603
        try:
            wait_for(bind, path, server)
            yield server
        finally:
            server.terminate()
            server.wait()


@contextmanager
def front(
    folder: Path, sockets: Sequence[str], mirror: Path, changes: Mapping[str, str] | None = None
) -> Iterator[int]:
    """The shipped nginx in front of `sockets` (its words: host:port or unix:…); answers its TLS port.

    Only places and ports differ from deploy/nginx/nginx.conf, and what `changes` replaces.
    """
    port, plain = free_port(), free_port()
    for name in ("log", "run/bodies", "cache", "tls"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("public", "desk"):
        _certificate(folder / "tls" / name)
    places = {
        "user www-data;": "user root;" if os.getuid() == 0 else "",
        "/run/nginx.pid": f"{folder}/run/nginx.pid",
        "/var/log/nginx/": f"{folder}/log/",
        "/run/openbureau/bodies": f"{folder}/run/bodies",
        "/var/cache/nginx/openbureau": f"{folder}/cache",
        "/srv/openbureau/app": str(ROOT),
        "/srv/openbureau/mirror": str(mirror),
        "/etc/ssl/openbureau": f"{folder}/tls",
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        **(changes or {}),
    }
    text = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    own = "\n".join(f"server {each} max_fails=1 fail_timeout=2s;" for each in sockets)
    text = re.sub(r"server unix:/run/openbureau/public.sock.*?;", own, text)
    for name, value in places.items():
        if name not in text:
            sys.exit(f"deploy/nginx/nginx.conf has no {name!r} any more: mend deploy/bench/servers.py")
        text = text.replace(name, value)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    server = subprocess.Popen([*command, "-e", str(folder / "log" / "start.log")])  # noqa: S603
    try:
        wait_for(f"127.0.0.1:{plain}", "/", server)
        yield port
    finally:
        server.terminate()
        server.wait()


def wait_for(bind: str, path: str, server: "subprocess.Popen[bytes]") -> None:
    """Return when a server answers anything at all; ends the program when it does not."""
    ending = time.monotonic() + PATIENCE
    while time.monotonic() < ending and server.poll() is None:
        try:
            with plug(bind) as line:
                line.sendall(f"GET {path} HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
                if line.recv(1):
                    return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{server.args!r} does not answer at {bind}")


def plug(bind: str) -> socket:
    """A connection to where a server is bound: host:port, or unix: and a path."""
    kind, _, rest = bind.rpartition(":")
    line = socket(AF_UNIX if kind == "unix" else AF_INET)
    line.settimeout(PATIENCE)
    line.connect(rest if kind == "unix" else (kind, int(rest)))
    return line


def _certificate(stem: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files = ["-keyout", f"{stem}.key", "-out", f"{stem}.pem", "-days", "2", "-subj", f"/CN={HOST}"]
    subprocess.run([*command, *files], check=True, capture_output=True)  # noqa: S603
