"""The sections of the site: for the navigation, and for whoever asks when one of them changed."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Flask, request, url_for

from openbureau.library import kinds
from openbureau.public.search_results import searched_kinds
from openbureau.web import publication
from openbureau.web.variants import rooted


class SiteSection(NamedTuple):
    """A section: the endpoint of its page, the kinds of record that change it, and its tab, if it has one."""

    endpoint: str
    kinds: Sequence[str]
    tab: str = ""


class Tab(NamedTuple):
    """What the row of columns and the menu show of a section: its address and text, the name of its kind or
    blueprint, and `aria-current`, empty where one is elsewhere."""

    address: str
    text: str
    name: str
    current: str


def init_app(app: Flask) -> None:
    """Let every page show the tabs."""
    app.context_processor(_in_templates)


def _in_templates() -> dict[str, object]:
    return {"tabs": tuple(_tabs())}


def _tabs() -> list[Tab]:
    report = rooted(publication().bureau.annual_report)
    is_report = request.script_root + request.path == report
    return [
        *(_tab(section.endpoint, section.tab) for section in sections() if section.tab),
        Tab(report, "数据", "announcements", "page" if is_report else ""),
        _tab("tip_off.index", "企业反映乱罚款"),
    ]


def _tab(endpoint: str, text: str) -> Tab:
    name = endpoint.split(".")[0]
    # What belongs to no section, such as the page about the site, has an address beside the front page's.
    is_within = request.blueprint == name != "home"
    current = "page" if request.endpoint == endpoint else "true" if is_within else ""
    return Tab(url_for(endpoint), text, name, current)


def sections() -> list[SiteSection]:
    """All of them, those with a tab in the order of the tabs."""
    first, *others = (
        SiteSection(f"{kind.name}.index", (kind.name,), kind.tab if kind.is_column else "")
        for kind in kinds.KINDS
    )
    return [
        SiteSection("home.index", tuple(searched_kinds()), "首页"),
        # What most people come for stands where they see it.
        SiteSection("whitelist.index", ("whitelist", "editions"), "培训机构名单"),
        first,
        *others,
        SiteSection("registers.index", ("register", "registers"), "执法公开"),
        SiteSection("open_data.index", ("editions", "register")),
        SiteSection("subscribe.index", ()),
    ]
