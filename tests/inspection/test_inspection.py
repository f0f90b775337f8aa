"""`openbureau inspect`: every indicator with its state, and never a green one that nobody has measured."""

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from lxml import html
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from openbureau.cli import main
from openbureau.inspection.crawler import crawl
from openbureau.inspection.indicators import NOT_MEASURED, Indicator, IndicatorState
from openbureau.inspection.pages import inspect_served
from openbureau.inspection.records import inspect
from openbureau.library.content import read_library
from openbureau.library.holidays import Holidays
from openbureau.publishing.build import PublicationRefused, publish
from openbureau.publishing.publication import Damaged, Publication, Shelf, write_manifest
from openbureau.staff import Role
from openbureau.tips.model import Channel, Stage, Tip
from support.desk_visitors import enter
from support.makers import PENALTIES, PENALTY, set_fields, substitute, texts, write_register
from support.site import Clock

DAY = date(2026, 5, 20)
"""A day on which the front page of `tests/content` is a fortnight old, less one day."""

HOLIDAYS = Holidays(
    years={2026: "", 2025: ""}, off={date(2026, 3, 3): "示例"}, work={date(2026, 3, 7): "示例"}
)

RETRACTED = {**PENALTY, "撤回日期": "2026-01-05", "撤回原因": "决定已被撤销"}


def indicators(
    content: Path,
    day: date = DAY,
    *,
    holidays: Holidays = HOLIDAYS,
    unfound: tuple[str, ...] = (),
    waiting: tuple[date, ...] | None = (),
    untagged: Mapping[str, list[str]] | None = None,
) -> dict[str, Indicator]:
    """The indicators of a content folder, by name."""
    library = read_library(content)
    assert library.bureau
    assert library.is_sound, library.problems
    records = [record for record in library.records if not record.is_withdrawn]
    found = inspect(
        records,
        library.bureau,
        day,
        holidays=holidays,
        unfound=unfound,
        waiting=waiting,
        untagged=untagged,
    )
    by_name = {indicator.name: indicator for indicator in found}
    assert len(by_name) == len(found)
    return by_name


def state_and_days(indicator: Indicator) -> tuple[IndicatorState, int | None]:
    return indicator.state, indicator.days_left


@pytest.mark.parametrize(
    ("passed", "state"),
    [
        (0, IndicatorState.GREEN),
        (11, IndicatorState.GREEN),
        (12, IndicatorState.AMBER),
        (14, IndicatorState.AMBER),
        (15, IndicatorState.RED),
    ],
)
def test_the_front_page_must_have_something_new_within_a_fortnight(
    tmp_path: Path, passed: int, state: IndicatorState
) -> None:
    content = texts(tmp_path)
    newest = date(2026, 5, 7)
    found = indicators(content, newest + timedelta(days=passed))["首页更新"]
    assert state_and_days(found) == (state, 14 - passed)
    assert "2026-05-07" in found.found


def test_what_the_front_page_does_not_show_does_not_make_it_new(tmp_path: Path) -> None:
    content = texts(tmp_path)
    set_fields(content / "notices" / "summer.md", severity="低", published_at="2026-05-20 09:00")
    assert indicators(content)["首页更新"].days_left == 1
    set_fields(content / "notices" / "summer.md", severity="高")
    assert indicators(content)["首页更新"].days_left == 14


def test_a_correction_is_nothing_new(tmp_path: Path) -> None:
    content = texts(tmp_path)
    before = indicators(content)["栏目更新：政策与解读"]
    set_fields(content / "policies" / "prepayment.md", updated_at="2026-05-19 09:00", change_note="改正电话")
    assert indicators(content)["栏目更新：政策与解读"] == before


@pytest.mark.parametrize(
    ("passed", "state"),
    [
        (149, IndicatorState.GREEN),
        (150, IndicatorState.AMBER),
        (180, IndicatorState.AMBER),
        (181, IndicatorState.RED),
    ],
)
def test_a_column_of_announcements_must_have_something_new_within_six_months(
    tmp_path: Path, passed: int, state: IndicatorState
) -> None:
    found = indicators(texts(tmp_path), date(2026, 5, 7) + timedelta(days=passed))["栏目更新：公告公示"]
    assert state_and_days(found) == (state, 180 - passed)


def test_columns_out_of_date_are_counted_together(tmp_path: Path) -> None:
    found = indicators(texts(tmp_path), date(2027, 6, 1))["栏目不更新"]
    assert (found.state, len(found.items)) == (IndicatorState.AMBER, 4)


def test_a_column_without_a_limit_tells_its_age_and_is_not_green(tmp_path: Path) -> None:
    content = texts(tmp_path)
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    found = indicators(content)["栏目更新：行政处罚"]
    assert found.state is IndicatorState.UNKNOWN
    assert "2025-12-31，已过140天" in found.found


def test_empty_columns_cost_points_and_five_of_them_fail_the_site(tmp_path: Path) -> None:
    content = texts(tmp_path)
    found = indicators(content)["空白栏目"]
    assert (found.state, found.items) == (IndicatorState.AMBER, ["培训白名单"])
    for number in range(4):
        schema = PENALTIES.replace("行政处罚", f"第{number}类处罚", 1)
        write_register(content, f"penalties-{number}", schema, {"2025-12-31": [RETRACTED]})
    found = indicators(content)["空白栏目"]
    assert (found.state, len(found.items)) == (IndicatorState.RED, 5)


def test_a_day_of_publication_still_to_come_is_a_forged_one(tmp_path: Path) -> None:
    content = texts(tmp_path)
    assert indicators(content)["严重错误、弄虚作假"].state is IndicatorState.UNKNOWN
    set_fields(content / "notices" / "loans.md", published_at="2026-05-21 09:00")
    found = indicators(content)["严重错误、弄虚作假"]
    assert (found.state, len(found.items)) == (IndicatorState.RED, 1)
    assert indicators(content)["栏目更新：风险提示"].days_left != 181


def test_an_entry_without_a_day_counts_as_undated(tmp_path: Path) -> None:
    content = texts(tmp_path)
    write_register(
        content,
        "penalties",
        PENALTIES,
        {"2025-12-31": [PENALTY, {**PENALTY, "编号": "2025-2", "决定日期": ""}]},
    )
    found = indicators(content)["没有日期的信息"]
    assert (found.state, len(found.items)) == (IndicatorState.AMBER, 1)


def test_an_interpretation_whose_policy_was_withdrawn_is_not_linked_any_more(tmp_path: Path) -> None:
    content = texts(tmp_path)
    assert indicators(content)["解读关联文件"].state is IndicatorState.GREEN
    set_fields(
        content / "policies" / "prepayment.md", updated_at="2026-05-01 09:00", withdrawn_reason="内容有误"
    )
    found = indicators(content)["解读关联文件"]
    assert (found.state, found.items) == (IndicatorState.RED, ["预收费新规解读：交费前看三个数"])


def test_a_policy_without_interpretation_is_named_unless_it_no_longer_holds(tmp_path: Path) -> None:
    content = texts(tmp_path)
    policy = content / "policies" / "prepayment.md"
    (title,) = [line for line in policy.read_text(encoding="utf-8").splitlines() if line.startswith("title:")]
    set_fields(
        content / "policies" / "prepayment-explained.md",
        updated_at="2026-05-01 09:00",
        withdrawn_reason="内容有误",
    )
    found = indicators(content)["文件有解读"]
    assert found.state is IndicatorState.AMBER
    assert title.removeprefix("title: ") in found.items
    set_fields(policy, validity="废止")
    assert title.removeprefix("title: ") not in indicators(content)["文件有解读"].items


@pytest.mark.parametrize(
    ("published_at", "state"),
    [
        # From 2 March 2026, a Monday: 3 March is off, Saturday 7 March is worked.
        ("2026-03-30 09:00", IndicatorState.GREEN),
        ("2026-03-31 09:00", IndicatorState.RED),
    ],
)
def test_own_documents_must_be_public_within_twenty_working_days(
    tmp_path: Path, published_at: str, state: IndicatorState
) -> None:
    content = own_document(tmp_path, made_on="2026-03-02", published_at=published_at)
    assert indicators(content)["公开时限"].state is state


def own_document(tmp_path: Path, **fields: str) -> Path:
    """Content of which one policy is the bureau's own."""
    content = texts(tmp_path)
    set_fields(content / "policies" / "prepayment.md", issuer="[清远市教育局]", **fields)
    for path in (content / "policies").glob("*.md"):
        if path.stem != "prepayment":
            set_fields(path, issuer="[别的单位]")
    return content


@pytest.mark.parametrize("made_on", ["2026", "2026-02"])
def test_how_long_a_document_took_is_unknown_when_its_day_is_not_told(tmp_path: Path, made_on: str) -> None:
    content = own_document(tmp_path, made_on=made_on, published_at="2026-03-02 09:00")
    found = indicators(content)["公开时限"]
    assert (found.state, len(found.items)) == (IndicatorState.UNKNOWN, 1)


def test_how_long_a_document_took_is_unknown_without_the_days_off_of_that_year(tmp_path: Path) -> None:
    content = own_document(tmp_path, made_on="2026-03-02", published_at="2026-03-04 09:00")
    assert indicators(content)["公开时限"].state is IndicatorState.GREEN
    assert indicators(content, holidays=Holidays())["公开时限"].state is IndicatorState.UNKNOWN


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ({"opens_on": "2026-04-10", "closes_on": "2026-05-19"}, IndicatorState.AMBER),
        ({"opens_on": "2026-04-10", "closes_on": "2026-05-20"}, IndicatorState.GREEN),
        ({"opens_on": "", "closes_on": ""}, IndicatorState.UNKNOWN),
    ],
)
def test_a_consultation_that_has_closed_waits_for_its_result(
    tmp_path: Path, days: dict[str, str], state: IndicatorState
) -> None:
    content = texts(tmp_path)
    draft = content / "consultations" / "after-school-care.md"
    set_fields(draft, **days)
    assert indicators(content)["征集调查"].state is state
    set_fields(draft, received="0", results_on="2026-05-21")
    assert indicators(content)["征集调查"].state is IndicatorState.GREEN


@pytest.mark.parametrize(
    ("passed", "state"),
    [
        (59, IndicatorState.GREEN),
        (60, IndicatorState.AMBER),
        (90, IndicatorState.AMBER),
        (91, IndicatorState.RED),
    ],
)
def test_the_oldest_tip_without_an_answer_counts(tmp_path: Path, passed: int, state: IndicatorState) -> None:
    oldest = DAY - timedelta(days=passed)
    found = indicators(texts(tmp_path), waiting=(DAY, oldest))["未答复的线索"]
    assert state_and_days(found) == (state, 90 - passed)
    assert "2件" in found.found


def test_tags_that_pages_lack_are_told_together_and_unread_pages_are_unknown(tmp_path: Path) -> None:
    content = texts(tmp_path)
    assert indicators(content)["元数据"].state is IndicatorState.UNKNOWN
    assert indicators(content, untagged={})["元数据"].state is IndicatorState.GREEN
    found = indicators(content, untagged={"/": ["SiteIDCode"], "/a/": ["SiteIDCode"], "/b/": ["PubDate"]})
    assert (found["元数据"].state, found["元数据"].found) == (IndicatorState.AMBER, "3个页面缺标签")
    assert found["元数据"].items == ["缺SiteIDCode：2个页面，例如/", "缺PubDate：1个页面，例如/b/"]


def test_tips_nobody_can_count_are_not_green(tmp_path: Path) -> None:
    content = texts(tmp_path)
    assert indicators(content, waiting=None)["未答复的线索"].state is IndicatorState.UNKNOWN
    assert indicators(content, waiting=())["未答复的线索"].state is IndicatorState.GREEN


def test_a_title_that_the_search_does_not_find_is_named(tmp_path: Path) -> None:
    found = indicators(texts(tmp_path), unfound=("找不到的通知",))["站内搜索"]
    assert (found.state, found.items) == (IndicatorState.AMBER, ("找不到的通知",))


def test_what_the_foot_of_the_pages_lacks_is_red_unless_it_is_a_demonstration(tmp_path: Path) -> None:
    library = read_library(texts(tmp_path))
    assert library.bureau
    for bureau, state in (
        (library.bureau, IndicatorState.AMBER),
        (replace(library.bureau, demo=False), IndicatorState.RED),
    ):
        found = inspect([], bureau, DAY, holidays=HOLIDAYS, unfound=(), waiting=None)
        (footer,) = [indicator for indicator in found if indicator.name == "页脚要素"]
        assert footer.state is state
        assert "网站标识码" in footer.items


def test_what_was_not_compared_with_its_source_for_a_year_is_told(tmp_path: Path) -> None:
    content = texts(tmp_path)
    checked_on = date(2026, 5, 1)
    for day, state, left in (
        (checked_on + timedelta(days=334), IndicatorState.GREEN, 31),
        (checked_on + timedelta(days=335), IndicatorState.AMBER, 30),
        (checked_on + timedelta(days=365), IndicatorState.AMBER, 0),
        (checked_on + timedelta(days=366), IndicatorState.RED, -1),
    ):
        found = indicators(content, day)["内容核对"]
        assert state_and_days(found) == (state, left)
        assert bool(found.items) == (state is IndicatorState.RED)
    substitute(content / "site.toml", 'language = "zh-CN"', 'recheck_days = 10\nlanguage = "zh-CN"')
    assert state_and_days(indicators(content)["内容核对"]) == (IndicatorState.RED, -9)


def test_what_nobody_compared_with_its_source_and_what_is_said_to_be_checked_tomorrow_is_told(
    tmp_path: Path,
) -> None:
    content = texts(tmp_path)
    set_fields(content / "notices" / "summer.md", checked_on="")
    found = indicators(content)["内容核对"]
    assert found.state is IndicatorState.AMBER
    (item,) = found.items
    assert item.endswith("没有写checked_on")
    set_fields(content / "notices" / "summer.md", checked_on="2026-05-21")
    found = indicators(content)["内容核对"]
    assert found.state is IndicatorState.RED
    (item,) = found.items
    assert item.endswith("核对日期2026-05-21还没有到")


def test_what_names_a_policy_that_a_newer_one_changed_is_told_until_it_is_checked_again(
    tmp_path: Path,
) -> None:
    content = texts(tmp_path)
    old, new = content / "policies" / "prepayment.md", content / "policies" / "prepayment-2026.md"
    shutil.copy(old, new)
    set_fields(
        new,
        title="预收费新规定",
        index_no="2026-00901",
        doc_no="示例〔2026〕9号",
        amends="[prepayment]",
        effective_on="2026-05-10",
    )
    (title,) = re.findall(r"^title: (.*)$", old.read_text(encoding="utf-8"), re.MULTILINE)
    notice = content / "notices" / "summer.md"
    notice.write_text(f"{notice.read_text(encoding='utf-8')}\n\n见《{title}》。\n", encoding="utf-8")
    assert indicators(content, date(2026, 5, 9))["引用的文件有变"].state is IndicatorState.GREEN
    found = indicators(content)["引用的文件有变"]
    assert found.state is IndicatorState.RED
    (item,) = [item for item in found.items if "暑" in item]
    assert item.endswith(f"提到《{title}》，2026-05-10被新文件修改《预收费新规定》")
    set_fields(notice, checked_on="2026-05-10")
    assert not [item for item in indicators(content)["引用的文件有变"].items if "暑" in item]


COMING = Holidays(years={2026: "", 2027: ""})


@pytest.mark.parametrize(
    ("day", "holidays", "expected"),
    [
        (date(2026, 5, 20), HOLIDAYS, (IndicatorState.GREEN, 165)),
        (date(2026, 9, 30), HOLIDAYS, (IndicatorState.GREEN, 32)),
        (date(2026, 10, 1), HOLIDAYS, (IndicatorState.AMBER, 31)),
        (date(2026, 10, 31), HOLIDAYS, (IndicatorState.AMBER, 1)),
        (date(2026, 11, 1), HOLIDAYS, (IndicatorState.RED, 0)),
        (date(2026, 12, 31), HOLIDAYS, (IndicatorState.RED, -60)),
        (date(2026, 12, 31), COMING, (IndicatorState.GREEN, None)),
        (date(2027, 1, 1), HOLIDAYS, (IndicatorState.RED, None)),
        (date(2027, 1, 1), COMING, (IndicatorState.GREEN, 304)),
    ],
)
def test_from_november_on_the_days_off_of_the_coming_year_must_be_known(
    tmp_path: Path, day: date, holidays: Holidays, expected: tuple[IndicatorState, int | None]
) -> None:
    found = indicators(texts(tmp_path), day, holidays=holidays)["放假安排"]
    assert state_and_days(found) == expected
    assert [*found.items] == (["content/holidays/2027.toml"] if expected[0] is IndicatorState.RED else [])


def test_what_records_do_not_tell_is_said_to_be_unknown_and_why(tmp_path: Path) -> None:
    found = indicators(texts(tmp_path))
    for name, _, _, why in NOT_MEASURED:
        assert (found[name].state, found[name].found) == (IndicatorState.UNKNOWN, why)


# The command

Command = Callable[..., Result]


@pytest.fixture
def openbureau(tmp_path: Path) -> Command:
    """The command `openbureau` for a site whose content is published, and which is not set up yet."""
    content = texts(tmp_path)
    environment = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(tmp_path / "instance")}

    def run(*words: str) -> Result:
        answer = CliRunner().invoke(main, [*words], env=environment)
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    return run


def as_told(answer: Result) -> dict[str, dict[str, Any]]:
    return {indicator["name"]: indicator for indicator in json.loads(answer.stdout)["indicators"]}


def test_inspect_reads_the_tags_of_every_page(openbureau: Command, tmp_path: Path) -> None:
    openbureau("publish")
    found = as_told(openbureau("inspect", "--on", "2026-05-20", "--json"))["元数据"]
    (item,) = found["items"]
    assert item.startswith("缺SiteIDCode："), "the code is blank in a demonstration"
    assert item.endswith("例如/")
    substitute(tmp_path / "content" / "site.toml", 'site_code = ""', 'site_code = "4418000001"')
    openbureau("publish")
    found = as_told(openbureau("inspect", "--on", "2026-05-20", "--json"))["元数据"]
    assert (found["state"], found["found"]) == ("green", "0个页面缺标签")


def test_inspect_prints_every_indicator_with_limit_source_and_countdown(openbureau: Command) -> None:
    openbureau("publish")
    lines = openbureau("inspect", "--on", "2026-05-20").stdout.splitlines()
    assert lines[0].startswith("2026-05-20")
    assert "演示数据" in lines[0]
    place = next(number for number, line in enumerate(lines) if line.startswith("[黄] 首页更新"))
    assert lines[place].endswith("；剩1天")
    assert lines[place + 1] == "    要求：14天内有新内容（国办秘函〔2019〕19号 单项否决）"
    assert lines[-1].startswith("绿")


def test_inspect_tells_programs_the_same_as_people(openbureau: Command) -> None:
    openbureau("publish")
    plain = openbureau("inspect", "--on", "2026-05-20").stdout
    answer = openbureau("inspect", "--on", "2026-05-20", "--json")
    told = as_told(answer)
    labels = {state.value: state.label for state in IndicatorState}
    assert json.loads(answer.stdout)["day"] == "2026-05-20"
    assert told["首页更新"]["days_left"] == 1
    for name, indicator in told.items():
        assert f"[{labels[indicator['state']]}] {name}：{indicator['found']}" in plain


def test_a_strict_inspection_fails_only_when_something_is_red(openbureau: Command) -> None:
    openbureau("publish")
    good, bad = openbureau("inspect", "--strict", "--on", "2026-05-20"), ("inspect", "--on", "2028-01-01")
    assert good.exit_code == 0, good.stdout
    assert openbureau(*bad).exit_code == 0
    assert openbureau(*bad, "--strict").exit_code == 1
    assert openbureau(*bad, "--strict", "--json").exit_code == 1


def test_inspect_says_what_to_do_when_nothing_is_published(openbureau: Command) -> None:
    answer = openbureau("inspect")
    assert answer.exit_code == 1
    assert "run `openbureau publish`" in answer.stderr


def test_inspect_makes_no_database_where_there_is_none(openbureau: Command, tmp_path: Path) -> None:
    openbureau("publish")
    assert as_told(openbureau("inspect", "--json"))["未答复的线索"]["state"] == "unknown"
    assert not (tmp_path / "instance" / "tips.db").exists()


def test_a_database_that_does_not_answer_is_not_green_and_keeps_nobody_from_inspecting(
    openbureau: Command, tmp_path: Path
) -> None:
    openbureau("publish")
    (tmp_path / "instance" / "tips.db").write_bytes(b"no database at all" * 100)
    answer = openbureau("inspect", "--json")
    assert answer.exit_code == 0
    assert as_told(answer)["未答复的线索"]["state"] == "unknown"


def test_inspect_tells_the_same_whether_tips_wait_or_not(openbureau: Command, tmp_path: Path) -> None:
    openbureau("publish")
    openbureau("setup")
    before = openbureau("inspect", "--on", "2026-05-20", "--json").stdout
    stages = {Stage.SCREENING: date(2026, 5, 1), Stage.ANSWERED: date(2026, 1, 1)}
    write_tips(tmp_path / "instance" / "tips.db", stages)
    assert openbureau("inspect", "--on", "2026-05-20", "--json").stdout == before
    assert "2026-05-01" not in before


def write_tips(database: Path, stages: Mapping[Stage, date]) -> None:
    """A tip in each of the stages, received on that day; what it says is nobody's business here."""
    engine = create_engine(f"sqlite:///{database}")
    with Session(engine) as session:
        for number, (stage, day) in enumerate(stages.items()):
            code, sealed = bytes([number]) * 32, b"sealed"
            tip = Tip(
                receipt_mac=code,
                reply_key="",
                channel=Channel.WEB,
                unit="",
                categories="",
                received_on=day,
                stage=stage,
                stage_on=day,
                body=sealed,
                suite="none",
                set_version=1,
            )
            session.add(tip)
        session.commit()
    engine.dispose()


def test_the_annual_figures_say_what_they_count_and_what_nobody_counts(openbureau: Command) -> None:
    openbureau("publish")
    plain = openbureau("inspect", "annual", "--year", "2026").stdout
    assert "互动交流  收到意见：6条" in plain
    assert "访问  网站总访问量：未统计" in plain
    told = json.loads(openbureau("inspect", "annual", "--year", "2026", "--json").stdout)
    assert told["year"] == 2026
    assert {item["name"]: item["value"] for item in told["items"]}["收到意见"] == 6


def test_every_link_of_every_page_is_followed_and_those_to_other_sites_are_only_listed(
    openbureau: Command, tmp_path: Path
) -> None:
    openbureau("setup")
    openbureau("publish")
    answer = openbureau("inspect", "links")
    assert "站外  https://example.org/1  见/policies/prepayment/" in answer.stdout
    assert not [line for line in answer.stdout.splitlines() if line.startswith("打不开")]
    assert answer.exit_code == 0


def test_a_dead_link_and_a_dead_part_of_a_page_are_named_with_the_page_that_has_them() -> None:
    pages = {
        "/": '<main><a href="/a/">a</a> <a href="#part">there</a> <a href="https://b.example/">b</a></main>',
        "/a/": '<a href="/gone/">gone</a> <a href="#nowhere">x</a> <a href="/a/?page=2">2</a>',
    }
    asked = []

    def ask(address: str) -> tuple[int, str, str]:
        asked.append(address)
        return (200, "text/html", pages[address]) if address in pages else (404, "text/html", "")

    found = crawl(ask, ["/"])
    assert sorted(found.dead) == [("/#part", 200, "/"), ("/a/#nowhere", 200, "/a/"), ("/gone/", 404, "/a/")]
    assert found.elsewhere == {"https://b.example/": "/"}
    assert sorted(asked) == ["/", "/a/", "/gone/"], "each is asked for once"


def test_a_site_with_blanks_that_calls_itself_production_is_not_served(tmp_path: Path) -> None:
    content, shelf = texts(tmp_path), Shelf(tmp_path / "publications")
    served = publish(content, shelf).id
    site = shelf.folder / served / "site.toml"
    set_demo = site.read_text(encoding="utf-8").replace("\ndemo = true", "\ndemo = false")
    site.write_text(set_demo, encoding="utf-8")
    write_manifest(shelf.folder / served, {"id": served, "records": 0, "account_key": ""})
    with pytest.raises(Damaged, match=r"site\.toml cannot be read"):
        Publication(shelf.folder / served)
    (content / "site.toml").write_text(set_demo, encoding="utf-8")
    with pytest.raises(PublicationRefused) as refused:
        publish(content, shelf)
    assert any("site_code is empty" in str(problem) for problem in refused.value.problems)


def test_staff_see_the_indicators_with_what_is_to_be_mended_first(desk: Flask, clock: Clock) -> None:
    page = enter(desk, clock, Role.AUDITOR).client.get("/self-check")
    assert desk.test_client().get("/self-check").status_code == 303
    found = len(indicators_of(desk))
    assert page.status_code == 200
    rows = html.document_fromstring(page.text).xpath("//tbody/tr")
    states = [row.xpath("string(./td[1])").strip() for row in rows]
    assert len(rows) == found
    assert states == sorted(states, key=["红", "黄", "未能检测", "绿"].index)


def test_the_desk_is_warned_from_november_on_of_days_off_that_nobody_wrote_down(
    desk: Flask, clock: Clock
) -> None:
    warnings = {}
    for month, day in ((10, 31), (11, 1)):
        clock.now = datetime(2026, month, day, 4, tzinfo=UTC)
        page = enter(desk, clock, Role.AUDITOR, name=f"auditor-{month}").client.get("/self-check")
        found = html.document_fromstring(page.text).xpath("//*[@role='note']")
        warnings[month] = [" ".join(warning.text_content().split()) for warning in found]
    assert warnings[10] == []
    (warning,) = warnings[11]
    assert warning.startswith("缺2027年放假调休安排。")
    assert "content/holidays/2027.toml" in warning


def indicators_of(desk: Flask) -> list[Indicator]:
    return inspect_served(desk.extensions["openbureau"].shelf.current(), DAY, ())
