"""The word of somebody that what an edition no longer has is rightly gone, in a file beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openbureau.cli import main
from openbureau.library.content import read_library
from openbureau.publishing.build import publication_id
from support.makers import PENALTIES, texts, write_register
from support.whitelist_makers import edition, institutions

pytestmark = pytest.mark.weighs

BEFORE, AFTER = "2024-06-30.xlsx", "2024-12-31.xlsx"
PLAIN = "\n".join(
    line for line in PENALTIES.splitlines() if not line.startswith(("withdrawn_on =", "withdrawn_reason ="))
)
"""Penalties without retractions: entries may go."""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content with a list of 30 and one of 20 of them."""
    folder = texts(tmp_path)
    (folder / "whitelist").mkdir()
    rows = [*institutions(20), *institutions(10, "441881", "英德市")]
    edition(folder, *rows, name=BEFORE, sheet="名单")
    edition(folder, *rows[10:], name=AFTER, sheet="名单")
    return folder


def command(content: Path, *words: str | Path) -> Result:
    environment = {
        "OPENBUREAU_CONTENT": str(content),
        "OPENBUREAU_INSTANCE": str(content.parent / "instance"),
    }
    return CliRunner().invoke(main, [str(word) for word in words], env=environment)


def stops(content: Path) -> list[str]:
    return [str(problem) for problem in read_library(content).problems if problem.stops]


@pytest.mark.parametrize("named", ["path", "name", "below"])
def test_a_removal_that_was_shown_and_confirmed_is_published(content: Path, named: str) -> None:
    assert stops(content)
    paths = {"path": content / "whitelist" / AFTER, "name": AFTER, "below": f"whitelist/{AFTER}"}
    done = command(content, "whitelist", "confirm", paths[named])
    assert done.exit_code == 0
    assert [f"441802\t清远市示例清城区{number}培训中心" in done.output for number in range(1, 12)] == [
        *[True] * 10,
        False,
    ]
    assert "whitelist/2024-12-31.confirmed.toml" in done.output
    assert not stops(content)
    published = command(content, "publish")
    assert published.exit_code == 0
    assert "whitelist/2024-12-31.xlsx: 20 rows, 0 new, 0 changed, 10 gone" in published.output


def test_another_removal_is_not_confirmed_with_it(content: Path) -> None:
    command(content, "whitelist", "confirm", AFTER)
    rows = [*institutions(20), *institutions(10, "441881", "英德市")]
    edition(content, *rows[:5], *rows[15:], name=AFTER, sheet="名单")
    (problem,) = stops(content)
    assert "旁边的确认不是对这些写的" in problem


def test_a_list_corrected_elsewhere_stays_confirmed(content: Path) -> None:
    command(content, "whitelist", "confirm", AFTER)
    rows = [*institutions(20), *institutions(10, "441881", "英德市")][10:]
    rows[0] |= {"办学地址": "清远市清城区示例新路1号"}
    edition(content, *rows, name=AFTER, sheet="名单")
    edition(content, *rows, name="2025-01-31.xlsx", sheet="名单")
    assert not stops(content)


def test_a_confirmation_counts_for_the_id(content: Path) -> None:
    before = publication_id(content)
    command(content, "whitelist", "confirm", AFTER)
    assert publication_id(content) != before


def test_one_county_s_list_that_is_the_city_s_can_be_confirmed(content: Path) -> None:
    (content / "whitelist" / BEFORE).unlink()
    (content / "whitelist" / AFTER).unlink()
    edition(content, *institutions(3), name=AFTER, sheet="名单")
    assert stops(content)
    assert command(content, "whitelist", "confirm", AFTER).exit_code == 0
    assert not stops(content)


def test_where_nothing_needs_a_word_nothing_is_written(content: Path) -> None:
    done = command(content, "whitelist", "confirm", BEFORE)
    assert (done.exit_code, "不用确认" in done.output) == (0, True)
    assert not list((content / "whitelist").glob("*.toml"))


def test_a_file_that_is_no_edition_cannot_be_confirmed(content: Path) -> None:
    done = command(content, "whitelist", "confirm", "2023-01-01.xlsx")
    assert done.exit_code == 1
    assert "2023-01-01.xlsx：不是" in done.output
    assert AFTER in done.output


@pytest.mark.parametrize(
    "text",
    [
        "removed = 10\n",
        'removed = "10"\ndigest = "1"\n',
        'removed = 1\ndigest = "1"\nmore = 1\n',
        "removed 10",
    ],
)
def test_a_confirmation_that_is_none_is_told(content: Path, text: str) -> None:
    (content / "whitelist" / "2024-12-31.confirmed.toml").write_text(text, encoding="utf-8")
    assert any(problem.startswith("whitelist/2024-12-31.confirmed.toml:") for problem in stops(content))


def test_a_confirmation_of_nothing_is_noted(content: Path) -> None:
    command(content, "whitelist", "confirm", AFTER)
    (content / "whitelist" / AFTER).unlink()
    notes = [problem for problem in read_library(content).problems if "没有对应的一期" in problem.what]
    assert [(problem.file, problem.stops) for problem in notes] == [
        ("whitelist/2024-12-31.confirmed.toml", False)
    ]


def penalties(content: Path, *counts: int) -> None:
    """A register whose editions have so many entries of the same fifty."""
    rows = [{"编号": f"2025-{number:03}", "案件名称": f"第{number}号案"} for number in range(50)]
    days = ["2025-10-31", "2025-11-30", "2025-12-31"]
    editions = {day: rows[:count] for day, count in zip(days, counts, strict=False)}
    write_register(content, "penalties", PLAIN, editions)


def test_entries_that_a_register_no_longer_has_stop_until_they_are_confirmed(content: Path) -> None:
    command(content, "whitelist", "confirm", AFTER)
    penalties(content, 50, 49, 40)
    (problem,) = stops(content)
    assert problem.startswith(
        "registers/penalties/2025-12-31.csv: 本期有40条，此前有49条，其中9条（18.4%）在本期没有：2025-040、"
    )
    assert "openbureau registers confirm penalties/2025-12-31.csv" in problem
    done = command(content, "registers", "confirm", "penalties/2025-12-31.csv")
    assert done.exit_code == 0
    assert done.output.splitlines()[:2] == ["2025-040", "2025-041"]
    assert not stops(content)
    checked = command(content, "check")
    assert "registers/penalties/2025-12-31.csv: 40 rows, 0 new, 0 changed, 9 gone" in checked.output


def test_to_confirm_needs_no_site_that_is_set_up(content: Path) -> None:
    """As an editor does it, on a machine of their own."""
    program = Path(sys.executable).with_name("openbureau")
    environment = {**os.environ, "OPENBUREAU_CONTENT": str(content)}
    words = [program, "whitelist", "confirm", content / "whitelist" / AFTER]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert "已确认移出10家" in done.stdout
