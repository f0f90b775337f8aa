"""What the files of the whitelist are, for programs: table schemas and a data package (Frictionless)."""

from typing import Any

from flask import Blueprint, Response, url_for

from openbureau.library.whitelist.editions import Edition
from openbureau.library.whitelist.fields import CHANGE, INSTITUTION, ROW, table_schema
from openbureau.library.whitelist.history import Issue
from openbureau.public.downloads import CSV, XLSX, json_document
from openbureau.public.registers import MAX_RECORDS
from openbureau.publishing.downloads.building import neighbours
from openbureau.web import base_url, publication

MEDIA_TYPES = {
    "csv": CSV.partition(";")[0],
    "xlsx": XLSX,
}

bp = Blueprint("whitelist_package", __name__, url_prefix="/whitelist")


@bp.get("/schema.json")
def list_schema() -> Response:
    """The Table Schema of the list; its headings are the Chinese ones that people read."""
    return json_document(table_schema(INSTITUTION, by_title=True, key=("id",)))


@bp.get("/editions/schema.json")
def rows_schema() -> Response:
    """The Table Schema of the rows of an edition; its headings are the names of the canonical record."""
    return json_document(table_schema(ROW, by_title=False, key=("source_sheet", "source_row")))


@bp.get("/changes/schema.json")
def changes_schema() -> Response:
    """The Table Schema of what differs between two editions."""
    return json_document(table_schema(CHANGE, by_title=True))


@bp.get("/datapackage.json")
def package() -> Response:
    """The Data Package: every file there is, with its form, its schema, and the digest of each original."""
    bureau = publication().bureau
    records = publication().catalogue.page("editions", {}, per_page=MAX_RECORDS).records
    pairs = neighbours(publication().catalogue.issues())
    editions = [record for record in records if isinstance(record, Edition)]
    return json_document(
        {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": "whitelist",
            "title": f"{bureau.city}校外培训机构白名单",
            "description": "名单、各期名单的各行、两期之间的变化，以及各期原始文件的副本。",
            "homepage": f"{base_url()}{url_for('open_data.index')}",
            "version": publication().id,
            "contributors": [{"title": bureau.footer.sponsor, "roles": ["publisher"]}],
            "resources": [
                *_tables("list", "名单（筛选前，在名单内的）", "list", "schema.json"),
                *(resource for edition in editions for resource in _edition(edition)),
                *(resource for pair in pairs for resource in _changes(*pair)),
            ],
        }
    )


def _edition(edition: Edition) -> list[dict[str, Any]]:
    tables = _tables(
        f"rows-{edition.slug}",
        f"{edition.title}：各行",
        f"editions/{edition.slug}/rows",
        "editions/schema.json",
    )
    if edition.withheld:
        return tables
    original = {
        # Neither a type nor a format: what a clerk has laid out, titles and all, is no table to a program.
        "name": f"original-{edition.slug}",
        "title": f"{edition.title}：原始文件{edition.file}的副本",
        "path": f"editions/{edition.slug}/file",
        "mediatype": MEDIA_TYPES[edition.copy_file.rpartition(".")[2].lower()],
        "bytes": edition.copy_size,
        "hash": f"sha256:{edition.copy_sha256}",
    }
    return [*tables, original]


def _changes(older: Issue, newer: Issue) -> list[dict[str, Any]]:
    return _tables(
        f"changes-{older.slug}--{newer.slug}",
        f"{older.as_of}至{newer.as_of}的变化",
        f"changes/{older.slug}/{newer.slug}/changes",
        "changes/schema.json",
    )


def _tables(name: str, title: str, path: str, schema: str) -> list[dict[str, Any]]:
    """The CSV and the XLSX of one table; paths are relative to the package."""
    shared = {"type": "table", "title": title, "schema": schema}
    return [
        {
            "name": f"{name}-{form}",
            **shared,
            "path": f"{path}.{form}",
            "format": form,
            "mediatype": MEDIA_TYPES[form],
            **({"encoding": "utf-8"} if form == "csv" else {}),
        }
        for form in ("csv", "xlsx")
    ]
