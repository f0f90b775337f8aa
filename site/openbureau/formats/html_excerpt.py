"""One section of a text, taken out to stand on another page; without a tree, which takes a page too long."""

import re
from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "wbr"}
_HEADINGS = {"h2", "h3", "h4"}
_ID = re.compile(r'\sid="[^"]*"')


def excerpt(html: str, anchor: str, *, without: str = "") -> str:
    """The blocks of the section that begins at the block with this id, up to the next one with an id.

    Without headings and ids, and without elements of the class `without`. Empty when no block of its own has
    the id, or a later section begins inside of a block.
    """
    parser = _Excerpt(anchor, without)
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces).strip()


class _Excerpt(HTMLParser):
    def __init__(self, anchor: str, without: str) -> None:
        super().__init__(convert_charrefs=False)
        self._anchor, self._without = anchor, without
        self._depth = 0
        self._is_inside = False
        self._skipped_from = -1
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self._depth == 0 and "id" in values:
            self._is_inside = values["id"] == self._anchor
        elif tag in ("li", "tr") and "id" in values and self._is_inside:
            self.pieces, self._is_inside, self._anchor = [], False, ""
        is_left_out = tag in _HEADINGS or self._without in (values.get("class") or "").split()
        if is_left_out and self._skipped_from < 0:
            self._skipped_from = self._depth
        self._add(_ID.sub("", self.get_starttag_text() or ""))
        if tag not in _VOID:
            self._depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._depth -= 1
        self._add(f"</{tag}>")
        if self._depth == self._skipped_from:
            self._skipped_from = -1

    def handle_data(self, data: str) -> None:
        self._add(data)

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};")

    def _add(self, piece: str) -> None:
        if self._is_inside and self._skipped_from < 0:
            self.pieces.append(piece)
