"""What a feed says of a record, and of what an edition of the whitelist changed."""

import mimetypes
import re
from collections.abc import Sequence
from urllib.parse import quote

from flask import url_for
from markupsafe import Markup, escape

from openbureau.formats.feeds import Enclosure, FeedEntry
from openbureau.library.records import Announced, Record
from openbureau.library.whitelist.changes import InstitutionChange
from openbureau.library.whitelist.editions import Edition
from openbureau.library.whitelist.history import InstitutionEvent, InstitutionEventKind, Text
from openbureau.public.corrections import changes_html
from openbureau.public.feeds.catalogue import Item
from openbureau.web import base_url, chinese_day, link_to, publication, root_url, today
from openbureau.web.variants import with_addresses

_FOR_PAGES = re.compile(r' (?:srcset|sizes|loading|decoding)="[^"<>]*"(?=[^<>]*>)')
"""What of a picture speaks of the page that it stands on."""


def tag(name: str) -> str:
    """The name of an entry or a feed for ever (RFC 4151)."""
    return f"tag:{publication().bureau.tag_authority}:{name}"


def entries(items: Sequence[Item]) -> list[FeedEntry]:
    """The entries that tell of `items`, in their order."""
    names = [(item.kind, item.slug) for item in items if isinstance(item, Announced)]
    records = {f"{record.kind}/{record.slug}": record for record in publication().catalogue.named(names)}
    return [
        _of_change(item) if isinstance(item, InstitutionChange) else _of_record(records[item.key], item)
        for item in items
    ]


def _of_record(record: Record, announced: Announced) -> FeedEntry:
    """A correction, a withdrawal or the end of its force is told under the id of the first telling."""
    title, summary = f"{record.mark_on(today())}{record.title}", record.summary
    html = record.html or f"<p>{escape(summary)}</p>"
    if record.is_withdrawn:
        title, summary = f"【撤回】{record.title}", f"本条已撤回。原因：{record.withdrawn_reason}"
        html = f"<p>{escape(summary)}</p>"
    elif record.change_note:
        # A register goes on: what its newest edition says otherwise was not wrong before.
        word = "变更" if record.kind == "registers" else "更正"
        changed = changes_html(record.corrections[0]["changes"]) if record.corrections else ""
        title, html = f"【{word}】{title}", f"<p>{word}说明：{escape(record.change_note)}</p>{changed}{html}"
    # Readers of feeds show one picture, and lay it out by themselves.
    html = _FOR_PAGES.sub("", html)
    address = link_to(record, absolute=True)
    return FeedEntry(
        id=tag(f"{record.kind}/{record.slug}"),
        title=title,
        link=address,
        published_at=announced.published_at,
        updated_at=announced.changed_at,
        summary=summary,
        html=with_addresses(html, lambda link: (address if link.startswith("#") else root_url()) + link),
        categories=[*record.facet("topic"), *record.facet("severity")],
        attachments=_attachments(record),
        withdrawn=record.withdrawn_reason,
    )


def _attachments(record: Record) -> Sequence[Enclosure]:
    if record.is_withdrawn or (isinstance(record, Edition) and record.withheld):
        return ()
    if not isinstance(record, Edition):
        return [
            Enclosure(
                base_url()
                + url_for("attachments.show", kind=record.kind, slug=record.slug, name=file["name"]),
                mimetypes.guess_type(file["name"])[0] or "application/octet-stream",
                file["size"],
                file["name"],
            )
            for file in record.attachments
        ]
    address = url_for("whitelist_data.workbook", slug=record.slug)
    media_type = mimetypes.guess_type(record.copy_file)[0] or "application/octet-stream"
    return (Enclosure(base_url() + address, media_type, record.copy_size, record.copy_file),)


def _of_change(change: InstitutionChange) -> FeedEntry:
    areas = publication().bureau.areas
    county = areas.get(change.county_codes[0], "")
    card = base_url() + url_for("whitelist.show", slug=change.slugs[-1])
    edition = base_url() + url_for("whitelist.edition", slug=change.edition)
    day = chinese_day(change.as_of)
    happenings = [words_of_event(event) for event in change.events]
    happened = "，".join(title_of_event(event) for event in change.events)
    about = "，".join(filter(None, (county, change.permit_no and f"许可证号{change.permit_no}")))
    html = (
        Markup("<p>{}{}，按截至{}的名单：</p><ul>{}</ul>").format(
            change.name,
            f"（{about}）" if about else "",
            day,
            Markup("").join(Markup("<li>{}</li>").format(text) for text in happenings),
        )
        + Markup('<p>变化发生在这份名单和上一份名单之间。<a href="{}">看这家机构</a>，').format(card)
        + Markup('<a href="{}">看这一期名单</a>。</p>').format(edition)
    )
    return FeedEntry(
        id=tag(quote(change.key)),
        title=f"{change.name}{f'（{county}）' if county else ''}：{happened}",
        link=card,
        published_at=change.published_at,
        updated_at=change.changed_at,
        summary=f"截至{day}：{'；'.join(happenings)}。",
        html=str(html),
        categories=[
            *filter(None, (areas.get(code) for code in change.county_codes)),
            *filter(None, change.categories),
            *(event.kind.label for event in change.events),
        ],
    )


def title_of_event(event: InstitutionEvent) -> str:
    """What happened, short enough for a title."""
    match event.kind:
        case InstitutionEventKind.STATUS_CHANGED:
            return f"状态变为“{_text(event.after)}”"
        case InstitutionEventKind.RENAMED:
            return f"更名（原名{_text(event.before)}）"
        case _:
            return event.kind.label


def words_of_event(event: InstitutionEvent) -> str:
    """What happened, from what to what."""
    match event.kind:
        case InstitutionEventKind.REMOVED:
            return f"{event.kind.label}：这份名单不再列出"
        case InstitutionEventKind.ADDED | InstitutionEventKind.RETURNED:
            return event.kind.label
        case InstitutionEventKind.USCC_OBTAINED:
            return f"{event.kind.label}：{_text(event.after)}"
        case _:
            return f"{event.kind.label}：{_text(event.before)} → {_text(event.after)}"


def _text(text: Text) -> str:
    if isinstance(text, str):
        return text or "（空）"
    return "至".join(chinese_day(day) if day else "未载明" for day in text)
