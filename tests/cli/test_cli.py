"""The command line, as the person who runs the site meets it, and the two applications it starts."""

import gc
import importlib
import os
import re
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

from openbureau import cli
from openbureau.cli import setup
from openbureau.config import PREFIX, ROOT, SETTINGS, BadSetting, load
from openbureau.database import db
from openbureau.publishing.publication import Shelf

Command = Callable[..., Result]

HANDLER = ("--role", "handler", "--unit", "清远市教育局")


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
    assert len(secret.read_bytes()) == setup.SECRET_BYTES
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
    openbureau("staff", "add", "clerk", *HANDLER, "--password", password)
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


def test_a_demonstration_gets_a_signed_set_that_works(openbureau: Command, instance: Path) -> None:
    answer = openbureau("setup")
    assert "demonstration" in answer.output
    for name in ("recovery", "independent"):
        private = instance / "demo-keys" / f"{name}.key"
        assert mode_of(private) == 0o600
        assert private.read_text(encoding="utf-8").strip() not in answer.output
        drill = openbureau("keys", "drill", "--key", private)
        assert (drill.exit_code, f"works: {name}" in drill.output) == (0, True)


@pytest.mark.usefixtures("without_demo")
def test_a_real_site_gets_no_keys_but_is_told_how_to_make_them(openbureau: Command, instance: Path) -> None:
    answer = openbureau("setup")
    assert answer.exit_code == 0
    assert "the tip-off form is closed until there is a signed set of recipients" in answer.output
    assert not (instance / "demo-keys").exists()
    assert not (instance / "keys").exists()


def test_setup_never_writes_over_a_private_key_whose_set_is_gone(openbureau: Command, instance: Path) -> None:
    openbureau("setup")
    kept = digests_of(instance / "demo-keys")
    (instance / "keys" / "recipients.json").unlink()
    answer = openbureau("setup")
    assert answer.exit_code == 1
    assert "signing.key cannot be made: File exists" in answer.output
    assert digests_of(instance / "demo-keys") == kept
    assert not (instance / "keys" / "recipients.json").exists()


# Staff


def test_a_member_of_staff_is_added_once_and_with_a_password_of_fair_length(openbureau: Command) -> None:
    openbureau("setup")
    good = secrets.token_urlsafe(16)
    for name, password, said in (
        ("clerk", secrets.token_urlsafe(16)[:11], "12 到 128 个字符"),
        ("clerk", secrets.token_urlsafe(128)[:129], "12 到 128 个字符"),
        ("clerk", "jiaoyuju123456", "太容易猜到"),
        (" clerk", good, "不能有空格"),
        ("", good, "不能为空"),
    ):
        refused = openbureau("staff", "add", name, *HANDLER, "--password", password)
        assert refused.exit_code == 1
        assert said in refused.output
        assert password not in refused.output
    added = openbureau("staff", "add", "clerk", *HANDLER, "--password", good)
    assert added.exit_code == 0
    [secret] = re.findall("secret: ([A-Z2-7]{32})", added.output)
    assert secret
    twice = openbureau("staff", "add", "clerk", *HANDLER, "--password", secrets.token_urlsafe(16))
    assert twice.exit_code == 1
    assert "已经有登录名“clerk”" in twice.output
    assert "clerk\t办理人\t清远市教育局\t启用\t-" in openbureau("staff", "list").output


def test_an_account_is_renewed_with_another_second_factor_and_closed(openbureau: Command) -> None:
    openbureau("setup")
    added = openbureau("staff", "add", "clerk", *HANDLER, "--password", secrets.token_urlsafe(16))
    renewed = openbureau("staff", "renew", "clerk", "--password", secrets.token_urlsafe(16))
    assert renewed.exit_code == 0
    secret = re.compile("secret: ([A-Z2-7]{32})")
    assert secret.findall(renewed.output) != secret.findall(added.output)
    assert "may not log in any more" in openbureau("staff", "disable", "clerk").output
    assert "停用" in openbureau("staff", "list").output
    assert "may log in again" in openbureau("staff", "disable", "clerk", "--undo").output
    assert "approves more time" in openbureau("staff", "head", "clerk").output
    assert "、负责人" in openbureau("staff", "list").output
    assert "nothing any more" in openbureau("staff", "head", "clerk", "--undo").output
    assert "、负责人" not in openbureau("staff", "list").output
    for command in ("renew", "disable"):
        more = ("--password", secrets.token_urlsafe(16)) if command == "renew" else ()
        refused = openbureau("staff", command, "nobody", *more)
        assert (refused.exit_code, "没有登录名“nobody”" in refused.output) == (1, True)


def test_a_unit_that_is_spelled_otherwise_is_told(openbureau: Command) -> None:
    openbureau("setup")
    unit = ("--role", "handler", "--unit", "清远教育局")
    added = openbureau("staff", "add", "clerk", *unit, "--password", secrets.token_urlsafe(16))
    assert "is no unit of site.toml" in added.output


def test_a_password_is_asked_for_twice_and_never_shown(
    environment: dict[str, str], openbureau: Command
) -> None:
    openbureau("setup")
    password = secrets.token_urlsafe(16)
    typed = f"{password}\n{password}\n"
    answer = CliRunner().invoke(cli.main, ["staff", "add", "clerk", *HANDLER], env=environment, input=typed)
    assert answer.exit_code == 0
    assert answer.output.count("assword") >= 1
    assert password not in answer.output


# Tips, before there is a database


@pytest.mark.parametrize(
    "words", [("tips", "list"), ("tips", "read", 1, "--key", __file__), ("staff", "add", "clerk")]
)
def test_a_command_that_needs_the_database_says_how_to_make_it(
    openbureau: Command, words: tuple[object, ...]
) -> None:
    if words[0] == "staff":
        words = (*words, *HANDLER, "--password", secrets.token_urlsafe(16))
    answer = openbureau(*words)
    assert answer.exit_code == 1
    missing = "no secret" if words[0] == "staff" else "the tips database does not answer"
    assert missing in answer.output
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


def test_publishing_needs_neither_the_tips_database_nor_the_feeds() -> None:
    code = "import sys, openbureau.cli.publish; print(*sys.modules)"
    env = os.environ | {"PYTHONPATH": str(ROOT / "site")}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert not {"alembic", "feedgen", "flask", "openbureau.tips"} & {*told.stdout.split()}


def test_the_list_of_commands_is_printed_without_reading_any_of_them() -> None:
    code = (
        "import sys\nfrom openbureau.cli import main\n"
        "try:\n    main(['--help'])\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT / "site")}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert "publish    Build a publication" in told.stdout
    read = {name for name in told.stderr.split() if name.startswith("openbureau.cli.")}
    assert not read
    assert not {"numpy", "sqlalchemy", "whoosh", "openpyxl"} & {*told.stderr.split()}


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_command_is_listed_by_the_first_sentence_of_its_help(name: str) -> None:
    entry = cli.COMMANDS[name]
    command = getattr(importlib.import_module(entry.module), name)
    assert entry.summary == command.get_short_help_str(limit=200)


def test_a_command_leaves_the_search_for_cycles_as_it_was(openbureau: Command) -> None:
    openbureau("settings")
    assert gc.isenabled()
