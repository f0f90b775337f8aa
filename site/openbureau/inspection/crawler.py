"""Following the links of a site from page to page; knows nothing of ours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import html

LOCALHOST = "http://localhost"
"""The host of a site that has no name of its own."""

Ask = Callable[[str], tuple[int, str, str]]
"""What answers an address of the site: status, media type, text; a file's text may be left empty."""


@dataclass
class Crawl:
    """What was seen: how many addresses, the dead ones with the page that links to them, and other sites."""

    seen: set[str] = field(default_factory=set)
    dead: list[tuple[str, int, str]] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)


def crawl(ask: Ask, starts: Sequence[str], host: str = LOCALHOST, *, without: tuple[str, ...] = ()) -> Crawl:
    """Ask for `starts` and for all that is linked there, without queries: these narrow what was seen already.

    What begins with one of `without` is left out. A link to a part of the page (`#…`) that the page does not
    have is dead, too, with status 200.
    """
    crawled = Crawl()
    open_ = [(start, "") for start in starts]
    while open_:
        address, by = open_.pop()
        if address in crawled.seen:
            continue
        crawled.seen.add(address)
        status, media_type, text = ask(address)
        if status >= 400:
            crawled.dead.append((address, status, by))
        if status != 200 or media_type != "text/html" or not text:
            continue
        page = html.document_fromstring(text)
        parts = {*page.xpath("//@id")}
        for link in page.xpath("//a/@href"):
            whole, part = urldefrag(urljoin(host + address, link.strip()))
            target = urlsplit(whole)
            if target.scheme not in ("http", "https"):
                continue
            if f"{target.scheme}://{target.netloc}" != host:
                crawled.elsewhere.setdefault(whole, address)
            elif part and target.path == address and unquote(part) not in parts:
                crawled.dead.append((f"{address}#{part}", status, address))
            elif not target.query and not target.path.startswith(without):
                open_.append((target.path, address))
    return crawled
