"""The whole shipped site as plain files, behind a real nginx: prints counts, fails if anything is missing.

  bake   how long it takes, how many files
  crawl  every link of the mirror, under / and under a path: none is dead, each file comes as it was written,
         plain and compressed
  down   the shipped nginx with this mirror and no door behind it: an address of the site map is answered by
         its baked page, a narrowed list says that it is whole, what needs a server says that it is closed

Usage: .venv/bin/python deploy/bench/mirror.py        (needs nginx; a minute or two)
"""

import http.client
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

import brotli
from readers import ask_over_tls
from servers import ROOT, Node

from support.nginx import HOST, NamedConnection, free_port, front, own_places, running

LINK = re.compile(r'\s(?:href|src|action)="([^"]*)"')
PLACES = ("", "/copies/of-today")
"""Under which paths the mirror is served."""

FROM_ONE = 200
"""Requests from one address, fewer than the shipped nginx takes at once."""

CONF = """pid {run}/pid; error_log {run}/log; user root; events {{}}
http {{
    {places}
    client_body_temp_path {run}; access_log off; gzip_static on;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@contextmanager
def plain(root: Path, folder: Path) -> Iterator[int]:
    """An nginx that hands out files and knows nothing else; answers its port."""
    port = free_port()
    with running(folder, CONF.format(places=own_places(folder), run=folder, root=root, port=port), port):
        yield port


def crawl(mirror: Path, under: str, folder: Path) -> list[str]:
    """Follow every link from the front page; answers what is wrong."""
    root = folder / f"root{len(under)}"
    (root / under.strip("/")).parent.mkdir(parents=True, exist_ok=True)
    (root / under.strip("/")).symlink_to(mirror) if under else root.symlink_to(mirror)
    waiting, seen, wrong, octets = [f"{under}/index.html"], set[str](), list[str](), 0
    packed = 0
    with plain(root, folder) as port, closing(http.client.HTTPConnection("127.0.0.1", port)) as line:
        while waiting:
            address = waiting.pop()
            file = mirror / unquote(address.removeprefix(under).lstrip("/"))
            status, body = get(line, address)
            if status != 200:
                wrong.append(f"{status} {unquote(address)}")
                continue
            octets += len(body)
            if body != file.read_bytes():
                wrong.append(f"other bytes {unquote(address)}")
            beside = file.with_name(f"{file.name}.gz")
            if beside.exists():
                packed += 1
                if get(line, address, "gzip")[1] != beside.read_bytes():
                    wrong.append(f"other bytes in gzip {unquote(address)}")
                if brotli.decompress(file.with_name(f"{file.name}.br").read_bytes()) != body:
                    wrong.append(f"other bytes in br {unquote(address)}")
            if not address.endswith(".html"):
                continue
            for link in LINK.findall(body.decode()):
                target = urlsplit(urldefrag(urljoin(f"http://{HOST}{address}", unescape(link)))[0])
                if target.scheme != "http" or target.netloc != HOST:
                    continue
                if not target.path.startswith(f"{under}/"):
                    wrong.append(f"{address} leads out of the mirror: {link}")
                elif target.path not in seen:
                    seen.add(target.path)
                    waiting.append(target.path)
    print(
        f"crawl under {under or '/'}: {len(seen)} addresses, {octets / 1e6:.1f} MB, {packed} with .gz and .br"
    )
    return wrong


def get(line: http.client.HTTPConnection, address: str, coding: str = "identity") -> tuple[int, bytes]:
    """Status and body."""
    line.request("GET", address, headers={"Host": HOST, "Accept-Encoding": coding})
    response = line.getresponse()
    return response.status, response.read()


def down(mirror: Path, folder: Path) -> list[str]:
    """What the shipped nginx answers when nobody is behind it; answers what is wrong."""
    sitemap = (mirror / "sitemap.xml").read_text(encoding="utf-8")
    paths = [urlsplit(unescape(address)).path for address in re.findall(r"<loc>([^<]+)</loc>", sitemap)]
    wrong = []
    with front(folder / "front", [f"unix:{folder}/nobody.sock"], mirror.parent) as port:
        for start in range(0, len(paths), FROM_ONE):
            source = f"127.0.{20 + start // FROM_ONE}.1"
            with closing(NamedConnection("127.0.0.1", port, source_address=(source, 0))) as line:
                for path in paths[start : start + FROM_ONE]:
                    place = unquote(path).lstrip("/")
                    file = mirror / (place + "index.html" if place.endswith("/") or not place else place)
                    status, body = get(line, path)
                    if status != 200 or body != file.read_bytes():
                        wrong.append(f"down: {status} {unquote(path)}")
        narrowed = f"/policies/?topic={quote('双减')}&year=2021"
        status, body = ask_over_tls(port, "GET", narrowed)
        if status != 200 or body != (mirror / "policies" / "=unfiltered" / "index.html").read_bytes():
            wrong.append(f"down: {status} {narrowed} does not say that the list is whole")
        for method, path in (
            ("GET", "/search?q=a"),
            ("GET", "/tip-off/"),
            ("POST", "/tip-off/submit"),
            ("POST", "/policies/"),
        ):
            status, body = ask_over_tls(port, method, path, b"story=x" if method == "POST" else b"")
            if status != 503 or "暂时不能使用" not in body.decode():
                wrong.append(f"down: {status} {method} {path}, and not that it is closed")
    print(f"down: {len(paths)} addresses of the site map from the mirror; search and forms closed in words")
    return wrong


def main() -> int:
    """Measure; answers 1 if something is missing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = Node(ROOT / "content", folder / "instance", URL=f"https://{HOST}")
        node.run("setup")
        node.run("publish")
        began = time.monotonic()
        output = node.run("bake", str(folder / "mirror" / "site"))
        print(f"{output}in {time.monotonic() - began:.0f} s", flush=True)
        mirror = (folder / "mirror" / "site").resolve()
        away = [(mirror / page / "index.html").read_text(encoding="utf-8") for page in ("tip-off", "search")]
        wrong = (
            []
            if all(f'href="https://{HOST}/' in page for page in away)
            else ["forms do not lead to the site"]
        )
        for under in PLACES:
            (folder / f"run{len(under)}").mkdir()
            wrong += crawl(mirror, under, folder / f"run{len(under)}")
        wrong += down(folder / "mirror" / "site", folder)
    print("\n".join([*wrong[:20], f"{len(wrong)} faults"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
