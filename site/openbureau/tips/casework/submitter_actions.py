"""Actions of the holder of a receipt code: answer, add, withdraw, step forward by name, rate.

The log knows the day and that it was the submitter, nothing else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.database.audit_log import LoggedChange
from openbureau.tips import receipt_codes
from openbureau.tips.casework import messages, stages
from openbureau.tips.form.submission import Submission
from openbureau.tips.model import MessageKind, Stage, Tip, TipEvent, TipEventKind, subject
from openbureau.tips.sealing.files import SealedFile
from openbureau.tips.sealing.recipients import RecipientSet, sealer_for

MAX_MESSAGES = 100
"""Of one submitter about one tip."""

MAX_MESSAGES_A_DAY = 10
"""Of one submitter about one tip: nothing finer than a day is kept."""

MAX_TIP_FILES = 40
"""Of one tip, those of the form and of all that was added."""

MAX_TIP_BYTES = 100 * 1024 * 1024
"""Of all sealed files of one tip together."""

MAX_UNPROVED_BYTES = 10 * 1024 * 1024
"""Of all sealed files of one tip, up to which more may be sent without a proof of work: the puzzle before
the tip itself is no ticket for as many files as there is room for."""

MAX_RATING = 5

_OVER = {Stage.WITHDRAWN, Stage.ARCHIVED, Stage.DESTROYED}
_BACK_TO_TRIAGE = {MessageKind.ANSWER: Stage.AWAITING, MessageKind.ADDITION: Stage.ANSWERED}
_EVENTS = {MessageKind.ANSWER: TipEventKind.ANSWERED, MessageKind.ADDITION: TipEventKind.ADDED}


class NotPossible(ValueError):
    """The tip's stage does not allow this; the message says why and what remains."""


def may_say(tip: Tip) -> bool:
    """Whether anything may still be added."""
    return tip.stage not in _OVER


def may_withdraw(tip: Tip) -> bool:
    """Whether the tip may still be taken back."""
    return Stage.WITHDRAWN in stages.MOVES[tip.stage]


def may_name(tip: Tip) -> bool:
    """Whether an anonymous submitter may still give a name."""
    return tip.identity is None and may_say(tip)


def may_rate(tip: Tip) -> bool:
    """Whether there is an answer to rate."""
    return tip.stage is Stage.ANSWERED


def is_asked(tip: Tip) -> bool:
    """Whether the last word is a question of the staff."""
    visible = [message for message in tip.messages if message.kind is not MessageKind.NOTE]
    return bool(visible) and visible[-1].kind is MessageKind.QUESTION


def check_may_say(tip: Tip, today: date) -> None:
    """Raises NotPossible when nothing more may be added, or not today; ask it before files are read."""
    if not may_say(tip):
        raise NotPossible("这条线索已经撤回或者归档，不能再补充。有新的情况，请另外提交一次。")
    own = [message for message in tip.messages if not message.by_staff]
    if len(own) >= MAX_MESSAGES:
        raise NotPossible("补充的次数太多了，不能再添加。")
    if sum(message.day == today for message in own) >= MAX_MESSAGES_A_DAY:
        raise NotPossible(
            f"今天已经补充了{MAX_MESSAGES_A_DAY}次，请明天再来，一次多写一些；着急的，请打电话或者当面反映。"
        )


def check_room_for_files(tip: Tip, files: int = 1, size: int = 0) -> None:
    """Raises NotPossible when so many more files, so many bytes when sealed, are more than a tip may have."""
    if len(tip.attachments) + files > MAX_TIP_FILES or _stored_bytes(tip) + size > MAX_TIP_BYTES:
        raise NotPossible(
            f"一条线索最多{MAX_TIP_FILES}个文件、{MAX_TIP_BYTES // 2**20}MB，已有{len(tip.attachments)}个，"
            "这次的放不下。请写明还有什么材料，由工作人员联系取证，或者当面、邮寄交来。"
        )


def needs_proof(tip: Tip) -> bool:
    """Whether further files need a proof of work of their own."""
    return _stored_bytes(tip) >= MAX_UNPROVED_BYTES


def say(
    session: Session,
    tip: Tip,
    code: str,
    text: str,
    recipients: RecipientSet,
    today: date,
    files: Sequence[SealedFile] = (),
    sealed_for: str = "",
) -> bool:
    """Answer the question that stands open, or add something. The same again is taken once: False then.
    `sealed_for` is the unit of the tip when the files were sealed: those that were sealed for others than may
    read it now are not taken.

    Raises NotPossible and SealingFailed; then nothing is stored. The caller refuses an empty or too long
    text.
    """
    with _change(session, today, tip) as (change, tip):
        if _is_repeated(tip, code, text, files):
            raise _Nothing
        check_may_say(tip, today)
        if files:
            check_room_for_files(tip, len(files), sum(file.size for file in files))
        if files and sealed_for != tip.unit:
            raise NotPossible("工作人员刚刚更正了被反映单位，文件要重新加密：请重新选择文件，再提交一次。")
        kind = MessageKind.ANSWER if is_asked(tip) else MessageKind.ADDITION
        sealer = messages.sealer(recipients, tip, kind)
        messages.store(session, change, tip, kind, False, today, text, sealer, files)
        if tip.stage is _BACK_TO_TRIAGE[kind]:
            stages.enter(tip, Stage.SCREENING, today, _EVENTS[kind])
            change.log("moved", subject(tip.number), stage=Stage.SCREENING)
        else:
            _note(tip, _EVENTS[kind], today)
        return True
    return False


def withdraw(session: Session, tip: Tip, today: date) -> None:
    """Take a tip back. Raises NotPossible."""
    with _change(session, today, tip) as (change, tip):
        if not may_withdraw(tip):
            raise NotPossible(f"线索现在是“{tip.stage.label}”，不能撤回。")
        stages.enter(tip, Stage.WITHDRAWN, today)
        change.log("withdrawn", subject(tip.number))


def give_name(
    session: Session, tip: Tip, submission: Submission, recipients: RecipientSet, today: date
) -> None:
    """Add the identity that a named `submission` tells, without problems of it. Raises NotPossible and
    SealingFailed."""
    identity = submission.identity_document()
    with _change(session, today, tip) as (change, tip):
        if identity is None or not may_name(tip):
            raise NotPossible("这条线索已经是实名，或者已经结束，不能再改。")
        tip.identity = sealer_for(recipients.without(tip.recused).of_identity(tip.unit)).seal(identity)
        _note(tip, TipEventKind.NAMED, today)
        change.log("named", subject(tip.number), set=recipients.version)


def rate(session: Session, tip: Tip, rating: int, today: date) -> None:
    """Rate the answer, 1 to MAX_RATING; a later rating replaces an earlier one. Raises NotPossible."""
    with _change(session, today, tip) as (change, tip):
        if not may_rate(tip) or not 1 <= rating <= MAX_RATING:
            raise NotPossible("答复以后才能评价；请从列表中选择。")
        if tip.rating is None:
            _note(tip, TipEventKind.RATED, today)
        tip.rating = rating
        change.log("rated", subject(tip.number), rating=rating)


class _Nothing(Exception):
    """The action has been done before."""


@contextmanager
def _change(session: Session, today: date, tip: Tip) -> Iterator[tuple[LoggedChange, Tip]]:
    number = tip.number
    try:
        with audit_log.change(session, today.isoformat(), audit_log.SUBMITTER, audit_log.SUBMITTER) as change:
            yield change, stages.locked(session, number)
    except _Nothing:
        pass


def _stored_bytes(tip: Tip) -> int:
    return sum(attachment.size for attachment in tip.attachments)


def _note(tip: Tip, event: TipEventKind, today: date) -> None:
    tip.events.append(TipEvent(day=today, event=event, stage=tip.stage))


def _is_repeated(tip: Tip, code: str, text: str, files: Sequence[SealedFile]) -> bool:
    """Whether the submitter's last words were just these: a page that is loaded again posts them again."""
    own = [message for message in tip.messages if not message.by_staff]
    if not own or tip.messages[-1] is not own[-1]:
        return False
    last = messages.read(own[-1], receipt_codes.reply_identity(code))
    last_files = last["files"] if isinstance(last["files"], list) else []
    return last["text"] == text and [description["sha256"] for description in last_files] == [
        file.description["sha256"] for file in files
    ]
