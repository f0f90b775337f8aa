"""Rules of the house about tips that no law sets: `[tip_off]` and `[retention]` of site.toml. Each has a
default."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

MAX_HANDLERS = 9
MAX_KEPT_DAYS, MAX_KEPT_YEARS = 3660, 100
"""A larger number is a slip of the pen."""


@dataclass(frozen=True)
class Retention:
    """How long tips are kept after they ended, and then destroyed (个人信息保护法 19: no longer than needed):
    days for spam, years for those not taken up or withdrawn, and for those that were handled to the end."""

    spam_days: int = 30
    declined_years: int = 1
    closed_years: int = 3


@dataclass(frozen=True)
class HouseRules:
    """How many handlers look into a tip at least (`min_handlers`); whether all who may are enough where they
    are fewer (`alone`); the bodies outside the bureau that a tip may be handed over to."""

    min_handlers: int = 2
    alone: bool = True
    outside: tuple[str, ...] = ("派驻纪检监察组", "上级教育行政部门", "本级人民政府信访部门")
    retention: Retention = Retention()


NAMES = frozenset({"min_handlers", "alone", "outside"})
"""The rules that stand in `[tip_off]`."""


def read_house_rules(
    tip_off: Mapping[str, Any], kept: object
) -> tuple[HouseRules, list[tuple[str, str, str]]]:
    """The rules, and for each fault its name, what it is and how to mend it; a wrong one has its default."""
    faults = list(_faults(tip_off, kept))
    wrong = {name for name, _, _ in faults}
    retention = kept if isinstance(kept, dict) else {}
    years = {name: value for name, value in retention.items() if name not in wrong}
    given = {name: tip_off[name] for name in NAMES & tip_off.keys() - wrong}
    if "outside" in given:
        given["outside"] = tuple(given["outside"])
    return HouseRules(**given, retention=Retention(**years)), faults


def _faults(tip_off: Mapping[str, Any], kept: object) -> Iterator[tuple[str, str, str]]:
    if not _is_whole(tip_off.get("min_handlers", 1), MAX_HANDLERS):
        yield "min_handlers", "min_handlers is no number of people", f"write 1 to {MAX_HANDLERS}"
    if not isinstance(tip_off.get("alone", True), bool):
        yield "alone", "alone is neither true nor false", "write alone = true or alone = false"
    outside = tip_off.get("outside", [])
    if not isinstance(outside, list) or not all(isinstance(name, str) and name.strip() for name in outside):
        yield "outside", "outside is no list of names", 'write outside = ["…"]'
    if not isinstance(kept, dict):
        yield "retention", "[retention] is no table", "write [retention] and below it spam_days = 30"
        return
    known = {field.name for field in fields(Retention)}
    for name, value in kept.items():
        most = MAX_KEPT_DAYS if name.endswith("days") else MAX_KEPT_YEARS
        if name not in known:
            yield name, f"{name} is not known here", f"known are {', '.join(sorted(known))}"
        elif not _is_whole(value, most):
            yield name, f"{name} is no number of days or years", f"write a whole number from 1 to {most}"


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
