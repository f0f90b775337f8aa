"""Tell what a row of a list is, if it is no institution: a total, a note, a signature, a former name.

All matching is done on folded text (`chinese.folding.fold`).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from openbureau.chinese.credit_codes import CODE_CELL
from openbureau.chinese.folding import fold
from openbureau.library.whitelist.header_parser import Header
from openbureau.library.whitelist.rows import RowKind
from openbureau.spreadsheets.workbook import Cell

MIN_RECORD_CELLS = 3
"""So many cells beside the ordinal make a row a record even if it has no name."""
MIN_FILLED = 2
"""So many fields beside name and ordinal make a row a record whatever stands in the name's place."""
MAX_TITLE_CHARACTERS = 60
MIN_NAME_CHARACTERS = 4

_TOTAL = re.compile(
    r".{0,15}?(小计|合计|总计|共计|累计|总数)(\(.*\))?"
    r"([:,].*|[共计为有约]*(校外)?(培训)?(机构|学校)?(总?数量?)?[共计为有约]*\d.*)?"
)
_COUNT = re.compile(r"\(?(以上)?(合计)?共?有?计?\d+[家所个间户]((校外)?(教育)?(培训)?(机构|学校))?\)?")
_BARE_LABEL = re.compile(r"\*?(注|备注|说明|附注)")
_LABELLED = re.compile(
    r"\*?((注|备注|说明|附注)(\d{0,2}[:.、]|$)"
    r"|(填[表报]|报送|审[核批]|复核|制[表单]|联系|经办|打印|监督|举报|咨询|投诉|单位|盖章|校对|负责人|日期)[^:]{0,8}:)"
)
_NOTE_SIGN = re.compile(r"\*?(注|备注|说明|附注)\d{0,2}[:.、]|[^:]{1,10}:")
_COLOUR = re.compile("标[红黄]|[红黄][色字底]|删除线|划[线掉]")
_SENTENCE = re.compile(r".*[。;!].*")
_LEFTOVER = re.compile(
    r"\(?(以下(空白|无正文)|此[页表]无.*|续上?表|[接转][上下]页|第?\d+页.*|完|结束|\W+)\)?"
)
_INSTITUTION = re.compile(
    r"[^。;!:]{2,40}"
    r"(公司|学校|中心|机构|俱乐部|学院|培训部|工作室|画室|琴行|学堂|书院|教室|馆|社|坊|园|厅|塾|班)(\(.*\))?"
)
_NO_NAME = re.compile(r"(以上|以下|上述|本表|未|凡|其[他余中]|全部|所有|列入|各|共|合计|附|\*|\d+[.、])")
_BUREAU = re.compile(
    r".{2,20}(局|厅|委员会|办公室|政府|(教育|监管|管理|民办|职成|成职|政务).{0,4}[科股])(\(.*章.*\))?"
)
_DAY = re.compile(
    r"[〇○零一二三四五六七八九十\d]{2,4}[年./-][〇○零一二三四五六七八九十\d年月日./:\-T]*|\(?年月日\)?"
)
_GENERIC = re.compile(
    r"\(.*?\)|\d+|[以如]下|下[列述]|市直属?|市本级|[年月日上下半]|[全本我各][市县区省]|被|予以|拟|待|参加|通过|取得|符合|条件|擅自|涉嫌|[已的及和与、,/第批]|依法|自行|主动|自愿|列入|纳入|目前|现有?"
    r"|正常|在[营办]|存续|停[业办课训]|歇业|休业|注销|吊销|取缔|撤销|关[停闭]|暂停|停止|终止|中止|不再|未|变更|整改|限期|预警|失联"
    r"|[白黑灰黄]名单|有效期?|届满|到期|过期|年检|年审|检查|不?合格|异常|风险|状态"
    r"|运营|运行|经营|营业|办学|开办|招生|民办|校外|教育|培训|非?学科类?|非?营利性?|线[上下]|艺术|文化|体育|科技|综合|其[他它]|新[增批设]"
    r"|许可证?|机构|学校|单位|企业|公司|中心|名册|名单|一览表|汇总表?|明细表?|清单|情况|类|型|家|所|个"
    r"|均|正在|办理|申请|手续|特此说明|登记|终止|有|为|是|中"
)
"""Words of headings and counts; no institution is called by such words alone."""
_ORDINAL = re.compile(r"^\s*(?:[（(]\d{1,3}[）)][、.．]?|\d{1,3}[、.．])\s*(?=[^\W\d_])")
_LONG_DIGITS = re.compile(r"\d{5,}|\d{4}-\d{7}")
_ADDRESS = re.compile(r".*[区县市镇乡路街道巷村].*\d(号|栋|幢|楼|层|室|铺|座).{0,12}")
_SIGN = re.compile("^[*★☆※▲△●○◆#]|[*★☆※▲△●○◆#]$")
_WITH_SIGN = "“机构名称”一格带有记号，记号的意思没有采用", "请把记号的意思写到“状态”或“备注”列"
_MANY_NAMES = "“机构名称”一格内像有几家机构，按一家读取", "请一家机构占一行"
_WITH_NUMBER = "“机构名称”一格内有号码", "请把电话、证号写到各自的列"
_A_BUREAU = "“机构名称”一格像是机关的名称，仍作机构读取", "不是名单的行、联系表请删除或放到别的文件"
_AN_ADDRESS = "“机构名称”一格像是地址，仍作名称读取", "请核对是否与地址列写反"
_FORMER = re.compile(
    r"\(?(?:曾用名称?|原名称?|原机构名称|旧名称?|更名前(?:名称)?|变更前(?:名称)?)[:为是]?(?P<name>[^()]{2,}(?:\([^()]*\))?)\)?"
    r"|\(原:?(?P<bare>[^()]{2,})\)|原:(?P<plain>.{2,})"
)


class OtherRow(NamedTuple):
    """What a row is that is no institution; `is_doubtful` if it may be one after all."""

    kind: RowKind
    is_doubtful: bool = False


def looks_like_name(text: str) -> bool:
    """Whether a folded text is built as the names of institutions are."""
    return (
        len(text) >= MIN_NAME_CHARACTERS
        and _INSTITUTION.fullmatch(text) is not None
        and not _NO_NAME.match(text)
    )


def without_ordinal(text: str) -> str:
    """A name without the number that was written before it (1.、2、)."""
    return _ORDINAL.sub("", text)


def doubt_of_name(text: str) -> tuple[str, str] | None:
    """What is doubtful about the text in the place of a name, and how to mend it."""
    if has_names(text):
        return _MANY_NAMES
    plain = fold(text)
    if _SIGN.search(plain):
        return _WITH_SIGN
    if _LONG_DIGITS.search(plain):
        return _WITH_NUMBER
    if is_bureau(plain) and not looks_like_name(plain):
        return _A_BUREAU
    return _AN_ADDRESS if _ADDRESS.fullmatch(plain) and not looks_like_name(plain) else None


def has_names(text: str) -> bool:
    """Whether a cell has several names in it, as they stand, on lines of their own or after commas."""
    names = [fold(part) for part in re.split(r"[\n、；;]", text)]
    return len(names) > 1 and sum(map(looks_like_name, names)) == len(names)


def is_total(text: str) -> bool:
    """Whether a folded text announces a total, or counts."""
    return bool(_TOTAL.fullmatch(text) or _COUNT.fullmatch(text))


def is_note(text: str) -> bool:
    """Whether a folded text begins as a note does, or is a sentence."""
    return bool(_BARE_LABEL.fullmatch(text) or _NOTE_SIGN.match(text) or _SENTENCE.fullmatch(text))


def is_title(text: str) -> bool:
    """Whether a folded text above a list is its title, and not a note on how to read it."""
    return len(text) <= MAX_TITLE_CHARACTERS and not is_note(text) and not _COLOUR.search(text)


def is_generic(text: str) -> bool:
    """Whether a folded text has no word that could be the name of anybody."""
    outside = re.sub(r"\(.*?\)", "", text)
    return bool(outside) and not _GENERIC.sub("", outside)


def is_bureau(text: str) -> bool:
    """Whether a folded text is the name of an office, as it stands under a list."""
    return _BUREAU.fullmatch(text) is not None


def has_code(cells: Sequence[Cell], header: Header) -> bool:
    """Whether a credit code or permit number stands where the header has it."""
    numbered = {column.number for name in ("uscc", "permit_no") for column in header.of(name)}
    return any(CODE_CELL.fullmatch(fold(cell.text).upper()) for cell in cells if cell.column in numbered)


def former_name(own: Sequence[Cell]) -> str | None:
    """The earlier name that a row tells of the institution above it, and nothing else."""
    if len(own) != 1:
        return None
    match = _FORMER.fullmatch(fold(own[0].text))
    return match and (match["name"] or match["bare"] or match["plain"])


def other_row(own: Sequence[Cell], header: Header) -> OtherRow | None:
    """What the row is, None if it is an institution. `own` are its cells that are not merged with others."""
    if has_code(own, header):
        return None
    by_field = {header.columns[cell.column].field: cell for cell in own if cell.column in header.columns}
    texts = [fold(cell.text) for cell in own]
    name = fold(by_field["name"].text) if "name" in by_field else ""
    is_named = looks_like_name(name) and not is_generic(name)
    filled = by_field.keys() - {None, "ordinal", "name"}
    if any(is_total(text) for text in texts[:4]) and not (is_named and filled and not is_total(name)):
        return OtherRow("subtotal", any(map(looks_like_name, texts)))
    if is_named and (filled or not is_note(name)):
        return None
    if all(_DAY.fullmatch(text) or is_bureau(text) for text in texts):
        return OtherRow("signature")
    if any(_LABELLED.match(text) for text in texts) or all(map(is_note, texts)):
        return OtherRow("note", any(map(looks_like_name, texts)))
    if all(map(_LEFTOVER.fullmatch, texts)):
        return OtherRow("note")
    if name:
        is_short = len(own) == 1 or is_generic(name) or (is_note(name) and len(filled) < MIN_FILLED)
        return OtherRow("note", is_doubtful=True) if is_short else None
    if len(own) - ("ordinal" in by_field) >= MIN_RECORD_CELLS:
        return None
    has_place = bool(by_field.keys() & {"addr_premises", "addr_registered", "premises"})
    return OtherRow("note", is_doubtful=has_place or any(map(looks_like_name, texts)))
