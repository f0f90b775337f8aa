"""Documents as programs get them: of each kind what its list may be asked, and what is told of one of them.

Policies and consultations have fields of their own; of any other kind programs get what all documents have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openbureau.clock import BEIJING
from openbureau.library import kinds
from openbureau.library.kinds import DocumentKind
from openbureau.library.lookup.results import MAX_TEXT_CHARACTERS
from openbureau.library.records import Record
from openbureau.library.whitelist.fields import Field, as_json
from openbureau.public.api.consultations import CONSULTATION_SCHEMAS, consultation, consultation_parameters
from openbureau.public.api.parameters import PAGES, Parameter
from openbureau.public.api.policies import POLICY_SCHEMAS, policy, policy_parameters, policy_with_text
from openbureau.public.api.schemas import Schema, with_parts
from openbureau.web import link_to, publication, today

DOCUMENT = (
    Field(name="id", title="编号", description="网页地址中的名字，不再改变。", required=True),
    Field(name="title", title="名称", required=True),
    Field(name="abstract", title="摘要", required=True),
    Field(name="answers", title="这页回答", description="平常人的问法，搜索也按它们找。", type="list"),
    Field(name="date", title="日期", description="知道到哪一级写到哪一级：年、年月或年月日。"),
    Field(name="display_publish_time", title="本站发布时间", required=True),
    Field(name="state", title="今天的情况"),
    Field(name="to_do", title="要做什么"),
    Field(name="to_do_by", title="最后一天", type="date"),
    Field(name="updated_at", title="更正时间"),
    Field(name="change_note", title="更正说明"),
    Field(
        name="checked_on",
        title="核对于",
        description="最近一次与来源逐条核对的日期；没有核对过的，留空。",
        type="date",
    ),
    Field(name="url", title="本站网页", required=True),
)


@dataclass(frozen=True, kw_only=True)
class DocumentFormat:
    """How programs get one: what its list may be asked, and a document `listed` and `alone` by `schemas`.

    The first of `schemas` is that of a document in the list.
    """

    summary: str
    summary_alone: str
    parameters: Callable[[], Sequence[Parameter]]
    listed: Callable[[Any], dict[str, Any]]
    alone: Callable[[Any], dict[str, Any]]
    schemas: Mapping[str, Schema]
    schema_alone: str

    @property
    def schema_listed(self) -> str:
        """The name of the schema of a document in the list."""
        return next(iter(self.schemas))


_OWN = {
    "policies": DocumentFormat(
        summary="政策与解读，最近的在前；字段名与全省政府信息公开目录一致",
        summary_alone="一份文件或解读，连同全文、附件、相互关系和更正的内容",
        parameters=policy_parameters,
        listed=policy,
        alone=policy_with_text,
        schemas=POLICY_SCHEMAS,
        schema_alone="PolicyWithText",
    ),
    "consultations": DocumentFormat(
        summary="征求意见，最近的在前：阶段、期限、意见采纳情况",
        summary_alone="一项征求意见",
        parameters=consultation_parameters,
        listed=consultation,
        alone=consultation,
        schemas=CONSULTATION_SCHEMAS,
        schema_alone="Consultation",
    ),
}


def offered_kinds() -> list[DocumentKind]:
    """The kinds that programs get."""
    return [kind for kind in kinds.KINDS if kind.in_api]


def format_of(kind: DocumentKind) -> DocumentFormat:
    """How programs get that kind."""
    name = kind.model.__name__
    return _OWN.get(kind.name) or DocumentFormat(
        summary=f"{kind.title}，最近的在前",
        summary_alone=f"{kind.title}：一份文件，连同全文",
        parameters=lambda: [
            *(
                Parameter(
                    name=facet,
                    description=f"{label}。",
                    enum=tuple(publication().bureau.topics) if facet == "topic" else (),
                    maximum=MAX_TEXT_CHARACTERS,
                )
                for facet, label in kind.labels.items()
            ),
            *PAGES,
        ],
        listed=_document,
        alone=lambda record: _document(record) | {"text": record.text},
        schemas={
            name: with_parts(DOCUMENT),
            f"{name}WithText": with_parts(DOCUMENT, text={"type": "string"}),
        },
        schema_alone=f"{name}WithText",
    )


def _document(record: Record) -> dict[str, Any]:
    return as_json(
        DOCUMENT,
        {
            "id": record.slug,
            "title": record.title,
            "abstract": record.summary,
            "answers": record.answers,
            "date": record.day,
            "display_publish_time": record.published_at.astimezone(BEIJING).isoformat(),
            "state": record.state_on(today()),
            "to_do": record.to_do,
            "to_do_by": record.to_do_by,
            "updated_at": record.updated_at.astimezone(BEIJING).isoformat() if record.updated_at else "",
            "change_note": record.change_note,
            "checked_on": record.checked_on,
            "url": link_to(record, absolute=True),
        },
    )
