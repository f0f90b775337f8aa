"""Unified social credit codes (统一社会信用代码, GB 32100-2015) and permit numbers as sheets hold them."""

import re
from operator import mul, ne
from typing import Literal, NamedTuple

from stdnum.cn import uscc

from openbureau.chinese.folding import GAP, half_width

State = Literal["ok", "pending", "missing", "invalid"]

EXACT_BELOW = 10**15
"""A spreadsheet keeps 15 digits of a number; longer ones have lost their last digits."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18

MAX_SLIPS = 2
"""More slips than this make another code of one."""

LONG_NUMBER = re.compile("[0-9A-Z]{13}")
"""Part of a text with a credit code or permit number, at a glance."""
CODE_CELL = re.compile(r"\D{0,4}\d[0-9A-Z]{12,17}号?")
"""A credit code or permit number, sound or not, as a cell has it once folded and in capitals (教民1…号)."""

_FORM = re.compile(rf"[0-9]{{8}}[{ALPHABET}]{{10}}")
_INNER_VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_LOOK_ALIKES = {"O": "0", "I": "1", "S": "5", "Z": "2", "l": "1"}
"""Characters that no credit code has, and the digits they are typed for."""
_MEANT = str.maketrans(_LOOK_ALIKES)
_AS_DIGITS = str.maketrans(_LOOK_ALIKES | {"L": "1"})
"""For comparing. L is a character of credit codes, and also what an l becomes in capitals."""
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_PENDING = re.compile("是|待.*|.*(?:办理|申请|申领|申办|换证|换发|审批|在办|办证).*")
_MISSING = re.compile(r"(?:无|暂无|没有|未提供|不详|未办理?|n/?a|none|null|[-/\\—_.、*?]*)", re.IGNORECASE)
_COUNTY_STARTS = {13: 0, 15: 1}
"""How many digits a permit number has, in the form of 2004 and in the longer one, and how many of them stand
before its county code."""
_DIGITS = re.compile(r"\d+")
_NOISE = re.compile(f"[{GAP}'’‘`\"]+")


class CreditCode(NamedTuple):
    """What a cell says about the credit code.

    `code` is the normalised text of the cell (None if pending, missing or lost to rounding);
    `lost` a number whose last digits the spreadsheet has dropped; `suggestion` the sound code that
    letters typed for digits (O/0, I/1, S/5, Z/2) seem to stand for, never applied; `inner_fault` a
    code that fits as a whole but whose 17th character does not fit GB 11714.
    """

    code: str | None
    state: State
    lost: bool = False
    suggestion: str | None = None
    inner_fault: bool = False
    text: str = ""


def compact(text: str) -> str:
    """Half width, without white space and stray quotation marks; letters keep their case."""
    if text.isalnum() and text.isascii():
        return text
    return _NOISE.sub("", half_width(text))


def inner_digit_fits(code: str) -> bool:
    """Whether character 17 is the check digit of characters 9 to 16 (GB 11714-1997)."""
    values = map(_INNER_VALUES.__getitem__, code[8:16])
    remainder = 11 - sum(map(mul, values, _INNER_WEIGHTS)) % 11
    return "?123456789X0"[remainder] == code[16]


def has_form(code: str) -> bool:
    """Whether a code has digits and letters in the places of one, whatever its check digits."""
    return bool(_FORM.fullmatch(code))


def is_sound(code: str) -> bool:
    """Whether both check digits of the code fit."""
    return _is_valid(code) and inner_digit_fits(code)


def _is_valid(code: str) -> bool:
    """`uscc.is_valid` for a code without gaps and in capitals, in half its time."""
    return bool(_FORM.fullmatch(code)) and uscc.calc_check_digit(code[:-1]) == code[-1]


def is_rounded(value: object) -> bool:
    """Whether a cell's value is a number, or the print of one, that has lost digits."""
    if isinstance(value, (int, float)):
        return abs(value) >= EXACT_BELOW or not float(value).is_integer()
    # What begins with a letter (教民…) is seen at once to be no number.
    return isinstance(value, str) and not value[:1].isalpha() and bool(_SCIENTIFIC.fullmatch(compact(value)))


def read_credit_code(value: object, text: str) -> CreditCode:
    """Read the cell's `value`, whose plain text is `text`."""
    plain = compact(text)
    if _is_valid(plain):
        return CreditCode(plain, "ok", inner_fault=not inner_digit_fits(plain))
    if _MISSING.fullmatch(plain):
        return CreditCode(None, "missing", text=plain)
    if _PENDING.fullmatch(plain):
        return CreditCode(None, "pending", text=plain)
    if is_rounded(value):
        return CreditCode(None, "invalid", lost=True)
    labelled = re.search(r"[:：]([0-9A-Za-z]{18})$", plain)
    code = labelled[1].upper() if labelled else plain.upper() if plain.isalnum() else uscc.compact(plain)
    if _is_valid(code):
        return CreditCode(code, "ok", inner_fault=not inner_digit_fits(code))
    meant = uscc.compact(plain.translate(_MEANT))
    return CreditCode(code, "invalid", suggestion=meant if meant != code and is_sound(meant) else None)


def fault_of(code: str) -> str:
    """Why a code that is not sound is none, in words that follow its name."""
    if len(code) != LENGTH:
        return f"应为{LENGTH}位，现为{len(code)}位"
    if strange := sorted(set(code) - set(ALPHABET)):
        return f"含有代码中不会出现的字符 {'、'.join(strange)}"
    return "校验位不符，至少有一位写错（GB 32100）"


def code_distance(one: str, other: str) -> int | None:
    """How many slips make one code of the other, whatever its kind; None if more than two.

    A letter that is read as a digit (O, I, L, S, Z for 0, 1, 1, 5, 2) is that digit and no slip. One slip is
    a wrong, missing or added character, or two neighbours changed about; two are two wrong characters. GB
    32100 finds each slip: two sound credit codes are never one apart.
    """
    one, other = one.translate(_AS_DIGITS), other.translate(_AS_DIGITS)
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        is_one_more = len(long) - len(short) == 1 and any(
            long[:index] + long[index + 1 :] == short for index in range(len(long))
        )
        return 1 if is_one_more else None
    count = sum(map(ne, one, other))
    if count != MAX_SLIPS:
        return count if count < MAX_SLIPS else None
    first, last = (index for index, is_wrong in enumerate(map(ne, one, other)) if is_wrong)
    is_swap = last - first == 1 and one[first] == other[last] and one[last] == other[first]
    return 1 if is_swap else MAX_SLIPS


def county_code_of(permit_no: str) -> str:
    """The county code (GB/T 2260) in the digits of a permit number; empty if they are none."""
    start = _COUNTY_STARTS.get(len(permit_no), len(permit_no))
    return permit_no[start : start + 6]


def read_permit_number(text: str) -> str | None:
    """The digits of a permit number (教民144180270000020号), None if the cell has none.

    Permits carry 13 digits (2004 form) or 15; other text around them is dropped.
    """
    digits = _DIGITS.findall(compact(text))
    return next((run for run in digits if len(run) in _COUNTY_STARTS), "".join(digits)) or None
