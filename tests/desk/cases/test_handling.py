"""A tip's way through the desk: triage, questions, merging, more time, what was found, the answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.tips import receipt_codes
from openbureau.tips.casework import assignment, conclusion, merging, messages, stages, triage
from openbureau.tips.casework.access import BadText, NotNow, NotTheirs
from openbureau.tips.casework.conclusion import Finding
from openbureau.tips.casework.dossier import open_body
from openbureau.tips.casework.stages import ImpossibleMove
from openbureau.tips.model import Action, Conclusion, DeclineReason, Matter, Stage, Tip
from openbureau.tips.sealing import CannotOpen
from support.desk_makers import RECEIVER, SECRET, TODAY, Office, events

FOUND = Finding(Conclusion.TRUE, Action.REFUND, 1, Decimal("5000.00"), Decimal("4000.50"))


class Case:
    """A tip that 甲 has taken on."""

    def __init__(self, session: Session, office: Office, **changes: str) -> None:
        self.session, self.office = session, office
        self.code = office.submit(session, **changes)
        found = stages.find_by_code(session, SECRET, self.code)
        assert found is not None
        self.number = found.number
        self.do(assignment.claim)

    @property
    def tip(self) -> Tip:
        return stages.get(self.session, self.number)

    def do(
        self,
        what: Callable[..., None],
        *arguments: object,
        by: str = "甲",
        days: int = 0,
        is_head: bool = False,
        **more: object,
    ) -> None:
        actor = replace(self.office.actor(by, days), is_head=is_head)
        recipients = self.office.recipients
        what(self.session, self.number, *arguments, actor=actor, recipients=recipients, **more)

    def said(self, private: str | None = None) -> list[tuple[str, str]]:
        """Kind and text of the messages that a key opens; of the submitter's when none is given."""
        found = []
        for message in self.tip.messages:
            try:
                text = messages.read(message, private or receipt_codes.reply_identity(self.code))["text"]
            except CannotOpen:
                continue
            found.append((message.kind.value, str(text)))
        return found

    def investigated(self, matter: Matter = Matter.ACCUSATION) -> "Case":
        self.do(triage.accept, matter)
        self.do(assignment.assign, "乙", RECEIVER)
        self.do(assignment.investigate)
        return self


# Triage


def test_an_accepted_tip_is_told_so_with_more_words_if_there_are_any(
    session: Session, office: Office
) -> None:
    case = Case(session, office)
    case.do(triage.accept, Matter.ACCUSATION, text=" 我们会在六月内联系当事单位。 ")
    assert events(case.tip)[-1] == ("moved", "accepted")
    assert case.said() == [("reason", "我们会在六月内联系当事单位。")]
    silent = Case(session, office)
    silent.do(triage.accept, Matter.ACCUSATION)
    assert silent.said() == []


def test_declining_takes_a_reason_of_the_list_and_words_that_only_the_code_opens(
    session: Session, office: Office
) -> None:
    case = Case(session, office)
    with pytest.raises(BadText, match="请填写给反映人的说明"):
        case.do(triage.decline, DeclineReason.OTHER_ORGAN, " ")
    assert case.tip.stage is Stage.SCREENING
    case.do(triage.decline, DeclineReason.OTHER_ORGAN, "请向市市场监督管理局反映。")
    assert (case.tip.stage, case.tip.decline_reason) == (Stage.DECLINED, DeclineReason.OTHER_ORGAN)
    assert case.said() == [("reason", "请向市市场监督管理局反映。")]
    assert case.said(office.keys["英德"].private) == []
    entry = next(e for e in audit_log.entries_of(session, f"tip/{case.number}") if e.event == "declined")
    assert entry.detail == '{"reason":"other-organ"}'


def test_what_is_missing_is_asked_for_and_the_tip_waits(session: Session, office: Office) -> None:
    case = Case(session, office)
    case.do(triage.complete, "请补充处罚决定书的照片。")
    assert events(case.tip)[-1] == ("moved", "awaiting")
    assert case.said() == [("question", "请补充处罚决定书的照片。")]
    case.do(triage.accept, Matter.ACCUSATION, days=2)
    assert case.tip.stage is Stage.ACCEPTED


def test_a_question_leaves_the_stage_and_a_note_is_for_the_desk_alone(
    session: Session, office: Office
) -> None:
    case = Case(session, office)
    case.do(triage.accept, Matter.ACCUSATION)
    case.do(triage.ask, "当时有几名执法人员？")
    case.do(triage.note, "已经向英德市局调卷。")
    assert case.tip.stage is Stage.ACCEPTED
    assert events(case.tip)[-1] == ("asked", "accepted")
    assert case.said() == [("question", "当时有几名执法人员？")]
    assert ("note", "已经向英德市局调卷。") in case.said(office.keys["乙"].private)


@pytest.mark.parametrize("text", ["", " \r\n ", "长" * (messages.MAX_MESSAGE_CHARACTERS + 1)])
def test_a_text_that_is_empty_or_too_long_changes_nothing(
    session: Session, office: Office, text: str
) -> None:
    case = Case(session, office)
    before = audit_log.head(session)
    for what in (triage.complete, triage.ask, triage.note):
        with pytest.raises(BadText):
            case.do(what, text)
    assert audit_log.head(session) == before
    assert not case.tip.messages


def test_no_stage_is_skipped_and_a_refused_step_leaves_no_trace(session: Session, office: Office) -> None:
    case = Case(session, office)
    before = audit_log.head(session)
    for what, *arguments in (
        (conclusion.conclude, FOUND),
        (conclusion.reply, "查明属实。"),
        (conclusion.archive,),
        (assignment.investigate,),
        (triage.reopen, "有新的情况"),
    ):
        with pytest.raises((ImpossibleMove, NotNow)):
            case.do(what, *arguments)  # type: ignore[arg-type]
    assert audit_log.head(session) == before
    assert case.said() == []


# Merging


def test_tips_with_one_decision_number_or_one_fine_are_suggested(session: Session, office: Office) -> None:
    first = Case(session, office)
    same_number = Case(session, office, doc_no="英教罚 (2026) 3号", amount="", decided_on="")
    same_fine = Case(session, office, doc_no="", amount="5,000.00元", decided_on="2026年5月20日")
    Case(session, office, doc_no="英教罚〔2026〕4号", amount="6000")
    Case(session, office, doc_no="", amount="", decided_on="")
    assert [each.number for each in merging.alike(session, first.tip)] == [
        same_number.number,
        same_fine.number,
    ]


@pytest.mark.parametrize(
    ("day", "found"), [("2026-05-13", True), ("2026-05-27", True), ("2026-05-12", False)]
)
def test_an_opened_tip_finds_fines_of_the_week_before_and_after(
    session: Session, office: Office, day: str, found: bool
) -> None:
    first = Case(session, office)
    other = Case(session, office, doc_no="", decided_on=day)
    body = open_body(first.tip, office.keys["甲"].private)
    near = merging.nearly_alike(session, first.tip, body, SECRET)
    assert [each.number for each in near] == ([other.number] if found else [])
    assert merging.alike(session, first.tip) == []


def test_a_merged_tip_is_linked_both_ways_and_gets_the_answer_of_the_other(
    session: Session, office: Office
) -> None:
    parent, child = Case(session, office).investigated(), Case(session, office, name="别人")
    child.do(merging.merge, parent.number)
    assert (child.tip.stage, child.tip.merged_into) == (Stage.MERGED, parent.number)
    assert [each.number for each in merging.children(session, parent.number)] == [child.number]
    assert audit_log.entries_of(session, f"tip/{parent.number}")[-1].event == "took-in"
    parent.do(triage.ask, "只问第一位反映人。")
    parent.do(conclusion.conclude, FOUND)
    parent.do(conclusion.reply, "查明属实，罚款已经退还。")
    assert child.said() == [("reply", "查明属实，罚款已经退还。")]
    parent.do(conclusion.archive, days=31)
    assert child.tip.stage is Stage.ARCHIVED
    assert audit_log.check_chain(session) is None


def test_a_tip_is_not_merged_into_itself_nor_into_one_that_is_over_or_of_another_unit(
    session: Session, office: Office
) -> None:
    case, declined = Case(session, office), Case(session, office)
    declined.do(triage.decline, DeclineReason.NO_LEAD, "没有时间和地点。")
    other_unit = Case(session, office, unit="连州市教育局")
    for into in (case.number, declined.number, other_unit.number):
        with pytest.raises(NotNow):
            case.do(merging.merge, into)
    parent = Case(session, office)
    case.do(merging.merge, parent.number)
    third = Case(session, office)
    with pytest.raises(NotNow, match="反过来并案"):
        parent.do(merging.merge, third.number)
    with pytest.raises(NotNow, match="不能并入"):
        third.do(merging.merge, case.number)


# More time


def test_more_time_is_granted_by_a_head_once_and_the_submitter_hears_why(
    session: Session, office: Office
) -> None:
    case = Case(session, office).investigated()
    case.do(conclusion.ask_for_time, 30, 30, "案卷正在调取。")
    assert case.said() == []
    with pytest.raises(NotNow, match="本单位负责人批准"):
        case.do(conclusion.decide_on_time, True, by="乙")
    with pytest.raises(NotNow, match="另一位负责人"):
        case.do(conclusion.decide_on_time, True, is_head=True)
    assert case.tip.extended_by is None
    case.do(conclusion.decide_on_time, True, by="连州", is_head=True)
    assert case.tip.extended_by == 30
    assert events(case.tip)[-1] == ("extended", "investigating")
    assert case.said() == [("reason", "案卷正在调取。")]
    with pytest.raises(NotNow, match="只能延长一次"):
        case.do(conclusion.ask_for_time, 5, 30, "还不够。")
    with pytest.raises(NotNow, match="没有等待批准"):
        case.do(conclusion.decide_on_time, True, by="连州", is_head=True)


def test_time_that_was_not_granted_is_not_told_and_may_be_asked_for_again(
    session: Session, office: Office
) -> None:
    case = Case(session, office).investigated()
    case.do(conclusion.ask_for_time, 30, 30, "案卷正在调取。")
    case.do(conclusion.decide_on_time, False, by="乙", is_head=True)
    assert (case.tip.extension, case.tip.extended_by, case.said()) == (None, None, [])
    case.do(conclusion.ask_for_time, 10, 30, "等待鉴定。")
    assert case.tip.extension is not None


@pytest.mark.parametrize("days", [0, -1, 31])
def test_no_more_days_are_asked_for_than_the_limit_allows(
    session: Session, office: Office, days: int
) -> None:
    case = Case(session, office).investigated()
    with pytest.raises(NotNow, match="1到30的整数"):
        case.do(conclusion.ask_for_time, days, 30, "案卷正在调取。")
    untouched = Case(session, office)
    with pytest.raises(NotNow, match="已经受理"):
        untouched.do(conclusion.ask_for_time, 5, 30, "案卷正在调取。")


# The end


def test_a_case_is_concluded_answered_and_after_the_time_for_review_archived(
    session: Session, office: Office
) -> None:
    case = Case(session, office).investigated(Matter.PETITION)
    case.do(conclusion.conclude, FOUND)
    tip = case.tip
    assert (tip.conclusion, tip.action, tip.corrected_fines) == (Conclusion.TRUE, Action.REFUND, 1)
    assert (tip.corrected_yuan, tip.refunded_yuan) == (Decimal("5000.00"), Decimal("4000.50"))
    case.do(conclusion.reply, "查明属实。")
    assert case.said() == [("reply", "查明属实。")]
    with pytest.raises(NotNow, match="可以请求复查"):
        case.do(conclusion.archive, days=30)
    case.do(conclusion.archive, days=31)
    assert case.tip.stage is Stage.ARCHIVED
    assert case.tip.stage_on == TODAY + timedelta(days=31)
    assert audit_log.check_chain(session) is None


def test_an_accusation_waits_as_long_for_the_archive_but_is_promised_no_review(
    session: Session, office: Office
) -> None:
    case = Case(session, office).investigated()
    case.do(conclusion.conclude, FOUND)
    case.do(conclusion.reply, "查明属实。")
    with pytest.raises(NotNow, match="按本单位的做法"):
        case.do(conclusion.archive, days=30)
    case.do(conclusion.archive, days=31)
    assert case.tip.stage is Stage.ARCHIVED


def test_an_answered_or_declined_tip_can_be_looked_at_again(session: Session, office: Office) -> None:
    case = Case(session, office)
    case.do(triage.decline, DeclineReason.NO_LEAD, "没有时间和地点。")
    with pytest.raises(NotNow, match="不再提问"):
        case.do(triage.ask, "还有别的吗？")
    case.do(triage.reopen, "反映人补充了决定书。")
    assert case.tip.stage is Stage.SCREENING
    assert case.said() == [("reason", "没有时间和地点。")]


def test_nobody_works_on_a_case_they_have_not_taken_on(session: Session, office: Office) -> None:
    case = Case(session, office)
    before = audit_log.head(session)
    for what, *arguments in (
        (triage.accept, Matter.ACCUSATION),
        (triage.decline, DeclineReason.NO_LEAD, "没有。"),
        (triage.complete, "请补充。"),
        (triage.ask, "为什么？"),
        (triage.note, "看过。"),
        (merging.merge, 1),
        (conclusion.ask_for_time, 5, 30, "太多。"),
        (conclusion.conclude, FOUND),
        (conclusion.reply, "查明。"),
        (conclusion.archive,),
    ):
        with pytest.raises(NotTheirs):
            case.do(what, *arguments, by="乙")  # type: ignore[arg-type]
    assert audit_log.head(session) == before
