"""The letters that a case may need."""

from openbureau.enums import Labelled
from openbureau.tips.model import Stage, Tip, TipEvent, TipEventKind


class Letter(Labelled):
    """A letter to the submitter, or to the body that a tip was sent to; it is a draft until the bureau has
    filled its blanks and sealed it."""

    ACCEPTED = "accepted", "受理告知书"
    DECLINED = "declined", "不予受理告知书"
    EXTENDED = "extended", "延长办理期限告知书"
    ANSWERED = "answered", "办理结果答复书"
    TRANSFERRED = "transferred", "移送函"


def letters(tip: Tip) -> list[Letter]:
    """The letters that a tip's course has reached."""
    return [letter for letter in Letter if any(belongs(letter, event) for event in tip.events)]


def belongs(letter: Letter, event: TipEvent) -> bool:
    """Whether this event is what the letter tells of."""
    if letter is Letter.EXTENDED:
        return event.event is TipEventKind.EXTENDED
    stages = {
        Letter.ACCEPTED: Stage.ACCEPTED,
        Letter.DECLINED: Stage.DECLINED,
        Letter.ANSWERED: Stage.ANSWERED,
        Letter.TRANSFERRED: Stage.TRANSFERRED,
    }
    return event.event is TipEventKind.MOVED and event.stage is stages[letter]
