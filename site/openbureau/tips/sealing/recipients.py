"""Recipients of a sealed tip: decided when it comes in, never to the unit that it is about.

The set of recipients is signed with a key that is not on the server, so that nobody who controls the server
can quietly add a reader. 信访工作条例 30: what is reported must not be disclosed or handed to the unit or
person reported.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from openbureau.enums import Labelled
from openbureau.tips.sealing import NoRecipients, Sealer, signing

PURPOSE = "recipients"
MIN_RECIPIENTS = 2
"""Recipients of every sealed file: with one alone, one lost key loses the tip."""

UNIT_OTHER = "其他/不清楚"
"""The unit of a tip whose submitter could not or would not name one of the list: it may be any of them."""


class Duty(Labelled):
    """Duty of a recipient."""

    HANDLER = "handler", "办理人"
    CUSTODIAN = "custodian", "身份保管人"
    INDEPENDENT = "independent", "独立接收人"
    RECOVERY = "recovery", "恢复密钥"


@dataclass(frozen=True)
class Recipient:
    """One public key (age1…) and whose it is: the login name of an account, its duty and its unit."""

    name: str
    duty: Duty
    unit: str
    key: str


@dataclass(frozen=True)
class RecipientSet:
    """All recipients. `receiver` is the unit that receives and handles tips: a tip about it goes past all
    handlers, to the independent recipient alone (and the recovery key, which lies in a safe). A tip about
    UNIT_OTHER may be about any unit: it goes to the triage of the receiver and to nobody of the others, and
    who sent it to none of them, until its unit is set."""

    version: int
    made_on: date
    receiver: str
    recipients: tuple[Recipient, ...]

    def of_body(self, unit: str) -> tuple[Recipient, ...]:
        """Recipients who may read what a tip about `unit` says."""
        if unit == UNIT_OTHER:
            handlers = tuple(member for member in self._of(Duty.HANDLER) if member.unit == self.receiver)
        else:
            handlers = () if unit == self.receiver else self._without(unit, Duty.HANDLER)
        return *handlers, *self._without(unit, Duty.INDEPENDENT), *self._of(Duty.RECOVERY)

    def of_identity(self, unit: str) -> tuple[Recipient, ...]:
        """Recipients who may learn who sent a tip about `unit`: the custodian, else the independent one."""
        # Of an unknown unit it may be the custodian's own.
        is_theirs = unit in (self.receiver, UNIT_OTHER)
        custodians = () if is_theirs else self._without(unit, Duty.CUSTODIAN)
        return *(custodians or self._without(unit, Duty.INDEPENDENT)), *self._of(Duty.RECOVERY)

    @property
    def independent(self) -> frozenset[str]:
        """The names of the independent recipients."""
        return frozenset(member.name for member in self._of(Duty.INDEPENDENT))

    def without(self, names: Collection[str]) -> "RecipientSet":
        """The set without these people: whoever is recused from a tip gets nothing of it any more."""
        return replace(
            self, recipients=tuple(recipient for recipient in self.recipients if recipient.name not in names)
        )

    def problems(self, units: Collection[str]) -> list[str]:
        """Faults of the set for tips about these units; empty when all is well."""
        problems = []
        if not self._of(Duty.INDEPENDENT):
            problems.append("没有独立接收人")
        if not self._of(Duty.RECOVERY):
            problems.append("没有恢复密钥")
        names = [recipient.name for recipient in self.recipients]
        problems += [f"“{name}”出现了不止一次" for name in sorted({n for n in names if names.count(n) > 1})]
        for unit in units:
            for what, readers in (("内容", self.of_body(unit)), ("身份", self.of_identity(unit))):
                if len({recipient.key for recipient in readers}) < MIN_RECIPIENTS:
                    problems.append(f"反映“{unit}”的线索，{what}的接收人不足{MIN_RECIPIENTS}个")
        return problems

    def _of(self, duty: Duty) -> tuple[Recipient, ...]:
        return tuple(recipient for recipient in self.recipients if recipient.duty is duty)

    def _without(self, unit: str, duty: Duty) -> tuple[Recipient, ...]:
        return tuple(recipient for recipient in self._of(duty) if recipient.unit != unit)


def sealer_for(readers: Iterable[Recipient], *more: str) -> Sealer:
    """A Sealer for these readers, and for `more` public keys."""
    return Sealer([*dict.fromkeys([*(reader.key for reader in readers), *more])])


def write_set(path: Path, recipients: RecipientSet, signing_key: bytes) -> None:
    """Write a signed set."""
    statement = _statement(recipients)
    file = {"set": statement, "signature": signing.sign(signing_key, PURPOSE, statement)}
    path.write_text(json.dumps(file, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load_set(path: Path, public: str, units: Collection[str]) -> RecipientSet:
    """The signed set in a file, fit for tips about `units`. Raises NoRecipients whatever is wrong."""
    try:
        file = json.loads(path.read_text(encoding="utf-8"))
        statement, signature = file["set"], file["signature"]
        signing.check(public, PURPOSE, statement, signature)
        recipients = RecipientSet(
            version=statement["version"],
            made_on=date.fromisoformat(statement["made_on"]),
            receiver=statement["receiver"],
            recipients=tuple(
                Recipient(member["name"], _duty(member["duty"]), member["unit"], member["key"])
                for member in statement["recipients"]
            ),
        )
    except OSError as error:
        raise NoRecipients(f"读不到接收人名册 {path.name}：{error.strerror}") from error
    except (signing.BadSignature, signing.BadSigningKey) as error:
        raise NoRecipients(f"接收人名册 {path.name}：{error}") from error
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise NoRecipients(f"接收人名册 {path.name} 的格式不对，请重新生成。") from error
    if problems := recipients.problems(units):
        raise NoRecipients(f"接收人名册 {path.name}：{'；'.join(problems)}。")
    sealer_for(recipients.recipients)
    return recipients


def _duty(key: str) -> Duty:
    return next(duty for duty in Duty if duty.value == key)


def _statement(recipients: RecipientSet) -> dict[str, object]:
    members = [asdict(member) for member in recipients.recipients]
    return {**asdict(recipients), "made_on": recipients.made_on.isoformat(), "recipients": members}
