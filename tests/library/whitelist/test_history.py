"""What became of every institution over all editions, what differs between two, and the answer for a day."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from openbureau.library.catalogue import Catalogue
from openbureau.library.whitelist.as_of import AsOfAnswer, Standing, answer_on
from openbureau.library.whitelist.comparison import Difference, difference, difference_of
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.history import (
    EditionRows,
    History,
    InstitutionEvent,
    InstitutionEventKind,
    histories,
)
from openbureau.library.whitelist.record_linkage import is_one_slip_apart
from openbureau.library.whitelist.rows import WhitelistRow
from openbureau.library.whitelist.workbook_parser import read_whitelist
from openbureau.publishing.build import publish
from openbureau.publishing.publication import CATALOGUE, Shelf
from support.makers import texts
from support.site import WORKBOOKS
from support.workbook_makers import COUNTIES

CITY = (*COUNTIES, "441800", "")
QINGCHENG, QINGXIN = "441802", "441803"
JUNE, SEPTEMBER, DECEMBER = date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31)
CODE, OTHER_CODE = "52441802MJ0EJJNK81", "91441802MA05W3P89N"
SLIPPED = "5Z441802MJ0EJJNK81"
PERMIT, OTHER_PERMIT = "144180270000034", "144180270000037"

PLAIN = WhitelistRow(
    name="清远市示例甲足球培训中心",
    uscc=CODE,
    uscc_state="ok",
    permit_no=PERMIT,
    county_code=QINGCHENG,
    addr_registered=None,
    addr_premises="清城区示例路1号",
    premises=(),
    subject_class="非学科",
    categories=("体育",),
    courses=(),
    audiences=("学龄前",),
    mode=None,
    valid_from="2023-09-01",
    valid_to="2026-08-31",
    issuer=None,
    regulator=None,
    registrar=None,
    nature=None,
    legal_rep=None,
    principal=None,
    sponsor=None,
    escrow_bank=None,
    escrow_name=None,
    escrow_last4=None,
    phone_public=None,
    on_national_platform=True,
    status="正常",
    status_reason=None,
    status_date=None,
    former_names=(),
    source_sheet="清城区",
    source_row=2,
)


def row(**changed: Any) -> WhitelistRow:
    """The plain institution, with what a test says of it."""
    return replace(PLAIN, **changed)


def without_code(**changed: Any) -> WhitelistRow:
    return row(uscc=None, uscc_state="pending", **changed)


def another(**changed: Any) -> WhitelistRow:
    """An institution that has nothing in common with the plain one."""
    own: dict[str, Any] = {"name": "清远市示例乙钢琴培训有限公司", "uscc": OTHER_CODE}
    own |= {"permit_no": OTHER_PERMIT, "addr_premises": "清城区示例路2号", "source_row": 3}
    return row(**own | changed)


def edition(
    as_of: date, *rows: WhitelistRow, counties: Sequence[str] = CITY, batch: bool = False, slug: str = ""
) -> EditionRows:
    """An edition of the whole city, unless a test says otherwise."""
    return EditionRows(
        slug=slug or as_of.isoformat() + ("-batch" if batch else ""),
        as_of=as_of,
        county_codes=tuple(counties),
        is_batch=batch,
        rows=rows,
    )


def only(editions: Iterable[EditionRows]) -> History:
    """The one history that the editions make."""
    (found,) = histories(editions)
    return found


def kinds(history: History) -> list[str]:
    return [event.kind.value for event in history.events]


def compared_texts(event: InstitutionEvent) -> tuple[str, str, Any, Any]:
    return event.kind.value, event.edition, event.before, event.after


# Histories


def test_who_stays_the_same_has_a_version_of_each_edition_and_only_the_first_event() -> None:
    found = only([edition(JUNE, row()), edition(DECEMBER, row(source_row=7))])
    assert [(version.edition, version.as_of, version.row.source_row) for version in found.versions] == [
        ("2024-06-30", JUNE, 2),
        ("2024-12-31", DECEMBER, 7),
    ]
    assert [compared_texts(event) for event in found.events] == [("added", "2024-06-30", "", PLAIN.name)]
    assert (found.key, found.slug, found.aliases) == (f"uscc:{CODE}", CODE, ())


@pytest.mark.parametrize(
    ("changed", "kind", "before", "after"),
    [
        ({"name": "示例新名"}, "renamed", PLAIN.name, "示例新名"),
        ({"addr_premises": "清城区示例路9号"}, "moved", "清城区示例路1号", "清城区示例路9号"),
        (
            {"premises": ("清城区示例路1号", "清城区示例路9号")},
            "moved",
            "清城区示例路1号",
            "清城区示例路1号；清城区示例路9号",
        ),
        ({"status": "预警"}, "status_changed", "正常", "预警"),
        ({"status": "已注销"}, "status_changed", "正常", "已注销"),
        (
            {"valid_to": "长期"},
            "validity_changed",
            ("2023-09-01", "2026-08-31"),
            ("2023-09-01", "长期"),
        ),
    ],
)
def test_a_change_is_an_event_with_what_was_before_and_after(
    changed: dict[str, Any], kind: str, before: Any, after: Any
) -> None:
    found = only([edition(JUNE, row()), edition(DECEMBER, row(**changed))])
    assert compared_texts(found.events[1]) == (kind, "2024-12-31", before, after)
    assert found.events[1].as_of == DECEMBER
    assert len(found.events) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "清远市示例甲足球 培训中心"},
        {"name": "清遠市示例甲足球培訓中心"},
        {"addr_premises": "清城区示例路１号"},
        {"addr_premises": None},
        {"status": None},
        {"valid_from": None, "valid_to": None},
        {"valid_from": None},
        {"uscc": None, "uscc_state": "pending"},
        {"categories": ("科技",)},
    ],
)
def test_other_writing_and_what_a_sheet_leaves_out_is_no_event(changed: dict[str, Any]) -> None:
    found = only([edition(JUNE, row()), edition(SEPTEMBER, row(**changed)), edition(DECEMBER, row())])
    assert kinds(found) == ["added"]
    assert found.versions[1].row == row(**changed)


def test_a_change_is_told_against_what_was_last_known() -> None:
    found = only(
        [edition(JUNE, row()), edition(SEPTEMBER, row(status=None)), edition(DECEMBER, row(status="停业"))]
    )
    assert compared_texts(found.events[-1]) == ("status_changed", "2024-12-31", "正常", "停业")


def test_the_places_of_teaching_in_another_order_are_no_move() -> None:
    one = row(premises=("清城区示例路1号", "清城区示例路9号"))
    other = row(premises=("清城区示例路9号", "清城区示例路1号"), addr_premises="清城区示例路9号")
    assert kinds(only([edition(JUNE, one), edition(DECEMBER, other)])) == ["added"]


def test_who_is_absent_from_a_snapshot_is_removed_and_may_return() -> None:
    found = only([edition(JUNE, row()), edition(SEPTEMBER), edition(DECEMBER, row(status="预警"))])
    assert [compared_texts(event) for event in found.events] == [
        ("added", "2024-06-30", "", PLAIN.name),
        ("removed", "2024-09-30", PLAIN.name, ""),
        ("returned", "2024-12-31", "", PLAIN.name),
        ("status_changed", "2024-12-31", "正常", "预警"),
    ]
    assert not found.is_removed
    assert len(found.versions) == 2


def test_who_stays_away_is_removed_once() -> None:
    found = only([edition(JUNE, row()), edition(SEPTEMBER), edition(DECEMBER)])
    assert kinds(found) == ["added", "removed"]
    assert found.is_removed


def test_a_batch_adds_and_updates_and_removes_nobody() -> None:
    third = without_code(name="示例丙", permit_no="144180270000099")
    batch = edition(SEPTEMBER, row(status="预警"), third, batch=True)
    untouched, updated, new = histories([edition(JUNE, another(), row()), batch])
    assert kinds(untouched) == ["added"]
    assert kinds(updated) == ["added", "status_changed"]
    assert compared_texts(new.events[0]) == ("added", "2024-09-30-batch", "", "示例丙")


def test_a_county_s_snapshot_removes_only_its_own() -> None:
    elsewhere = another(county_code=QINGXIN)
    first, second = histories(
        [edition(JUNE, row(), elsewhere), edition(SEPTEMBER, counties=[QINGXIN], slug="county")]
    )
    assert kinds(first) == ["added"]
    assert compared_texts(second.events[-1]) == ("removed", "county", elsewhere.name, "")


def test_rows_of_another_county_do_not_count_in_a_county_s_edition() -> None:
    assert histories([edition(JUNE, row(county_code=QINGXIN), counties=[QINGCHENG])]) == ()


def test_who_went_to_another_county_is_not_removed_by_the_old_one() -> None:
    found = only(
        [
            edition(JUNE, row()),
            edition(SEPTEMBER, row(county_code=QINGXIN), counties=[QINGXIN], slug="new"),
            edition(DECEMBER, counties=[QINGCHENG], slug="old"),
        ]
    )
    assert kinds(found) == ["added"]


# Identity


def test_who_obtains_a_code_stays_the_same_and_keeps_the_old_address_as_an_alias() -> None:
    found = only([edition(JUNE, without_code()), edition(DECEMBER, row(name="示例新名"))])
    assert [compared_texts(event) for event in found.events[1:]] == [
        ("renamed", "2024-12-31", PLAIN.name, "示例新名"),
        ("uscc_obtained", "2024-12-31", "办理中", CODE),
    ]
    assert (found.slug, found.aliases) == (CODE, (PERMIT,))


def test_a_code_is_obtained_once_even_if_a_later_sheet_leaves_it_out() -> None:
    rows = [row(uscc=None, uscc_state="missing"), row(), without_code(), row()]
    found = only(edition(JUNE + timedelta(days=day), each) for day, each in enumerate(rows))
    assert [event.before for event in found.events if event.kind is InstitutionEventKind.USCC_OBTAINED] == [
        ""
    ]
    assert found.slug == CODE


def test_a_permit_number_used_again_with_another_sound_code_is_another_institution() -> None:
    old, new = histories([edition(JUNE, row()), edition(DECEMBER, another(permit_no=PERMIT))])
    assert kinds(old) == ["added", "removed"]
    assert kinds(new) == ["added"]
    assert (old.slug, new.slug) == (CODE, OTHER_CODE)


@pytest.mark.parametrize("first", [row(), row(uscc=SLIPPED, uscc_state="invalid")], ids=["sound", "slipped"])
def test_a_slip_in_the_code_does_not_make_another_institution(first: WhitelistRow) -> None:
    """Even under a new name and after it was struck off."""
    second = row(uscc=CODE if first.uscc == SLIPPED else SLIPPED, name="示例新名", status="已注销")
    state: Any = "ok" if second.uscc == CODE else "invalid"
    found = only([edition(JUNE, first), edition(DECEMBER, replace(second, uscc_state=state))])
    assert kinds(found) == ["added", "renamed", "status_changed"]
    assert found.slug == CODE


def test_a_quite_different_code_under_the_permit_number_is_another_institution_unless_the_name_is_one() -> (
    None
):
    strange: dict[str, Any] = {"uscc": OTHER_CODE[:-1] + "X", "uscc_state": "invalid"}
    assert len(histories([edition(JUNE, row()), edition(DECEMBER, row(**strange))])) == 1
    assert len(histories([edition(JUNE, row()), edition(DECEMBER, row(name="示例新名", **strange))])) == 2


def test_an_old_registration_number_is_no_code_and_speaks_for_nothing() -> None:
    old = row(uscc="441802600001234", uscc_state="invalid")
    assert kinds(only([edition(JUNE, old), edition(DECEMBER, row(name="示例新名"))])) == ["added", "renamed"]


def test_a_permit_number_whose_holder_is_gone_is_one_institution_only_with_the_name() -> None:
    june = edition(JUNE, without_code())
    away = edition(SEPTEMBER)
    assert kinds(only([june, away, edition(DECEMBER, without_code())])) == ["added", "removed", "returned"]
    assert len(histories([june, away, edition(DECEMBER, without_code(name="示例新名"))])) == 2


def test_without_numbers_the_name_within_the_county_tells() -> None:
    bare = without_code(permit_no=None)
    later = without_code(permit_no=None, addr_premises="清城区示例路9号")
    found = only([edition(JUNE, bare), edition(DECEMBER, later)])
    assert kinds(found) == ["added", "moved"]
    assert found.slug.startswith("n-")
    assert len(histories([edition(JUNE, bare), edition(DECEMBER, replace(later, county_code=QINGXIN))])) == 2
    permitted = only([edition(JUNE, bare), edition(DECEMBER, row())])
    assert (permitted.slug, permitted.aliases) == (CODE, (found.slug,))


def test_one_name_with_two_permit_numbers_is_two_institutions() -> None:
    rows = without_code(), without_code(permit_no=OTHER_PERMIT)
    assert len(histories([edition(JUNE, rows[0]), edition(DECEMBER, rows[1])])) == 2


def test_one_code_in_two_rows_is_two_histories_that_keep_apart() -> None:
    twin = row(addr_premises="清城区示例路8号", source_row=9)
    first, second = histories([edition(JUNE, row(), twin), edition(DECEMBER, twin, row())])
    assert [kinds(first), kinds(second)] == [["added"], ["added"]]
    assert (first.slug, second.slug) == (CODE, f"{CODE}-{QINGCHENG}-9")


def test_a_number_filled_down_a_whole_sheet_is_read_in_the_order_of_the_rows() -> None:
    rows = [without_code(name=f"示例{number}", source_row=number) for number in range(2, 102)]
    found = histories([edition(JUNE, *rows), edition(DECEMBER, *rows)])
    assert len(found) == len({history.slug for history in found}) == 100
    assert {tuple(kinds(history)) for history in found} == {("added",)}


def test_an_address_once_given_never_leads_to_another_institution() -> None:
    stranger = without_code(name="示例新名", status="正常")
    coded = row(status="已注销")
    first, second = histories(
        [edition(JUNE, without_code()), edition(SEPTEMBER, coded), edition(DECEMBER, coded, stranger)]
    )
    assert (first.slug, first.aliases) == (CODE, (PERMIT,))
    assert second.slug == f"{PERMIT}-{QINGCHENG}-2"


@pytest.mark.parametrize(
    ("other", "near"),
    [
        (CODE, True),
        ("52441802MJ0EJJNK82", True),
        ("52441802MJOEJJNK8I", True),
        ("524418O2MJ0EJJNK82", True),
        ("524418O2MJ0EJJNKBL", True),
        ("25441802MJ0EJJNK81", True),
        ("2441802MJ0EJJNK81", True),
        ("52441802MJ0EJJNK811", True),
        ("52441802MJ0EJJNK28", False),
        ("25441802MJ0EJJNK82", False),
        ("2441802MJ0EJJNK8", False),
        (OTHER_CODE, False),
        ("", False),
    ],
)
def test_a_code_is_near_if_one_slip_makes_it_of_the_other(other: str, near: bool) -> None:
    assert is_one_slip_apart(CODE, other) is is_one_slip_apart(other, CODE) is near


# The difference


def real(name: str) -> EditionRows:
    as_of = date.fromisoformat(name[:10])
    rows = read_whitelist(WORKBOOKS / name, as_of=as_of, counties=COUNTIES).rows
    return replace(edition(as_of, *rows), file=name)


@pytest.fixture(scope="module")
def june() -> EditionRows:
    return real("2024-06-30.xlsx")


@pytest.fixture(scope="module")
def december() -> EditionRows:
    return real("2024-12-31.xlsx")


def test_the_difference_of_the_two_real_editions_is_the_one_that_is_known(
    june: EditionRows, december: EditionRows
) -> None:
    path = WORKBOOKS / "expected" / "changes-2024-06-30--2024-12-31.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    found = json.loads(json.dumps(difference(june, december).document()))
    for changes in (known, found):
        for entry in (
            entry for entries in changes.values() if isinstance(entries, list) for entry in entries
        ):
            entry["name"] = entry["name"].replace("（", "(").replace("）", ")")  # width does not count
    assert found == known
    assert list(found) == list(known)


def test_the_difference_from_the_histories_is_the_one_from_the_rows(
    june: EditionRows, december: EditionRows
) -> None:
    editions = [june, december]
    found = difference_of(histories(editions), editions, june.slug, december.slug)
    assert found.document() == difference(june, december).document()
    assert {change.slug for change in found.of(InstitutionEventKind.USCC_OBTAINED)} == {
        "91441802MA0HBC1J7A",
        "914418230000941585",
        "91441823MA0QBHDXXH",
    }


def test_only_the_counties_of_both_editions_are_compared() -> None:
    city = edition(JUNE, row(), another(county_code=QINGXIN))
    county = edition(SEPTEMBER, counties=[QINGXIN], slug="county")
    found = difference(city, county)
    assert found.county_codes == (QINGXIN,)
    assert [(change.kind.value, change.name) for change in found.changes] == [
        ("removed", "清远市示例乙钢琴培训有限公司")
    ]
    apart = difference(county, edition(DECEMBER, row(), counties=[QINGCHENG], slug="other"))
    assert (apart.county_codes, apart.changes) == ((), ())


def test_a_batch_neither_removes_nor_says_who_was_not_there_before() -> None:
    snapshot = edition(JUNE, row(), another())
    batch = edition(SEPTEMBER, row(status="预警"), batch=True)
    assert [change.kind.value for change in difference(snapshot, batch).changes] == ["status_changed"]
    assert [change.kind.value for change in difference(batch, snapshot).changes] == ["status_changed"]


def test_the_register_stands_with_a_batch_as_with_what_the_batch_left_alone() -> None:
    editions = [
        edition(JUNE, row()),
        edition(SEPTEMBER, another(), batch=True),
        edition(DECEMBER, row(), another(name="示例新名")),
    ]
    found = difference_of(histories(editions), editions, editions[1].slug, editions[2].slug)
    assert [change.kind.value for change in found.changes] == ["renamed"]
    found = difference_of(histories(editions), editions, editions[0].slug, editions[1].slug)
    assert [(change.kind.value, change.slug) for change in found.changes] == [("added", OTHER_CODE)]


def test_who_returned_stands_in_the_register_again() -> None:
    editions = [edition(JUNE, row()), edition(SEPTEMBER), edition(DECEMBER, row())]
    found = histories(editions)
    slugs = [each.slug for each in editions]
    assert difference_of(found, editions, slugs[0], slugs[2]).changes == ()
    added = difference_of(found, editions, slugs[1], slugs[2])
    assert [change.kind.value for change in added.changes] == ["added"]


def test_the_difference_of_an_edition_that_never_was_is_refused() -> None:
    editions = [edition(JUNE, row())]
    with pytest.raises(KeyError):
        difference_of(histories(editions), editions, "2024-06-30", "2020-01-01")


# The answer for a day


def answered(editions: Sequence[EditionRows], day: date, number: int = 0) -> AsOfAnswer:
    return answer_on(histories(editions)[number], day, editions)


def days(answer: AsOfAnswer) -> tuple[str | None, str | None]:
    return (
        answer.edition.slug if answer.edition else None,
        answer.next_edition.slug if answer.next_edition else None,
    )


@pytest.mark.parametrize(
    ("day", "standing", "between"),
    [
        (date(2024, 6, 29), "no_edition", (None, "2024-06-30")),
        (JUNE, "listed", ("2024-06-30", "2024-09-30")),
        (date(2024, 9, 29), "listed", ("2024-06-30", "2024-09-30")),
        (SEPTEMBER, "removed", ("2024-09-30", "2024-12-31")),
        (DECEMBER, "listed", ("2024-12-31", None)),
        (date(2030, 1, 1), "listed", ("2024-12-31", None)),
    ],
)
def test_the_answer_is_that_of_the_list_in_force_on_the_day(
    day: date, standing: str, between: tuple[str | None, str | None]
) -> None:
    editions = [edition(JUNE, row()), edition(SEPTEMBER), edition(DECEMBER, row())]
    found = answered(editions, day)
    assert (found.standing.value, days(found)) == (standing, between)
    assert found.is_listed is (standing == "listed")


def test_who_came_later_was_not_yet_on_the_list() -> None:
    found = answered([edition(JUNE, row()), edition(DECEMBER, row(), another())], SEPTEMBER, number=1)
    assert (found.standing, found.version, days(found)) == (
        Standing.NOT_YET,
        None,
        ("2024-06-30", "2024-12-31"),
    )
    assert found.next_version is not None


@pytest.mark.parametrize("status", ["已注销", "已吊销", "已取缔"])
def test_who_was_struck_off_was_not_on_the_list_and_stays_so(status: str) -> None:
    editions = [edition(JUNE, row()), edition(SEPTEMBER, row(status=status)), edition(DECEMBER)]
    assert [answered(editions, day).standing.value for day in (JUNE, SEPTEMBER, DECEMBER)] == [
        "listed",
        "struck_off",
        "struck_off",
    ]


def test_only_editions_of_the_institution_s_county_are_in_force_for_it() -> None:
    editions = [
        edition(JUNE, row()),
        edition(SEPTEMBER, counties=[QINGXIN], slug="elsewhere"),
        edition(DECEMBER, row()),
    ]
    assert days(answered(editions, date(2024, 10, 1))) == ("2024-06-30", "2024-12-31")


def test_a_batch_that_does_not_name_it_leaves_it_on_the_list() -> None:
    editions = [edition(JUNE, row()), edition(SEPTEMBER, another(), batch=True)]
    found = answered(editions, DECEMBER)
    assert (found.standing, days(found)) == (Standing.LISTED, ("2024-09-30-batch", None))
    assert found.version is not None
    assert found.version.edition == "2024-06-30"


@pytest.mark.parametrize(
    ("valid", "day", "expected"),
    [
        (("2024-07-01", "2024-12-31"), date(2024, 6, 30), False),
        (("2024-07-01", "2024-12-31"), date(2024, 7, 1), True),
        (("2024-07-01", "2024-12-31"), date(2024, 12, 31), True),
        (("2024-07-01", "2024-12-31"), date(2025, 1, 1), False),
        (("2024-07-01", "长期"), date(2099, 1, 1), True),
        ((None, "2024-12-31"), date(2024, 7, 1), None),
        ((None, "2024-12-31"), date(2025, 1, 1), False),
        (("2024-07-01", None), date(2024, 7, 1), None),
        (("2024-07-01", None), date(2024, 6, 30), False),
        ((None, None), date(2024, 7, 1), None),
    ],
)
def test_the_permit_was_valid_on_the_day_by_the_row_of_then(
    valid: tuple[str | None, str | None], day: date, expected: bool | None
) -> None:
    first = edition(date(2024, 1, 1), row(valid_from=valid[0], valid_to=valid[1]))
    assert answered([first], day).permit_valid is expected


def test_a_later_list_may_know_better_whether_the_permit_was_valid() -> None:
    before = row(valid_from="2021-09-01", valid_to="2024-08-31")
    after = row(valid_from="2024-09-01", valid_to="2027-08-31")
    found = answered([edition(JUNE, before), edition(DECEMBER, after)], date(2024, 10, 1))
    assert (found.permit_valid, found.permit_valid_by_next) == (False, True)


# Whatever the editions

_names = st.sampled_from(["示例甲", "示例 甲", "示例乙", "示例丙"])
_codes = st.sampled_from([(CODE, "ok"), (OTHER_CODE, "ok"), (None, "pending"), (SLIPPED, "invalid")])
_rows = st.builds(
    lambda name, code, permit, county, place, status, to, number: row(
        name=name,
        uscc=code[0],
        uscc_state=code[1],
        permit_no=permit,
        county_code=county,
        addr_premises=place,
        status=status,
        valid_to=to,
        source_row=number,
    ),
    _names,
    _codes,
    st.sampled_from([PERMIT, OTHER_PERMIT, None]),
    st.sampled_from([QINGCHENG, QINGXIN]),
    st.sampled_from(["示例路1号", "示例路2号", None]),
    st.sampled_from(["正常", "预警", "已注销", None]),
    st.sampled_from(["2026-08-31", "长期"]),
    st.integers(2, 9),
)
_counties = st.sampled_from([(QINGCHENG, QINGXIN), (QINGCHENG,), (QINGXIN,)])


@st.composite
def _sequences(draw: st.DrawFn) -> list[EditionRows]:
    """Up to five editions, some of one day."""
    found: list[EditionRows] = []
    day = JUNE
    for number in range(draw(st.integers(1, 5))):
        rows = draw(st.lists(_rows, max_size=4))
        found.append(
            edition(day, *rows, counties=draw(_counties), batch=draw(st.booleans()), slug=f"edition-{number}")
        )
        day += timedelta(days=draw(st.integers(0, 30)))
    return found


def replayed(history: History) -> tuple[dict[InstitutionEventKind, Any], bool]:
    """What is first known of an institution with its events carried out on it, and whether it is there."""
    state: dict[InstitutionEventKind, Any] = {}
    for version in history.versions:
        for kind, value in facts(version.row).items():
            state.setdefault(kind, value)
    present = False
    for event in history.events:
        if event.kind in (
            InstitutionEventKind.ADDED,
            InstitutionEventKind.RETURNED,
            InstitutionEventKind.REMOVED,
        ):
            assert present is (event.kind is InstitutionEventKind.REMOVED)
            present = not present
        elif event.kind is not InstitutionEventKind.USCC_OBTAINED:
            assert state[event.kind] == event.before
            state[event.kind] = event.after
    return state, present


def facts(each: WhitelistRow) -> dict[InstitutionEventKind, Any]:
    said = {
        InstitutionEventKind.RENAMED: each.name,
        InstitutionEventKind.MOVED: each.addr_premises,
        InstitutionEventKind.STATUS_CHANGED: each.status,
        InstitutionEventKind.VALIDITY_CHANGED: (each.valid_from, each.valid_to),
    }
    return {kind: value for kind, value in said.items() if value}


@given(_sequences())
def test_the_events_carried_out_in_order_give_the_last_version(editions: list[EditionRows]) -> None:
    for history in histories(editions):
        last: dict[InstitutionEventKind, Any] = {}
        for version in history.versions:
            last |= facts(version.row)
        state, present = replayed(history)
        state[InstitutionEventKind.RENAMED] = state[InstitutionEventKind.RENAMED].replace(" ", "")
        assert state == last | {
            InstitutionEventKind.RENAMED: last[InstitutionEventKind.RENAMED].replace(" ", "")
        }
        assert present is not history.is_removed


@given(_sequences())
def test_every_row_is_in_one_history_and_every_address_is_one_s_own(editions: list[EditionRows]) -> None:
    found = histories(editions)
    rows = Counter(version.edition for history in found for version in history.versions)
    assert rows == Counter({each.slug: len(each.spoken()) for each in editions if each.spoken()})
    slugs = [history.slug for history in found]
    assert len(set(slugs)) == len(slugs)
    aliases = [alias for history in found for alias in history.aliases]
    assert len({*slugs, *aliases}) == len(slugs) + len(aliases)


@given(_sequences())
def test_a_history_never_holds_two_sound_codes(editions: list[EditionRows]) -> None:
    for history in histories(editions):
        assert len({each.row.uscc for each in history.versions if each.row.uscc_state == "ok"}) <= 1


@given(_sequences())
def test_a_later_edition_only_continues_what_earlier_ones_began(editions: list[EditionRows]) -> None:
    earlier, whole = histories(editions[:-1]), histories(editions)
    for before, after in zip(earlier, whole, strict=False):
        assert after.versions[: len(before.versions)] == before.versions
        assert after.events[: len(before.events)] == before.events
        assert before.slug in {after.slug, *after.aliases} | {history.slug for history in whole}


@given(_sequences(), st.integers(-5, 160))
def test_the_answer_for_a_day_never_changes_with_later_editions(
    editions: list[EditionRows], offset: int
) -> None:
    day = JUNE + timedelta(days=offset)
    known = [each for each in editions if each.as_of <= day]
    for before, after in zip(histories(known), histories(editions), strict=False):
        earlier, later = answer_on(before, day, known), answer_on(after, day, editions)
        assert (earlier.standing, earlier.edition, earlier.version, earlier.permit_valid) == (
            later.standing,
            later.edition,
            later.version,
            later.permit_valid,
        )


def entries(found: Difference, kind: InstitutionEventKind) -> Counter[tuple[str, ...]]:
    return Counter((one.uscc, one.permit_no, one.name, one.county_code, one.status) for one in found.of(kind))


@given(_sequences())
def test_what_one_direction_adds_the_other_removes(editions: list[EditionRows]) -> None:
    one, other = editions[0], editions[-1]
    forwards, backwards = difference(one, other), difference(other, one)
    for kind, mirror in (
        (InstitutionEventKind.ADDED, InstitutionEventKind.REMOVED),
        (InstitutionEventKind.REMOVED, InstitutionEventKind.ADDED),
    ):
        assert entries(forwards, kind) == entries(backwards, mirror)
    for kind in (
        InstitutionEventKind.RENAMED,
        InstitutionEventKind.MOVED,
        InstitutionEventKind.STATUS_CHANGED,
        InstitutionEventKind.VALIDITY_CHANGED,
    ):
        assert Counter((each.before, each.after) for each in forwards.of(kind)) == Counter(
            (each.after, each.before) for each in backwards.of(kind)
        )


@given(_sequences())
def test_an_edition_does_not_differ_from_itself(editions: list[EditionRows]) -> None:
    assert difference(editions[0], editions[0]).changes == ()


# In a publication


def workbook(content: Path, name: str, *rows: tuple[str, ...]) -> None:
    """An edition in `content` of rows of name, code, permit number and status."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "清城区"
    sheet.append(["机构名称", "统一社会信用代码", "办学许可证号", "状态", "办学地址"])
    for each in rows:
        sheet.append([*each, "清城区示例路1号"])
    book.save(content / "whitelist" / name)


FIRST = ("清远市示例甲足球培训中心", "办理中", PERMIT, "正常")
SECOND = ("清远市示例乙钢琴培训有限公司", OTHER_CODE, OTHER_PERMIT, "正常")


def published(content: Path, tmp_path: Path) -> Catalogue:
    publish(content, Shelf(tmp_path / "publications"))
    (path,) = (tmp_path / "publications").rglob(CATALOGUE)
    return Catalogue(path)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """A publication of a snapshot, a batch and another snapshot."""
    content = texts(tmp_path)
    (content / "whitelist").mkdir()
    workbook(content, "2024-06-30.xlsx", FIRST, SECOND)
    workbook(content, "2024-09-30-batch.xlsx", ("清远市示例甲俱乐部", CODE, PERMIT, "预警"))
    workbook(content, "2024-12-31.xlsx", ("清远市示例甲俱乐部", CODE, PERMIT, "预警"))
    return published(content, tmp_path)


def institution(catalogue: Catalogue, slug: str) -> Institution:
    found = catalogue.get("whitelist", slug)
    assert isinstance(found, Institution)
    return found


def all_editions(catalogue: Catalogue) -> list[Edition]:
    found = catalogue.page("editions", {}, per_page=100).records
    return sorted((each for each in found if isinstance(each, Edition)), key=lambda each: each.number)


def test_editions_are_numbered_by_their_days(catalogue: Catalogue) -> None:
    assert [(each.numbered, each.slug, each.is_batch) for each in all_editions(catalogue)] == [
        ("第1期", "2024-06-30", False),
        ("第2期", "2024-09-30-batch", True),
        ("第3期", "2024-12-31", False),
    ]
    newest = catalogue.newest_edition()
    assert newest is not None
    assert newest.slug == "2024-12-31"


def test_a_batch_says_that_it_only_adds(catalogue: Catalogue) -> None:
    batch = all_editions(catalogue)[1]
    assert batch.title == "清远市校外培训机构白名单增补批次（截至2024年9月30日）"
    assert batch.summary == "增补或更新1家机构。"


def test_whoever_was_ever_listed_has_a_record(catalogue: Catalogue) -> None:
    gone = institution(catalogue, OTHER_CODE)
    assert (gone.status, gone.is_listed, gone.title) == ("已移出名单", False, SECOND[0])
    assert (gone.edition, gone.source_row, gone.as_of) == ("2024-06-30", 3, DECEMBER)
    assert gone.status_reason == "2024-12-31的名单不再列出"
    found = catalogue.page("whitelist", {"listed": "在名单内"}, by_source=True).records
    assert [each.title for each in found] == ["清远市示例甲俱乐部"]
    assert catalogue.page("whitelist", {}, by_source=True).records[-1].title == SECOND[0]


def test_an_old_address_leads_to_the_institution(catalogue: Catalogue) -> None:
    (found,) = catalogue.page("whitelist", {"alias": PERMIT}).records
    assert found.slug == CODE
    assert institution(catalogue, CODE).aliases == [PERMIT]


def test_a_former_name_is_among_the_other_names(catalogue: Catalogue) -> None:
    assert FIRST[0] in institution(catalogue, CODE).other_names


def test_the_history_is_whole_without_the_workbooks(catalogue: Catalogue) -> None:
    found = institution(catalogue, CODE).history
    assert [compared_texts(event) for event in found.events] == [
        ("added", "2024-06-30", "", FIRST[0]),
        ("renamed", "2024-09-30-batch", FIRST[0], "清远市示例甲俱乐部"),
        ("status_changed", "2024-09-30-batch", "正常", "预警"),
        ("uscc_obtained", "2024-09-30-batch", "办理中", CODE),
    ]
    assert [event.kind.label for event in found.events] == [
        "列入名单",
        "更名",
        "状态变更",
        "取得统一社会信用代码",
    ]
    assert found.versions[0].row.name == FIRST[0]
    assert found in catalogue.histories()


def test_differences_and_answers_follow_from_the_publication(catalogue: Catalogue) -> None:
    issues = [each.issue for each in all_editions(catalogue)]
    found = difference_of(catalogue.histories(), issues, "2024-09-30-batch", "2024-12-31")
    assert [(each.kind.value, each.slug) for each in found.changes] == [("removed", OTHER_CODE)]
    answer = answer_on(institution(catalogue, OTHER_CODE).history, date(2024, 10, 1), issues)
    assert (answer.standing, days(answer)) == (Standing.LISTED, ("2024-09-30-batch", "2024-12-31"))


def test_a_batch_follows_the_list_of_its_day_and_may_be_of_one_county(tmp_path: Path) -> None:
    content = texts(tmp_path)
    (content / "whitelist").mkdir()
    workbook(content, "2024-12-31.xlsx", FIRST)
    workbook(content, "2024-12-31-batch.xlsx", SECOND)
    workbook(content, "2025-03-31-441802-batch.xlsx", (*FIRST[:3], "预警"))
    catalogue = published(content, tmp_path)
    listed = catalogue.page("whitelist", {"listed": "在名单内"}, by_source=True).records
    assert [each.title for each in listed] == [SECOND[0], FIRST[0]]
    assert institution(catalogue, PERMIT).status == "预警"


def test_a_batch_of_the_city_is_no_newest_list_of_it(tmp_path: Path) -> None:
    content = texts(tmp_path)
    (content / "whitelist").mkdir()
    workbook(content, "2024-12-31.xlsx", FIRST)
    workbook(content, "2025-03-31-batch.xlsx", SECOND)
    newest = published(content, tmp_path).newest_edition()
    assert newest is not None
    assert newest.slug == "2024-12-31"


def test_a_struck_off_institution_keeps_its_status_when_the_next_list_leaves_it_out(tmp_path: Path) -> None:
    content = texts(tmp_path)
    (content / "whitelist").mkdir()
    workbook(content, "2024-06-30.xlsx", FIRST, (*SECOND[:3], "已注销"))
    workbook(content, "2024-12-31-441802.xlsx", FIRST)
    gone = institution(published(content, tmp_path), OTHER_CODE)
    assert (gone.status, gone.is_listed, gone.history.is_removed) == ("已注销", False, True)
