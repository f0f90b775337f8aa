"""The fixtures of all tests: a small real content folder, a publication of it, and the two applications."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from openbureau.app import create_app, create_desk
from openbureau.config import Settings
from openbureau.library.weighing.editions import Removal
from openbureau.middleware import response_cache
from openbureau.public import caching
from openbureau.publishing import publication, websub
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.spreadsheets import values
from openbureau.tips import intake
from openbureau.tips.sealing import create_keys, signing
from openbureau.tips.sealing.recipients import write_set
from support.databases import Tables, open_database, with_tables
from support.desk_makers import Office, Seats
from support.postgresql import Server, running
from support.site import CONTENT, Clock, Keys
from support.waiting import PATIENCE_SECONDS

pytest_plugins = [
    "support.shared_work",
    "support.visitors",
    "support.shipped",
    "support.stand_ins.learned_site",
]

# Whether an example took long says something of the machine, and nothing of what is tested.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


# Before xdist looks for groups, which it does where plugins that came first do nothing else.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have the browser, one PostgreSQL and one the shipped site: each takes long to start."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "browser" in fixtures:
            item.add_marker(pytest.mark.xdist_group("browser"))
        elif "shipped" in fixtures:
            item.add_marker(pytest.mark.xdist_group("shipped"))
        elif "store" in fixtures or "postgresql_server" in fixtures:
            item.add_marker(pytest.mark.xdist_group("postgresql"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server of this run of the tests."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def tables(shared_folder: Path) -> Tables:
    """What makes tips databases with their tables."""
    return Tables(shared_folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, tables: Tables) -> str:
    """The address of a tips database, in each of the two stores; without tables, unless as an `engine`."""
    has_tables = "engine" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "tips.db"
        return tables.sqlite(file) if has_tables else f"sqlite:///{file}"
    server: Server = request.getfixturevalue("postgresql_server")
    return tables.postgresql(server) if has_tables else server.create_database()


@pytest.fixture
def engine(store: str) -> Iterator[Engine]:
    """The tips database with its tables, in each of the two stores."""
    engine = open_database(store)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session of the tips database, in each of the two stores."""
    with Session(engine) as session:
        yield session


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
def app(settings: Settings, clock: Clock, tables: Tables) -> Iterator[Flask]:
    """The public application under the test's clock."""
    with with_tables(create_app(settings, clock=clock), settings.instance / "tips.db", tables) as app:
        yield app


@pytest.fixture
def desk(settings: Settings, clock: Clock, tables: Tables) -> Iterator[Flask]:
    """The desk under the test's clock."""
    with with_tables(create_desk(settings, clock=clock), settings.instance / "tips.db", tables) as desk:
        yield desk


@pytest.fixture(scope="module")
def office() -> Office:
    """Members of the desk with their keys."""
    return Office()


@pytest.fixture
def seats(desk: Flask, settings: Settings, clock: Clock, office: Office) -> Seats:
    """The office at its place, with keys unlocked."""
    return Seats(desk, settings, clock, office, signing.create_key())


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has just published it may ask for at once, of an application in its own process."""
    monkeypatch.setattr(caching, "GRACE_SECONDS", 0)
    monkeypatch.setattr(publication, "LOOK_INTERVAL_SECONDS", 0)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long the site waits is for the machines that serve it, and not for those that test it."""
    for module, limit in (
        (websub, "TIMEOUT_SECONDS"),
        (response_cache, "WAIT_SECONDS"),
        (values, "MAX_SECONDS"),
    ):
        monkeypatch.setattr(module, limit, PATIENCE_SECONDS)


@pytest.fixture(autouse=True)
def _one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tips have the numbers 1, 2, 3, so that a test can name the one it stored."""
    monkeypatch.setattr(intake, "MAX_NUMBER_STEP", 1)


@pytest.fixture(autouse=True)
def _weighed_lightly(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most tests need lists of two rows after one of 360; `@pytest.mark.weighs` is for the others."""
    if not request.node.get_closest_marker("weighs"):
        monkeypatch.setattr(Removal, "needs_word", False)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor of the public site."""
    return app.test_client()
