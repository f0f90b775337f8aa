"""What the API may be asked: every parameter with what it may be, for handlers and description alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from flask import abort, request

from openbureau.clock import read_iso_day
from openbureau.library.lookup.results import MAX_TEXT_CHARACTERS
from openbureau.library.registers import Register
from openbureau.library.whitelist.institutions import REMOVED
from openbureau.library.whitelist.listing import EXPIRING, PermitEnd, Sort
from openbureau.library.whitelist.vocabulary import AUDIENCES, CATEGORIES, STATUSES
from openbureau.web import publication

PER_PAGE, MAX_PER_PAGE, MAX_PAGES = 20, 100, 9_999

_NUMBER = re.compile(r"[1-9]\d{0,3}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of an address. `enum` is all that it may be, `maximum` the greatest number or length.

    `default` holds where it is left out; None: then nothing is asked.
    """

    name: str
    description: str
    type: Literal["text", "number", "day"] = "text"
    enum: tuple[str, ...] = ()
    maximum: int = 0
    default: int | None = None

    def schema(self) -> dict[str, Any]:
        """What it may be, in JSON Schema."""
        if self.type == "number":
            return {"type": "integer", "minimum": 1, "maximum": self.maximum, "default": self.default}
        if self.type == "day":
            return {"type": "string", "format": "date"}
        if self.enum:
            return {"type": "string", "enum": [*self.enum]}
        return {"type": "string", "maxLength": self.maximum}

    def check(self, text: str) -> None:
        """Answer 400, saying how to mend it, when it must not be `text`."""
        if self.type == "number" and not (_NUMBER.fullmatch(text) and int(text) <= self.maximum):
            refuse(self.name, f"不是1到{self.maximum}的整数", "请写阿拉伯数字，前面不加0")
        if self.type == "day" and read_iso_day(text) is None:
            refuse(self.name, "不是存在的日期", "请按YYYY-MM-DD书写，例如2024-12-31")
        if self.enum and text not in self.enum:
            values = "、".join(value or "（空）" for value in self.enum)
            refuse(self.name, "不在可选值之内", f"可选值：{values}")
        if self.type == "text" and not self.enum and len(text) > self.maximum:
            refuse(self.name, f"超过{self.maximum}个字", "请缩短")


PAGES = (
    Parameter(name="page", description="第几页，从1起。", type="number", maximum=MAX_PAGES, default=1),
    Parameter(
        name="per_page", description="每页多少条。", type="number", maximum=MAX_PER_PAGE, default=PER_PAGE
    ),
)

ON = Parameter(
    name="on",
    description="过去的某一天，例如交费那天；加上后，回答里有当天的情况（answer）。还没有到的日子没有回答（404）。",
    type="day",
)


def institution_parameters() -> list[Parameter]:
    """What the list of institutions may be asked: the same as its page, and how many on a page."""
    counties = publication().bureau.areas.values()
    townships = publication().catalogue.page("whitelist", {}, per_page=1, facets=("township",)).choices
    return [
        Parameter(
            name="q", description="名称、地址、统一社会信用代码或办学许可证号。", maximum=MAX_TEXT_CHARACTERS
        ),
        Parameter(name="county", description="县（市、区）。", enum=tuple(counties)),
        Parameter(
            name="township",
            description="办学地址所在的镇街，连同county使用。",
            enum=tuple(sorted(value for value, _ in townships["township"])),
            maximum=MAX_TEXT_CHARACTERS,
        ),
        Parameter(
            name="category",
            description="培训类别；名单只写明学科或非学科的，按学科类别。",
            enum=(*CATEGORIES, "学科", "非学科", "学科+非学科"),
        ),
        Parameter(name="audience", description="培训对象。", enum=AUDIENCES),
        Parameter(name="status", description="名单所载状态。", enum=(*STATUSES, REMOVED)),
        Parameter(
            name=EXPIRING,
            description="许可证何时到期，从今天算起；各段包含更短的一段。",
            enum=tuple(end.label for end in PermitEnd),
        ),
        Parameter(
            name="listed",
            description="是否在名单内；写作空值为全部。三项（listed、q、status）都不写时，只列在名单内的。",
            enum=("在名单内", "不在名单内", ""),
        ),
        Parameter(
            name="sort",
            description="顺序："
            + "；".join(f"{sort.value}，{sort.label}" for sort in Sort)
            + "。不写时按名单的顺序，有q时最相近的在前。",
            enum=tuple(Sort),
        ),
        *PAGES,
    ]


def register_parameters(register: Register) -> list[Parameter]:
    """What the entries of one register may be asked: its facets, and the page."""
    return [
        *(
            Parameter(
                name=name,
                description=f"{register.column(name)['label']}。",
                enum=tuple(register.column(name)["choices"]),
                maximum=MAX_TEXT_CHARACTERS,
            )
            for name in register.facet_names
        ),
        *PAGES,
    ]


def read(parameters: Sequence[Parameter]) -> dict[str, str]:
    """The parameters of this request, checked; 400 says which one is wrong and how to mend it."""
    by_name = {parameter.name: parameter for parameter in parameters}
    for name in request.args:
        texts = request.args.getlist(name)
        if name not in by_name:
            advice = f"可用的参数：{'、'.join(by_name)}" if by_name else "这个地址不带参数"
            refuse(name, "不是这个地址的参数", advice)
        if len(texts) > 1:
            refuse(name, "写了不止一次", "请只写一次")
        by_name[name].check(texts[0])
    return request.args.to_dict()


def refuse(name: str, what: str, mend: str) -> NoReturn:
    """Answer 400: which parameter is wrong, and how to mend it."""
    abort(400, description=f"参数“{name[:MAX_TEXT_CHARACTERS]}”{what}。{mend}。")
