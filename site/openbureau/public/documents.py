"""Documents: of every kind the list and the single page, and the files that belong to one."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, abort, send_file

from openbureau.library import kinds
from openbureau.library.kinds import DocumentKind
from openbureau.library.records import Record
from openbureau.public import lists
from openbureau.web import fetch, page, publication


def init_app(app: Flask) -> None:
    """Register a blueprint for each kind, and that of the files."""
    for kind in kinds.KINDS:
        app.register_blueprint(_blueprint(kind))
    attachments = Blueprint("attachments", __name__)
    attachments.add_url_rule(
        f"/<any({', '.join(kinds.names())}):kind>/<slug>/files/<name>", "show", _attachment
    )
    attachments.add_url_rule(
        f"/<any({', '.join(kinds.names())}):kind>/<slug>/files/<int:width>/<name>", "copy", _picture
    )
    app.register_blueprint(attachments)
    app.jinja_env.globals["document_kinds"] = {kind.name: kind for kind in kinds.KINDS}


def _blueprint(kind: DocumentKind) -> Blueprint:
    bp = Blueprint(kind.name, __name__, url_prefix=f"/{kind.name}")

    @bp.get("/")
    def index() -> Response:
        """The list, with its filters."""
        return page(
            "public/documents/index.html",
            fragment="public/documents/_results.html",
            kind=kind,
            listing=lists.listing(kind.name, kind.facets),
            chosen=lists.filters(kind.facets),
        )

    @bp.get("/<slug>/")
    def show(slug: str) -> Response:
        """One of them."""
        record = fetch(kind.name, slug)
        return page(f"public/documents/{kind.name}.html", record=record, **_beside(kind, record))

    return bp


def _attachment(kind: str, slug: str, name: str) -> Response:
    """A file, to keep, as it was given, or a picture; a withdrawn document has none."""
    record = fetch(kind, slug)
    if any(picture["name"] == name for picture in record.pictures):
        return _picture(kind, slug, name)
    if not any(attachment["name"] == name for attachment in record.attachments):
        abort(404)
    return send_file(publication().attachment(record, name), as_attachment=True, download_name=name)


def _picture(kind: str, slug: str, name: str, width: int | None = None) -> Response:
    """A picture of a text, or its copy of that width. Readers of feeds show it on pages of their own."""
    record = fetch(kind, slug)
    widths = [
        (None, *(copy["width"] for copy in picture["copies"]))
        for picture in record.pictures
        if picture["name"] == name
    ]
    if not widths or width not in widths[0]:
        abort(404)
    response = send_file(publication().attachment(record, name, width))
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _beside(kind: DocumentKind, record: Record) -> Mapping[str, Any]:
    """What the page of a document shows besides it."""
    catalogue = publication().catalogue
    match kind.name:
        case "policies":
            return {"consultations": catalogue.page("consultations", {"document": record.slug}).records}
        case "consultations":
            # The pages of the draft and of what became of it.
            linked = catalogue.named([("policies", name) for name in record.facet("document")])
            return {"linked": [other for other in linked if not other.is_withdrawn]}
        case _:
            return {}
