"""Editions of registers beside those before them: days ahead, and counts."""

from datetime import timedelta
from pathlib import Path

import pytest

from openbureau.clock import today
from openbureau.library.content import read_library
from openbureau.library.weighing.editions import EditionCounts
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import PENALTIES, PENALTY, substitute, texts, write_register

pytestmark = [pytest.mark.weighs, pytest.mark.builds_itself]

PLAIN = "\n".join(
    line for line in PENALTIES.splitlines() if not line.startswith(("withdrawn_on =", "withdrawn_reason ="))
)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content without workbooks and without registers."""
    return texts(tmp_path)


def rows(count: int, **changed: str) -> list[dict[str, str]]:
    return [
        PENALTY | {"编号": f"2025-{number:03}", "案件名称": f"第{number}号案"} | changed
        for number in range(count)
    ]


def stops(content: Path) -> list[str]:
    return [str(problem) for problem in read_library(content).problems if problem.stops]


def test_an_edition_of_a_day_ahead_is_refused(content: Path) -> None:
    tomorrow = today() + timedelta(1)
    write_register(content, "penalties", PENALTIES, {str(tomorrow): rows(1)})
    assert stops(content) == [
        f"registers/penalties/{tomorrow}.csv: 文件名里的日期 {tomorrow} 还没有到（今天是 {today()}）; "
        "请改正文件名里的日期"
    ]


def test_what_is_new_changed_and_gone_is_counted(content: Path) -> None:
    second = [*rows(29)[1:], rows(40)[39] | {}]
    second[0] = second[0] | {"罚款数额": "9000"}
    write_register(content, "penalties", PLAIN, {"2025-10-31": rows(29), "2025-11-30": second})
    assert read_library(content).editions == [
        EditionCounts("registers/penalties/2025-10-31.csv", 29, 29, 0, 0),
        EditionCounts("registers/penalties/2025-11-30.csv", 29, 1, 1, 1),
    ]
    assert not stops(content)


def test_entries_whose_display_has_ended_may_go(content: Path) -> None:
    ended = rows(30, 公示截止="2025-11-20")
    write_register(content, "penalties", PLAIN, {"2025-10-31": ended, "2025-11-30": ended[:1]})
    assert not stops(content)


def test_with_retractions_every_missing_entry_stops_and_is_told_once(content: Path) -> None:
    write_register(content, "penalties", PENALTIES, {"2025-10-31": rows(30), "2025-11-30": rows(28)})
    problems = stops(content)
    assert len(problems) == 2
    assert all("公示期没有结束" in problem for problem in problems)


def test_an_edition_that_cannot_be_read_is_not_weighed(content: Path) -> None:
    write_register(content, "penalties", PLAIN, {"2025-10-31": rows(30), "2025-11-30": rows(30)})
    (content / "registers" / "penalties" / "2025-11-30.csv").write_text("错误的表头\n", encoding="utf-8")
    assert not [problem for problem in stops(content) if "此前有" in problem]


def test_an_edition_that_is_served_already_is_told_and_published_on(
    content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path / "publications")
    write_register(content, "penalties", PLAIN, {"2025-10-31": rows(30), "2025-11-30": rows(20)})
    with monkeypatch.context() as patch:
        patch.setattr("openbureau.library.weighing.editions.Removal.needs_word", False)
        publish(content, shelf)
    substitute(content / "registers" / "penalties" / "register.toml", "示例处罚清单。", "示例清单。")
    done = publish(content, shelf)
    assert [problem.file for problem in done.notes if "照旧公布" in problem.mend] == [
        "registers/penalties/2025-11-30.csv"
    ]
