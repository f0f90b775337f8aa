"""Registers as departments export them: the official forms of 双公示, put where they belong as they are."""

import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers.editions import read_snapshots
from openbureau.library.registers.schema import read_schema
from openbureau.library.weighing.editions import NOTHING_SERVED

SHIPPED = Path(__file__).parents[2] / "content"

Values = Mapping[str, str]


def read_register(folder: Path, content: Path) -> tuple[dict[str, Values], list[Problem]]:
    """The entries of the newest edition of a register, and all problems."""
    schema, faults = read_schema(folder, content)
    assert schema is not None, faults
    reading = read_snapshots(folder, content, schema, date(2026, 1, 1), NOTHING_SERVED, (), ReadingCache())
    rows = reading.snapshots[-1].rows if reading.snapshots else {}
    return {key: row.values for key, row in rows.items()}, reading.problems


def test_an_export_of_penalties_is_read_as_it_stands(case: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "registers" / "penalties"
    shutil.copytree(case("r01-double-publicity"), folder, ignore=shutil.ignore_patterns("expected.txt"))
    entries, problems = read_register(folder, tmp_path)

    first, second, third = entries.values()
    assert [first["rate"], second["rate"]] == ["92%", "0012"]
    assert [entry["valid_until"] for entry in entries.values()] == ["长期", "长期", "长期"]
    assert [entry["kind"] for entry in entries.values()] == [
        "罚款",
        "罚款、警告",
        "没收违法所得、没收非法财物",
    ]
    assert (first["party"], first["amount"], first["legal_rep"]) == (
        "清远市示例甲足球培训中心",
        "0.3",
        "示**",
    )
    assert (third["decided_on"], third["shown_until"]) == ("2024-05-08", "长期")
    assert [(problem.place, problem.stops) for problem in problems] == [
        ("行政处罚!G4", False),
        ("行政处罚!A6", False),
    ]
    assert problems[1].what == "此行只有合计，没有采用"


def test_an_export_fits_into_the_shipped_register_by_the_synonyms_of_its_headings(
    case: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "registers" / "administrative-penalties"
    folder.mkdir(parents=True)
    shutil.copy(SHIPPED / "registers" / folder.name / "register.toml", folder)
    shutil.copy(case("r03-vendor-export-into-shipped-register") / "2025-03-31.xlsx", folder)
    entries, problems = read_register(folder, tmp_path)

    assert not [problem for problem in problems if problem.stops]
    assert [entry["no"] for entry in entries.values()] == [
        f"清教罚〔2024〕{number}号" for number in (1, 2, 3)
    ]
    assert {(entry["cases"], entry["counting"]) for entry in entries.values()} == {("1", "逐件公开")}
    # ￥5,000.00 in a column that counts in 万元 may be either.
    assert [entry["fine"] for entry in entries.values()] == ["0.3", "", "1234.5"]
    assert any("看不出是元还是万元" in problem.what for problem in problems)
    told = next(problem.what for problem in problems if "表头没有" in problem.what)
    assert all(label in told for label in ("本站编号", "案件名称", "件数", "公开方式"))


def test_what_the_export_leaves_out_of_the_register_is_named_in_one_line(
    case: Callable[[str], Path], tmp_path: Path, told: Callable[[], None]
) -> None:
    told()
    folder = tmp_path / "registers" / "administrative-penalties"
    shutil.copytree(SHIPPED / "registers" / folder.name, folder)
    shutil.copy(case("r03-vendor-export-into-shipped-register") / "2025-03-31.xlsx", folder)
    _, problems = read_register(folder, tmp_path)

    [stop] = [problem for problem in problems if problem.stops]
    assert "2024-total" in stop.what
    assert "请把该行放回" in stop.mend
