"""繁體 and 长者模式: the same pages under other addresses; data has one address only."""

from typing import cast
from urllib.parse import quote, urlencode

from flask import Response, current_app, request

from openbureau.web.addresses import moved
from openbureau.web.errors import API
from openbureau.web.traditional import traditional
from openbureau.web.variants import PLAIN, Application, Variant, Variants, plain_root, variant

FEWER = 8
"""Entries of a list in 长者模式: what large type shows on three or four screens of a phone."""


def init_app(app: Application) -> None:
    """Answer under the paths of the variants, too."""
    app.wsgi_app = Variants(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_leave_for_data)
    app.after_request(_convert)
    app.context_processor(_in_templates)


def per_page(usual: int) -> int:
    """How many entries a list shows at once."""
    return min(usual, FEWER) if variant().is_senior else usual


def variant_url(wanted: Variant) -> str:
    """The page that is shown in another variant, with its query.

    Where the lists are longer or shorter, the number of a page means other entries: it is left out.
    """
    arguments = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name != "page" or wanted.is_senior == variant().is_senior
    ]
    address = plain_root() + wanted.path + quote(request.path)
    return f"{address}?{urlencode(arguments)}" if arguments else address


def _in_templates() -> dict[str, object]:
    now = variant()
    # What was typed, or is shown once, would be lost on the way to another variant.
    is_kept = request.method in ("GET", "HEAD")
    return {
        "variant": now,
        "hant": Variant(is_hant=True),
        "other_script": variant_url(Variant(now.is_senior, not now.is_hant)) if is_kept else "",
        "other_size": variant_url(Variant(not now.is_senior, now.is_hant)) if is_kept else "",
    }


def _leave_for_data() -> Response | None:
    """Data has one address: whoever asks for it in a variant is told which."""
    if variant() == PLAIN:
        return None
    if cast(Application, current_app).is_data(request.endpoint) or request.path.startswith(API):
        return moved(variant_url(PLAIN))
    if not request.environ["PATH_INFO"]:
        return moved(variant_url(variant()))
    return None


def _convert(response: Response) -> Response:
    if variant().is_hant and response.mimetype == "text/html":
        response.set_data(traditional(response.get_data(as_text=True)))
    return response
