"""Telephone numbers of China in a text, as a telephone dials them."""

import re

from openbureau.chinese.folding import half_width, plain_dashes
from openbureau.chinese.personal_data import MOBILE

_NUMBER = re.compile(
    r"(?<![\d.])(?:\+?86[- ]?)?"
    rf"(\(?0\d{{2,3}}\)?[- ]?\d{{7,8}}|{MOBILE}|[48]00[- ]?\d{{3}}[- ]?\d{{4}}|\d{{7,8}})(?![\d.])",
    re.ASCII,
)
"""A fixed line with its area code or, as neighbours say it, without; a mobile; a 400 or 800 number."""


def numbers_to_call(text: str) -> tuple[str, ...]:
    """The numbers in their order, each once, digits and hyphens alone (RFC 3966); extensions are left out."""
    found = (
        re.sub(r"[() ]+", "-", number).strip("-")
        for number in _NUMBER.findall(plain_dashes(half_width(text)))
    )
    return tuple(dict.fromkeys(re.sub("-+", "-", number) for number in found))
