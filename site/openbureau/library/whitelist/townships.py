"""The township (镇街) an address lies in: 街道, 镇, 乡 or 民族乡, the level below the county."""

import re
from collections.abc import Iterable

from openbureau.library.whitelist.vocabulary import fold

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
