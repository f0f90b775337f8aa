"""Addresses are built once, and each as it would be built anew."""

from typing import Any

import pytest
from flask import Flask, url_for

from openbureau.web.variants import KEY, MAX_VALUE, PLAIN, Variant

PLACES = [
    (root, variant, method)
    for root in ("", "/jy", "/senior", "/jy/senior")
    for variant in (PLAIN, Variant(is_senior=True), Variant(is_hant=True))
    for method in ("GET", "POST")
    if root.endswith(variant.path)
]
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("home.index", {}),
    ("policies.show", {"slug": "prepayment"}),
    ("policies.show", {"slug": "prepayment", "_anchor": "part-2"}),
    ("policies.show", {"slug": "prepayment", "_external": True}),
    ("policies.index", {"page": 1}),
    ("policies.index", {"page": "1"}),
    ("policies.index", {"page": True}),
    ("policies.index", {"a": "1", "b": "2"}),
    ("policies.index", {"b": "2", "a": "1"}),
    ("policies.index", {"a": ["1", "2"], "b": None}),
    ("search.index", {"q": "退费" * MAX_VALUE}),
    ("feeds.show", {"name": "all", "form": "atom"}),
    ("static", {"filename": "css/openbureau.css"}),
]


def test_an_address_is_the_same_wherever_and_after_whatever_it_was_asked_for(app: Flask) -> None:
    told: dict[object, list[str]] = {}
    for _ in range(2):
        for root, variant, method in PLACES:
            environ = {"SCRIPT_NAME": root, KEY: variant}
            with app.test_request_context("/", method=method, environ_overrides=environ):
                for number, (endpoint, values) in enumerate(ASKED):
                    told.setdefault((root, variant, method, number), []).append(url_for(endpoint, **values))
    assert [first for first, second in told.values()] == [second for first, second in told.values()]
    assert told["/jy", PLAIN, "GET", 0] == ["/jy/"] * 2
    assert told["/senior", PLAIN, "GET", 11] == ["/senior/feeds/all.atom"] * 2
    assert told["/senior", Variant(is_senior=True), "GET", 11] == ["/feeds/all.atom"] * 2
    assert told["", PLAIN, "GET", 2] == ["/policies/prepayment/#part-2"] * 2
    assert told["", PLAIN, "GET", 3] == ["http://localhost/policies/prepayment/"] * 2
    pages = [told["", PLAIN, "GET", number][0].rpartition("?")[2] for number in range(4, 10)]
    assert pages == ["page=1", "page=1", "page=True", "a=1&b=2", "b=2&a=1", "a=1&a=2"]


def test_a_short_address_is_built_once_and_one_with_a_long_text_each_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    of_flask = Flask.url_for

    def counted(self: Flask, endpoint: str, **values: Any) -> str:
        built.append(endpoint)
        return of_flask(self, endpoint, **values)

    monkeypatch.setattr(Flask, "url_for", counted)
    for host in ("one.example", "other.example"):
        with app.test_request_context("/", base_url=f"http://{host}"):
            assert url_for("policies.show", slug="kept-once") == "/policies/kept-once/"
            assert url_for("search.index", q="a" * (MAX_VALUE + 1)).endswith("a")
    assert built == ["policies.show", "search.index", "search.index"]
