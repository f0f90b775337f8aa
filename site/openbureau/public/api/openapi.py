"""The description of the API in OpenAPI 3.1, made of the very tables by which it reads and answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openbureau.library.kinds import DocumentKind
from openbureau.library.registers import Register
from openbureau.public.api.documents import format_of, offered_kinds
from openbureau.public.api.parameters import ON, Parameter, institution_parameters, register_parameters
from openbureau.public.api.schemas import COUNTS, SCHEMAS, Schema, entry_schema, list_of, ref
from openbureau.public.api.search import ANSWER as SEARCH_ANSWER
from openbureau.public.api.search import SEARCH_SCHEMAS, search_parameters
from openbureau.public.registers import all_registers
from openbureau.web import publication, root_url
from openbureau.web.variants import plain_root

_TERMS = (
    "只读接口，数据与本站页面相同。截至哪一天、出自哪个文件的哪一行，每条记录都写明。"
    "不存在的参数和不合要求的值一律回答400，并说明怎样改。"
    "回答带ETag；带If-None-Match再问，没有变化时回答304。"
)

_PAGED: Mapping[str, Schema] = {
    "total": {"type": "integer", "minimum": 0, "title": "总数"},
    "page": {"type": "integer", "minimum": 1, "title": "本页"},
    "pages": {"type": "integer", "minimum": 1, "title": "页数"},
    "per_page": {"type": "integer", "minimum": 1, "title": "每页条数"},
    "previous": {"type": ["string", "null"], "title": "上一页的地址"},
    "next": {"type": ["string", "null"], "title": "下一页的地址"},
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One address: what it is for, what it may be asked, what it answers. `places` are the parts of its
    path with an example each; `codes` are the ways in which it may go wrong."""

    path: str
    name: str
    summary: str
    answer: Schema
    parameters: Sequence[Parameter] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    codes: Sequence[int] = (400,)

    def described(self) -> dict[str, Any]:
        """The operation in OpenAPI."""
        places = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
                **({"example": example} if example else {}),
            }
            for name, example in self.places.items()
        ]
        parameters = [
            {
                "name": parameter.name,
                "in": "query",
                "description": parameter.description,
                "schema": parameter.schema(),
            }
            for parameter in self.parameters
        ]
        problem = {"application/problem+json": {"schema": ref("Problem")}}
        answers: dict[str, Any] = {
            "200": {
                "description": "所问的数据",
                "headers": {"ETag": {"schema": {"type": "string"}, "description": "这份回答的标记"}},
                "content": {"application/json": {"schema": self.answer}},
            },
            "304": {"description": "与If-None-Match所指的一份相同"},
        }
        answers |= {str(code): {"description": _CODES[code], "content": problem} for code in self.codes}
        operation = {"operationId": self.name, "summary": self.summary, "responses": answers}
        return operation | ({"parameters": [*places, *parameters]} if places or parameters else {})


_CODES = {
    400: "参数不存在或写得不对",
    404: "没有这条记录或这一页",
    410: "曾经公布，已撤回或公示期已满",
}


def document() -> dict[str, Any]:
    """The whole description, for what is published now."""
    registers = all_registers()
    entries = {_entry_name(register): entry_schema(register) for register in registers}
    schemas = {**SCHEMAS, **SEARCH_SCHEMAS}
    for kind in offered_kinds():
        schemas |= format_of(kind).schemas
    schemas |= entries
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{publication().bureau.site_name}：开放数据接口",
            "version": "1",
            "description": _TERMS,
        },
        "externalDocs": {"description": "文件下载、字段说明", "url": root_url() + "/open-data/"},
        "servers": [{"url": f"{plain_root()}/api/v1"}],
        "paths": {register.path: {"get": register.described()} for register in _operations(registers)},
        "components": {"schemas": schemas},
    }


def summaries() -> dict[str, str]:
    """Every address of the API with what it answers."""
    return {operation.path: operation.summary for operation in _operations(all_registers())}


def _operations(registers: Sequence[Register]) -> Iterator[Operation]:
    yield from _whitelist()
    yield Operation(
        path="/search",
        name="search",
        summary="全站搜索，结果和顺序与本站页面相同",
        parameters=search_parameters(),
        answer=_object({**_PAGED, **SEARCH_ANSWER}),
        codes=(400, 404),
    )
    for kind in offered_kinds():
        yield from _documents(kind)
    yield Operation(
        path="/registers",
        name="registers",
        summary="各类清单（行政许可、行政处罚等）",
        answer=_listed("registers", list_of("Register")),
    )
    for register in registers:
        yield from _register(register)


def _whitelist() -> Iterator[Operation]:
    catalogue = publication().catalogue
    first = [record.slug for record in catalogue.page("whitelist", {}, per_page=1, by_source=True).records]
    slugs = [issue.slug for issue in catalogue.issues()]
    yield Operation(
        path="/institutions",
        name="institutions",
        summary="白名单上的机构，筛选和排序与本站页面相同",
        parameters=institution_parameters(),
        answer=_object(
            {
                **_PAGED,
                "institutions": list_of("InstitutionShown"),
                "others": list_of("InstitutionShown")
                | {"title": "相近的其他机构，不是所查的一家；只在第一页"},
            }
        ),
        codes=(400, 404),
    )
    yield Operation(
        path="/institutions/{id}",
        name="institution",
        summary="一家机构，连同历次记载；可问过去某一天的情况",
        places={"id": "".join(first)},
        parameters=[ON],
        answer=ref("InstitutionWithHistory"),
        codes=(400, 404, 410),
    )
    yield Operation(
        path="/editions",
        name="editions",
        summary="各期名单，最近的在前",
        answer=_listed("editions", list_of("Edition")),
    )
    yield Operation(
        path="/editions/{id}",
        name="edition",
        summary="一期名单：数目、文件、校验值",
        places={"id": "".join(slugs[-1:])},
        answer=ref("Edition"),
        codes=(400, 404, 410),
    )
    changes = {
        "older": ref("Edition"),
        "newer": ref("Edition"),
        "counts": COUNTS,
        "total": _PAGED["total"],
    }
    yield Operation(
        path="/changes/{older}/{newer}",
        name="changes",
        summary="两期名单之间的变化，早的一期在前",
        places={"older": "".join(slugs[:1]), "newer": "".join(slugs[-1:])},
        answer=_listed("changes", list_of("Change"), changes),
        codes=(400, 404, 410),
    )


def _documents(kind: DocumentKind) -> Iterator[Operation]:
    newest = publication().catalogue.page(kind.name, {}, per_page=1).records
    form = format_of(kind)
    yield Operation(
        path=f"/{kind.name}",
        name=kind.name,
        summary=form.summary,
        parameters=form.parameters(),
        answer=_listed(kind.name, list_of(form.schema_listed), _PAGED),
        codes=(400, 404),
    )
    yield Operation(
        path=f"/{kind.name}/{{id}}",
        name=kind.model.__name__.lower(),
        summary=form.summary_alone,
        places={"id": "".join(record.slug for record in newest)},
        answer=ref(form.schema_alone),
        codes=(400, 404, 410),
    )


def _register(register: Register) -> Iterator[Operation]:
    shown = publication().catalogue.page("registers", {"register": register.slug}, per_page=1).records
    path = f"/registers/{register.slug}/entries"
    name = _entry_name(register)
    yield Operation(
        path=path,
        name=f"list{name}",
        summary=f"{register.title}：今天公示的记录",
        parameters=register_parameters(register),
        answer=_listed("entries", list_of(name), _PAGED),
        codes=(400, 404),
    )
    yield Operation(
        path=f"{path}/{{id}}",
        name=f"one{name}",
        summary=f"{register.title}：一条记录",
        places={"id": "".join(entry.slug.partition("--")[2] for entry in shown)},
        answer=ref(name),
        codes=(400, 404, 410),
    )


def _entry_name(register: Register) -> str:
    """The name of its entries in the document: `administrative-penalties` is AdministrativePenaltiesEntry."""
    return "".join(part.capitalize() for part in register.slug.split("-")) + "Entry"


def _listed(name: str, items: Schema, others: Mapping[str, Schema] | None = None) -> Schema:
    """An object with a list and what is told beside it; its length if nothing else."""
    return _object({**(others or {"total": _PAGED["total"]}), name: items})


def _object(parts: Mapping[str, Schema]) -> Schema:
    """An object that has all these parts and no other."""
    return {"type": "object", "properties": dict(parts), "required": [*parts], "additionalProperties": False}
