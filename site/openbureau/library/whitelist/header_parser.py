"""Parse the header of a whitelist sheet by the meaning of its words: any order, one to three rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from openbureau.chinese.credit_codes import LONG_NUMBER
from openbureau.chinese.folding import fold, tidy, without_gaps
from openbureau.spreadsheets.workbook import Cell

MAX_HEADER_ROWS = 3
MAX_HEADING_CHARACTERS = 40
"""Characters. What is longer is a sentence, not the name of a column."""
MAX_WORD_CHARACTERS = 6
"""Characters of a word that means something only under a group: 注册 under 地址."""
MIN_FIELDS = 3
"""A header has the name of the institution and at least two other fields, or one of `TELLING`."""
TELLING = frozenset({"addr_premises", "addr_registered", "premises", "uscc", "permit_no", "county", "status"})

NOT_TAKEN = frozenset({"ordinal", "private", "remark"})
"""Columns that are recognised and never taken over."""
REPEATABLE = frozenset({"class", "premises", "status", "operating"})
"""Columns of which a sheet may have several."""

_Line = Sequence[Cell]

_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】")
_PUNCTUATION = re.compile(r"[^\w]|_")
_MEANINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (field, re.compile(pattern))
    for field, pattern in (
        ("ordinal", r"^(序号?|编号|序列号?|行号|no|id|项目?序号)$"),
        ("private", r"身份证|证件号|^证件"),
        ("phone_public", r"电话|联系方式|座机|热线|手机|固话"),
        ("remark", r"^备注|^附注|^(情况)?说明$|资质说明|^其他(情况|事项)?$|^特殊情况"),
        (
            "operating",
            r"是否(已经?|仍?在|正在|目前)*(正常|(营业|运营|经营|办学)(?!性|许可)|运行|在[营办]|开[业办]|存续"
            r"|停|歇业|休业|暂停|终止|关[停闭]|注销|吊销|取缔|撤销|失联|搬离)"
            r"|^已?(停业|停办|歇业|注销|吊销|取缔|关停|正常((运营|办学|经营|营业)(中)?)?|在[营办])$",
        ),
        ("sponsor", r"^(举办者|举办人|举办单位|出资人|投资人|投资方)(名称|姓名)?$"),
        ("nature", r"营利|盈利|(法人|举办者|单位|企业).*(性质|属性|类型)|登记类型"),
        ("escrow_name", r"户名|[账帐]户名称?$|开户名称?$"),
        ("escrow_account", r"[账帐]号|[账帐]户号|卡号|(监管|专用|银行|资金)[账帐]户$"),
        (
            "escrow_bank",
            r"开户行|(开户|监管|存管|托管|资金|合作|专户|[账帐]户).*银行|^银行(名称)?$|开户(机构|网点)",
        ),
        ("uscc", r"信用代?码|统一代码|uscc|机构代码?|持证主体代码"),
        ("status_date", r"(注销|吊销|停业|取缔|歇业|状态|列入|终止办学|公告).*(日期|时间)"),
        ("status_reason", r"原因|事由|理由"),
        ("former_names", r"曾用|^原|变更前|旧名"),
        ("valid_range", r"起止|起至|起讫|有效期限?$|有效(期间|时间|日期)$|许可证?期限|办学期限"),
        (
            "valid_to",
            r"(有效|期|许可证?|办学).*(止|至|终|到期|届满|结束)|截止|截至|终止(日|时)|到期|届满|失效|结束(日|时)|^[止至]$|^止(日期?|时间|期)$",
        ),
        ("valid_from", r"(有效|期).*(起|自|始|从)|起始|开始(日|时)|生效|^起(日期?|时间)?$"),
        ("issuer", r"(发证|审批|颁证|批准|核发|许可)(机关|单位|部门|机构)"),
        ("registrar", r"登记(机关|部门|单位|管理)"),
        ("regulator", r"主管(部门|单位|机关)|行业主管|监管部门"),
        ("permit_no", r"许可证?书?.{0,2}(编?号|号码)|许可证$|证号$|证书?编号$|教民号|核准书|批准文号"),
        ("addr_registered", r"(注册|登记|住所|法定|执照|工商).*(地址|地点|地|住所)$|^住所"),
        ("premises", r"教学点|分校|校区|分点|办学点"),
        (
            "name",
            r"(机构|学校|单位|企业|公司|主体|证照|许可证)(名称?|全称|名字)$|^(名称|校名|机构|学校|(校外)?(教育)?培训机构|单位)$",
        ),
        ("addr_premises", r"(实际|经营|办学|教学|培训|授课).*(地址|地点|场所|地)$"),
        ("addr_plain", r"地址|地点|场所|校址|住址|现址"),
        (
            "county",
            r"^(所属|所在|归属)?(行政)?[县市区]{1,3}(域|划|名称)?$|^(所属|所在)地区?$|^(属地|归属地|辖区|地区|县别)",
        ),
        ("audiences", r"对象|学段|年级|层次|人群|年龄"),
        ("on_national_platform", r"平台"),
        ("mode", r"线上|线下|(培训|授课|教学|办学)(方式|形式|模式)"),
        (
            "status",
            r"状态|(运营|经营|办学|营业|运行|存续|机构|目前|当前)情况|状况|^情况$|现状|名单(类[别型]|性质)",
        ),
        (
            "class",
            r"^(?!.*(法人|证件|举办|企业|经济)).*(学科|类别|类型|科类|门类|种类|分类|(机构|办学|培训)性质)",
        ),
        ("courses", r"内容|项目|课程|科目|(业务|办学|培训)范围"),
        ("legal_rep", r"法定代表人|法人(代表)?(姓名)?$"),
        ("principal", r"校长|负责人|园长"),
    )
)
_GENERIC = re.compile(
    r"^(编号|号码|名称|起|止|自|由|至|始|终|开始|结束|起始|日期|时间|代码|姓名|单位|机关|类别|地址)$"
)
"""Words that mean something only under the group they stand in."""
_DATA = re.compile(r"\d{4,}|[0-9A-Z]{15,}|[。;；]")
_NUMBERING = re.compile(r"[(（]?\d{1,2}[)）]?|[①-⑳]|[一二三四五六七八九十]{1,3}")


@dataclass(frozen=True)
class WhitelistColumn:
    """One column: what it means (None if unknown) and the words above it, as they stand."""

    number: int
    field: str | None
    header: str


@dataclass(frozen=True)
class Header:
    """A header: the numbers of its first and last row, and its columns by number."""

    first: int
    last: int
    columns: dict[int, WhitelistColumn]

    def of(self, field: str) -> tuple[WhitelistColumn, ...]:
        """The columns of a field, left to right."""
        return self.by_field.get(field, ())

    @cached_property
    def by_field(self) -> dict[str | None, tuple[WhitelistColumn, ...]]:
        """The columns by what they mean."""
        columns: dict[str | None, tuple[WhitelistColumn, ...]] = {}
        for column in self.columns.values():
            columns[column.field] = (*columns.get(column.field, ()), column)
        return columns


@lru_cache(maxsize=4_096)
def _meaning(text: str) -> str | None:
    """The field that a heading means, as it stands or without what is in brackets; None if unknown."""
    folded = fold(text).lower()
    for form in (folded, _BRACKETS.sub("", folded)):
        words = _PUNCTUATION.sub("", form)
        for field, pattern in _MEANINGS:
            if pattern.search(words):
                return field
    return None


def _own(line: _Line) -> list[Cell]:
    return [cell for cell in line if cell.origin is None]


def find_headers(rows: Sequence[_Line], index: int) -> tuple[Header, ...]:
    """The header that begins at `rows[index]`, one for each of the lists that stand side by side below it.

    None if no header begins there.
    """
    # Such a row is an institution.
    if any(LONG_NUMBER.search(cell.text) for cell in rows[index]):
        return ()
    if len([cell for cell in _own(rows[index]) if _could_head(cell) and _meaning(cell.text)]) < 2:
        return ()
    last = index
    while last + 1 < len(rows) and last - index + 1 < MAX_HEADER_ROWS and _continues(rows, index, last + 1):
        last += 1
    lines = rows[index : last + 1]
    stacks = _stacks(lines)
    lists = _side_by_side(stacks, {cell.column for line in lines for cell in _own(line)})
    headers = []
    for numbers in lists:
        columns = _settle([_column(number, stacks[number]) for number in numbers])
        headers.append(Header(index + 1, last + 1, {column.number: column for column in columns}))
    if len(headers) > 1 or is_complete(headers[0]):
        return tuple(headers)
    return ()


def is_complete(header: Header) -> bool:
    """Whether so many columns are understood that the row must be a header.

    The name and what tells its bearer from others are enough, and so are 序号 and the name with nothing else.
    """
    fields = {column.field for column in header.columns.values()}
    if "name" not in fields:
        return False
    is_list_of_names = fields == {"ordinal", "name"}
    return len(fields - {None, "ordinal"}) >= MIN_FIELDS or bool(fields & TELLING) or is_list_of_names


def _side_by_side(stacks: dict[int, list[str]], own: set[int]) -> list[list[int]]:
    """The columns of each list: a list ends where the words above it begin to repeat, with a name again."""
    lists: list[list[int]] = [[]]
    words: set[str] = set()
    for number, stack in stacks.items():
        heading = fold("".join(stack))
        # A heading over merged columns stands above each of them.
        if number in own and heading in words:
            lists.append([])
            words.clear()
        lists[-1].append(number)
        words.add(heading)
    fields = [{_read(stacks[number]) for number in numbers} for numbers in lists]
    if all("name" in names and len(names - {None}) > 1 for names in fields):
        return lists
    return [list(stacks)]


def is_numbering(line: _Line) -> bool:
    """Whether the row only numbers the columns: 1, 2, 3 … or ①, ② …"""
    own = _own(line)
    return len(own) >= 4 and all(_NUMBERING.fullmatch(cell.text.strip()) for cell in own)


def _could_head(cell: Cell) -> bool:
    return (
        isinstance(cell.value, str)
        and len(cell.value) <= MAX_HEADING_CHARACTERS
        and not _DATA.search(fold(cell.value))
    )


def _continues(rows: Sequence[_Line], first: int, index: int) -> bool:
    """Whether the row is one more row of the header that begins at `first`."""
    line = rows[index]
    own = _own(line)
    if not own:
        return bool(line) and all((cell.origin or (0, 0))[0] > first for cell in line)
    if not all(_could_head(cell) for cell in own):
        return False
    above = _stacks(rows[first:index])
    understood = [cell for cell in own if _goes_under(above.get(cell.column, []), cell.text)]
    repeats = [cell for cell in own if cell.column in above and _meaning(cell.text) == "name"]
    return len(understood) * 2 > len(own) and not any(_read(above[cell.column]) == "name" for cell in repeats)


def _goes_under(stack: list[str], text: str) -> bool:
    """Whether a text is a heading of its own, or a short word that says more of those above it."""
    if _meaning(text) or _GENERIC.fullmatch(fold(text)):
        return True
    field = _read([*stack, text]) if len(without_gaps(text)) <= MAX_WORD_CHARACTERS else None
    return field is not None and (not stack or field != _read(stack))


def _stacks(lines: Sequence[_Line]) -> dict[int, list[str]]:
    """The words above each column, top down. A group's word reaches right until the next word."""
    own_rows: list[dict[int, str]] = [{cell.column: cell.text for cell in line} for line in lines]
    for upper, lower in pairwise(own_rows):
        for column in lower:
            left = max((number for number in upper if number < column), default=None)
            if column not in upper and left is not None and left in lower and upper[left] != lower[left]:
                upper[column] = upper[left]
    stacks: dict[int, list[str]] = {}
    for row in own_rows:
        for column, text in row.items():
            stack = stacks.setdefault(column, [])
            if text not in stack:
                stack.append(text)
    return dict(sorted(stacks.items()))


def _read(stack: list[str]) -> str | None:
    """The field of one column: by its lowest heading alone, or with those above it (地址 over 注册)."""
    together = _meaning("".join(stack))
    if len(stack) > 1 and _GENERIC.fullmatch(fold(stack[-1])):
        return together or _meaning(stack[-1])
    return _meaning(stack[-1]) or _meaning("".join(reversed(stack))) or together


def _column(number: int, stack: list[str]) -> WhitelistColumn:
    return WhitelistColumn(number, _read(stack), tidy(stack[-1]))


def _settle(columns: list[WhitelistColumn]) -> list[WhitelistColumn]:
    """Give each field to one column, the first; a plain 地址 is the premises if no other column is."""
    taken: set[str] = {column.field for column in columns if column.field}
    plain = "addr_premises" if "addr_premises" not in taken else "addr_registered"
    seen: set[str] = set()
    settled: list[WhitelistColumn] = []
    for column in columns:
        field = column.field
        if field == "addr_plain":
            field = plain if plain == "addr_premises" or "addr_registered" not in taken else None
        if field and field in seen and field not in REPEATABLE | NOT_TAKEN:
            field = None
        seen.add(field or "")
        settled.append(WhitelistColumn(column.number, field, column.header))
    return settled
