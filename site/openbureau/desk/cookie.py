"""The one cookie of the desk."""

from flask import Response

COOKIE = "__Host-desk"


def give_cookie(response: Response, token: str) -> Response:
    """Let the browser keep a session's token until it closes."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Strict", path="/")
    return response


def take_cookie(response: Response) -> Response:
    """Let the browser forget it, and whatever else it kept of the desk."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
