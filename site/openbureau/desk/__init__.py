"""The staff door: its own application. Closed unless a view is named open."""

import hmac

from flask import Flask, Response, abort, g, redirect, request, url_for

from openbureau import staff
from openbureau.database import db
from openbureau.desk import login, queue
from openbureau.web import refuse_cross_site, site

COOKIE = login.COOKIE
OPEN = {"static", "login.new", "login.create"}
"""The only views without a login."""


def init_app(app: Flask) -> None:
    """Register the desk's rooms behind its guard."""
    app.register_blueprint(login.bp)
    app.register_blueprint(queue.bp)
    app.jinja_env.globals["door"] = "desk"
    app.before_request(refuse_cross_site)
    app.before_request(_guard)
    app.after_request(_caching)


def _guard() -> Response | None:
    """Let staff in; everybody else is sent to the login, whatever was asked for."""
    if request.endpoint in OPEN:
        return None
    entered = staff.resume(db.session(), request.cookies.get(COOKIE, ""), site().clock())
    if entered is None:
        return redirect(url_for("login.new"), 303)  # type: ignore[return-value]
    g.member, g.login = entered
    sent = request.form.get("form_token", "")
    if request.method not in ("GET", "HEAD") and not hmac.compare_digest(
        sent.encode(), g.login.form_token.encode()
    ):
        abort(403)
    return None


def _caching(response: Response) -> Response:
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response
