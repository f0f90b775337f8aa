"""In and out of the desk."""

from flask import Blueprint, Response, current_app, g, request

from openbureau.database import db
from openbureau.desk.cookie import COOKIE, give_cookie, take_cookie
from openbureau.desk.roles import EVERYBODY, roles
from openbureau.desk.unlocking import unlocked
from openbureau.staff import login
from openbureau.staff.attempts import Attempts
from openbureau.web import page, read_secret, see_other, site

bp = Blueprint("login", __name__)


@bp.get("/login")
def new() -> Response:
    """The login form."""
    return page("desk/login/new.html", name="", problem="")


@bp.post("/login")
def create() -> Response:
    """Log in, or say only that name, password and code do not belong together."""
    name, network, now = request.form.get("name", "").strip(), _network(), site().clock()
    attempts: Attempts = current_app.extensions["openbureau-attempts"]
    if wait := attempts.wait(name, network, now):
        seconds = int(wait.total_seconds()) + 1
        problem = f"尝试次数过多，请{seconds}秒后再试；账号没有被锁定。"
        response = page("desk/login/new.html", status=429, name=name, problem=problem)
        response.headers["Retry-After"] = str(seconds)
        return response
    password, code = request.form.get("password", ""), request.form.get("code", "")
    token = login.log_in(db.session(), read_secret(), name, password, code, now)
    if token is None:
        attempts.failed(name, network, now)
        problem = "登录名、密码和动态码不匹配；每个动态码只能用一次，请等下一个。"
        return page("desk/login/new.html", status=422, name=name, problem=problem)
    attempts.succeeded(name, network)
    return give_cookie(see_other("queue.index"), token)


@bp.post("/logout")
@roles(*EVERYBODY)
def delete() -> Response:
    """Log out, and lock the key."""
    token = request.cookies.get(COOKIE, "")
    unlocked().forget(token)
    login.log_out(db.session(), token, g.member, site().clock())
    return take_cookie(see_other("login.new"))


def _network() -> str:
    """The network somebody comes from, for the count in memory: /24 of IPv4, /56 of IPv6."""
    address = request.remote_addr or ""
    if ":" in address:
        return ":".join(address.split(":")[:4])[:-2]
    return address.rpartition(".")[0]
