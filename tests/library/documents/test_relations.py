"""Documents that supersede, amend and repeal each other, and what is in force on which day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import feedparser
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Column, Date, MetaData, String, Table, create_engine, insert, select

from openbureau.library.documents.validity import STATES, VALIDITIES, Force, state_column
from openbureau.publishing.publication import Shelf
from support.makers import main_part, problems, set_fields, texts, titles, visitor, words

NEWER, OLDER = "policies/prepayment.md", "policies/double-reduction.md"
OLD_TITLE = "关于进一步减轻义务教育阶段学生作业负担的示例意见"
NEW_TITLE = "示例市关于加强校外培训机构预收费监管工作的通知"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = texts(tmp_path)
    set_fields(folder / OLDER, validity="有效")
    return folder


def at(content: Path, instance: Path, day: str) -> FlaskClient:
    """A visitor at noon of a day in China."""
    return visitor(content, instance, now=datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC))


def answer(page: str, question: str) -> str:
    (pair,) = main_part(page).xpath(f".//dl[@class='answers']/div[dt='{question}']/dd")
    return words(pair)


@pytest.mark.parametrize(
    ("doing", "before", "after", "mark"),
    [
        ("supersedes", "有效", "废止", "【已废止】"),
        ("repeals", "有效", "废止", "【已废止】"),
        ("amends", "有效", "被修改", ""),
    ],
)
def test_a_newer_document_decides_what_an_older_one_is_worth_from_its_first_day_on(
    content: Path, tmp_path: Path, doing: str, before: str, after: str, mark: str
) -> None:
    set_fields(content / NEWER, **{doing: "[double-reduction]"})
    # The newer one is in force from 1 March 2026 on; nothing is published again in between.
    for day, state, shown in (("2026-02-28", before, ""), ("2026-03-01", after, mark)):
        page = at(content, tmp_path, day).get("/policies/double-reduction/").text
        assert answer(page, "现在有效吗").startswith(state), day
        assert words(main_part(page).find(".//h1")) == f"{shown}{OLD_TITLE}"


def test_both_documents_tell_of_each_other(content: Path, tmp_path: Path) -> None:
    set_fields(content / NEWER, supersedes="[double-reduction]")
    visit = at(content, tmp_path, "2026-06-01")
    older = answer(visit.get("/policies/double-reduction/").text, "现在有效吗")
    newer = answer(visit.get("/policies/prepayment/").text, "有何变化")
    assert f"2026年3月1日起被新文件替代：{NEW_TITLE}" in older
    assert f"2026年3月1日起替代旧文件：{OLD_TITLE}" in newer
    assert '"legislationRepeals"' in visit.get("/policies/prepayment/").text


def test_title_and_filter_follow_the_day_in_list_search_and_feed(content: Path, tmp_path: Path) -> None:
    for day, mark, state in (("2031-02-28", "", "有效"), ("2031-03-01", "【已失效】", "失效")):
        visit = at(content, tmp_path, day)
        title = f"{mark}{NEW_TITLE}"
        assert title in titles(visit.get("/policies/").text)
        assert titles(visit.get(f"/policies/?validity={state}&topic=预收费").text) == [title]
        assert title in titles(visit.get("/search?q=预收费监管工作").text)
        for name in ("policies.atom", "all.rss", f"policies.json?validity={state}&topic=预收费"):
            assert title in visit.get(f"/feeds/{name}").get_data(as_text=True), (name, day)


def states_of(page: str) -> dict[str, int]:
    """The states that a search offers to narrow by, with their counts."""
    options = main_part(page).xpath(".//select[@name='state']/option[@value!='']")
    return {each.get("value"): int(each.text.split("（")[1].rstrip("）\n ")) for each in options}


def test_the_states_of_a_search_are_counted_and_chosen_as_of_today(content: Path, tmp_path: Path) -> None:
    for day, state, other in (("2031-02-28", "有效", "失效"), ("2031-03-01", "失效", "有效")):
        visit = at(content, tmp_path, day)
        assert NEW_TITLE in "".join(titles(visit.get(f"/search?q=预收费监管工作&state={state}").text))
        assert NEW_TITLE not in "".join(titles(visit.get(f"/search?q=预收费监管工作&state={other}").text))
        before = states_of(visit.get("/search?q=预收费监管工作").text)
        for chosen, number in before.items():
            page = visit.get(f"/search?q=预收费监管工作&state={chosen}").text
            assert len(titles(page)) == number, (day, chosen)


@pytest.mark.parametrize(
    ("query", "day", "state"),
    [
        ("暑假不得组织学科类培训", "2026-08-31", "有效"),
        ("暑假不得组织学科类培训", "2026-09-01", "已过期"),
        ("课后看护管理办法", "2026-05-05", "即将征求意见"),
        ("课后看护管理办法", "2026-06-10", "正在征求意见"),
        ("课后看护管理办法", "2026-06-11", "结果待公布"),
    ],
)
def test_a_search_tells_of_notices_and_consultations_as_of_today(
    content: Path, tmp_path: Path, query: str, day: str, state: str
) -> None:
    visit = at(content, tmp_path, day)
    (title, *_) = titles(visit.get(f"/search?q={query}").text)
    assert titles(visit.get(f"/search?q={query}&state={state}").text)[0] == title
    shelf = Shelf(tmp_path / "publications").current().catalogue
    for name, now in shelf.states(date.fromisoformat(day)).items():
        kind, _, slug = name.partition("/")
        record = shelf.get(kind, slug)
        assert record is not None
        assert now == (record.state_on(date.fromisoformat(day)) or "有效"), name


def test_subscribers_are_told_on_the_day_on_which_a_document_ceases_to_hold(
    content: Path, tmp_path: Path
) -> None:
    before = feedparser.parse(at(content, tmp_path, "2031-02-28").get("/feeds/policies.atom").data)
    after = feedparser.parse(at(content, tmp_path, "2031-03-01").get("/feeds/policies.atom").data)
    old = {entry.id: entry.updated for entry in before.entries}
    (told,) = (entry for entry in after.entries if entry.updated != old[entry.id])
    assert after.entries[0].id == told.id
    assert told.title == f"【已失效】{NEW_TITLE}"
    # Midnight in China, as an instant in UTC.
    assert told.updated == "2031-02-28T16:00:00+00:00"


def test_a_feed_is_not_taken_for_unchanged_over_that_midnight(content: Path, tmp_path: Path) -> None:
    first = at(content, tmp_path, "2031-02-28").get("/feeds/policies.atom")
    later = at(content, tmp_path, "2031-03-01")
    for condition in ("ETag", "Last-Modified"):
        asked = "If-None-Match" if condition == "ETag" else "If-Modified-Since"
        answered = later.get("/feeds/policies.atom", headers={asked: first.headers[condition]})
        assert answered.status_code == 200, condition


def test_the_choices_of_the_list_count_what_is_in_force_today(content: Path, tmp_path: Path) -> None:
    page = at(content, tmp_path, "2031-03-01").get("/policies/").text
    options = main_part(page).xpath(".//select[@name='validity']/option[@value!='']")
    assert {words(option) for option in options} == {"有效（1）", "失效（1）"}


def test_a_withdrawn_document_changes_nothing(content: Path, tmp_path: Path) -> None:
    set_fields(
        content / NEWER,
        supersedes="[double-reduction]",
        withdrawn_reason="有误",
        updated_at="2026-05-20 10:00",
    )
    page = at(content, tmp_path, "2026-06-01").get("/policies/double-reduction/").text
    assert answer(page, "现在有效吗") == "有效"


@pytest.mark.parametrize(
    ("file", "fields", "told"),
    [
        (NEWER, {"supersedes": "[nothing]"}, "there is no policy nothing; name a file of policies/"),
        (NEWER, {"amends": "[prepayment-explained]"}, "there is no policy prepayment-explained"),
        (NEWER, {"repeals": "[prepayment]"}, "prepayment ends or changes itself in the end"),
        (OLDER, {"repeals": "[prepayment]"}, "from which day prepayment is no longer as it was"),
        ("policies/prepayment-explained.md", {"amends": "[double-reduction]"}, "a 解读 amends nothing"),
    ],
)
def test_a_chain_that_cannot_be_is_refused(
    content: Path, file: str, fields: dict[str, str], told: str
) -> None:
    set_fields(content / file, **fields)
    assert told in "\n".join(problems(content))


def test_two_documents_cannot_end_each_other(content: Path) -> None:
    set_fields(content / NEWER, supersedes="[double-reduction]")
    set_fields(content / OLDER, supersedes="[prepayment]", effective_on="2021-08-01")
    assert sum("in the end" in told for told in problems(content)) == 2


def test_every_circle_of_documents_is_told(content: Path) -> None:
    set_fields(content / NEWER, supersedes="[double-reduction, prepayment]")
    set_fields(content / OLDER, repeals="[double-reduction]", effective_on="2021-08-01")
    told = [problem for problem in problems(content) if "in the end" in problem]
    assert [each.partition(":")[0] for each in told] == sorted([NEWER, OLDER])


def combinations() -> Iterator[Force]:
    days = (None, date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2))
    for validity, *others in product(VALIDITIES, days, days, days, days):
        yield Force(validity, *others)  # type: ignore[arg-type]


def test_database_and_page_agree_on_every_state() -> None:
    engine, today = create_engine("sqlite://"), date(2026, 6, 1)
    names = ("effective_on", "expires_on", "ended_on", "amended_on")
    table = Table("forces", MetaData(), Column("validity", String), *(Column(name, Date) for name in names))
    table.metadata.create_all(engine)
    forces = list(combinations())
    with engine.begin() as connection:
        connection.execute(insert(table), [vars(force) for force in forces])
        found = [state for (state,) in connection.execute(select(state_column(table.c, today)))]
    engine.dispose()
    assert found == [force.state_on(today) for force in forces]
    assert set(found) == set(STATES)
