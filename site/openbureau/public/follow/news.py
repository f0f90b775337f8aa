"""What became of what somebody follows: the same that feeds tell, of exactly these, in words for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for

from openbureau.clock import local_date
from openbureau.library import kinds
from openbureau.library.records import Announced
from openbureau.library.whitelist.changes import InstitutionChange
from openbureau.library.whitelist.editions import Institution
from openbureau.library.whitelist.history import InstitutionEventKind
from openbureau.public.feeds.catalogue import Item, institution_changes
from openbureau.public.feeds.entries import entries, words_of_event
from openbureau.public.feeds.views import latest_first
from openbureau.public.follow.followed import Followed
from openbureau.web import link_to, publication, today

MAX_NEWS = 100
"""Entries of a page; whoever follows a whole county for years reads the others in a reader."""


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing that happened: what it was, where it stands, why it is told here.

    `institution` is None for documents; `is_grave` if a child may be taught there, and money may be at stake.
    """

    day: date
    title: str
    link: str
    words: Sequence[str]
    why: str = ""
    institution: Institution | None = None
    is_grave: bool = False


def items_of(followed: Followed) -> list[Item]:
    """All that is ever told of what is followed, in the order of publication."""
    items: dict[str, Item] = {}
    if followed.institutions or followed.counties:
        slugs = {slug for each in followed.institutions for slug in (each.slug, *each.aliases)}
        areas = publication().bureau.areas
        codes = {code for code, name in areas.items() if name in followed.counties}
        for change in institution_changes():
            if slugs & {*change.slugs} or codes & {*change.county_codes}:
                items[change.key] = change
    for topic in followed.topics:
        for item in publication().catalogue.announced(kinds.names(), {"topic": topic}, on=today()):
            items[item.key] = item
    return sorted(items.values(), key=lambda item: (item.published_at, item.key))


def is_new(item: Item, followed: Followed) -> bool:
    """Whether somebody who looked last when the address says has not seen it."""
    if isinstance(item, InstitutionChange) and followed.list_seen:
        return item.as_of > followed.list_seen
    return local_date(item.changed_at) >= followed.from_day


def news_of(followed: Followed) -> list[News]:
    """What is new, the latest first."""
    day = today()
    items = [item for item in items_of(followed) if is_new(item, followed) and item.is_public_on(day)]
    items = sorted(items, key=latest_first)[:MAX_NEWS]
    documents = [item for item in items if isinstance(item, Announced)]
    told = dict(zip(documents, entries(documents), strict=True))
    slugs = [("whitelist", item.slugs[-1]) for item in items if isinstance(item, InstitutionChange)]
    read = {record.slug: record for record in publication().catalogue.named(list(dict.fromkeys(slugs)))}
    news = [*_run_out(followed)]
    for item in items:
        if isinstance(item, InstitutionChange):
            record = read.get(item.slugs[-1])
            news.append(_of_change(item, record if isinstance(record, Institution) else None))
        else:
            entry = told[item]
            topics = "、".join(topic for topic in followed.topics if topic in entry.categories)
            news.append(
                News(
                    day=local_date(item.changed_at),
                    title=entry.title,
                    link=link_to(item),
                    words=(entry.summary,),
                    why=f"主题：{topics}" if topics else "",
                )
            )
    return sorted(news, key=lambda one: one.day, reverse=True)


def _of_change(change: InstitutionChange, record: Institution | None) -> News:
    grave = {InstitutionEventKind.REMOVED, InstitutionEventKind.STATUS_CHANGED}
    return News(
        day=change.as_of,
        title=change.name,
        link=url_for("whitelist.show", slug=change.slugs[-1]),
        words=[words_of_event(event) for event in change.events],
        why=publication().bureau.areas.get(change.county_codes[0], ""),
        institution=record,
        is_grave=any(event.kind in grave and event.after != "正常" for event in change.events),
    )


def _run_out(followed: Followed) -> list[News]:
    """The permits that ran out meanwhile: no list tells that, the calendar does."""
    news = []
    for institution in followed.institutions:
        if not institution.is_listed or not institution.has_run_out(today()):
            continue
        first_day_without = date.fromisoformat(institution.valid_to) + timedelta(days=1)
        if first_day_without >= followed.from_day:
            news.append(
                News(
                    day=first_day_without,
                    title=institution.title,
                    link=link_to(institution),
                    words=("许可证有效期已过，名单里还没有续期记录",),
                    why=institution.county,
                    institution=institution,
                    is_grave=True,
                )
            )
    return news
