"""What a Markdown text may hold, so that rendering it takes time in proportion to its length."""

import re

MAX_CHARACTERS = 500_000
"""Of one text; the longest law in force, 民法典, has 107,000."""
MAX_LEVELS = 20
"""Of quotations and lists inside each other."""
MAX_HEADINGS_AND_RULES = 1_000
MAX_HEADING_CHARACTERS = 1_000
MAX_FOOTNOTES = 500
MAX_INLINE_STEPS = 15_000_000
"""For each paragraph, cell or item its marks times its characters, summed up: for every mark the rest of its
paragraph may be looked through. An ordinary text of 100 kB takes less than a tenth."""
MAX_TAG_STEPS = 200_000_000
"""The marks ``<`` of a text times its characters, for the same reason."""

_INLINE = re.compile(r"[\\`*_\[\]!<>&{]|  ")
_LEVEL = re.compile(r"(?:>|[-+*](?=\s)|\d{1,9}\.(?=\s))\s*+")
"""What opens a quotation or a list at the beginning of a line; of several each opens one inside the last."""
_HEADING_OR_RULE = re.compile(r"\s*+(?:#|=+\s*$|(?:[-*_]\s*+)+$)")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]]+\]:")


class TooIntricate(ValueError):
    """A text that would take the renderer longer than in proportion to its length.

    `line` counts from 0; `what` is wrong there, and `mend` says what to do.
    """

    def __init__(self, line: int, what: str, mend: str) -> None:
        super().__init__(what)
        self.line, self.what, self.mend = line, what, mend


def check_blocks(markdown: str) -> None:
    """Raise TooIntricate for what the renderer's blocks would take too long for, or never come back from.

    The bound counts what is written and no time: it is the same on every machine.
    """
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


def inline_steps(text: str) -> int:
    """What looking through the marks of one paragraph, cell or item takes at most."""
    return len(_INLINE.findall(text)) * len(text)


def many_marks(line: int, text: str) -> TooIntricate:
    """What is said of a paragraph with too many marks, on the line on which it begins."""
    marks = len(_INLINE.findall(text))
    what = f"too many marks for one paragraph: {marks} of \\ ` * _ [ ] ! < > & {{ in {len(text)} characters"
    return TooIntricate(line, what, "divide it, and take out marks that mean nothing")


def _levels(line: str) -> int:
    """How deep the list or quotation lies that begins on a line; 0 where none does."""
    words = line.lstrip()
    place = levels = 0
    while match := _LEVEL.match(words, place):
        place, levels = match.end(), levels + 1
    indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
    return levels and levels + indent // 4
