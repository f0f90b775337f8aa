"""In and out of the desk."""

from flask import Blueprint, Response, current_app, g, request

from openbureau.database import db
from openbureau.desk.cookie import COOKIE, KNOWN_COOKIE, give_cookie, give_known_cookie, take_cookie
from openbureau.desk.roles import EVERYBODY, roles
from openbureau.desk.unlocking import unlocked
from openbureau.middleware.visitor_network import ENVIRON_KEY
from openbureau.staff import known_computers, login
from openbureau.staff.accounts import login_name
from openbureau.staff.attempts import Attempts, Place
from openbureau.turns import NoTurn
from openbureau.web import page, read_secret, see_other, site

bp = Blueprint("login", __name__)

EXTENSION = "openbureau-login-attempts"
"""Where the failures at this form are counted, and nothing else."""

RETRY_AFTER = 5
"""Seconds after which a login that was not looked at is worth trying again."""


@bp.get("/login")
def new() -> Response:
    """The login form."""
    return page("desk/login/new.html", name="", problem="")


@bp.post("/login")
def create() -> Response:
    """Log in, or say only that name, password and code do not belong together."""
    session, secret, now = db.session(), read_secret(), site().clock()
    name, tokens = login_name(request.form.get("name", "")), request.cookies.get(KNOWN_COOKIE, "")
    computer = known_computers.recognise(session, secret, tokens, name, now)
    place = Place(computer, is_known=True) if computer else Place(request.environ[ENVIRON_KEY])
    attempts: Attempts = current_app.extensions[EXTENSION]
    if wait := attempts.start(name, place, now):
        seconds = int(wait.total_seconds()) + 1
        problem = f"尝试次数过多，请{seconds}秒后再试；账号没有被锁定，在登录过的电脑上可以照常登录。"
        return _refusal(name, problem, 429, seconds)
    password, code = request.form.get("password", ""), request.form.get("code", "")
    try:
        token = login.log_in(session, secret, name, password, code, now, is_preferred=place.is_known)
    except NoTurn:
        attempts.dropped(name, place, now)
        problem = f"现在同时登录的太多，这一次没有核对，也不算输错。请{RETRY_AFTER}秒后再试。"
        return _refusal(name, problem, 503, RETRY_AFTER)
    if token is None:
        problem = "登录名、密码和动态码不匹配；每个动态码只能用一次，请等下一个。"
        return _refusal(name, problem, 422)
    attempts.succeeded(name, place, now)
    response = give_cookie(see_other("queue.index"), token)
    return give_known_cookie(response, known_computers.remember(session, secret, tokens, name, now))


@bp.post("/logout")
@roles(*EVERYBODY)
def delete() -> Response:
    """Log out, and lock the key."""
    token = request.cookies.get(COOKIE, "")
    unlocked().forget(token)
    login.log_out(db.session(), token, g.member, site().clock())
    return take_cookie(see_other("login.new"))


def _refusal(name: str, problem: str, status: int, retry_after: int = 0) -> Response:
    response = page("desk/login/new.html", status=status, name=name, problem=problem)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response
