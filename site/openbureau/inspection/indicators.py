"""What an indicator of the inspections of government websites is, and those that records tell nothing of."""

from collections.abc import Sequence
from dataclasses import dataclass

from openbureau import law
from openbureau.enums import Labelled

VETO = "国办秘函〔2019〕19号 单项否决"
DEDUCTION = "国办秘函〔2019〕19号 扣分项"

TOO_MANY = law.number("网站指标栏目数")
"""So many columns out of date, or empty, fail the whole site."""

NOT_MEASURED = (
    (
        "站点能否访问",
        VETO,
        f"监测1周，{law.rule('网站指标打开')}打不开的不到{law.rule('网站指标访问')}",
        "要从站外连续访问，本程序不能自测",
    ),
    ("服务实用", VETO, "提供办事服务，办事指南要素齐全", "本站不设办事指南，应检查部门网站"),
    ("咨询建言渠道", VETO, "有有效的咨询建言渠道", "线索征集属于专门渠道，不能算作咨询建言；应检查部门网站"),
    ("站外链接", DEDUCTION, "没有打不开的链接", "本程序不访问别的网站"),
    ("找错留言", DEDUCTION, f"{law.rule('网站指标找错')}内答复", "留言在全国统一平台办理，本站没有数据"),
    ("IPv6", DEDUCTION, "支持IPv6访问", "取决于部署，要从站外检测"),
)
"""Indicators that records tell nothing of: name, source, limit, why."""


class IndicatorState(Labelled):
    """What an indicator says."""

    GREEN = "green", "绿", "符合"
    AMBER = "amber", "黄", "快到期限，或者会扣分"
    RED = "red", "红", "不符合"
    UNKNOWN = "unknown", "未能检测", "不能从已发布的内容得知"


@dataclass(frozen=True)
class Indicator:
    """One indicator: what it is measured against (`basis`), its `limit`, what was `found`, and its state.

    `days_left` until it turns red if nothing happens, negative when it has; None: no day will turn it.
    `items` are the records that have to be mended.
    """

    name: str
    basis: str
    limit: str
    found: str
    state: IndicatorState
    days_left: int | None = None
    items: Sequence[str] = ()


def listed(name: str, basis: str, limit: str, what: str, items: Sequence[str]) -> Indicator:
    """An indicator that each item costs points, and none fails."""
    state = IndicatorState.AMBER if items else IndicatorState.GREEN
    return Indicator(name, basis, limit, f"{len(items)}{what}", state, items=items)


def by_number(columns: Sequence[str]) -> IndicatorState:
    """A few columns cost points, too many fail the site."""
    return (
        IndicatorState.RED
        if len(columns) >= TOO_MANY
        else IndicatorState.AMBER
        if columns
        else IndicatorState.GREEN
    )
