"""The clerk at the command line: lists, reads and moves tips."""

from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from openbureau import cli
from openbureau.cli.console import tips_session
from openbureau.config import Settings
from openbureau.database import audit_log
from openbureau.tips.model import Stage
from openbureau.tips.sealing import KeyPair, create_keys
from support.site import Keys
from support.tip_client import NAMED, STORY, code_in, submit


def clerk(settings: Settings, *words: object) -> Result:
    """The real command line on the site's own instance folder."""
    env = {"OPENBUREAU_INSTANCE": str(settings.instance), "OPENBUREAU_CONTENT": str(settings.content)}
    return CliRunner().invoke(cli.main, [str(word) for word in words], env=env)


def key_file(folder: Path, pair: KeyPair) -> Path:
    file = folder / f"{pair.public[-8:]}.key"
    file.write_text(f"{pair.private}\n", encoding="utf-8")
    return file


def test_the_clerk_lists_reads_and_moves_a_tip_and_its_sender_sees_the_stage(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    submit(client)
    code = code_in(submit(client, NAMED))
    listed = clerk(settings, "tips", "list")
    assert listed.output.splitlines() == [
        "2\t2026-06-01\t已收到\t2026-06-01\t实名",
        "1\t2026-06-01\t已收到\t2026-06-01\t匿名",
    ]
    read = clerk(settings, "tips", "read", 2, "--key", key_file(tmp_path, keys.recovery))
    assert read.exit_code == 0
    for word in (STORY, "某某", "0763-1234567", "英德市教育局", "5000.50"):
        assert word in read.output, word
    with tips_session(settings) as session:
        last = audit_log.entries_of(session, "tip/2")[-2:]
        assert [entry.event for entry in last] == ["opened", "identity-opened"], "the log tells of it"
    moved = clerk(settings, "tips", "move", 2, "审核中")
    assert (moved.exit_code, moved.output) == (0, "2\t审核中\n")
    shown = client.post("/tip-off/status", data={"code": code})
    stages = lxml.html.fromstring(shown.text).xpath("//ol[@class='timeline']/li/text()")
    assert [stage.strip() for stage in stages if stage.strip()] == ["已收到", "审核中"]
    assert Stage.SCREENING.meaning in shown.text


def test_an_anonymous_tip_has_nobody_to_read_out(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    submit(client, NAMED, named="anonymous")
    read = clerk(settings, "tips", "read", 1, "--key", key_file(tmp_path, keys.recovery))
    assert read.exit_code == 0
    assert read.output.rstrip().endswith("[身份]")


def test_a_wrong_or_broken_key_opens_nothing_and_says_why(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    submit(client, NAMED)
    broken = tmp_path / "broken.key"
    broken.write_bytes(b"\xff\xfe\x00")
    for file, said in (
        (key_file(tmp_path, create_keys()), "这把私钥不在接收人之中"),
        (settings.recipients_file, "这不是有效的私钥"),
        (broken, "这不是有效的私钥"),
    ):
        read = clerk(settings, "tips", "read", 1, "--key", file)
        assert read.exit_code == 1
        assert said in read.output
        assert STORY not in read.output
        assert "Traceback" not in read.output
    missing = clerk(settings, "tips", "read", 1, "--key", tmp_path / "nowhere.key")
    assert missing.exit_code == 2
    assert "does not exist" in missing.output


def test_an_impossible_stage_or_an_unknown_tip_is_refused_and_changes_nothing(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    code = code_in(submit(client))
    for words, status, said in (
        (("move", 1, "已答复"), 1, "只能转为"),
        (("move", 1, "随便"), 2, "已收到"),
        (("move", 9, "审核中"), 1, "没有编号为 9 的线索"),
        (("read", 9, "--key", key_file(tmp_path, keys.recovery)), 1, "没有编号为 9 的线索"),
    ):
        answer = clerk(settings, "tips", *words)
        assert answer.exit_code == status, words
        assert said in answer.output
    shown = client.post("/tip-off/status", data={"code": code})
    assert Stage.RECEIVED.meaning in shown.text
