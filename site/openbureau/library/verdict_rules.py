"""How the bureau words what an institution's card answers: `[verdicts]` of site.toml; each has a default."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

MAX_DAYS = 3660
"""A larger number is a slip of the pen."""

DAYS = {"ending_days": 30, "outdated_days": 60}
"""Calendar days: a permit that ends so soon is told; of a list that is older nothing is called normal."""


@dataclass(frozen=True)
class VerdictWords:
    """The verdict in a few words (`word`), and what a parent is to do (`advice`).

    `{state}` stands for the word of the list, `{when}` for how far off the permit's end is (今天, 8天后),
    `{days}` for the age of the list.
    """

    word: str
    advice: str


WORDS: Mapping[str, VerdictWords] = MappingProxyType(
    {
        "removed": VerdictWords("已移出名单", "不要交费"),
        "closed": VerdictWords("{state}", "不要交费"),
        "expired": VerdictWords("许可证已过期", "先不要交费，等它续期"),
        "untold": VerdictWords("名单没有写明状态", "先不要交费，打电话核实"),
        "warned": VerdictWords("{state}", "先不要交费，打电话核实"),
        "ending": VerdictWords("{when}到期", "先不要续费，等续期结果"),
        "changing": VerdictWords("{state}", "先核对许可证原件"),
        "outdated": VerdictWords("名单已{days}天未更新", "先打电话核实"),
        "normal": VerdictWords("正常", "可以考虑交费，付款前核对三样"),
    }
)
"""The words of each rule, unless site.toml has others."""

NAMES = frozenset({*DAYS, *WORDS})


@dataclass(frozen=True)
class VerdictRules:
    """The bureau's words by the names of the rules, and its days."""

    ending_days: int = DAYS["ending_days"]
    outdated_days: int = DAYS["outdated_days"]
    words: Mapping[str, VerdictWords] = field(default_factory=lambda: WORDS)


def read_verdict_rules(table: object) -> tuple[VerdictRules, list[tuple[str, str, str]]]:
    """The rules, and for each fault its name, what it is and how to mend it; a wrong one has its default."""
    values = table if isinstance(table, dict) else {}
    faults = [*_faults(values)]
    if table is not values:
        mend = "write [verdicts] and below it outdated_days = 60"
        faults.append(("verdicts", "[verdicts] is no table", mend))
    wrong = {name for name, _, _ in faults}
    given = {name: value for name, value in values.items() if name not in wrong}
    days = {name: value for name, value in given.items() if name in DAYS}
    words = {name: VerdictWords(**value) for name, value in given.items() if name in WORDS}
    return VerdictRules(**days, words=MappingProxyType({**WORDS, **words})), faults


def _faults(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, value in values.items():
        if name in DAYS:
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_DAYS:
                yield name, f"{name} is no number of days", f"write a whole number from 1 to {MAX_DAYS}"
        elif name not in WORDS:
            yield name, f"{name} is no rule of [verdicts]", f"known are {', '.join(sorted(NAMES))}"
        elif not _are_words(value):
            yield name, f"{name} has no word and advice", f'write {name} = {{ word = "…", advice = "…" }}'


def _are_words(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"word", "advice"}
        and all(isinstance(text, str) and text.strip() for text in value.values())
    )
