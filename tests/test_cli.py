"""The command line, as the person who runs the site meets it, and the two applications it starts."""

import importlib
import os
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import wsgi
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, inspect

from openbureau import cli, site_commands
from openbureau.config import PREFIX, ROOT, SETTINGS, BadSetting, load
from openbureau.database import db
from openbureau.publication import Shelf
from openbureau.tips.sealing import load_recipients, open_sealed

Command = Callable[..., Result]


@pytest.fixture
def environment(content: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a site that nobody has set up yet, with a content folder of its own."""
    return {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(tmp_path / "instance")}


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """Where that site will keep what is its own."""
    return tmp_path / "instance"


@pytest.fixture
def openbureau(environment: dict[str, str]) -> Command:
    """The command `openbureau`."""

    def run(*words: object, **more: str) -> Result:
        answer = CliRunner().invoke(cli.main, [str(word) for word in words], env=environment | more)
        # Anything but an exit is a fault of the program, however the test goes on.
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    return run


@pytest.fixture
def without_demo(content: Path) -> None:
    """A content folder that says it is no demonstration."""
    file = content / "site.toml"
    text = file.read_text(encoding="utf-8")
    assert "\ndemo = true" in text
    file.write_text(text.replace("\ndemo = true", "\ndemo = false"), encoding="utf-8")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def digests_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def break_content(content: Path) -> None:
    (content / "policies" / "broken.md").write_text("no front matter\n", encoding="utf-8")


# Setting up


def test_setup_makes_a_private_folder_a_private_secret_and_the_tables(
    openbureau: Command, instance: Path
) -> None:
    answer = openbureau("setup")
    assert answer.exit_code == 0
    assert mode_of(instance) == 0o700
    secret = instance / "secret.key"
    assert mode_of(secret) == 0o600
    assert len(secret.read_bytes()) == site_commands.SECRET_BYTES
    engine = create_engine(f"sqlite:///{instance / 'tips.db'}")
    assert {"tip", "tip_event", "staff", "staff_sessions"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_setup_makes_a_private_folder_even_where_an_open_one_is(openbureau: Command, instance: Path) -> None:
    instance.mkdir(mode=0o755)
    openbureau("setup")
    assert mode_of(instance) == 0o700


def test_setup_leaves_a_folder_that_was_given_to_a_group_as_it_is(
    openbureau: Command, instance: Path
) -> None:
    instance.mkdir()
    instance.chmod(0o2771)
    openbureau("setup")
    assert mode_of(instance) == 0o2771


def test_setup_again_changes_nothing(openbureau: Command, instance: Path) -> None:
    openbureau("setup")
    password = secrets.token_urlsafe(16)
    openbureau("staff", "add", "clerk", "--password", password)
    before = digests_of(instance)
    again = openbureau("setup")
    assert (again.exit_code, again.output) == (0, "")
    assert digests_of(instance) == before


def test_two_sites_have_two_secrets(openbureau: Command, instance: Path) -> None:
    openbureau("setup")
    first = (instance / "secret.key").read_bytes()
    shutil.rmtree(instance)
    openbureau("setup")
    assert (instance / "secret.key").read_bytes() != first


def test_a_demonstration_gets_a_key_pair_that_works(openbureau: Command, instance: Path) -> None:
    answer = openbureau("setup")
    private = instance / "demo-private.key"
    assert "demonstration" in answer.output
    assert mode_of(private) == 0o600
    sealed = load_recipients(instance / "keys" / "recipients.txt").seal("事实".encode())
    assert open_sealed(sealed, private.read_text(encoding="utf-8")).decode() == "事实"
    assert private.read_text(encoding="utf-8").strip() not in answer.output


@pytest.mark.usefixtures("without_demo")
def test_a_real_site_gets_no_key_pair_but_is_told_how_to_make_one(
    openbureau: Command, instance: Path
) -> None:
    answer = openbureau("setup")
    assert answer.exit_code == 0
    assert "the tip-off form is closed until `openbureau keys create`" in answer.output
    assert not (instance / "demo-private.key").exists()
    assert not (instance / "keys").exists()


def test_setup_never_writes_over_a_private_key_whose_public_half_is_gone(
    openbureau: Command, instance: Path
) -> None:
    openbureau("setup")
    kept = (instance / "demo-private.key").read_bytes()
    (instance / "keys" / "recipients.txt").unlink()
    answer = openbureau("setup")
    assert answer.exit_code == 1
    assert "demo-private.key cannot be made: File exists" in answer.output
    assert (instance / "demo-private.key").read_bytes() == kept
    assert not (instance / "keys" / "recipients.txt").exists()


# Keys


def test_a_key_pair_is_a_private_file_and_one_more_public_line(
    openbureau: Command, instance: Path, tmp_path: Path
) -> None:
    recipients = instance / "keys" / "recipients.txt"
    files = [tmp_path / "first.key", tmp_path / "second.key"]
    for place, file in enumerate(files, start=1):
        answer = openbureau("keys", "create", file)
        assert answer.exit_code == 0
        assert mode_of(file) == 0o600
        public = recipients.read_text(encoding="utf-8").splitlines()
        assert len(public) == place
        assert public[-1] in answer.output
        assert file.read_text(encoding="utf-8").strip() not in answer.output + recipients.read_text(
            encoding="utf-8"
        )
    sealed = load_recipients(recipients).seal(b"fact")
    assert [open_sealed(sealed, file.read_text(encoding="utf-8")) for file in files] == [b"fact", b"fact"]


def test_a_key_is_never_written_over_another_file(
    openbureau: Command, instance: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "taken.key"
    taken.write_text("somebody's key\n", encoding="utf-8")
    dangling = tmp_path / "dangling.key"
    dangling.symlink_to(tmp_path / "elsewhere.key")
    for file, said in (
        (taken, "a key is never written over another"),
        (dangling, "File exists"),
        (tmp_path / "no-such-folder" / "private.key", "No such file or directory"),
    ):
        answer = openbureau("keys", "create", file)
        assert answer.exit_code == 1
        assert said in answer.output
    assert taken.read_text(encoding="utf-8") == "somebody's key\n"
    assert not (tmp_path / "elsewhere.key").exists()
    # A public key without its private half would swallow every tip.
    assert not (instance / "keys" / "recipients.txt").exists()


# Staff


def test_a_member_of_staff_is_added_once_and_with_a_password_of_fair_length(openbureau: Command) -> None:
    openbureau("setup")
    good = secrets.token_urlsafe(16)
    for name, password, said in (
        ("clerk", secrets.token_urlsafe(16)[:11], "12 to 128 characters"),
        ("clerk", secrets.token_urlsafe(128)[:129], "12 to 128 characters"),
        (" clerk", good, "no blanks"),
        ("", good, "not empty"),
    ):
        refused = openbureau("staff", "add", name, "--password", password)
        assert refused.exit_code == 1
        assert said in refused.output
        assert password not in refused.output
    added = openbureau("staff", "add", "clerk", "--password", good)
    assert (added.exit_code, added.output) == (0, "clerk may log in to the desk\n")
    twice = openbureau("staff", "add", "clerk", "--password", secrets.token_urlsafe(16))
    assert twice.exit_code == 1
    assert "already an account clerk" in twice.output


def test_a_password_is_asked_for_twice_and_never_shown(
    environment: dict[str, str], openbureau: Command
) -> None:
    openbureau("setup")
    password = secrets.token_urlsafe(16)
    typed = f"{password}\n{password}\n"
    answer = CliRunner().invoke(cli.main, ["staff", "add", "clerk"], env=environment, input=typed)
    assert answer.exit_code == 0
    assert answer.output.count("assword") >= 1
    assert password not in answer.output


# Tips, before there is a database


@pytest.mark.parametrize(
    "words", [("tips", "list"), ("tips", "move", 1, "审核中"), ("staff", "add", "clerk")]
)
def test_a_command_that_needs_the_database_says_how_to_make_it(
    openbureau: Command, words: tuple[object, ...]
) -> None:
    if words[0] == "staff":
        words = (*words, "--password", secrets.token_urlsafe(16))
    answer = openbureau(*words)
    assert answer.exit_code == 1
    assert "the tips database does not answer" in answer.output
    assert "`openbureau setup`" in answer.output


# Publishing


def test_content_is_checked_published_and_published_again_without_a_change(
    openbureau: Command, instance: Path
) -> None:
    checked = openbureau("check")
    assert checked.exit_code == 0
    assert "content is fit to be published" in checked.output
    first = openbureau("publish")
    [served] = Shelf(instance / "publications").served()
    assert first.exit_code == 0
    assert f"published {served}: " in first.output
    assert "records" in first.output
    again = openbureau("publish")
    assert again.exit_code == 0
    assert f"published {served}: no change" in again.output


def test_content_with_a_fault_is_refused_with_its_place_and_the_old_publication_stays(
    openbureau: Command, instance: Path, content: Path
) -> None:
    openbureau("publish")
    served = Shelf(instance / "publications").served()
    break_content(content)
    for command in ("check", "publish"):
        refused = openbureau(command)
        assert refused.exit_code == 1
        assert "policies/broken.md" in refused.stderr
    assert "the publication served until now stays" in refused.output
    assert Shelf(instance / "publications").served() == served


def test_rollback_serves_the_publication_before_and_says_when_there_is_none(
    openbureau: Command, instance: Path, content: Path
) -> None:
    nothing = openbureau("rollback")
    assert nothing.exit_code == 1
    assert "no earlier publication" in nothing.output
    openbureau("publish")
    [first] = Shelf(instance / "publications").served()
    with (content / "about.md").open("a", encoding="utf-8") as file:
        file.write("\n又一段。\n")
    openbureau("publish")
    assert Shelf(instance / "publications").served()[0] != first
    back = openbureau("rollback")
    assert (back.exit_code, back.output) == (0, f"serving {first}\n")
    assert Shelf(instance / "publications").served()[0] == first
    assert openbureau("rollback").exit_code == 1


def test_a_negative_number_of_publications_to_keep_is_refused(openbureau: Command, instance: Path) -> None:
    openbureau("publish")
    served = Shelf(instance / "publications").served()
    assert openbureau("publish", "--keep", -1).exit_code == 2
    assert Shelf(instance / "publications").served() == served


# Settings


def test_settings_lists_every_setting_with_default_and_meaning(openbureau: Command) -> None:
    listed = openbureau("settings").output
    for setting in SETTINGS:
        assert f"{PREFIX}{setting.name}={setting.default}\n    {setting.meaning}\n" in listed


def test_a_mistyped_setting_is_refused_by_every_command(openbureau: Command, instance: Path) -> None:
    for words in (("setup",), ("publish",), ("settings",), ("tips", "list")):
        refused = openbureau(*words, OPENBUREAU_CONTENTS="elsewhere")
        assert refused.exit_code == 1
        assert "OPENBUREAU_CONTENTS: no such setting; known are OPENBUREAU_CONTENT" in refused.output
    assert not instance.exists()


def test_settings_have_the_defaults_that_they_say() -> None:
    plain = load({"PATH": "/bin"})
    assert (plain.content, plain.instance) == (ROOT / "content", ROOT / "instance")
    assert plain.database_url == f"sqlite:///{ROOT / 'instance' / 'tips.db'}"
    assert load({"OPENBUREAU_URL": "https://jy.example/"}).url == "https://jy.example"
    assert load({"OPENBUREAU_DATABASE_URL": "postgresql:///tips"}).database_url == "postgresql:///tips"


# The two applications


@pytest.fixture
def served(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, openbureau: Command) -> None:
    """A site that is set up and published, and an environment that says where it is."""
    for words in (("setup",), ("publish",)):
        assert openbureau(*words).exit_code == 0
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("served")
def test_the_two_applications_are_made_by_name() -> None:
    staff_door = wsgi.desk
    public, desk = wsgi.app.test_client(), staff_door.test_client()
    assert public.get("/").status_code == public.get("/tip-off/").status_code == 200
    assert public.get("/login").status_code == 404
    assert desk.get("/login").status_code == 200
    assert desk.get("/").headers["Location"] == "/login"
    with staff_door.app_context():
        db.engine.dispose()


def test_another_name_is_no_application() -> None:
    with pytest.raises(AttributeError, match="application"):
        _ = wsgi.application


def test_importing_the_module_makes_no_application() -> None:
    fresh = importlib.reload(wsgi)
    assert not {"app", "desk"} & set(vars(fresh))


def test_a_mistyped_setting_stops_the_server_at_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBUREAU_ULR", "https://jy.example")
    with pytest.raises(BadSetting, match="OPENBUREAU_ULR"):
        _ = wsgi.app


def test_the_installed_program_ends_with_the_status_it_means(environment: dict[str, str]) -> None:
    def status(*words: str) -> int:
        program = [sys.executable, "-c", "from openbureau.cli import main; main()", *words]
        env = os.environ | environment | {"PYTHONPATH": str(ROOT / "site")}
        return subprocess.run(program, env=env, capture_output=True, check=False).returncode

    assert [status("settings"), status("rollback"), status("no-such-command")] == [0, 1, 2]
