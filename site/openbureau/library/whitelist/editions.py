"""The whitelist's editions (白名单各期), and from all of them every institution with its history."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from openbureau.clock import ISO_DAY, likely_day, start_of
from openbureau.library.bureau import Bureau
from openbureau.library.lists.disclosed import WITHHELD
from openbureau.library.lists.opening import LIST_SUFFIXES, refused_kind
from openbureau.library.places import COUNTY_CODE
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import UNCACHED, ReadingCache
from openbureau.library.records import Record
from openbureau.library.weighing.confirmation import is_confirmation, lonely_confirmations
from openbureau.library.weighing.editions import (
    NOTHING_SERVED,
    EditionCounts,
    Removal,
    ServedEditions,
    future_problems,
)
from openbureau.library.whitelist.comparison import EditionChanges, changes_by_edition
from openbureau.library.whitelist.escrow_accounts import AccountKey
from openbureau.library.whitelist.history import EditionRows, History, Issue, histories
from openbureau.library.whitelist.institutions import Institution, institution
from openbureau.library.whitelist.rows import FOLDER, SheetRows, WhitelistRow, as_problems
from openbureau.library.whitelist.workbook_parser import read_whitelist

__all__ = ["Edition", "Institution", "WhitelistContent", "read_editions"]

UNTOLD = ""
"""The county of a row that tells none: it is on the list all the same."""

TELLS_ACCOUNTS = "原始文件含有完整的收款账号，不对外提供"
"""Why a workbook is withheld."""

_NAME = re.compile(rf"({ISO_DAY})(?:-({COUNTY_CODE}))?(-batch)?", re.ASCII)


class Edition(Record, kw_only=True):
    """One workbook as the counties sent it: its day, its digest and what it counts.

    `number` counts the editions from 1 by their days. `county_codes` are the counties it speaks for: all of
    them, or the one in its file name; `speaks_for` has beside all of them the city itself and the empty code,
    for rows that tell no county. A batch (增补批次) only adds and updates. `withheld` says why the workbook
    itself is not published; empty: a copy of its values is (`copy_file`, made when publishing).
    """

    __tablename__ = "editions"
    __mapper_args__ = {"polymorphic_identity": "editions"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    number: Mapped[int]
    is_batch: Mapped[bool]
    as_of: Mapped[date]
    file: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    county_codes: Mapped[list[str]] = mapped_column(JSON)
    speaks_for: Mapped[list[str]] = mapped_column(JSON)
    rows: Mapped[int]
    on_list: Mapped[int]
    by_county: Mapped[dict[str, int]] = mapped_column(JSON)
    by_status: Mapped[dict[str, int]] = mapped_column(JSON)
    withheld: Mapped[str] = mapped_column(default="")
    by_status_basis: Mapped[dict[str, int]] = mapped_column(JSON, default_factory=dict)
    copy_file: Mapped[str] = mapped_column(default="")
    copy_size: Mapped[int] = mapped_column(default=0)
    copy_sha256: Mapped[str] = mapped_column(default="")

    @property
    def numbered(self) -> str:
        """Its number as people say it."""
        return f"第{self.number}期"

    @property
    def issue(self) -> Issue:
        """What histories, differences and answers need to know of it."""
        return Issue(
            slug=self.slug,
            as_of=self.as_of,
            county_codes=tuple(self.speaks_for),
            is_batch=self.is_batch,
            file=self.file,
        )


@dataclass(frozen=True)
class _File:
    """A workbook whose name is that of an edition; `county_code` is empty if it speaks for all."""

    path: Path
    as_of: date
    county_code: str
    is_batch: bool

    @property
    def order(self) -> tuple[date, bool, bool, str]:
        """The order of editions: of one day, a county's list, then the city's, then batches."""
        return self.as_of, self.is_batch, not self.county_code, self.path.stem


@dataclass(frozen=True, kw_only=True)
class WhitelistContent:
    """What `content/whitelist/` says: the editions, then every institution ever named; what is wrong; what
    each edition changed, and whom each complete one no longer has; what the rows of each file are."""

    records: list[Record]
    problems: list[Problem]
    counts: list[EditionCounts]
    removals: list[Removal]
    sheets: dict[str, tuple[SheetRows, ...]]


def read_editions(
    content: Path,
    bureau: Bureau,
    account_key: AccountKey | None = None,
    *,
    on: date,
    served: ServedEditions = NOTHING_SERVED,
    readings: ReadingCache = UNCACHED,
) -> WhitelistContent:
    """Read every workbook of `content/whitelist/`.

    Institutions on the newest list of their county come in its order; those no longer named follow. Account
    numbers are digested under `account_key`; without one they can be compared with nothing. An edition of a
    day after `on`, or without too many of those that were listed before, stops, if not `served` already.
    """
    problems: list[Problem] = []
    editions: list[Edition] = []
    spoken: list[EditionRows] = []
    sheets: dict[str, tuple[SheetRows, ...]] = {}
    for file in sorted(_files(content, bureau, problems), key=lambda file: file.order):
        reading = read_whitelist(
            file.path,
            as_of=file.as_of,
            counties=dict(bureau.counties),
            account_key=account_key,
            public=bureau.public_numbers,
            readings=readings,
        )
        problems += as_problems(reading.problems)
        if reading.must_stop:
            continue
        rows = tuple(_placed(row, file.county_code, bureau) for row in reading.rows)
        edition = _edition(file, len(editions) + 1, rows, bureau)
        edition.withheld = TELLS_ACCOUNTS if reading.tells_accounts else reading.withheld
        problems += _out_of_place(edition, rows, bureau)
        is_served = (edition.slug, edition.sha256) in served.lists
        problems += future_problems(f"{FOLDER}/{edition.file}", edition.as_of, on, is_served=is_served)
        if any(row.escrow_digest == "" for row in rows):
            what = "没有核对账号用的密钥，谁也不能拿账号与本期核对"
            mend = "请运行 openbureau setup，再发布一次"
            problems.append(Problem(f"{FOLDER}/{edition.file}", "", what, mend, stops=False))
        editions.append(edition)
        sheets[f"{FOLDER}/{edition.file}"] = reading.sheets
        spoken.append(EditionRows(**vars(edition.issue), rows=rows))
    tracked = histories(spoken)
    changes = changes_by_edition(tracked)
    removals = [
        _removal(content, edition, rows.rows, changes[edition.slug], bureau, served)
        for edition, rows in zip(editions, spoken, strict=True)
    ]
    problems += [problem for removal in removals for problem in removal.problems()]
    problems += lonely_confirmations(content / FOLDER, content)
    return WhitelistContent(
        records=[*editions, *_institutions(tracked, spoken, bureau)],
        problems=problems,
        counts=[_counts(edition, changes[edition.slug]) for edition in editions],
        removals=removals,
        sheets=sheets,
    )


def _counts(edition: Edition, changes: EditionChanges) -> EditionCounts:
    file = f"{FOLDER}/{edition.file}"
    return EditionCounts(file, edition.rows, changes.new, changes.changed, changes.gone)


def _removal(
    content: Path,
    edition: Edition,
    rows: Sequence[WhitelistRow],
    changes: EditionChanges,
    bureau: Bureau,
    served: ServedEditions,
) -> Removal:
    """Whom the edition no longer has, and whether its rows all lie in one county and its name says otherwise.

    A batch for the whole city may bring rows of one county: it removes nobody.
    """
    path = content / FOLDER / edition.file
    is_of_all = len(edition.county_codes) > 1
    code = "" if is_of_all and edition.is_batch else _only_county(rows, bureau)
    code = "" if edition.county_codes == [code] else code
    return Removal(
        path=path,
        file=f"{FOLDER}/{edition.file}",
        now=edition.on_list,
        before=changes.listed_before,
        lines=[f"{row.county_code or UNTOLD}\t{row.name}" for row in changes.removed],
        is_served=(edition.slug, edition.sha256) in served.lists,
        command="whitelist",
        unit="家",
        area="全市" if is_of_all else bureau.counties[edition.county_codes[0]],
        county=bureau.counties.get(code, ""),
        county_name=f"{edition.as_of}-{code}{'-batch' * edition.is_batch}{path.suffix}" if code else "",
        batch_name=f"{edition.slug}-batch{path.suffix}",
    )


def _only_county(rows: Sequence[WhitelistRow], bureau: Bureau) -> str:
    """The code of the one county in which all rows lie that tell one, if most do; else empty."""
    codes = [row.county_code or UNTOLD for row in rows]
    known = set(codes) - {UNTOLD}
    code = known.pop() if len(known) == 1 else ""
    return code if code in bureau.counties and 2 * codes.count(code) > len(codes) else ""


def _institutions(
    tracked: Iterable[History], editions: Sequence[EditionRows], bureau: Bureau
) -> list[Institution]:
    issues: dict[str, Issue] = {edition.slug: edition for edition in editions}
    number = {slug: index for index, slug in enumerate(issues)}
    order = {
        (edition.slug, row.place): index for edition in editions for index, row in enumerate(edition.rows)
    }
    areas = {code: index for index, code in enumerate([*bureau.areas, UNTOLD])}

    def by_source(history: History) -> tuple[bool, int, int, int]:
        last = history.versions[-1]
        county = areas[last.row.county_code or UNTOLD]
        return history.is_removed, county, number[last.edition], order[last.edition, last.row.place]

    return [
        institution(history, issues, bureau.areas.get(history.versions[-1].row.county_code or UNTOLD, ""))
        for history in sorted(tracked, key=by_source)
    ]


def _files(content: Path, bureau: Bureau, problems: list[Problem]) -> Iterator[_File]:
    """The files of the folder that may be editions; what is wrong with a name joins the problems."""
    stems: set[str] = set()
    for path in sorted((content / FOLDER).glob("*")):
        name = path.relative_to(content).as_posix()
        match = _NAME.fullmatch(path.stem)
        as_of = likely_day(match[1]) if match else None
        if path.name.startswith((".", "~$")) or is_confirmation(path):
            continue
        if path.name.endswith(WITHHELD) and any(
            path.with_name(path.name.removesuffix(WITHHELD) + suffix).is_file() for suffix in LIST_SUFFIXES
        ):
            continue
        if path.suffix.lower() not in LIST_SUFFIXES or not match or not as_of:
            problems.append(_misnamed(path, name))
        elif match[2] and match[2] not in bureau.counties:
            what = f"{match[2]} 不是 site.toml 里的县区代码"
            problems.append(Problem(name, "", what, "请改正文件名里的县区代码"))
        elif path.stem in stems:
            problems.append(Problem(name, "", "同一期还有另一个文件", "请只保留一个"))
        else:
            stems.add(path.stem)
            yield _File(path, as_of, match[2] or "", bool(match[3]))


def _misnamed(path: Path, name: str) -> Problem:
    """What a file is that cannot be a list, or how a list is named."""
    if path.is_file() and (fault := refused_kind(path)):
        return Problem(name, "", fault.message, fault.mend)
    mend = (
        "请按截至日期命名，如 2024-12-31.xlsx；一个县区的名单写 2024-12-31-441802.xlsx；只增补的写 "
        f"2025-03-31-batch.xlsx（{' '.join(LIST_SUFFIXES)}）"
    )
    return Problem(name, "", "文件名不是一期名单的名称", mend)


def _placed(row: WhitelistRow, county_code: str, bureau: Bureau) -> WhitelistRow:
    """The row with its county: the one it tells, else the only one its edition speaks for, else untold."""
    code = row.county_code if row.county_code in bureau.areas else county_code or UNTOLD
    return row if row.county_code == code else replace(row, county_code=code)


def _out_of_place(edition: Edition, rows: Iterable[WhitelistRow], bureau: Bureau) -> Iterator[Problem]:
    """Rows of a county's own edition that tell another county, which that edition does not speak for."""
    for row in rows:
        code = row.county_code or UNTOLD
        if code not in edition.speaks_for:
            place = "!".join(part for part in (row.source_sheet or "", str(row.source_row)) if part)
            own = bureau.areas[edition.county_codes[0]]
            what = f"这一行属于{bureau.areas[code]}，不在本期所说的{own}，没有采用"
            mend = "请核对许可证号和地址，或改正文件名"
            yield Problem(f"{FOLDER}/{edition.file}", place, what, mend, stops=False)


def _edition(file: _File, number: int, rows: Sequence[WhitelistRow], bureau: Bureau) -> Edition:
    data = file.path.read_bytes()
    listed = [row for row in rows if row.on_list]
    area = bureau.counties[file.county_code] if file.county_code else bureau.city
    day = f"{file.as_of.year}年{file.as_of.month}月{file.as_of.day}日"
    kind = "白名单增补批次" if file.is_batch else "白名单"
    return Edition(
        slug=file.path.stem,
        title=f"{area}校外培训机构{kind}（截至{day}）",
        summary=f"增补或更新{len(rows)}家机构。" if file.is_batch else f"共{len(listed)}家机构在名单内。",
        day=file.as_of.isoformat(),
        published_at=start_of(file.as_of),
        number=number,
        is_batch=file.is_batch,
        as_of=file.as_of,
        file=file.path.name,
        size=len(data),
        sha256=sha256(data).hexdigest(),
        county_codes=[file.county_code] if file.county_code else list(bureau.counties),
        speaks_for=[file.county_code] if file.county_code else [*bureau.areas, UNTOLD],
        rows=len(rows),
        on_list=len(listed),
        by_county=_counted(row.county_code for row in listed),
        by_status=_counted(row.status for row in rows),
        by_status_basis=_counted(row.status_basis for row in rows),
    )


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value or ""] = counts.get(value or "", 0) + 1
    return counts
