"""What the documents promise: their links lead somewhere, what they name exists, and decisions are whole."""

import re
from pathlib import Path

import click
import pytest

from openbureau.cli import main
from openbureau.config import PREFIX, ROOT, SETTINGS

DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
MADE = {"build", "dist", "instance"}
"""Folders of what is made here and never committed."""

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE = re.compile(r"`([\w<>*./-]+\.(?:py|md|html|toml|css|js|csv|xlsx|txt|sh|conf))`")
_COMMAND = re.compile(r"openbureau ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?")
_TARGET = re.compile(r"`make ([a-z][a-z-]+)|^make ([a-z][a-z-]+)", re.MULTILINE)


def markdown_files() -> list[Path]:
    """Every Markdown file of the project."""
    folders = [
        path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in MADE
    ]
    return sorted([*ROOT.glob("*.md"), *(file for folder in folders for file in folder.rglob("*.md"))])


def documents() -> list[Path]:
    """What is written about the project, and not for its readers."""
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def links_of(path: Path) -> list[str]:
    """The relative links of a file; what stands in code is none."""
    links = _LINK.findall(_CODE.sub("", _FENCED.sub("", read(path))))
    return [link for link in links if not re.match(r"[a-z][a-z0-9+.-]*:|/", link)]


def anchors_of(path: Path) -> set[str]:
    """The anchors that forges give to the headings of a file."""
    headings = _HEADING.findall(_FENCED.sub("", read(path)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def exists(named: str) -> bool:
    """Whether a file that a recipe names is there; `<…>` stands for any name."""
    pattern = re.sub(r"<[^>]+>", "*", named)
    starts = (ROOT, ROOT / "site" / "openbureau")
    if "/" not in pattern and pattern.startswith("test_"):
        return any((ROOT / "tests").rglob(pattern))
    return any(True for start in starts for _ in start.glob(pattern))


def test_the_readme_is_a_door_of_one_screen() -> None:
    lines = len(read(ROOT / "README.md").splitlines())
    assert lines <= 100, (
        f"README.md has {lines} lines: what it is, two commands, where to read on; the rest in docs/"
    )


@pytest.mark.parametrize("path", markdown_files(), ids=name_of)
def test_relative_links_lead_to_files_and_headings_that_are_there(path: Path) -> None:
    for link in links_of(path):
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{name_of(path)} links to {link}: correct the link, or write the file"
        if anchor and file.suffix == ".md":
            assert anchor in anchors_of(file), f"{name_of(path)} links to {link}: no heading has this anchor"


@pytest.mark.parametrize("path", sorted((DOCS / "developers").glob("*.md")), ids=name_of)
def test_every_file_that_is_named_to_developers_exists(path: Path) -> None:
    named = [file for file in _FILE.findall(read(path)) if "/" in file or file.startswith("test_")]
    missing = [file for file in named if not exists(file)]
    assert not missing, f"{name_of(path)} names {missing}: a file was moved, so write its new name"


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_every_test_that_a_rule_names_exists(name: str) -> None:
    tests = "\n".join(read(path) for path in (ROOT / "tests").rglob("test_*.py"))
    missing = [test for test in re.findall(r"`(test_\w+)`", read(ROOT / name)) if f"def {test}(" not in tests]
    assert not missing, f"{name} names {missing}: a test was renamed, so write its new name"


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_documents_name_only_settings_commands_and_targets_that_there_are(path: Path) -> None:
    text = read(path)
    unknown = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", text)) - {
        PREFIX + setting.name for setting in SETTINGS
    }
    assert not unknown, f"{name_of(path)} speaks of {unknown}, which config.SETTINGS does not have"
    context = click.Context(main)
    for name, second in _COMMAND.findall(text):
        command = main.get_command(context, name)
        assert command, f"{name_of(path)} speaks of `openbureau {name}`: there is no such command"
        if second and isinstance(command, click.Group):
            assert command.get_command(context, second), f"{name_of(path)}: no `openbureau {name} {second}`"
    targets = re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE)
    for words in _TARGET.findall(text):
        target = "".join(words)
        assert target in targets, (
            f"{name_of(path)} speaks of `make {target}`, which the Makefile does not have"
        )


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem[:4])
def test_a_decision_has_question_day_answer_and_reason(path: Path) -> None:
    text = read(path)
    form = (
        r"# .+\?\n\n- Date: \d{4}-\d\d-\d\d\n(- Superseded by: \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\)\n)?"
        r"\n## Answer\n\n\S.*\n\n## Why\n\n\S.*\n"
    )
    assert re.fullmatch(form, text, re.DOTALL), f"{path.name}: write it as docs/decisions/README.md says"
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)


def test_every_decision_is_in_the_index_under_its_question() -> None:
    index = read(DOCS / "decisions" / "README.md")
    assert DECISIONS
    for path in DECISIONS:
        question = read(path).partition("\n")[0].removeprefix("# ")
        line = f"- {path.stem[:4]} · [{question}]({path.name})"
        assert index.count(line) == 1, f"put this line once into docs/decisions/README.md: {line}"
    numbers = [path.stem[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers), "two decisions have one number: give the newer one the next"
