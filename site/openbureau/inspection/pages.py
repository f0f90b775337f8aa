"""What is served, inspected: the same indicators for the command and for the desk."""

from collections.abc import Sequence
from datetime import date

from lxml import html

from openbureau.inspection.crawler import Ask
from openbureau.inspection.indicators import Indicator
from openbureau.inspection.records import inspect
from openbureau.library import kinds
from openbureau.library.catalogue import models
from openbureau.library.records import Record
from openbureau.library.registers import RegisterEntry
from openbureau.publishing.publication import Publication

MOST = 1_000_000
"""Records of a publication."""


def all_records(served: Publication) -> Sequence[Record]:
    """Everything that is published and not withdrawn."""
    names = [str(model.__mapper_args__["polymorphic_identity"]) for model in models()]
    return served.catalogue.latest(names, MOST)


SITE_TAGS = ("SiteName", "SiteDomain", "SiteIDCode")
COLUMN_TAGS = (*SITE_TAGS, "ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType")
ARTICLE_TAGS = (*COLUMN_TAGS, "ArticleTitle", "PubDate", "ContentSource")
"""The tags that the front page, the page of a column and an article must have (国办发〔2017〕47号)."""


def inspect_served(
    served: Publication, day: date, waiting: Sequence[date] | None, ask: Ask | None = None
) -> list[Indicator]:
    """Every indicator on that day; `waiting` are the days on which those unanswered tips came that whoever
    asks may know of.

    `ask` answers addresses of the site, below its path, on that day; None where pages cannot be read.
    """
    return inspect(
        all_records(served),
        served.bureau,
        day,
        holidays=served.holidays,
        unfound=_unfound(served),
        waiting=waiting,
        untagged=None if ask is None else untagged(served, day, ask),
    )


def untagged(served: Publication, day: date, ask: Ask) -> dict[str, list[str]]:
    """The tags that are missing or empty, by the address of the page; of pages that lack some."""
    wanted: dict[str, tuple[str, ...]] = {"/": SITE_TAGS}
    wanted |= {f"/{kind}/": COLUMN_TAGS for kind in (*kinds.names(), "whitelist", "registers")}
    for record in all_records(served):
        if not record.is_public_on(day):
            continue
        if isinstance(record, RegisterEntry):
            wanted[record.address] = ARTICLE_TAGS
        elif kinds.find(record.kind):
            wanted[f"/{record.kind}/{record.slug}/"] = ARTICLE_TAGS
        elif record.kind == "register":
            wanted[f"/registers/{record.slug}/"] = COLUMN_TAGS
    missing_tags = {}
    for address, tags in wanted.items():
        _, _, text = ask(address)
        read = html.document_fromstring(text).xpath("//head/meta[@name and normalize-space(@content)]/@name")
        if missing := [tag for tag in tags if tag not in read]:
            missing_tags[address] = missing
    return missing_tags


def _unfound(served: Publication) -> list[str]:
    """The titles of documents that are not on the first page of what a search for them finds."""
    return [
        record.title
        for record in served.catalogue.latest(kinds.names(), MOST)
        if f"{record.kind}/{record.slug}" not in {hit.key for hit in served.search.find(record.title).hits}
    ]
