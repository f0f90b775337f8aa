"""索引号: what every document is filed under in the 政府信息公开目录 — the bureau's code, a year, a serial.

`11441700007280420Y/2021-00050`: the credit code of the organ (GB 32100; GB 11714 on older pages), the year,
five digits. A file says only year and serial; the code stands once in `site.toml`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from openbureau.library.front_matter import ContentFile
from openbureau.library.problems import Problem

NUMBER = re.compile(r"(?P<year>20[0-9]{2})-(?P<serial>[0-9]{5})")


def read_index_no(file: ContentFile) -> str:
    """Year and serial, `2026-00012`; that there is none `number_problems` tells, which knows the next."""
    text = file.text("index_no", required=False)
    if text and not NUMBER.fullmatch(text):
        file.fault("index_no", f"index_no is “{text}”", "write the year and a five-digit serial: 2026-00012")
    return text


def number_problems(files: Iterable[ContentFile]) -> Iterator[Problem]:
    """Documents with no number, with one that another has, or with one of a year still to come.

    `files` are those of documents, not of standing pages.
    """
    numbered = [(file, str(file.values.get("index_no") or "")) for file in files if file.values]
    last: Counter[str] = Counter()
    for _, number in numbered:
        if match := NUMBER.fullmatch(number):
            last[match["year"]] = max(last[match["year"]], int(match["serial"]))
    holders: dict[str, str] = {}
    for file, number in numbered:
        year = str(file.values.get("published_at") or "")[:4]
        what = ""
        if not number:
            what, mend = "index_no is missing", "add index_no: {}"
        elif number in holders:
            what, mend = f"index_no {number} is taken", f"{holders[number]} has it: take {{}}"
        elif number[:4] > year and year:
            what, mend = f"index_no {number} is of a year after the publication", "take {}"
        if what:
            last[year] += 1
            free = mend.format(f"{year or 2026}-{last[year]:05}")
            yield Problem(file.path, str(file.lines.get("index_no", 1)), what, f"{free}, the next free one")
        holders.setdefault(number, file.path)
