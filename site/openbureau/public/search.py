"""Search across everything the site publishes."""

from flask import Blueprint, Response, abort, request

from openbureau.public.lists import page_number
from openbureau.web import page, publication, today

KINDS = ("policies", "notices", "announcements", "whitelist", "editions", "register", "registers", "pages")

bp = Blueprint("search", __name__)


@bp.get("/search")
def index() -> Response:
    """What was found; the same address answers as one types."""
    query = request.args.get("q", "").strip()
    kind = request.args.get("kind", "")
    if kind and kind not in KINDS:
        abort(404)
    hits = publication().search.find(
        query,
        kinds=[kind] if kind else (),
        page=page_number(),
        without=publication().catalogue.ended(today()),
    )
    if hits.page > hits.pages:
        abort(404)
    keys = [tuple(hit.key.split("/", 1)) for hit in hits.hits]
    records = publication().catalogue.named([(kind, slug) for kind, slug in keys])
    return page(
        "public/search/index.html",
        fragment="public/search/_results.html",
        query=query,
        kind=kind,
        kinds=KINDS,
        hits=hits,
        found=list(zip(hits.hits, records, strict=True)),
        example=publication().catalogue.latest(["policies", "notices"], 3) if not hits.total else [],
    )
