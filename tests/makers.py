"""Makers that several tests share: content without workbooks, changed front matter, a visitor."""

import re
import shutil
from datetime import datetime
from pathlib import Path

from flask.testing import FlaskClient
from lxml import html

from conftest import CONTENT, NOON
from openbureau import create_app
from openbureau.config import ROOT, Settings
from openbureau.publication import Shelf
from openbureau.publish import publish

REAL = ROOT / "content"
"""The content of the first site."""


def texts(folder: Path) -> Path:
    """A content folder of one's own with the written documents; workbooks take longest to read."""
    copied = shutil.copytree(CONTENT, folder / "content", ignore=shutil.ignore_patterns("whitelist"))
    return Path(copied)


def set_fields(path: Path, **fields: str) -> None:
    """Write front matter fields over the old ones, or after them; an empty value removes the field."""
    text = path.read_text(encoding="utf-8")
    for name, value in fields.items():
        line = f"{name}: {value}\n" if value else ""
        text = re.sub(rf"^{name}:.*\n", "", text, flags=re.MULTILINE)
        text = text.replace("\n---\n", f"\n{line}---\n", 1)
    path.write_text(text, encoding="utf-8")


def substitute(path: Path, before: str, after: str) -> None:
    """Replace the one place of a file where `before` stands."""
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} has {before!r} {text.count(before)} times"
    path.write_text(text.replace(before, after), encoding="utf-8")


def write_notices(content: Path, count: int) -> None:
    """So many more notices, `number-00` the newest of them."""
    pattern = content / "notices" / "summer.md"
    for number in range(count):
        path = content / "notices" / f"number-{number:02}.md"
        shutil.copy(pattern, path)
        set_fields(
            path,
            title=f"第{number}号提示",
            index_no=f"2026-{9000 + number:05}",
            published_at=f"2026-05-01 {23 - number // 60:02}:{59 - number % 60:02}",
        )


def visitor(content: Path, instance: Path, *, now: datetime = NOON, url: str = "") -> FlaskClient:
    """Publish `content` and visit the public site; what is published there later is served at once."""
    publish(content, Shelf(instance / "publications"))
    settings = Settings(content, instance, f"sqlite:///{instance / 'tips.db'}", url=url)
    app = create_app(settings, clock=lambda: now)
    app.testing = True
    return app.test_client()


def main_part(page: str) -> html.HtmlElement:
    """What a page says itself, without header and footer."""
    return html.document_fromstring(page).get_element_by_id("main")


def words(element: html.HtmlElement) -> str:
    """The visible words of an element in one line."""
    return " ".join(element.text_content().split())


def titles(page: str) -> list[str]:
    """The titles of a list's items, in their order."""
    return [
        words(heading)
        for heading in main_part(page).xpath(".//*[@class='items' or @class='items items-grid']//h3")
    ]
