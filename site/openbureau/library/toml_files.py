"""TOML files of `content/`: read whole, and every fault with its line."""

import re
import tomllib
from pathlib import Path
from typing import Any

from openbureau.library.problems import Problem

MAX_BYTES = 512 * 2**10
MAX_LINE_CHARACTERS = 4_000
"""A key of very many parts takes time and memory as the square of their number."""


def read_toml(path: Path, file: str) -> tuple[dict[str, Any], str, list[Problem]]:
    """The fields and the text of the file at `path`, called `file` in its problems.

    With a problem both are empty, or the fields are. Raises FileNotFoundError.
    """
    if (size := path.stat().st_size) > MAX_BYTES:
        what = f"the file has {size} bytes, more than {MAX_BYTES}"
        return {}, "", [Problem(file, "", what, "take out what is no setting")]
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = str(data[: error.start].count(b"\n") + 1)
        return {}, "", [Problem(file, line, "this line is not UTF-8", "save the file as UTF-8")]
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE_CHARACTERS:
            what = f"a line of {len(line)} characters, more than {MAX_LINE_CHARACTERS}"
            return {}, text, [Problem(file, str(number), what, "divide it")]
    try:
        return tomllib.loads(text), text, []
    except ValueError as error:  # of a number with thousands of digits it is not even a TOMLDecodeError
        place = re.search(r"at line (\d+)", str(error))
        return {}, text, [Problem(file, place[1] if place else "", f"not TOML: {error}", "mend this line")]
    except RecursionError:
        what = "not TOML: lists or tables too deep inside each other"
        return {}, text, [Problem(file, "", what, "take out levels")]


def lines_of(text: str, name: str) -> list[str]:
    """The numbers of all lines on which a field or table of that name begins."""
    starts = (f"{name} ", f"{name}=", f"[{name}]", f"[[{name}]]")
    return [str(number) for number, line in enumerate(text.split("\n"), 1) if line.strip().startswith(starts)]


def line_of(text: str, name: str) -> str:
    """The number of the first of these lines; empty if there is none."""
    return next(iter(lines_of(text, name)), "")
