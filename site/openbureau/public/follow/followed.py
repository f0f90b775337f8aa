"""What an address follows, read and written: nothing of it is kept anywhere but in the address itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from openbureau.chinese.dates import NotADay, read_day
from openbureau.library.whitelist.editions import Institution
from openbureau.web import publication, today

MAX_INSTITUTIONS = 20
"""Institutions of one page: more than any family has, and an address that messengers still take."""

USUAL_DAYS = 30
"""Days that are looked back where the address names none."""

INSTITUTION, TOPIC, COUNTY, SINCE, LIST = "i", "t", "c", "since", "list"
"""The names in an address."""


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What somebody follows.

    `since` is the day from which on they want to see changes; None: the address names none. `list_seen` is
    the day of the newest list (名单截至) that they have seen: a list is published weeks after its day, and
    would otherwise lie before `since` when it comes.
    """

    institutions: tuple[Institution, ...] = ()
    topics: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    since: date | None = None
    list_seen: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is followed."""
        return not (self.institutions or self.topics or self.counties)

    @property
    def is_full(self) -> bool:
        """Whether no institution more may be added."""
        return len(self.institutions) >= MAX_INSTITUTIONS

    @property
    def from_day(self) -> date:
        """The day from which on changes are shown."""
        return self.since or today() - timedelta(days=USUAL_DAYS)

    @property
    def names(self) -> tuple[str, ...]:
        """All that is followed, in words."""
        return (*(each.title for each in self.institutions), *self.topics, *self.counties)

    def follows(self, institution: Institution) -> bool:
        """Whether an institution is among them."""
        return institution.slug in [each.slug for each in self.institutions]

    def adding(self, institution: Institution) -> "Followed":
        """The same and one institution more."""
        return replace(self, institutions=(*self.institutions, institution))

    def without(self, unwanted: Institution | str) -> "Followed":
        """The same but for an institution, a topic or a county."""
        if isinstance(unwanted, Institution):
            others = tuple(each for each in self.institutions if each.slug != unwanted.slug)
            return replace(self, institutions=others)
        return replace(
            self,
            topics=tuple(topic for topic in self.topics if topic != unwanted),
            counties=tuple(county for county in self.counties if county != unwanted),
        )

    def all_seen(self) -> "Followed":
        """The same, from today on."""
        newest = publication().catalogue.newest_edition()
        return replace(self, since=today(), list_seen=newest.as_of if newest else None)

    def lasting(self) -> "Followed":
        """The same without days: what a calendar or a reader asks for again and again."""
        return replace(self, since=None, list_seen=None)

    @property
    def arguments(self) -> Sequence[tuple[str, str]]:
        """Name and value of all that stands in the address, in one order."""
        days = ((SINCE, self.since), (LIST, self.list_seen if self.since else None))
        return [
            *((INSTITUTION, each.slug) for each in self.institutions),
            *((TOPIC, topic) for topic in self.topics),
            *((COUNTY, county) for county in self.counties),
            *((name, day.isoformat()) for name, day in days if day),
        ]

    def address(self, endpoint: str = "follow.index", **values: Any) -> str:
        """The address that says this."""
        return followed_address(self.arguments, endpoint, **values)


def followed_address(
    arguments: Sequence[tuple[str, str]], endpoint: str = "follow.index", **values: Any
) -> str:
    """An address with these arguments."""
    # Not by url_for: addresses that it built with their arguments stay in memory.
    query = urlencode(arguments)
    return url_for(endpoint, **values) + (f"?{query}" if query else "")


def read_followed(arguments: MultiDict[str, str]) -> tuple[Followed, Mapping[str, str]]:
    """What an address follows, as far as it can be read, and in words what is wrong with it, by its names."""
    problems = {}
    slugs = _values(arguments, INSTITUTION)
    read = {slug: _institution(slug) for slug in slugs[:MAX_INSTITUTIONS]}
    if unknown := [slug for slug, institution in read.items() if institution is None]:
        problems[INSTITUTION] = (
            f"没有找到这些机构：{'、'.join(unknown)}。网址可能没有复制完整，请在下面按名称再加一次。"
        )
    if (left := len(slugs) - MAX_INSTITUTIONS) > 0:
        more = f"一页最多关注{MAX_INSTITUTIONS}家机构，后面的{left}家没有算进去。可以另做一页。"
        problems[INSTITUTION] = problems.get(INSTITUTION, "") + more
    bureau = publication().bureau
    topics, unknown_topics = _known(_values(arguments, TOPIC), bureau.topics)
    counties, unknown_counties = _known(_values(arguments, COUNTY), bureau.areas.values())
    if unknown_topics:
        problems[TOPIC] = f"没有这些主题：{'、'.join(unknown_topics)}。请在下面重新选。"
    if unknown_counties:
        problems[COUNTY] = f"没有这些县（市、区）：{'、'.join(unknown_counties)}。请在下面重新选。"
    since, fault = _day(arguments.get(SINCE, "").strip())
    if fault:
        problems[SINCE] = fault
    list_seen, _ = _day(arguments.get(LIST, "").strip())
    # An institution has several addresses when it got a better one.
    institutions = {each.slug: each for each in read.values() if each}
    followed = Followed(
        institutions=tuple(institutions.values()),
        topics=topics,
        counties=counties,
        since=since,
        list_seen=list_seen,
    )
    return followed, problems


def _values(arguments: MultiDict[str, str], name: str) -> list[str]:
    """The values of a name, each once, short enough to be any of ours."""
    values = (value.strip()[:64] for value in arguments.getlist(name))
    return list(dict.fromkeys(value for value in values if value))


def _known(values: Sequence[str], known: Collection[str]) -> tuple[tuple[str, ...], list[str]]:
    """Those that there are, in the order of the list, and the others."""
    return tuple(each for each in known if each in values), [each for each in values if each not in known]


def _institution(slug: str) -> Institution | None:
    """The institution at an address of the present or the past."""
    catalogue = publication().catalogue
    record = catalogue.get("whitelist", slug)
    if record is None:
        # Not `page`, which remembers what it counted.
        for renamed in catalogue.institutions(catalogue.numbers("whitelist", {"alias": slug})):
            record = catalogue.get("whitelist", renamed.slug)
    return record if isinstance(record, Institution) else None


def _day(text: str) -> tuple[date | None, str]:
    """The day that is meant, and what is wrong with it."""
    if not text:
        return None, ""
    try:
        day = read_day(text)
    except NotADay:
        return None, f"“{text[:20]}”不是日期。请写成2026-11-12这样，或者留空，看最近{USUAL_DAYS}天。"
    if day > today():
        return None, "这一天还没有到。请写今天或者以前的日期。"
    return day, ""
