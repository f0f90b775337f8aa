"""The whitelist's editions (白名单各期) and the institutions of the newest one for each county."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from openbureau.library.bureau import Bureau
from openbureau.library.files import BEIJING
from openbureau.library.problems import Problem
from openbureau.library.records import Record
from openbureau.library.whitelist import read_whitelist
from openbureau.library.whitelist_records import FOLDER, Reading, Row
from openbureau.library.whitelist_words import OFF_LIST

SUFFIXES = (".xlsx", ".xls", ".ods", ".csv")
OPEN_END = "长期"
"""The word a permit without an end has in place of its last day."""

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)(?:-(\d{6}))?")


class Edition(Record, kw_only=True):
    """One workbook as the counties sent it: its day, its digest and what it counts.

    `county_codes` are the counties it speaks for: all of them, or the one in its file name.
    """

    __tablename__ = "editions"
    __mapper_args__ = {"polymorphic_identity": "editions"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    as_of: Mapped[date]
    file: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    county_codes: Mapped[list[str]] = mapped_column(JSON)
    rows: Mapped[int]
    on_list: Mapped[int]
    by_county: Mapped[dict[str, int]] = mapped_column(JSON)
    by_status: Mapped[dict[str, int]] = mapped_column(JSON)


class Institution(Record, kw_only=True):
    """An institution (校外培训机构) as the newest edition for its county describes it.

    Its name for ever is its credit code, else its permit number, else its name within the county.
    `valid_from` and `valid_to` are ISO days, `长期`, or empty.
    """

    __tablename__ = "institutions"
    __mapper_args__ = {"polymorphic_identity": "whitelist"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    uscc: Mapped[str]
    uscc_state: Mapped[str]
    permit_no: Mapped[str]
    issuer: Mapped[str]
    county_code: Mapped[str]
    county: Mapped[str]
    addr_premises: Mapped[str]
    addr_registered: Mapped[str]
    premises: Mapped[list[str]] = mapped_column(JSON)
    subject_class: Mapped[str]
    categories: Mapped[list[str]] = mapped_column(JSON)
    audiences: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[str]
    valid_to: Mapped[str]
    escrow_bank: Mapped[str]
    escrow_name: Mapped[str]
    escrow_last4: Mapped[str]
    status: Mapped[str]
    status_reason: Mapped[str]
    edition: Mapped[str]
    as_of: Mapped[date]
    source_file: Mapped[str]
    source_sheet: Mapped[str]
    source_row: Mapped[int]

    @property
    def is_listed(self) -> bool:
        """Whether it is on the list, in whatever state."""
        return self.status not in OFF_LIST

    @property
    def teaches_subjects(self) -> bool:
        """Whether it may teach school subjects (学科类), to which stricter rules apply."""
        return self.subject_class.startswith("学科")

    def state_on(self, today: date) -> str:
        """Its state in the list; “许可证已过期” when the list says 正常 and the permit has run out since."""
        if self.status == "正常" and self.has_run_out(today):
            return "许可证已过期"
        return self.status

    def has_run_out(self, today: date) -> bool:
        """Whether the permit's last day is past."""
        return self.valid_to not in ("", OPEN_END) and self.valid_to < today.isoformat()


def read_editions(content: Path, bureau: Bureau) -> tuple[list[Record], list[Problem]]:
    """Read every workbook of `content/whitelist/`; the newest edition of a county gives its institutions."""
    problems: list[Problem] = []
    editions: list[tuple[Edition, Reading]] = []
    for path in sorted((content / FOLDER).glob("*")):
        name = path.relative_to(content).as_posix()
        match = _NAME.fullmatch(path.stem)
        if path.name.startswith((".", "~$")):
            continue
        if path.suffix.lower() not in SUFFIXES or not match or not _is_day(match[1]):
            kinds = " ".join(SUFFIXES)
            mend = f"name it by its day, 2024-12-31.xlsx, or for a county 2024-12-31-441802.xlsx ({kinds})"
            problems.append(Problem(name, "", "this is not the name of an edition", mend))
            continue
        if match[2] and match[2] not in bureau.counties:
            problems.append(
                Problem(name, "", f"{match[2]} is not a county of site.toml", "correct the county code")
            )
            continue
        as_of = date.fromisoformat(match[1])
        reading = read_whitelist(path, as_of=as_of, counties=dict(bureau.counties))
        problems += [problem.as_problem() for problem in reading.problems]
        if not reading.must_stop:
            codes = [match[2]] if match[2] else list(bureau.counties)
            editions.append((_edition(path, as_of, codes, reading.rows, bureau), reading))
    newest: dict[str, tuple[Edition, Reading]] = {}
    for edition, reading in sorted(editions, key=lambda pair: (pair[0].as_of, len(pair[0].county_codes))):
        newest |= dict.fromkeys(edition.county_codes, (edition, reading))
    institutions: dict[str, Institution] = {}
    for code in bureau.counties:
        if code in newest:
            edition, reading = newest[code]
            for row in reading.rows:
                if row.county_code == code:
                    institution = _institution(row, edition, bureau.counties)
                    if institution.slug in institutions:
                        institution.slug += f"-{code}-{row.source_row}"
                    institutions[institution.slug] = institution
    return [*(edition for edition, _ in editions), *institutions.values()], problems


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _edition(path: Path, as_of: date, codes: list[str], rows: Sequence[Row], bureau: Bureau) -> Edition:
    data = path.read_bytes()
    listed = [row for row in rows if row.on_list]
    area = bureau.city if len(codes) > 1 else bureau.counties[codes[0]]
    return Edition(
        slug=path.stem,
        title=f"{area}校外培训机构白名单（截至{as_of.year}年{as_of.month}月{as_of.day}日）",
        summary=f"共{len(listed)}家机构在名单内。",
        day=as_of.isoformat(),
        published_at=_start_of(as_of),
        as_of=as_of,
        file=path.name,
        size=len(data),
        sha256=sha256(data).hexdigest(),
        county_codes=codes,
        rows=len(rows),
        on_list=len(listed),
        by_county=_counted(row.county_code for row in listed),
        by_status=_counted(row.status for row in rows),
    )


def _institution(row: Row, edition: Edition, counties: Mapping[str, str]) -> Institution:
    county = counties.get(row.county_code or "", "")
    has_code = row.uscc_state == "ok" and row.uscc
    by_name = sha256(f"{row.county_code} {row.name}".encode()).hexdigest()[:12]
    categories = list(row.categories)
    institution = Institution(
        slug=(row.uscc if has_code else row.permit_no or f"n-{by_name}") or "",
        title=row.name,
        summary="，".join(
            part for part in (county, "、".join(categories) or row.subject_class, row.addr_premises) if part
        ),
        day=edition.day,
        published_at=_start_of(edition.as_of),
        uscc=row.uscc or "",
        uscc_state=row.uscc_state,
        permit_no=row.permit_no or "",
        issuer=row.issuer or "",
        county_code=row.county_code or "",
        county=county,
        addr_premises=row.addr_premises or "",
        addr_registered=row.addr_registered or "",
        premises=list(row.premises),
        subject_class=row.subject_class or "",
        categories=categories,
        audiences=list(row.audiences),
        valid_from=row.valid_from or "",
        valid_to=row.valid_to or "",
        escrow_bank=row.escrow_bank or "",
        escrow_name=row.escrow_name or "",
        escrow_last4=row.escrow_last4 or "",
        status=row.status or "",
        status_reason=row.status_reason or "",
        edition=edition.slug,
        as_of=edition.as_of,
        source_file=edition.file,
        source_sheet=row.source_sheet or "",
        source_row=row.source_row,
    )
    institution.other_names = " ".join(
        [
            institution.uscc,
            institution.permit_no,
            *row.former_names,
            institution.addr_premises,
            *institution.premises,
        ]
    )
    institution.set_facet("county", [county])
    institution.set_facet("category", categories or [institution.subject_class])
    institution.set_facet("audience", institution.audiences)
    institution.set_facet("status", [institution.status])
    return institution


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value or ""] = counts.get(value or "", 0) + 1
    return counts
