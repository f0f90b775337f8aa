"""The two cookies of the desk: the session's, and that of a computer which an account knows."""

from flask import Response

from openbureau.staff.known_computers import MAX_KNOWN

COOKIE = "__Host-desk"
KNOWN_COOKIE = "__Host-desk-known"


def give_cookie(response: Response, token: str) -> Response:
    """Let the browser keep a session's token until it closes."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Strict", path="/")
    return response


def give_known_cookie(response: Response, tokens: str) -> Response:
    """Let the browser remember for whom it is a known computer."""
    response.set_cookie(
        KNOWN_COOKIE, tokens, max_age=MAX_KNOWN, secure=True, httponly=True, samesite="Strict", path="/"
    )
    return response


def take_cookie(response: Response) -> Response:
    """Let the browser forget the session, and whatever it kept of the desk but that it is a known
    computer."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
