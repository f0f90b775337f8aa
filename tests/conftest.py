"""The fixtures of all tests: a small real content folder, a publication of it, and the two applications."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from openbureau.app import create_app, create_desk
from openbureau.config import Settings
from openbureau.database import db
from openbureau.public import caching
from openbureau.publishing import publication
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.tips.sealing import create_keys, signing
from openbureau.tips.sealing.recipients import write_set
from support.postgresql import Server, running
from support.site import CONTENT, NOON, Clock, Keys

pytest_plugins = ["support.shared_work", "support.visitors"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server of this run of the tests."""
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty tips database, in each of the two stores."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tips.db'}"
    server: Server = request.getfixturevalue("postgresql_server")
    return server.create_database()


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
    (instance / "signing.key").write_bytes(signing.create_key())
    return Settings(
        CONTENT,
        instance,
        f"sqlite:///{instance / 'tips.db'}",
        url="",
        puzzle_bits=4,
        reserve_mb=0,
        reserve_percent=0,
    )


@pytest.fixture
def keys(settings: Settings) -> Keys:
    """The keys of a signed set of recipients that the site has."""
    pairs = [create_keys() for _ in range(4)]
    made = Keys(*pairs, signer=signing.create_key())
    receiver = Shelf(settings.publications).current().bureau.units[0]
    settings.recipients_file.parent.mkdir()
    settings.recipients_signer_file.write_text(signing.public_key(made.signer), encoding="utf-8")
    write_set(settings.recipients_file, made.recipients(receiver), made.signer)
    return made


@pytest.fixture
def clock() -> Clock:
    """Noon of 1 June 2026 in China, until the test moves it."""
    return Clock()


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The public application under the test's clock."""
    yield from _with_tables(create_app(settings, clock=clock))


@pytest.fixture
def desk(settings: Settings) -> Iterator[Flask]:
    """The desk."""
    yield from _with_tables(create_desk(settings, clock=lambda: NOON))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has just published it may ask for at once, of an application in its own process."""
    monkeypatch.setattr(caching, "GRACE", 0)
    monkeypatch.setattr(publication, "LOOK_EVERY", 0)


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
