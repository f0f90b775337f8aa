"""An office of the tests: staff with keys, a signed set of recipients, tips, and who does what when."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from tempfile import TemporaryFile

import lxml.html  # type: ignore[import-untyped]
from flask import Flask
from sqlalchemy.orm import Session

from openbureau.config import Settings
from openbureau.staff import Role
from openbureau.tips import intake, receipt_codes
from openbureau.tips.casework import stages
from openbureau.tips.casework.access import Actor
from openbureau.tips.form.submission import Submission
from openbureau.tips.model import Tip
from openbureau.tips.sealing import KeyPair, create_keys, signing
from openbureau.tips.sealing.files import seal_file
from openbureau.tips.sealing.recipients import Duty, Recipient, RecipientSet, sealer_for, write_set
from support.desk_visitors import Member, enter
from support.site import NOON, Clock

RECEIVER, ACCUSED = "清远市教育局", "英德市教育局"
UNITS = (RECEIVER, ACCUSED, "连州市教育局")
SECRET = b"s" * 32
TODAY = NOON.date()

REPORTED = {
    "unit": ACCUSED,
    "decided_on": "2026-05-20",
    "story": "五月二十日下午，两名人员到店检查，没有出示证件就当场罚款，也没有给票据。",
    "doc_no": "英教罚〔2026〕3号",
    "amount": "5000",
    "named": "named",
    "name": "某某",
    "contact": "0763-1234567",
}

STAFF = {
    "甲": (Duty.HANDLER, RECEIVER),
    "乙": (Duty.HANDLER, RECEIVER),
    "连州": (Duty.HANDLER, "连州市教育局"),
    "英德": (Duty.HANDLER, ACCUSED),
    "保管": (Duty.CUSTODIAN, RECEIVER),
    "纪检": (Duty.INDEPENDENT, "派驻纪检监察组"),
    "恢复": (Duty.RECOVERY, ""),
}
"""Who is in the set of recipients, by login name; 英德 is of the accused unit."""


@dataclass
class Office:
    """The keys of everybody, and the set that names them."""

    keys: dict[str, KeyPair] = field(default_factory=lambda: {name: create_keys() for name in STAFF})

    @property
    def recipients(self) -> RecipientSet:
        members = [
            Recipient(name, duty, unit, self.keys[name].public) for name, (duty, unit) in STAFF.items()
        ]
        return RecipientSet(1, TODAY, RECEIVER, tuple(members))

    def actor(self, name: str = "甲", days: int = 0, **changes: str) -> Actor:
        """Somebody's doing, so many days after the first."""
        at = NOON + timedelta(days=days)
        role = "custodian" if name == "保管" else "handler"
        return replace(Actor(name, role, STAFF[name][1], at, at.date()), **changes)

    def submit(
        self,
        session: Session,
        received_on: date = TODAY,
        files: Mapping[str, bytes] | None = None,
        **changes: str,
    ) -> str:
        """A tip with files by their names, and the code of its receipt."""
        told = Submission.from_form(REPORTED | changes, UNITS, ["procedure"])
        sealer = sealer_for(self.recipients.of_body(told.unit))
        with ExitStack() as stack:
            sealed = [
                seal_file(name, [data], sealer, stack.enter_context(TemporaryFile()), keep_original=True)
                for name, data in (files or {}).items()
            ]
            form_id = receipt_codes.new_form_id()
            receipt = intake.submit(
                session, SECRET, form_id, told, self.recipients, received_on, files=sealed
            )
        return receipt.code

    def tip(self, session: Session, **changes: str) -> int:
        """A fresh tip's number."""
        found = stages.find_by_code(session, SECRET, self.submit(session, **changes))
        assert found is not None
        return found.number


def events(tip: Tip) -> list[tuple[str, str]]:
    """What the submitter sees of a tip's course."""
    return [(event.event.value, event.stage.value) for event in tip.events]


def text_of(page: str, path: str) -> list[str]:
    """The texts at a path of a page, each in one line."""
    return [" ".join(each.text_content().split()) for each in lxml.html.fromstring(page).xpath(path)]


class Seats(dict[str, Member]):
    """The office at its browsers: whoever is asked for comes in then, and handlers and custodian unlock
    their keys."""

    def __init__(self, desk: Flask, settings: Settings, clock: Clock, office: Office, signer: bytes) -> None:
        super().__init__()
        self._desk, self._clock, self._office = desk, clock, office
        settings.recipients_file.parent.mkdir(exist_ok=True)
        settings.recipients_signer_file.write_text(signing.public_key(signer), encoding="utf-8")
        write_set(settings.recipients_file, office.recipients, signer)

    def __missing__(self, name: str) -> Member:
        duty, unit = STAFF[name]
        role = Role.CUSTODIAN if duty is Duty.CUSTODIAN else Role.HANDLER
        member = self[name] = enter(self._desk, self._clock, role, unit, name)
        keys = self._desk.extensions["openbureau-unlocked"]
        keys.keep(member.cookie(), self._office.keys[name].private, self._clock.now)
        return member

    def everybody(self) -> dict[str, Member]:
        """All who have an account."""
        return {name: self[name] for name, (duty, _) in STAFF.items() if duty is not Duty.RECOVERY}
