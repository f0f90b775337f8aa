"""Consultations as programs get them: stage, days, and what became of the opinions."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from openbureau.library.documents.consultation_results import OUTCOMES
from openbureau.library.documents.consultations import STAGES, STATES, Consultation
from openbureau.library.whitelist.fields import Field, as_json, object_schema
from openbureau.public.api.parameters import PAGES, Parameter
from openbureau.public.api.schemas import Schema, with_parts
from openbureau.web import link_to, publication, today

CONSULTATION = (
    Field(name="id", title="编号", description="网页地址中的名字，不再改变。", required=True),
    Field(name="title", title="名称", required=True),
    Field(name="abstract", title="摘要", required=True),
    Field(name="stage", title="进行到哪一步", enum=STAGES, required=True),
    Field(name="state", title="今天的情况", required=True),
    Field(name="steps_as_of", title="各步情况截至", type="date"),
    Field(name="major", title="是否重大行政决策", required=True),
    Field(name="opens_on", title="从哪天起", description="没有公布的，留空。", type="date"),
    Field(name="closes_on", title="到哪天止", description="没有公布的，留空。", type="date"),
    Field(name="short_reason", title="短于30天的原因"),
    Field(name="applies_to", title="与谁有关", required=True),
    Field(name="to_do", title="要做什么", required=True),
    Field(name="answers", title="这页回答", description="平常人的问法，搜索也按它们找。", type="list"),
    Field(name="received", title="收到意见数", description="没有公布结果的，留空。", type="integer"),
    Field(name="results_on", title="公布结果的日期", type="date"),
    Field(name="document", title="草案的文件编号"),
    Field(name="became", title="印发的文件编号"),
    Field(name="source", title="资料来源", required=True),
    Field(
        name="checked_on",
        title="核对于",
        description="最近一次与来源逐条核对的日期；没有核对过的，留空。",
        type="date",
    ),
    Field(name="url", title="本站网页", required=True),
)

STEP = (
    Field(name="stage", title="阶段", enum=STAGES, required=True),
    Field(name="state", title="情况", enum=STATES, required=True),
    Field(name="since", title="从哪天起"),
    Field(name="until", title="到哪天止"),
    Field(name="note", title="说明"),
)

ANSWERED = (
    Field(name="clause", title="条款"),
    Field(name="opinion", title="意见", required=True),
    Field(name="count", title="件数", type="integer", required=True),
    Field(name="outcome", title="处理结果", enum=OUTCOMES, required=True),
    Field(name="reason", title="理由"),
)

CONSULTATION_SCHEMAS: Mapping[str, Schema] = {
    "Consultation": with_parts(
        CONSULTATION,
        steps={"type": "array", "items": object_schema(STEP)},
        results={"type": "array", "items": object_schema(ANSWERED)},
    ),
}


def consultation_parameters() -> list[Parameter]:
    """What the list of consultations may be asked."""
    return [
        Parameter(name="stage", description="进行到哪一步。", enum=STAGES),
        Parameter(name="topic", description="主题。", enum=publication().bureau.topics),
        *PAGES,
    ]


def consultation(record: Consultation) -> dict[str, Any]:
    """A consultation with every stage of its way, and the opinions as they were answered."""
    own = [field.name for field in CONSULTATION if hasattr(record, field.name)]
    values = {name: getattr(record, name) for name in own} | {
        "id": record.slug,
        "abstract": record.summary,
        "state": record.state_on(today()),
        "url": link_to(record, absolute=True),
    }
    return as_json(CONSULTATION, values) | {
        "steps": [as_json(STEP, asdict(step)) for step in record.steps],
        "results": [as_json(ANSWERED, asdict(row)) for row in record.answered],
    }
