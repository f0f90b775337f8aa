"""Members of staff at the desk's door: accounts, second factors, logins, unlocked keys."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import lxml.html  # type: ignore[import-untyped]
import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.config import Settings
from openbureau.database import db
from openbureau.desk.cookie import COOKIE
from openbureau.staff import Role, accounts
from openbureau.tips.sealing.recipients import Duty, Recipient, RecipientSet, write_set
from support.site import Clock

SECRET = b"s" * 32
"""What conftest's `settings` has for the site's secret."""


@dataclass
class Member:
    """Somebody with an account, at a browser of their own."""

    name: str
    clock: Clock
    client: FlaskClient
    shared: str
    password: str
    passphrase: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def code(self) -> str:
        """What the phone shows now."""
        return code_of(self.shared, self.clock.now)

    def log_in(self, **changes: str) -> TestResponse:
        """Fill in the login form, with `changes`, a moment after any earlier code."""
        self.clock.now += timedelta(seconds=30)
        told = {"name": self.name, "password": self.password, "code": self.code()} | changes
        return self.client.post("/login", data=told)

    def post(self, address: str, data: dict[str, str] | None = None, **more: object) -> TestResponse:
        """Send a form of a page of the desk."""
        sent = {"form_token": self.form_token(), **(data or {})}
        return self.client.post(address, data=sent, **more)  # type: ignore[arg-type]

    def form_token(self) -> str:
        """The token in the pages of this login."""
        page = lxml.html.fromstring(self.client.get("/").text)
        return str(page.xpath("string(//input[@name='form_token']/@value)"))

    def cookie(self) -> str:
        """What the browser holds of the login."""
        kept = self.client.get_cookie(COOKIE)
        return kept.value if kept else ""

    def is_inside(self) -> bool:
        """Whether the desk lets them in."""
        return self.client.get("/").status_code == 200

    def unlock(self) -> None:
        """Make a key if there is none, and unlock it."""
        if "生成密钥" in self.client.get("/unlock").text:
            chosen = {"passphrase": self.passphrase, "again": self.passphrase}
            assert self.post("/key", chosen).status_code == 303
        assert self.post("/unlock", {"passphrase": self.passphrase}).status_code == 303


def code_of(shared: str, now: datetime) -> str:
    """The code of a second factor at an instant."""
    return pyotp.TOTP(shared).at(now)


def hire(desk: Flask, clock: Clock, role: Role, unit: str = "清远市教育局", name: str = "") -> Member:
    """An account; nobody has come in yet."""
    password, name = secrets.token_urlsafe(16), name or role.value
    with desk.app_context():
        shared = accounts.add_member(db.session(), SECRET, name, password, role, unit, clock.now, "test")
    return Member(name, clock, desk.test_client(), shared, password)


def enter(desk: Flask, clock: Clock, role: Role, unit: str = "清远市教育局", name: str = "") -> Member:
    """Somebody who has come in."""
    member = hire(desk, clock, role, unit, name)
    assert member.log_in().status_code == 303
    return member


def name_recipient(
    desk: Flask, settings: Settings, signer: bytes, present: RecipientSet, member: Member, duty: Duty
) -> RecipientSet:
    """A next version of the set in which a member's key stands."""
    with desk.app_context():
        found = accounts.find(db.session(), member.name)
        key, unit = found.public_key, found.unit
        db.session.rollback()
    assert key, "unlock() makes the key"
    others = [each for each in present.recipients if each.name != member.name]
    members = (*others, Recipient(member.name, duty, unit, key))
    made = RecipientSet(present.version + 1, present.made_on, present.receiver, members)
    write_set(settings.recipients_file, made, signer)
    return made
