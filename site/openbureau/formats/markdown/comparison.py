"""Whether every visible character of a Markdown text is on its page, found without the parser that made it.

Marks of the dialect are taken out of the source by their own short rules, and what remains must stand on the
page in the same order. A letter that is missing is told, and so are marks of which the page has too few.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from typing import NamedTuple

from openbureau.formats.markdown.dialect import DEFINITION, ESCAPED
from openbureau.formats.markdown.emphasis import can_open_and_close
from openbureau.formats.markdown.html_tags import TABLE, TAG, known

MARKS = "\\`*_[]<>#!|&{}~-+^$=:"
"""What may be a mark, and may stand for itself."""

_WITHOUT_MARKS = str.maketrans("", "", MARKS)
_LEADING = re.compile(
    r"\s*(?:>(?=[\s>]|$)|[-*](?=[ \t]+\S)|#{1,6}(?=[ \t]+\S)|(?P<number>[0-9]{1,3}\.)(?=[ \t]+\S))"
)
_RULE = re.compile(r"\s*(?:>\s*)*(?:(?:[-*_]\s*){3,}|\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*)")
_FENCE = re.compile(r"(?:\s|>|[-*]\s)*`{3,}")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"(?<![`\\])(`+)(?!`)([^`]|[^`].{0,2000}?[^`])\1(?!`)", re.DOTALL)
_PICTURE = re.compile(r"!\[(?=[^\[\]\n]*\][(\[])")
_ADDRESS = re.compile(
    r"\]\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)"
)
_LABELLED = re.compile(r"\]\[([^\[\]\n]+)\]")
_FOOTNOTE = re.compile(r"\s*\[\^[^\]\s]+\]:")
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")
_AUTOLINK = re.compile(r"<((?:[A-Za-z][A-Za-z0-9+.-]{1,31}:|[\w.+-]+@)[^\s<>]*)>")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_STAR_RUN = re.compile(r"(?<!\\)(\*+|_+)")
_ESCAPED = re.compile(rf"\\([{re.escape(''.join(sorted(ESCAPED)))}\-+>.])")
_WAITING = 0xE100
_NAMED_AGAIN = {_WAITING + code: code for code in range(128)}
_ELEMENT = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:[^>\"]|\"[^\"]*\")*)>")
_NUMBER = re.compile(r'\b(?:value|start)="(\d+)"')
_ALTERNATIVE = re.compile(r'\balt="([^"]*)"')
_BLANK = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")
_NOTES = "\ue001"
"""Stands before the footnotes of a page; a character for private use."""

MAX_REMARKS = 20
_REACH = 400
"""How far ahead a line is looked for, in characters, where something before it is missing."""


class MissingWords(NamedTuple):
    """What a line of the source, counted from 0, has and the page has not."""

    line: int
    words: str


def missing_words(markdown: str, html: str) -> list[MissingWords]:
    """What of a text is not on its page."""
    words = [(line, _BLANK.sub("", text), note) for line, text, note in _readings(markdown)]
    page, _, notes = _shown(html).partition(_NOTES)
    missing = [*_missing([(line, text) for line, text, note in words if not note], page)]
    missing += [
        MissingWords(line, text) for line, text, note in words if note and _bare(text) not in _bare(notes)
    ]
    if not missing:
        missing = [*_missing_marks([(line, text) for line, text, _ in words], page + notes)]
    return missing[:MAX_REMARKS]


def _missing(lines: Iterable[tuple[int, str]], page: str) -> Iterator[MissingWords]:
    page, place, owing = _bare(page), 0, 0
    for line, text in lines:
        bare = _bare(text)
        at = page.find(bare, place, place + _REACH + owing + len(bare)) if bare else place
        if at >= 0:
            place, owing = at + len(bare), 0
            continue
        same = 0
        while same < len(bare) and page.startswith(bare[: same + 1], place):
            same += 1
        place += same
        owing += len(bare) - same
        yield MissingWords(line, bare[same : same + 20])


def _missing_marks(lines: Iterable[tuple[int, str]], page: str) -> Iterator[MissingWords]:
    has = Counter(character for character in page if character in MARKS)
    for line, text in lines:
        needs = Counter(character for character in text if character in MARKS)
        has.subtract(needs)
        if lost := "".join(mark for mark in needs if has[mark] < 0):
            yield MissingWords(line, lost)
            has.update({mark: -has[mark] for mark in lost})


def _bare(text: str) -> str:
    return text.translate(_WITHOUT_MARKS)


def _readings(markdown: str) -> Iterator[tuple[int, str, bool]]:
    """Of every line what of it must be on the page, and whether it belongs to a footnote."""
    lines = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), markdown).split("\n")
    labels = {match["label"].casefold() for line in lines if (match := DEFINITION.match(line))}
    labels |= {match[0].strip()[:-1] for line in lines if (match := _FOOTNOTE.match(line))}
    block: list[tuple[int, str]] = []
    is_code = is_note = False
    for number, line in enumerate([*lines, ""]):
        if _FENCE.match(line):
            yield from _of_block(block, labels, is_note)
            block, is_code = [], not is_code
        elif is_code:
            yield number, line, is_note
        elif not line.strip() or _RULE.fullmatch(line) or DEFINITION.match(line):
            yield from _of_block(block, labels, is_note)
            block = []
        else:
            if _FOOTNOTE.match(line):
                yield from _of_block(block, labels, is_note)
                block, is_note = [], True
            elif not block and not line.startswith(("    ", "\t")):
                is_note = False
            block.append((number, _without_leading(line)))


def _without_leading(line: str) -> str:
    if match := _FOOTNOTE.match(line):
        return f"{match[0].strip()[:-1].replace('^', '')} {line[match.end() :]}"
    numbers = ""
    while match := _LEADING.match(line):
        numbers += match["number"] or ""
        line = line[match.end() :]
    return f"{numbers}{line}"


def _of_block(
    block: list[tuple[int, str]], labels: set[str], is_note: bool
) -> Iterator[tuple[int, str, bool]]:
    """Lines that belong together: a mark may begin in one and end in another."""
    text = "\n".join(line for _, line in block)
    pieces, place = [], 0
    for match in _CODE.finditer(text):
        pieces += [_plain(text[place : match.start()], labels), match[2].replace("\\|", "|")]
        place = match.end()
    pieces.append(_plain(text[place:], labels))
    for (number, _), line in zip(block, "".join(pieces).split("\n"), strict=False):
        yield number, line, is_note


def _plain(text: str, labels: set[str]) -> str:
    """The words of a text without the marks of the dialect."""
    # What a backslash stands before is no mark, and waits under another name until all marks are gone.
    text = _ESCAPED.sub(lambda match: chr(_WAITING + ord(match[1])), text)
    text = _AUTOLINK.sub(r"\1", text)
    text = TAG.sub(_without_tag, text)
    text = _NOTE.sub(lambda match: match[1] if match[0] in labels else match[0], text)
    text = _PICTURE.sub("[", text)
    text = _ADDRESS.sub("]", text)
    text = _LABELLED.sub(lambda match: "]" if match[1].casefold() in labels else match[0], text)
    text = _without_pairs(text)
    text = _ENTITY.sub(lambda match: unescape(match[0]), text)
    for mark in "[]|":
        text = text.replace(mark, "")
    return text.translate(_NAMED_AGAIN)


def _without_tag(match: re.Match[str]) -> str:
    """What is left of a tag; a cell's words do not touch those of its neighbour."""
    name = match["name"].lower()
    return " " if name in TABLE else "" if known(name) else match[0]


def _without_pairs(text: str) -> str:
    """Without the asterisks and lines that belong together in pairs."""
    open_runs: list[tuple[str, int, int]] = []
    taken: list[tuple[int, int]] = []
    for match in _STAR_RUN.finditer(text):
        run, start, end = match[1], match.start(), match.end()
        can_open, can_close = can_open_and_close(
            text[start - 1 : start] if start else "", run[0], len(run), text[end : end + 1]
        )
        place = next((n for n in range(len(open_runs) - 1, -1, -1) if open_runs[n][0] == run), -1)
        if can_close and place >= 0:
            taken += [open_runs[place][1:], (start, end)]
            del open_runs[place:]
        elif can_open:
            open_runs.append((run, start, end))
    pieces, place = [], 0
    for start, end in sorted(taken):
        pieces.append(text[place:start])
        place = end
    return "".join([*pieces, text[place:]])


def _shown(html: str) -> str:
    """What a reader sees of a page, without blanks; the footnotes come after a mark of their own."""
    pieces: list[str] = []
    numbers: list[int | None] = []
    place = 0
    for match in _ELEMENT.finditer(html):
        pieces.append(unescape(html[place : match.start()]))
        place = match.end()
        is_end, name, more = match[1], match[2], match[3]
        number = _NUMBER.search(more)
        if name in ("ol", "ul") and not is_end:
            numbers.append(int(number[1]) - 1 if number else 0 if name == "ol" else None)
        elif name in ("ol", "ul") and numbers:
            numbers.pop()
        elif name == "li" and not is_end and numbers and numbers[-1] is not None:
            numbers[-1] = int(number[1]) if number else numbers[-1] + 1
            pieces.append(f"{numbers[-1]}.")
        elif name == "img" and (alternative := _ALTERNATIVE.search(more)):
            pieces.append(unescape(alternative[1]))
        elif name == "div" and 'class="footnote"' in more:
            pieces.append(_NOTES)
    return _BLANK.sub("", "".join([*pieces, unescape(html[place:])])).replace("↩", "")
