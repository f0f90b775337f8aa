"""How far apart two texts are, counted in mistypings: a wrong, missing, extra or swapped character."""

from operator import ne

MISREAD = str.maketrans("OILSZ", "01152")
"""Letters that are taken for digits in codes."""


def window_distance(text: str, longer: str, most: int) -> int | None:
    """The fewest mistypings between `text` and any run of `longer`; None if there are more than `most`.

    Optimal string alignment: two neighbours that changed places count once.
    """
    above: list[int] = []
    row = [0] * (len(longer) + 1)
    for i, character in enumerate(text, 1):
        below = [i]
        for j, other in enumerate(longer, 1):
            cost = min(row[j - 1] + (character != other), row[j] + 1, below[j - 1] + 1)
            if i > 1 and j > 1 and character == longer[j - 2] and text[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            below.append(cost)
        above, row = row, below
        if min(row) > most:
            return None
    return min(row)


def code_distance(code: str, other: str) -> int | None:
    """The mistypings between two codes of one length, or one dropped or extra character; None if more than 2.

    Neither letters taken for digits nor two neighbours that changed places count more than one.
    """
    if len(code) == len(other):
        differing = [place for place, is_other in enumerate(map(ne, code, other)) if is_other]
        if len(differing) < 2:
            return len(differing)
        if code.translate(MISREAD) == other.translate(MISREAD):
            return 1
        first, second = differing[0], differing[1]
        is_swap = second - first == 1 and (code[first], code[second]) == (other[second], other[first])
        return None if len(differing) > 2 else 1 if is_swap else 2
    short, long = sorted((code, other), key=len)
    is_one_off = len(long) - len(short) == 1 and any(
        long[:place] + long[place + 1 :] == short for place in range(len(long))
    )
    return 1 if is_one_off else None
