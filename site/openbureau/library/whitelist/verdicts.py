"""The verdict on an institution: what a parent should do before paying, by the first rule that holds."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from openbureau.chinese.dates import FOREVER
from openbureau.enums import Labelled
from openbureau.library.verdict_rules import VerdictRules
from openbureau.library.whitelist.institutions import Institution
from openbureau.library.whitelist.vocabulary import OFF_LIST

CLOSED, RUN_OUT, CHANGING, NORMAL = "停业", "有效期届满", "变更中", "正常"
"""States of the list that a rule is about (`vocabulary.STATUSES`)."""

_SOON = {0: "今天", 1: "明天"}

Tone = Literal["stop", "warn", "grey", "ok"]
"""How grave a verdict is: red, yellow and green of GB 2893, and grey for what the list does not tell."""
TONES: tuple[Tone, ...] = get_args(Tone)


class VerdictRule(Labelled):
    """The rules in their order. Their words stand in `[verdicts]` of site.toml."""

    REMOVED = "removed", "已移出名单"
    CLOSED = "closed", "停业"
    EXPIRED = "expired", "许可证已过期"
    UNTOLD = "untold", "名单没有写明状态"
    WARNED = "warned", "预警等"
    ENDING = "ending", "许可证即将到期"
    CHANGING = "changing", "变更中"
    OUTDATED = "outdated", "名单太久没有更新"
    NORMAL = "normal", "正常"


_TONES: dict[VerdictRule, Tone] = {
    VerdictRule.REMOVED: "stop",
    VerdictRule.CLOSED: "stop",
    VerdictRule.EXPIRED: "warn",
    VerdictRule.UNTOLD: "grey",
    VerdictRule.WARNED: "warn",
    VerdictRule.ENDING: "warn",
    VerdictRule.CHANGING: "grey",
    VerdictRule.OUTDATED: "grey",
    VerdictRule.NORMAL: "ok",
}


@dataclass(frozen=True)
class Verdict:
    """What the card says first.

    `mark` is the verdict where many institutions stand below each other and the day of the list above them.
    `days` are calendar days to the last day of the permit (negative: since it), None if the list tells none;
    `age` those since the day for which the list speaks.
    """

    rule: VerdictRule
    word: str
    advice: str
    mark: str
    days: int | None
    age: int

    @property
    def tone(self) -> Tone:
        """How grave it is."""
        return _TONES[self.rule]

    @property
    def tells_how_to_pay(self) -> bool:
        """Whether the card may show what to look at before paying; of whom not to pay it never does."""
        return self.rule in (VerdictRule.NORMAL, VerdictRule.ENDING)


def verdict_on(institution: Institution, today: date, rules: VerdictRules) -> Verdict:
    """The verdict on a day of China, in the bureau's words."""
    days = _days_left(institution, today)
    age = (today - institution.as_of).days
    rule = _rule(institution, today, rules)
    words = rules.words[rule.value]
    when = "" if days is None else _SOON.get(days, f"{days}天后")
    values = {"{state}": institution.status, "{when}": when, "{days}": str(age)}
    word, advice = _filled(words.word, values), _filled(words.advice, values)
    if rule is VerdictRule.REMOVED and institution.status in OFF_LIST:
        word += f"（{institution.status.removeprefix('已')}）"
    mark = institution.status if rule is VerdictRule.OUTDATED else word
    return Verdict(rule, word, advice, mark, days, age)


def _days_left(institution: Institution, today: date) -> int | None:
    if institution.valid_to in ("", FOREVER):
        return None
    return (date.fromisoformat(institution.valid_to) - today).days


def _rule(institution: Institution, today: date, rules: VerdictRules) -> VerdictRule:
    """The first rule that holds."""
    status = institution.status
    days = _days_left(institution, today)
    if not institution.is_listed:
        return VerdictRule.REMOVED
    if status == CLOSED:
        return VerdictRule.CLOSED
    if status == RUN_OUT or institution.has_run_out(today):
        return VerdictRule.EXPIRED
    if not status:
        return VerdictRule.UNTOLD
    if status not in (NORMAL, CHANGING):
        return VerdictRule.WARNED
    if days is not None and days <= rules.ending_days:
        return VerdictRule.ENDING
    if status == CHANGING:
        return VerdictRule.CHANGING
    is_outdated = (today - institution.as_of).days > rules.outdated_days
    return VerdictRule.OUTDATED if is_outdated else VerdictRule.NORMAL


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text
