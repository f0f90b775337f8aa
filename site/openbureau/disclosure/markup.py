"""Texts of XML parts: what is written, what is hidden, and the attributes that hold words."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from openbureau.disclosure.plain_text import decoded, line_texts
from openbureau.disclosure.texts import PlacedText, may_be_number

_BLOCKS = frozenset({"p", "h", "si", "is", "comment", "threadedComment", "div", "li", "td", "annotation"})
"""Elements whose pieces of text are read as one: a number may change its font in the middle."""
_HIDDEN = frozenset({"delText", "delInstrText", "instrText"})
_BREAKS = frozenset({"br", "tab", "cr", "s", "line-break"})
_WORDS = re.compile(
    "title|descr|alt|prompt(Title)?|error(Title)?|tooltip|display(Name)?|Target|val|v|name|formula|content|href"
    "|(string-)?value|author|initials|instr|text|string|label|caption|comment|location|userId|providerId"
)
"""Attributes that hold words; of others only a bare number is one."""
_FORMS = re.compile(
    "d|path|points|viewBox|coord(size|origin)|style|transform|adj|panose|paraId|textId|rsid.*"
)
"""Attributes that hold shapes and identities of parts."""
_CHINESE = re.compile("[\u4e00-\u9fff]")


def parse(data: bytes) -> Any:
    """The root of an XML part, as far as it can be read; None if there is nothing."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def local_name(name: object) -> str:
    """The name of an element or attribute without its namespace; empty for comments and the like."""
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def xml_texts(data: bytes, place: str) -> Iterator[PlacedText]:
    """All texts of an XML part; a broken one, or with entities of its own, is plain text, too."""
    root = parse(data)
    if root is not None:
        yield from element_texts(root, place)
    if root is None or b"<!ENTITY" in data or not data.rstrip(b" \t\r\n\0").endswith((b">", b">\0")):
        for text in line_texts(decoded(data)):
            yield PlacedText(place, text.text)


class _Block:
    """The text of one paragraph as it grows."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.shown: list[str] = []
        self.hidden: list[str] = []

    def add(self, text: str | None, *, hidden: bool) -> None:
        if text:
            (self.hidden if hidden else self.shown).append(text)

    def texts(self) -> Iterator[PlacedText]:
        for pieces in (self.shown, self.hidden):
            if pieces:
                yield PlacedText(self.place, "".join(pieces))


def element_texts(root: Any, place: str, *, counted: str = "") -> Iterator[PlacedText]:
    """The texts below an element; with `counted` its paragraphs are told by their number: 第3段."""
    blocks: list[_Block] = []
    number = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = local_name(element.tag)
        if event in ("comment", "pi"):
            yield PlacedText(place, element.text or "")
            if blocks:
                blocks[-1].add(element.tail, hidden=False)
        elif event == "start":
            if name in _BLOCKS:
                number += 1
                blocks.append(_Block(f"{place}{counted.format(number)}"))
            for key, value in element.attrib.items():
                if len(value) > 10 and _is_words(local_name(key), value):
                    yield PlacedText(blocks[-1].place if blocks else place, value)
            if blocks:
                blocks[-1].add(" " if name in _BREAKS else element.text, hidden=name in _HIDDEN)
            elif element.text:
                yield PlacedText(place, element.text)
        else:
            if name in _BLOCKS:
                yield from blocks.pop().texts()
            if blocks:
                blocks[-1].add(element.tail, hidden=False)
            elif element.tail:
                yield PlacedText(place, element.tail)


def _is_words(name: str, value: str) -> bool:
    if _FORMS.fullmatch(name):
        return False
    return _WORDS.fullmatch(name) is not None or may_be_number(value) or _CHINESE.search(value) is not None
