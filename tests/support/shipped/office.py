"""Staff and tips of the shipped site: an account of every role in every unit, keys, a signed set of them."""

import functools
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product

import pytest
from argon2.low_level import hash_secret_raw
from sqlalchemy.orm import Session

from openbureau.clock import now, today
from openbureau.config import Settings
from openbureau.staff import Role, accounts, keyring
from openbureau.tips.casework import stages
from openbureau.tips.sealing import signing
from openbureau.tips.sealing.recipients import Duty, write_set
from support.databases import open_database
from support.desk_makers import SECRET, STAFF, UNITS, Office
from support.shipped.visitors import MemberOfStaff

_PASSPHRASE = secrets.token_urlsafe(16)
"""Of every key."""


@dataclass
class ShippedOffice(Office):
    """The office of the tests with accounts that the desk knows.

    `members` has, by login name, those of `desk_makers.STAFF` with their keys (甲 and 乙 of the receiving
    unit, 连州 of another, 英德 of the accused, 保管 the custodian, 纪检 the independent recipient), and
    `ROLE-UNIT` for every role and unit besides, such as auditor-清远市教育局.
    """

    settings: Settings = field(kw_only=True)
    members: dict[str, MemberOfStaff] = field(default_factory=dict)

    @classmethod
    def open(cls, settings: Settings) -> "ShippedOffice":
        """The office with its accounts and keys in the database, and its signed set installed."""
        office = cls(settings=settings)
        signer = signing.create_key()
        settings.recipients_file.parent.mkdir()
        settings.recipients_signer_file.write_text(signing.public_key(signer), encoding="utf-8")
        write_set(settings.recipients_file, office.recipients, signer)
        with office.session() as session:
            for name, (duty, unit) in STAFF.items():
                if duty is not Duty.RECOVERY:
                    role = Role.CUSTODIAN if duty is Duty.CUSTODIAN else Role.HANDLER
                    office.hire(session, name, role, unit)
            for role, unit in product(Role, UNITS):
                office.hire(session, f"{role.value}-{unit}", role, unit)
            with _stretched_once():
                for name in STAFF.keys() & office.members.keys():
                    office._give_key(session, name)
        return office

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of the tips database that both doors have open."""
        engine = open_database(self.settings.database_url)
        with Session(engine) as session:
            yield session
        engine.dispose()

    def hire(self, session: Session, name: str, role: Role, unit: str) -> MemberOfStaff:
        """An account; nobody has come in yet."""
        password = secrets.token_urlsafe(16)
        shared = accounts.add_member(session, SECRET, name, password, role, unit, now(), "test")
        self.members[name] = MemberOfStaff(name, role, unit, password, shared)
        return self.members[name]

    def tip_now(self, files: Mapping[str, bytes] | None = None, **changes: str) -> int:
        """Number of a tip that came in today, with files by their names."""
        with self.session() as session:
            tip = stages.find_by_code(session, SECRET, self.submit(session, today(), files, **changes))
            assert tip
            return tip.number

    def _give_key(self, session: Session, name: str) -> None:
        """Store a member's key of the set, wrapped under a passphrase."""
        self.members[name].passphrase = _PASSPHRASE
        pair, member = self.keys[name], accounts.find(session, name)
        member.public_key = pair.public
        member.wrapped_key = keyring._wrap(_PASSPHRASE, name, pair.private.encode())
        session.commit()


@contextmanager
def _stretched_once() -> Iterator[None]:
    """Wrap keys so that the doors can unlock them: stretched as the site does it and not as the tests do,
    which takes a second; therefore with one salt for all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyring, "hash_secret_raw", functools.cache(hash_secret_raw))
        patch.setattr(keyring.secrets, "token_bytes", functools.cache(secrets.token_bytes))
        yield
