"""JSON report of a parsed whitelist workbook, for programs."""

import json
from collections import Counter
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

from openbureau.library.whitelist.rows import UNTOLD, Reading, WhitelistProblem, WhitelistRow


def as_json(reading: Reading) -> dict[str, Any]:
    """The reading in plain types: rows by the fields of `WhitelistRow`, problems, totals, what was left out.

    `totals` count all rows (`rows`, `by_status`) and those on the list (`on_list`, `by_county`); the key
    of rows that tell no county or status is empty.
    """
    return _without_rows(reading) | {"rows": list(map(_published, reading.rows))}


def totals(reading: Reading) -> dict[str, Any]:
    """How many rows there are, as `as_json` tells it."""
    listed = [row for row in reading.rows if row.on_list]
    return {
        "rows": len(reading.rows),
        "on_list": len(listed),
        "by_county": dict(sorted(Counter(row.county_code or "" for row in listed).items())),
        "by_status": dict(sorted(Counter(row.status or "" for row in reading.rows).items())),
    }


def json_text(reading: Reading, **more: str) -> Iterator[str]:
    """The text of `more` and `as_json`, indented by one, in pieces.

    What the library writes indented passes through slow code and stands in memory whole: a list of 20,000
    rows is 20 MB. So the rows, which hold nothing but texts, numbers, truths and lists of texts, are
    written here, one at a time.
    """
    frame = json.dumps(more | _without_rows(reading) | {"rows": []}, ensure_ascii=False, indent=1)
    yield frame.removesuffix("]\n}")
    between = ""
    for row in reading.rows:
        yield f"{between}\n  {{\n   "
        yield ",\n   ".join([f'"{name}": {_value_text(value)}' for name, value in _published(row).items()])
        yield "\n  }"
        between = ","
    yield "\n ]\n}" if reading.rows else "]\n}"


def _without_rows(reading: Reading) -> dict[str, Any]:
    return {
        "file": reading.file,
        "must_stop": reading.must_stop,
        "totals": totals(reading),
        "problems": list(map(_problem, reading.problems)),
        "unknown_columns": [dict(vars(column)) for column in reading.unknown_columns],
        "not_rows": [dict(vars(row)) for row in reading.not_rows],
        "sheets": [dict(vars(sheet)) for sheet in reading.sheets],
    }


def _problem(problem: WhitelistProblem) -> dict[str, Any]:
    other = dict(vars(problem.other)) if problem.other else None
    return vars(problem) | {"other": other, "stops": problem.level == "stop"}


def _published(row: WhitelistRow) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name not in UNTOLD}


def _value_text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring(value)
    if value and isinstance(value, tuple):
        inner = ",\n    ".join(map(encode_basestring, value))
        return f"[\n    {inner}\n   ]"
    return json.dumps(value)
