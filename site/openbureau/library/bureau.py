"""The bureau the site speaks for: `content/site.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from openbureau.chinese.credit_codes import compact, fault_of, inner_digit_fits, read_credit_code
from openbureau.chinese.personal_data import mobile_number
from openbureau.chinese.telephones import numbers_to_call
from openbureau.library import house_rules
from openbureau.library.house_rules import HouseRules, read_house_rules
from openbureau.library.places import COUNTY_CODE
from openbureau.library.problems import Problem
from openbureau.library.reported_figures import ReportedFigure, read_reported
from openbureau.library.time_limits import TimeLimit, read_clocks
from openbureau.library.toml_files import line_of, read_toml
from openbureau.library.verdict_rules import VerdictRules, read_verdict_rules

FILE = "site.toml"

RECHECK_DAYS = 365
"""Calendar days after which a document is to be compared with its source again, unless site.toml says so."""

_ORGANISATION_CODE = re.compile("[0-9A-Z]{8}[0-9X]")
_POLICE = re.compile(r".公网安备\s*(\d+)号", re.ASCII)


@dataclass(frozen=True)
class Contact:
    """How to reach the bureau; an empty value is not known yet, not printed, and refused in production."""

    address: str
    postcode: str
    phone: str
    hours: str
    email: str


@dataclass(frozen=True)
class Footer:
    """What a government site must print at its foot (国办发〔2017〕47号 and 国办秘函〔2019〕19号)."""

    sponsor: str
    operator: str
    site_code: str
    icp: str
    police: str
    conac_url: str
    report_error_url: str

    def report_error(self, address: str) -> str:
        """Where to tell the national platform (政府网站找错) of an error on the page at `address`; empty when
        the bureau has not said where. The platform reads the page's address from `url`."""
        if not self.report_error_url:
            return ""
        where = urlsplit(self.report_error_url)
        query = "&".join(filter(None, (where.query, urlencode({"url": address}))))
        return where._replace(query=query).geturl()

    @property
    def police_url(self) -> str:
        """Where the public security organs show the record of the site (公安备案); empty without a number."""
        number = _POLICE.fullmatch(self.police)
        return f"https://beian.mps.gov.cn/#/query/webSearch?code={number[1]}" if number else ""


@dataclass(frozen=True)
class Bureau:
    """Names, codes and closed lists of one bureau.

    `counties` maps the GB/T 2260 code to the name; `units` is the closed list a clue may be about,
    `retention` says how long one is kept, `signed_by` with which public key the set of those who may read
    one is signed, `clocks` how long each step of handling one may take, and `house` the rules for handling
    and destroying one that no law sets;
    `mark` is the address on this host of the picture beside the name, empty for the stand-in of the house;
    `fee_rules` and `annual_report` are addresses of documents; `refund_guide` and `before_paying`, too, or
    empty; `map` is the address of a map with {address} in it, empty if pages lead to none;
    `county_phones` are public numbers of the counties' bureaus by their codes; `verdicts` is how an
    institution's card words its verdict;
    `hub` is the WebSub hub that watches the feeds, empty if there is none;
    `wechat` is the name of the bureau's 公众号, empty if it has none, `wechat_url` what its QR code says;
    `recheck_days` is after how many calendar days a document is to be compared with its source again;
    `reported` are figures of supervision that the bureau itself has reported;
    `public_numbers` are mobile numbers that may stand in what is published;
    `tag_authority` (RFC 4151) names the entries of the feeds and must never change.
    """

    demo: bool
    recheck_days: int
    language: str
    name: str
    short_name: str
    site_name: str
    tagline: str
    city: str
    organ_code: str
    tag_authority: str
    national_platform: str
    fee_rules: str
    annual_report: str
    hub: str
    wechat: str
    wechat_url: str
    reported: tuple[ReportedFigure, ...]
    counties: Mapping[str, str]
    topics: tuple[str, ...]
    units: tuple[str, ...]
    retention: str
    signed_by: str
    clocks: Mapping[str, TimeLimit]
    house: HouseRules
    contact: Contact
    footer: Footer
    refund_guide: str
    before_paying: str
    map: str
    county_phones: Mapping[str, str]
    verdicts: VerdictRules
    public_numbers: frozenset[str] = frozenset()
    mark: str = ""

    @property
    def areas(self) -> dict[str, str]:
        """The counties, and the city itself for what is under it directly (市直)."""
        return {**self.counties, **{f"{code[:4]}00": "市直" for code in self.counties}}


_FIELDS: dict[str, set[str]] = {
    "bureau": {"name", "short_name", "site_name", "tagline", "city", "organ_code", "tag_authority", "mark"},
    "contact": {field.name for field in fields(Contact)},
    "footer": {field.name for field in fields(Footer)},
    "links": {
        *("national_platform", "fee_rules", "annual_report", "hub"),
        *("wechat", "wechat_url"),
        *("refund_guide", "before_paying", "map"),
    },
    "topics": {"names"},
    "disclosure": {"public_numbers"},
    "tip_off": {"units", "retention", "signed_by", *house_rules.NAMES},
}
_KNOWN = {
    "demo",
    "recheck_days",
    "language",
    "counties",
    "county_phones",
    "verdicts",
    "reported",
    "clocks",
    "retention",
    "disclosure",
    *_FIELDS,
}


def read_bureau(content: Path) -> tuple[Bureau | None, list[Problem]]:
    """Read `site.toml`; None when it cannot be used at all."""
    try:
        data, source, problems = read_toml(content / FILE, FILE)
    except FileNotFoundError:
        return None, [Problem(FILE, "", "the file is missing", "copy it from the example content")]
    if problems:
        return None, problems

    def fault(name: str, what: str, mend: str) -> None:
        problems.append(Problem(FILE, line_of(source, name), what, mend))

    def table(name: str) -> dict[str, Any]:
        value = data.get(name)
        if not isinstance(value, dict):
            fault(name, f"there is no table [{name}]", f"add [{name}]")
            return {}
        return value

    def texts(name: str, wanted: type[Contact] | type[Footer]) -> dict[str, str]:
        values = table(name)
        return {field.name: text(values, field.name, required=False) for field in fields(wanted)}

    def text(values: dict[str, Any], name: str, *, required: bool = True) -> str:
        value = values.get(name, "")
        if not isinstance(value, str):
            fault(name, f"{name} is not text", "put it in quotes")
            return ""
        if required and not value.strip():
            fault(name, f"{name} is empty", "fill it in")
        return value.strip()

    def names(values: dict[str, Any], name: str) -> tuple[str, ...]:
        value = values.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            fault(name, f"{name} is not a list of names", f'write {name} = ["…", "…"]')
            return ()
        return tuple(value)

    def counties(values: dict[str, Any]) -> dict[str, str]:
        for code, name in values.items():
            if not re.fullmatch(COUNTY_CODE, code) or not isinstance(name, str) or not name.strip():
                fault(code, f"{code} is not a county", 'write its six-digit code and name: 441802 = "…"')
        return {code: str(name) for code, name in values.items()}

    def county_phones(values: Any) -> dict[str, str]:
        known = data.get("counties") or {}
        for code, number in values.items():
            if code not in known or not isinstance(number, str) or not numbers_to_call(number):
                mend = f'write the code of a county and a number to call: {next(iter(known), "…")} = "0763-…"'
                fault(code, f"{code} is no county with a telephone number", mend)
        return {code: str(number).strip() for code, number in values.items()}

    for name in [*(data.keys() - _KNOWN), *_unknown(data)]:
        fault(name, f"{name} is not known here", "correct its name or remove it")
    reported, faults = read_reported(data.get("reported", []))
    for what in faults:
        fault("reported", what, "give it measure, value, unit, as_of, definition and source, and no more")
    clocks, clock_faults = read_clocks(table("clocks"))
    for name, what, mend in clock_faults:
        fault(name, what, mend)
    head, links, tip_off = table("bureau"), table("links"), table("tip_off")
    house, house_faults = read_house_rules(tip_off, data.get("retention", {}))
    for name, what, mend in house_faults:
        fault(name, what, mend)
    verdicts, verdict_faults = read_verdict_rules(data.get("verdicts", {}))
    for name, what, mend in verdict_faults:
        fault(name, what, mend)
    demo = data.get("demo")
    if not isinstance(demo, bool):
        fault("demo", "demo is neither true nor false", "write demo = true or demo = false")
    recheck_days = data.get("recheck_days", RECHECK_DAYS)
    if not isinstance(recheck_days, int) or isinstance(recheck_days, bool) or recheck_days < 1:
        fault("recheck_days", "recheck_days is not a number of days", f"write recheck_days = {RECHECK_DAYS}")
        recheck_days = RECHECK_DAYS
    numbers, number_faults = _public_numbers(data.get("disclosure", {}))
    for what, mend in number_faults:
        fault("public_numbers", what, mend)
    footer, contact = texts("footer", Footer), texts("contact", Contact)
    bureau = Bureau(
        demo=demo is not False,
        recheck_days=recheck_days,
        language=text(data, "language"),
        name=text(head, "name"),
        short_name=text(head, "short_name"),
        site_name=text(head, "site_name"),
        tagline=text(head, "tagline"),
        city=text(head, "city"),
        organ_code=text(head, "organ_code", required=demo is False),
        tag_authority=text(head, "tag_authority"),
        national_platform=text(links, "national_platform"),
        fee_rules=text(links, "fee_rules"),
        annual_report=text(links, "annual_report"),
        hub=text(links, "hub", required=False),
        wechat=text(links, "wechat", required=False),
        wechat_url=text(links, "wechat_url", required=False),
        reported=reported,
        counties=counties(table("counties")),
        topics=names(table("topics"), "names"),
        units=names(tip_off, "units"),
        retention=text(tip_off, "retention"),
        signed_by=text(tip_off, "signed_by", required=demo is False),
        clocks=clocks,
        house=house,
        refund_guide=text(links, "refund_guide", required=False),
        before_paying=text(links, "before_paying", required=False),
        map=text(links, "map", required=False),
        county_phones=county_phones(data.get("county_phones", {})),
        verdicts=verdicts,
        contact=Contact(**contact),
        footer=Footer(**footer),
        mark=text(head, "mark", required=False),
        public_numbers=frozenset({*numbers, mobile_number(contact["phone"])} - {""}),
    )
    if bureau.organ_code and (why := organ_code_fault(bureau.organ_code)):
        fault("organ_code", f"organ_code {bureau.organ_code} is no organ's code: {why}", "correct it")
    if not re.fullmatch(r"(\d{10})?", bureau.footer.site_code, re.ASCII):
        mend = "write the ten digits of the 网站标识码, or leave it empty in a demonstration"
        fault("site_code", f"site_code {bureau.footer.site_code} is not ten digits", mend)
    if bureau.footer.police and not bureau.footer.police_url:
        what = f"police {bureau.footer.police} is no 公安备案号"
        fault("police", what, "write it as it was given: 粤公网安备44180202000001号")
    if not re.match("/(?!/)|$", bureau.mark):
        # Visitors are told to nobody else, and the browser refuses pictures of other hosts.
        fault("mark", "mark is no address on this host", "write /…, or leave it empty for the stand-in")
    for name, address in (("hub", bureau.hub), ("wechat_url", bureau.wechat_url)):
        if not re.match("https?://|$", address):
            fault(name, f"{name} is not an address", "write https://… or leave it empty")
    if bureau.map and not (bureau.map.startswith("https://") and "{address}" in bureau.map):
        fault("map", "map is no address of a map", "write https://… with {address} in it, or leave it empty")
    if demo is False:
        for name, value in (contact | footer).items():
            if not value:
                fault(name, f"{name} is empty, and the site is not a demonstration", "fill it in")
    return bureau, problems


def _public_numbers(table: object) -> tuple[set[str], list[tuple[str, str]]]:
    """The mobile numbers that may be public, as they are compared; what is wrong and how to mend it."""
    listed = table.get("public_numbers", []) if isinstance(table, dict) else None
    if not isinstance(listed, list) or not all(isinstance(number, str) for number in listed):
        return set(), [("public_numbers is not a list of numbers", 'write public_numbers = ["138…", "139…"]')]
    numbers = [mobile_number(number) for number in listed]
    mend = "write each as a text of 11 digits; landlines need not be listed, identity numbers never may"
    faults = [
        (f"number {at} of public_numbers is no mobile number", mend)
        for at, number in enumerate(numbers, 1)
        if not number
    ]
    return set(numbers), faults


def organ_code_fault(code: str) -> str:
    """Why a text is not the code of an organ; empty when it is one.

    Either the credit code or, as in older catalogues, the nine characters of GB 11714.
    """
    if _ORGANISATION_CODE.fullmatch(code):
        return "" if inner_digit_fits(f"{'0' * 8}{code}") else "最后一位校验码不符（GB 11714）"
    read = read_credit_code(code, code)
    if read.state == "ok" and read.code == code:
        return ""
    suggestion = f"，是不是 {read.suggestion}" if read.suggestion else ""
    return fault_of(compact(code)) + suggestion


def _unknown(data: dict[str, Any]) -> list[str]:
    """Names inside the tables that nothing reads: a mistyped one must not vanish."""
    tables = [(data.get(table), names) for table, names in _FIELDS.items()]
    return [name for table, names in tables if isinstance(table, dict) for name in table.keys() - names]
