"""Addresses of a cell, one or several (教学点), and the township (镇街) each lies in.

A township is a 街道, 镇, 乡 or 民族乡, the level below the county.
"""

import re
from collections.abc import Iterable

from openbureau.chinese.folding import fold, tidy

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

# The places above it come first. None of them holds a character of townships, roads or doors, so that
# 源潭镇新区 is no county. Within a county there may be a zone (高新区, 燕湖新区) that is no township.
_ABOVE = r"[^\W\d_镇乡路道街巷号]"
_PREFIX = (
    rf"(?:{_ABOVE}{{2,8}}?(?:省|自治区))?(?:{_ABOVE}{{1,6}}?市)?(?:{_ABOVE}{{1,12}}?(?:自治县|区|县|市))?"
)
_ZONE = rf"(?:{_ABOVE}{{1,12}}?(?:新区|开发区|高新区|园区|片区))?"
# 古镇镇 ends with its second 镇, 太和镇镇南路 names 太和镇. What follows tells a township from a road, a shop
# or a building called like one: 乡村大道, 步行街道口, 东镇大厦.
_NAME = (
    "([^\\W\\d_]{1,7}?(?:街道办事处|街道办|街道(?![口边旁])"
    "|镇(?!镇(?![东西南北政]))(?!大|广场|花园|中路|[东西南北]?路)|乡(?![村下里愁亲情土]|镇企业)))"
)
_TOWNSHIP = re.compile(_PREFIX + _ZONE + _NAME)
_NOT_IN_A_NAME = re.compile("[区县市路巷号村]|大道|广场|大厦|花园|工业园|街(?!道)")
_OFFICE = re.compile("街道办(?:事处)?$")


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


def township_of(address: str) -> str:
    """The township an address names, such as 东城街道 or 秤架瑶族乡; empty if it names none.

    It is looked for only where it belongs, after province, city and county, which may be left out.
    """
    match = _TOWNSHIP.match(fold(address))
    if match is None or _NOT_IN_A_NAME.search(match[1]):
        return ""
    return _OFFICE.sub("街道", match[1])


def townships_of(addresses: Iterable[str]) -> list[str]:
    """The townships of several addresses, each once, in their order."""
    return list(dict.fromkeys(filter(None, map(township_of, addresses))))
