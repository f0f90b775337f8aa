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
_INLINE = re.compile(r"[\\`*_\[\]!<>&{]|  ")
_TAG = re.compile(r"<[^>]+>")
_LEVEL = re.compile(r"(?:>|[-+*](?=\s)|\d{1,9}\.(?=\s))\s*+")
"""What opens a quotation or a list at the beginning of a line; of several each opens one inside the last."""
_HEADING_OR_RULE = re.compile(r"\s*+(?:#|=+\s*$|(?:[-*_]\s*+)+$)")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]]+\]:")
_BLOCK_END = re.compile(r"</(p|li|h\d|td|th|tr|dd|dt|blockquote)>|<br ?/?>")

MAX_CHARACTERS = 500_000
"""Of one text; the longest law in force, 民法典, has 107,000."""
MAX_LEVELS = 20
"""Of quotations and lists inside each other."""
MAX_HEADINGS_AND_RULES = 1_000
MAX_HEADING_CHARACTERS = 1_000
MAX_FOOTNOTES = 500
MAX_INLINE_STEPS = 20_000_000
"""For each paragraph, cell or item its marks times its characters, summed up: for every mark the rest of its
paragraph may be looked through. An ordinary text of 100 kB takes less than a tenth."""
MAX_TAG_STEPS = 200_000_000
"""The marks ``<`` of a text times its characters, for the same reason."""


class TooIntricate(ValueError):
    """A text that would take the renderer longer than in proportion to its length.

    `line` counts from 0; `what` is wrong there, and `mend` says what to do.
    """

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.line, self.what, self.mend = line, what, mend


def to_html(markdown: str) -> str:
    """Render Markdown; what is not in the list of allowed tags and attributes is removed.

    Raises TooIntricate. The bound counts what is written and no time: it is the same on every machine.
    """
    _check(markdown)
    try:
        rendered = _rendered(markdown)
    except _TooManyMarks as error:
        raise _many_marks(markdown, str(error)) from error
    except RecursionError as error:
        worst = max(markdown.split("\n"), key=lambda line: len(_INLINE.findall(line)))
        raise _many_marks(markdown, worst) from error
    html = nh3.clean(rendered, tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener")
    # A wide table scrolls in its own frame on a phone; the frame is reachable by keyboard.
    return html.replace("<table>", '<div class="table-frame" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )


def _rendered(markdown: str) -> str:
    try:
        return _renderer().reset().convert(markdown)
    except BaseException:
        _renderer.cache_clear()  # it still holds what it was in the middle of
        raise


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


class _TooManyMarks(ValueError):
    """The text in which the marks became too many."""


class _Plain(Treeprocessor):
    """Has the fifteen patterns pass over texts that hold no mark, as most do not; ends what has too many."""

    def run(self, root: Element) -> None:
        steps = 0
        for element in root.iter():
            for name in ("text", "tail"):
                text = getattr(element, name)
                if not text or isinstance(text, AtomicString):
                    continue
                steps += len(_INLINE.findall(text)) * len(text)
                if steps > MAX_INLINE_STEPS:
                    raise _TooManyMarks(text)
                if not _MARK.search(text):
                    setattr(element, name, AtomicString(text))


def _check(markdown: str) -> None:
    """Raise TooIntricate for what the renderer's blocks would take too long for, or never come back from."""
    if len(markdown) > MAX_CHARACTERS:
        what = f"the text has {len(markdown)} characters, more than {MAX_CHARACTERS}"
        raise TooIntricate(0, what, "divide it into several documents, or add the long part as a file")
    if (tags := markdown.count("<")) * len(markdown) > MAX_TAG_STEPS:
        first = markdown[: markdown.index("<")].count("\n")
        raise TooIntricate(
            first, f"{tags} marks < in {len(markdown)} characters", "take out HTML and stray <"
        )
    headings = footnotes = 0
    above = 0
    for number, line in enumerate(markdown.split("\n")):
        # A heading is in its line, or in the one above the marks.
        above *= not line.lstrip().startswith("#")
        levels, is_heading = _levels(line), _HEADING_OR_RULE.match(line) is not None
        headings += is_heading
        footnotes += _FOOTNOTE.match(line) is not None
        for count, most, what in (
            (levels, MAX_LEVELS, "quotations or lists inside each other"),
            (headings, MAX_HEADINGS_AND_RULES, "headings and rules"),
            (is_heading * max(len(line), above), MAX_HEADING_CHARACTERS, "characters in a heading"),
            (footnotes, MAX_FOOTNOTES, "footnotes"),
        ):
            if count > most:
                raise TooIntricate(number, f"{count} {what}, more than {most}", "shorten or divide the text")
        above = len(line)


def _levels(line: str) -> int:
    """How deep the list or quotation lies that begins on a line; 0 where none does."""
    words = line.lstrip()
    place = levels = 0
    while match := _LEVEL.match(words, place):
        place, levels = match.end(), levels + 1
    indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
    return levels and levels + indent // 4


def _many_marks(markdown: str, text: str) -> TooIntricate:
    """What is said of a paragraph with too many marks, on the line on which it begins."""
    start = text.partition(STX)[0].strip().partition("\n")[0][:60]
    lines = markdown.split("\n")
    line = next((number for number, line in enumerate(lines) if start and start in line), 0)
    marks = len(_INLINE.findall(text))
    what = f"too many marks for one paragraph: {marks} of \\ ` * _ [ ] ! < > & {{ in {len(text)} characters"
    return TooIntricate(line, what, "divide it, and take out marks that mean nothing")


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
