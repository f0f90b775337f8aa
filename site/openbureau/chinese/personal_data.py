"""Finding personal data that must never be published: identity numbers and mobile numbers."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from openbureau.chinese.credit_codes import is_sound
from openbureau.chinese.folding import half_width, plain_dashes, without_invisible

PersonalData = Literal["pii_id", "pii_mobile"]

NAMES: dict[PersonalData, str] = {"pii_id": "身份证号码", "pii_mobile": "手机号码"}
"""What a kind of personal data is called."""

MAX_GROUPS_OF_PERMIT = 5
MAX_GAP = 4
"""The widest gap inside a number, in characters: wider ones part two numbers."""

_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_DAY = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_REGION = rf"(?:{_PROVINCE}|9\d)\d{{4}}"
_IDENTITY = re.compile(rf"(?<![0-9A-Za-z]){_REGION}[\s-]?{_DAY}[\s-]?\d{{3}}[\dXx](?![0-9A-Za-z])")
_SPACED_IDENTITY = re.compile(rf"(?<![0-9A-Za-z]){_REGION}{_DAY}\d{{3}}[\dXx](?![0-9A-Za-z])")
_GAP = rf"[\s-]{{1,{MAX_GAP}}}"
_BETWEEN_DIGITS = re.compile(rf"(?<=\d)\s{{1,{MAX_GAP}}}(?=[\dXx])")

_RUN = re.compile(rf"\d+(?:{_GAP}\d+)*")
"""Digits with gaps, as far as they go on."""
_GROUP = re.compile(r"\d+")
MOBILE = r"1[3-9]\d{9}"
"""The pattern of a mobile number as it is dialled at home."""
_MOBILE = re.compile(rf"(?:(?:00)?86|0)?({MOBILE})")
"""A mobile number, with the code of the country or the zero of a call to another city before it."""
_DIGITS = 11
"""Of a mobile number without the code of the country."""
_USUAL_GROUPS = {(3, 4, 4), (4, 3, 4), (3, 8), (7, 4)}
"""How many digits stand together where a mobile number is written with gaps."""
_LEAST_IN_GROUP = 3
"""With fewer digits together, the figures of a table would be one number."""
_DECIMALS = re.compile(r"\.\d{1,10}(?!\d)")
_AMOUNT = re.compile(r"(?:[万亿]?元|[万亿]|平方米|人次|%)")
"""What follows a figure and no number of a telephone."""
_ADDRESS = re.compile(
    r"(?:https?://[^/\s]+|\]\(|(?:href|src)=[\"']?)/[-\w!#$%&*+./:=?@~]+", re.IGNORECASE | re.ASCII
)
"""An address of a page up to its end: the numbers in it are those of articles and files."""
_TELEPHONE = re.compile(r"(?:tel|phone|mobile|sms|call|contact|user|wx|sj|dh)\w*[=/:]\W*$", re.IGNORECASE)
"""What in an address says that a telephone follows."""
_LETTERS_BEFORE = re.compile(r"[A-Za-z][0-9A-Za-z]*$")
_SERIAL_END = re.compile(r"[A-Za-z](?![0-9A-Za-z])")
_HASH = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{20,}(?![0-9A-Za-z])")
"""A digest, as programs write one."""
_PERMIT_BEFORE = re.compile(r"(?:教民|许可证|证号)\D{0,3}$")
_PERMIT = re.compile(
    rf"1{_PROVINCE}(?!00)\d\d(?!00)\d\d([1-9])\d{{7}}|{_PROVINCE}(?!00)\d\d(?!00)\d\d[1-9]\d{{6}}"
)
"""A permit number of 15 digits (1, county, kind of school, serial number), or of 13 in the form of 2004."""
_NAMED_PERMIT = re.compile(r"教民\D{0,3}$")
_LIKE_PERMIT = re.compile(f"1{_PROVINCE}")
_NOBODYS = ("141", "144", "146")
"""What numbers of machines begin with, in 13 digits: no person has one of 11 (工信部电信网编号计划)."""
_TRAINING = "7"
"""The kind of school, in a permit number, that is a training institution."""

_PLAIN = re.compile("[\\s!-~\u00b7\u2018-\u201d\u3001-\u3011\u4e00-\u9fff\uff01-\uff5e]*")
"""Characters that no folding takes away or turns into anything but their half width."""
_LIKE_MOBILE = re.compile(r"[1１](?:(?<!\d.)|(?<=[6６0０].))[\s－-]*[3-9３-９](?:[\s－-]*\d){9}(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(1[3-9]\d)[.·](\d{4})[.·](\d{4})(?![\d.])")
"""A mobile number as some write it: 138.0013.8000."""
_LIKE_IDENTITY = re.compile(r"[1-9１-９](?<![0-9A-Za-z].)(?:[\s－-]*\d){16}[\s－-]*[\dXxＸｘ](?![0-9A-Za-z])")
"""All that may be such a number, of either width and with gaps anywhere, so that nothing need be folded."""


class PersonalNumber(NamedTuple):
    """One number of a person as it is compared: digits alone. It must never be shown, logged or kept."""

    kind: PersonalData
    digits: str

    def __repr__(self) -> str:
        return f"PersonalNumber({self.kind})"


def looks_harmless(*texts: str) -> bool:
    """Whether one first look at all the texts shows that none is personal data; in doubt it is not shown.

    A large sheet is looked through row by row in a fifth of the time its cells would take.
    """
    # No number reaches over the sign between two texts.
    text = "|".join(texts)
    return (
        _PLAIN.fullmatch(text) is not None
        and not _LIKE_MOBILE.search(text)
        and not _LIKE_IDENTITY.search(text)
        and not _DOTTED.search(text)
    )


def personal_data(text: str, public: Collection[str] = ()) -> tuple[PersonalData, ...]:
    """The kinds of personal data in the text, none of which it repeats.

    An identity number (GB 11643) has 18 characters: a region, a birthday, a serial number, a check
    digit; a mistyped one is personal data too, so the check digit need not fit. A credit code of 18
    digits that merely looks like one is let through if its own check digits fit and the identity
    number's does not. A mobile number has 11 digits from 13 to 19 on, alone or in the usual groups;
    landlines (0763-…) and 400 numbers are not personal data here, nor are the mobile numbers that are
    `public`. A permit number with gaps (教民1441802 7000 0037号) is no mobile number.
    """
    return tuple(dict.fromkeys(number.kind for number in personal_numbers(text, public)))


def personal_numbers(text: str, public: Collection[str] = ()) -> list[PersonalNumber]:
    """The numbers themselves, to compare them with each other; those that are `public` left out."""
    if looks_harmless(text):
        return []
    plain = _DOTTED.sub(r"\1-\2-\3", plain_dashes(without_invisible(half_width(text))))
    numbers = [PersonalNumber("pii_id", number) for number in _identities(plain)]
    numbers += [PersonalNumber("pii_mobile", number) for number in _mobiles(plain)]
    return [number for number in dict.fromkeys(numbers) if number.digits not in public]


def mobile_number(text: str) -> str:
    """The digits of a text that is one mobile number and nothing else; empty if it is none."""
    numbers = personal_numbers(text)
    digits = "".join(_GROUP.findall(plain_dashes(half_width(text))))
    is_one = len(numbers) == 1 and numbers[0].kind == "pii_mobile" and digits.endswith(numbers[0].digits)
    return numbers[0].digits if is_one else ""


def _identities(plain: str) -> Iterator[str]:
    for number in _IDENTITY.findall(plain):
        compact = re.sub(r"[\s-]", "", number)
        if _checks(compact) or not is_sound(compact):
            yield compact.upper()
    joined = _BETWEEN_DIGITS.sub("", plain)
    yield from (number.upper() for number in _SPACED_IDENTITY.findall(joined) if _checks(number))


def _checks(number: str) -> bool:
    """Whether the last character is the check digit of ISO 7064, MOD 11-2."""
    total = sum(int(digit) * pow(2, 17 - index, 11) for index, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def _mobiles(plain: str) -> Iterator[str]:
    others = [match.span() for pattern in (_ADDRESS, _HASH) for match in pattern.finditer(plain)]
    for run in _RUN.finditer(plain):
        groups = _GROUP.findall(run[0])
        before, after = plain[: run.start()][-16:], plain[run.end() :][:16]
        is_inside = any(start <= run.start() and run.end() <= end for start, end in others)
        if is_inside and len(run[0]) == _DIGITS and not _TELEPHONE.search(before):
            continue
        if _LETTERS_BEFORE.search(before) and _SERIAL_END.match(after):
            continue
        groups = list(_without_permits(groups, before))
        if re.search(r"\d\.$", before) and len(groups) == 1:
            continue
        if len(groups) == 1 and (_DECIMALS.match(after) or _AMOUNT.match(after)):
            continue
        yield from _mobiles_of(groups)


def _mobiles_of(groups: Sequence[str]) -> Iterator[str]:
    """The mobile numbers in groups of digits: whole groups, some in the usual sizes, or all of them."""
    for first, group in enumerate(groups):
        if match := _MOBILE.fullmatch(group):
            yield match[1]
        for size in (2, 3):
            some = groups[first : first + size]
            match = _MOBILE.fullmatch("".join(some))
            if match and _sizes(some, match[1]) in _USUAL_GROUPS:
                yield match[1]
    sizes = sorted(map(len, groups))
    is_one = sizes[0] == sizes[-1] or (len(groups) <= 3 and sizes[0] >= _LEAST_IN_GROUP)
    if len(groups) > 1 and is_one and (match := _MOBILE.fullmatch("".join(groups))):
        yield match[1]


def _sizes(groups: Sequence[str], number: str) -> tuple[int, ...]:
    """How many digits of the number each group has: the first may begin with the code of the country."""
    others = [len(group) for group in groups[1:]]
    return len(number) - sum(others), *others


def _without_permits(groups: Sequence[str], before: str) -> Iterator[str]:
    """The groups of digits that are no parts of a permit number; a sign between those it stood between."""
    first = 0
    if _NAMED_PERMIT.search(before) and _LIKE_PERMIT.match(groups[0]):
        # Whatever its length: what follows 教民 is a permit number, also one that is cut off.
        first = 1
        yield ""
    while first < len(groups):
        ends = range(first + 2, min(first + MAX_GROUPS_OF_PERMIT, len(groups)) + 1)
        end = next((end for end in ends if _is_permit("".join(groups[first:end]), before)), None)
        yield "" if end else groups[first]
        first = end or first + 1


def _is_permit(digits: str, before: str) -> bool:
    """Whether digits, the gaps taken out, are a permit number: by its form or by what stands before it."""
    match = _PERMIT.fullmatch(digits)
    return match is not None and (
        match[1] == _TRAINING or digits.startswith(_NOBODYS) or bool(_PERMIT_BEFORE.search(before))
    )
