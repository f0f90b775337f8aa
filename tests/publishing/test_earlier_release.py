"""What an earlier release published, which weighed nothing: it is taken over, and told."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openbureau.cli import main
from openbureau.publishing.publication import CATALOGUE, Shelf
from openbureau.publishing.shelf_files import MANIFEST, served_ids
from support.makers import PENALTIES, texts, write_register
from support.whitelist_makers import edition, institutions

pytestmark = [pytest.mark.weighs, pytest.mark.builds_itself]

RETRACTIONS = ("withdrawn_on =", "withdrawn_reason ")
ADDED = {"editions": ("by_status_basis", "copy_file", "copy_size", "copy_sha256")}
"""Columns of the catalogue that earlier releases had not."""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content whose last edition of the list lacks 28 of 30, and that of a register 40 of 50."""
    folder = texts(tmp_path)
    (folder / "whitelist").mkdir()
    rows = [*institutions(20), *institutions(10, "441881", "英德市")]
    edition(folder, *rows, name="2024-06-30.xlsx", sheet="名单")
    edition(folder, *rows[:2], name="2024-12-31.xlsx", sheet="名单")
    schema = "\n".join(line for line in PENALTIES.splitlines() if not line.startswith(RETRACTIONS))
    cases = [{"编号": f"2025-{number:03}", "案件名称": f"第{number}号案"} for number in range(50)]
    write_register(folder, "penalties", schema, {"2025-10-31": cases, "2025-12-31": cases[:10]})
    return folder


def command(content: Path, *words: str) -> Result:
    instance = content.parent / "instance"
    environment = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(instance)}
    return CliRunner().invoke(main, words, env=environment)


@pytest.fixture
def earlier(content: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the publication as the earlier release left it."""
    command(content, "setup")
    with monkeypatch.context() as patch:
        patch.setattr("openbureau.library.weighing.editions.Removal.needs_word", False)
        done = command(content, "publish")
    assert done.exit_code == 0, done.output
    shelf = content.parent / "instance" / "publications"
    folder = shelf / served_ids(shelf)[0]
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name in ("editions", "waiting", "content"):
        del manifest[name]
    (folder / MANIFEST).write_text(json.dumps({**manifest, "format": "6"}), encoding="utf-8")
    with closing(sqlite3.connect(folder / CATALOGUE)) as catalogue:
        for table, columns in ADDED.items():
            for column in columns:
                catalogue.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        catalogue.commit()
    return folder


def test_what_an_earlier_release_published_is_taken_over_and_told(earlier: Path, content: Path) -> None:
    assert command(content, "setup").exit_code == 0
    done = command(content, "publish")
    assert done.exit_code == 0, done.output
    notes = [line for line in done.output.splitlines() if "照旧公布" in line]
    assert [note.split(":")[1].strip() for note in notes] == [
        "registers/penalties/2025-12-31.csv",
        "whitelist/2024-12-31.xlsx",
    ]
    shelf = Shelf(earlier.parent)
    assert shelf.current().catalogue.get("editions", "2024-12-31")


def test_an_earlier_release_may_have_counted_rows_of_a_register_otherwise(
    earlier: Path, content: Path
) -> None:
    with closing(sqlite3.connect(earlier / CATALOGUE)) as catalogue:
        ((text,),) = catalogue.execute("SELECT editions FROM registers").fetchall()
        catalogue.execute("UPDATE registers SET editions = ?", [text.replace('"rows": 10', '"rows": 9')])
        catalogue.commit()
    assert command(content, "publish").exit_code == 0


def test_a_list_that_was_changed_since_is_weighed(earlier: Path, content: Path) -> None:
    edition(content, *institutions(1), name="2024-12-31.xlsx", sheet="名单")
    done = command(content, "publish")
    assert done.exit_code == 1
    assert "核对无误的，运行 openbureau whitelist confirm" in done.output
