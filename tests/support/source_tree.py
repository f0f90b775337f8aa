"""The source files of the site, and what they import."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openbureau.config import ROOT

PACKAGE = ROOT / "site" / "openbureau"


STATIC = PACKAGE / "static"


TEMPLATES = ROOT / "templates"


@dataclass(frozen=True)
class Import:
    """One imported module: where, by which room, its full name."""

    place: str
    room: str
    module: str


def source_files() -> list[Path]:
    return [*sorted(PACKAGE.rglob("*.py")), ROOT / "wsgi.py"]


def room_of(path: Path) -> str:
    """The room a source file belongs to: the first name below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py") if path.is_relative_to(PACKAGE) else "wsgi"


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> Iterator[Import]:
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                package = ("openbureau", *path.relative_to(PACKAGE).parts[:-1]) if level else ()
                start = [*package[: len(package) - level + 1], *([module] if module else [])]
                modules = [".".join([*start, alias.name]) for alias in names]
            case _:
                continue
        for name in modules:
            yield Import(f"{name_of(path)}:{node.lineno}", room_of(path), name)


def all_imports() -> list[Import]:
    return [each for path in source_files() for each in imports_of(path)]
