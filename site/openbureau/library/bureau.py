"""The bureau the site speaks for: `content/site.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from openbureau.library.problems import Problem

FILE = "site.toml"


@dataclass(frozen=True)
class Contact:
    """How to reach the bureau; an empty value is not known yet and is not printed."""

    address: str
    postcode: str
    phone: str
    hours: str
    email: str


@dataclass(frozen=True)
class Footer:
    """What a government site must print at its foot (国办函〔2017〕47号 and 国办秘函〔2019〕19号)."""

    sponsor: str
    operator: str
    site_code: str
    icp: str
    police: str
    conac_url: str
    report_error_url: str


@dataclass(frozen=True)
class Bureau:
    """Names, codes and closed lists of one bureau.

    `counties` maps the GB/T 2260 code to the name; `units` is the closed list a clue may be about;
    `tag_authority` (RFC 4151) names the entries of the feeds and must never change.
    """

    demo: bool
    language: str
    name: str
    short_name: str
    site_name: str
    tagline: str
    city: str
    organ_code: str
    tag_authority: str
    national_platform: str
    counties: Mapping[str, str]
    topics: tuple[str, ...]
    units: tuple[str, ...]
    contact: Contact
    footer: Footer


def read_bureau(content: Path) -> tuple[Bureau | None, list[Problem]]:
    """Read `site.toml`; None when it cannot be used at all."""
    try:
        data = tomllib.loads((content / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, [Problem(FILE, "", "the file is missing", "copy it from the example content")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [Problem(FILE, "", f"not TOML: {error}", "mend the line that is named")]
    problems: list[Problem] = []

    def fault(name: str, what: str, mend: str) -> None:
        problems.append(Problem(FILE, _line(content, name), what, mend))

    def table(name: str) -> dict[str, Any]:
        value = data.get(name)
        if not isinstance(value, dict):
            fault(name, f"there is no table [{name}]", f"add [{name}]")
            return {}
        return value

    def texts(name: str, wanted: type[Contact] | type[Footer]) -> dict[str, str]:
        values = table(name)
        return {field.name: text(values, field.name, required=False) for field in fields(wanted)}

    def text(values: dict[str, Any], name: str, *, required: bool = True) -> str:
        value = values.get(name, "")
        if not isinstance(value, str):
            fault(name, f"{name} is not text", "put it in quotes")
            return ""
        if required and not value.strip():
            fault(name, f"{name} is empty", "fill it in")
        return value.strip()

    def names(values: dict[str, Any], name: str) -> tuple[str, ...]:
        value = values.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            fault(name, f"{name} is not a list of names", f'write {name} = ["…", "…"]')
            return ()
        return tuple(value)

    head = table("bureau")
    demo = data.get("demo")
    if not isinstance(demo, bool):
        fault("demo", "demo is neither true nor false", "write demo = true or demo = false")
    footer = texts("footer", Footer)
    bureau = Bureau(
        demo=demo is not False,
        language=text(data, "language"),
        name=text(head, "name"),
        short_name=text(head, "short_name"),
        site_name=text(head, "site_name"),
        tagline=text(head, "tagline"),
        city=text(head, "city"),
        organ_code=text(head, "organ_code", required=demo is False),
        tag_authority=text(head, "tag_authority"),
        national_platform=text(table("links"), "national_platform"),
        counties={str(code): str(name) for code, name in table("counties").items()},
        topics=names(table("topics"), "names"),
        units=names(table("tip_off"), "units"),
        contact=Contact(**texts("contact", Contact)),
        footer=Footer(**footer),
    )
    if demo is False:
        for name, value in footer.items():
            if not value:
                fault(name, f"{name} is empty, and the site is not a demonstration", "fill it in")
    return bureau, problems


def _line(content: Path, name: str) -> str:
    """The line on which `name` stands in site.toml, or nothing."""
    for number, line in enumerate((content / FILE).read_text(encoding="utf-8").split("\n"), 1):
        if line.strip().startswith((f"{name} ", f"{name}=", f"[{name}]")):
            return str(number)
    return ""
