"""A visitor who fills in the tip-off form as a browser would, page after page, and solves its puzzle."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import lxml.html  # type: ignore[import-untyped]
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from openbureau.database import db
from openbureau.tips.casework import dossier, stages
from openbureau.tips.form import proof_of_work
from openbureau.tips.model import Tip
from support.site import NOON, Keys

STORY = "五月二十日下午，两名人员到店检查，没有出示证件就当场罚款，也没有给票据。"
ANONYMOUS: Mapping[str, Any] = {
    "agreed": "yes",
    "unit": "英德市教育局",
    "categories": ["procedure", "no-basis"],
    "story": STORY,
    "named": "anonymous",
}
"""The least that is a tip."""

NAMED: Mapping[str, Any] = {
    **ANONYMOUS,
    "decided_on": "2026-05-20",
    "doc_no": "英教罚〔2026〕3号",
    "amount": "5000.50",
    "officers": "one",
    "paid_how": "cash",
    "cause": "超出许可范围",
    "named": "named",
    "name": "某某",
    "contact": "0763-1234567",
    "company": "某某培训有限公司",
    "uscc": "91110000600037341L",
    "relation": "own",
    "proceedings": ["hotline"],
}
"""A tip with everything that can be told."""

Form = Mapping[str, Any]


def fields_in(answer: TestResponse) -> dict[str, Any]:
    """What the form on a page would send: every field by name, ticks as lists."""
    form = lxml.html.fromstring(answer.text).xpath("//form[contains(@class, 'stack')]")[0]
    fields: dict[str, Any] = {}
    for name, value in form.form_values():
        if name in ("categories", "proceedings"):
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields


def last_page(client: FlaskClient, filled: Form = ANONYMOUS) -> TestResponse:
    """The page from which the form is sent, reached as somebody does who has filled in the others."""
    first = fields_in(client.get("/tip-off/"))
    return client.post("/tip-off/", data={**first, **filled, "step": "sender", "go": "next"})


def solved(challenge: str) -> str:
    """The number that solves a challenge, found as the worker in the browser finds it."""
    bits = int(challenge.split(".")[1])
    asked = proof_of_work.Challenge(challenge, "", bits, NOON)
    return next(str(number) for number in count() if proof_of_work.is_solved(asked, str(number)))


def ready(client: FlaskClient, filled: Form = ANONYMOUS, **changes: Any) -> dict[str, Any]:
    """What a browser sends from the last page, its puzzle solved, with changes that no page would allow."""
    fields = fields_in(last_page(client))
    return {**fields, **filled, "proof": solved(fields["challenge"]), **changes}


def submit(
    client: FlaskClient, filled: Form = ANONYMOUS, files: Iterable[Any] = (), **changes: Any
) -> TestResponse:
    """The answer to a tip that is sent; a file is a pair of stream and name."""
    return send(client, ready(client, filled, **changes), files)


def stored(app: Flask) -> int:
    """How many tips there are."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Tip)) or 0


def send(client: FlaskClient, fields: Form, files: Iterable[Any] = ()) -> TestResponse:
    """Post the last page as a browser does."""
    boundary, body = encoded({**fields, "files": list(files)})
    content_type = f"multipart/form-data; boundary={boundary}"
    return client.post("/tip-off/submit", data=body, content_type=content_type)


def encoded(fields: Form, boundary: str = "----edge") -> tuple[str, bytes]:
    """The boundary and the body of a form, as a browser sends it: fields in order, then files."""
    values = {
        name: [FileStorage(*each) if isinstance(each, tuple) else each for each in value]
        if isinstance(value, list)
        else str(value)
        for name, value in fields.items()
    }
    return encode_multipart(values, boundary)


def resend(client: FlaskClient, refused: TestResponse, **changes: Any) -> TestResponse:
    """The answer when a form that came back is sent once more, with its new puzzle solved."""
    fields = fields_in(refused)
    return send(client, {**fields, "proof": solved(fields["challenge"]), **changes})


def token_in(answer: TestResponse) -> str:
    """The form token that a page carries."""
    return str(
        lxml.html.fromstring(answer.text).xpath("string(//form[@method='post']//input[@name='form']/@value)")
    )


def code_in(answer: TestResponse) -> str:
    """The receipt code that a page shows; empty when it shows none."""
    return str(lxml.html.fromstring(answer.text).xpath("string(//*[@class='receipt-code'])"))


@contextmanager
def running(app: Flask) -> Iterator[Flask]:
    """An application that lets go of its database at the end."""
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


@dataclass
class Opened:
    """A tip in clear, as its handler and its custodian read it."""

    body: dossier.Document
    identity: dossier.Document | None


def opened(app: Flask, keys: Keys, number: int = 1) -> Opened:
    """Open a tip with the keys of those who may."""
    with app.app_context():
        tip = stages.get(db.session(), number)
        body = dossier.open_body(tip, keys.handler.private)
        return Opened(body, dossier.open_identity(tip, keys.custodian.private))


def assert_everything_is_kept(answer: TestResponse, filled: Form) -> None:
    """Whatever was filled in is on the page that came back, shown or carried along."""
    shown = fields_in(answer)
    for name, typed in filled.items():
        if isinstance(typed, list):
            assert set(shown.get(name, [])) == set(typed), name
        else:
            assert (shown.get(name) or "") == typed, name
