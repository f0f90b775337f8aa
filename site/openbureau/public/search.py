"""Search across everything the site publishes."""

import json
from collections.abc import Sequence
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.blueprints import BlueprintSetupState

from openbureau.library import kinds
from openbureau.library.records import Record
from openbureau.public.caching import each_time
from openbureau.public.lists import filters, page_number
from openbureau.public.throttle import turn
from openbureau.public.variants import per_page
from openbureau.search import Hits
from openbureau.search.analysis import folded
from openbureau.search.query_log import BufferedQueryLog, QueryLog
from openbureau.web import HTMX, page, publication, site_of, today, wants_fragment

OTHER_KINDS = {
    "whitelist": "培训机构",
    "editions": "白名单各期",
    "register": "公开清单",
    "registers": "执法与公开事项",
    "pages": "本站说明",
}
"""What is searched besides documents, and what people call it."""

FACETS = ("topic", "county", "year", "state")
SORTS = ("best", "newest")

SUGGESTIONS = "application/x-suggestions+json; charset=utf-8"
"""The form of suggestions that browsers read (OpenSearch Suggestions 1.1)."""

bp = Blueprint("search", __name__, url_prefix="/search")


def searched_kinds() -> dict[str, str]:
    """All that is searched, with what people call it."""
    return {kind.name: kind.title for kind in kinds.KINDS} | OTHER_KINDS


@bp.record_once
def _begin_to_count(state: BlueprintSetupState) -> None:
    searches = QueryLog(site_of(cast(Flask, state.app)).settings.searches_file)
    state.app.extensions["searches"] = BufferedQueryLog(searches)


@bp.get("")
def index() -> Response:
    """What a query finds."""
    query = request.args.get("q", "").strip()
    kind = request.args.get("kind", "")
    sort = request.args.get("sort") or "best"
    if (kind and kind not in searched_kinds()) or sort not in SORTS:
        abort(404)
    chosen = filters(FACETS)
    with turn("search"):
        hits = _find(query, kind, sort)
        meant = "" if hits.whole or not query else publication().search.correct(query)
        examples = [] if hits.total else _examples(meant)
    if hits.page > hits.pages:
        abort(404)
    if query and hits.page == 1 and not chosen and not kind:
        _note(query, has_hits=bool(hits.total))
    keys = [hit.key.partition("/") for hit in hits.hits]
    records = publication().catalogue.named([(kind, slug) for kind, _, slug in keys])
    return page(
        "public/search/index.html",
        fragment="public/search/_results.html",
        query=query,
        kind=kind,
        kinds=searched_kinds(),
        sort=sort,
        hits=hits,
        chosen=chosen,
        meant=meant,
        results=list(zip(hits.hits, records, strict=True)),
        example=examples,
    )


@bp.get("/suggest")
def suggest() -> Response:
    """What somebody may be about to type: choices for the field, or what a browser's own search bar reads."""
    typed = request.args.get("q", "")
    with turn("search"):
        suggested = publication().search.suggest(typed)
    if wants_fragment():
        return page("public/search/_suggestions.html", suggested=suggested)
    response = Response(json.dumps([typed, suggested], ensure_ascii=False), content_type=SUGGESTIONS)
    response.vary.update(HTMX)
    return response


def _find(query: str, kind: str, sort: str) -> Hits:
    catalogue = publication().catalogue
    return publication().search.find(
        query,
        kinds=[kind] if kind else (),
        filters=filters(FACETS),
        choices=FACETS,
        sort=sort,
        page=page_number(),
        per_page=per_page(10),
        without=catalogue.ended(today()),
        # The index knows what files say; what the day and newer documents made of it, the catalogue.
        now={"state": catalogue.states(today())},
    )


def _examples(meant: str) -> Sequence[Record]:
    """What to read when nothing was found: what was probably meant, or else what is new."""
    catalogue = publication().catalogue
    if not meant:
        return catalogue.latest(["policies", "notices"], 3)
    hits = publication().search.find(meant, per_page=3, without=catalogue.ended(today()))
    return catalogue.named([(kind, slug) for kind, _, slug in (hit.key.partition("/") for hit in hits.hits)])


def _note(query: str, *, has_hits: bool) -> None:
    """Count the query for the editors, also each time its answer is given again."""
    later = cast(BufferedQueryLog, current_app.extensions["searches"])
    entry = folded(query)[:64], has_hits, today()
    each_time(lambda environ: later.record(*entry))
