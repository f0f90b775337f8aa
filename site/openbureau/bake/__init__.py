"""The site as a folder of plain files, for a server that only hands out files, or for a disk.

Everything that can be reached from the front page by links is asked of the application and written, with its
compressed forms beside it. Knows HTTP and HTML, and nothing of ours.
"""

import os
import posixpath
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urldefrag, urlencode, urljoin, urlsplit

from openbureau.bake.pages import ParsedPage, read_page, written
from openbureau.middleware import content_coding

PAGE_ARGUMENT = "page"
"""The argument that numbers the pages of a list."""

VERSION_ARGUMENT = "v"
"""The argument of a static file that changes with it; as a plain file it needs none."""

LEFT_OUT = {
    "q": "搜索",
    "on": "过去某一天的情况",
    "institution": "单个机构的订阅",
    **dict.fromkeys(("i", "t", "c"), "关注"),
}
"""Arguments whose answers nobody can write in advance, or nobody needs where nothing changes."""

UNFILTERED = "=unfiltered"
"""The folder of a list with a word to those who wanted it narrowed."""

BESIDE = {"gzip": ".gz", "br": ".br"}
"""The codings that stand beside a file, as nginx looks for them (gzip_static, brotli_static)."""

_LOCATIONS = re.compile(r"<loc>([^<]+)</loc>|xmlUrl=\"([^\"]+)\"")
_LISTS = {"application/xml", "text/xml", "text/x-opml"}
"""Kinds of files that name the addresses of others: the sitemap, the list of all feeds."""

_STYLE = re.compile(r"url\(['\"]?([^'\")]+)")


@dataclass(frozen=True)
class BakedAnswer:
    """What the application says: `name` is that of the file, where it gives one."""

    status: int
    media_type: str
    body: bytes
    location: str = ""
    name: str = ""


@dataclass
class Baked:
    """What was written, and what was left out: how many links lead to the site itself instead, by reason."""

    files: int = 0
    octets: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    dead: dict[str, int] = field(default_factory=dict)


class Mirror:
    """One baking. `ask` is the application, which answers by itself where to turn for what needs a server."""

    def __init__(
        self,
        ask: Callable[[str], BakedAnswer],
        site: str,
        root: str = "",
        leave_out: Mapping[str, str] | None = None,
    ) -> None:
        """`site` is the public address of the site with its scheme, `root` the path under which it stands.

        `leave_out` has paths that are not followed, with the reason.
        """
        self._ask, self._site, self._root = ask, site, root
        self._leave_out = dict(leave_out or {})
        self._answers: dict[str, BakedAnswer] = {}
        self._pages: dict[str, ParsedPage] = {}
        self._files: dict[str, str] = {}
        self._normals: dict[str, str] = {}
        self.baked = Baked()

    def write(self, folder: Path, starts: list[str]) -> Baked:
        """Follow the links from `starts` and write all there is into the empty folder."""
        self._crawl([self._normal(self._root + start) for start in starts])
        # What compresses lets others run meanwhile.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for size in pool.map(lambda file: _put(folder, *file), self._written_files()):
                self.baked.files += 1
                self.baked.octets += size
        return self.baked

    def _written_files(self) -> Iterator[tuple[str, bytes, str]]:
        """Every file: its place, what is in it, of which kind that is."""
        for address, answer in sorted(self._answers.items()):
            if answer.status in (200, 410):
                yield self._files[address], self._body(address, answer), answer.media_type
        for address, page in sorted(self._pages.items()):
            if page.is_list and "?" not in address:
                place = posixpath.join(posixpath.dirname(self._files[address]), UNFILTERED, "index.html")
                text = self._written(address, page, place, is_unfiltered=True)
                yield place, text.encode(), "text/html"

    def _crawl(self, starts: list[str]) -> None:
        queue = deque(starts)
        seen = set(starts)
        while queue:
            address = queue.popleft()
            answer = self._answers[address] = self._ask(address)
            if answer.status not in (200, 301, 302, 308, 410):
                self.baked.dead[address] = answer.status
            targets = self._targets(address, answer)
            for target in sorted(targets - seen):
                if not self._reason(target):
                    seen.add(target)
                    queue.append(target)
        for address, answer in self._answers.items():
            self._files[address] = self._file(address, answer)

    def _targets(self, address: str, answer: BakedAnswer) -> set[str]:
        """The addresses of this site that an answer leads to."""
        if answer.location:
            return {self._normal(answer.location, address)}
        if answer.media_type == "text/html":
            page = self._pages[address] = read_page(answer.body.decode())
            links = {link for link in page.links if link and not link.startswith("#")}
            if "?" not in address:
                for select in page.selects:
                    links |= {self._narrowed(address, select.name, choice.value) for choice in select.choices}
        elif answer.media_type == "text/css":
            links = set(_STYLE.findall(answer.body.decode()))
        elif answer.media_type in _LISTS:
            matches = _LOCATIONS.findall(answer.body.decode())
            links = {unescape(one or other) for one, other in matches}
            links = {link.removeprefix(self._site) for link in links if link.startswith(f"{self._site}/")}
        else:
            links = set()
        return {self._normal(link, address) for link in links if self._is_ours(link, address)}

    def _is_ours(self, link: str, address: str) -> bool:
        if link.startswith("/") and not link.startswith("//"):
            return link.startswith(f"{self._root}/")
        parts = urlsplit(urljoin(address, link))
        return not parts.scheme and not parts.netloc and parts.path.startswith(f"{self._root}/")

    def _normal(self, link: str, address: str = "/") -> str:
        """The address of a link, written in one way."""
        # Most links are whole paths, and stand on many pages.
        key = link if link.startswith("/") else urljoin(address, link)
        if key not in self._normals:
            self._normals[key] = self._normalised(key)
        return self._normals[key]

    def _normalised(self, link: str) -> str:
        parts = urlsplit(urldefrag(link)[0])
        arguments = [
            pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair != (PAGE_ARGUMENT, "1")
        ]
        if arguments and all(name == VERSION_ARGUMENT for name, _ in arguments):
            arguments = []
        path = unquote(parts.path)
        return f"{path}?{urlencode(arguments)}" if arguments else path

    def _reason(self, address: str) -> str:
        """Why an address is not baked; empty if it is."""
        path, _, query = address.partition("?")
        for start, reason in self._leave_out.items():
            if path.startswith(self._root + start):
                return reason
        names = [name for name, _ in parse_qsl(query, keep_blank_values=True) if name != PAGE_ARGUMENT]
        for name in names:
            if name in LEFT_OUT:
                return LEFT_OUT[name]
        return "几个条件同时筛选" if len(names) > 1 else ""

    def _narrowed(self, address: str, name: str, value: str) -> str:
        path = address.partition("?")[0]
        return f"{path}?{urlencode({name: value})}" if value else path

    def _file(self, address: str, answer: BakedAnswer) -> str:
        """The place of an answer in the folder."""
        path, _, query = address.partition("?")
        path = path.removeprefix(self._root).lstrip("/")
        marks = [f"{name}={_safe(value)}" for name, value in parse_qsl(query, keep_blank_values=True)]
        if answer.media_type == "text/html":
            return posixpath.join(path, *marks, "index.html")
        folder, last = posixpath.split(path)
        if "." not in last:
            last = answer.name or last
        stem, end = posixpath.splitext(last)
        return posixpath.join(folder, ".".join([stem, *marks]) + end)

    def _body(self, address: str, answer: BakedAnswer) -> bytes:
        page = self._pages.get(address)
        return self._written(address, page, self._files[address]).encode() if page else answer.body

    def _written(self, address: str, page: ParsedPage, place: str, *, is_unfiltered: bool = False) -> str:
        online = self._site + quote(address.partition("?")[0])
        is_narrowed = "?" in address

        def narrowed(name: str, value: str) -> str:
            arguments = dict(parse_qsl(address.partition("?")[2], keep_blank_values=True))
            others = arguments.keys() - {PAGE_ARGUMENT, name}
            target = self._narrowed(address, name, value)
            return "" if is_narrowed and others else target

        return written(
            page, lambda link: self._link(link, address, place), narrowed, online, is_unfiltered=is_unfiltered
        )

    def _link(self, link: str, address: str, place: str) -> str:
        """A link of the page at `address`, as it must be in the file at `place`."""
        if not link or link.startswith("#") or not self._is_ours(link, address):
            return link
        target, fragment = self._normal(link, address), urldefrag(link)[1]
        for _ in range(5):
            answer = self._answers.get(target)
            if answer is None or not answer.location:
                break
            target = self._normal(answer.location, target)
        file = self._files.get(target)
        if file is None:
            path = target.partition("?")[0]
            page = self._pages.get(path)
            if page is None or not page.is_list:
                self.baked.left_out[self._reason(target) or "网站上也没有"] += 1
                return self._site + quote(target, safe="/?=&%+") + (f"#{fragment}" if fragment else "")
            file = posixpath.join(posixpath.dirname(self._files[path]), UNFILTERED, "index.html")
        relative = quote(posixpath.relpath(file, posixpath.dirname(place) or "."), safe="/=")
        return f"{relative}#{fragment}" if fragment else relative


def _put(folder: Path, name: str, body: bytes, media_type: str) -> int:
    """Write a file and its compressed forms; answers its size."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    if content_coding.is_worth_it(media_type, len(body)):
        for coding, ending in BESIDE.items():
            path.with_name(path.name + ending).write_bytes(content_coding.encoded(body, coding, small=True))
    return len(body)


def _safe(value: str) -> str:
    """A value as part of a file's name on any system."""
    return value if re.fullmatch(r"[\w-]{0,40}", value) else sha256(value.encode()).hexdigest()[:12]
