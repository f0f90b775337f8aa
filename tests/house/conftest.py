"""The site whose answers the rules of the house are about: a notice is withdrawn, a register is published."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.house_visits import addresses, ask, tip_answers
from support.makers import PENALTIES, PENALTY, write_register
from support.site import CONTENT, Keys


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication of `tests/content` in which one notice is withdrawn."""
    folder = tmp_path_factory.mktemp("house")
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    notice = content / "notices" / "summer.md"
    taken_back = "updated_at: 2026-05-01 09:00\nwithdrawn_reason: 内容有误\nseverity:"
    notice.write_text(notice.read_text(encoding="utf-8").replace("severity:", taken_back), encoding="utf-8")
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    publish(content, Shelf(folder / "publications"))
    return folder / "publications"


@pytest.fixture
def answers(app: Flask, client: FlaskClient, keys: Keys) -> dict[str, TestResponse]:
    """What the public site answers to everything that can be asked, by what was asked."""
    got = {address: ask(client, address) for address in addresses(app)}
    return got | tip_answers(client)
