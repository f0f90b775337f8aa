"""Rendered HTML as a tree, for what is added to a text after all texts are known."""

import lxml.html
from lxml.html import HtmlElement

_ROOT = "div"


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
