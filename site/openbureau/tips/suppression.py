"""Small numbers are not published: one or two tips of one place and kind would tell who sent them.

A cell of one or two becomes SMALL. When a total is known, one more cell becomes HIDDEN, or the small one
could be computed from the others. Which one is hidden, and whether a table is published at all, follows from
its order and from what is published anyway, never from a hidden value: else the choice itself would tell it.
"""

from collections.abc import Mapping

SMALL = "1–2"
HIDDEN = "不公布"
FEWEST = 3
"""The least count that is published as it is (besides none at all)."""

FEWEST_TO_DIVIDE = 7
"""The least total whose table is published at all: of fewer, what is hidden can sometimes be guessed."""

Shown = dict[str, int | str]


def divided(counts: Mapping[str, int]) -> Shown | None:
    """A table whose cells add up to a published total, as it may be shown; None: not at all."""
    total = sum(counts.values())
    small = [key for key, count in counts.items() if 0 < count < FEWEST]
    if 0 < total < FEWEST_TO_DIVIDE:
        return None
    if not small:
        return dict(counts)
    hidden = sum(counts[key] for key in small)
    large = [key for key, count in counts.items() if count >= FEWEST]
    if large:
        # Both one and two must be possible for every small cell, with three or more left for the other.
        if hidden + counts[large[-1]] < len(small) + 1 + FEWEST:
            return None
    elif not len(small) < hidden < 2 * len(small):
        return None
    shown: Shown = {**counts, **dict.fromkeys(small, SMALL)}
    return {**shown, **dict.fromkeys(large[-1:], HIDDEN)}


def overlapping(counts: Mapping[str, int], total: int) -> Shown | None:
    """A table in which each of `total` tips is in one cell or several, as it may be shown; None: not at
    all."""
    small = [key for key, count in counts.items() if 0 < count < FEWEST]
    if 0 < total < FEWEST_TO_DIVIDE:
        return None
    known = sum(count for key, count in counts.items() if key not in small)
    # Every tip is somewhere: if the others do not suffice, a small cell must be two.
    if small and known + 2 * len(small) - 1 < total:
        return None
    return {**counts, **dict.fromkeys(small, SMALL)}
