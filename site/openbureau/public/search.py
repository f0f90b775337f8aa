"""Search across everything the site publishes."""

import json
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.blueprints import BlueprintSetupState

from openbureau.public.caching import each_time
from openbureau.public.lists import filters, page_number
from openbureau.public.search_results import (
    FACETS,
    PER_PAGE,
    SORTS,
    SearchRequest,
    address_of,
    search,
    searched_kinds,
)
from openbureau.public.throttle import turn
from openbureau.public.variants import per_page
from openbureau.search.analysis import folded
from openbureau.search.query_log import BufferedQueryLog, QueryLog
from openbureau.web import HTMX, page, publication, site_of, today, wants_fragment

SUGGESTIONS = "application/x-suggestions+json; charset=utf-8"
"""The form of suggestions that browsers read (OpenSearch Suggestions 1.1)."""

bp = Blueprint("search", __name__, url_prefix="/search")


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
    results = search(
        SearchRequest(
            query=query, kind=kind, filters=chosen, sort=sort, page=page_number(), per_page=per_page(PER_PAGE)
        )
    )
    hits = results.hits
    if hits.page > hits.pages:
        abort(404)
    if query and hits.page == 1 and not chosen and not kind:
        _note(query, has_hits=bool(hits.total))
    return page(
        "public/search/index.html",
        fragment="public/search/_results.html",
        query=query,
        kind=kind,
        kinds=searched_kinds(),
        sort=sort,
        hits=hits,
        chosen=chosen,
        box=results.box,
        results=results,
        institutions=results.institutions,
        address_of=address_of,
        example=results.examples,
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


def _note(query: str, *, has_hits: bool) -> None:
    """Count the query for the editors, also each time its answer is given again."""
    later = cast(BufferedQueryLog, current_app.extensions["searches"])
    entry = folded(query)[:64], has_hits, today()
    each_time(lambda environ: later.record(*entry))
