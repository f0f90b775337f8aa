"""The files that belong to a document, as they were given."""

from flask import Blueprint, Response, abort, send_file

from openbureau.web import fetch, publication

bp = Blueprint("attachments", __name__)


@bp.get("/<any(policies, notices, announcements, consultations):kind>/<slug>/files/<name>")
def show(kind: str, slug: str, name: str) -> Response:
    """One of them, to keep; a withdrawn document has none."""
    record = fetch(kind, slug)
    if not any(attachment["name"] == name for attachment in record.attachments):
        abort(404)
    return send_file(publication().attachment(record, name), as_attachment=True, download_name=name)
