"""The standing of an institution as of a past day (“我交费那天”), by the editions of the whitelist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openbureau.chinese.dates import FOREVER
from openbureau.enums import Labelled
from openbureau.library.whitelist.history import History, InstitutionEventKind, Issue, Version
from openbureau.library.whitelist.rows import WhitelistRow


class Standing(Labelled):
    """Where an institution stood on a day, by the list in force for its county."""

    LISTED = "listed", "在名单内"
    REMOVED = "removed", "已移出名单"
    STRUCK_OFF = "struck_off", "名单注明已退出"
    NOT_YET = "not_yet", "尚未列入名单"
    NO_EDITION = "no_edition", "当日尚无名单"


@dataclass(frozen=True, kw_only=True)
class AsOfAnswer:
    """What the register says for `day`, which lies between `edition` and `next_edition`.

    `edition` was in force for the institution's county: the last one with an as-of day not after `day`;
    `next_edition` is the first one after it. Either is None if there is none. `version` is what the list
    last said of it by then (None if nothing), `next_version` what a list first said of it after. The two
    validities tell whether the permit was valid on `day` by those versions, None if their days do not tell;
    after a late renewal the next one knows better.
    """

    day: date
    standing: Standing
    edition: Issue | None
    next_edition: Issue | None
    version: Version | None
    next_version: Version | None
    permit_valid: bool | None
    permit_valid_by_next: bool | None

    @property
    def is_listed(self) -> bool:
        """Whether the list then in force named it, in whatever state but struck off."""
        return self.standing is Standing.LISTED


def answer_on(history: History, day: date, editions: Sequence[Issue]) -> AsOfAnswer:
    """The answer for `day`; `editions` are all there are, in their order. Later ones never change it."""
    versions = [version for version in history.versions if version.as_of <= day]
    later = history.versions[len(versions) :]
    version = versions[-1] if versions else None
    next_version = later[0] if later else None
    county = (version or history.versions[0]).row.county_code or ""
    speaking = [edition for edition in editions if county in edition.county_codes]
    before = [edition for edition in speaking if edition.as_of <= day]
    after = [edition for edition in speaking if edition.as_of > day]
    return AsOfAnswer(
        day=day,
        standing=_standing(history, day, version, is_spoken_for=bool(before)),
        edition=before[-1] if before else None,
        next_edition=after[0] if after else None,
        version=version,
        next_version=next_version,
        permit_valid=permit_valid_on(version.row, day) if version else None,
        permit_valid_by_next=permit_valid_on(next_version.row, day) if next_version else None,
    )


def permit_valid_on(row: WhitelistRow, day: date) -> bool | None:
    """Whether the permit was valid on `day` by the days of the row; None if they are missing."""
    text = day.isoformat()
    has_begun = row.valid_from <= text if row.valid_from else None
    has_not_ended = (row.valid_to == FOREVER or text <= row.valid_to) if row.valid_to else None
    if has_begun is False or has_not_ended is False:
        return False
    return True if has_begun and has_not_ended else None


def _standing(history: History, day: date, version: Version | None, *, is_spoken_for: bool) -> Standing:
    if version is None:
        return Standing.NOT_YET if is_spoken_for else Standing.NO_EDITION
    if not version.row.on_list:
        return Standing.STRUCK_OFF
    presence = (InstitutionEventKind.ADDED, InstitutionEventKind.REMOVED, InstitutionEventKind.RETURNED)
    events = [event for event in history.events if event.kind in presence and event.as_of <= day]
    return Standing.REMOVED if events[-1].kind is InstitutionEventKind.REMOVED else Standing.LISTED
