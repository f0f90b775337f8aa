"""Templates, styles and scripts: each test says in its message how to keep the rule."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import StrictUndefined, UndefinedError
from werkzeug.test import TestResponse

from openbureau.app import create_app, create_desk
from openbureau.config import Settings
from support.source_tree import STATIC, TEMPLATES


class Faults(HTMLParser):
    """What a page must not have: code or style of its own, and parts that come from elsewhere."""

    LOADED = ("src", "srcset", "action", "formaction", "data", "poster", "background", "ping")
    HTMX = ("hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete")
    ELSEWHERE = re.compile(r"\s*([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
    LINK = re.compile(r"\s*(?!https?:|mailto:|tel:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        # htmx takes its attributes with `data-` too, as HTML asks of attributes of one's own.
        named = {re.sub("^data-hx-", "hx-", name): value or "" for name, value in attrs}
        if tag == "style":
            self.found.append("<style>: put it into static/css/openbureau.css")
        # What is data is never run, and the policy for scripts says nothing of it (HTML, 4.12.1).
        if tag == "script" and "src" not in named and named.get("type") != "application/ld+json":
            self.found.append("<script> without src: put it into a file under static/js/")
        if tag == "base":
            self.found.append("<base>: write whole paths")
        for name, value in named.items():
            # Nobody asks for the canonical address or another language, and only whole ones say which host.
            is_told = named.get("rel") == "canonical" or "hreflang" in named
            is_link = (tag, name) == ("link", "href") and not is_told
            is_loaded = name in self.LOADED + self.HTMX or is_link
            if name == "style":
                self.found.append(f"<{tag} style>: give it a class")
            if name.startswith(("on", "hx-on")):
                self.found.append(f"<{tag} {name}>: let htmx attributes or a file under static/js/ do it")
            if "js:" in value and name.startswith("hx-"):
                self.found.append(f"<{tag} {name}={value!r}>: no code in attributes")
            if (is_loaded and self.ELSEWHERE.match(value)) or (name == "href" and self.LINK.match(value)):
                self.found.append(
                    f"<{tag} {name}={value!r}>: a visitor is told to nobody else; serve it from here"
                )


def test_no_page_has_code_or_style_of_its_own_or_asks_another_server(
    answers: Mapping[str, TestResponse],
) -> None:
    pages = {name: answer.text for name, answer in answers.items() if answer.mimetype == "text/html"}
    assert len(pages) > 40
    for name, page in pages.items():
        faults = Faults(page)
        assert faults.tags, name
        assert not faults.found, (name, faults.found)


def test_no_template_or_picture_has_code_or_style_of_its_own_or_asks_another_server() -> None:
    files = [*TEMPLATES.rglob("*.html"), *STATIC.rglob("*.svg")]
    assert len(files) > 20
    for path in files:
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert not Faults(text).found, (path.name, Faults(text).found)


def test_no_style_sheet_or_script_of_ours_asks_another_server() -> None:
    files = [
        path for path in STATIC.rglob("*") if path.suffix in (".css", ".js") and path.parent.name != "vendor"
    ]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        wrong = re.findall(r"https?://[^\s'\")]+|@import[^;]*|url\(\s*['\"]?(?:[a-z]+:|//)[^)]*", text)
        assert not wrong, f"{path.name}: {wrong}: keep a copy under static/ and name that"


@pytest.mark.parametrize("make", [create_app, create_desk])
def test_a_name_that_a_template_does_not_know_is_a_fault_and_not_a_blank(
    make: Any, settings: Settings
) -> None:
    environment = make(settings).jinja_env
    assert environment.undefined is StrictUndefined, (
        "keep StrictUndefined (web.init_app): a typo must not vanish"
    )
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nobody }}").render()
