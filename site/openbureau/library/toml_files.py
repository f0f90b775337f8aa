"""TOML files of `content/`: read whole, and every fault with its line."""

import re
import tomllib
from pathlib import Path
from typing import Any

from openbureau.library.problems import Problem


def read_toml(path: Path, file: str) -> tuple[dict[str, Any], str, list[Problem]]:
    """The fields and the text of the file at `path`, called `file` in its problems.

    With a problem both are empty, or the fields are. Raises FileNotFoundError.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = str(data[: error.start].count(b"\n") + 1)
        return {}, "", [Problem(file, line, "this line is not UTF-8", "save the file as UTF-8")]
    try:
        return tomllib.loads(text), text, []
    except tomllib.TOMLDecodeError as error:
        number = re.search(r"at line (\d+)", str(error))
        return {}, text, [Problem(file, number[1] if number else "", f"not TOML: {error}", "mend this line")]


def lines_of(text: str, name: str) -> list[str]:
    """The numbers of all lines on which a field or table of that name begins."""
    starts = (f"{name} ", f"{name}=", f"[{name}]", f"[[{name}]]")
    return [str(number) for number, line in enumerate(text.split("\n"), 1) if line.strip().startswith(starts)]


def line_of(text: str, name: str) -> str:
    """The number of the first of these lines; empty if there is none."""
    return next(iter(lines_of(text, name)), "")
