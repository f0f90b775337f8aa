"""The lines that the program writes about itself, as text or as JSON for a collector; never about a visitor.

Whatever logs, addresses of the network are blotted out before the line is written. JSON, which is collected
and kept, tells a fault by its kind and the places it passed: its own words may repeat what somebody sent.
"""

import json
import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from traceback import walk_tb

FORMS = ("text", "json")

_CANDIDATE = re.compile(r"(?<![\w.:])[0-9a-fA-F]*[.:][0-9a-fA-F.:]+")


class BadForm(Exception):
    """The setting names no form of log lines."""


def start(form: str) -> None:
    """Write everything from level INFO on to standard error in `form`; raises BadForm for an unknown one.

    May be called again, and after a server has set up loggers of its own: they get the same form.
    """
    if form not in FORMS:
        raise BadForm(f"log lines are {' or '.join(FORMS)}, not {form!r}")
    formatter = (
        LineFormatter()
        if form == "json"
        else PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for own in logging.getLogger("gunicorn.error").handlers:
        own.setFormatter(formatter)


class PlainFormatter(logging.Formatter):
    """Text as usual, without addresses."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback of a fault after it."""
        return blot(super().format(record))


class LineFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the fault if there was one."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, on one line."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": blot(record.getMessage()),
        }
        if fault := _fault(record):
            fields["fault"] = fault
        return json.dumps(fields, ensure_ascii=False)


def blot(text: str) -> str:
    """The text without addresses of the network; ports and times of the day stay."""
    return _CANDIDATE.sub(lambda match: _blotted(match[0]), text)


def _blotted(word: str) -> str:
    # As it stands, without the punctuation after it, and without a port.
    for address in (word, word.rstrip("."), word.rstrip(".:"), word.rpartition(":")[0]):
        with suppress(ValueError):
            ip_address(address)
            return f"[address]{word.removeprefix(address)}"
    return word


def _fault(record: logging.LogRecord) -> list[str]:
    """The kind of fault and the places it passed, the innermost last."""
    if not record.exc_info or record.exc_info[1] is None:
        return []
    fault = record.exc_info[1]
    places = [
        f"{Path(frame.f_code.co_filename).name}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(fault.__traceback__)
    ]
    return [type(fault).__name__, *places]
