"""Texts of plain files: Markdown, TOML, CSV, pages; what a line break or a mark parts is read as one, too."""

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from openbureau.chinese.personal_data import looks_harmless
from openbureau.disclosure.texts import PlacedText

_MARKS = re.compile(r"<[^<>]{0,2000}>|[*_`~\\|]")
"""What stands between the characters that a page shows: tags, and the marks of Markdown."""

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_ESCAPED = re.compile(r"\\u003[0-9]|%3[0-9]")
"""Digits in the escapes of TOML, JSON and YAML, and of addresses."""
_RTF_WORD = re.compile(r"\\'([0-9A-Fa-f]{2})|\\[A-Za-z]+-?[0-9]* ?|\\[^A-Za-z]|[{}\r\n]")


def rtf_texts(data: bytes) -> Iterator[PlacedText]:
    """The text of a file in rich text, what it hides too: its control words taken out."""

    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else "\n" if match[0].startswith("\\par") else ""

    text = _RTF_WORD.sub(plain, data.decode("latin-1"))
    yield from (PlacedText("正文", line) for line in text.splitlines())


def decoded(data: bytes) -> str:
    """The text of bytes in any of the encodings that files here come in; what is none of them as it is."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    sample = data[:2_000]
    if sample.count(0) * 3 > len(sample):
        return data.decode("utf-16-le" if sample[1:2] == b"\0" else "utf-16-be", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def line_texts(text: str, *, first: int = 1) -> Iterator[PlacedText]:
    """The lines with their numbers, counted from `first`; each also as it is shown, and with the next."""
    if not _ESCAPED.search(text) and looks_harmless(text, html.unescape(_MARKS.sub("", text))):
        return
    lines = text.splitlines()
    for number, line in enumerate(lines, first):
        place = f"第{number}行"
        yield PlacedText(place, line)
        shown = html.unescape(_MARKS.sub("", line))
        if shown != line:
            yield PlacedText(place, shown)
        if "%" in line or "\\u" in line:
            yield PlacedText(place, unquote(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), line)))
        following = lines[number - first + 1] if number - first + 1 < len(lines) else ""
        if shown[-1:].isdigit() and following[:1].isdigit():
            yield PlacedText(place, f"{shown}\n{following}")
