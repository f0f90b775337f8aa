"""Deadlines for people's calendars: when notices, consultations, public displays and permits end."""

from collections.abc import Iterable
from datetime import date
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, url_for

from openbureau.formats.icalendar import MEDIA_TYPE, CalendarEvent, calendar
from openbureau.library import kinds
from openbureau.library.records import Record
from openbureau.library.registers import RegisterEntry
from openbureau.library.whitelist.editions import Institution
from openbureau.web import fetch, link_to, publication, today

MAX_RECORDS = 10_000
"""Deadlines of a calendar."""

bp = Blueprint("calendars", __name__)


@bp.get("/feeds/deadlines.ics")
def deadlines() -> Response:
    """Until when every notice holds, opinions are asked for, and documents are in force."""
    catalogue = publication().catalogue
    records = [
        record for kind in kinds.names() for record in catalogue.page(kind, {}, per_page=MAX_RECORDS).records
    ]
    events = [event for record in records for event in events_of_document(record)]
    return calendar_answer(f"{publication().bureau.site_name}：截止日期", events)


@bp.get("/registers/<name>/deadlines.ics")
def register(name: str) -> Response:
    """When the public display of each entry of a register ends."""
    record = fetch("register", name)
    entries = publication().catalogue.page("registers", {"register": name}, per_page=MAX_RECORDS, on=today())
    return calendar_answer(
        f"{record.title}：公示截止",
        [
            _deadline(entry, entry.public_until, f"公示截止：{entry.title}", entry.summary)
            for entry in entries.records
            if isinstance(entry, RegisterEntry) and entry.public_until
        ],
    )


@bp.get("/consultations/<slug>/deadline.ics")
def consultation(slug: str) -> Response:
    """The last day on which opinions on a draft are taken; 404 if nobody told it."""
    record = fetch("consultations", slug)
    deadlines = [*events_of_document(record)]
    if not deadlines:
        abort(404)
    return calendar_answer(deadlines[0].title, deadlines)


@bp.get("/whitelist/<slug>/permit.ics")
def permit(slug: str) -> Response:
    """When the permit of an institution expires; 404 if the list names no such day or no such institution."""
    for renamed in publication().catalogue.page("whitelist", {"alias": slug}).records:
        return redirect(url_for("calendars.permit", slug=renamed.slug), 301)  # type: ignore[return-value]
    record = fetch("whitelist", slug)
    events = [*events_of_institution(record)] if isinstance(record, Institution) else []
    if not events:
        abort(404)
    return calendar_answer(events[0].title, events)


def events_of_institution(institution: Institution) -> Iterable[CalendarEvent]:
    """When its permit expires; nothing if it is not on the list, or the list names no such day."""
    if institution.is_listed and institution.valid_to[:1].isdigit():
        title = f"{institution.title}：许可证有效期到这一天"
        basis = f"按截至{institution.as_of}的名单，办学许可证有效期至{institution.valid_to}。"
        yield _deadline(institution, institution.valid_to, title, f"{basis}交费前请核对是否已经续期。")


def events_of_document(record: Record) -> Iterable[CalendarEvent]:
    """The last day to do what it asks for, and the last on which it holds or is open."""
    if record.to_do_by:
        title = f"最后一天：{record.title}"
        yield _deadline(record, record.to_do_by.isoformat(), title, record.to_do, "/to-do")
    if last_day := record.last_day():
        day, what = last_day
        yield _deadline(record, day.isoformat(), f"{what}：{record.title}", record.to_do)


def _deadline(record: Record, day: str, title: str, text: str, part: str = "") -> CalendarEvent:
    """`part` tells a second deadline of a record from its first."""
    authority = publication().bureau.tag_authority.partition(",")[0]
    # An institution gets a better address with its credit code; its first one names it for ever.
    name = [*record.aliases, record.slug][0] if isinstance(record, Institution) else record.slug
    return CalendarEvent(
        uid=f"{record.kind}/{quote(name)}{part}@{authority}",
        day=date.fromisoformat(day),
        title=title,
        text=f"{text}\n{link_to(record, absolute=True)}",
        link=link_to(record, absolute=True),
        told_at=record.changed_at,
    )


def calendar_answer(name: str, events: Iterable[CalendarEvent]) -> Response:
    """A calendar of that name as a file."""
    ordered = sorted(events, key=lambda event: (event.day, event.uid))
    return Response(calendar(name, ordered), content_type=f"{MEDIA_TYPE}; charset=utf-8")
