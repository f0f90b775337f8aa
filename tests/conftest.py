"""What the tests stand on: a small real content folder, a publication of it, and the two applications."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from openbureau import create_app, create_desk
from openbureau.config import Settings
from openbureau.database import db
from openbureau.publication import Shelf
from openbureau.publish import publish
from openbureau.tips.sealing import KeyPair, create_keys

CONTENT = Path(__file__).parent / "content"
NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Noon of 1 June 2026 in China: the day on which the tests' visitors come."""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder of one's own, to write to."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One shelf with the publication of `tests/content`, shared by the tests that only read it."""
    folder = tmp_path_factory.mktemp("publications")
    publish(CONTENT, Shelf(folder))
    return folder


@pytest.fixture
def settings(tmp_path: Path, published: Path) -> Settings:
    """Settings of a site that is set up: publication, secret, tips database still without tables."""
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "publications").symlink_to(published)
    (instance / "secret.key").write_bytes(b"s" * 32)
    return Settings(CONTENT, instance, f"sqlite:///{instance / 'tips.db'}", url="")


@pytest.fixture
def keys(settings: Settings) -> KeyPair:
    """A key pair whose public half the site has."""
    pair = create_keys()
    settings.recipients_file.parent.mkdir()
    settings.recipients_file.write_text(f"{pair.public}\n", encoding="utf-8")
    return pair


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The public application."""
    yield from _with_tables(create_app(settings, clock=lambda: NOON))


@pytest.fixture
def desk(settings: Settings) -> Iterator[Flask]:
    """The desk."""
    yield from _with_tables(create_desk(settings, clock=lambda: NOON))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor of the public site."""
    return app.test_client()


def _with_tables(app: Flask) -> Iterator[Flask]:
    app.testing = True
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()
