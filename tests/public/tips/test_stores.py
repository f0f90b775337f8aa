"""The public form on both stores: sent, sent again, looked up, proved, and refused when the store is away."""

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.database import db
from openbureau.database.schema import upgrade
from openbureau.tips.verify import prove
from support.site import NOON, Keys
from support.tip_client import STORY, code_in, opened, ready, running, send, stored


@pytest.fixture
def site(settings: Settings, keys: Keys, store: str) -> Iterator[Flask]:
    """The public application on a store that migrations have made."""
    upgrade(store)
    with running(create_app(replace(settings, database_url=store), clock=lambda: NOON)) as app:
        yield app


def test_a_tip_with_a_file_is_taken_once_found_by_its_code_and_proved(site: Flask, keys: Keys) -> None:
    client = site.test_client()
    fields = ready(client)
    first = send(client, fields, [(io.BytesIO(b"%PDF-1.7\n" + bytes(300_000)), "decision.pdf")])
    again = send(client, fields)
    assert code_in(first) == code_in(again) != ""
    assert stored(site) == 1
    assert opened(site, keys).body["story"] == STORY
    with site.app_context():
        assert [*prove(db.session())] == []
        db.session.remove()
    assert "已收到" in client.post("/tip-off/status", data={"code": code_in(first)}).text


def test_without_its_tables_the_form_keeps_what_was_typed_and_says_later(
    settings: Settings, keys: Keys, store: str
) -> None:
    with running(create_app(replace(settings, database_url=store), clock=lambda: NOON)) as app:
        client = app.test_client()
        answer = send(client, ready(client))
        assert (answer.status_code, STORY in answer.text, code_in(answer)) == (503, True, "")
        assert client.get("/policies/").status_code == 200
