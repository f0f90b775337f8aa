"""Header and footer of the site under whose path this one is mounted: `content/furniture/`.

They are pieces of HTML without code and style of their own; what is not allowed is taken out and told.
"""

import re
from pathlib import Path

import nh3

from openbureau.library.problems import Problem

FOLDER = "furniture"
PARTS = ("header", "footer")

TAGS = {
    *("a", "abbr", "address", "b", "br", "div", "em", "h2", "h3", "hr", "img", "li", "nav", "ol", "p"),
    *("small", "span", "strong", "ul"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "width", "height"},
    "nav": {"aria-label"},
}

_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]*)")


def furniture_files(content: Path) -> list[Path]:
    """The files that are there."""
    return [path for part in PARTS if (path := content / FOLDER / f"{part}.html").is_file()]


def read_furniture(content: Path) -> tuple[dict[str, str], list[Problem]]:
    """The pieces by the names of `PARTS`, empty where there is none; and what was taken out of each."""
    pieces, problems = dict.fromkeys(PARTS, ""), []
    for path in furniture_files(content):
        name = path.relative_to(content).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            problems.append(Problem(name, "", "the file is not UTF-8", "save it as UTF-8"))
            continue
        for number, line in enumerate(text.split("\n"), 1):
            for tag in _TAG.findall(line):
                if tag.lower() not in TAGS:
                    what = f"<{tag}> is taken out"
                    mend = "a piece has no code, style or form of its own; its links and pictures stay"
                    problems.append(Problem(name, str(number), what, mend, stops=False))
        pieces[path.stem] = nh3.clean(
            text,
            tags=TAGS,
            clean_content_tags={"script", "style"},
            attributes=ATTRIBUTES,
            attribute_filter=_own_pictures,
            url_schemes={"http", "https", "mailto", "tel"},
            link_rel="noopener",
        ).strip()
    return pieces, problems


def _own_pictures(tag: str, name: str, value: str) -> str | None:
    """Pictures come from the same host: a visitor is told to nobody else, and the browser refuses others."""
    if tag == "img" and name == "src" and not re.match("/(?!/)", value):
        return None
    return value
