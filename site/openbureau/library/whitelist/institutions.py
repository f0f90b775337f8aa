"""The institutions of the whitelist as a publication keeps them: one record for each that was ever named."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, get_origin

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from openbureau.chinese.dates import FOREVER
from openbureau.chinese.pinyin import spelt_out
from openbureau.clock import start_of
from openbureau.library.lookup.names import full_form
from openbureau.library.lookup.results import LookupEntry
from openbureau.library.records import Record
from openbureau.library.whitelist.addresses import townships_of
from openbureau.library.whitelist.history import (
    History,
    InstitutionEvent,
    InstitutionEventKind,
    Issue,
    Version,
)
from openbureau.library.whitelist.rows import UNTOLD, WhitelistRow
from openbureau.library.whitelist.vocabulary import OFF_LIST

REMOVED = "已移出名单"
"""The state of an institution that the newest list of its county no longer names."""

_LISTED = {True: "在名单内", False: "不在名单内"}


class Institution(Record, kw_only=True):
    """An institution (校外培训机构) as the newest edition for its county describes it.

    One that this edition no longer names keeps its last row, with the status `已移出名单` unless that row
    already says why it left. `edition` and the source are those of the row; `as_of` is the day of the newest
    edition that speaks of it, by naming it or by leaving it out. `status_basis` says where the list tells the
    state, or that it tells none (`rows.StatusBasis`). `slug`, its name for ever, is its credit
    code, else its permit number, else one made of its name; it had `aliases` before it had a better one.
    `valid_from` and `valid_to` are ISO days, `长期`, or empty. `escrow_digest` is that of the account's
    number under the publisher's key, empty if there was none, None if the list gives no whole number; it
    leaves the publication in no form. `sounds` is the name as it is spelt in pinyin, to sort by;
    `changed_on` the day of the newest edition in which something changed. `versions` and `events` are its
    history as JSON; `history` is the same in its own form.
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
    key: Mapped[str] = mapped_column(default="")
    aliases: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    versions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default_factory=list)
    events: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default_factory=list)
    escrow_digest: Mapped[str | None] = mapped_column(default=None, repr=False)
    sounds: Mapped[str] = mapped_column(default="")
    changed_on: Mapped[date | None] = mapped_column(default=None)
    status_basis: Mapped[str] = mapped_column(default="")

    @property
    def is_listed(self) -> bool:
        """Whether it is on the list, in whatever state."""
        return self.status not in OFF_LIST and self.status != REMOVED

    @property
    def can_check_account(self) -> bool:
        """Whether the list tells its account number, so that another can be compared with it."""
        return self.escrow_digest is not None

    @property
    def teaches_subjects(self) -> bool:
        """Whether it may teach school subjects (学科类), to which stricter rules apply."""
        return self.subject_class.startswith("学科")

    @property
    def row(self) -> WhitelistRow:
        """Everything its last row says."""
        return _row(self.versions[-1]["row"])

    def rows_in(self, edition: str) -> Iterator[WhitelistRow]:
        """What the edition of that name says of it."""
        return (_row(version["row"]) for version in self.versions if version["edition"] == edition)

    @property
    def history(self) -> History:
        """What became of it over all editions."""
        return read_history(self.key, self.slug, self.aliases, self.versions, self.events)

    def state_on(self, today: date) -> str:
        """Its state in the list; “许可证已过期” when the list says 正常 and the permit has run out since."""
        if self.status == "正常" and self.has_run_out(today):
            return "许可证已过期"
        return self.status

    def has_run_out(self, today: date) -> bool:
        """Whether the permit's last day is past."""
        return self.valid_to not in ("", FOREVER) and self.valid_to < today.isoformat()


LOOKED_UP = (
    *(Institution.slug, Institution.title, Institution.uscc, Institution.uscc_state, Institution.permit_no),
    *(Institution.addr_premises, Institution.premises, Institution.addr_registered, Institution.versions),
)
"""What `lookup_entry` needs: reading all of every institution takes much longer."""


def lookup_entry(
    slug: str,
    title: str,
    uscc: str,
    uscc_state: str,
    permit_no: str,
    addr_premises: str,
    premises: list[str],
    addr_registered: str,
    versions: list[dict[str, Any]],
) -> LookupEntry:
    """What an institution can be looked up by: its names of all times, its numbers and its places."""
    rows = [version["row"] for version in versions]
    names = [name for row in rows for name in (row["name"], *row.get("former_names", ()))]
    addresses = (addr_premises, *premises, addr_registered)
    return LookupEntry(
        key=slug,
        name=title,
        former_names=tuple(name for name in dict.fromkeys(names) if name != title),
        uscc=uscc if uscc_state == "ok" else "",
        permit_no=permit_no,
        addresses=tuple(dict.fromkeys(filter(None, addresses))),
    )


def institution(history: History, editions: Mapping[str, Issue], county: str) -> Institution:
    """The record of a history, by its last version; `editions` by their slugs, `county` its county's name."""
    version = history.versions[-1]
    row = version.row
    last = history.events[-1] if history.is_removed else version
    reason = f"{editions[last.edition].as_of}的名单不再列出" if history.is_removed else ""
    status = REMOVED if history.is_removed and row.on_list else row.status or ""
    categories = list(row.categories)
    record = Institution(
        slug=history.slug,
        title=row.name,
        summary="，".join(
            part for part in (county, "、".join(categories) or row.subject_class, row.addr_premises) if part
        ),
        day=last.as_of.isoformat(),
        published_at=start_of(last.as_of),
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
        status=status,
        status_basis="" if status == REMOVED else row.status_basis or "",
        status_reason=reason if status == REMOVED else row.status_reason or "",
        edition=version.edition,
        as_of=last.as_of,
        source_file=editions[version.edition].file,
        source_sheet=row.source_sheet or "",
        source_row=row.source_row,
        key=history.key,
        aliases=list(history.aliases),
        versions=[_version(version) for version in history.versions],
        events=[_event(event) for event in history.events],
        escrow_digest=row.escrow_digest,
        sounds=spelt_out(full_form(row.name)),
        changed_on=max(event.as_of for event in history.events),
    )
    record.other_names = " ".join(_other_names(history))
    record.set_facet("county", [county])
    record.set_facet("township", townships_of(row.premises or [row.addr_premises or ""]))
    record.set_facet("category", categories or [record.subject_class])
    record.set_facet("audience", record.audiences)
    record.set_facet("status", [record.status])
    record.set_facet("listed", [_LISTED[record.is_listed]])
    record.set_facet("alias", record.aliases)
    return record


def read_history(
    key: str,
    slug: str,
    aliases: list[str],
    versions: list[dict[str, Any]],
    events: list[dict[str, Any]],
) -> History:
    """A history from the columns of its institution."""
    return History(
        key=key,
        slug=slug,
        aliases=tuple(aliases),
        versions=tuple(
            Version(
                edition=version["edition"],
                as_of=date.fromisoformat(version["as_of"]),
                row=_row(version["row"]),
            )
            for version in versions
        ),
        events=tuple(
            InstitutionEvent(
                kind=_KINDS[event["kind"]],
                as_of=date.fromisoformat(event["as_of"]),
                edition=event["edition"],
                before=_text(event["before"]),
                after=_text(event["after"]),
            )
            for event in events
        ),
    )


def _other_names(history: History) -> list[str]:
    """What else it is looked for by: numbers and places of its last row, and every earlier name."""
    row = history.versions[-1].row
    former = [version.row.name for version in history.versions if version.row.name != row.name]
    names = [row.uscc, row.permit_no, *row.former_names, *former, row.addr_premises, *row.premises]
    return list(dict.fromkeys(name or "" for name in names))


def _version(version: Version) -> dict[str, Any]:
    """A version as JSON; what the row does not say is left out, and what is told to nobody."""
    # Not `asdict`, which would copy every value of it.
    fields_of_row = vars(version.row).items()
    row = {name: value for name, value in fields_of_row if value not in (None, (), "") and name not in UNTOLD}
    return {"edition": version.edition, "as_of": version.as_of.isoformat(), "row": row}


def _event(event: InstitutionEvent) -> dict[str, Any]:
    return {**vars(event), "kind": event.kind.value, "as_of": event.as_of.isoformat()}


_KINDS = {kind.value: kind for kind in InstitutionEventKind}
_NOTHING = {field.name: () if get_origin(field.type) is tuple else None for field in fields(WhitelistRow)}


def _row(values: Mapping[str, Any]) -> WhitelistRow:
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return WhitelistRow(**{**_NOTHING, **values, **lists})


def _text(value: str | list[str]) -> str | tuple[str, str]:
    return value if isinstance(value, str) else (value[0], value[1])
