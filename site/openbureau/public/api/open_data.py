"""The page that explains the open data: files, fields, the API."""

from flask import Blueprint, Response

from openbureau.library.whitelist.editions import Edition
from openbureau.library.whitelist.fields import CHANGE, INSTITUTION, ROW
from openbureau.public.api.openapi import summaries
from openbureau.public.api.parameters import institution_parameters
from openbureau.public.registers import MAX_RECORDS, all_registers
from openbureau.publishing.downloads.building import neighbours
from openbureau.publishing.downloads.tables import FORMS
from openbureau.web import base_url, page, publication
from openbureau.web.variants import plain_root

bp = Blueprint("open_data", __name__, url_prefix="/open-data")


@bp.get("/")
def index() -> Response:
    """What may be downloaded, what its fields mean, how programs ask for it."""
    records = publication().catalogue.page("editions", {}, per_page=MAX_RECORDS).records
    editions = [record for record in records if isinstance(record, Edition)]
    return page(
        "public/open_data/index.html",
        base=base_url(),
        file_forms=FORMS,
        edition=publication().catalogue.newest_edition(),
        editions=sorted(editions, key=lambda edition: edition.number, reverse=True),
        changes=neighbours(publication().catalogue.issues())[::-1],
        registers=all_registers(),
        fields={"list": INSTITUTION, "rows": ROW, "changes": CHANGE},
        parameters=institution_parameters(),
        addresses=[(f"{plain_root()}/api/v1{path}", summary) for path, summary in summaries().items()],
    )
