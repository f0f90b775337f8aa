"""Registers: every one of them, one list with its filters and downloads, one entry with its history.

What may be seen is decided on the day of asking: the publication may be older than the end of a display.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from flask import Blueprint, Response, abort

from openbureau.library.registers import Register, RegisterEntry
from openbureau.public import lists
from openbureau.public.downloads import made, stored
from openbureau.public.throttle import turn
from openbureau.publishing.downloads.building import register_name
from openbureau.publishing.downloads.tables import register_entries
from openbureau.web import fetch, page, publication, root_url, today

MAX_RECORDS = 100_000
"""Entries of a download; a workbook that is read has no more cells than twice this."""

bp = Blueprint("registers", __name__, url_prefix="/registers")


@bp.get("/")
def index() -> Response:
    """All registers, with their counts and the day they hold for."""
    return page(
        "public/registers/index.html",
        registers=[(register, *_counts(register, _entries(register))) for register in all_registers()],
    )


@bp.get("/<name>/")
def show(name: str) -> Response:
    """One register: the list with its filters."""
    register = _register(name)
    facets = tuple(register.facet_names)
    return page(
        "public/registers/show.html",
        fragment="public/registers/_results.html",
        register=register,
        listing=lists.listing("registers", facets, within={"register": name}, by_source=True),
        chosen=lists.filters(facets),
        cases=_counts(register, _entries(register, filtered=True))[1],
        withdrawn=publication().catalogue.withdrawn("registers", {"register": name}, on=today()),
        policies=publication().catalogue.named([("policies", slug) for slug in register.policies]),
    )


@bp.get("/<register>/<name>/")
def entry(register: str, name: str) -> Response:
    """One entry; 410 when it was retracted, is no longer listed, or its public display has ended."""
    owner = _register(register)
    record = publication().catalogue.get("registers", f"{register}--{name}")
    if not isinstance(record, RegisterEntry):
        abort(404)
    if not record.is_public_on(today()):
        return page("public/registers/gone.html", status=410, register=owner, record=None)
    if record.is_withdrawn:
        return page("public/registers/gone.html", status=410, register=owner, record=record)
    return page("public/registers/entry.html", register=owner, record=record)


@bp.get("/<name>/list.csv")
def csv_list(name: str) -> Response:
    """The list as one sees it, all pages: same filters, same order."""
    return _list(name, "csv")


@bp.get("/<name>/list.json")
def json_list(name: str) -> Response:
    """The same list for programs, with what each column means."""
    return _list(name, "json")


def _list(name: str, form: str) -> Response:
    register = _register(name)
    file = f"{name}.{form}"
    if not lists.filters(register.facet_names) and (whole := stored(f"{register_name(name)}.{form}", file)):
        return whole
    with turn("download"):
        return made(register_entries(root_url(), register, _entries(register, filtered=True)), file)


def all_registers() -> list[Register]:
    """Every register, by name."""
    records = publication().catalogue.page("register", {}, per_page=MAX_RECORDS, by_source=True).records
    return [record for record in records if isinstance(record, Register)]


def _register(name: str) -> Register:
    register = fetch("register", name)
    if not isinstance(register, Register):
        abort(404)
    return register


def _entries(register: Register, *, filtered: bool = False) -> Sequence[RegisterEntry]:
    """The entries that may be seen today, all pages; those the address asks for if `filtered`."""
    chosen = lists.filters(register.facet_names) if filtered else {}
    listing = publication().catalogue.page(
        "registers",
        {**chosen, "register": register.slug},
        per_page=MAX_RECORDS,
        by_source=True,
        on=today(),
    )
    return cast(Sequence[RegisterEntry], listing.records)


def _counts(register: Register, entries: Sequence[RegisterEntry]) -> tuple[int, str]:
    """How many entries, and how many cases they stand for; empty where the register does not count them."""
    if not register.counted_by:
        return len(entries), ""
    numbers = [Decimal(record.values[register.counted_by] or 0) for record in entries]
    return len(entries), f"{sum(numbers, Decimal(0)):f}{register.column(register.counted_by)['unit']}"
