"""The search as programs get it: what may be asked, and every hit as the page shows it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openbureau.library.lookup.results import MAX_TEXT_CHARACTERS
from openbureau.library.records import Record
from openbureau.library.whitelist.fields import Field, as_json
from openbureau.public.api.parameters import PAGES, Parameter
from openbureau.public.api.schemas import Schema, list_of, ref, with_parts
from openbureau.public.named_institutions import NamedInstitutions
from openbureau.public.search_results import (
    PER_PAGE,
    SORTS,
    SearchResults,
    address_of,
    searched_kinds,
)
from openbureau.public.section_box import SectionBox
from openbureau.search import Hit
from openbureau.web import link_to, today

HIT = (
    Field(name="record", title="记录", description="类别和编号，中间一道斜线；不再改变。", required=True),
    Field(name="kind", title="类别代码", required=True),
    Field(name="kind_title", title="类别", required=True),
    Field(name="id", title="编号", required=True),
    Field(name="title", title="标题", required=True),
    Field(name="passage", title="最相符的一段", description="没有正文的，留空。"),
    Field(name="section", title="所在的一节", description="这一段所在一节的标题；在开头的，留空。"),
    Field(name="anchor", title="这一节在网页上的id", description="在网页开头或没有分节的，留空。"),
    Field(name="answers", title="这页回答的问题", description="最接近所查文字的一个；没有的留空。"),
    Field(name="date", title="日期", description="知道到哪一级写到哪一级：年、年月或年月日。"),
    Field(name="state", title="今天的情况"),
    Field(
        name="is_exact",
        title="是否完全一致",
        description="所查文字就是它的标题、名称或编号。",
        type="boolean",
        required=True,
    ),
    Field(
        name="shown",
        title="机构的显示方式",
        description="meant：所查文字就是这家机构；near：相近的机构，不能当作所查的一家。其他类别留空。",
        enum=("meant", "near"),
    ),
    Field(name="url", title="本站网页", description="有标题的一节，直接到这一节。", required=True),
)

SECTION = (
    Field(name="record", title="记录", required=True),
    Field(name="anchor", title="这一节在网页上的id"),
    Field(name="html", title="这一节的全文，HTML", required=True),
)

NAMED_INSTITUTION = tuple(
    field for field in HIT if field.name in ("record", "id", "title", "state", "shown", "url")
)
"""What is told of the institutions that a query names, those above the hits: they are not hits once more."""

ANSWER: Mapping[str, Schema] = {
    "query": {"type": "string", "title": "所查的文字"},
    "whole": {"type": "integer", "minimum": 0, "title": "包含全部文字的条数"},
    "divide": {
        "type": "integer",
        "minimum": 0,
        "title": "从第几条起（从0数）只是部分相关；等于总数的，没有这样的",
    },
    "is_off_topic": {
        "type": "boolean",
        "title": "是否像是别的部门的事，因而没有结果",
    },
    "section": {
        "anyOf": [ref("Section"), {"type": "null"}],
        "title": "肯定回答了问题的一节；没有把握的，留空",
    },
    "meant": {
        "type": ["string", "null"],
        "title": "所查文字查不到、像是写错了的，改查的文字；结果是它的。没有改的，留空",
    },
    "counts": {
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 1},
        "title": "各类别的条数，不论筛选哪一类",
    },
    "institutions": list_of("NamedInstitution"),
    "hits": list_of("Hit"),
}
"""What a search answers beside the page that it is."""

SEARCH_SCHEMAS: Mapping[str, Schema] = {
    "Hit": with_parts(HIT),
    "Section": with_parts(SECTION),
    "NamedInstitution": with_parts(NAMED_INSTITUTION),
}


def search_parameters() -> list[Parameter]:
    """What a search may be asked: the same as its page, and how many on a page."""
    page, per_page = PAGES
    return [
        Parameter(
            name="q",
            description="要查的文字：问题、标题、文号、机构名称、证号。",
            maximum=MAX_TEXT_CHARACTERS,
        ),
        Parameter(name="kind", description="类别；不写为全部。", enum=tuple(searched_kinds())),
        Parameter(name="topic", description="主题。", maximum=MAX_TEXT_CHARACTERS),
        Parameter(name="county", description="县（市、区）。", maximum=MAX_TEXT_CHARACTERS),
        Parameter(name="year", description="年份。", maximum=MAX_TEXT_CHARACTERS),
        Parameter(name="state", description="今天的情况，例如“有效”。", maximum=MAX_TEXT_CHARACTERS),
        Parameter(
            name="sort", description="顺序：best，最相关的在前（不写时）；newest，最新的在前。", enum=SORTS
        ),
        page,
        replace(per_page, default=PER_PAGE),
    ]


def answer(query: str, results: SearchResults) -> dict[str, Any]:
    """The answer to a search, as the page shows it."""
    hits = results.hits
    return {
        "query": query,
        "whole": hits.whole,
        "divide": hits.divide,
        "is_off_topic": results.is_off_topic,
        "section": _section(results.box) if results.box else None,
        "meant": hits.meant or None,
        "counts": dict(hits.counts),
        "institutions": _institutions(results.institutions) if hits.page == 1 else [],
        "hits": [_hit(results, hit, record) for _, hit, record in results.rows],
    }


def _hit(results: SearchResults, hit: Hit, record: Record) -> dict[str, Any]:
    return as_json(
        HIT,
        {
            "record": hit.key,
            "kind": hit.kind,
            "kind_title": searched_kinds()[hit.kind],
            "id": record.slug,
            "title": record.title,
            "passage": hit.passage.striptags(),
            "section": hit.heading.striptags(),
            "anchor": hit.anchor,
            "answers": hit.answers.striptags(),
            "date": record.day,
            "state": record.state_on(today()),
            "is_exact": hit.key in results.hits.exact,
            "shown": results.shown_as(hit),
            "url": address_of(hit, record, absolute=True),
        },
    )


def _section(box: SectionBox) -> dict[str, Any]:
    record = f"{box.record.kind}/{box.record.slug}"
    return as_json(SECTION, {"record": record, "anchor": box.anchor, "html": str(box.html)})


def _institutions(named: NamedInstitutions) -> list[dict[str, Any]]:
    near = [record for _, record in named.near]
    return [
        *(_institution(record, "meant") for record in named.meant),
        *(_institution(record, "near") for record in near),
    ]


def _institution(record: Record, shown: str) -> dict[str, Any]:
    return as_json(
        NAMED_INSTITUTION,
        {
            "record": f"{record.kind}/{record.slug}",
            "id": record.slug,
            "title": record.title,
            "state": record.state_on(today()),
            "shown": shown,
            "url": link_to(record, absolute=True),
        },
    )
