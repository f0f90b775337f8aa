"""The sections of the site: for the navigation, and for whoever asks when one of them changed."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Flask

from openbureau.library import kinds
from openbureau.public.search_results import searched_kinds


class SiteSection(NamedTuple):
    """A section: the endpoint of its page, the kinds of record that change it, and its tab, if it has one."""

    endpoint: str
    kinds: Sequence[str]
    tab: str = ""


def init_app(app: Flask) -> None:
    """Let every page show the tabs."""
    app.context_processor(_in_templates)


def _in_templates() -> dict[str, object]:
    tabs = [(section.endpoint, section.tab) for section in sections() if section.tab]
    return {"tabs": [*tabs, ("tip_off.index", "反映乱罚款")]}


def sections() -> list[SiteSection]:
    """All of them, those with a tab in the order of the tabs."""
    first, *others = (SiteSection(f"{kind.name}.index", (kind.name,), kind.tab) for kind in kinds.KINDS)
    return [
        SiteSection("home.index", tuple(searched_kinds())),
        first,
        # What most people come for stands where they see it.
        SiteSection("whitelist.index", ("whitelist", "editions"), "培训白名单"),
        *others,
        SiteSection("registers.index", ("register", "registers")),
        SiteSection("open_data.index", ("editions", "register")),
        SiteSection("feeds.index", ()),
    ]
