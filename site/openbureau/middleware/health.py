"""Whether a node is alive and can do its work, for balancers and operators.

It stands in front of the application, so that it answers when nothing is published or the database is gone.
The front server of deploy/nginx does not hand these two addresses on to the public.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from openbureau import readiness
from openbureau.config import Settings
from openbureau.publishing.learning import describe
from openbureau.publishing.publication import Shelf, Unpublished
from openbureau.readiness import NotReady

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class HealthState:
    """Whether a part does its work, and in a few words which or why not."""

    ready: bool
    says: str


Checks = Mapping[str, Callable[[], HealthState]]
"""What to ask each part, by its name."""


def checks(shelf: Shelf, engine: Engine, settings: Settings, *, prepares: bool = False) -> Checks:
    """What a node is asked: its publication, whether tips can be taken, and whether staff can log in.

    With `prepares` it is ready when what the first questions need is made, too (`Publication.prepare`), and
    says whether search goes by meaning.
    """
    parts = {
        "publication": lambda: _publication(shelf, prepares=prepares),
        "tips": lambda: _tips(shelf, engine, settings),
        "desk": lambda: _desk(engine, settings),
    }
    # Where nothing is prepared, nobody searches.
    return {**parts, "meaning": lambda: _meaning(shelf, settings)} if prepares else parts


class HealthMiddleware:
    """Answers `/healthz` and `/readyz` in front of `app`: 200, or 503 while a part in `needed` fails.

    The body is JSON: `ready`, and a HealthState for each part, whether it is needed or not. The public site
    needs no database: pages are read from a publication, and only the form is closed without one.
    """

    def __init__(self, app: "WSGIApplication", parts: Checks, needed: Collection[str]) -> None:
        self._app = app
        self._parts = parts
        self._needed = needed

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        details: dict[str, object] = {}
        match environ["PATH_INFO"]:
            case "/healthz":
                is_well = True
            case "/readyz":
                states = {name: ask() for name, ask in self._parts.items()}
                is_well = all(states[name].ready for name in self._needed)
                details = {name: asdict(state) for name, state in states.items()}
            case _:
                return self._app(environ, start_response)
        body = json.dumps({"ready": is_well, **details}, ensure_ascii=False).encode() + b"\n"
        headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response("200 OK" if is_well else "503 Service Unavailable", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


TIMED = {
    "heartbeat_ran_seconds": ("heartbeat", "lengthened by empty entries"),
    "anchor_ran_seconds": ("anchor", "signed at its head"),
    "freeze_figures_ran_seconds": ("freeze-figures", "asked for months whose figures can be published"),
}
"""Figure -> the command that a timer runs, and what it does to the log."""


def _publication(shelf: Shelf, *, prepares: bool) -> HealthState:
    try:
        publication = shelf.current()
        current = publication.id
        if prepares:
            publication.prepare()
    except Unpublished as error:
        return HealthState(False, str(error))
    newest = shelf.served()[:1]
    if newest != [current]:
        return HealthState(True, f"{current}, because the newest one, {' '.join(newest)}, is damaged")
    return HealthState(True, current)


def _meaning(shelf: Shelf, settings: Settings) -> HealthState:
    try:
        return HealthState(*describe(shelf.current(), is_wanted=settings.meaning))
    except Unpublished as error:
        return HealthState(False, str(error))


def _tips(shelf: Shelf, engine: Engine, settings: Settings) -> HealthState:
    try:
        readiness.require_tips(engine, settings, shelf.current().bureau)
    except (NotReady, Unpublished) as error:
        return HealthState(False, f"closed: {error}")
    unsigned = readiness.signing_problem(engine, settings)
    return HealthState(True, f"open, but receipts are not signed: {unsigned}" if unsigned else "open")


def _desk(engine: Engine, settings: Settings) -> HealthState:
    try:
        readiness.require_desk(engine, settings)
    except NotReady as error:
        return HealthState(False, f"closed: {error}")
    return HealthState(True, "open")


def figures(shelf: Shelf, engine: Engine, settings: Settings) -> Mapping[str, tuple[str, float]]:
    """What an operator watches besides requests: name -> (meaning, value). Opens no publication."""
    gauges = {
        "tips_ready": ("Whether tips can be taken: 1 or 0.", float(_tips(shelf, engine, settings).ready)),
        "publications": ("Publications on the shelf, the served one included.", float(len(shelf.served()))),
    }
    if settings.backup_mark.exists():
        meaning = "When what was told was last backed up and the backup proved, in seconds since 1970."
        gauges["backup_proved_seconds"] = (meaning, settings.backup_mark.stat().st_mtime)
    for name, (command, done) in TIMED.items():
        mark = settings.ran_mark(command)
        meaning = f"When the log was last {done} here, in seconds since 1970; 0 for never."
        gauges[name] = (meaning, mark.stat().st_mtime if mark.exists() else 0.0)
    pointer = shelf.folder / "pointer"
    if pointer.exists():
        meaning = "When the served publication was switched to, in seconds since 1970."
        gauges["publication_switched_seconds"] = (meaning, pointer.stat().st_mtime)
        free = shutil.disk_usage(shelf.folder).free
        gauges["free_bytes"] = ("Room left on the disk of the publications, in bytes.", float(free))
    return gauges
