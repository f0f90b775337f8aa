"""Unified social credit codes (统一社会信用代码, GB 32100-2015) and permit numbers as sheets hold them."""

import re
from operator import mul, ne
from typing import Literal, NamedTuple

from stdnum.cn import uscc

from openbureau.chinese.folding import GAP, half_width, tidy

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
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{18}(?![0-9A-Za-z])")
_DIGITS = re.compile(r"\d+")
_WHOLE_DIGITS = re.compile(r"(?<!\d)(?<!\d[-./_])\d+(?!\d|[-./_]\d)")
_HYPHENATED = re.compile(r"(?=(?:\d-?){13}(?:(?:\d-?){2})?$)(?:1-?)?[1-8](?:-?\d){5}-?7(?:-?\d){6,7}")
"""A permit number of a training institution of which hyphens part the digits (144-1802-7000-0034)."""
_PERMIT_WORDS = re.compile(r"(?:教民|教体|教培|体民|文民|科民)\D{0,4}(\d{10,})\D{0,4}")
"""What is printed on permits before and behind their number, however many digits clerks gave it."""
_DOCUMENT_NUMBER = re.compile(r"[〔\[(【]\d{4}[〕\])】]\D{0,6}\d+号?")
_BETWEEN_NUMBERS = (re.compile(r"[、,;|\n]+"), re.compile(r"[、,;|/\n]+"), re.compile(r"[\s和及与]+"))
"""What stands between several numbers in one cell, the surest first."""
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
    # A label, a remark or a permit number may stand beside it.
    codes = list(filter(_is_valid, _CODE.findall(plain.upper())))
    if len(codes) == 1:
        return CreditCode(codes[0], "ok", inner_fault=not inner_digit_fits(codes[0]))
    if _MISSING.fullmatch(plain):
        return CreditCode(None, "missing", text=plain)
    if _PENDING.fullmatch(plain):
        return CreditCode(None, "pending", text=plain)
    if is_rounded(value):
        return CreditCode(None, "invalid", lost=True)
    code = plain.upper() if plain.isalnum() else uscc.compact(plain)
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


def without_codes(text: str) -> str:
    """The text without the credit codes in it, which another number may stand beside."""
    plain = half_width(text)
    if _is_valid(compact(text)):
        return ""
    return _CODE.sub(lambda match: " " if _is_valid(match[0].upper()) else match[0], plain)


def says_nothing(text: str) -> bool:
    """Whether a cell for a number says that there is none, or none yet (无, 办理中)."""
    plain = compact(text)
    return bool(_MISSING.fullmatch(plain) or _PENDING.fullmatch(plain))


def county_code_of(permit_no: str) -> str:
    """The county code (GB/T 2260) in the digits of a permit number; empty if they are none."""
    start = _COUNTY_STARTS.get(len(permit_no)) if permit_no.isdecimal() else None
    return "" if start is None else permit_no[start : start + 6]


def has_permit_length(permit_no: str) -> bool:
    """Whether a number of digits alone is as long as those of permits are."""
    return len(permit_no) in _COUNTY_STARTS


def meant_permit_no(text: str) -> str:
    """The permit number that letters typed for digits (O for 0) seem to stand for; empty if they do not."""
    plain = compact(text).upper()
    meant = re.sub("(?<=[0-9])[OIL]+(?=[0-9OIL])|[IL](?=[0-9OIL]{12})", _digits_meant, plain)
    runs = [run for run in _WHOLE_DIGITS.findall(meant) if len(run) in _COUNTY_STARTS]
    return runs[0] if meant != plain and len(runs) == 1 else ""


def _digits_meant(match: re.Match[str]) -> str:
    return match[0].translate(_AS_DIGITS)


def is_document_number(permit: str) -> bool:
    """Whether a permit is told by the number of the document that grants it (粤清体培核〔2023〕5号).

    Several institutions may be granted by one document: it tells none from another.
    """
    return bool(_DOCUMENT_NUMBER.search(half_width(permit)))


def read_permit_numbers(text: str) -> tuple[str, ...]:
    """The numbers of the permits in a cell, none if it has no digit.

    A number of the national form has 13 digits (2004) or 15, or stands behind 教民: of it the digits count,
    whatever stands around (教民144180270000020号). Any other number (441802-6-0012, 粤清体培核〔2023〕5号)
    stays as it is written.
    """
    wide = half_width(text)
    for between in _BETWEEN_NUMBERS:
        parts = [part for part in between.split(wide) if part.strip()]
        if len(parts) > 1 and all(map(_is_whole_permit, parts)):
            return tuple(dict.fromkeys(number for part in parts for number in _permits(part)))
    return _permits(text)


def _is_whole_permit(text: str) -> bool:
    runs = _DIGITS.findall(compact(text))
    return any(len(run) in _COUNTY_STARTS for run in runs) or is_document_number(text)


def _permits(text: str) -> tuple[str, ...]:
    plain = compact(text)
    if _HYPHENATED.fullmatch(plain):
        return (plain.replace("-", ""),)
    national = [run for run in _WHOLE_DIGITS.findall(plain) if len(run) in _COUNTY_STARTS]
    if national:
        return tuple(dict.fromkeys(national))
    if printed := _PERMIT_WORDS.fullmatch(plain):
        return (printed[1],)
    return (tidy(text),) if _DIGITS.search(plain) else ()
