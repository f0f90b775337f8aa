"""The whitelist as files: the list as one sees it, the rows of an edition, what changed, the workbooks."""

from flask import Blueprint, Response, abort, request, send_file, url_for

from openbureau.library.records import Record
from openbureau.library.whitelist.comparison import Difference, RowChange, difference_of
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.fields import Values, institution_said
from openbureau.public.downloads import made, stored
from openbureau.public.named_institutions import others_of
from openbureau.public.throttle import turn
from openbureau.public.whitelist.selection import asks_for_list, select
from openbureau.publishing.downloads import tables
from openbureau.publishing.downloads.building import LIST, changes_name, rows_name, sorted_rows
from openbureau.publishing.downloads.tables import FORMS
from openbureau.web import base_url, fetch, link_to, publication, root_url, today

_FORM = f"<any({', '.join(FORMS)}):form>"

bp = Blueprint("whitelist_data", __name__, url_prefix="/whitelist")


@bp.get(f"/list.{_FORM}")
def list_file(form: str) -> Response:
    """The list as one sees it, all pages: same filters, same order."""
    name = f"whitelist.{form}"
    if asks_for_list(request.args) and (file := stored(f"{LIST}.{form}", name)):
        return file
    with turn("download"):
        selection = select(request.args)
        catalogue = publication().catalogue
        numbers = catalogue.numbers(
            "whitelist", selection.filters, only=selection.only, on=today(), sort=selection.sort
        )
        table = tables.institutions(
            root_url(),
            lambda: catalogue.institutions(numbers),
            len(numbers),
            selection.query,
            selection.filters,
            selection.arguments,
            [(record, match.value) for match, record in others_of(selection.found)],
        )
        return made(table, name)


@bp.get(f"/editions/<slug>/rows.{_FORM}")
def rows_file(slug: str, form: str) -> Response:
    """What one edition says, row by row, in the words of the canonical record."""
    record = edition(slug)
    name = f"whitelist-{slug}.{form}"
    if file := stored(f"{rows_name(slug)}.{form}", name):
        return file
    with turn("download"):
        rows = (
            row
            for history in publication().catalogue.histories()
            for row in (version.row for version in history.versions if version.edition == slug)
        )
        return made(tables.edition_rows(root_url(), record, sorted_rows(rows, publication().bureau)), name)


@bp.get(f"/changes/<older>/<newer>/changes.{_FORM}")
def changes_file(older: str, newer: str, form: str) -> Response:
    """What differs between two editions."""
    check_pair(older, newer)
    name = f"changes-{older}--{newer}.{form}"
    if file := stored(f"{changes_name(older, newer)}.{form}", name):
        return file
    with turn("download"):
        areas = publication().bureau.areas
        return made(tables.changes(root_url(), difference(older, newer), areas), name)


@bp.get("/editions/<slug>/file")
def workbook(slug: str) -> Response:
    """The values of the workbook, in a copy; 404 when it is withheld."""
    record = edition(slug)
    if record.withheld:
        abort(404)
    return send_file(
        publication().workbook(record.copy_file), as_attachment=True, download_name=record.copy_file
    )


def edition(slug: str) -> Edition:
    """An edition; 404 when there is none."""
    record = fetch("editions", slug)
    if not isinstance(record, Edition):
        abort(404)
    return record


def edition_files(record: Edition) -> dict[str, str]:
    """Where an edition's files are, by form; `original` is the copy of the workbook, if there is one."""
    forms = {form: url_for("whitelist_data.rows_file", slug=record.slug, form=form) for form in FORMS}
    if not record.withheld:
        forms["original"] = url_for("whitelist_data.workbook", slug=record.slug)
    return {form: base_url() + address for form, address in forms.items()}


def check_pair(older: str, newer: str) -> None:
    """Answer 404 when there is no such edition, or the order is not that of time."""
    slugs = [issue.slug for issue in publication().catalogue.issues()]
    if older not in slugs or newer not in slugs or slugs.index(older) >= slugs.index(newer):
        abort(404)


def difference(older: str, newer: str) -> Difference:
    """What differs; 404 when there is no such edition, or the order is not that of time."""
    check_pair(older, newer)
    catalogue = publication().catalogue
    return difference_of(catalogue.histories(), catalogue.issues(), older, newer)


def described(record: Record) -> Values:
    """What the list says of an institution, its page included; 404 for any other record."""
    if not isinstance(record, Institution):
        abort(404)
    return institution_said(record, link_to(record, absolute=True))


def change_said(change: RowChange) -> Values:
    """What a change says, with the page of its institution."""
    return tables.change_said(root_url(), change, publication().bureau.areas)
