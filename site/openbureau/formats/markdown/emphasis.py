"""Bold and emphasis between Chinese characters, where there are no blanks; asterisks that are none stay.

CommonMark asks for blanks or punctuation outside (commonmark-spec issue 650): 按照**《办法》**规定 would
not be bold, and 长*宽*高 and 138****5678 would lose their asterisks.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline.state_inline import Delimiter, StateInline

_TAGS = {1: ("em",), 2: ("strong",), 3: ("strong", "em")}
"""What runs of so many marks mean; longer ones are blanks to fill in and numbers made unreadable."""

_NEVER_FIRST = frozenset("，。、；：！？）〕】》〉」』”’,.;:!?)]}%")
_NEVER_LAST = frozenset("（〔【《〈「『“‘([{")
_LATIN = re.compile("[0-9A-Za-z]")


def emphasis_plugin(parser: MarkdownIt) -> None:
    """Give a parser these rules instead of its own."""
    parser.inline.ruler.at("emphasis", _open_or_close)
    parser.inline.ruler2.at("emphasis", _paired)


def can_open_and_close(before: str, mark: str, length: int, after: str) -> tuple[bool, bool]:
    """Whether a run of marks between two characters (empty: none) may begin emphasis, and end it."""
    if length not in _TAGS:
        return False, False
    can_open = bool(after.strip()) and after not in _NEVER_FIRST
    can_close = bool(before.strip()) and before not in _NEVER_LAST
    if mark == "_" or length == 1:
        return can_open and not before.isalnum(), can_close and not after.isalnum()
    # 2**3**4 is a power.
    is_inside_word = bool(_LATIN.match(before) and _LATIN.match(after))
    return can_open and not is_inside_word, can_close and not is_inside_word


def _open_or_close(state: StateInline, silent: bool) -> bool:
    mark = state.src[state.pos]
    if silent or mark not in "*_":
        return False
    end = state.pos
    while end < state.posMax and state.src[end] == mark:
        end += 1
    length = end - state.pos
    before = state.src[state.pos - 1 : state.pos]
    can_open, can_close = can_open_and_close(before, mark, length, state.src[end : end + 1])
    token = state.push("text", "", 0)
    token.content = state.src[state.pos : end]
    if can_open or can_close:
        # Only runs of one mark and length belong together: the balancing compares this number.
        kind = ord(mark) + 256 * length
        place = len(state.tokens) - 1
        state.delimiters.append(Delimiter(kind, length, place, -1, can_open, can_close))
    state.pos = end
    return True


def _paired(state: StateInline) -> None:
    metas = [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    for delimiters in (state.delimiters, *metas):
        for opening in delimiters:
            if opening.end < 0 or opening.marker < 256:
                continue
            tags = _TAGS[opening.length]
            first, last = state.tokens[opening.token], state.tokens[delimiters[opening.end].token]
            first.type = last.type = "html_inline"
            first.content = "".join(f"<{tag}>" for tag in tags)
            last.content = "".join(f"</{tag}>" for tag in reversed(tags))
