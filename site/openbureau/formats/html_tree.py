"""Rendered HTML as a tree, for what is added to a text after all texts are known."""

from collections.abc import Callable, Container, Iterable
from typing import NamedTuple

import lxml.html
from lxml.html import HtmlElement

_ROOT = "div"


class Replaced(NamedTuple):
    """A piece of plain text, from `start` to before `end`, and the element that takes its place."""

    start: int
    end: int
    element: HtmlElement


def as_tree(html: str) -> HtmlElement:
    """The blocks of `html` as children of one element."""
    return lxml.html.fragment_fromstring(html, create_parent=_ROOT)


def as_html(tree: HtmlElement) -> str:
    """The children of `tree`, which `as_tree` made, as HTML again."""
    written: str = lxml.html.tostring(tree, encoding="unicode")
    return written.removeprefix(f"<{_ROOT}>").removesuffix(f"</{_ROOT}>")


def words_of(element: HtmlElement) -> str:
    """The visible words of an element in one line."""
    return " ".join(str(element.text_content()).split())


def replace_texts(
    tree: HtmlElement, find: Callable[[str], Iterable[Replaced]], *, outside: Container[str]
) -> None:
    """Put elements in the place of what `find` finds in plain text, in its order.

    What is in an element whose tag is in `outside` is left alone.
    """
    for element in list(tree.iter()):
        is_left = any(node.tag in outside for node in (element, *element.iterancestors()))
        if element.text and not is_left:
            _replace(element, 0, element.text, list(find(element.text)))
        parent = element.getparent()
        if parent is None or not element.tail:
            continue
        if not any(node.tag in outside for node in (parent, *parent.iterancestors())):
            _replace(parent, parent.index(element) + 1, element.tail, list(find(element.tail)))


def _replace(parent: HtmlElement, place: int, text: str, replacements: list[Replaced]) -> None:
    """Put the elements of `text`, which stands before child number `place`, into `parent`."""
    if not replacements:
        return
    before = text[: replacements[0].start]
    if place:
        parent[place - 1].tail = before
    else:
        parent.text = before
    ends = [*(replacement.start for replacement in replacements[1:]), len(text)]
    for replacement, following in zip(replacements, ends, strict=True):
        replacement.element.tail = text[replacement.end : following]
    parent[place:place] = [replacement.element for replacement in replacements]
