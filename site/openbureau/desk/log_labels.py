"""Labels of the audit log: its entries in the words of the desk."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from openbureau.database.audit_log import SUBMITTER, SYSTEM, LogEntry
from openbureau.staff import Role
from openbureau.staff.login import EARLIER_SECRET
from openbureau.tips.model import (
    Action,
    Channel,
    Conclusion,
    DeclineReason,
    DestructionReason,
    HoldReason,
    Matter,
    MessageKind,
    Purpose,
    Stage,
)
from openbureau.tips.opinions import OpinionOutcome
from openbureau.web import beijing_minute

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "submitted": "收到线索",
        "opinion-received": "收到对草案的意见",
        "opinion-opened": "打开对草案的意见",
        "opinion-answered": "写下对意见的处理",
        "opinions-taken-out": "下载意见处理结果表",
        "claimed": "认领",
        "assigned": "指派",
        "recused": "回避",
        "unit-corrected": "更正被反映单位",
        "refused": "拒绝接触",
        "moved": "进入新阶段",
        "declined": "不予受理",
        "routed": "转办",
        "merged": "并入另一条线索",
        "took-in": "并入了一条线索",
        "message": "写入加密文字",
        "extension-asked": "申请延长",
        "extension-refused": "不同意延长",
        "extended": "同意延长",
        "concluded": "办结",
        "opened": "打开内容",
        "identity-opened": "打开身份",
        "file-shown": "预览附件",
        "file-taken": "下载附件原件",
        "letter-made": "生成文书",
        "exported": "导出案卷",
        "rewrapped": "重新加密",
        "withdrawn": "撤回",
        "held": "暂缓销毁",
        "released": "不再暂缓销毁",
        "destruction-proposed": "提出销毁",
        "destruction-approved": "同意销毁",
        "destruction-refused": "不同意销毁",
        "destroyed": "销毁",
        "login": "登录",
        "login-refused": "登录失败",
        "logout": "退出",
        "session-ended": "登录到期",
        "unlocked": "解锁密钥",
        "locked": "锁定密钥",
        "unlock-refused": "解锁失败",
        "key-made": "生成密钥",
        "key-recovered": "恢复密钥",
        "recovery-rewrapped": "为新的恢复密钥重新加密",
        "account-made": "建立账号",
        "account-renewed": "更换密码和动态码",
        "account-disabled": "停用账号",
        "account-enabled": "启用账号",
        "head-appointed": "指定为负责人",
        "head-relieved": "不再是负责人",
        "sessions-revoked": "结束登录",
        "adopted": "纳入日志核对",
        "answers-for": "日志开始核对一类记录",
        "site-key": "启用本站的密钥",
        "heartbeat": "定时记录",
        "anchored": "公布日志头",
    }
)
"""Label of each event; a new one shows its key until it stands here."""

_LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "stage": {member.value: member.label for member in Stage},
        "kind": {member.value: member.label for member in MessageKind},
        "channel": {member.value: member.label for member in Channel},
        # The keys of both lists mean the same where they are the same.
        "reason": {member.value: member.label for member in (*DestructionReason, *DeclineReason)},
        "hold": {member.value: member.label for member in HoldReason},
        "conclusion": {member.value: member.label for member in Conclusion},
        "outcome": {member.value: member.label for member in OpinionOutcome},
        "matter": {member.value: member.label for member in Matter},
        "action": {member.value: member.label for member in Action},
        "purpose": {member.value: member.label for member in Purpose},
        "role": {member.value: member.label for member in Role},
        "why": {EARLIER_SECRET: "动态码是用丢失的秘密加密的，请更换"},
        "redacted": {"1": "脱敏", "0": "未脱敏"},
    }
)
_NAMES: Mapping[str, str] = MappingProxyType(
    {"into": "线索", "child": "线索", "files": "附件", "set": "名册版本", "days": "天数", "opinions": "意见"}
)
_ROLES: Mapping[str, str] = MappingProxyType(
    {SYSTEM: "系统", SUBMITTER: "反映人", **{member.value: member.label for member in Role}}
)


@dataclass(frozen=True)
class LogLine:
    """An entry as people read it."""

    seq: int
    at: str
    who: str
    what: str
    detail: str
    subject: str
    hash: str


def log_line(entry: LogEntry) -> LogLine:
    """An entry of the log in words: on a day, or at a minute of Beijing time."""
    detail: dict[str, object] = {
        name: value
        for name, value in json.loads(entry.detail).items()
        # Who it was is log_line already, and the message stands in the case.
        if value != entry.actor and name not in ("message", "was") and (name, value) != ("files", 0)
    }
    role = _ROLES.get(entry.role, entry.role)
    who = role if entry.actor in (SYSTEM, SUBMITTER) else f"{entry.actor}（{role}）"
    words = "，".join(_word(name, str(value)) for name, value in detail.items())
    what = EVENTS.get(entry.event, entry.event)
    return LogLine(entry.seq, _when(entry.at), who, what, words, entry.subject, entry.hash)


def _when(at: str) -> str:
    return beijing_minute(datetime.fromisoformat(at)) if "T" in at else at


def _word(name: str, value: str) -> str:
    if name == "file":
        return f"附件{value[:8]}"
    if name in _LABELS:
        return _LABELS[name].get(value, value)
    return f"{_NAMES[name]}{value}" if name in _NAMES else value
