"""The word of somebody that what an edition no longer has is rightly gone: a file beside the edition.

`2025-01-31.confirmed.toml` beside `2025-01-31.xlsx` holds how many are gone, and the digest of who they are.
It is content as any other: in the publication's id, on every machine, under version control where content is.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from openbureau.library.problems import Problem
from openbureau.library.toml_files import read_toml

SUFFIX = ".confirmed.toml"

_TEXT = """\
# 与上一期相比，本期没有的已经核对，确已移出。由 openbureau {command} confirm 写成，请不要手改；
# 移出的有变化，这份确认就不再有效。不再确认的，删去本文件。
removed = {removed}
digest = "{digest}"
"""


class Confirmation(NamedTuple):
    """How many are gone, and the digest of who they are and from which edition."""

    removed: int
    digest: str

    @classmethod
    def of(cls, name: str, lines: Sequence[str]) -> "Confirmation":
        """What confirms that those whom `lines` name are gone from the edition in the file `name`."""
        stem = name.partition(".")[0]
        text = "\n".join([stem, *sorted(lines)])
        return cls(len(lines), sha256(text.encode()).hexdigest())


def is_confirmation(path: Path) -> bool:
    """Whether a file beside editions is none itself, but confirms one."""
    return path.name.endswith(SUFFIX)


def confirmation_path(edition: Path) -> Path:
    """Where the confirmation of an edition lies."""
    return edition.with_name(edition.stem + SUFFIX)


def read_confirmation(edition: Path, file: str) -> tuple[Confirmation | None, list[Problem]]:
    """The confirmation beside an edition, None without one; `file` is the edition's path below `content/`."""
    path = confirmation_path(edition)
    name = file.removesuffix(edition.name) + path.name
    try:
        values, _, problems = read_toml(path, name)
    except FileNotFoundError:
        return None, []
    if problems:
        return None, problems
    match values:
        case {"removed": int(removed), "digest": str(digest), **rest} if not rest:
            return Confirmation(removed, digest), []
    what = "这份确认不完整"
    return None, [Problem(name, "", what, "请删去本文件，重新运行 confirm")]


def write_confirmation(edition: Path, confirmation: Confirmation, command: str) -> Path:
    """Write the confirmation beside the edition and answer where."""
    path = confirmation_path(edition)
    path.write_text(_TEXT.format(command=command, **confirmation._asdict()), encoding="utf-8")
    return path


def lonely_confirmations(folder: Path, content: Path) -> list[Problem]:
    """A note for every confirmation whose edition is not there."""
    stems = {path.stem for path in folder.glob("*") if not is_confirmation(path)}
    return [
        Problem(
            path.relative_to(content).as_posix(),
            "",
            "这份确认没有对应的一期",
            "请删去，或与它的那一期同名",
            stops=False,
        )
        for path in sorted(folder.glob("*"))
        if is_confirmation(path) and path.name.removesuffix(SUFFIX) not in stems
    ]
