"""关注: one page of what somebody chose, and the same as a calendar and as a feed.

What is chosen says where a family's children go: it stands in the address alone. No answer is stored, the
shipped nginx has no log of these addresses, and nothing here may give their arguments to a cache, a log or
the counts of searches and visits.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from openbureau.formats.feeds import MEDIA_TYPES, Feed, render
from openbureau.library import kinds
from openbureau.library.whitelist.editions import Institution
from openbureau.public.feeds.calendars import calendar_answer, events_of_document, events_of_institution
from openbureau.public.feeds.entries import entries, tag
from openbureau.public.feeds.views import FORMS, NOTHING_YET, content_type_of, latest_first, newest
from openbureau.public.follow.followed import (
    INSTITUTION,
    MAX_INSTITUTIONS,
    SINCE,
    USUAL_DAYS,
    Followed,
    followed_address,
    read_followed,
)
from openbureau.public.follow.news import MAX_NEWS, is_new, items_of, news_of
from openbureau.public.named_institutions import others_of
from openbureau.public.throttle import turn
from openbureau.public.whitelist.card import verdict_of
from openbureau.web import base_url, page, publication, today

MAX_FOUND = 10
"""Institutions that are offered for a name; a parent who sees none of theirs writes more of the name."""

MAX_IN_COUNTY = 2_000
"""Permits of a county in a calendar."""

MAX_DOCUMENTS = 10_000
"""Documents of a topic in a calendar."""

GRAVE = ("stop", "warn")
"""Verdicts that stand at the head of the page: nobody should pay there today."""

bp = Blueprint("follow", __name__, url_prefix="/follow")


@bp.app_context_processor
def _in_templates() -> dict[str, object]:
    """What a card and a list need for their star."""
    return {"follow_address": follow_address}


def follow_address(institution: str = "", topic: str = "", county: str = "") -> str:
    """The page that follows one thing; with nothing the page that explains itself."""
    chosen = ((INSTITUTION, institution), ("t", topic), ("c", county))
    return followed_address([(name, value) for name, value in chosen if value])


@bp.get("/")
def index() -> Response:
    """What changed, how each institution stands, and the form that makes another address."""
    followed, problems = read_followed(request.args)
    query = request.args.get("q", "").strip()
    news = news_of(followed)
    meant, near = _found(query) if query else ((), ())
    bureau = publication().bureau
    verdicts = [(each, verdict_of(each)) for each in followed.institutions]
    return page(
        "public/follow/index.html",
        grave=[(each, verdict) for each, verdict in verdicts if verdict.tone in GRAVE],
        followed=followed,
        problems=problems,
        since_text=request.args.get(SINCE, "").strip()[:20],
        news=news,
        is_cut=len(news) >= MAX_NEWS,
        query=query[:64],
        meant=meant,
        near=near,
        topics=bureau.topics,
        counties=tuple(bureau.areas.values()),
        max_institutions=MAX_INSTITUTIONS,
        usual_days=USUAL_DAYS,
        forms_of_feed=FORMS,
        base_url=base_url(),
    )


def _found(query: str) -> tuple[Sequence[Institution], Sequence[Institution]]:
    """The institutions that a name means, and those that it may be mistaken for."""
    with turn("search"):
        result = publication().lookup.find(query)
    records = publication().catalogue.named([("whitelist", key) for key in result.keys[:MAX_FOUND]])
    meant = [record for record in records if isinstance(record, Institution)]
    near = () if meant else [record for _, record in others_of(result)[:MAX_FOUND]]
    return meant, near


@bp.get("/deadlines.ics")
def deadlines() -> Response:
    """The days of what is followed: permits that end, and what documents of a topic have to be done by."""
    followed, problems = read_followed(request.args)
    if problems:
        return _refused(problems.values())
    catalogue = publication().catalogue
    institutions = {each.slug: each for each in followed.institutions}
    for county in followed.counties:
        with turn("list"):
            numbers = catalogue.numbers("whitelist", {"county": county, "listed": "在名单内"})
            institutions |= {each.slug: each for each in catalogue.institutions(numbers[:MAX_IN_COUNTY])}
    events = [event for each in institutions.values() for event in events_of_institution(each)]
    records = {
        f"{record.kind}/{record.slug}": record
        for topic in followed.topics
        for kind in kinds.names()
        for record in catalogue.page(kind, {"topic": topic}, per_page=MAX_DOCUMENTS).records
    }
    events += [event for record in records.values() for event in events_of_document(record)]
    return calendar_answer(_title(followed), events)


@bp.get("/changes.<form>")
def feed(form: str) -> Response:
    """What is told of what is followed, for a reader: the newest, or all since the day in the address."""
    if form not in MEDIA_TYPES:
        abort(404)
    followed, problems = read_followed(request.args)
    if problems:
        return _refused(problems.values())
    items = items_of(followed)
    if followed.since:
        items = [item for item in items if is_new(item, followed)]
    shown = sorted(newest(items, len(items), today()), key=latest_first)
    bureau = publication().bureau
    title = f"{bureau.site_name}：{_title(followed)}"
    document = Feed(
        # Without the days: what is followed is the same on another day.
        id=tag(f"follow/?{urlencode(followed.lasting().arguments)}"),
        title=title,
        subtitle=f"{'【演示数据】' if bureau.demo else ''}{bureau.tagline}",
        link=base_url() + followed.address(),
        self_link=base_url() + followed.address("follow.feed", form=form),
        author=bureau.name,
        language=bureau.language,
        updated_at=max((item.changed_at for item in shown), default=NOTHING_YET),
        entries=entries(shown),
    )
    return Response(render(document, form), content_type=content_type_of(form))


def _title(followed: Followed) -> str:
    names = "、".join(followed.names[:3])
    more = f"等{len(followed.names)}项" if len(followed.names) > 3 else ""
    return f"我的关注（{names}{more}）" if names else "我的关注"


def _refused(problems: Iterable[str]) -> Response:
    """What is wrong with the address, in words."""
    lines = [*problems, f"到 {base_url()}{followed_address([])} 可以重新选择。", ""]
    return Response("\n".join(lines), 400, content_type="text/plain; charset=utf-8")
