"""The front page, and what the site is."""

from collections.abc import Iterable
from datetime import date

from flask import Blueprint, Response

from openbureau.clock import local_date
from openbureau.library import kinds
from openbureau.library.documents.consultations import Consultation
from openbureau.library.documents.notices import Notice
from openbureau.library.documents.policies import Policy
from openbureau.library.records import Record
from openbureau.library.whitelist.listing import EXPIRING, PermitEnd
from openbureau.publishing.downloads.building import LISTED
from openbureau.web import fetch, page, publication, today

MAX_REMINDERS = 3
MAX_NEWS = 5
MAX_OF_A_KIND = 2
"""News of one kind that the front page shows: a day of many notices hides nothing else."""

LOOKED_THROUGH = 60
"""Records among which the news are looked for."""

bp = Blueprint("home", __name__)


@bp.get("/")
def index() -> Response:
    """The front page: the question of a parent, four ways on, what is urgent, what is new."""
    catalogue, day = publication().catalogue, today()
    everyone = catalogue.page("whitelist", LISTED, per_page=1, facets=("status", EXPIRING), on=day)
    ends, states = dict(everyone.choices[EXPIRING]), dict(everyone.choices["status"])
    featured = {kind.name: kind.featured for kind in kinds.KINDS}
    grave = [
        record
        for record in catalogue.page("notices", featured["notices"], per_page=20).records
        if isinstance(record, Notice) and (record.valid_until or date.max) >= day
    ]
    drafts = [
        record
        for record in catalogue.latest(["consultations"], LOOKED_THROUGH)
        if isinstance(record, Consultation) and record.is_open_on(day)
    ]
    asked = min(drafts, key=lambda draft: draft.closes_on or date.max, default=None)
    expiring = ends.get(PermitEnd.MONTH.label, 0)
    others = (asked is not None) + (expiring > 0)
    latest = catalogue.latest([*kinds.names(), "editions"], LOOKED_THROUGH)
    return page(
        "public/home/index.html",
        questions=_questions(grave),
        turn=catalogue.get("pages", "where-to-turn"),
        notices=grave[: MAX_REMINDERS - others],
        draft=asked,
        expiring=expiring,
        news=[(record, _near(local_date(record.changed_at), day)) for record in _mixed(latest)],
        edition=catalogue.newest_edition(),
        listed=LISTED,
        on_list=everyone.total,
        expired=ends.get(PermitEnd.EXPIRED.label, 0),
        closed=states.get("停业", 0),
    )


@bp.get("/about/")
def about() -> Response:
    """What this site is and how it treats what people tell it."""
    editions = publication().catalogue.page("editions", {}).records
    return page("public/home/about.html", record=fetch("pages", "about"), editions=editions)


@bp.get("/where-to-turn/", endpoint="where-to-turn")
def where_to_turn() -> Response:
    """Which trouble is for whom: numbers to call, what to have at hand, what happens then."""
    return page("public/home/where_to_turn.html", record=fetch("pages", "where-to-turn"))


def _questions(notices: Iterable[Notice]) -> list[str]:
    """A question that each of three notices answers, in people's own words: the shortest, for a button."""
    return [min(notice.answers, key=len) for notice in notices if notice.answers][:3]


def _mixed(records: Iterable[Record]) -> list[Record]:
    """The newest, of mixed kinds, and of a draft, its document and what explains it only one."""
    chosen: list[Record] = []
    told: set[str] = set()
    for record in records:
        subjects = _subjects(record)
        if sum(other.kind == record.kind for other in chosen) < MAX_OF_A_KIND and not told & subjects:
            chosen.append(record)
            told |= subjects
    return chosen[:MAX_NEWS]


def _subjects(record: Record) -> set[str]:
    """The names of the policies that a record is about."""
    match record:
        case Consultation():
            return {record.document, record.became} - {""}
        case Policy():
            return {record.slug, *(other.slug for other in record.interprets)}
    return set()


def _near(day: date, now: date) -> str:
    """今天, 昨天, 11月23日 or, of another year, the whole day."""
    match (now - day).days:
        case 0:
            return "今天"
        case 1:
            return "昨天"
    return f"{'' if day.year == now.year else f'{day.year}年'}{day.month}月{day.day}日"
