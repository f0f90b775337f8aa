"""The whitelist: the list of institutions, one institution's card, and the editions it comes from."""

import csv
import io

from flask import Blueprint, Response, abort, request, send_file

from openbureau.library.whitelist_editions import Edition, Institution
from openbureau.public import lists
from openbureau.web import fetch, page, publication, today

FACETS = ("county", "category", "audience", "status")
MOST_FOUND = 500
"""More than this nobody reads; the filters lead on."""

COLUMNS = (
    ("机构名称", "title"),
    ("统一社会信用代码", "uscc"),
    ("办学许可证号", "permit_no"),
    ("县（市、区）", "county"),
    ("办学地址", "addr_premises"),
    ("有效期起", "valid_from"),
    ("有效期止", "valid_to"),
    ("状态", "status"),
    ("截至日期", "as_of"),
    ("来源文件", "source_file"),
    ("来源工作表", "source_sheet"),
    ("来源行", "source_row"),
)

bp = Blueprint("whitelist", __name__, url_prefix="/whitelist")


def _found(query: str) -> tuple[list[str] | None, bool]:
    """The slugs a query finds, best first, and whether they hold only parts of it; None without one."""
    if not query:
        return None, False
    hits = publication().search.find(query, kinds=("whitelist",))
    # Whoever asks for one institution is not helped by others, unless that one is not there.
    keys = hits.keys[: hits.whole or MOST_FOUND]
    return [key.partition("/")[2] for key in keys], bool(keys) and not hits.whole


@bp.get("/")
def index() -> Response:
    """The list, by name, number, address or filter."""
    query = request.args.get("q", "").strip()
    only, partial = _found(query)
    listing = lists.listing("whitelist", FACETS, only=only, by_source=True)
    return page(
        "public/whitelist/index.html",
        fragment="public/whitelist/_results.html",
        query=query,
        partial=partial and listing.total > 0,
        listing=listing,
        chosen=lists.filters(FACETS),
        edition=publication().catalogue.newest_edition(),
        editions=publication().catalogue.page("editions", {}).records,
    )


@bp.get("/<slug>/")
def show(slug: str) -> Response:
    """One institution: the answer first, then everything the list says."""
    institution = fetch("whitelist", slug)
    if not isinstance(institution, Institution):
        abort(404)
    return page("public/whitelist/show.html", record=institution, state=institution.state_on(today()))


@bp.get("/list.csv")
def download() -> Response:
    """The list as one sees it, all pages: same filters, same order."""
    found = publication().catalogue.page(
        "whitelist",
        lists.filters(FACETS),
        per_page=100_000,
        only=_found(request.args.get("q", "").strip())[0],
        by_source=True,
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heading for heading, _ in COLUMNS)
    for record in found.records:
        writer.writerow(_cell(getattr(record, name)) for _, name in COLUMNS)
    # The BOM tells office programs that this is UTF-8.
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="whitelist.csv"'
    return response


@bp.get("/editions/<slug>/")
def edition(slug: str) -> Response:
    """One edition: what it counts and the digest by which a copy is proved."""
    return page("public/whitelist/edition.html", record=fetch("editions", slug))


@bp.get("/editions/<slug>/file")
def workbook(slug: str) -> Response:
    """The workbook as it was published."""
    record = fetch("editions", slug)
    if not isinstance(record, Edition):
        abort(404)
    return send_file(publication().workbook(record.file), as_attachment=True, download_name=record.file)


def _cell(value: object) -> str:
    """A spreadsheet would run a text that begins like a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
