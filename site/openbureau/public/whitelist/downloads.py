"""The whitelist as files: the list as one sees it, the rows of an edition, what changed, the workbooks."""

from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request, send_file, url_for

from openbureau.library.records import Record
from openbureau.library.whitelist.comparison import Difference, RowChange, difference_of
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.history import Text
from openbureau.library.whitelist.rows import WhitelistRow
from openbureau.public.downloads import json_document, office_table
from openbureau.public.whitelist.fields import (
    CHANGE,
    INSTITUTION,
    ROW,
    Values,
    as_json,
    cells,
    institution_said,
    row_said,
)
from openbureau.public.whitelist.selection import select
from openbureau.web import base_url, fetch, link_to, publication, root_url

FORMS = ("csv", "xlsx", "json")
"""The forms in which every table is offered."""

_FORM = f"<any({', '.join(FORMS)}):form>"

bp = Blueprint("whitelist_data", __name__, url_prefix="/whitelist")


@bp.get(f"/list.{_FORM}")
def list_file(form: str) -> Response:
    """The list as one sees it, all pages: same filters, same order."""
    selection = select(request.args)
    rows = [described(record) for record in selection.all().records]
    if form == "json":
        return json_document(
            {
                "title": "校外培训机构白名单",
                "url": f"{base_url()}{url_for('whitelist.index')}?{urlencode(selection.arguments)}",
                "schema": f"{root_url()}/api/v1/openapi.json#/components/schemas/Institution",
                "query": selection.query,
                "filters": dict(selection.filters),
                "total": len(rows),
                "institutions": [as_json(INSTITUTION, row) for row in rows],
            }
        )
    headings = [field.title for field in INSTITUTION]
    return office_table(f"whitelist.{form}", headings, (cells(INSTITUTION, row) for row in rows))


@bp.get(f"/editions/<slug>/rows.{_FORM}")
def rows_file(slug: str, form: str) -> Response:
    """What one edition says, row by row, in the words of the canonical record."""
    record = edition(slug)
    rows = [row_said(row) for row in edition_rows(record)]
    if form == "json":
        return json_document(
            {
                "title": record.title,
                "url": link_to(record, absolute=True),
                "schema": f"{root_url()}/api/v1/openapi.json#/components/schemas/Row",
                "as_of": record.as_of.isoformat(),
                "file": record.file,
                "sha256": record.sha256,
                "total": len(rows),
                "rows": [as_json(ROW, row) for row in rows],
            }
        )
    headings = [field.name for field in ROW]
    return office_table(f"whitelist-{slug}.{form}", headings, (cells(ROW, row) for row in rows))


@bp.get(f"/changes/<older>/<newer>/changes.{_FORM}")
def changes_file(older: str, newer: str, form: str) -> Response:
    """What differs between two editions."""
    compared = difference(older, newer)
    if form == "json":
        return json_document(compared.document())
    headings = [field.title for field in CHANGE]
    lines = (cells(CHANGE, change_said(change)) for change in compared.changes)
    return office_table(f"changes-{older}--{newer}.{form}", headings, lines)


@bp.get("/editions/<slug>/file")
def workbook(slug: str) -> Response:
    """The workbook as it was published; 404 when it is withheld."""
    record = edition(slug)
    if record.withheld:
        abort(404)
    return send_file(publication().workbook(record.file), as_attachment=True, download_name=record.file)


def edition(slug: str) -> Edition:
    """An edition; 404 when there is none."""
    record = fetch("editions", slug)
    if not isinstance(record, Edition):
        abort(404)
    return record


def edition_files(record: Edition) -> dict[str, str]:
    """The addresses of an edition's files, by their forms; `original` is the workbook, unless withheld."""
    forms = {form: url_for("whitelist_data.rows_file", slug=record.slug, form=form) for form in FORMS}
    if not record.withheld:
        forms["original"] = url_for("whitelist_data.workbook", slug=record.slug)
    return {form: base_url() + address for form, address in forms.items()}


def edition_rows(record: Edition) -> list[WhitelistRow]:
    """The rows of an edition, in the counties it speaks for: by county, sheet and line."""
    areas = {code: place for place, code in enumerate(publication().bureau.areas)}
    rows = [
        version.row
        for history in publication().catalogue.histories()
        for version in history.versions
        if version.edition == record.slug
    ]
    return sorted(
        rows,
        key=lambda row: (
            areas.get(row.county_code or "", len(areas)),
            row.source_sheet or "",
            row.source_row,
        ),
    )


def difference(older: str, newer: str) -> Difference:
    """What differs; 404 when there is no such edition, or the order is not that of time."""
    issues = publication().catalogue.issues()
    slugs = [issue.slug for issue in issues]
    if older not in slugs or newer not in slugs or slugs.index(older) >= slugs.index(newer):
        abort(404)
    return difference_of(publication().catalogue.histories(), issues, older, newer)


def described(record: Record) -> Values:
    """What the list says of an institution, its page included; 404 for any other record."""
    if not isinstance(record, Institution):
        abort(404)
    return institution_said(record, link_to(record, absolute=True))


def change_said(change: RowChange) -> Values:
    """What a change says, with the page of its institution."""
    page = base_url() + url_for("whitelist.show", slug=change.slug) if change.slug else ""
    return {
        "kind": change.kind.value,
        "what": change.kind.label,
        "name": change.name,
        "uscc": change.uscc,
        "permit_no": change.permit_no,
        "county": publication().bureau.areas.get(change.county_code, ""),
        "status": change.status,
        "before": _plain(change.before),
        "after": _plain(change.after),
        "id": change.slug,
        "url": page,
    }


def _plain(text: Text) -> str:
    return text if isinstance(text, str) else " 至 ".join(text)
