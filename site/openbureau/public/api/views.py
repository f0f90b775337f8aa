"""The API for programs (`/api/v1/`): read only, the same data as the pages, JSON.

It is described by `/api/v1/openapi.json`; what goes wrong is told as problem details (RFC 9457).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.blueprints import BlueprintSetupState

from openbureau.library.catalogue import Listing
from openbureau.library.kinds import DocumentKind
from openbureau.library.registers import Register, RegisterEntry
from openbureau.library.whitelist.as_of import AsOfAnswer, answer_on
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.fields import INSTITUTION, as_json
from openbureau.library.whitelist.history import History
from openbureau.public import search_results
from openbureau.public.api import openapi as description
from openbureau.public.api import schemas
from openbureau.public.api.documents import format_of, offered_kinds
from openbureau.public.api.parameters import (
    ON,
    PAGES,
    Parameter,
    institution_parameters,
    read,
    register_parameters,
)
from openbureau.public.api.search import answer as search_answer
from openbureau.public.api.search import search_parameters
from openbureau.public.downloads import json_document
from openbureau.public.named_institutions import others_of
from openbureau.public.registers import MAX_RECORDS, all_registers
from openbureau.public.throttle import turn
from openbureau.public.whitelist.card import verdict_of
from openbureau.public.whitelist.downloads import check_pair, described, difference, edition
from openbureau.public.whitelist.selection import select
from openbureau.search import Hits
from openbureau.web import base_url, fetch, publication, today

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.get("/openapi.json")
def openapi() -> Response:
    """The description of all that can be asked here (OpenAPI 3.1)."""
    read([])
    return json_document(description.document())


@bp.get("/institutions")
def institutions() -> Response:
    """The list of institutions, as its page has it."""
    query = read(institution_parameters())
    selection = select(query)
    listing = selection.listing(*_page(query))
    shown = "meant" if selection.query else None
    parts = {
        "institutions": [schemas.institution_shown(record, shown) for record in listing.records],
        # As on the page: near ones stand once, below the first of those that are meant.
        "others": [
            schemas.institution_shown(record, "near", match.value)
            for match, record in (others_of(selection.found) if listing.page == 1 else ())
        ],
    }
    return _paged(listing, parts)


@bp.get("/institutions/<slug>")
def institution(slug: str) -> Response:
    """One institution with its history, and how it stood on the day that `on` names."""
    query = read([ON])
    for renamed in publication().catalogue.page("whitelist", {"alias": slug}).records:
        address = url_for("api.institution", slug=renamed.slug, on=query.get("on"))
        return redirect(address, 301)  # type: ignore[return-value]
    record = fetch("whitelist", slug)
    if not isinstance(record, Institution):
        abort(404)
    history = record.history
    answer = _answer(history, date.fromisoformat(query["on"])) if "on" in query else None
    parts = schemas.history_parts(history, answer, verdict_of(record))
    return json_document(as_json(INSTITUTION, described(record)) | parts)


@bp.get("/editions")
def editions() -> Response:
    """All editions of the whitelist, the newest first."""
    read([])
    listing = publication().catalogue.page("editions", {}, per_page=MAX_RECORDS)
    records = [schemas.edition(record) for record in listing.records if isinstance(record, Edition)]
    return json_document({"total": len(records), "editions": records})


@bp.get("/editions/<slug>")
def one_edition(slug: str) -> Response:
    """One edition: what it counts, its digest, its files."""
    read([])
    return json_document(schemas.edition(edition(slug)))


@bp.get("/changes/<older>/<newer>")
def changes(older: str, newer: str) -> Response:
    """What differs between two editions."""
    read([])
    check_pair(older, newer)
    with turn("list"):
        compared = difference(older, newer)
        return json_document(schemas.difference(compared, edition(older), edition(newer)))


@bp.record
def _documents(state: BlueprintSetupState) -> None:
    """Register the list and the single documents of every kind that programs get."""
    for kind in offered_kinds():
        _register_kind(state, kind)


def _register_kind(state: BlueprintSetupState, kind: DocumentKind) -> None:
    def documents() -> Response:
        """Documents of a kind, the newest first."""
        form = format_of(kind)
        parameters = form.parameters()
        query = read(parameters)
        page, per_page = _page(query)
        facets = [parameter.name for parameter in parameters if parameter not in PAGES]
        filters = {facet: query[facet] for facet in facets if query.get(facet)}
        listing = publication().catalogue.page(kind.name, filters, page=page, per_page=per_page, on=today())
        return _paged(listing, {kind.name: [form.listed(record) for record in listing.records]})

    def document(slug: str) -> Response:
        """One of them; 410 when it was withdrawn."""
        read([])
        return json_document(format_of(kind).alone(fetch(kind.name, slug)))

    state.add_url_rule(f"/{kind.name}", kind.name, documents)
    state.add_url_rule(f"/{kind.name}/<slug>", f"one_{kind.model.__name__.lower()}", document)


@bp.get("/search")
def search() -> Response:
    """What a query finds, as the page of the search shows it."""
    parameters = search_parameters()
    query = read(parameters)
    page, per_page = _page(query, parameters)
    results = search_results.search(
        search_results.SearchRequest(
            query=query.get("q", "").strip(),
            kind=query.get("kind", ""),
            filters={name: query[name] for name in search_results.FACETS if query.get(name)},
            sort=query.get("sort", "best"),
            page=page,
            per_page=per_page,
        )
    )
    return _paged(results.hits, search_answer(query.get("q", "").strip(), results))


@bp.get("/registers")
def registers() -> Response:
    """All registers."""
    read([])
    records = [schemas.register(register) for register in all_registers()]
    return json_document({"total": len(records), "registers": records})


@bp.get("/registers/<name>/entries")
def entries(name: str) -> Response:
    """The entries of one register that may be seen today."""
    register = _register(name)
    query = read(register_parameters(register))
    page, per_page = _page(query)
    filters = {facet: query[facet] for facet in register.facet_names if query.get(facet)}
    listing = publication().catalogue.page(
        "registers",
        {**filters, "register": name},
        page=page,
        per_page=per_page,
        by_source=True,
        on=today(),
    )
    records = [
        schemas.entry(entry, register) for entry in listing.records if isinstance(entry, RegisterEntry)
    ]
    return _paged(listing, {"entries": records})


@bp.get("/registers/<name>/entries/<entry>")
def one_entry(name: str, entry: str) -> Response:
    """One entry; 410 when it was retracted, is no longer listed, or its public display has ended."""
    read([])
    register = _register(name)
    record = publication().catalogue.get("registers", f"{name}--{entry}")
    if not isinstance(record, RegisterEntry):
        abort(404)
    if not record.is_public_on(today()):
        abort(410)
    if record.is_withdrawn:
        abort(410, description=record.withdrawn_reason)
    return json_document(schemas.entry(record, register))


def _register(name: str) -> Register:
    register = fetch("register", name)
    if not isinstance(register, Register):
        abort(404)
    return register


def _answer(history: History, day: date) -> AsOfAnswer:
    if day > today():
        abort(404, description=f"{day}还没有到，没有这一天的情况。请把参数“on”改为今天或更早的日期。")
    return answer_on(history, day, publication().catalogue.issues())


def _page(query: dict[str, str], parameters: Sequence[Parameter] = PAGES) -> tuple[int, int]:
    """The page asked for, and how many records it has."""
    defaults = {parameter.name: parameter.default for parameter in parameters}
    page, per_page = (int(query.get(name, str(defaults[name]))) for name in ("page", "per_page"))
    return page, per_page


def _paged(listing: Listing | Hits, parts: dict[str, Any]) -> Response:
    """One page of a list, with the addresses of its neighbours; 404 when there is no such page."""
    if listing.page > listing.pages:
        abort(404, description=f"只有{listing.pages}页。请把参数“page”改为1到{listing.pages}。")
    return json_document(
        {
            "total": listing.total,
            "page": listing.page,
            "pages": listing.pages,
            "per_page": listing.per_page,
            "previous": _address(listing.page - 1) if listing.page > 1 else None,
            "next": _address(listing.page + 1) if listing.page < listing.pages else None,
            **parts,
        }
    )


def _address(page: int) -> str:
    query = urlencode(request.args.to_dict() | {"page": str(page)})
    return f"{base_url()}{request.script_root}{request.path}?{query}"
