"""What stands around every page is written once and kept: it must be what would be written for each page."""

import pytest
from flask import Flask

from openbureau.web.variants import KEY, OTHERS, PLAIN, Variant

PAGES = (
    "/",
    "/policies/prepayment-rules/",
    "/policies/?topic=学科类",
    "/policies/nothing-of-this-name/",
    "/notices/prepayment-limits/",
    "/whitelist/",
    "/whitelist/?q=机器人",
    "/search?q=退费",
    "/search?q=预收费",
    "/feeds/",
    "/announcements/clue-call-2024/",
    "/announcements/law-based-government-report-2024/",
    "/about/",
    "/nothing/",
)


def written(app: Flask, page: str, variant: Variant) -> str:
    """A page without what is in front of the application, which keeps whole answers."""
    environ = {"SCRIPT_NAME": variant.path, KEY: variant}
    with app.test_request_context(page, environ_overrides=environ):
        return app.full_dispatch_request().get_data(as_text=True)


@pytest.mark.parametrize("variant", [PLAIN, *OTHERS], ids=str)
def test_the_kept_frame_of_a_page_is_what_would_be_written_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch, variant: Variant
) -> None:
    for other in (PLAIN, *OTHERS):
        for page in PAGES:
            written(app, page, other)
    kept = [written(app, page, variant) for page in PAGES]
    monkeypatch.setitem(app.jinja_env.globals, "frame_part", lambda name, *others, caller: caller())
    assert kept == [written(app, page, variant) for page in PAGES]


def test_the_frame_is_written_once_for_all_searches(app: Flask) -> None:
    written(app, "/search?q=退费", PLAIN)
    parts = []
    really = app.jinja_env.globals["frame_part"]
    app.jinja_env.globals["frame_part"] = lambda name, *others, caller: really(
        name, *others, caller=lambda: parts.append(name) or caller()
    )
    written(app, "/search?q=预收费", PLAIN)
    written(app, "/about/", PLAIN)
    assert parts == ["feeds", "menu", "columns", "services", "imprint"], (
        "only another page's frame is written"
    )
