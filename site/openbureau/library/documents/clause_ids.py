"""Names of clauses (第十二条) and the ids by which they are linked to, article-12."""

import re

from openbureau.chinese.folding import half_width
from openbureau.chinese.numerals import number

_NUMERAL = "[0-9０-９]{1,4}|[零〇一二三四五六七八九十百千两]{1,9}"
BEGINS = re.compile(
    rf"第(?P<number>{_NUMERAL})条(?:之(?P<after>[一二三四五六七八九十]{{1,3}}))?(?![、至和与及]第)"
)
"""How a clause begins; 第五条、第六条 at the beginning of a sentence begins none."""


def clause_id(text: str) -> str:
    """The id of the clause that `text` begins with or names; empty when it is none."""
    match = BEGINS.match(text)
    if not match:
        return ""
    after = f"-{number(match['after'])}" if match["after"] else ""
    return f"article-{number(half_width(match['number']))}{after}"


def clause_name(text: str) -> str:
    """The name of the clause that `text` begins with, as written; empty when it begins with none."""
    match = BEGINS.match(text)
    return match[0] if match else ""
