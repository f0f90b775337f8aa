"""Markdown to safe HTML, and to the plain text that is searched."""

import re
from html import unescape

import nh3
from markdown import Markdown
from markdown.extensions.toc import slugify_unicode

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
_TAG = re.compile(r"<[^>]+>")
_BLOCK_END = re.compile(r"</(p|li|h\d|td|th|tr|dd|dt|blockquote)>|<br ?/?>")


def to_html(markdown: str) -> str:
    """Render Markdown; what is not in the list of allowed tags and attributes is removed."""
    rendered = Markdown(
        extensions=["tables", "footnotes", "sane_lists", "attr_list", "toc"],
        extension_configs={"toc": {"slugify": slugify_unicode}},
    ).convert(markdown)
    html = nh3.clean(rendered, tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener")
    # A wide table scrolls in its own frame on a phone; the frame is reachable by keyboard.
    return html.replace("<table>", '<div class="table-frame" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )


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
