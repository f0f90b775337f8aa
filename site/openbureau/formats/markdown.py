"""Markdown to safe HTML, and to the plain text that is searched."""

import re
from functools import cache
from html import unescape
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.extensions.toc import slugify_unicode
from markdown.treeprocessors import Treeprocessor
from markdown.util import STX, AtomicString

TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "strong", "em", "del", "sup", "sub", "a", "abbr"),
    *("h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "div", "span"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    **{name: {"id"} for name in ("h2", "h3", "h4", "li", "sup")},
    "a": {"href", "title", "id", "class"},
    "abbr": {"title"},
    "ol": {"start"},
    "div": {"class"},
}

_LINK = re.compile(r"\]\(\s*<?(/[^)>\s]*)|^ {0,3}\[[^\]]+\]:\s*<?(/[^>\s]*)")
"""A link beside its words, or at its mark `[…]: /…` below the text."""
_MARK = re.compile(rf"[\\`*_\[\]!<>&\n{STX}]")
"""What every construct inside a line begins with, and what stands for a piece that is already done."""
_TAG = re.compile(r"<[^>]+>")
_BLOCK_END = re.compile(r"</(p|li|h\d|td|th|tr|dd|dt|blockquote)>|<br ?/?>")


def to_html(markdown: str) -> str:
    """Render Markdown; what is not in the list of allowed tags and attributes is removed."""
    html = nh3.clean(
        _renderer().reset().convert(markdown), tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener"
    )
    # A wide table scrolls in its own frame on a phone; the frame is reachable by keyboard.
    return html.replace("<table>", '<div class="table-frame" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )


@cache
def _renderer() -> Markdown:
    """Made once; each text begins with a reset. Publishing reads in one thread."""
    renderer = Markdown(
        extensions=["tables", "footnotes", "sane_lists", "attr_list", "toc"],
        extension_configs={"toc": {"slugify": slugify_unicode}},
    )
    # Just before the patterns inside a line, which come at 20.
    renderer.treeprocessors.register(_Plain(), "plain", 21)
    return renderer


class _Plain(Treeprocessor):
    """Has the fifteen patterns pass over texts that hold no mark, as most do not."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.text and not _MARK.search(element.text):
                element.text = AtomicString(element.text)
            if element.tail and not _MARK.search(element.tail):
                element.tail = AtomicString(element.tail)


def to_text(html: str) -> str:
    """The words of rendered HTML, one block a line."""
    text = _TAG.sub("", _BLOCK_END.sub("\n", html))
    lines = (line.strip() for line in unescape(text).split("\n"))
    return "\n".join(line for line in lines if line)


def internal_links(markdown: str) -> list[tuple[int, str]]:
    """Links to this site's own pages: (line of the Markdown counted from 0, address)."""
    return [
        (number, match[1] or match[2])
        for number, line in enumerate(markdown.split("\n"))
        for match in _LINK.finditer(line)
    ]
