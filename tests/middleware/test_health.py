"""What a balancer and an operator ask a node."""

from pathlib import Path
from shutil import copytree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.database import check_writable, guard_sqlite
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.tips.sealing import KeyPair


def test_a_node_is_alive_whatever_is_missing(settings: Settings) -> None:
    bare = Settings(settings.content, settings.instance / "none", "sqlite:////nowhere/tips.db", url="")
    node = create_app(bare).test_client()
    assert node.get("/healthz").status_code == 200
    assert node.get("/healthz").json == {"ready": True}
    assert node.get("/readyz").status_code == 503


def test_a_node_is_ready_with_a_publication_and_says_which(client: FlaskClient, keys: KeyPair) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (200, True)
    assert answer.json["publication"]["says"] in client.get("/").headers["ETag"]
    assert answer.json["tips"] == {"ready": True, "says": "open"}
    assert answer.headers["Cache-Control"] == "no-store"
    head = client.head("/readyz")
    assert (head.status_code, head.data) == (200, b"")


def test_a_public_node_without_keys_or_database_serves_pages_and_says_so(
    app: Flask, client: FlaskClient, keys: KeyPair, settings: Settings
) -> None:
    settings.recipients_file.rename(settings.instance / "elsewhere.txt")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["tips"]["ready"]) == (200, False)
    assert "signed set" in answer.json["tips"]["says"]
    (settings.instance / "elsewhere.txt").rename(settings.recipients_file)
    (settings.instance / "tips.db").unlink()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["tips"]["ready"]) == (200, False)
    assert "tips database" in answer.json["tips"]["says"]
    assert client.get("/").status_code == 200


def test_a_desk_needs_the_database(desk: Flask, keys: KeyPair, settings: Settings) -> None:
    assert desk.test_client().get("/readyz").status_code == 200
    (settings.instance / "tips.db").unlink()
    assert desk.test_client().get("/readyz").status_code == 503


def test_what_a_node_says_names_no_address_of_the_database(settings: Settings, keys: KeyPair) -> None:
    address = "postgresql+psycopg://clerk:pass-word@127.0.0.1:1/tips"
    node = create_app(Settings(settings.content, settings.instance, address, url="")).test_client()
    answer = node.get("/readyz")
    assert answer.status_code == 200
    assert "OperationalError" in answer.text
    assert "pass-word" not in answer.text


def test_a_node_says_that_the_newest_publication_is_damaged(tmp_path: Path, settings: Settings) -> None:
    content = copytree(settings.content, tmp_path / "content")
    shelf = Shelf(tmp_path / "instance" / "own")
    own = Settings(content, tmp_path / "instance" / "here", settings.database_url, url="")
    shelf = Shelf(own.publications)
    first = publish(content, shelf).id
    node = create_app(own).test_client()
    assert node.get("/readyz").json["publication"]["says"] == first
    (content / "notices" / "summer.md").unlink()
    second = publish(content, shelf).id
    (own.publications / second / "site.toml").write_text("", encoding="utf-8")
    said = node.get("/readyz").json["publication"]
    assert said == {"ready": True, "says": f"{first}, because the newest one, {second}, is damaged"}


def test_asking_takes_no_place_and_makes_no_change(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    before = (settings.instance / "tips.db").read_bytes()
    for _ in range(20):
        client.get("/readyz")
    assert (settings.instance / "tips.db").read_bytes() == before


def test_a_database_that_takes_no_changes_is_told(settings: Settings, app: Flask) -> None:
    path = settings.instance / "tips.db"
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    guard_sqlite(engine)
    with pytest.raises(OperationalError, match="readonly"):
        check_writable(engine, "tip")
    with pytest.raises(OperationalError, match="no such table"):
        check_writable(engine, "none")
    engine.dispose()
