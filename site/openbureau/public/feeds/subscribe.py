"""订阅: how somebody is told of news, in plain words, prefilled with what they were looking at."""

import io
from collections.abc import Mapping

import segno
from flask import Blueprint, Response, abort, request, url_for

from openbureau.library.whitelist.editions import Institution
from openbureau.public.feeds.calendars import events_of_institution
from openbureau.public.feeds.catalogue import FeedOffer, offers
from openbureau.public.feeds.selection import chosen_by, problems_of, query_for
from openbureau.web import base_url, page, publication

bp = Blueprint("subscribe", __name__, url_prefix="/subscribe")


@bp.get("/")
def index() -> Response:
    """Of everything."""
    return choose("all")


@bp.get("/<name>/")
def choose(name: str) -> Response:
    """Of one list, as narrow as the visitor had it or chooses now."""
    offer = offers().get(name)
    if offer is None:
        abort(404)
    chosen = chosen_by(offer, request.args)
    is_begun = bool(chosen) or not offer.needs
    problems = problems_of(offer, request.args) if is_begun else []
    calendar, calendar_tells = _calendar(offer, {} if problems else chosen)
    return page(
        "public/subscribe/index.html",
        offers=offers().values(),
        offer=offer,
        choices=[(name, label, offer.values(name)) for name, label in offer.labels.items()],
        chosen=chosen,
        problems=problems,
        is_ready=is_begun and not problems,
        calendar=calendar,
        calendar_tells=calendar_tells,
        follow=_follow({} if problems else chosen),
        base_url=base_url(),
    )


@bp.get("/wechat.svg")
def qr_code() -> Response:
    """The address of the bureau's 公众号 as a QR code (ISO/IEC 18004); 404 if nobody has set it."""
    if not publication().bureau.wechat_url:
        abort(404)
    picture = io.BytesIO()
    code = segno.make_qr(publication().bureau.wechat_url, error="m")
    code.save(picture, kind="svg", border=4, svgclass=None, lineclass=None)
    return Response(picture.getvalue(), content_type="image/svg+xml")


def _calendar(offer: FeedOffer, chosen: Mapping[str, str]) -> tuple[str, str]:
    """The calendar that fits best, and in words which days are in it."""
    institution = publication().catalogue.get("whitelist", chosen.get("institution", ""))
    if isinstance(institution, Institution) and any(events_of_institution(institution)):
        return url_for("calendars.permit", slug=institution.slug), f"{institution.title}许可证到期那一天"
    if "topic" in chosen:
        address = url_for("follow.deadlines") + query_for({"t": chosen["topic"]})
        return address, f"“{chosen['topic']}”的提示有效期、意见截止日期"
    if offer.name == "whitelist-changes" and "county" in chosen:
        address = url_for("follow.deadlines") + query_for({"c": chosen["county"]})
        return address, f"{chosen['county']}各机构许可证到期那一天"
    register = offer.name.removeprefix("registers-")
    if register != offer.name:
        return url_for("calendars.register", name=register), f"{offer.title}的公示截止日期"
    return url_for("calendars.deadlines"), "提示有效期、意见截止日期"


def _follow(chosen: Mapping[str, str]) -> str:
    """The page of what somebody follows, begun with what they had chosen."""
    names = {"institution": "i", "topic": "t", "county": "c"}
    areas = publication().bureau.areas.values()
    known = {
        names[name]: value
        for name, value in chosen.items()
        if name in names and (name != "county" or value in areas)
    }
    return url_for("follow.index") + query_for(known)
