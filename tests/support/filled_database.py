"""A tips database in which every table has rows and every column a value, by the ways of the application."""

from datetime import timedelta

from sqlalchemy.orm import Session

from openbureau.database import site_keys
from openbureau.library.house_rules import Retention
from openbureau.staff import Role, accounts, keyring
from openbureau.staff.login import log_in
from openbureau.tips import log_heads, opinions, receipt_codes, signing_keys, statistics
from openbureau.tips.casework import (
    assignment,
    conclusion,
    merging,
    retention,
    stages,
    submitter_actions,
    triage,
)
from openbureau.tips.casework.conclusion import Finding
from openbureau.tips.model import Action, Conclusion, DestructionReason, Matter, Stage
from openbureau.tips.opinions import OpinionAnswer, OpinionOutcome, WrittenOpinion
from support.desk_makers import RECEIVER, SECRET, TODAY, UNITS, Office
from support.desk_visitors import code_of
from support.site import NOON

PASSWORD, PASSPHRASE = "a-long-pass-phrase-of-tests", "another-long-phrase-of-tests"
CONSULTATION = "after-school-care"


def fill(session: Session, office: Office, signer: bytes) -> None:
    """Fill an empty database: four tips with all that happens to them, an opinion, accounts, keys, heads."""
    _note_keys(session, signer)
    _add_account(session, office)
    for _ in range(3):
        log_heads.add_heartbeat(session, TODAY)
    log_heads.anchor(session, signer, TODAY, NOON, "cli")
    _handle_first_tip(session, office)
    second, third, fourth = (office.tip(session) for _ in range(3))
    submitter_actions.withdraw(session, stages.get(session, second), TODAY)
    retention.propose(
        session, second, DestructionReason.REQUEST, office.actor(), office.recipients, Retention()
    )
    assignment.claim(session, third, office.actor(), office.recipients)
    merging.merge(session, third, 1, office.actor(), office.recipients)
    _archive(session, office, fourth)
    _take_opinion(session, office)
    rules = statistics.Rules(UNITS, {}, {})
    statistics.freeze(session, TODAY, rules, NOON, "cli")
    log_heads.anchor(session, signer, TODAY + timedelta(days=1), NOON + timedelta(days=1), "cli")


def _note_keys(session: Session, signer: bytes) -> None:
    secret = site_keys.fingerprint(SECRET)
    site_keys.note(session, site_keys.SECRET, secret, TODAY, NOON, "cli")
    signing_keys.note(session, signer, TODAY, NOON, "cli")


def _add_account(session: Session, office: Office) -> None:
    shared = accounts.add_member(session, SECRET, "甲", PASSWORD, Role.HANDLER, RECEIVER, NOON, "cli")
    keyring.create_key(session, "甲", PASSPHRASE, office.keys["恢复"].public, NOON)
    assert log_in(session, SECRET, "甲", PASSWORD, code_of(shared, NOON), NOON)


def _handle_first_tip(session: Session, office: Office) -> None:
    office.submit(session, files={"notice.txt": b"a notice of a fine\n" * 20})
    recipients, actor = office.recipients, office.actor()
    assignment.claim(session, 1, actor, recipients)
    assignment.assign(session, 1, "乙", RECEIVER, actor, recipients)
    assignment.recuse(session, 1, "连州", actor, recipients)
    triage.accept(session, 1, Matter.PETITION, actor, recipients)
    triage.ask(session, 1, "哪一天？", actor, recipients)
    triage.note(session, 1, "已电话联系。", actor, recipients)
    conclusion.ask_for_time(session, 1, 10, 30, "需要向银行核实。", actor, recipients)


def _archive(session: Session, office: Office, number: int) -> None:
    recipients, actor = office.recipients, office.actor()
    assignment.claim(session, number, actor, recipients)
    assignment.assign(session, number, "乙", RECEIVER, actor, recipients)
    triage.accept(session, number, Matter.ACCUSATION, actor, recipients)
    assignment.investigate(session, number, actor, recipients)
    conclusion.conclude(session, number, Finding(Conclusion.TRUE, Action.REFUND, 1), actor, recipients)
    conclusion.reply(session, number, "已经退还。", actor, recipients)
    submitter_actions.rate(session, stages.get(session, number), 5, TODAY)
    conclusion.archive(session, number, office.actor(days=60), recipients)
    assert stages.get(session, number).stage is Stage.ARCHIVED


def _take_opinion(session: Session, office: Office) -> None:
    written = WrittenOpinion("第三条", "费用应当按月公示，并写明依据。", "0763-1234567", "")
    form_id = receipt_codes.new_form_id()
    opinions.submit(session, SECRET, form_id, CONSULTATION, written, office.recipients, TODAY)
    answer = OpinionAnswer("第三条", "按月公示费用", "已写入第三条。", OpinionOutcome.PARTLY)
    opinions.answer(session, 1, answer, office.recipients, NOON, "甲", "handler")
