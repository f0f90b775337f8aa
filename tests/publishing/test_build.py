"""From content to what is served: publish, roll back, prune, and what no accident may break."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from openbureau.app import create_app, create_desk
from openbureau.cli import main
from openbureau.config import ROOT, Settings
from openbureau.library.content import Library, read_library
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.whitelist.escrow_accounts import AccountKey
from openbureau.public.caching import GRACE_SECONDS
from openbureau.publishing.build import PACKAGE, ContentMoved, Published, publication_id, publish
from openbureau.publishing.publication import LOOK_INTERVAL_SECONDS, Damaged, Publication, Shelf, Unpublished
from support.site import CONTENT, NOON
from support.waiting import PATIENCE_SECONDS, wait_for


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content without workbooks, which take longest to read."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content", ignore=shutil.ignore_patterns("whitelist")))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "instance" / "publications")


def edition(content: Path, number: int) -> None:
    """Say `第<number>版` in the bureau's own words, in a record and in what the search index holds."""
    for name, before in (("site.toml", "一处查清"), ("notices/loans.md", "不要贷款交学费")):
        path = content / name
        text = re.sub(
            f"{before}(（第[0-9]+版）)?", f"{before}（第{number}版）", path.read_text(encoding="utf-8")
        )
        path.write_text(text, encoding="utf-8")


def publish_edition(content: Path, shelf: Shelf, number: int, keep: int = 5) -> Published:
    edition(content, number)
    return publish(content, shelf, keep=keep)


def loans(publication: Publication) -> str:
    """The title by which the tests tell editions apart."""
    record = publication.catalogue.get("notices", "loans")
    assert record is not None
    return record.title


def settings_for(content: Path, shelf: Shelf) -> Settings:
    instance = shelf.folder.parent
    return Settings(content, instance, f"sqlite:///{instance / 'tips.db'}", url="")


def environment(content: Path, shelf: Shelf) -> dict[str, str]:
    return {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(shelf.folder.parent)}


def command(content: Path, shelf: Shelf, *words: str) -> Result:
    return CliRunner().invoke(main, words, env=environment(content, shelf))


def line_of(path: Path, text: str) -> int:
    """The number of the one line that begins with `text`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if line.startswith(text))
    return number


def everything_in(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder by name, with what changes when it is written or replaced."""
    found = (path for path in folder.rglob("*") if path.name != ".lock")
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def names_in(shelf: Shelf) -> set[str]:
    return {path.name for path in shelf.folder.iterdir()}


# What a publication is


def test_what_is_published_is_served_even_when_the_content_folder_is_gone(
    content: Path, shelf: Shelf
) -> None:
    publish_edition(content, shelf, 1)
    shutil.rmtree(content)
    assert loans(shelf.current()).endswith("（第1版）")
    assert [hit.key for hit in shelf.current().search.find("培训贷").hits] == ["notices/loans"]


def test_publishing_the_same_content_again_touches_nothing(content: Path, shelf: Shelf) -> None:
    first = publish(content, shelf)
    before = everything_in(shelf.folder)
    second = publish(content, shelf)
    assert (first.built, second.built) == (True, False)
    assert second.id == first.id
    assert everything_in(shelf.folder) == before


@pytest.mark.builds_itself
def test_the_same_content_gives_the_same_id_and_the_same_pages_on_another_machine(tmp_path: Path) -> None:
    folders = [tmp_path / "here" / "content", tmp_path / "there" / "of-another-name"]
    files = sorted(path for path in CONTENT.rglob("*") if path.is_file())
    for folder, order in zip(folders, (files, reversed(files)), strict=True):
        for age, path in enumerate(order):
            copy = folder / path.relative_to(CONTENT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            os.utime(copy, (1_700_000_000 + 86_400 * age,) * 2)
    shelves = [Shelf(folder.parent / "instance" / "publications") for folder in folders]
    here, there = (publish(folder, shelf) for folder, shelf in zip(folders, shelves, strict=True))
    assert here.id == there.id
    for address in (
        "/",
        "/policies/",
        "/whitelist/",
        "/whitelist/list.csv",
        "/feeds/all.atom",
        "/search?q=预收费",
    ):
        answers = [
            create_app(settings_for(folder, shelf), clock=lambda: NOON).test_client().get(address)
            for folder, shelf in zip(folders, shelves, strict=True)
        ]
        assert answers[0].status_code == 200
        assert answers[0].data == answers[1].data, address
        assert answers[0].headers["ETag"] == answers[1].headers["ETag"], address


def test_every_difference_gives_another_id(tmp_path: Path) -> None:
    def changed(change: Callable[[Path], object]) -> str:
        folder = tmp_path / str(len(ids))
        shutil.copytree(CONTENT, folder)
        change(folder)
        return publication_id(folder)

    def one_bit(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    ids = [publication_id(CONTENT)]
    ids.append(changed(lambda folder: one_bit(folder / "about.md")))
    ids.append(changed(lambda folder: one_bit(folder / "whitelist" / "2024-06-30.xlsx")))
    ids.append(
        changed(lambda folder: (folder / "notices" / "summer.md").rename(folder / "notices" / "sunset.md"))
    )
    ids.append(changed(lambda folder: (folder / "notices" / "summer.md").unlink()))
    ids.append(changed(lambda folder: (folder / "notices" / "empty.md").touch()))
    assert len(set(ids)) == len(ids)


@pytest.fixture(scope="module")
def loaded_modules(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every module of ours that a process has loaded when it has built a publication, below the package."""
    program = """
import sys
from pathlib import Path
from openbureau.publishing.build import PACKAGE, publish
from openbureau.publishing.publication import Shelf

assert publish(Path(sys.argv[1]), Shelf(Path(sys.argv[2]))).built
for name, module in sys.modules.items():
    if name.partition(".")[0] == "openbureau":
        print(Path(module.__file__).relative_to(PACKAGE))
"""
    printed = subprocess.run(
        [sys.executable, "-c", program, CONTENT, tmp_path_factory.mktemp("built")],
        cwd=ROOT / "site",
        capture_output=True,
        check=True,
        text=True,
    )
    return [Path(line) for line in printed.stdout.splitlines()]


def test_a_change_to_any_module_that_building_loads_gives_another_id(
    loaded_modules: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "openbureau"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("static", "__pycache__"))
    monkeypatch.setattr("openbureau.publishing.build.PACKAGE", package)
    (tmp_path / "content").mkdir()
    ids = {Path("nothing"): publication_id(tmp_path / "content")}
    for module in loaded_modules:
        text = (package / module).read_bytes()
        (package / module).write_bytes(text + b"# changed\n")
        ids[module] = publication_id(tmp_path / "content")
        (package / module).write_bytes(text)
    assert publication_id(tmp_path / "content") == ids[Path("nothing")]
    same = [module.as_posix() for module, name in ids.items() if name == ids[Path("nothing")]][1:]
    assert not same, f"a new release of {same} would take an old publication for its own: name it in BUILDERS"
    assert len({*ids.values()}) == len(ids)
    assert {module.parts[0] for module in loaded_modules} >= {"clock.py", "library", "publishing", "search"}


def test_what_editors_and_office_programs_drop_changes_nothing(content: Path) -> None:
    before = publication_id(content)
    for dropping in (".DS_Store", "notices/.summer.md.swp", "notices/summer.md~", "~$2024-06-30.xlsx"):
        (content / dropping).write_bytes(b"x")
    assert publication_id(content) == before


# What is refused


def test_bad_files_are_all_named_at_once_with_their_lines_and_the_old_publication_stays(
    content: Path, shelf: Shelf
) -> None:
    served = publish_edition(content, shelf, 1).id
    wrong_genre, bad_yaml, lost = (
        content / name for name in ("policies/prepayment.md", "notices/summer.md", "about.md")
    )
    for path, before, after in (
        (wrong_genre, "genre: 规范性文件", "genre: 规范"),
        (bad_yaml, "severity: 中", "severity: ]"),
        (lost, "本站不使用Cookie。", "见[隐私](/privacy/)。"),
    ):
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")
    gbk = content / "notices" / "prepayment-limits.md"
    gbk.write_bytes(gbk.read_text(encoding="utf-8").encode("gbk"))
    (content / "tips.docx").touch()
    places = [
        f"policies/prepayment.md:{line_of(wrong_genre, 'genre:')}: ",
        f"notices/summer.md:{line_of(bad_yaml, 'severity:')}: ",
        f"about.md:{line_of(lost, '见')}: ",
        "notices/prepayment-limits.md:2: ",
        "tips.docx: ",
    ]
    for word in ("check", "publish"):
        done = command(content, shelf, word)
        assert done.exit_code == 1
        told = done.stderr.splitlines()
        for place in places:
            assert any(line.startswith(place) and "; " in line for line in told), (place, done.stderr)
    assert "nothing was published" in done.stderr
    assert shelf.served() == [served]
    assert names_in(shelf) == {served, "pointer", ".lock"}


def test_content_that_changes_while_it_is_read_is_refused(
    content: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = publish_edition(content, shelf, 1).id
    edition(content, 2)

    def read_and_be_overtaken(
        folder: Path, account_key: AccountKey | None, readings: ReadingCache, **more: Any
    ) -> Library:
        library = read_library(folder, account_key, readings, **more)
        edition(content, 3)
        return library

    with monkeypatch.context() as patch:
        patch.setattr("openbureau.publishing.build.read_library", read_and_be_overtaken)
        with pytest.raises(ContentMoved, match="publish again"):
            publish(content, shelf)
    assert shelf.served() == [served]
    assert names_in(shelf) == {served, "pointer", ".lock"}
    publish(content, shelf)
    assert loans(shelf.current()).endswith("（第3版）")


# Back, and away


def test_rollback_serves_the_one_before_and_publishing_again_the_newest(content: Path, shelf: Shelf) -> None:
    first, second = (publish_edition(content, shelf, number).id for number in (1, 2))
    running = Shelf(shelf.folder)
    assert running.current().id == second
    done = command(content, shelf, "rollback")
    assert done.exit_code == 0
    assert first in done.stdout
    assert running.current().id == first
    assert loans(running.current()).endswith("（第1版）")
    assert publish(content, shelf).id == second
    assert running.current().id == second


def test_rollback_without_an_earlier_publication_changes_nothing_and_says_so(
    content: Path, shelf: Shelf
) -> None:
    served = publish(content, shelf).id
    done = command(content, shelf, "rollback")
    assert done.exit_code == 1
    assert "no earlier publication" in done.stderr
    assert shelf.served() == [served]


def test_rollback_to_a_damaged_publication_changes_nothing_and_says_which_file(
    content: Path, shelf: Shelf
) -> None:
    first, second = (publish_edition(content, shelf, number).id for number in (1, 2))
    (shelf.folder / first / "library.sqlite").unlink()
    with pytest.raises(Damaged):
        shelf.rollback()
    done = command(content, shelf, "rollback")
    assert done.exit_code == 1
    assert f"Error: {first}: library.sqlite is not as it was published" in done.stderr
    assert shelf.served() == [second, first]


@pytest.mark.parametrize("keep", [0, 2])
def test_as_many_earlier_publications_are_kept_as_asked_for(content: Path, shelf: Shelf, keep: int) -> None:
    done = [publish_edition(content, shelf, number, keep) for number in range(keep + 3)]
    kept = [each.id for each in reversed(done)][: keep + 1]
    assert shelf.served() == kept
    assert names_in(shelf) == {*kept, "pointer", ".lock"}
    assert [each.deleted for each in done] == [[]] * (keep + 1) + [[done[0].id], [done[1].id]]


def test_less_than_no_earlier_publication_cannot_be_kept(content: Path, shelf: Shelf) -> None:
    publish(content, shelf)
    before = everything_in(shelf.folder)
    assert command(content, shelf, "publish", "--keep", "-1").exit_code == 2
    assert everything_in(shelf.folder) == before


# Accidents


def test_what_a_killed_publisher_left_behind_is_cleaned_away(content: Path, shelf: Shelf) -> None:
    earlier = publish_edition(content, shelf, 1).id
    edition(content, 2)
    name = publication_id(content)
    for left in (f".building-{name}", ".building-0123456789abcdef", name, "fedcba9876543210"):
        (shelf.folder / left / "search").mkdir(parents=True)
        (shelf.folder / left / "library.sqlite").write_bytes(b"half")
    (shelf.folder / ".pointer").write_text("fedcba98", encoding="ascii")
    done = publish(content, shelf)
    assert done.built
    assert names_in(shelf) == {name, earlier, "pointer", ".lock"}
    assert loans(shelf.current()).endswith("（第2版）")


def remove_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def cut_the_catalogue_short(folder: Path) -> None:
    os.truncate(folder / "library.sqlite", 4096)


def flip_a_bit_of_the_index(folder: Path) -> None:
    (segment,) = (folder / "search").glob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)


def lose_the_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def build_it_with_other_software(folder: Path) -> None:
    manifest = folder / "manifest.json"
    written = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**written, "format": "0"}), encoding="utf-8")


DAMAGES = (
    remove_the_manifest,
    cut_the_catalogue_short,
    flip_a_bit_of_the_index,
    lose_the_folder,
    build_it_with_other_software,
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_publication_is_passed_over_until_it_is_published_again(
    content: Path, shelf: Shelf, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    first = publish_edition(content, shelf, 1).id
    running = Shelf(shelf.folder)
    assert running.current().id == first
    second = publish_edition(content, shelf, 2).id
    damage(shelf.folder / second)

    fresh = Shelf(shelf.folder)
    for process in (running, fresh):
        caplog.clear()
        for _ in range(3):
            assert process.current().id == first
            assert loans(process.current()).endswith("（第1版）")
        # Looked at once, not for every request.
        assert [record.getMessage().count(second) for record in caplog.records] == [2]

    assert publish(content, shelf).built
    for process in (running, fresh):
        assert process.current().id == second
        assert loans(process.current()).endswith("（第2版）")


def test_the_pages_already_open_survive_that_their_publication_is_deleted(
    content: Path, shelf: Shelf
) -> None:
    publish_edition(content, shelf, 1)
    opened = shelf.current()
    loans(opened)
    shutil.rmtree(shelf.folder / opened.id)
    (shelf.folder / "pointer").unlink()
    assert shelf.current() is opened
    assert loans(opened).endswith("（第1版）")
    assert opened.search.find("培训贷").total == 1


def test_with_nothing_published_every_address_answers_503_in_plain_words(content: Path, shelf: Shelf) -> None:
    settings = settings_for(content, shelf)
    for app, addresses in (
        (
            create_app(settings),
            ("/", "/nothing-here", "/search?q=a", "/feeds/all.rss", "/tip-off/"),
        ),
        (create_desk(settings), ("/", "/login", "/nothing-here")),
    ):
        visitor = app.test_client()
        for answer in (*map(visitor.get, addresses), visitor.post(addresses[-1])):
            assert answer.status_code == 503
            assert answer.content_type == "text/plain; charset=utf-8"
            assert answer.headers["Retry-After"] == "60"
            assert answer.text == "本站内容正在准备，请稍后再来。\n"
    publish(content, shelf)
    assert create_app(settings).test_client().get("/").status_code == 200


def test_when_no_publication_is_whole_nothing_is_served_and_the_log_names_the_remedy(
    content: Path, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2):
        remove_the_manifest(shelf.folder / publish_edition(content, shelf, number).id)
    with pytest.raises(Unpublished, match="openbureau publish"):
        shelf.current()
    assert create_app(settings_for(content, shelf)).test_client().get("/").status_code == 503
    assert "run `openbureau publish`" in caplog.text


def test_several_publishers_at_once_wait_for_each_other(tmp_path: Path, content: Path, shelf: Shelf) -> None:
    folders = [Path(shutil.copytree(content, tmp_path / f"content-{number}")) for number in range(3)]
    for number, folder in enumerate(folders):
        edition(folder, number)
    with ThreadPoolExecutor(len(folders)) as pool:
        done = list(pool.map(lambda folder: publish(folder, Shelf(shelf.folder)), folders))
    assert sorted(shelf.served()) == sorted(each.id for each in done)
    assert names_in(shelf) == {*shelf.served(), "pointer", ".lock"}
    for name in shelf.served():
        Publication(shelf.folder / name)


@contextmanager
def publisher_to_kill(content: Path) -> Iterator[Callable[[Shelf, int], str]]:
    """A program that publishes `content` to a shelf and dies at a moment; see support/killed_publisher.py."""
    command = [sys.executable, "-m", "support.killed_publisher", str(content)]
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'site'}:{ROOT / 'tests'}"}
    with subprocess.Popen(
        command, cwd=ROOT, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout

        def publish_until(shelf: Shelf, moment: int) -> str:
            print(shelf.folder, moment, file=process.stdin, flush=True)
            return process.stdout.readline().strip()  # type: ignore[union-attr]

        yield publish_until
        process.stdin.close()


def test_a_publisher_killed_at_any_moment_leaves_the_old_or_the_new_and_the_next_one_succeeds(
    content: Path, shelf: Shelf, tmp_path: Path
) -> None:
    old = publish_edition(content, shelf, 1).id
    edition(content, 2)
    new = publication_id(content)

    def shelf_before(name: str) -> Shelf:
        return Shelf(Path(shutil.copytree(shelf.folder, tmp_path / name)))

    left = []
    with publisher_to_kill(content) as publish_until:
        moments = int(publish_until(shelf_before("whole"), 0))
        assert moments > 50, "a folder, its files, its name, the pointer"
        # The files are written one like the other; what comes after them is short.
        for moment in [*range(1, moments - 10, 5), *range(moments - 10, moments + 1)]:
            left_alone = shelf_before(str(moment))
            assert publish_until(left_alone, moment) == "killed"

            served = Shelf(left_alone.folder).current()
            assert served.id == left_alone.served()[0]
            assert (served.id, loans(served)[-5:]) in ((old, "（第1版）"), (new, "（第2版）"))
            assert served.search.find("培训贷").total == 1
            left.append(served.id)

            assert publish(content, left_alone).id == left_alone.served()[0] == new
            assert loans(Shelf(left_alone.folder).current()).endswith("（第2版）")
            assert names_in(left_alone) == {*left_alone.served(), "pointer", ".lock"}
    assert {old} <= {*left} <= {old, new}


# A real server


def shipped_command(bind: str) -> list[str]:
    """How deploy/serve.sh starts the public site, with another place to listen."""
    script = (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8")
    line = script.partition("\nexec ")[2].replace("\\\n", " ").replace("$door", "app")
    program, *flags = shlex.split(line)
    assert program.endswith("/gunicorn")
    return [
        sys.executable,
        "-m",
        "gunicorn",
        *(bind if flag == "127.0.0.1:$port" else flag for flag in flags),
    ]


@contextmanager
def server(content: Path, shelf: Shelf) -> Iterator[str]:
    """A running public site; gives its address and ends it by its own id."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        process = subprocess.Popen(
            shipped_command(f"fd://{listening.fileno()}"),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "site"), **environment(content, shelf)},
            pass_fds=[listening.fileno()],
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@dataclass(frozen=True)
class Fetched:
    """An answer of the site: asked for when, the publication that its ETag names, the page."""

    address: str
    at: float
    id: str
    page: str


def fetch(site: str, address: str) -> Fetched:
    """Ask for an address; raises when the answer is not a 200."""
    at = time.time()
    with urllib.request.urlopen(site + address, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 -- our own
        name = answer.headers["ETag"].strip('"').partition(".")[0]
        return Fetched(address, at, name, answer.read().decode())


def test_a_server_under_load_takes_up_each_publication_within_a_second_and_fails_nobody(
    content: Path, shelf: Shelf
) -> None:
    numbers = {publish_edition(content, shelf, 0).id: 0}
    due = {0: 0.0}
    addresses = [f"/search?q={quote('培训贷')}", "/", "/notices/", "/notices/loans/", "/feeds/notices.rss"]
    visits: list[list[Fetched]] = [[] for _ in range(3)]
    failures: list[Exception] = []
    over = threading.Event()

    def visit(site: str, mine: list[Fetched]) -> None:
        for address in cycle(addresses):
            if over.wait(0.02):
                return
            try:
                mine.append(fetch(site, address))
            except (OSError, ValueError) as error:
                failures.append(error)

    def wait_for_a_round(after: float) -> None:
        """Until every visitor has asked for every address after a time."""

        def is_round() -> bool:
            return all({each.address for each in mine if each.at > after} == {*addresses} for mine in visits)

        wait_for(is_round, str(failures[:3]))

    with server(content, shelf) as site:
        visitors = [threading.Thread(target=visit, args=(site, mine)) for mine in visits]
        for visitor in visitors:
            visitor.start()
        try:
            # The server is slower to start than a small publication is to make.
            wait_for_a_round(0)
            for number in range(1, 4):
                numbers[publish_edition(content, shelf, number).id] = number
                # Servers are told the time by the pointer, too, and look at it no more often than this.
                switched = (shelf.folder / "pointer").stat().st_mtime
                due[number] = switched + GRACE_SECONDS + LOOK_INTERVAL_SECONDS
                assert due[number] <= switched + 1
                wait_for_a_round(due[number])
        finally:
            over.set()
            for visitor in visitors:
                visitor.join(PATIENCE_SECONDS)

    assert failures == []
    for mine in visits:
        seen: dict[str, list[int]] = {address: [] for address in addresses}
        for each in mine:
            told = set(re.findall("第([0-9]+)版", each.page))
            assert told == {str(numbers[each.id])}, f"publication {each.id} answered with editions {told}"
            # Asked for when another was due: however slow the machine is, the server knows of it by then.
            assert numbers[each.id] >= max(number for number, time in due.items() if each.at > time)
            seen[each.address].append(numbers[each.id])
        for address, editions in seen.items():
            assert set(editions) == set(numbers.values()), address
            assert editions == sorted(editions), "an older publication came back"
