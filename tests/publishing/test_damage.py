"""Whatever becomes of a publication's files, or of the disk they are written to, the one before is served."""

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from openbureau.cli import main
from openbureau.config import ROOT
from openbureau.publishing.build import NotWritten, publish
from openbureau.publishing.publication import MANIFEST, Damaged, Publication, Shelf
from support.makers import REAL, set_fields, texts
from support.site import CONTENT


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content with a footer of another site; without workbooks, which take longest to read."""
    content = texts(tmp_path)
    (content / "furniture").mkdir(exist_ok=True)
    (content / "furniture" / "footer.html").write_text("<p>主站页脚</p>\n" * 20, encoding="utf-8")
    return content


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "instance" / "publications")


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes([*b"x", *data[len(data) // 2 :]])
    path.write_bytes(data)


def link(path: Path) -> None:
    """The very same bytes, behind a symbolic link."""
    (publications,) = [folder for folder in path.parents if folder.name == "publications"]
    target = publications.parent / f"{path.name}.elsewhere"
    shutil.move(path, target)
    path.symlink_to(target)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "truncated": truncate,
    "altered": alter,
    "a link": link,
}


def is_whole(folder: Path) -> bool:
    try:
        Publication(folder)
    except Damaged:
        return False
    return True


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_file_of_a_publication_can_be_damaged_unnoticed(content: Path, shelf: Shelf, damage: str) -> None:
    folder = shelf.folder / publish(content, shelf).id
    backup = Path(shutil.copytree(folder, shelf.folder.parent / "backup"))
    names = [path.relative_to(folder) for path in files_of(folder)]
    assert {Path("furniture/footer.html"), Path("site.toml"), Path(MANIFEST)} < {*names}
    unnoticed = []
    for name in names:
        DAMAGES[damage](folder / name)
        # Half of an empty file is the whole of it.
        if is_whole(folder) and (damage != "truncated" or (backup / name).stat().st_size):
            unnoticed.append(name)
        (folder / name).unlink(missing_ok=True)
        shutil.copy(backup / name, folder / name)
    assert is_whole(folder)
    assert unnoticed == []


@pytest.mark.parametrize("place", ["furniture/more.html", "search/more", "more", "furniture/manifest.json"])
def test_a_file_that_was_not_published_is_noticed(content: Path, shelf: Shelf, place: str) -> None:
    folder = shelf.folder / publish(content, shelf).id
    (folder / place).write_text("<p>混进来的</p>", encoding="utf-8")
    assert not is_whole(folder)
    (folder / place).unlink()
    (folder / place).symlink_to(folder / "site.toml")
    assert not is_whole(folder)
    (folder / place).unlink()
    assert is_whole(folder)


def test_a_cut_footer_is_passed_over_and_publishing_mends_it(content: Path, shelf: Shelf) -> None:
    first = publish(content, shelf).id
    set_fields(content / "notices" / "loans.md", title="另一个标题")
    second = publish(content, shelf).id
    truncate(shelf.folder / second / "furniture" / "footer.html")
    assert Shelf(shelf.folder).current().id == first
    assert publish(content, shelf).built
    assert Shelf(shelf.folder).current().id == second


# Disks that are full or read-only

_failing: list[Callable[[str, tuple[Any, ...]], None]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for fail in _failing:
        fail(event, arguments)


sys.addaudithook(_hook)


def is_writing(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether something is made or changed by what is about to happen."""
    if event == "open":
        return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in ("os.mkdir", "os.rename")


def step_of(shelf: Shelf, event: str, arguments: tuple[Any, ...]) -> str:
    """Which step of publishing an event is; empty for what has nothing to do with the shelf."""
    path = str(arguments[0]) if arguments and isinstance(arguments[0], (str, Path)) else ""
    is_there = event == "os.mkdir" and Path(path).is_dir()  # asked for whether it is there or not
    if not path.startswith(str(shelf.folder)) or not is_writing(event, arguments) or is_there:
        return ""
    return f"{event} {'pointer' if path.endswith('pointer') else Path(path).parent.name.split('-')[0]}"


def state_of(shelf: Shelf) -> list[str]:
    return [name for name in shelf.served() if is_whole(shelf.folder / name)]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
def test_whatever_cannot_be_written_is_told_and_the_publication_before_stays(
    content: Path, shelf: Shelf, code: int
) -> None:
    publish(content, shelf)
    set_fields(content / "notices" / "loans.md", title="第二版")
    publish(content, shelf)
    before = state_of(shelf)
    set_fields(content / "notices" / "loans.md", title="第三版")
    seen: set[str] = set()
    failed = True
    while failed:
        failed = False

        def fail(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal failed
            step = step_of(shelf, event, arguments)
            if step and not failed and step not in seen:
                seen.add(step)
                failed = True
                raise OSError(code, os.strerror(code), str(arguments[0]))

        _failing.append(fail)
        error = None
        try:
            publish(content, shelf)
        except NotWritten as refusal:
            error = refusal
        finally:
            _failing.remove(fail)
        assert failed == (error is not None)
        if error:
            assert os.strerror(code) in str(error)
            assert str(shelf.folder) in str(error)
            assert state_of(shelf)[-2:] == before
            assert not [path for path in shelf.folder.iterdir() if path.name.startswith(".building")]
    assert len(seen) > 5
    assert state_of(shelf)[1:] == before


@pytest.mark.parametrize("most", [0, 1_000, 20_000, 60_000])
def test_a_disk_that_takes_no_more_ends_publishing_in_words(tmp_path: Path, shelf: Shelf, most: int) -> None:
    publish(REAL, shelf)
    before = state_of(shelf)
    content = Path(shutil.copytree(CONTENT, tmp_path / "content", ignore=shutil.ignore_patterns("whitelist")))

    def bound() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    environment = {
        "OPENBUREAU_CONTENT": str(content),
        "OPENBUREAU_INSTANCE": str(shelf.folder.parent),
        "PYTHONPATH": str(ROOT / "site"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ended = subprocess.run(
        [sys.executable, "-c", "from openbureau.cli import main; main()", "publish"],
        env=environment,
        preexec_fn=bound,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "nothing was published; the publication served until now stays" in ended.stderr
    assert "bytes free" in ended.stderr
    assert state_of(shelf) == before
    assert not [path for path in shelf.folder.iterdir() if path.name.startswith(".building")]


@pytest.mark.parametrize("command", ["check", "publish", "rollback", "setup", "inspect", "settings"])
def test_what_the_system_refuses_to_a_command_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("OPENBUREAU_CONTENT", str(texts(tmp_path)))
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(tmp_path / "file" / "instance"))
    done = CliRunner().invoke(main, [command])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
