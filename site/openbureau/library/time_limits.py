"""How long each step of a tip may take: the tables `[clocks.<step>]` of site.toml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

STEPS = ("screen", "notify", "conclude", "extend")
"""初审, 告知是否受理, 办结, and the one extension of the last."""

KINDS = ("calendar", "working")
BINDS = ("law", "promise")
MAX_DAYS = 366
"""A longer limit is a slip of the pen."""


@dataclass(frozen=True)
class TimeLimit:
    """One limit: its public name, `days` of a `kind` (calendar or working), whether law or our own promise
    `binds`, and the article or promise that it comes from."""

    name: str
    days: int
    kind: str
    binds: str
    source: str


_NAMES = {field.name for field in fields(TimeLimit)}


def read_clocks(steps: Mapping[str, Any]) -> tuple[dict[str, TimeLimit], list[tuple[str, str, str]]]:
    """The limits by step, and for each fault the table it is in, what it is and how to mend it."""
    limits: dict[str, TimeLimit] = {}
    faults: list[tuple[str, str, str]] = []
    for step in [*STEPS, *(name for name in steps if name not in STEPS)]:
        values = steps.get(step)
        table = f"clocks.{step}"
        if step not in STEPS:
            faults.append((table, f"{table} is not known here", f"known steps: {', '.join(STEPS)}"))
        elif not isinstance(values, dict):
            faults.append((table, f"there is no table [{table}]", f"add [{table}]"))
        elif wrong := [(table, f"{table}: {what}", mend) for what, mend in _faults(values)]:
            faults += wrong
        else:
            limits[step] = TimeLimit(**values)
    return limits, faults


def _faults(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with one table, and how to mend it."""
    for name in sorted(values.keys() - _NAMES):
        yield f"{name} is not known here", "correct its name or remove it"
    for name in ("name", "source"):
        text = values.get(name)
        if not isinstance(text, str) or not text.strip():
            yield f"{name} is not a text", 'write it in quotes: "…"'
    days = values.get("days")
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MAX_DAYS:
        yield "days is not a number of days", f"write a whole number from 1 to {MAX_DAYS}"
    for name, allowed in (("kind", KINDS), ("binds", BINDS)):
        if values.get(name) not in allowed:
            yield f"{name} is “{values.get(name, '')}”", f"use one of {', '.join(allowed)}"
