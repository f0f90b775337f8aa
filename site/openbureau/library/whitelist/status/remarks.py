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
_SETTLED = re.compile("未(?:注销|吊销|停业|停办|停课)|整改(?:已?完成|完毕|到位|合格)")
_ALARM = re.compile(
    "注销|吊销|取缔|停[业办课训招学运]|停止|暂停|歇业|休业|关[停闭门张]|闭店|搬[迁离走]|迁[出往移走至址]|外迁|失联|跑路|人去楼空|查无|不存在"
    "|整改|整顿|恢复|复[课业办]|撤销|终止|中止|退出|倒闭|解散|转让|黑名单|无证|异常|查封|不再|未年检|未年审|空置|无人"
)
_PERMIT_OF_OLD = re.compile("原.{0,4}证|旧证|换证|换发")

_NAME_END = re.compile(r"[（(【\[]([^（()）【】\[\]]{2,12})[）)】\]]\s*$")


class Remark(NamedTuple):
    """What a remark says: the state if that is beyond doubt, else the word that raises doubt, if any."""

    status: str | None = None
    doubt: str = ""


@lru_cache(maxsize=4_096)
def read_remark(text: str) -> Remark:
    """The state that a remark tells, if every part of it that speaks of one is plain and all say the same."""
    states: set[str | None] = set()
    doubt = ""
    for clause in _CLAUSE.split(_SETTLED.sub("", fold(text))):
        if not (alarm := _ALARM.search(clause)):
            continue
        doubt = doubt or alarm[0]
        match = _CLEAR.fullmatch(clause)
        states.add(read_status(match["word"]) if match else None)
    if len(states) == 1 and (status := states.pop()) and not _PERMIT_OF_OLD.search(text):
        return Remark(status)
    return Remark(doubt=doubt)


def name_and_status(text: str) -> tuple[str, str | None]:
    """A name without the state in brackets after it, and that state."""
    match = _NAME_END.search(text)
    status = read_remark(match[1]).status if match else None
    return (text[: match.start()], status) if match and status else (text, None)
