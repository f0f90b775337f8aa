"""The content folder, day, clock and keys of the site that the tests visit."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from openbureau.tips.sealing import KeyPair
from openbureau.tips.sealing.recipients import Duty, Recipient, RecipientSet

TESTS = Path(__file__).parents[1]
WORKBOOKS = TESTS / "workbooks"
"""Invented workbooks of counties, with what reading them should give."""

CONTENT = TESTS / "content"
NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Noon of 1 June 2026 in China: the day on which the tests' visitors come."""


@dataclass(frozen=True)
class Keys:
    """The private halves of the set that the site seals to: `private` is the handler's, of 甲市教育局's
    legal office; `signer` signs the set."""

    handler: KeyPair
    custodian: KeyPair
    independent: KeyPair
    recovery: KeyPair
    signer: bytes

    @property
    def private(self) -> str:
        """What opens the body of a tip that is not about the receiver."""
        return self.handler.private

    def recipients(self, receiver: str) -> RecipientSet:
        """The set of these keys."""
        members = (
            Recipient("handler", Duty.HANDLER, receiver, self.handler.public),
            Recipient("custodian", Duty.CUSTODIAN, receiver, self.custodian.public),
            Recipient("independent", Duty.INDEPENDENT, "", self.independent.public),
            Recipient("recovery", Duty.RECOVERY, "", self.recovery.public),
        )
        return RecipientSet(1, NOON.date(), receiver, members)


@dataclass
class Clock:
    """A clock that the test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now
