"""Pages in 繁體: what a person reads is converted, what a program reads is left as it is."""

import re
from html.parser import HTMLParser

from opencc import OpenCC

_TO_TRADITIONAL = OpenCC("s2hk")
"""As written in Hong Kong, where most readers come from: 為, 台, 才 and not the 爲, 臺, 纔 of old books."""

READ = {
    "alt",
    "title",
    "placeholder",
    "label",
    "data-label",
    "aria-label",
    "aria-description",
    "aria-roledescription",
    "aria-valuetext",
}
"""Attributes that are read out or shown."""

KEPT = {"code", "kbd", "samp", "script", "style", "textarea"}
"""Elements whose text is a code, a program, or what somebody typed."""

WITHIN = {"a", "abbr", "b", "bdi", "cite", "del", "em", "i", "ins", "mark", "q", "small", "span", "strong"}
"""Elements that may stand in the middle of a word: 头<mark>发</mark> is 头发 and not 发."""

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


_ATTRIBUTE = re.compile(r"""(?P<name>[^\s"'<>/=]+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+)""")


def traditional(html: str) -> str:
    """The page or fragment in traditional characters.

    Addresses, names, ids and values of forms stay, and so does what stands inside `translate="no"`.
    """
    page = _Page()
    page.feed(html)
    page.close()
    return page.converted()


class _Page(HTMLParser):
    """Reads a page and writes it again; only texts and some attributes differ."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._written: list[str] = []
        self._run: list[int] = []
        """Places in `_written` of texts that belong together; they are converted as one."""
        self._open_kept: list[str] = []
        """The open elements from the outermost one that is kept as it is."""

    def converted(self) -> str:
        self._end_run()
        return "".join(self._written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._start(tag, attrs)
        named = dict(attrs)
        # The text of an option without a value is its value.
        is_kept = tag in KEPT or named.get("translate") == "no" or (tag == "option" and "value" not in named)
        if tag not in VOID and (is_kept or self._open_kept):
            self._open_kept.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._start(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open_kept:
            # An element may leave out its end (li, option): then those inside it end with it.
            while self._open_kept.pop() != tag:
                pass
        self._break_unless_within(tag)
        self._written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._open_kept:
            self._run.append(len(self._written))
        self._written.append(data)

    def handle_entityref(self, name: str) -> None:
        self._written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._written.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._written.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._written.append(f"<!{decl}>")

    def _start(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break_unless_within(tag)
        text = self.get_starttag_text() or ""
        if not self._open_kept:
            text = _with_attributes_converted(tag, attrs, text)
        self._written.append(text)

    def _break_unless_within(self, tag: str) -> None:
        if tag not in WITHIN:
            self._end_run()

    def _end_run(self) -> None:
        texts = [self._written[place] for place in self._run]
        whole = _TO_TRADITIONAL.convert("".join(texts))
        if len(whole) != sum(map(len, texts)):
            # Not of equal length: nobody can say where one text ends, so each is converted by itself.
            whole = ""
        for place, text in zip(self._run, texts, strict=True):
            self._written[place] = whole[: len(text)] or _TO_TRADITIONAL.convert(text)
            whole = whole[len(text) :]
        self._run.clear()


def _with_attributes_converted(tag: str, attrs: list[tuple[str, str | None]], text: str) -> str:
    named = dict(attrs)
    read = set(READ)
    if tag == "meta" and named.get("name") == "description":
        read.add("content")

    def convert(attribute: re.Match[str]) -> str:
        return _TO_TRADITIONAL.convert(attribute[0]) if attribute["name"] in read else attribute[0]

    return _ATTRIBUTE.sub(convert, text) if read & named.keys() else text
