"""Units of deploy/systemd, read as systemd reads them: what a service runs, as whom, and what it may not."""

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SYSTEMD = ROOT / "deploy" / "systemd"
FIRST_ID = 61200
"""The first number of the made-up users and groups; systemd keeps this range for users without a name."""


@dataclass(frozen=True)
class Unit:
    """A unit: its values by setting, in the order of the file; an empty value forgets those before it."""

    name: str
    values: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, name: str) -> "Unit":
        """The unit in deploy/systemd with this file name."""
        values: dict[str, tuple[str, ...]] = {}
        for line in (SYSTEMD / name).read_text(encoding="utf-8").splitlines():
            setting, sign, value = line.partition("=")
            if sign and not line.startswith(("#", ";")):
                values[setting] = (*values.get(setting, ()), value) if value else ()
        return cls(name, values)

    def value(self, setting: str, default: str = "") -> str:
        """The last value of a setting."""
        return (self.values.get(setting) or (default,))[-1]

    def says(self, setting: str) -> bool:
        """Whether a setting is switched on."""
        return self.value(setting) in ("yes", "true", "1", "on")

    def words(self, setting: str) -> list[str]:
        """All words of all values of a setting."""
        return [word for value in self.values.get(setting, ()) for word in shlex.split(value)]

    @property
    def environment(self) -> dict[str, str]:
        """Variables that the unit itself gives."""
        return dict(word.split("=", 1) for word in self.words("Environment"))

    def may_call(self) -> set[str]:
        """Names of the system calls that SystemCallFilter leaves; the first entry says that it is a list of
        what is allowed."""
        allowed: set[str] = set()
        for value in self.values.get("SystemCallFilter", ()):
            calls = {call for word in value.lstrip("~").split() for call in expanded(word)}
            allowed = allowed - calls if value.startswith("~") else allowed | calls
        return allowed


@cache
def groups() -> dict[str, list[str]]:
    """Members of each group of system calls that the table beside this module has."""
    table: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("system_calls.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            table[line] = []
        elif line.startswith(" "):
            table[next(reversed(table))].append(line.strip())
    return table


def expanded(word: str) -> set[str]:
    """The calls that a word of SystemCallFilter means: a name, or a group with its groups."""
    if not word.startswith("@"):
        return {word}
    return {call for member in groups()[word] for call in expanded(member)}


def accounts() -> dict[str, int]:
    """Numbers of root and of the users and groups of openbureau.sysusers; a user's group has the same."""
    text = (SYSTEMD / "openbureau.sysusers").read_text(encoding="utf-8")
    names = re.findall(r"^[ug] (\S+)", text, re.MULTILINE)
    return {"root": 0} | {name: FIRST_ID + number for number, name in enumerate(names)}


def owned_paths() -> list[tuple[str, str, int, str, str]]:
    """Lines of openbureau.tmpfiles: kind, path, mode, user, group."""
    lines = (SYSTEMD / "openbureau.tmpfiles").read_text(encoding="utf-8").splitlines()
    fields = [line.split() for line in lines if not line.startswith("#")]
    return [(kind, path, int(mode, 8), user, group) for kind, path, mode, user, group in fields]
