"""Pages as plain files: what a page leads to, and the same page with other links. Knows nothing of ours.

A page is never written anew: only links, scripts and what needs a server are exchanged in its text, so that
all else is what the application said, byte for byte.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser

_LINK = re.compile(r'(\s(?:href|src|action)=")([^"]*)(")')
_CANDIDATES = re.compile(r'(\ssrcset=")([^"]*)(")')
_FOR_SCRIPTS = re.compile(r'\s(?:data-)?hx-[a-z:-]+=("[^"]*"|\'[^\']*\')')

FILTER = "filter"
"""The id of the form by which a list is narrowed."""

ONLINE = '<p class="hint">这是静态副本，这一项不能在这里办理，请到 <a href="{0}">{0}</a>。</p>'
ONE_AT_A_TIME = "静态副本一次只能按一个条件筛选"
UNFILTERED = (
    '<p class="hint" role="note">这是静态副本，不能搜索，一次也只能按一个条件筛选。下面是没有筛选的内容；'
    '需要搜索或按几个条件筛选，请到 <a href="{0}">{0}</a>。</p>'
)
"""What is said in place of what needs a server; {0} is the address of the page on the site itself."""


@dataclass
class FilterChoice:
    """One value of a filter, with what a visitor reads."""

    value: str
    text: str
    is_chosen: bool


@dataclass
class Select:
    """A filter of a list: where it stands in the text, its name and values."""

    start: int
    name: str
    end: int = 0
    choices: list[FilterChoice] = field(default_factory=list)


@dataclass
class ParsedPage:
    """What is found in a page: its links, its filters, and the places that are exchanged for text."""

    text: str
    links: set[str] = field(default_factory=set)
    tags: list[tuple[int, str]] = field(default_factory=list)
    selects: list[Select] = field(default_factory=list)
    dropped: list[tuple[int, int, str]] = field(default_factory=list)
    is_list: bool = False
    main: int = -1


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = ParsedPage(text)
        self._lines = [0]
        for line in text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._select: Select | None = None
        self._since: tuple[str, int] | None = None

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes, raw, start = dict(attrs), self.get_starttag_text() or "", self._place()
        self.page.tags.append((start, raw))
        if tag != "form":
            self.page.links |= {unescape(link) for _, link, _ in _LINK.findall(raw)}
            for _, candidates, _ in _CANDIDATES.findall(raw):
                self.page.links |= {candidate.split()[0] for candidate in unescape(candidates).split(",")}
        if tag == "main":
            self.page.main = start + len(raw)
        if tag == "form" and attributes.get("id") == FILTER:
            self.page.is_list = True
        if tag == "script" and "src" in attributes:
            self._since = tag, start
        if tag == "form" and (attributes.get("method") or "").lower() == "post":
            self._since = tag, start
        if tag == "select" and attributes.get("form") == FILTER:
            self._select = Select(start, attributes.get("name") or "")
        if tag == "option" and self._select:
            self._select.choices.append(
                FilterChoice(attributes.get("value") or "", "", "selected" in attributes)
            )

    def handle_data(self, data: str) -> None:
        if self._select and self._select.choices:
            self._select.choices[-1].text += data.strip()

    def handle_endtag(self, tag: str) -> None:
        end = self.page.text.index(">", self._place()) + 1
        if self._since and self._since[0] == tag:
            self.page.dropped.append((self._since[1], end, ONLINE if tag == "form" else ""))
            self._since = None
        if self._select and tag == "select":
            self._select.end = end
            self.page.selects.append(self._select)
            self._select = None


def read_page(text: str) -> ParsedPage:
    """Read the HTML of a page."""
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    return reader.page


def written(
    page: ParsedPage,
    link: Callable[[str], str],
    narrowed: Callable[[str, str], str],
    online: str,
    *,
    is_unfiltered: bool = False,
) -> str:
    """The page with the links that `link` makes of its own, and without what needs a server or a script.

    `narrowed` answers where the list is narrowed by a name and value alone, or empty if nowhere. `online` is
    the address of the page on the site itself. `is_unfiltered`: the visitor wanted it narrowed.
    """
    edits = [(start, end, replacement.format(escape(online))) for start, end, replacement in page.dropped]
    edits += [(select.start, select.end, _links_of(select, narrowed, link)) for select in page.selects]
    if is_unfiltered and page.main >= 0:
        edits.append((page.main, page.main, UNFILTERED.format(escape(online))))
    taken = sorted((start, end) for start, end, _ in edits)
    for start, raw in page.tags:
        if not any(first <= start < last for first, last in taken):
            fresh = _LINK.sub(lambda match: _linked(match, link), raw)
            fresh = _CANDIDATES.sub(lambda match: _linked_candidates(match, link), fresh)
            fresh = _FOR_SCRIPTS.sub("", fresh)
            if fresh != raw:
                edits.append((start, start + len(raw), fresh))
    pieces, place = [], 0
    for start, end, replacement in sorted(edits):
        pieces += [page.text[place:start], replacement]
        place = end
    return "".join([*pieces, page.text[place:]])


def _linked(match: re.Match[str], link: Callable[[str], str]) -> str:
    return f"{match[1]}{escape(link(unescape(match[2])))}{match[3]}"


def _linked_candidates(match: re.Match[str], link: Callable[[str], str]) -> str:
    """The copies of a picture among which a browser chooses, each with its width."""
    candidates = (candidate.split() for candidate in unescape(match[2]).split(","))
    changed = ", ".join(" ".join([link(address), *width]) for address, *width in candidates)
    return f"{match[1]}{escape(changed)}{match[3]}"


def _links_of(select: Select, narrowed: Callable[[str, str], str], link: Callable[[str], str]) -> str:
    """A filter as links: without a server a choice cannot be sent."""
    links = []
    for choice in select.choices:
        address = narrowed(select.name, choice.value)
        if not address:
            return f'<a href="{escape(link("?="))}">{ONE_AT_A_TIME}</a>'
        chosen = ' aria-current="true"' if choice.is_chosen else ""
        links.append(f'<a href="{escape(link(address))}"{chosen}>{escape(choice.text)}</a>')
    return f'<span class="choices">{" ".join(links)}</span>'
