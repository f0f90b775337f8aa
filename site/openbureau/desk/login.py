"""In and out of the desk."""

from flask import Blueprint, Response, redirect, request, url_for

from openbureau import staff
from openbureau.database import db
from openbureau.web import page, site

COOKIE = "__Host-desk"

bp = Blueprint("login", __name__)


@bp.get("/login")
def new() -> Response:
    """The login form."""
    return page("desk/login/new.html", name="", problem="")


@bp.post("/login")
def create() -> Response:
    """Log in, or say only that name and password do not belong together."""
    name = request.form.get("name", "").strip()
    token = staff.log_in(db.session(), name, request.form.get("password", ""), site().clock())
    if token is None:
        return page("desk/login/new.html", status=422, name=name, problem="用户名和密码不匹配。")
    response = redirect(url_for("queue.index"), 303)
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Strict", path="/")
    return response  # type: ignore[return-value]


@bp.post("/logout")
def delete() -> Response:
    """Log out."""
    staff.log_out(db.session(), request.cookies.get(COOKIE, ""))
    response = redirect(url_for("login.new"), 303)
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response  # type: ignore[return-value]
