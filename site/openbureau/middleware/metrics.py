"""What a node does, counted for Prometheus; knows nothing of this site.

Workers count into files of one folder (the library's multiprocess mode, PROMETHEUS_MULTIPROC_DIR), and an
application of its own, at a port of its own, adds them up: the public site has no address that tells them.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LABELS = ("door", "room")
REQUESTS = Counter(
    "openbureau_requests", "Requests answered, by the first part of the path.", (*LABELS, "status")
)
SECONDS = Histogram(
    "openbureau_request_seconds",
    "Seconds until the application had its answer; sending is not in it.",
    LABELS,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


class MetricsMiddleware:
    """Counts what `app` answers, by room and status; nothing about who asked or for what.

    `rooms` are the first parts of the paths that are told apart, all else is `other`. Whatever has a part in
    `private` is not counted at all: there are so few tips that the minute of one could name its sender.
    """

    def __init__(
        self, app: "WSGIApplication", door: str, rooms: Collection[str], private: Collection[str]
    ) -> None:
        self._app = app
        self._door = door
        self._rooms = frozenset(rooms)
        self._private = frozenset(private)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        parts = environ["PATH_INFO"].split("/")[1:]
        if not self._private.isdisjoint(parts):
            return self._app(environ, start_response)
        room = parts[0] if parts and parts[0] in self._rooms else "other"
        statuses: list[str] = []

        def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def]
            statuses.append(status[:3])
            return start_response(status, headers, exc_info)

        begun = time.perf_counter()
        response = self._app(environ, start)
        SECONDS.labels(self._door, room).observe(time.perf_counter() - begun)
        # An application may start its answer as late as with the first bytes; ours never does.
        REQUESTS.labels(self._door, room, statuses[-1] if statuses else "none").inc()
        return response


class Gauges(Collector):
    """Figures that are looked up when somebody asks; `ask` answers name -> (meaning, value)."""

    def __init__(self, ask: Callable[[], Mapping[str, tuple[str, float]]]) -> None:
        self._ask = ask

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge for each figure."""
        for name, (meaning, value) in self._ask().items():
            yield GaugeMetricFamily(f"openbureau_{name}", meaning, value=value)


def exposition(folder: str, ask: Callable[[], Mapping[str, tuple[str, float]]]) -> "WSGIApplication":
    """The application that tells what all workers have counted into `folder`, and what `ask` answers."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    registry.register(Gauges(ask))
    app: WSGIApplication = make_wsgi_app(registry)
    return app
