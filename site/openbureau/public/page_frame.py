"""What stands around every page alike, written once and kept: masthead, columns, foot, feeds of the site."""

from collections.abc import Callable, Hashable

from flask import Flask, request
from markupsafe import Markup

from openbureau.search.kept import Kept
from openbureau.web import publication
from openbureau.web.variants import variant

MAX_CHARACTERS = 1_000_000
"""Of all parts in all variants and columns: two megabytes, for two or three publications."""


class PageFrame:
    """Parts of the layout, by publication, mount, variant, endpoint and what else is named; never by the
    address of a page."""

    def __init__(self) -> None:
        self._parts: Kept[Hashable, Markup] = Kept(MAX_CHARACTERS)

    def part(self, name: str, *others: Hashable, caller: Callable[[], Markup]) -> Markup:
        """A part as it was written before, else as `{% call %}` writes it now; it may depend on `others`."""

        def write(_: object) -> tuple[Markup, int]:
            text = caller()
            return text, len(text)

        key = name, others, publication().id, request.script_root, variant(), request.endpoint
        return self._parts.get(key, write)


def init_app(app: Flask) -> None:
    """Let the layout keep parts: `{% call frame_part("masthead") %}`."""
    app.jinja_env.globals["frame_part"] = PageFrame().part
