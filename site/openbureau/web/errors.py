"""What goes wrong, once for all codes: a page for people, problem details (RFC 9457) for programs."""

import json

from flask import Flask, Response, current_app, g, make_response, render_template, request
from sqlalchemy.exc import DatabaseError, PendingRollbackError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from openbureau.publishing.publication import Unpublished

RETRY_AFTER = 60
"""Seconds after which it is worth asking again for what is closed now."""

API = "/api/"
"""Where programs ask: what goes wrong there is told as problem details (RFC 9457), not as a page."""


def init_app(app: Flask) -> None:
    """Give an application its answers to what goes wrong."""
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(Exception, _fault)
    app.register_error_handler(Unpublished, _unpublished)
    app.register_error_handler(DatabaseError, _no_database)
    app.register_error_handler(PendingRollbackError, _no_database)


def _error(error: HTTPException) -> Response:
    if request.path.startswith(API):
        response = _problem(error)
    else:
        # It is answered whole even to htmx: the message matters more than the place it was meant for.
        reason = error.description if error.code == 410 else ""
        response = make_response(render_template("error.html", code=error.code, reason=reason), error.code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _problem(error: HTTPException) -> Response:
    code = error.code or 500
    # Only what a view of ours has said of this very case; the framework's own words are English.
    detail = vars(error).get("description") or _DETAILS.get(code, _DETAILS[400 if code < 500 else 500])
    problem = {"type": "about:blank", "title": error.name, "status": code, "detail": detail}
    text = json.dumps(problem, ensure_ascii=False)
    return Response(f"{text}\n", code, content_type="application/problem+json; charset=utf-8")


_DETAILS = {
    400: "请求写得不对。接口说明：/api/v1/openapi.json",
    404: "没有这个地址，或者没有这条记录。接口说明：/api/v1/openapi.json",
    405: "这里的数据只能读取，请用GET或HEAD。",
    410: "这条记录曾经公布，现已撤回或者公示期已满。",
    500: "服务器出错了，已经记录下来。请稍后再试。",
    503: "暂时不能使用，请稍后再来。",
}


def _fault(error: Exception) -> Response:
    # The kind of fault and the route, never the request: it may carry what must not be in a log.
    current_app.logger.error("%s at %s", type(error).__name__, request.endpoint, exc_info=_no_values(error))
    try:
        return _error(InternalServerError())
    except Exception as another:
        # What is broken may be what every page stands on; somebody still has to be told where to go.
        current_app.logger.error("%s in the page that tells of it", type(another).__name__)
        text = "我们这边出错了，已经记录下来。请稍后再试，或拨打12345。\n"
        return Response(text, 500, content_type="text/plain; charset=utf-8")


def _no_values(error: Exception) -> Exception | None:
    is_told = request.path.startswith(("/tip-off", "/follow")) or request.method == "POST"
    return error if current_app.testing or not is_told else None


def _no_database(error: DatabaseError | PendingRollbackError) -> Response:
    # Locked, full, gone or not set up: that passes; what is read from a publication goes on meanwhile.
    # The page that tells of it must not ask the database again for whoever is logged in.
    g.pop("member", None)
    current_app.logger.error("%s at %s", type(error).__name__, request.endpoint)
    return _error(ServiceUnavailable(retry_after=RETRY_AFTER))


def _unpublished(error: Unpublished) -> Response:
    current_app.logger.error("%s", error)
    if request.path.startswith(API):
        return _error(ServiceUnavailable(retry_after=RETRY_AFTER))
    text = "本站内容正在准备，请稍后再来。\n"
    return Response(text, 503, {"Retry-After": "60"}, content_type="text/plain; charset=utf-8")
