"""Documents that wait for their minute: nowhere before it, everywhere then, and who publishes them."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openbureau.cli import due as due_module
from openbureau.cli import main
from openbureau.library.content import read_library
from openbureau.library.documents.policies import Policy
from openbureau.publishing.build import publication_id, publish
from openbureau.publishing.publication import Shelf
from support.makers import set_fields, texts, visitor
from support.site import NOON

pytestmark = pytest.mark.builds_itself

MINUTE = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
"""Half past three in the afternoon in China, of the day on which the tests' visitors come at noon."""

JUST_BEFORE = MINUTE - timedelta(seconds=1)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content with a notice that waits, with an attachment."""
    folder = texts(tmp_path)
    write_waiting(folder)
    return folder


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "publications")


def write_waiting(content: Path, name: str = "later", until: str = "2026-06-01 15:30") -> Path:
    path = content / "notices" / f"{name}.md"
    shutil.copy(content / "notices" / "summer.md", path)
    number = 7000 + len(list(content.glob("notices/*.md")))
    set_fields(path, title="丙项目暂停招生", index_no=f"2026-{number:05}", published_at=until)
    (content / "notices" / name).mkdir()
    (content / "notices" / name / "table.csv").write_text("甲,乙\n丁戊己,2\n", encoding="utf-8")
    return path


def stops(content: Path, now: datetime = NOON) -> list[str]:
    return [str(problem) for problem in read_library(content, now=now).problems if problem.stops]


def published_bytes(folder: Path) -> bytes:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return b"".join(path.read_bytes() for path in files)


# Nowhere before, everywhere after


def test_a_document_that_waits_is_nowhere_until_its_minute_and_everywhere_then(
    content: Path, shelf: Shelf
) -> None:
    folder = shelf.folder / publish(content, shelf, now=JUST_BEFORE).id
    for text in ("丙项目暂停招生", "丁戊己", "later"):
        assert text.encode() not in published_bytes(folder)
    assert shelf.current().catalogue.get("notices", "later") is None
    assert not shelf.current().search.find("丙项目暂停招生").total
    folder = shelf.folder / publish(content, shelf, now=MINUTE).id
    assert shelf.current().catalogue.get("notices", "later")
    assert shelf.current().search.find("丙项目暂停招生").total == 1
    assert (folder / "attachments" / "notices" / "later" / "table.csv").is_file()


def test_no_page_feed_interface_or_site_map_tells_of_it(content: Path, tmp_path: Path) -> None:
    set_fields(content / "notices" / "later.md", published_at="2999-01-01 09:00")
    visit = visitor(content, tmp_path)
    assert visit.get("/notices/later/").status_code == 404
    assert visit.get("/attachments/notices/later/table.csv").status_code == 404
    for address in (
        "/",
        "/notices/",
        "/search?q=丙项目暂停招生",
        "/feeds/notices.atom",
        "/feeds/notices.json",
        "/feeds/all.atom",
        "/api/v1/documents",
        "/sitemap.xml",
    ):
        answer = visit.get(address)
        assert b"notices/later" not in answer.data, address
    set_fields(content / "notices" / "later.md", published_at="2026-05-01 09:00")
    publish(content, Shelf(tmp_path / "publications"))
    assert visit.get("/notices/later/").status_code == 200
    assert "丙项目暂停招生" in visit.get("/notices/").text
    assert b"notices/later" in visit.get("/sitemap.xml").data


def test_who_publishes_and_who_checks_is_told_what_waits(content: Path, tmp_path: Path) -> None:
    set_fields(content / "notices" / "later.md", published_at="2999-01-01 09:00")
    for word in ("check", "publish", "publish"):
        assert "notices/later.md: waits until 2999-01-01 09:00" in command(content, tmp_path, word).output


def test_a_standing_page_is_always_there(content: Path) -> None:
    set_fields(content / "about.md", published_at="2999-01-01 09:00")
    assert [record for record in read_library(content, now=NOON).records if record.kind == "pages"]


# The id


def test_the_id_is_of_the_content_and_of_what_waits(content: Path, shelf: Shelf, tmp_path: Path) -> None:
    before, same = (publish(content, shelf, now=now).id for now in (NOON, JUST_BEFORE))
    after = publish(content, shelf, now=MINUTE).id
    assert before == same != after == publication_id(content)
    elsewhere = Shelf(tmp_path / "elsewhere")
    assert publish(content, elsewhere, now=JUST_BEFORE).id == before
    assert publish(content, elsewhere, now=MINUTE).id == after


def test_a_document_is_published_at_its_minute_and_others_go_on_waiting(content: Path, shelf: Shelf) -> None:
    write_waiting(content, "last", "2026-06-01 18:00")
    first = publish(content, shelf, now=NOON)
    assert [*first.waiting] == ["notices/last.md", "notices/later.md"]
    second = publish(content, shelf, now=MINUTE)
    assert [*second.waiting] == ["notices/last.md"]
    third = publish(content, shelf, now=MINUTE + timedelta(hours=9))
    assert not third.waiting
    assert len({first.id, second.id, third.id}) == 3
    assert not publish(content, shelf, now=MINUTE + timedelta(hours=9)).built


# What refers to it


def test_a_fault_in_what_waits_is_told_at_once(content: Path) -> None:
    set_fields(content / "notices" / "later.md", severity="很高")
    (problem,) = stops(content)
    assert problem.startswith("notices/later.md:")


def test_a_link_to_what_waits_longer_is_refused(content: Path) -> None:
    notice = content / "notices" / "loans.md"
    with notice.open("a", encoding="utf-8") as file:
        file.write("\n见[下午的提示](/notices/later/)。\n")
    (problem,) = stops(content)
    assert problem.startswith("notices/loans.md:")
    assert "the page /notices/later/ waits until 2026-06-01 15:30" in problem
    set_fields(notice, published_at="2026-06-01 15:30")
    assert not [problem for problem in stops(content) if "loans.md:" in problem]


def test_what_waits_may_link_to_what_is_there(content: Path) -> None:
    with (content / "notices" / "later.md").open("a", encoding="utf-8") as file:
        file.write("\n见[贷款](/notices/loans/)。\n")
    assert not stops(content)


def test_an_interpretation_waits_with_its_policy(content: Path) -> None:
    set_fields(content / "policies" / "prepayment.md", published_at="2026-06-01 15:30")
    problems = stops(content)
    named = [problem for problem in problems if "interprets: prepayment waits until" in problem]
    assert named


def test_an_older_policy_knows_nothing_of_the_newer_one_that_waits(content: Path) -> None:
    shutil.copy(content / "policies" / "prepayment.md", content / "policies" / "newer.md")
    set_fields(
        content / "policies" / "newer.md",
        doc_no="示教〔2026〕99号",
        index_no="2026-07999",
        supersedes="[prepayment]",
        effective_on="2026-05-01",
        published_at="2026-06-01 15:30",
    )
    assert not stops(content)
    for now, others in ((NOON, []), (MINUTE, ["newer"])):
        records = read_library(content, now=now).records
        (old,) = [record for record in records if isinstance(record, Policy) and record.slug == "prepayment"]
        assert [relation["slug"] for relation in old.changed_by] == others


def test_a_correction_of_a_day_ahead_is_noted(content: Path) -> None:
    set_fields(content / "notices" / "loans.md", updated_at="2026-06-01 15:30", change_note="改了一处")
    (note,) = [
        problem for problem in read_library(content, now=NOON).problems if "updated_at" in problem.what
    ]
    assert (note.file, note.stops) == ("notices/loans.md", False)


# The clock


class At:
    """The hour at which the clock asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, now: datetime) -> None:
        self._monkeypatch.setattr(due_module, "now", lambda: now)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    return At(monkeypatch)


def command(content: Path, folder: Path, *words: str) -> Result:
    environment = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(folder)}
    return CliRunner().invoke(main, words, env=environment)


def test_the_clock_is_told_of_the_minute_and_not_before(
    content: Path, shelf: Shelf, tmp_path: Path, at: At
) -> None:
    at(MINUTE)
    assert command(content, tmp_path, "due").exit_code == 1, "nothing is published"
    publish(content, shelf, now=NOON)
    at(JUST_BEFORE)
    assert (command(content, tmp_path, "due").exit_code, command(content, tmp_path, "due").output) == (1, "")
    at(MINUTE)
    asked = command(content, tmp_path, "due")
    assert (asked.exit_code, asked.output) == (0, "notices/later.md: due since 2026-06-01 15:30\n")
    publish(content, shelf, now=MINUTE)
    assert command(content, tmp_path, "due").exit_code == 1


def test_what_editors_changed_since_is_not_published_by_the_clock(
    content: Path, shelf: Shelf, tmp_path: Path, at: At
) -> None:
    publish(content, shelf, now=NOON)
    set_fields(content / "notices" / "loans.md", title="写到一半")
    at(MINUTE)
    asked = command(content, tmp_path, "due")
    assert asked.exit_code == 255
    assert "run `openbureau publish`" in asked.stderr


def test_after_a_rollback_the_clock_publishes_nothing_until_somebody_does(
    content: Path, shelf: Shelf, tmp_path: Path, at: At
) -> None:
    publish(content, shelf, now=NOON)
    publish(content, shelf, now=MINUTE)
    command(content, tmp_path, "rollback")
    at(MINUTE + timedelta(minutes=5))
    assert command(content, tmp_path, "due").exit_code == 1
    publish(content, shelf, now=NOON)
    assert command(content, tmp_path, "due").exit_code == 0


def test_the_clock_asks_without_loading_database_or_search() -> None:
    """Every minute, for years: what it loads is what it costs."""
    program = (
        "import sys; from openbureau.cli import due; "
        "print([name for name in ('sqlalchemy', 'numpy', 'flask', 'jieba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_publication_of_an_earlier_release_has_nothing_due(
    content: Path, shelf: Shelf, tmp_path: Path, at: At
) -> None:
    name = publish(content, shelf, now=NOON).id
    manifest = shelf.folder / name / "manifest.json"
    about = json.loads(manifest.read_text(encoding="utf-8"))
    for field in ("waiting", "editions", "content"):
        del about[field]
    manifest.write_text(json.dumps(about), encoding="utf-8")
    at(MINUTE)
    assert command(content, tmp_path, "due").exit_code == 1
