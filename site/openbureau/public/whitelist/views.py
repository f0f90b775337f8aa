"""The whitelist: the list of institutions, one institution's card and proof, the editions it comes from."""

import io
from collections.abc import Sequence
from datetime import date

import segno
from flask import Blueprint, Response, abort, redirect, request, url_for

from openbureau.library.lookup.names import reads_as_name
from openbureau.library.records import Record
from openbureau.library.reported_figures import Computed, ReportedFigure, computed
from openbureau.library.whitelist.as_of import AsOfAnswer, answer_on
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.listing import Sort
from openbureau.public import lists
from openbureau.public.named_institutions import others_of
from openbureau.public.search_results import documents_about
from openbureau.public.throttle import turn
from openbureau.public.variants import per_page
from openbureau.public.whitelist import account_check
from openbureau.public.whitelist.account_check import Check
from openbureau.public.whitelist.card import contacts_of, verdict_of
from openbureau.public.whitelist.downloads import check_pair, difference
from openbureau.public.whitelist.selection import Selection, select
from openbureau.web import fetch, link_to, page, publication, refuse_cross_site, today

bp = Blueprint("whitelist", __name__, url_prefix="/whitelist")
bp.before_request(refuse_cross_site)


@bp.get("/")
def index() -> Response:
    """The list, by name, number, address or filter."""
    selection = select(request.args)
    listing = selection.listing(lists.page_number(), per_page(20))
    if listing.page > listing.pages:
        abort(404)
    is_name = reads_as_name(selection.query)
    return page(
        "public/whitelist/index.html",
        fragment="public/whitelist/_results.html",
        query=selection.query,
        found=selection.found,
        others=others_of(selection.found),
        documents=_documents(selection, is_name=is_name),
        # Whether what stands on the list comes before what answers questions.
        is_name=is_name or bool(selection.found.others),
        listing=listing,
        chosen=selection.filters,
        arguments=selection.arguments,
        sort=selection.sort,
        sorts=list(Sort),
        edition=publication().catalogue.newest_edition(),
        editions=publication().catalogue.page("editions", {}).records,
        figures=_figures(),
    )


def _documents(selection: Selection, *, is_name: bool) -> Sequence[Record]:
    """What answers a text that means no institution: it may be a question."""
    if not selection.query or selection.only or (is_name and selection.found.others):
        return ()
    return documents_about(selection.query)


def _figures() -> list[tuple[ReportedFigure, Computed | None]]:
    """What the bureau has reported, each beside what the list in force on that day says of it."""
    figures = publication().bureau.reported
    pairs = []
    for figure in figures:
        edition = publication().catalogue.newest_edition(until=figure.as_of)
        ours = computed(figure.measure, figures, edition.on_list, edition.as_of) if edition else None
        pairs.append((figure, ours))
    return pairs


@bp.get("/<slug>/")
def show(slug: str) -> Response:
    """One institution: the answer first, then everything the list says."""
    for renamed in publication().catalogue.page("whitelist", {"alias": slug}).records:
        return redirect(url_for("whitelist.show", slug=renamed.slug), 301)  # type: ignore[return-value]
    return _card(_institution(slug))


@bp.post("/<slug>/")
def check_account(slug: str) -> Response:
    """The card with the answer whether an account number is the one on the list; changes nothing.

    It is posted, because what stands in an address is kept by browsers and servers.
    """
    institution = _institution(slug)
    return _card(institution, account_check.check(institution, request.form.get("account", "")))


@bp.get("/<slug>/proof/")
def proof(slug: str) -> Response:
    """What the list says of an institution, today or on a past day, as one sheet of paper."""
    institution = _institution(slug)
    asked = request.args.get("on", "").strip()
    answer = _answer(institution, asked)
    if asked and not answer:
        # The card says what is wrong with the day.
        return redirect(url_for("whitelist.show", slug=slug, on=asked))  # type: ignore[return-value]
    history = institution.history
    version = answer.version if answer else history.versions[-1]
    if answer:
        basis = answer.edition.slug if answer.edition else ""
    else:
        basis = (history.events[-1] if history.is_removed else history.versions[-1]).edition
    return page(
        "public/whitelist/proof.html",
        record=institution,
        verdict=verdict_of(institution),
        answer=answer,
        version=version,
        basis=publication().catalogue.get("editions", basis),
        last_named=publication().catalogue.get("editions", version.edition) if version else None,
        address=link_to(institution, absolute=True),
    )


@bp.get("/<slug>/qr.svg")
def qr_code(slug: str) -> Response:
    """The address of the card as a QR code (ISO/IEC 18004)."""
    picture = io.BytesIO()
    address = link_to(_institution(slug), absolute=True)
    segno.make_qr(address, error="m").save(picture, kind="svg", border=4, svgclass=None, lineclass=None)
    return Response(picture.getvalue(), content_type="image/svg+xml")


def _institution(slug: str) -> Institution:
    institution = fetch("whitelist", slug)
    if not isinstance(institution, Institution):
        abort(404)
    return institution


def _card(institution: Institution, check: Check | None = None) -> Response:
    asked = request.args.get("on", "").strip()
    return page(
        "public/whitelist/show.html",
        fragment="public/whitelist/_account.html" if check else "",
        status=check.status if check else 200,
        record=institution,
        row=institution.row,
        verdict=verdict_of(institution),
        contacts=contacts_of(institution),
        events=institution.history.events[::-1],
        asked=asked,
        answer=_answer(institution, asked),
        check=check,
    )


def _answer(institution: Institution, day_text: str) -> AsOfAnswer | None:
    """The answer for the day asked about; None when it is none."""
    day = _past_day(day_text)
    return answer_on(institution.history, day, publication().catalogue.issues()) if day else None


def _past_day(text: str) -> date | None:
    """The day a parent asks about; None when it is no day, or has not come yet."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= today() else None


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
    check_pair(older, newer)
    with turn("list"):
        return page(
            "public/whitelist/changes.html",
            older=fetch("editions", older),
            newer=fetch("editions", newer),
            difference=difference(older, newer),
        )
