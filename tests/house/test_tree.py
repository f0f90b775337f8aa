"""The tree of files: each test says in its message how to keep the rule."""

import ast
import base64
import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from openbureau.config import PREFIX, ROOT, SETTINGS
from support.source_tree import PACKAGE, STATIC, name_of, parsed, source_files


def test_the_source_root_is_no_package() -> None:
    assert not (ROOT / "site" / "__init__.py").exists(), (
        "delete site/__init__.py: it would hide the standard library's module `site`"
    )


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in source_files()}
    long = {name: length for name, length in lengths.items() if length > 400}
    assert not long, f"{long}: find the second subject in it and give that a module of its own"


@pytest.mark.parametrize(("root", "most"), [(PACKAGE, 20), (ROOT / "tests", 24)], ids=["site", "tests"])
def test_a_folder_of_modules_can_be_looked_through(root: Path, most: int) -> None:
    modules = Counter(path.parent for path in root.rglob("*.py") if path.name != "__init__.py")
    assert modules
    full = {str(folder.relative_to(ROOT)): count for folder, count in modules.items() if count > most}
    assert not full, f"{full} modules: find the subject that some of them share and give it a folder"


def test_told_is_seldom_a_name() -> None:
    names = [
        name_of(path)
        for path in source_files()
        for node in ast.walk(parsed(path))
        if "told" in (getattr(node, field, None) for field in ("id", "arg", "attr", "name"))
    ]
    assert len(names) <= 30, f"{Counter(names)}: say what it holds: entry, statement, record, publication"


def test_no_two_classes_have_one_name() -> None:
    classes: dict[str, list[str]] = {}
    for path in source_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes.setdefault(node.name, []).append(name_of(path))
    twice = {name: places for name, places in classes.items() if len(places) > 1}
    assert not twice, f"{twice}: a search for a class finds one class; say what sort of it this one is"


def test_no_room_is_named_for_nothing_in_particular() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "service", "services", "base", "misc"}
    wrong = [name_of(path) for path in source_files() if {path.stem, *path.relative_to(ROOT).parts} & empty]
    assert not wrong, f"{wrong}: name it for the thing it knows"


def test_every_setting_stands_in_the_manual_with_default_and_meaning() -> None:
    manual = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8").replace("`", "")
    for setting in SETTINGS:
        row = f"| {PREFIX}{setting.name} | {setting.default or '(empty)'} | {setting.meaning} |"
        assert row in manual, f"write this row into the table of settings in docs/operators.md: {row}"
    known = {PREFIX + setting.name for setting in SETTINGS}
    unknown = set(re.findall(rf"{PREFIX}[A-Z_]+", manual)) - known
    assert not unknown, f"docs/operators.md speaks of {unknown}, which config.SETTINGS does not have"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-meaning.txt", "requirements-dev.txt"])
def test_every_pin_is_exact_and_hashed_and_no_host_is_named(name: str) -> None:
    pins = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    assert pins
    for pin in pins:
        assert re.fullmatch(
            r"[a-z0-9.-]+==[^\s;]+(\s*;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+", pin.strip()
        ), f"{name}: {pin[:60]}…: run `make lock`; it pins with hashes and keeps hosts and options out"


def test_htmx_is_the_published_file_and_its_licence_lies_beside_it() -> None:
    (htmx,) = (STATIC / "vendor").glob("htmx-*.min.js")
    digest = base64.b64encode(hashlib.sha384(htmx.read_bytes()).digest()).decode()
    assert htmx.name == "htmx-2.0.11.min.js"
    assert digest == "2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg", (
        "the vendored htmx was changed: put the released file back; a newer one has another name and digest"
    )
    assert "Zero-Clause BSD" in (STATIC / "vendor" / "htmx-LICENSE").read_text(encoding="utf-8")


@pytest.mark.xdist_group("together")
def test_the_tests_of_a_group_stay_on_one_worker(request: pytest.FixtureRequest) -> None:
    # Versions of pytest and of xdist that do not fit together lose the groups without a word.
    is_on_a_worker = hasattr(request.config, "workerinput")
    assert request.node.nodeid.endswith("@together") or not is_on_a_worker
