"""What the renderer has to say to the author of a text, kept until its line is known."""

from dataclasses import dataclass
from typing import Any

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

REMARK = "remark"
"""The type of tokens that stand where something is said, and show nothing."""


@dataclass(frozen=True)
class MarkdownRemark:
    """Something that is not on the page as it is written, or that should be written otherwise.

    `line` counts from 0. What `stops` must be mended before the text is published.
    """

    line: int
    what: str
    mend: str
    stops: bool = True


def remark_here(state: StateInline, what: str, mend: str, *, stops: bool = True) -> None:
    """Say something of the place that an inline rule has come to."""
    state.push(REMARK, "", 0).meta = {"what": what, "mend": mend, "stops": stops}


def add_remark(env: Any, line: int, what: str, mend: str, *, stops: bool = True) -> None:
    """Say something of a line, counted from 0; `env` is what a parser carries through one text."""
    env.setdefault(REMARK, []).append(MarkdownRemark(line, what, mend, stops))


def remark_of(token: Token, line: int) -> MarkdownRemark:
    """What a token of this type says, with its line."""
    return MarkdownRemark(line, token.meta["what"], token.meta["mend"], token.meta["stops"])
