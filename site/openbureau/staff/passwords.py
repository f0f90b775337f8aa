"""Passwords: how they are kept, and which are refused."""

import unicodedata
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from openbureau.turns import Turns

MIN_PASSWORD_CHARACTERS = 12
MAX_PASSWORD_CHARACTERS = 128

# argon2id, 64 MiB, three passes (RFC 9106; OWASP's floor is 19 MiB).
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

# Whoever guesses takes at most three threads of the desk, and no more memory than two hashes.
_turns = Turns(2, 2, 3)

# What a guesser tries first here, besides runs and repetitions (OWASP ASVS 5.0, 6.2.4 and 6.2.11).
_GUESSED = (
    "password", "passw0rd", "qwerty", "asdfgh", "zxcvbn", "1q2w3e", "iloveyou", "letmein", "welcome", "admin",
    "woaini", "mima", "qingyuan", "jiaoyuju", "jiaoyu", "openbureau", "guangdong", "qyjyj", "清远", "教育局",
)  # fmt: skip
_MIN_DIFFERENT_CHARACTERS = 5


class BadPassword(ValueError):
    """The password is too short, too long or among the first that anybody would guess."""


def hash_password(password: str) -> str:
    """The hash to keep. Raises BadPassword, which says what to change."""
    folded = unicodedata.normalize("NFKC", password)
    if not MIN_PASSWORD_CHARACTERS <= len(folded) <= MAX_PASSWORD_CHARACTERS:
        raise BadPassword(f"密码需要 {MIN_PASSWORD_CHARACTERS} 到 {MAX_PASSWORD_CHARACTERS} 个字符。")
    rest = folded.lower()
    for word in _GUESSED:
        rest = rest.replace(word, "")
    rest = "".join(letter for letter in rest if not letter.isspace())
    if len(set(rest)) < _MIN_DIFFERENT_CHARACTERS or _is_run(rest):
        raise BadPassword("这个密码太容易猜到：请不要用常见的词、连续或者重复的字符、单位名称和拼音。")
    return _hasher.hash(folded)


def matches(password_hash: str, password: str, *, is_preferred: bool = True) -> bool:
    """Whether a password is the one kept. Raises NoTurn: it was not looked at."""
    with _turns.take(is_preferred=is_preferred):
        try:
            return _hasher.verify(password_hash, _tried(password))
        except VerifyMismatchError:
            return False


def waste_time(password: str, *, is_preferred: bool = True) -> None:
    """Cost as much as `matches`, so that no clock tells an unknown name from a wrong password. Raises
    NoTurn."""
    with _turns.take(is_preferred=is_preferred):
        _hasher.hash(_tried(password))


def _tried(password: str) -> str:
    return unicodedata.normalize("NFKC", password[: MAX_PASSWORD_CHARACTERS + 1])


def _is_run(text: str) -> bool:
    """Whether most neighbours follow one another, as in 123456789012 or abcdefghijkl."""
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    return sum(step in (-1, 0, 1) for step in steps) > 0.7 * len(steps)
