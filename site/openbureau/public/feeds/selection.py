"""What an address asks of a feed, whether it may, and the address of what was chosen."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from openbureau.public.feeds.catalogue import FeedOffer

MAX_NAMED_VALUES = 40
"""So many possible values are named to one who asked for another."""


def feed_address(
    name: str, form: str, chosen: Mapping[str, str | None] | None = None, archive: int = 0
) -> str:
    """The address of a feed, narrowed to `chosen`: one and the same however the choice was written."""
    if archive:
        address = url_for("feeds.archive", name=name, number=archive, form=form)
    else:
        address = url_for("feeds.show", name=name, form=form)
    return address + query_for(chosen or {})


def feed_page(name: str, chosen: Mapping[str, str | None] | None = None) -> str:
    """The address of the page that explains how to be told, and lets one narrow what of."""
    return url_for("subscribe.choose", name=name) + query_for(chosen or {})


def feed_twin(name: str, chosen: Mapping[str, str | None] | None = None) -> str:
    """The address of the page that says what the feed says, for people."""
    return url_for("feeds.read", name=name) + query_for(chosen or {})


def query_for(chosen: Mapping[str, str | None]) -> str:
    """The choice as the end of an address, `?` included; empty if nothing is chosen."""
    # Not url_for: a register's columns could be named like its options.
    query = urlencode(sorted((name, value) for name, value in chosen.items() if value))
    return query and f"?{query}"


def chosen_by(offer: FeedOffer, arguments: MultiDict[str, str]) -> dict[str, str]:
    """The choice in the address, in the offer's order; what is empty is not chosen."""
    values = {name: arguments.get(name, "").strip() for name in offer.labels}
    return {name: value for name, value in values.items() if value}


def problems_of(offer: FeedOffer, arguments: MultiDict[str, str]) -> list[str]:
    """What is wrong with the choice in the address, and how to mend it, in words for people."""
    problems = []
    for name in arguments:
        if name not in offer.labels:
            labels = "、".join(f"{labels}（{label}）" for labels, label in offer.labels.items())
            problems.append(
                f"“{name}”不是“{offer.title}”的订阅条件。可以用的条件：{labels or '没有，请去掉它'}。"
            )
        elif len(arguments.getlist(name)) > 1:
            problems.append(f"“{name}”写了不止一次，请只留一个。")
    for name, value in chosen_by(offer, arguments).items():
        if not offer.knows(name, value):
            problems.append(f"“{offer.labels[name]}”里没有“{value}”。{_remedy(offer, name)}")
    if offer.needs and not chosen_by(offer, arguments).get(offer.needs):
        problems.append(f"请写明{offer.labels[offer.needs]}：在地址后面加“?{offer.needs}=…”。")
    return problems


def _remedy(offer: FeedOffer, name: str) -> str:
    values = [
        value if value == label else f"{value}（{label}）" for value, label in offer.values(name).items()
    ]
    if not values:
        return "请从名单中该机构的页面复制订阅地址。"
    return f"可以用：{'、'.join(values[:MAX_NAMED_VALUES])}{'……' if len(values) > MAX_NAMED_VALUES else ''}。"
