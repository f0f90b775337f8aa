"""The staff door: its own application. Closed unless a view is named open or opened to a role."""

import hmac

from flask import Flask, Response, abort, current_app, g, request

from openbureau.database import db
from openbureau.desk import (
    accounts,
    inspection,
    intake,
    log,
    login,
    opinions,
    patterns,
    queue,
    retention,
    unlocking,
)
from openbureau.desk.cases import assignment, conclusion, export, files, page, views
from openbureau.desk.cookie import COOKIE
from openbureau.desk.memory import hide_memory
from openbureau.desk.roles import allowed_roles
from openbureau.staff.attempts import Attempts
from openbureau.staff.login import resume
from openbureau.web import refuse_cross_site, see_other, site, site_of

OPEN = {"static", "login.new", "login.create"}
"""The only views without a login."""

CASE = (assignment, conclusion, files, export)
"""The rooms in which a case is worked on."""


def init_app(app: Flask) -> None:
    """Register the desk's rooms behind its guard, in a process whose memory is closed to others."""
    hide_memory()
    rooms = (
        login,
        unlocking,
        accounts,
        log,
        queue,
        intake,
        views,
        opinions,
        patterns,
        retention,
        inspection,
        *CASE,
    )
    for room in rooms:
        app.register_blueprint(room.bp)
    page.init_app(app)
    app.jinja_env.globals["door"] = "desk"
    app.extensions[login.EXTENSION] = Attempts()
    app.extensions[unlocking.ATTEMPTS_EXTENSION] = Attempts()
    app.extensions["openbureau-unlocked"] = unlocking.Unlocked(site_of(app).clock())
    app.before_request(refuse_cross_site)
    app.before_request(_guard)
    app.after_request(_caching)


def _guard() -> Response | None:
    """Let staff in where their role may go; everybody else is sent to the login, whatever was asked for."""
    if request.endpoint in OPEN:
        return None
    entered = resume(db.session(), request.cookies.get(COOKIE, ""), site().clock())
    if entered is None:
        return see_other("login.new")
    g.member, g.login = entered
    form_token = request.form.get("form_token", "")
    if request.method not in ("GET", "HEAD") and not hmac.compare_digest(
        form_token.encode(), g.login.form_token.encode()
    ):
        abort(403)
    view = current_app.view_functions.get(request.endpoint or "")
    if view is not None and g.member.role not in allowed_roles(view):
        abort(403)
    return None


def _caching(response: Response) -> Response:
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response
