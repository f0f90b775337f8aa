"""One cell with one address or several: an institution may teach in more places than one (教学点)."""

import re

from openbureau.library.whitelist.vocabulary import tidy

_NUMBERED = re.compile(
    r"(?:^|(?<=[\s;；。，,、]))(?:[①-⑳]|[(（]\d{1,2}[)）]|\d{1,2}[.．、)）](?!\d))|"
    r"(?:^|(?<=[\s;；。，,、)）号层楼室铺座栋]))(?:总部|总校|本部|分校|分部|主?校区|分?教学点|办学点)[一二三四五六七八九十\d]{0,2}[:：]"
)
_PLAIN_BREAK = re.compile(r"[;；|]")
_SOFT_BREAKS = (re.compile(r"\n"), re.compile(r"[、，,/]"))
_ANY_BREAK = re.compile(r"[;；|\n、，,/:：)）.．①-⑳]")
"""What every break of either kind has in it."""
_COMPLETE = re.compile(r".*?(省|市|区|县|镇|乡|街道).*(号|层|楼|室|铺|座|栋|幢|村|之[一二三四五六七八九十])")
"""An address on its own: it begins with a place and comes down to a door."""
_NOTHING = re.compile(r"[-/\\—_.、，,无;；]*|暂无|没有|同注册地址")


def read_addresses(text: str) -> list[str]:
    """The addresses of one cell, in order.

    A semicolon or a number before each parts them. A line break or a comma does so only if what is
    between them are whole addresses: sheets break lines inside an address too.
    """
    if not _ANY_BREAK.search(text):
        return _tidied([text])
    parts = [part for piece in _PLAIN_BREAK.split(text) for part in _NUMBERED.split(piece)]
    for mark in _SOFT_BREAKS:
        parts = [smaller for part in parts for smaller in _split_if_whole(part, mark)]
    return _tidied(parts)


def _tidied(parts: list[str]) -> list[str]:
    tidied = [tidy(part).strip("、，,。 ") for part in parts]
    return [part for part in tidied if not _NOTHING.fullmatch(part)]


def _split_if_whole(text: str, mark: re.Pattern[str]) -> list[str]:
    pieces = [piece for piece in mark.split(text) if piece.strip()]
    return pieces if len(pieces) > 1 and all(_COMPLETE.match(tidy(piece)) for piece in pieces) else [text]
