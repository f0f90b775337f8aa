"""What is invented is dated by one day, stands in the instance alone, and says that it is invented."""

import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openbureau.cli import main
from openbureau.clock import start_of, today
from openbureau.config import BadSetting, load
from openbureau.demonstration.days import dated
from openbureau.demonstration.making import BadDemonstration, demonstrated
from openbureau.library.bureau import read_bureau
from openbureau.library.content import DEMONSTRATION, Library, content_files, read_library
from openbureau.library.documents.announcements import Announcement
from openbureau.library.documents.consultations import Consultation
from openbureau.library.documents.notices import Notice
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers import RegisterEntry
from openbureau.library.whitelist.editions import read_editions
from openbureau.library.whitelist.institutions import Institution
from openbureau.publishing.build import publication_id
from openbureau.publishing.publication import Shelf
from support.makers import REAL, substitute

DAY = date(2026, 12, 17)
EARLIER = date(2026, 8, 17)
NOON = start_of(DAY) + timedelta(hours=12)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in content_files(folder)}


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> ReadingCache:
    """What was read of the shipped lists."""
    return ReadingCache(tmp_path_factory.mktemp("readings"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, readings: ReadingCache) -> Iterator[Path]:
    """The shipped content as a demonstration of DAY."""
    with demonstrated(REAL, tmp_path_factory.mktemp("instance"), DAY, readings) as content:
        yield content


@pytest.fixture(scope="module")
def library(made: Path, readings: ReadingCache) -> Library:
    """What it says at noon of that day."""
    return read_library(made, None, readings, now=NOON)


@pytest.fixture(scope="module")
def institutions(library: Library) -> dict[str, Institution]:
    return {record.slug: record for record in library.records if isinstance(record, Institution)}


@pytest.fixture
def small(content: Path) -> Path:
    """The tests' own content with something invented."""
    notice = (content / "notices" / "summer.md").read_text(encoding="utf-8")
    notice = re.sub("(?m)^title: .*", "title: 今天的提示（示例）", notice)
    notice = re.sub("(?m)^published_at: .*", "published_at: {{day-1}} 09:00", notice)
    notice = re.sub("(?m)^index_no: .*", "index_no: {{year}}-00900", notice)
    (content / DEMONSTRATION / "notices").mkdir(parents=True)
    (content / DEMONSTRATION / "notices" / "of-today.md").write_text(notice, encoding="utf-8")
    return content


# One day


def test_the_same_content_and_day_give_the_same_publication_on_every_machine(
    made: Path, tmp_path: Path, readings: ReadingCache
) -> None:
    with demonstrated(REAL, tmp_path, DAY, readings) as again:
        assert files_of(again) == files_of(made)
        assert publication_id(again) == publication_id(made)


def test_on_another_day_the_invented_days_move_and_nothing_real_does(
    made: Path, tmp_path: Path, readings: ReadingCache
) -> None:
    real = files_of(REAL)
    with demonstrated(REAL, tmp_path, DAY + timedelta(days=31), readings) as later:
        first, second = files_of(made), files_of(later)
        assert publication_id(later) != publication_id(made)
    assert real.items() <= first.items()
    assert real.items() <= second.items()
    assert "whitelist/2026-11-30.xlsx" in first
    assert "whitelist/2026-12-31.xlsx" in second
    texts = {name for name in first.keys() - real.keys() if name.endswith(".md")}
    assert texts
    assert not [name for name in texts if first[name] == second[name]]


def test_days_are_written_as_people_write_them() -> None:
    text = "{{day}} {{day-17}} {{day+15|年月日}} {{month_end|月日}} {{month_end-30}} {{year-1}} {{tag}}"
    assert dated(text, DAY) == "2026-12-17 2026-11-30 2027年1月1日 11月30日 2026-10-31 2025 {{tag}}"


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2028, 2, 29)], ids=str)
def test_the_list_can_be_made_on_every_day(day: date, tmp_path: Path, readings: ReadingCache) -> None:
    last = day.replace(day=1) - timedelta(days=1)
    with demonstrated(REAL, tmp_path, day, readings) as content:
        assert (content / "whitelist" / f"{last}.xlsx").is_file()


# What is invented


def test_it_is_fit_to_be_published_and_nothing_invented_is_complained_of(library: Library) -> None:
    assert library.is_sound
    assert not library.waiting
    shipped = {path.relative_to(REAL).as_posix() for path in content_files(REAL)}
    told = [str(problem) for problem in library.problems if problem.file not in shipped]
    # Codes that the lists before lack, too: they name the institution for ever.
    assert not [problem for problem in told if "统一社会信用代码" not in problem]


def test_most_permits_are_in_force_and_every_verdict_occurs(institutions: dict[str, Institution]) -> None:
    states = Counter(one.state_on(DAY) for one in institutions.values())
    soon = {(DAY + timedelta(days=count)).isoformat() for count in range(31)}
    ending = [one for one in institutions.values() if one.status == "正常" and one.valid_to in soon]
    assert states["正常"] > 0.85 * sum(one.is_listed for one in institutions.values())
    assert len(ending) == 11
    assert states["许可证已过期"] == 9
    few = ("有效期届满", "预警", "停业", "变更中", "已移出名单", "已注销")
    assert all(3 <= states[state] <= 15 for state in few), states


def test_an_institution_keeps_its_name_codes_places_and_address_of_the_web(
    institutions: dict[str, Institution], readings: ReadingCache
) -> None:
    bureau, _ = read_bureau(REAL)
    assert bureau
    records = read_editions(REAL, bureau, on=DAY, readings=readings).records
    before = [record for record in records if isinstance(record, Institution)]
    assert {one.slug for one in before} == institutions.keys()
    for one in before:
        after = institutions[one.slug]
        for name in ("title", "uscc", "permit_no", "county", "addr_premises", "categories", "audiences"):
            assert getattr(after, name) == getattr(one, name), (one.title, name)


def test_registers_show_twenty_invented_rows_and_more_beside_the_real_ones(library: Library) -> None:
    entries = [record for record in library.records if isinstance(record, RegisterEntry)]
    invented = Counter(
        one.register for one in entries if any("示例" in value for value in one.values.values())
    )
    assert len(invented) == 4
    assert all(count >= 20 for count in invented.values())
    for name in invented:
        real = (REAL / "registers" / name / "2024-12-31.csv").read_text(encoding="utf-8-sig")
        for row in csv.DictReader(io.StringIO(real)):
            assert f"{name}--{row['本站编号']}" in {one.slug for one in entries}


def test_a_draft_can_be_commented_a_risk_is_told_and_figures_have_two_years(library: Library) -> None:
    drafts = [record for record in library.records if isinstance(record, Consultation)]
    [is_open] = [one for one in drafts if one.is_open_on(DAY)]
    assert "（示例）" in is_open.title
    assert is_open.draft
    assert "第一条" in is_open.text
    assert [one.received for one in drafts if one.received]
    notices = [one for one in library.records if isinstance(one, Notice) and "（示例）" in one.title]
    assert [one.state_on(DAY) for one in notices] == [""]
    [figures] = [one for one in library.records if isinstance(one, Announcement) and "（示例）" in one.title]
    assert {figure.as_of[:4] for figure in figures.figures} == {"2024", "2025"}


# Where it stands


def test_publishing_writes_to_the_instance_alone_and_a_later_day_publishes_anew(
    small: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in small.rglob("*") if path.is_file()}
    instance = tmp_path / "instance"

    def run(command: str, day: date | None) -> Result:
        env = {"OPENBUREAU_CONTENT": str(small), "OPENBUREAU_INSTANCE": str(instance)}
        return CliRunner().invoke(main, [command], env=env | {"OPENBUREAU_DEMONSTRATION_DAY": f"{day or ''}"})

    first, second = (run("publish", day).output.splitlines()[-1] for day in (EARLIER, None))
    assert first.startswith("published ")
    assert second.startswith("published ")
    assert first != second
    notice = Shelf(instance / "publications").current().catalogue.get("notices", "of-today")
    assert notice
    assert notice.day == (today() - timedelta(days=1)).isoformat()
    assert {path: path.read_bytes() for path in small.rglob("*") if path.is_file()} == before
    assert run("due", None).exit_code == 1
    assert run("due", EARLIER).exit_code == 0


def test_after_the_demonstration_has_ended_no_day_makes_it_due(small: Path, tmp_path: Path) -> None:
    env = {"OPENBUREAU_CONTENT": str(small), "OPENBUREAU_INSTANCE": str(tmp_path / "instance")}
    earlier = env | {"OPENBUREAU_DEMONSTRATION_DAY": EARLIER.isoformat()}
    assert CliRunner().invoke(main, ["publish"], env=earlier).exit_code == 0
    assert CliRunner().invoke(main, ["due"], env=env).exit_code == 0
    shutil.rmtree(small / DEMONSTRATION)
    assert CliRunner().invoke(main, ["publish"], env=env).exit_code == 0
    assert CliRunner().invoke(main, ["due"], env=env).exit_code == 1


def test_a_site_that_is_no_demonstration_refuses_what_is_invented(small: Path) -> None:
    shutil.copy(small / DEMONSTRATION / "notices" / "of-today.md", small / "notices" / "of-today.md")
    substitute(small / "notices" / "of-today.md", "{{day-1}}", "2026-05-01")
    substitute(small / "notices" / "of-today.md", "{{year}}", "2026")
    substitute(small / "site.toml", "demo = true   ", "demo = false  ")
    refused = {
        problem.file: problem for problem in read_library(small).problems if "invented" in problem.what
    }
    assert refused.keys() == {
        DEMONSTRATION,
        "notices/of-today.md",
        *(f"whitelist/{path.name}" for path in (small / "whitelist").iterdir()),
    }
    assert all(problem.stops for problem in refused.values())


@pytest.mark.parametrize(
    ("name", "text", "day", "why"),
    [
        ("notices/summer.md", "", DAY, "content/ has a file of that name"),
        ("notices/x.md", "", date(2024, 10, 3), "2024-10-03 is too early"),
        ("registers/fines.csv", "本站编号\n1\n", DAY, "fines: there is no edition in CSV"),
    ],
)
def test_what_cannot_be_made_is_told(
    name: str, text: str, day: date, why: str, small: Path, tmp_path: Path
) -> None:
    (small / DEMONSTRATION / name).parent.mkdir(exist_ok=True)
    (small / DEMONSTRATION / name).write_text(text, encoding="utf-8")
    with (
        pytest.raises(BadDemonstration, match=re.escape(why)),
        demonstrated(small, tmp_path, day, ReadingCache()),
    ):
        pass


def test_an_invented_row_has_to_say_so(tmp_path: Path, small: Path) -> None:
    shutil.copytree(REAL / "registers" / "proposals", small / "registers" / "proposals")
    (small / DEMONSTRATION / "registers").mkdir()
    rows = small / DEMONSTRATION / "registers" / "proposals.csv"
    for text, why in (
        ("本站编号,标题\n7,建议\n", "7 do not say 示例"),
        ("本站编号,题\n7,示例\n", "no columns 题"),
    ):
        rows.write_text(text, encoding="utf-8")
        with pytest.raises(BadDemonstration, match=why), demonstrated(small, tmp_path, DAY, ReadingCache()):
            pass


def test_a_day_that_is_none_is_no_setting() -> None:
    with pytest.raises(BadSetting, match="2026-11-31"):
        load({"OPENBUREAU_DEMONSTRATION_DAY": "2026-11-31"})
