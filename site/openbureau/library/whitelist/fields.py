"""What a downloaded whitelist has in each field: the one table from which files, schemas and API are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from openbureau.chinese.dates import FOREVER
from openbureau.clock import ISO_DAY
from openbureau.library.places import COUNTY_CODE
from openbureau.library.whitelist.comparison import KINDS
from openbureau.library.whitelist.editions import Institution
from openbureau.library.whitelist.institutions import REMOVED
from openbureau.library.whitelist.rows import STATUS_BASES, UNSTATED, WhitelistRow
from openbureau.library.whitelist.vocabulary import AUDIENCES, CATEGORIES, STATUSES

LIST_MARK = "；"
"""Stands between several values in one cell."""

YES, NO = "是", "否"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. `name` is its name for programs, `title` its heading for people, in Chinese.

    `list`: several texts, `LIST_MARK` between them in a cell. `enum` is all that it may say, `pattern` (a
    regular expression for the whole text) how it is written. What is not `required` may be missing.
    """

    name: str
    title: str
    description: str = ""
    type: Literal["string", "integer", "boolean", "date", "list"] = "string"
    enum: tuple[str, ...] = ()
    pattern: str = ""
    required: bool = False

    def cell(self, value: Any) -> str | int | None:
        """The value in a cell of a table; None when there is none."""
        match value:
            case bool():
                return YES if value else NO
            case list() | tuple():
                return LIST_MARK.join(value) or None
            case date():
                return value.isoformat()
            case int() | None:
                return value
        return str(value) or None

    def json(self, value: Any) -> str | int | bool | list[str] | None:
        """The value in JSON: null when there is none, an empty list when it is a list."""
        if self.type == "list":
            return list(value or ())
        if isinstance(value, date):
            return value.isoformat()
        return None if value in (None, "") else value

    def json_schema(self) -> dict[str, Any]:
        """The field in JSON Schema 2020-12."""
        schema = {"title": self.title, **({"description": self.description} if self.description else {})}
        words: dict[str, Any] = {"type": "string"}
        if self.pattern:
            words["pattern"] = f"^(?:{self.pattern})$"
        if self.type == "list":
            return schema | {"type": "array", "items": words | ({"enum": [*self.enum]} if self.enum else {})}
        form: dict[str, Any] = words if self.type == "string" else {"type": self.type}
        if self.type == "date":
            form = {"type": "string", "format": "date"}
        if self.enum:
            form["enum"] = [*self.enum] if self.required else [*self.enum, None]
        return schema | form | ({} if self.required else {"type": [form["type"], "null"]})

    def table_schema(self, name: str) -> dict[str, Any]:
        """The field, under the heading `name`, in Frictionless Table Schema (https://datapackage.org)."""
        described = {"name": name, "title": self.title, "description": self.description}
        schema: dict[str, Any] = {key: text for key, text in described.items() if text}
        schema["type"] = "string" if self.type == "list" else self.type
        if self.type == "boolean":
            schema |= {"trueValues": [YES], "falseValues": [NO]}
        limits: dict[str, Any] = {"required": True} if self.required else {}
        if self.enum and self.type != "list":
            limits["enum"] = [*self.enum]
        if self.pattern:
            limits["pattern"] = self.pattern
        return schema | ({"constraints": limits} if limits else {})


_UNTOLD = "名单没有写的，留空。"
_SEVERAL = f"有多项时以“{LIST_MARK}”分隔（JSON为数组）。"
_DAY_OR_FOREVER = f"{ISO_DAY}|{FOREVER}"

ROW = (
    Field(name="name", title="机构名称", description="名单所载名称，不含曾用名。", required=True),
    Field(
        name="uscc",
        title="统一社会信用代码",
        description="GB 32100-2015，18位。校验不符的照录原文，见“代码状态”；尚未取得的留空。",
    ),
    Field(
        name="uscc_state",
        title="代码状态",
        description="ok：校验无误；pending：办理中；missing：名单未载；invalid：校验不符或不是信用代码。",
        enum=("ok", "pending", "missing", "invalid"),
        required=True,
    ),
    Field(
        name="permit_no",
        title="办学许可证号",
        description="13位或15位的只留数字；不是这种编号的（如批准文号）照录原文。",
    ),
    Field(name="issuer", title="发证机关"),
    Field(name="regulator", title="主管部门"),
    Field(name="registrar", title="法人登记部门"),
    Field(name="nature", title="法人性质", enum=("非营利", "营利")),
    Field(name="legal_rep", title="法定代表人"),
    Field(name="principal", title="校长（负责人）"),
    Field(
        name="county_code",
        title="县区代码",
        description="GB/T 2260，六位；市直为市的代码。" + _UNTOLD,
        pattern=COUNTY_CODE,
    ),
    Field(name="addr_premises", title="办学地址", description="实际上课的地方；有多处时为第一处。"),
    Field(name="premises", title="全部教学点", description="只有一处时留空。" + _SEVERAL, type="list"),
    Field(name="addr_registered", title="注册地址", description="可能与办学地址不同。"),
    Field(name="subject_class", title="学科类别", enum=("学科", "非学科", "学科+非学科")),
    Field(name="categories", title="培训类别", description=_SEVERAL, type="list", enum=CATEGORIES),
    Field(name="courses", title="培训内容", description=_SEVERAL, type="list"),
    Field(name="audiences", title="培训对象", description=_SEVERAL, type="list", enum=AUDIENCES),
    Field(name="mode", title="培训方式", enum=("线上", "线下", "线上+线下")),
    Field(name="valid_from", title="有效期起", description="YYYY-MM-DD。", pattern=_DAY_OR_FOREVER),
    Field(
        name="valid_to",
        title="有效期止",
        description=f"YYYY-MM-DD；没有期限的为“{FOREVER}”。" + _UNTOLD,
        pattern=_DAY_OR_FOREVER,
    ),
    Field(name="escrow_bank", title="监管银行", description="预收费监管账户的开户银行。"),
    Field(name="escrow_name", title="监管账户户名", description="应与机构名称一致。"),
    Field(
        name="escrow_last4",
        title="监管账号末四位",
        description="账号只公布末四位。",
        pattern="[0-9]{4}",
    ),
    Field(name="on_national_platform", title="是否已上全国平台", description=_UNTOLD, type="boolean"),
    Field(name="phone_public", title="公开电话"),
    Field(
        name="status",
        title="状态",
        description="名单所载状态；写法无法识别的留空。",
        enum=STATUSES,
    ),
    Field(
        name="status_basis",
        title="状态依据",
        description=f"名单在哪里写明状态。名单没有地方写状态的，列入的都作“正常”，依据写“{UNSTATED}”。",
        enum=STATUS_BASES,
    ),
    Field(name="status_reason", title="状态原因"),
    Field(name="status_date", title="状态日期", description="YYYY-MM-DD。", pattern=_DAY_OR_FOREVER),
    Field(name="former_names", title="曾用名", description=_SEVERAL, type="list"),
    Field(name="source_sheet", title="来源工作表", description="CSV文件没有工作表，留空。"),
    Field(
        name="source_row",
        title="来源行",
        description="与表格软件的行号相同，从1起。",
        type="integer",
        required=True,
    ),
)
"""What a row of an edition says, by the names of the canonical record. The sponsor (举办者) may be a natural
person and stays out."""

_ROW = {field.name: field for field in ROW}
_FIRST = ("name", "uscc", "permit_no")
_MORE = tuple(
    field for field in ROW if field.name not in {*_FIRST, "addr_premises", "valid_from", "valid_to", "status"}
)

COUNTY = Field(name="county", title="县（市、区）", description="县区的名称；市直为“市直”。" + _UNTOLD)

INSTITUTION = (
    *(_ROW[name] for name in _FIRST),
    COUNTY,
    *(_ROW[name] for name in ("addr_premises", "valid_from", "valid_to")),
    replace(
        _ROW["status"],
        description=f"名单所载状态；新一期名单不再列出的为“{REMOVED}”，其余各项照最后一次列出时的记载。",
        enum=(*STATUSES, REMOVED),
    ),
    Field(
        name="as_of", title="截至日期", description="名单说明的是哪一天的情况。", type="date", required=True
    ),
    Field(name="source_file", title="来源文件", description="这一行所在的名单文件。", required=True),
    *(_ROW[name] for name in ("source_sheet", "source_row")),
    *(field for field in _MORE if not field.name.startswith("source_")),
    Field(name="listed", title="是否在名单内", type="boolean", required=True),
    Field(name="edition", title="来源期次", description="这一行所在一期名单的编号。", required=True),
    Field(name="id", title="本站编号", description="本站网址中的编号，永不改指其他机构。", required=True),
    Field(name="url", title="本站网页", required=True),
)
"""What the list says of an institution, in the order of the downloaded table."""

CHANGE = (
    Field(name="what", title="变化", enum=tuple(kind.label for kind in KINDS), required=True),
    _ROW["name"],
    *(_ROW[name] for name in ("uscc", "permit_no")),
    replace(COUNTY, description="县区的名称。"),
    replace(_ROW["status"], description="新一期所载状态；移出名单的为旧一期所载状态。"),
    Field(name="before", title="原来", description="旧一期的记载；列入、移出名单的留空。"),
    Field(name="after", title="现在", description="新一期的记载；列入、移出名单的留空。"),
    Field(name="kind", title="变化代码", enum=tuple(kind.value for kind in KINDS), required=True),
    Field(name="id", title="本站编号"),
    Field(name="url", title="本站网页"),
)
"""One thing that differs between two editions for one institution."""

Values = Mapping[str, Any]
"""Values by the names of fields, as Python has them."""


def row_said(row: WhitelistRow) -> Values:
    """What a row says."""
    return {field.name: getattr(row, field.name) for field in ROW}


def institution_said(record: Institution, url: str) -> Values:
    """What the list says of an institution; `url` is the address of its page."""
    return {
        **row_said(record.row),
        "county": record.county,
        "status": record.status,
        "status_basis": record.status_basis,
        "status_reason": record.status_reason,
        "as_of": record.as_of,
        "source_file": record.source_file,
        "listed": record.is_listed,
        "edition": record.edition,
        "id": record.slug,
        "url": url,
    }


def cells(fields: Sequence[Field], values: Values) -> list[str | int | None]:
    """One line of a table."""
    return [field.cell(values.get(field.name)) for field in fields]


SHOWN = (
    Field(
        name="shown",
        title="与所查文字的关系",
        description="meant：就是所查的；near：相近的另一家机构，不能当作所查的一家。没有查文字的，留空。",
        enum=("meant", "near"),
    ),
    Field(name="matched", title="相近之处", description="相近的名称、曾用名、证号或同一地址。"),
)
"""How an institution stands to the text that somebody looked up."""

SHOWN_LABELS = {"meant": "就是所查的", "near": "相近的另一家"}
"""The same in a table for people."""


def as_json(fields: Sequence[Field], values: Values) -> dict[str, Any]:
    """The same in JSON: every field, null where nothing is said."""
    return {field.name: field.json(values.get(field.name)) for field in fields}


def object_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """The JSON Schema of what `as_json` makes."""
    return {
        "type": "object",
        "properties": {field.name: field.json_schema() for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def table_schema(fields: Sequence[Field], *, by_title: bool, key: Sequence[str] = ()) -> dict[str, Any]:
    """The Frictionless Table Schema of a table whose headings are the titles, or else the names.

    `key` are the names of the fields that no two lines share.
    """
    heading = {field.name: field.title if by_title else field.name for field in fields}
    schema: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [field.table_schema(heading[field.name]) for field in fields],
        "missingValues": [""],
    }
    return schema | ({"primaryKey": [heading[name] for name in key]} if key else {})
