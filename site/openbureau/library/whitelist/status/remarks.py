"""Read what a remark (备注), or brackets after a name, say of an institution's state."""

import re
from functools import lru_cache
from typing import NamedTuple

from openbureau.chinese.folding import fold
from openbureau.library.whitelist.vocabulary import read_status

_CLAUSE = re.compile(r"[,;。、()]+")
_DAY = (
    r"[于自从在至]?(?:\d{2,4}年)?\d{1,2}月(?:\d{1,2}日|[初底末])?"
    r"|[于自从在至]?\d{4}[./-]\d{1,2}(?:[./-]\d{1,2})?|[于自从在至]?\d{4}年[初底末]?"
)
_CLEAR = re.compile(
    rf"(?:该|本|此|机构|学校|校|公司|企业|中心|近期|目前|现在?|当前|{_DAY}|起|已经?|被|于|依法|自行|主动|自愿"
    r"|正式|全面|均|[由经].{2,8}[局厅]|(?<!原)(?<!旧)(?:办学)?许可证?(?=已|被|依法))*"
    r"(?P<word>注销|吊销|取缔|停业|停办|歇业|停课|关停|关闭"
    r"|暂停(?:营业|经营|运营|办学|培训|业务|$)|(?:停止|终止|不再)(?:办学|经营|营业|运营|培训))"
    r"(?:了|登记|手续|(?:办学)?许可证?|资格|办学|营业|经营|整顿|整改|状态|中|处理|机构|名单"
    rf"|{_DAY})*"
)
"""A clause that says of the institution itself that it has come to this state, and nothing more."""
_SUBJECT = "(?:该|本|此|机构|学校|校|其)?的?(?:办学)?(?:许可证?|证照|证件|证)?(?:书|的)?(?:有效期限?)?"
_NOT_RENEWED = (
    "(?:[尚仍]?未(?:能|及时|按[期时规]定?|办理|申请|获得?)*"
    "(?:延续|延期|续[期办证]|换[证发新]?|年[检审])(?:手续|登记)?)"
)
_EXPIRED = re.compile(
    rf"{_SUBJECT}(?:(?:{_DAY})?已经?(?:{_DAY})?(?:过期|到期|届满|失效|期满|超期|逾期)(?:失效)?{_NOT_RENEWED}?"
    rf"|(?:过期|失效)|(?:{_DAY})?(?:过期|到期|届满|失效|期满|超期|逾期){_NOT_RENEWED})"
)
"""A clause that says that the permit is out of date: a day alone at which it ends may lie ahead."""
_SETTLED = re.compile(
    "未(?:注销|吊销|停业|停办|停课|到期|过期|届满|失效|作废)|整改(?:已?完成|完毕|到位|合格)"
    "|到期[日时]间?期?|无(?:异常|违[规法])"
)
_ALARM = re.compile(
    "注销|吊销|取缔|停[业办课训招学运]|停止|暂停|歇业|休业|关[停闭门张]|闭店|搬[迁离走]|迁[出往移走至址]|外迁|失联|跑路|人去楼空|查无|不存在"
    "|整改|整顿|恢复|复[课业办]|撤销|终止|中止|退出|倒闭|解散|转[让型为]|[黑灰黄]名单|预警|无证|异常|查封|不再|空置|无人"
)
"""Words of a state; a clause that has one and is not understood makes the whole unclear."""
_HINT = re.compile(
    "过期|到期|届满|失效|期满|超期|逾期|作废|收回|拟|延[期续]中|办理中|待[定核查办审]"
    "|(?:正在|即将|申请).{0,4}(?:注销|停|延[续期]|续[期办证]|搬|迁|退|换证|审[批核]|终止|转)"
    "|未.{0,4}(?:延续|延期|续[期办证]|换[证发]|年[检审]|通过|[运经]营|营业|运行|正常|开[展业办课班学]|办学|招生|复核|纳入|找到|见)"
    "|[没不](?:再|有)?(?:[运经]营|营业|开[展业办课班学门了]|办[学了]|招生|合格|予|达标|存在)|暂[不无未]|不在|不符|不一致|不实"
    "|拆[迁除]|结业|停招|并入|合并|清[退理]|退费|处罚|违[规法]|关店|闭[校馆]|拉黑|欠[薪租费]|投诉"
)
"""Words that leave open whether all is well, where nothing else is said."""
_PERMIT_OF_OLD = re.compile("原.{0,4}证|旧证|换证|换发")

MAX_DOUBT_CHARACTERS = 10
"""So much of a remark is shown."""

_BESIDE_NAME = re.compile(
    r"[（(【\[](?P<behind>[^（()）【】\[\]]{2,12})[）)】\]]\s*$|[-—－](?P<end>[^-—－]{2,8})$"
    r"|^\s*[（(【\[](?P<before>[^（()）【】\[\]]{2,12})[）)】\]]"
)
_ASIDE = re.compile(r"[（(【\[]([^（()）【】\[\]]+)[）)】\]]|[-—－]([^\d\W]{2,8})$")


class Remark(NamedTuple):
    """What a remark says: the state if that is beyond doubt, else the word that raises doubt, if any."""

    status: str | None = None
    doubt: str = ""


@lru_cache(maxsize=4_096)
def read_remark(text: str) -> Remark:
    """The state that a remark tells, if every part of it that speaks of one is plain and all say the same."""
    states: set[str | None] = set()
    doubts: list[str] = []
    hints: list[str] = []
    for clause in _CLAUSE.split(_SETTLED.sub("", fold(text))):
        if _EXPIRED.fullmatch(clause):
            states.add("有效期届满")
            doubts.append(clause)
        elif alarm := _ALARM.search(clause):
            match = _CLEAR.fullmatch(clause)
            states.add(read_status(match["word"]) if match else None)
            doubts.append(alarm[0])
        elif hint := _HINT.search(clause):
            hints.append(hint[0])
        elif read_status(clause) not in (None, "正常", "变更中"):
            hints.append(clause)
    if len(states) == 1 and (status := states.pop()) and not _PERMIT_OF_OLD.search(text):
        return Remark(status)
    return Remark(doubt=next(iter(doubts + hints), "")[:MAX_DOUBT_CHARACTERS])


def name_and_status(text: str) -> tuple[str, str | None]:
    """A name without the state in brackets before or after it, and that state."""
    for match in _BESIDE_NAME.finditer(text):
        if status := read_remark(match[match.lastgroup or 0]).status:
            return text[: match.start()] + text[match.end() :], status
    return text, None


def word_of_state(text: str) -> str:
    """The word of a state in a cell that is about something else, empty if it has none."""
    remark = read_remark(text)
    return remark.status or (remark.doubt if _ALARM.search(remark.doubt) else "")


def asides(text: str) -> str:
    """What stands in the brackets of a cell, or behind a dash; mostly nothing."""
    return "；".join(part for parts in _ASIDE.findall(text) for part in parts if part)
