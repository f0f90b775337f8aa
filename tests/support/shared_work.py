"""Work that many tests would repeat for nothing they check, done once for all tests of a run, on all workers.

Templates and routes are compiled once, a workbook's values are read once, one content is built once, and
passwords are hashed as cheaply as can be. A test that is about one of these does the work itself:
`@pytest.mark.full_cost_argon2` and `@pytest.mark.builds_itself`.
"""

import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import argon2
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from openbureau.clock import now as present
from openbureau.library.content import Library
from openbureau.library.documents.waiting import Waiting
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.weighing.editions import NOTHING_SERVED, EditionCounts, ServedEditions
from openbureau.library.whitelist.escrow_accounts import AccountKey
from openbureau.publishing import build
from openbureau.publishing.downloads.building import DownloadPlan
from openbureau.spreadsheets import values, workbook
from openbureau.staff import keyring


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run of the tests share."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    shared = folder / "shared"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(shared_folder: Path) -> Iterator[None]:
    bytecode = shared_folder / "bytecode"
    bytecode.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": FileSystemBytecodeCache(str(bytecode))})
        patch.setattr(Rule, "_compile_builder", _compiling_once(Rule._compile_builder))
        yield


def _compiling_once(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """What builds the addresses of a rule is a function of its path alone, unless the rule has defaults."""
    builders: dict[object, Any] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = rule.rule, append_unknown, tuple(rule._trace)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    return compiled


# argon2


_HASHING = ((argon2._password_hasher, "hash_secret"), (keyring, "hash_secret_raw"))
"""Where passwords and passphrases are hashed."""


@pytest.fixture(scope="session", autouse=True)
def _hashed_cheaply() -> Iterator[dict[str, Callable[..., Any]]]:
    really = {name: getattr(module, name) for module, name in _HASHING}
    with pytest.MonkeyPatch.context() as patch:
        for module, name in _HASHING:
            patch.setattr(module, name, _cheaply(really[name]))
        yield really


def _cheaply(really_hash: Callable[..., Any]) -> Callable[..., Any]:
    """One pass over 8 KiB, the least that argon2 takes."""

    def hashed(*args: Any, **parameters: Any) -> Any:
        return really_hash(*args, **parameters | {"time_cost": 1, "memory_cost": 8, "parallelism": 1})

    return hashed


@pytest.fixture(autouse=True)
def _full_cost_argon2(
    request: pytest.FixtureRequest,
    _hashed_cheaply: dict[str, Callable[..., Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if request.node.get_closest_marker("full_cost_argon2"):
        for module, name in _HASHING:
            monkeypatch.setattr(module, name, _hashed_cheaply[name])


# Publications


@dataclass(frozen=True)
class _ReadBefore:
    """What is asked of a library that was read before: what is wrong in it, how much it holds, and what the
    rows of its lists are."""

    problems: list[Problem]
    records: range
    editions: list[EditionCounts]
    sheets: Mapping[str, Sequence[object]]
    is_sound: bool = True
    waiting: Waiting = field(default_factory=dict)


class Publications:
    """Every publication built in this run of the tests, by its id and the key of its account numbers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.really_read, self.really_build = build.read_library, build._build

    def read_library(
        self,
        content: Path,
        account_key: AccountKey | None = None,
        readings: ReadingCache = UNCACHED,
        *,
        now: datetime | None = None,
        served: ServedEditions = NOTHING_SERVED,
    ) -> Library | _ReadBefore:
        """Read the content, unless a publication of it is at hand in which nothing waited by then."""
        about = self._kept(build.publication_id(content), account_key.fingerprint if account_key else "")
        if about.is_dir():
            *read, last = pickle.loads((about / "read").read_bytes())  # noqa: S301 -- written here
            if last <= (now or present()):
                return _ReadBefore(*read)
        return self.really_read(content, account_key, readings, now=now, served=served)

    def build(
        self,
        content: Path,
        library: Library | _ReadBefore,
        folder: Path,
        fingerprint: str,
        plan: DownloadPlan,
        readings: ReadingCache,
    ) -> Path:
        """Build the publication, or copy it: who damages it does no harm to others."""
        kept = self._kept(folder.name, fingerprint)
        if isinstance(library, _ReadBefore):
            scaffold = folder.with_name(f".building-{folder.name}")
            shutil.rmtree(scaffold, ignore_errors=True)
            return Path(shutil.copytree(kept / "built", scaffold, copy_function=shutil.copyfile))
        scaffold = self.really_build(content, library, folder, fingerprint, plan, readings)
        if build.publication_id(content) == folder.name:
            fresh = Path(mkdtemp(dir=self._folder))
            shutil.copytree(scaffold, fresh / "built", copy_function=shutil.copyfile)
            last = max(record.published_at for record in library.records)
            count = range(len(library.records))
            read = library.problems, count, library.editions, library.sheets, last
            (fresh / "read").write_bytes(pickle.dumps(read))
            _keep(fresh, kept)
        return scaffold

    def _kept(self, name: str, fingerprint: str) -> Path:
        return self._folder / f"{name}-{fingerprint or 'without'}"


def _keep(fresh: Path, place: Path) -> None:
    """Put something at its place at once, unless another worker was faster."""
    try:
        fresh.rename(place)
    except OSError:
        shutil.rmtree(fresh)


@pytest.fixture(scope="session", autouse=True)
def _built_once(shared_folder: Path) -> Iterator[Publications]:
    folder = shared_folder / "publications"
    folder.mkdir(exist_ok=True)
    publications = Publications(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "read_library", publications.read_library)
        patch.setattr(build, "_build", publications.build)
        yield publications


@pytest.fixture(autouse=True)
def _builds_itself(
    request: pytest.FixtureRequest, _built_once: Publications, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.node.get_closest_marker("builds_itself"):
        monkeypatch.setattr(build, "read_library", _built_once.really_read)
        monkeypatch.setattr(build, "_build", _built_once.really_build)


# Workbooks


@pytest.fixture(scope="session", autouse=True)
def _values_read_once(shared_folder: Path) -> Iterator[None]:
    folder = shared_folder / "workbooks"
    folder.mkdir(exist_ok=True)
    really_read = values.reading_values

    @contextmanager
    def reading_values(data: bytes) -> Iterator[Callable[[], list[values.SheetValues]]]:
        kept = folder / sha256(data).hexdigest()
        if kept.exists():
            yield lambda: pickle.loads(kept.read_bytes())  # noqa: S301 -- written here
            return
        with really_read(data) as read:

            def remembered() -> list[values.SheetValues]:
                sheets = read()
                fresh = Path(mkdtemp(dir=folder)) / "values"
                fresh.write_bytes(pickle.dumps(sheets))
                fresh.rename(kept)
                fresh.parent.rmdir()
                return sheets

            yield remembered

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbook, "reading_values", reading_values)
        yield
