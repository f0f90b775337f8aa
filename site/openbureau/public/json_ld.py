"""What pages are about, for machines: JSON-LD 1.1 in the words of schema.org; only what the page says."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from openbureau.clock import BEIJING
from openbureau.library.documents.policies import Policy
from openbureau.library.records import Correction, Record
from openbureau.library.whitelist.editions import Institution
from openbureau.web import base_url, link_to, publication, today
from openbureau.web.variants import plain

LEGISLATION = ("法律", "行政法规", "部门规章", "地方性法规", "规范性文件", "征求意见稿")
"""Genres that schema.org means by Legislation; any other policy is only a work."""

LEGAL_FORCE = {
    "有效": "InForce",
    "尚未施行": "NotInForce",
    "失效": "NotInForce",
    "废止": "NotInForce",
    "征求意见": "NotInForce",
}
"""States that schema.org has a word for; of what was amended nobody can say which parts hold."""


def of_record(record: Record) -> str:
    """The page of a policy, of an interpretation or of a listed institution; empty for any other."""
    match record:
        case Policy(is_interpretation=True):
            others = [other for other in record.interprets if not other.is_withdrawn]
            about = [{**_work(other), "url": link_to(other, absolute=True)} for other in others]
            return _document(
                {"@type": "Article", "headline": record.title, **_published(record), "about": about}
            )
        case Policy():
            page = {"@type": "WebPage", "name": record.title, **_published(record)}
            return _document({**page, "mainEntity": _work(record)})
        case Institution(is_listed=True):
            return _document(_institution(record))
        case _:
            return ""


def of_trail(trail: Sequence[tuple[str, str]]) -> str:
    """Where a page stands; `trail` has texts and addresses, an address being empty for the page itself."""
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "name": text,
            **({"item": base_url() + plain(address)} if address else {}),
        }
        for position, (text, address) in enumerate(trail, 1)
    ]
    return _document({"@type": "BreadcrumbList", "itemListElement": items})


def _published(record: Policy) -> dict[str, Any]:
    bureau = publication().bureau
    return {
        "url": link_to(record, absolute=True),
        "description": record.summary,
        "inLanguage": bureau.language,
        "datePublished": record.published_at.astimezone(BEIJING).isoformat(),
        "dateModified": record.changed_at.astimezone(BEIJING).isoformat(),
        "publisher": {"@type": "GovernmentOrganization", "name": bureau.name},
        **_present({"correction": [_correction(correction) for correction in record.corrections]}),
    }


def _correction(correction: Correction) -> dict[str, str]:
    at = datetime.fromisoformat(correction["at"]).astimezone(BEIJING)
    return {"@type": "CorrectionComment", "text": correction["note"], "datePublished": at.isoformat()}


def _work(policy: Policy) -> dict[str, Any]:
    """The document itself; the page has what matters of it, and names where the original is."""
    issuers = [{"@type": "Organization", "name": issuer} for issuer in policy.issuers]
    values: dict[str, Any] = {"name": policy.title, "publisher": issuers, "sameAs": policy.original_url}
    if policy.genre not in LEGISLATION:
        return {"@type": "CreativeWork", **_present({**values, "dateCreated": policy.made_on})}
    force = LEGAL_FORCE.get(policy.state_on(today()))
    from_day = policy.effective_on.isoformat() if policy.effective_on else ""
    return {
        "@type": "Legislation",
        **_present(
            {
                **values,
                "legislationIdentifier": policy.doc_no,
                "legislationDate": policy.made_on,
                "legislationDateOfApplicability": from_day,
                "legislationLegalForce": force and f"https://schema.org/{force}",
                "legislationChanges": _older(policy, ("修改旧文件",)),
                "legislationRepeals": _older(policy, ("替代旧文件", "废止旧文件")),
            }
        ),
    }


def _older(policy: Policy, what: Sequence[str]) -> list[dict[str, str]]:
    """The documents that it does this to."""
    return [
        {
            "@type": "Legislation",
            "name": other["title"],
            "url": base_url() + plain(url_for("policies.show", slug=other["slug"])),
        }
        for other in policy.changes
        if other["what"] in what
    ]


def _institution(record: Institution) -> dict[str, Any]:
    codes = {
        "统一社会信用代码": record.uscc if record.uscc_state == "ok" else "",
        "办学许可证号": record.permit_no,
    }
    place = {
        "addressCountry": "CN",
        "addressRegion": publication().bureau.city,
        "addressLocality": record.county,
        "streetAddress": record.addr_premises,
    }
    return {
        "@type": "EducationalOrganization",
        "name": record.title,
        "url": link_to(record, absolute=True),
        **_present(
            {
                "alternateName": list(record.row.former_names),
                "identifier": [
                    {"@type": "PropertyValue", "propertyID": name, "value": code}
                    for name, code in codes.items()
                    if code
                ],
                "address": {"@type": "PostalAddress", **_present(place)} if record.addr_premises else {},
            }
        ),
    }


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _document(values: Mapping[str, Any]) -> Markup:
    """JSON that may stand inside a script element: nothing in it can close the element."""
    return htmlsafe_json_dumps(
        {"@context": "https://schema.org", **values}, dumps=json.dumps, ensure_ascii=False
    )
