"""The applications: the public site, the staff desk, and what their workers have counted.

Each door is imported by the function that makes its application, so that the public process never holds the
desk, nor the desk the public site.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import create_engine

from openbureau import web
from openbureau.clock import now
from openbureau.config import Settings
from openbureau.database import ENGINE_OPTIONS, db, guard_sqlite
from openbureau.database import init_app as init_database
from openbureau.middleware import health
from openbureau.middleware.handed_on import HandedOnMiddleware
from openbureau.middleware.process_lock import ProcessLockMiddleware
from openbureau.middleware.request_body import CompleteBodyMiddleware
from openbureau.middleware.url_prefix import UrlPrefixMiddleware
from openbureau.middleware.visitor_network import VisitorNetworkMiddleware
from openbureau.middleware.visits import Visits, VisitsMiddleware
from openbureau.publishing.publication import Shelf
from openbureau.web.addresses import AddressMiddleware, NumberConverter
from openbureau.web.form_data import FormRequest
from openbureau.web.variants import Application

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_FORM_BYTES = 256 * 1024
"""Of one request, but those with files (public/tips/uploads.py): a body this small never becomes a file."""


def create_app(settings: Settings, *, clock: Callable[[], datetime] = now) -> Application:
    """The public site: knows only public keys, registers no route of the desk."""
    from openbureau import public

    app = _application(settings, clock, by_meaning=settings.meaning)
    public.init_app(app)
    visits = Visits(settings.visits_file)
    app.wsgi_app = VisitsMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, visits, lambda: web.day_of(web.site_of(app))
    )
    _watched(app, settings, needed=["publication"], private=public.PRIVATE, prepares=True)
    app.wsgi_app = HandedOnMiddleware(app.wsgi_app, settings.url)  # type: ignore[method-assign]
    if settings.url_prefix:
        app.wsgi_app = UrlPrefixMiddleware(  # type: ignore[method-assign]
            app.wsgi_app, settings.url_prefix, settings.url
        )
    app.wsgi_app = AddressMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, web.HEADERS, may_have_nul=True
    )
    return app


def create_desk(settings: Settings, *, clock: Callable[[], datetime] = now) -> Application:
    """The staff desk: its own application, host and port; closed unless a view is named open."""
    from openbureau import desk

    app = _application(settings, clock)
    desk.init_app(app)
    _watched(app, settings, needed=["publication", "desk"])
    app.wsgi_app = AddressMiddleware(app.wsgi_app, web.HEADERS)  # type: ignore[method-assign]
    # The first of all: nothing behind it learns an address.
    app.wsgi_app = VisitorNetworkMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, settings.fronts, lambda: web.day_of(web.site_of(app))
    )
    return app


def create_locked_desk(settings: Settings) -> Application:
    """The desk for a server. Raises AlreadyServed: one process at a time serves it."""
    desk = create_desk(settings)
    desk.wsgi_app = ProcessLockMiddleware(desk.wsgi_app, settings.desk_lock)  # type: ignore[method-assign]
    return desk


def create_metrics(settings: Settings) -> "WSGIApplication":
    """What all workers of this machine have counted: its own application, for a port of its own."""
    # Prometheus looks for its folder when it is imported, and few sites count.
    from openbureau.middleware import metrics

    engine = create_engine(settings.database_url, **ENGINE_OPTIONS)
    guard_sqlite(engine)
    shelf = Shelf(settings.publications)
    return metrics.exposition(settings.metrics, lambda: health.figures(shelf, engine, settings))


def _application(
    settings: Settings, clock: Callable[[], datetime], *, by_meaning: bool = False
) -> Application:
    app = Application("openbureau", template_folder=str(web.TEMPLATES), static_folder=str(web.STATIC))
    app.request_class = FormRequest
    app.url_map.converters["int"] = NumberConverter
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    app.config["MAX_FORM_PARTS"] = 100
    app.wsgi_app = CompleteBodyMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    init_database(app, settings.database_url)
    shelf = Shelf(settings.publications, by_meaning=by_meaning)
    web.init_app(app, web.Site(settings, shelf, clock))
    return app


def _watched(
    app: Application,
    settings: Settings,
    *,
    needed: Collection[str],
    private: Collection[str] = (),
    prepares: bool = False,
) -> Application:
    """The application behind what asks after its health and, where that is wanted, counts its answers."""
    with app.app_context():
        parts = health.checks(web.site().shelf, db.engine, settings, prepares=prepares)
    watched: WSGIApplication = health.HealthMiddleware(app.wsgi_app, parts, needed)
    if settings.metrics:
        from openbureau.middleware.metrics import MetricsMiddleware

        rules = [(rule.rule.split("/")[1], rule.endpoint) for rule in app.url_map.iter_rules()]
        silent = {part for part, endpoint in rules if endpoint.partition(".")[0] in private}
        door = str(app.jinja_env.globals["door"])
        watched = MetricsMiddleware(watched, door, {part for part, _ in rules}, silent)
    app.wsgi_app = watched  # type: ignore[assignment, method-assign]
    return app
