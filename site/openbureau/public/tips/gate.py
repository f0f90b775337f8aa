"""Gate before the tip-off form against floods: a puzzle for the browser, or a sum for whoever has no
scripts. It delays and never denies, and knows nobody."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """Puzzle that a form carries: the challenge, its difficulty, the two numbers of the sum; and, where it is
    solved already, the proof or the answer."""

    challenge: str
    bits: int
    first: str
    second: str
    proof: str = ""
    answer: str = ""


class Gate:
    """The gate of one process."""

    def __init__(self, easiest: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the leading zero bits of a puzzle in calm times, and a clock of seconds."""
        self._rush = RateLimit(easiest, clock)

    def puzzle(self, secret: bytes, form_id: str, now: datetime, fields: Mapping[str, str]) -> Puzzle:
        """The puzzle of a form: the one that `fields` solve, as nobody has to solve two for one form, or else
        a fresh one, as hard as it has to be now."""
        try:
            challenge = proof_of_work.read(secret, fields.get("challenge", ""), form_id, now)
        except proof_of_work.PuzzleRefused:
            challenge = proof_of_work.issue(secret, form_id, self._rush.bits(), now)
        proof, answer = fields.get("proof", ""), fields.get("answer", "")
        is_solved = proof_of_work.is_solved(challenge, proof)
        if not is_solved and not proof_of_work.is_answered(secret, challenge, answer):
            challenge = proof_of_work.issue(secret, form_id, self._rush.bits(), now)
            proof = answer = ""
        numbers = proof_of_work.question(secret, challenge)
        return Puzzle(challenge.text, challenge.bits, *numbers, proof if is_solved else "", answer)

    def check(
        self,
        fields: Mapping[str, str],
        secret: bytes,
        form_id: str,
        now: datetime,
        opened_at: datetime | None = None,
    ) -> bool:
        """Let a form through that shows a proof of work or, more slowly, a sum; answers whether it is the
        sum. Raises GateRefused. Nothing is spent yet: see `storing`.

        The form was opened at `opened_at`, or when its puzzle was made.
        """
        try:
            challenge = proof_of_work.read(secret, fields.get("challenge", ""), form_id, now)
        except proof_of_work.PuzzleRefused:
            raise GateRefused("这一页打开得太久了，已经换了一道题，内容都在，请再提交一次。") from None
        if proof_of_work.is_solved(challenge, fields.get("proof", "")):
            return False
        if not proof_of_work.is_answered(secret, challenge, fields.get("answer", "")):
            raise GateRefused("请算一下这道加法题，用来区分人和程序；内容都在。")
        if now - (opened_at or challenge.issued_at) < MIN_FILLING_TIME:
            raise GateRefused("提交得太快了，像是程序。请等几秒钟再提交一次；内容都在。")
        _refuse_while(self._rush.wait_for_plain())
        return True

    @contextmanager
    def storing(self, is_plain: bool) -> Iterator[None]:
        """Around the storing of what `check` let through: only now a place without a proof of work is spent,
        one after another, and it is given back when nothing is stored. Raises GateRefused."""
        if is_plain:
            _refuse_while(self._rush.spend_plain())
        try:
            yield
        except BaseException:
            if is_plain:
                self._rush.return_plain()
            raise
        self._rush.note()


def _refuse_while(wait: int) -> None:
    if wait:
        message = f"现在提交的人很多，请大约{-(-wait // 60)}分钟以后再提交一次；内容都在。"
        raise GateRefused(message, status=429, wait=wait)
