"""The box above the hits of a search: the section on which words and meaning agree, as it is published."""

import re
from typing import NamedTuple

from markupsafe import Markup, escape

from openbureau.formats.html_excerpt import excerpt
from openbureau.library.records import Record
from openbureau.web import link_to
from openbureau.web.variants import rooted_links

PHONE_LINE = 19
"""Chinese characters in a line on a phone."""

SHOWN_LINES = 8
"""Lines that are shown before somebody asks for the rest; the style sheet has the same number."""

_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|li|tr)>|<br>")


class SectionBox(NamedTuple):
    """The section: its record, its anchor there, its text; `is_long` when not all of it is shown at first."""

    record: Record
    anchor: str
    html: Markup
    is_long: bool


def section_box(record: Record, anchor: str) -> SectionBox | None:
    """The box for a section; None when it cannot be shown whole."""
    html = excerpt(record.html, anchor, without="clause-links")
    if not html:
        return None
    lines = sum(1 + len(_TAG.sub("", block).strip()) // PHONE_LINE for block in _BLOCK_END.split(html))
    own = escape(link_to(record))
    linked = rooted_links(html).replace(Markup('href="#'), Markup('href="{}#').format(own))
    return SectionBox(record, anchor, linked, lines > SHOWN_LINES)
