"""The whitelist: the list of institutions, one institution's card, and the editions it comes from."""

from datetime import date

from flask import Blueprint, Response, abort, redirect, request, send_file, url_for

from openbureau.library.lookup_answers import Found, Match
from openbureau.library.records import Record
from openbureau.library.whitelist_answer import answer_on
from openbureau.library.whitelist_difference import Difference, difference_of
from openbureau.library.whitelist_editions import Edition, Institution
from openbureau.library.whitelist_history import Text
from openbureau.public import lists
from openbureau.public.tables import csv_table
from openbureau.web import fetch, page, publication, today

FACETS = ("county", "category", "audience", "status", "listed")
COLUMNS = (
    ("机构名称", "title"),
    ("统一社会信用代码", "uscc"),
    ("办学许可证号", "permit_no"),
    ("县（市、区）", "county"),
    ("办学地址", "addr_premises"),
    ("有效期起", "valid_from"),
    ("有效期止", "valid_to"),
    ("状态", "status"),
    ("截至日期", "as_of"),
    ("来源文件", "source_file"),
    ("来源工作表", "source_sheet"),
    ("来源行", "source_row"),
)

bp = Blueprint("whitelist", __name__, url_prefix="/whitelist")


def _found(query: str) -> tuple[list[str] | None, Found]:
    """The slugs of those a query means, best first, and how they were found; None without a query."""
    found = publication().lookup.find(query)
    if not query:
        return None, found
    if found.total > len(found.meant):
        # So many hold it that the box has cut its answer: the search has all of them.
        hits = publication().search.find(query, kinds=("whitelist",))
        return [key.partition("/")[2] for key in hits.keys[: hits.whole]], found
    return [match.key for match in found.meant], found


def _listed(query: str) -> dict[str, str]:
    """Who looks through the list sees who is on it; who looks for somebody finds those that were, too."""
    asked = query or request.args.get("status") or "listed" in request.args
    return {} if asked else {"listed": "在名单内"}


@bp.get("/")
def index() -> Response:
    """The list, by name, number, address or filter."""
    query = request.args.get("q", "").strip()
    only, found = _found(query)
    within = _listed(query)
    listing = lists.listing("whitelist", FACETS, within=within, only=only, by_source=True)
    return page(
        "public/whitelist/index.html",
        fragment="public/whitelist/_results.html",
        query=query,
        found=found,
        others=_others(found),
        listing=listing,
        chosen={**lists.filters(FACETS), **within},
        edition=publication().catalogue.newest_edition(),
        editions=publication().catalogue.page("editions", {}).records,
    )


def _others(found: Found) -> list[tuple[Match, Record]]:
    """Institutions that a parent may take for the one looked for, and must not."""
    records = publication().catalogue.named([("whitelist", match.key) for match in found.others])
    return list(zip(found.others, records, strict=True))


@bp.get("/<slug>/")
def show(slug: str) -> Response:
    """One institution: the answer first, then everything the list says."""
    for renamed in publication().catalogue.page("whitelist", {"alias": slug}).records:
        return redirect(url_for("whitelist.show", slug=renamed.slug), 301)  # type: ignore[return-value]
    institution = fetch("whitelist", slug)
    if not isinstance(institution, Institution):
        abort(404)
    asked = request.args.get("on", "").strip()
    day = _past_day(asked)
    return page(
        "public/whitelist/show.html",
        record=institution,
        state=institution.state_on(today()),
        events=institution.history.events[::-1],
        asked=asked,
        answer=answer_on(institution.history, day, publication().catalogue.issues()) if day else None,
    )


def _past_day(text: str) -> date | None:
    """The day a parent asks about; None when it is no day, or has not come yet."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= today() else None


@bp.get("/list.csv")
def download() -> Response:
    """The list as one sees it, all pages: same filters, same order."""
    query = request.args.get("q", "").strip()
    found = publication().catalogue.page(
        "whitelist",
        {**lists.filters(FACETS), **_listed(query)},
        per_page=100_000,
        only=_found(query)[0],
        by_source=True,
    )
    return csv_table(
        "whitelist.csv",
        [heading for heading, _ in COLUMNS],
        ([getattr(record, name) for _, name in COLUMNS] for record in found.records),
    )


@bp.get("/editions/<slug>/")
def edition(slug: str) -> Response:
    """One edition: what it counts, the digest by which a copy is proved, and what it may be compared with."""
    record = fetch("editions", slug)
    if not isinstance(record, Edition):
        abort(404)
    others = [
        other
        for other in publication().catalogue.page("editions", {}, per_page=1000).records
        if isinstance(other, Edition) and other is not record and other.as_of != record.as_of
        if set(other.county_codes) & set(record.county_codes)
    ]
    return page("public/whitelist/edition.html", record=record, others=others)


@bp.get("/changes/<older>/<newer>/")
def changes(older: str, newer: str) -> Response:
    """What differs between two editions."""
    return page(
        "public/whitelist/changes.html",
        older=fetch("editions", older),
        newer=fetch("editions", newer),
        difference=_difference(older, newer),
    )


@bp.get("/changes/<older>/<newer>/changes.csv")
def changes_table(older: str, newer: str) -> Response:
    """The same as a table."""
    found = _difference(older, newer)
    counties = publication().bureau.areas
    return csv_table(
        f"changes-{older}--{newer}.csv",
        ["变化", "机构名称", "统一社会信用代码", "办学许可证号", "县（市、区）", "状态", "原来", "现在"],
        (
            [
                change.kind.label,
                change.name,
                change.uscc,
                change.permit_no,
                counties.get(change.county_code, ""),
                change.status,
                _plain(change.before),
                _plain(change.after),
            ]
            for change in found.changes
        ),
    )


def _difference(older: str, newer: str) -> Difference:
    """What differs; 404 when there is no such edition, or the order is not that of time."""
    issues = publication().catalogue.issues()
    slugs = [issue.slug for issue in issues]
    if older not in slugs or newer not in slugs or slugs.index(older) >= slugs.index(newer):
        abort(404)
    return difference_of(publication().catalogue.histories(), issues, older, newer)


def _plain(text: Text) -> str:
    return text if isinstance(text, str) else " 至 ".join(text)


@bp.get("/editions/<slug>/file")
def workbook(slug: str) -> Response:
    """The workbook as it was published."""
    record = fetch("editions", slug)
    if not isinstance(record, Edition):
        abort(404)
    return send_file(publication().workbook(record.file), as_attachment=True, download_name=record.file)
