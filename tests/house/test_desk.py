"""Public site and desk apart: each test says in its message how to keep the rule."""

import re

from flask import Flask


def rooms_behind(app: Flask) -> dict[str, str]:
    """The module of every view, by endpoint."""
    return {name: view.__module__ for name, view in app.view_functions.items() if name != "static"}


def test_neither_door_has_a_view_of_the_other(app: Flask, desk: Flask) -> None:
    public, closed = rooms_behind(app), rooms_behind(desk)
    remedy = "register a blueprint only in its own door's init_app"
    assert all(module.startswith("openbureau.public.") for module in public.values()), (public, remedy)
    assert all(module.startswith("openbureau.desk.") for module in closed.values()), (closed, remedy)
    assert not public.keys() & closed.keys(), remedy


def test_the_addresses_of_the_desk_lead_nowhere_on_the_public_site(app: Flask, desk: Flask) -> None:
    theirs = {rule.rule for rule in desk.url_map.iter_rules()} - {"/", "/static/<path:filename>"}
    assert "/login" in theirs
    for address in theirs:
        assert app.test_client().get(address).status_code == 404


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


OPEN = {("GET", "/login"), ("HEAD", "/login"), ("OPTIONS", "/login"), ("POST", "/login")}
"""All that a stranger may ask the desk for, besides style and pictures."""


def test_the_desk_sends_a_stranger_to_the_login_whatever_he_asks(desk: Flask) -> None:
    inside = "nobody thought of protecting this"
    desk.add_url_rule("/added", "added", lambda: inside, methods=[*METHODS])
    desk.add_url_rule("/added/<path:rest>", "deeper", lambda rest: inside, methods=[*METHODS])
    rules = [rule for rule in desk.url_map.iter_rules() if rule.endpoint != "static"]
    asked = {re.sub(r"<[^>]*>", "1", rule.rule) for rule in rules} | {"/nothing-here", "/login/", "/static"}
    assert {"/", "/logout", "/added", "/added/1"} <= asked
    for address in asked:
        for method in METHODS:
            if (method, address) in OPEN:
                continue
            answer = desk.test_client().open(address, method=method)
            told = f"{method} {address}: only what desk.OPEN names is open; everything else passes its guard"
            assert (answer.status_code, answer.headers.get("Location")) == (303, "/login"), told
            assert inside not in answer.text, told


def test_a_forged_or_empty_cookie_opens_nothing(desk: Flask) -> None:
    for token in ("", "x", "0" * 43, "../../secret.key"):
        clerk = desk.test_client()
        clerk.set_cookie("__Host-desk", token, secure=True)
        assert clerk.get("/", base_url="https://localhost").status_code == 303
