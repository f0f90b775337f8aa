"""Every address of the public site, and asking for it."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.app import MAX_FORM_BYTES
from openbureau.formats.feeds import MEDIA_TYPES
from openbureau.library.whitelist.editions import Institution
from openbureau.public.feeds.catalogue import offers
from openbureau.publishing.downloads.tables import FORMS
from support.source_tree import STATIC
from support.tip_client import last_page, ready, send

LISTS = (
    "/policies/",
    "/notices/",
    "/announcements/",
    "/consultations/",
    "/whitelist/",
    "/whitelist/?q=清新",
    "/registers/penalties/",
    "/search?q=预收费",
)


ERRORS = (
    "/nothing-here",
    "/policies/nothing-here/",
    "/notices/summer/",
    "/whitelist/editions/nothing-here/file",
    "/feeds/all.pdf",
    "/api/v1/nothing-here",
    "/api/v1/institutions?page=0",
    "/feeds/all.atom?topic=无",
    "/policies/?page=99",
    "/search?q=退费&kind=tips",
    "/tip-off/receipt",
    "/static/nothing.css",
    "/policies",
)


PAIR = {"older": "2024-06-30", "newer": "2024-09-30-441803"}
"""Two editions that have something to compare."""


def examples(app: Flask, endpoint: str, arguments: set[str]) -> list[dict[str, Any]]:
    """Real values for the arguments of a public address."""
    catalogue = app.extensions["openbureau"].shelf.current().catalogue
    match endpoint, sorted(arguments):
        case _, []:
            return [{}]
        case "static", _:
            return [{"filename": path.relative_to(STATIC).as_posix()} for path in STATIC.rglob("*.*")]
        case "feeds.show", _:
            return [{"name": name, "form": form} for name in offers() for form in MEDIA_TYPES]
        case "feeds.read" | "subscribe.choose", _:
            return [{"name": name} for name in offers()]
        case "follow.feed", _:
            return [{"form": form} for form in MEDIA_TYPES]
        case "feeds.archive", _:
            return [{"name": "all", "number": 1, "form": form} for form in MEDIA_TYPES]
        case "attachments.show", _:
            return [{"kind": "policies", "slug": "prepayment", "name": "退费申请表.docx"}]
        case "search_engines.sitemap_part", _:
            return [{"number": 1}]
        case "registers.entry", _:
            return [{"register": "penalties", "name": "2025-1"}]
        case _, ["name"]:
            return [{"name": record.slug} for record in catalogue.page("register", {}).records]
        case "api.one_entry", _:
            return [{"name": "penalties", "entry": "2025-1"}]
        case "whitelist.changes" | "api.changes", _:
            return [PAIR]
        case "whitelist_data.changes_file", _:
            return [{**PAIR, "form": form} for form in FORMS]
        case "whitelist_data.list_file", _:
            return [{"form": form} for form in FORMS]
        case "whitelist_data.rows_file", _:
            return [{"slug": "2024-06-30", "form": form} for form in FORMS]
        case "whitelist.edition" | "whitelist_data.workbook" | "api.one_edition", ["slug"]:
            kind = "editions"
        case "api.institution", ["slug"]:
            kind = "whitelist"
        case "api.one_policy", ["slug"]:
            kind = "policies"
        case "api.one_consultation", ["slug"]:
            kind = "consultations"
        case "attachments.copy", _:
            picture = {"kind": "policies", "slug": "prepayment-explained", "name": "flow.png"}
            return [{**picture, "width": "480"}]
        case "calendars.consultation" | "opinions.new", _:
            return [{"slug": "after-school-care"}]
        case "calendars.permit", _:
            listed = catalogue.page("whitelist", {"status": "正常"}).records
            return [
                {"slug": record.slug}
                for record in listed
                if isinstance(record, Institution) and record.valid_to
            ]
        case _, ["slug"]:
            kind = endpoint.partition(".")[0]
        case _:
            raise AssertionError(f"give the new address {endpoint} an example here, so that the rules see it")
    found = [{"slug": record.slug} for record in catalogue.page(kind, {}).records]
    assert found, f"no record of kind {kind} in tests/content: {endpoint} would go unseen"
    return found


def addresses(app: Flask) -> list[str]:
    """Every address of the public site that can be read, and some that cannot."""
    with app.test_request_context():
        known = [
            app.url_for(rule.endpoint, **values)
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            for values in examples(app, rule.endpoint, rule.arguments)
        ]
    return [*known, *LISTS, "/whitelist/?county=清新区&page=2", "/search?q=<script>", *ERRORS]


def ask(client: FlaskClient, address: str, **options: Any) -> TestResponse:
    """The whole answer: a file that is sent is read to its end and closed."""
    return client.open(address, buffered=True, **options)


def tip_answers(client: FlaskClient) -> dict[str, TestResponse]:
    """All that one can send to the tip-off room, refused and taken."""
    tip = ready(client)
    receipt = send(client, tip)
    code = re.search(r"(?:[0-9A-Z]{5}-){4}[0-9A-Z]{5}", receipt.text)
    assert code
    return {
        "tip refused": client.post("/tip-off/", data={"step": "story", "story": "短"}),
        "last page": last_page(client),
        "tip without proof": send(client, {**tip, "form": ready(client)["form"], "proof": ""}),
        "tip taken": receipt,
        "tip too long": client.post("/tip-off/", data={"story": "长" * MAX_FORM_BYTES}),
        "tip from elsewhere": client.post(
            "/tip-off/submit", data=tip, headers={"Sec-Fetch-Site": "cross-site"}
        ),
        "last days": client.post("/tip-off/remedies", data={"decided_on": "2026-05-20"}),
        "receipt saved": client.post("/tip-off/receipt/save", data={"form": tip["form"]}),
        "receipt not verified": client.post("/tip-off/verify", data={"text": "x"}),
        "code not kept": client.post("/tip-off/receipt", data={"form": tip["form"], "code": "x"}),
        "code kept": client.post("/tip-off/receipt", data={"form": tip["form"], "code": code[0]}),
        "code unknown": client.post("/tip-off/status", data={"code": "x"}),
        "code known": client.post("/tip-off/status", data={"code": code[0]}),
    }
