"""What the API answers: each kind of answer as a table of its fields, and how a record becomes one."""

from collections.abc import Mapping, Sequence
from typing import Any

from openbureau.library.records import Record
from openbureau.library.registers import Register, RegisterEntry
from openbureau.library.registers.schema import TYPES
from openbureau.library.whitelist.as_of import AsOfAnswer, Standing
from openbureau.library.whitelist.comparison import KINDS, Difference, RowChange
from openbureau.library.whitelist.editions import Edition
from openbureau.library.whitelist.fields import (
    CHANGE,
    INSTITUTION,
    ROW,
    SHOWN,
    Field,
    as_json,
    object_schema,
    row_said,
)
from openbureau.library.whitelist.history import History, InstitutionEvent, InstitutionEventKind, Issue, Text
from openbureau.library.whitelist.verdicts import TONES, Verdict, VerdictRule
from openbureau.public.whitelist.downloads import change_said, described, edition_files
from openbureau.publishing.downloads.tables import entry_said, register_said
from openbureau.web import link_to, root_url

Schema = dict[str, Any]

EVENT = (
    Field(name="kind", title="变化代码", enum=tuple(InstitutionEventKind), required=True),
    Field(name="what", title="变化", enum=tuple(kind.label for kind in InstitutionEventKind), required=True),
    Field(name="as_of", title="名单截至日期", type="date", required=True),
    Field(name="edition", title="期次编号", required=True),
)

ANSWER = (
    Field(name="day", title="所问的日期", type="date", required=True),
    Field(name="standing", title="当天情况代码", enum=tuple(Standing), required=True),
    Field(name="what", title="当天情况", enum=tuple(each.label for each in Standing), required=True),
    Field(name="listed", title="当天是否在名单内", type="boolean", required=True),
    Field(name="edition", title="当天有效的一期", description="这一天以前没有名单的，留空。"),
    Field(name="next_edition", title="其后的一期"),
    Field(name="said_by", title="最后一次写明该机构的一期", description="截至这一天。"),
    Field(name="permit_valid", title="许可证当天是否有效", description="看不出的留空。", type="boolean"),
    Field(name="permit_valid_by_next", title="按其后一期，许可证当天是否有效", type="boolean"),
)

VERDICT = (
    Field(name="rule", title="结论代码", enum=tuple(VerdictRule), required=True),
    Field(
        name="tone",
        title="轻重",
        description="stop：禁止；warn：警告；ok：安全；grey：名单看不出。",
        enum=TONES,
        required=True,
    ),
    Field(name="word", title="结论", required=True),
    Field(name="advice", title="怎样办", required=True),
)
"""What the page of an institution answers first, on the day of asking."""

EDITION = (
    Field(name="id", title="期次编号", required=True),
    Field(name="title", title="标题", required=True),
    Field(name="number", title="第几期", type="integer", required=True),
    Field(
        name="is_batch",
        title="是否增补批次",
        description="增补批次只增补和更新。",
        type="boolean",
        required=True,
    ),
    Field(name="as_of", title="截至日期", type="date", required=True),
    Field(name="file", title="原始文件", required=True),
    Field(name="size", title="原始文件字节数", type="integer", required=True),
    Field(name="sha256", title="原始文件的SHA-256", pattern="[0-9a-f]{64}", required=True),
    Field(name="copy_file", title="供下载的副本", description="只含单元格的内容；不提供的，留空。"),
    Field(name="copy_size", title="副本字节数", type="integer", description="不提供的，为0。"),
    Field(name="copy_sha256", title="副本的SHA-256", pattern="([0-9a-f]{64})?"),
    Field(name="withheld", title="不提供副本的原因", description="可以下载的，留空。"),
    Field(name="county_codes", title="涵盖的县区代码", type="list"),
    Field(name="rows", title="行数", type="integer", required=True),
    Field(name="on_list", title="在名单内的家数", type="integer", required=True),
    Field(name="url", title="本站网页", required=True),
)

REGISTER = (
    Field(name="register", title="清单编号", required=True),
    Field(name="title", title="清单名称", required=True),
    Field(name="legal_basis", title="依据", required=True),
    Field(name="responsible_unit", title="责任单位", required=True),
    Field(name="as_of", title="截至日期", type="date", required=True),
    Field(name="url", title="本站网页", required=True),
)

COLUMN = (
    Field(name="name", title="字段名", required=True),
    Field(name="label", title="中文名", required=True),
    Field(name="type", title="类型", enum=TYPES, required=True),
    Field(name="unit", title="单位"),
)

ENTRY = (
    Field(name="id", title="记录编号", required=True),
    Field(name="title", title="标题", required=True),
    Field(name="url", title="本站网页", required=True),
    Field(name="as_of", title="截至日期", type="date", required=True),
)

SOURCE = (
    Field(name="file", title="来源文件", required=True),
    Field(name="sheet", title="来源工作表"),
    Field(name="row", title="来源行", type="integer", required=True),
)

PROBLEM = (
    Field(name="type", title="类型", description="总是about:blank（RFC 9457）。", required=True),
    Field(name="title", title="HTTP状态的名称", required=True),
    Field(name="status", title="HTTP状态码", type="integer", required=True),
    Field(name="detail", title="哪里不对，怎样改", required=True),
)

TEXT: Schema = {
    "description": "一段文字；有效期为起、止两项，未载明的一项为空文字。",
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    ],
}
COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}


def with_parts(fields: Sequence[Field], **parts: Schema) -> Schema:
    """The schema of an object that has, beside its fields, parts that are objects or lists themselves."""
    schema = object_schema(fields)
    return schema | {"properties": schema["properties"] | parts, "required": [*schema["required"], *parts]}


def list_of(name: str) -> Schema:
    """A list of what stands in the document under `name`."""
    return {"type": "array", "items": ref(name)}


def ref(name: str) -> Schema:
    """What stands in the document under `name`."""
    return {"$ref": f"#/components/schemas/{name}"}


CHANGED = tuple(field for field in CHANGE if field.name not in ("before", "after"))

SCHEMAS: Mapping[str, Schema] = {
    "Row": object_schema(ROW),
    "Institution": object_schema(INSTITUTION),
    "InstitutionShown": object_schema((*INSTITUTION, *SHOWN)),
    "Version": with_parts(EVENT[2:], row=ref("Row")),
    "Event": with_parts(EVENT, before=TEXT, after=TEXT),
    "Answer": object_schema(ANSWER),
    "InstitutionWithHistory": with_parts(
        INSTITUTION,
        versions=list_of("Version"),
        events=list_of("Event"),
        answer={"anyOf": [ref("Answer"), {"type": "null"}]},
        verdict=ref("Verdict"),
    ),
    "Verdict": object_schema(VERDICT),
    "Edition": with_parts(
        EDITION,
        by_county=COUNTS,
        by_status=COUNTS,
        by_status_basis=COUNTS,
        files={"type": "object", "additionalProperties": {"type": "string"}},
    ),
    "Change": with_parts(CHANGED, before=TEXT, after=TEXT),
    "Column": object_schema(COLUMN),
    "Register": with_parts(REGISTER, columns=list_of("Column")),
    "RegisterEvent": {
        "type": "object",
        "properties": {
            "edition": {"title": "期次", "type": "string", "format": "date"},
            "what": {"title": "变化", "type": "string"},
            "changes": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
        "required": ["edition", "what", "changes"],
        "additionalProperties": False,
    },
    "Problem": object_schema(PROBLEM),
}
"""The schemas that do not depend on what is published."""


def entry_schema(register: Register) -> Schema:
    """The schema of an entry of one register, with its columns."""
    values = {
        column["name"]: {
            "title": column["label"],
            "type": ["number" if column["type"] == "number" else "string", "null"],
        }
        for column in register.columns
    }
    return with_parts(
        ENTRY,
        source=object_schema(SOURCE),
        values={
            "type": "object",
            "properties": values,
            "required": [*values],
            "additionalProperties": False,
        },
        history=list_of("RegisterEvent"),
    )


def institution_shown(record: Record, shown: str | None, matched: str = "") -> dict[str, Any]:
    """An institution as a list shows it to somebody who looked up a text."""
    return as_json((*INSTITUTION, *SHOWN), {**described(record), "shown": shown, "matched": matched})


def history_parts(history: History, answer: AsOfAnswer | None, verdict: Verdict) -> dict[str, Any]:
    """What became of an institution, how it stood on the day asked about, and today's verdict on it."""
    return {
        "verdict": {field.name: getattr(verdict, field.name) for field in VERDICT},
        "versions": [
            {
                "as_of": version.as_of.isoformat(),
                "edition": version.edition,
                "row": as_json(ROW, row_said(version.row)),
            }
            for version in history.versions
        ],
        "events": [_event(event) for event in history.events],
        "answer": _answer(answer) if answer else None,
    }


def edition(record: Edition) -> dict[str, Any]:
    """An edition, with the addresses of its files."""
    values = {
        field.name: getattr(record, field.name) for field in EDITION if field.name not in ("id", "url")
    } | {"id": record.slug, "url": link_to(record, absolute=True)}
    return as_json(EDITION, values) | {
        "by_county": record.by_county,
        "by_status": record.by_status,
        "by_status_basis": record.by_status_basis,
        "files": edition_files(record),
    }


def difference(compared: Difference, older: Edition, newer: Edition) -> dict[str, Any]:
    """What differs between two editions."""
    return {
        "older": edition(older),
        "newer": edition(newer),
        "counts": {kind.value: compared.counts[kind] for kind in KINDS},
        "total": len(compared.changes),
        "changes": [_change(change) for change in compared.changes],
    }


def register(record: Register) -> dict[str, Any]:
    """A register with its columns."""
    values = register_said(root_url(), record)
    return values | {"columns": [as_json(COLUMN, column) for column in values["columns"]]}


def entry(record: RegisterEntry, of: Register) -> dict[str, Any]:
    """An entry of a register with its history."""
    values = entry_said(root_url(), of, record)
    source = as_json(SOURCE, values["source"])
    return values | {"id": record.name, "title": record.title, "source": source, "history": record.history}


def _event(event: InstitutionEvent) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "what": event.kind.label,
        "as_of": event.as_of.isoformat(),
        "edition": event.edition,
        "before": _text(event.before),
        "after": _text(event.after),
    }


def _answer(answer: AsOfAnswer) -> dict[str, Any]:
    return as_json(
        ANSWER,
        {
            "day": answer.day,
            "standing": answer.standing.value,
            "what": answer.standing.label,
            "listed": answer.is_listed,
            "edition": _slug(answer.edition),
            "next_edition": _slug(answer.next_edition),
            "said_by": answer.version.edition if answer.version else None,
            "permit_valid": answer.permit_valid,
            "permit_valid_by_next": answer.permit_valid_by_next,
        },
    )


def _change(change: RowChange) -> dict[str, Any]:
    values = as_json(CHANGED, change_said(change))
    return values | {"before": _text(change.before), "after": _text(change.after)}


def _slug(issue: Issue | None) -> str | None:
    return issue.slug if issue else None


def _text(text: Text) -> str | list[str]:
    return text if isinstance(text, str) else list(text)
