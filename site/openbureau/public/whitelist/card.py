"""What an institution's card has besides its record: today's verdict, whom to call, where it is on a map."""

from dataclasses import dataclass
from urllib.parse import quote

from openbureau.chinese.telephones import numbers_to_call
from openbureau.library.whitelist.institutions import Institution
from openbureau.library.whitelist.verdicts import Verdict, verdict_on
from openbureau.web import publication, today


@dataclass(frozen=True)
class Contacts:
    """Numbers as a telephone dials them: the institution's own public ones, and that of its county's bureau,
    empty if site.toml tells none. `map` is where a map shows the premises, empty if there is none."""

    own: tuple[str, ...]
    office: str
    map: str


def verdict_of(institution: Institution) -> Verdict:
    """The verdict on an institution today, in the words of this publication's site.toml."""
    return verdict_on(institution, today(), publication().bureau.verdicts)


def contacts_of(institution: Institution) -> Contacts:
    """Whom to call about an institution, and where to find it."""
    bureau = publication().bureau
    office = numbers_to_call(bureau.county_phones.get(institution.county_code, ""))
    address = institution.addr_premises
    return Contacts(
        own=numbers_to_call(institution.row.phone_public or ""),
        office=next(iter(office), ""),
        map=bureau.map.replace("{address}", quote(address, safe="")) if address else "",
    )
