"""Gate before the tip-off form against floods: a puzzle for the browser, or a sum for whoever has no
scripts. It delays and never denies, and knows nobody."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from openbureau.tips import receipt_codes
from openbureau.tips.form import proof_of_work
from openbureau.tips.form.rate_limit import RateLimit

MIN_FILLING_TIME = timedelta(seconds=8)
"""In which nobody reads the notice and fills in the form by hand."""


class GateRefused(Exception):
    """Not now, or not so: the message says what to do, `field` where. `wait` is in seconds."""

    def __init__(self, message: str, *, field: str = "answer", status: int = 422, wait: int = 0) -> None:
        super().__init__(message)
        self.field = field
        self.status = status
        self.wait = wait


@dataclass(frozen=True)
class Puzzle:
    """Puzzle that the last page carries: the challenge, its difficulty, and the two numbers of the sum."""

    challenge: str
    bits: int
    first: str
    second: str


class Gate:
    """The gate of one process."""

    def __init__(self, easiest: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the leading zero bits of a puzzle in calm times, and a clock of seconds."""
        self._rush = RateLimit(easiest, clock)

    def puzzle(self, secret: bytes, form_id: str, now: datetime) -> Puzzle:
        """A puzzle for a form, as hard as it has to be now."""
        challenge = proof_of_work.issue(secret, form_id, self._rush.bits(), now)
        return Puzzle(challenge.text, challenge.bits, *proof_of_work.question(secret, challenge))

    def check(self, fields: Mapping[str, str], secret: bytes, form_id: str, now: datetime) -> None:
        """Let a form through that shows a proof of work or, more slowly, a sum. Raises GateRefused.

        The form's own token has been verified.
        """
        try:
            challenge = proof_of_work.read(secret, fields.get("challenge", ""), form_id, now)
        except proof_of_work.PuzzleRefused:
            raise GateRefused("这一页打开得太久了，已经换了一道题，内容都在，请再提交一次。") from None
        if proof_of_work.is_solved(challenge, fields.get("proof", "")):
            return
        if not proof_of_work.is_answered(secret, challenge, fields.get("answer", "")):
            raise GateRefused("请算一下这道加法题，用来区分人和程序；内容都在。")
        if now - receipt_codes.opened_at(fields["form"]) < MIN_FILLING_TIME:
            raise GateRefused("提交得太快了，像是程序。请等几秒钟再提交一次；内容都在。")
        if wait := self._rush.wait_for_plain():
            minutes = -(-wait // 60)
            message = f"现在提交的人很多，请大约{minutes}分钟以后再提交一次；内容都在。"
            raise GateRefused(message, status=429, wait=wait)

    def note(self) -> None:
        """A tip was taken in."""
        self._rush.note()
