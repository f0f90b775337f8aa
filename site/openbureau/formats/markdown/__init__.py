"""Markdown to safe HTML, and to the plain text that is searched; docs/editors.md says what it means."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

import nh3
from markdown_it.token import Token

from openbureau.formats.markdown.bounds import TooIntricate, check_blocks
from openbureau.formats.markdown.dialect import parser
from openbureau.formats.markdown.html_tags import HTML_BREAK
from openbureau.formats.markdown.remarks import REMARK, MarkdownRemark, remark_of

TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "strong", "em", "del", "sup", "sub", "a", "img"),
    *("h2", "h3", "h4", "ul", "ol", "li", "div"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
ATTRIBUTES = {
    **{name: {"id"} for name in ("h2", "h3", "h4", "sup")},
    "a": {"href", "title", "id", "class"},
    "img": {"src", "alt"},
    "li": {"value"},
    "ol": {"start"},
    "div": {"class", "id"},
    **{name: {"rowspan", "colspan", "scope"} for name in ("th", "td")},
}

_TAG = re.compile(r"<[^>]+>")
_PICTURE = re.compile(r'<img [^>]*?alt="([^"]*)"[^>]*>')
_BLOCK_END = re.compile(r"</(p|li|h\d|td|th|tr|dd|dt|blockquote|caption)>|<br ?/?>")
_ONE_TAG = re.compile(r"<(/?)([a-z]+)>")
_NUMBERED = re.compile(r"(.*)_([0-9]+)")
_LOOSE_LINK = re.compile(
    r"(!\[[^\[\]\n]*)?(\]\((?:[^()\n]|\([^()\n]*\))*\)"
    r"|\][ \u3000]?[（(](?:/|\#|https?:|[^\s（）()]+\.(?:md|html?|pdf|docx|xlsx|csv|png|jpe?g|webp|svg)\b)"
    r"[^（）()\n]*[）)])"
)
"""What looks like the address of a link or picture and is none: blanks in it, or marks of Chinese papers."""
_PICTURE_NAME = re.compile(r"\.(?:png|jpe?g|webp|svg)", re.IGNORECASE)


@dataclass(frozen=True)
class MarkdownLink:
    """A link of a text: its line counted from 0, the address as written and as it is on the page."""

    line: int
    written: str
    address: str


@dataclass(frozen=True)
class MarkdownPicture:
    """A picture of a text: its line counted from 0, its address as written and on the page, what it says."""

    line: int
    written: str
    address: str
    alternative: str


@dataclass(frozen=True)
class RenderedMarkdown:
    """The page of a text, what it leads to and shows, and what has to be said to its author."""

    html: str
    links: tuple[MarkdownLink, ...]
    pictures: tuple[MarkdownPicture, ...]
    remarks: tuple[MarkdownRemark, ...]


def to_html(markdown: str) -> str:
    """Render Markdown; what is not in the list of allowed tags and attributes is removed.

    Raises TooIntricate.
    """
    return render(markdown).html


def render(markdown: str, resolve: Callable[[str], str] = str) -> RenderedMarkdown:
    """Render Markdown; `resolve` makes of the address of a link or picture the one on the page.

    Raises TooIntricate.
    """
    check_blocks(markdown)
    env: dict[str, Any] = {}
    tokens = parser().parse(markdown, env)
    finish = _Finish(resolve, env.get("references", {}))
    finish.visit(tokens)
    remarks = [*env.get(REMARK, ()), *finish.remarks, *_unused(env, finish.labels)]
    html = parser().renderer.render(tokens, parser().options, env)
    cleaned = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener")
    # A wide table scrolls in its own frame on a phone; the frame is reachable by keyboard.
    framed = cleaned.replace("<table>", '<div class="table-frame" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return RenderedMarkdown(
        framed.strip(),
        tuple(finish.links),
        tuple(finish.pictures),
        tuple(sorted(dict.fromkeys(remarks), key=lambda remark: remark.line)),
    )


def to_text(html: str) -> str:
    """The words of rendered HTML, one block a line; a picture is its alternative."""
    text = _TAG.sub("", _BLOCK_END.sub("\n", _PICTURE.sub(r"\1", html)))
    lines = (line.strip() for line in unescape(text).split("\n"))
    return "\n".join(line for line in lines if line)


class _Finish:
    """One walk over the tokens of a text: numbers of lists, ids of headings, the lines of what is said."""

    def __init__(self, resolve: Callable[[str], str], references: Mapping[str, Any]) -> None:
        self._resolve, self._references = resolve, references
        self._ids: set[str] = set()
        self._numbers: list[int] = []
        self.links: list[MarkdownLink] = []
        self.pictures: list[MarkdownPicture] = []
        self.remarks: list[MarkdownRemark] = []
        self.labels: set[str] = set()

    def visit(self, tokens: list[Token]) -> None:
        for place, token in enumerate(tokens):
            match token.type:
                case "heading_open":
                    token.attrs["id"] = self._id(_words(tokens[place + 1]))
                case "ordered_list_open":
                    self._numbers.append(int(token.attrs.get("start", 1)) - 1)
                case "ordered_list_close":
                    self._numbers.pop()
                case "list_item_open" if token.info:
                    self._number(token)
                case "th_open" | "td_open":
                    token.attrs.pop("style", None)
                case "fence" if token.info.strip() and not token.info.strip().isascii():
                    what = f"“{token.info.strip()[:20]}” behind ``` is not shown"
                    self._remark(token.map[0] if token.map else 0, what, "write it on the next line")
                case "inline":
                    self._inline(token)
                    is_empty = not any(map(_is_seen, token.children or []))
                    if is_empty and tokens[place - 1].type == "paragraph_open":
                        # Nothing is left of it but what is told: no gap is.
                        tokens[place - 1].hidden = tokens[place + 1].hidden = True

    def _remark(self, line: int, what: str, mend: str, *, stops: bool = True) -> None:
        self.remarks.append(MarkdownRemark(line, what, mend, stops))

    def _number(self, item: Token) -> None:
        """An item has the number it is written with, also where one before it is left out."""
        number, before = int(item.info), self._numbers[-1]
        if number != before + 1:
            item.attrs["value"] = number
        if number <= before and item.map:
            what = f"{number}. follows {before}. in this list, and is shown so"
            self._remark(item.map[0], what, "correct the number", stops=False)
        self._numbers[-1] = number

    def _id(self, words: str) -> str:
        """A name for a heading in addresses; of two with the same words the second has _1."""
        name = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", words).strip().lower())
        while name in self._ids or not name:
            match = _NUMBERED.fullmatch(name)
            name = f"{match[1]}_{int(match[2]) + 1}" if match else f"{name}_1"
        self._ids.add(name)
        return name

    def _inline(self, inline: Token) -> None:
        line = inline.map[0] if inline.map else 0
        wordless, open_tags, before = "", Counter[str](), ""
        for token in inline.children or []:
            match token.type:
                case "softbreak" | "hardbreak" if token.info != HTML_BREAK:
                    line += 1
                case "html_inline" if match := _ONE_TAG.fullmatch(token.content):
                    open_tags[match[2]] += -1 if match[1] else 1
                    if open_tags[match[2]] < 0:
                        # What was never opened would end nothing.
                        token.content, open_tags[match[2]] = "", 0
                case "remark":
                    self.remarks.append(remark_of(token, line))
                case "link_open":
                    wordless = self._link(token, line)
                    if before.endswith("！") and _PICTURE_NAME.search(wordless):
                        what = f"！[ makes a link to {wordless}, no picture"
                        self._remark(line, what, "write ! as on an English keyboard")
                case "link_close" if wordless:
                    self._remark(line, f"the link to {wordless} has no words", "write [文字](网址)")
                    wordless = ""
                case "image":
                    self._picture(token, line)
                    wordless = ""
                case "text" | "text_special" | "code_inline" if token.content.strip():
                    wordless = ""
                    self._loose(token.content, line, inline.content)
            before = token.content
        for tag in open_tags.elements():
            # Else all that follows on the page would be so, too.
            self._remark(line, f"<{tag}> does not end here", f"write </{tag}> behind its words", stops=False)
            closing = Token("html_inline", "", 0, content=f"</{tag}>")
            inline.children = [*(inline.children or []), closing]
        inline.children = _without_idle_breaks(inline.children or [])

    def _loose(self, words: str, line: int, source: str) -> None:
        """Tell what was meant for a link or a picture; a backslash says that none is meant."""
        for match in _LOOSE_LINK.finditer(words):
            if f"\\{match[2]}" in source:
                continue
            if match[1]:
                mend = "write ![说明](文件夹/图片.png), no size and no blank behind the name"
                self._remark(line, f"{match[0][:40]} is no picture", mend)
            else:
                mend = "write [文字](网址), on an English keyboard, without blanks"
                self._remark(line, f"{match[2][:40]} is no link", mend, stops=False)

    def _link(self, token: Token, line: int) -> str:
        written = str(token.attrs["href"])
        token.attrs["href"] = address = self._resolve(written)
        if not written:
            self._remark(line, "a link without an address leads nowhere", "write [文字](网址)")
        label = str(token.meta.get("label", ""))
        # Where the address is written: beside the words, or below the text.
        line = self._references[label]["map"][0] if label in self._references else line
        self.links.append(MarkdownLink(line, written, address))
        self.labels.add(label)
        self._title(token, line)
        return written

    def _title(self, token: Token, line: int) -> None:
        if title := token.attrs.pop("title", ""):
            what = f"“{str(title)[:40]}” behind the address is not shown"
            self._remark(line, what, "write it into the text", stops=False)

    def _picture(self, token: Token, line: int) -> None:
        written = str(token.attrs["src"])
        address = self._resolve(written)
        self._title(token, line)
        token.attrs = {"src": address, "alt": ""}
        self.labels.add(str(token.meta.get("label", "")))
        self.pictures.append(MarkdownPicture(line, written, address, _words(token).strip()))


def _words(token: Token) -> str:
    return "".join(
        child.content
        for child in token.children or []
        if child.type in ("text", "code_inline", "text_special")
    )


def _is_seen(token: Token) -> bool:
    """Whether a token inside a line shows something; a break alone does not."""
    if token.type in ("softbreak", "hardbreak", REMARK):
        return False
    return token.type not in ("text", "html_inline") or bool(token.content.strip())


def _without_idle_breaks(children: list[Token]) -> list[Token]:
    """Without breaks before all words, and without the end of a line right behind a <br>."""
    kept: list[Token] = []
    is_seen = is_broken = False
    for child in children:
        is_break = child.type in ("softbreak", "hardbreak")
        if is_break and (not is_seen or (is_broken and child.info != HTML_BREAK)):
            continue
        is_seen = is_seen or _is_seen(child)
        is_broken = child.info == HTML_BREAK if is_break else is_broken and child.type == REMARK
        kept.append(child)
    return kept


def _unused(env: dict[str, Any], used: set[str]) -> Iterator[MarkdownRemark]:
    labels: dict[str, int] = env.get("labels", {})
    folded = {" ".join(label.casefold().split()) for label in used}
    for label, line in labels.items():
        if " ".join(label.casefold().split()) not in folded:
            what = f"nothing in the text uses [{label}]:, and so it is not shown"
            yield MarkdownRemark(line, what, f"write [文字][{label}] where it belongs, or delete it", False)


__all__ = [
    "MarkdownLink",
    "MarkdownPicture",
    "MarkdownRemark",
    "RenderedMarkdown",
    "TooIntricate",
    "render",
    "to_html",
    "to_text",
]
