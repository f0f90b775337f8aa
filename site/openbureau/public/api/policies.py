"""Policies as programs get them, under the names of Guangdong's 政府信息公开目录 (gkmlpt).

Its `relation` is always empty; here it says what interprets, supersedes, amends and repeals what.
"""

import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import url_for

from openbureau.clock import BEIJING
from openbureau.library.documents.policies import GENRES, Policy
from openbureau.library.documents.validity import STATES
from openbureau.library.records import AttachmentFields, PictureFields
from openbureau.library.whitelist.fields import Field, as_json, object_schema
from openbureau.public.api.parameters import PAGES, Parameter
from openbureau.public.api.schemas import Schema, list_of, with_parts
from openbureau.web import base_url, link_to, publication, today
from openbureau.web.variants import plain

POLICY = (
    Field(name="id", title="文件编号", description="网页地址中的名字，不再改变。", required=True),
    Field(name="identifier", title="索引号", required=True),
    Field(name="title", title="名称", required=True),
    Field(name="document_number", title="文号", description="没有文号的，留空。"),
    Field(name="publisher", title="发布机构", type="list"),
    Field(name="classify_genre_name", title="分类", enum=GENRES, required=True),
    Field(name="classify_theme_name", title="主题", type="list"),
    Field(name="keywords", title="主题词", type="list"),
    Field(name="date", title="成文日期", description="知道到哪一级写到哪一级：年、年月或年月日。"),
    Field(name="display_publish_time", title="本站发布时间", required=True),
    Field(name="effective_on", title="施行日期", type="date"),
    Field(name="expires_on", title="有效期至", type="date"),
    Field(name="validity", title="今天的效力", description="解读没有效力，留空。", enum=STATES),
    Field(name="is_expired", title="是否失效", type="boolean", required=True),
    Field(name="is_abolished", title="是否废止", type="boolean", required=True),
    Field(name="abstract", title="摘要", required=True),
    Field(name="applies_to", title="与谁有关", required=True),
    Field(name="to_do", title="要做什么", required=True),
    Field(name="to_do_by", title="最后一天", type="date"),
    Field(name="whats_new", title="有何变化", required=True),
    Field(name="answers", title="这页回答", description="平常人的问法，搜索也按它们找。", type="list"),
    Field(name="responsible_unit", title="责任单位"),
    Field(name="updated_at", title="更正时间"),
    Field(name="change_note", title="更正说明"),
    Field(name="source", title="资料来源", required=True),
    Field(
        name="checked_on",
        title="核对于",
        description="最近一次与来源逐条核对的日期；没有核对过的，留空。",
        type="date",
    ),
    Field(name="post_url", title="原文地址"),
    Field(name="url", title="本站网页", required=True),
)

ATTACHMENT = (
    Field(name="name", title="文件名", required=True),
    Field(name="mime", title="类型", required=True),
    Field(name="size", title="字节数", type="integer", required=True),
    Field(name="sha256", title="SHA-256", pattern="[0-9a-f]{64}", required=True),
    Field(name="url", title="下载地址", required=True),
)

PICTURE = (
    Field(name="name", title="文件名", required=True),
    Field(name="mime", title="类型", required=True),
    Field(name="alternative", title="替代文字", required=True),
    Field(name="width", title="宽（像素）", type="integer", required=True),
    Field(name="height", title="高（像素）", type="integer", required=True),
    Field(name="size", title="字节数", type="integer", required=True),
    Field(name="sha256", title="SHA-256", pattern="[0-9a-f]{64}", required=True),
    Field(name="url", title="图片地址", required=True),
)

RELATION = (
    Field(name="what", title="关系", description="例如解读本文件、替代旧文件。", required=True),
    Field(name="id", title="文件编号", required=True),
    Field(name="title", title="名称", required=True),
    Field(name="from_day", title="从哪天起", type="date"),
    Field(name="url", title="本站网页", required=True),
)


_PARTS: Mapping[str, Schema] = {
    "attachment": {"type": "array", "items": object_schema(ATTACHMENT)},
    "picture": {"type": "array", "items": object_schema(PICTURE)},
    "relation": {"type": "array", "items": object_schema(RELATION)},
}

_PASSAGE: Schema = {
    "type": "object",
    "properties": {
        "label": {"title": "改了哪里", "type": "string"},
        "pieces": {
            "title": "逐段：不变（=）、删去（-）、改为（+）",
            "type": "array",
            "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
        },
    },
    "required": ["label", "pieces"],
    "additionalProperties": False,
}

POLICY_SCHEMAS: Mapping[str, Schema] = {
    "Policy": with_parts(POLICY, **_PARTS),
    "PolicyWithText": with_parts(
        POLICY, **_PARTS, text={"type": "string"}, corrections=list_of("Correction")
    ),
    "Correction": {
        "type": "object",
        "properties": {
            "at": {"title": "更正时间", "type": "string", "format": "date-time"},
            "note": {"title": "更正说明", "type": "string"},
            "changes": {"type": "array", "items": _PASSAGE},
        },
        "required": ["at", "note", "changes"],
        "additionalProperties": False,
    },
}


def policy_parameters() -> list[Parameter]:
    """What the list of policies may be asked."""
    return [
        Parameter(name="genre", description="分类。", enum=GENRES),
        Parameter(name="topic", description="主题。", enum=publication().bureau.topics),
        Parameter(name="validity", description="今天的效力。", enum=STATES),
        *PAGES,
    ]


def policy(record: Policy) -> dict[str, Any]:
    """A policy or an interpretation, with its attachments and what it has to do with others."""
    state = record.state_on(today())
    values = {
        "id": record.slug,
        "identifier": f"{publication().bureau.organ_code or '示例'}/{record.index_no}",
        "title": record.title,
        "document_number": record.doc_no,
        "publisher": record.issuers,
        "classify_genre_name": record.genre,
        "classify_theme_name": record.facet("topic"),
        "keywords": record.keywords,
        "date": record.made_on,
        "display_publish_time": record.published_at.astimezone(BEIJING).isoformat(),
        "effective_on": record.effective_on,
        "expires_on": record.expires_on,
        "validity": state,
        "is_expired": state == "失效",
        "is_abolished": state == "废止",
        "abstract": record.summary,
        "applies_to": record.applies_to,
        "to_do": record.to_do,
        "to_do_by": record.to_do_by,
        "whats_new": record.whats_new,
        "answers": record.answers,
        "responsible_unit": record.responsible_unit,
        "updated_at": record.updated_at.astimezone(BEIJING).isoformat() if record.updated_at else "",
        "change_note": record.change_note,
        "source": record.source,
        "checked_on": record.checked_on,
        "post_url": record.original_url,
        "url": link_to(record, absolute=True),
    }
    return as_json(POLICY, values) | {
        "attachment": [as_json(ATTACHMENT, part) for part in _files(record, record.attachments)],
        "picture": [as_json(PICTURE, part) for part in _files(record, record.pictures)],
        "relation": [as_json(RELATION, part) for part in _relations(record)],
    }


def policy_with_text(record: Policy) -> dict[str, Any]:
    """The same with its text and what its corrections changed."""
    return policy(record) | {"text": record.text, "corrections": record.corrections}


def _files(record: Policy, files: Sequence[AttachmentFields | PictureFields]) -> Iterator[dict[str, Any]]:
    for file in files:
        address = url_for("attachments.show", kind=record.kind, slug=record.slug, name=file["name"])
        mime = mimetypes.guess_type(file["name"])[0] or "application/octet-stream"
        yield {**file, "mime": mime, "url": base_url() + plain(address)}


def _relations(record: Policy) -> Iterator[dict[str, Any]]:
    for what, others in (("解读的文件", record.interprets), ("本文件的解读", record.interpreted_by)):
        for other in others:
            if not other.is_withdrawn:
                yield _relation(what, other.slug, other.title, "")
    for relation in (*record.changes, *record.changed_by):
        yield _relation(relation["what"], relation["slug"], relation["title"], relation["from_day"])


def _relation(what: str, slug: str, title: str, from_day: str) -> dict[str, Any]:
    url = base_url() + plain(url_for("policies.show", slug=slug))
    return {"what": what, "id": slug, "title": title, "from_day": from_day, "url": url}
