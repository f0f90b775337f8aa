"""Sealing anew as an operator does it, on a demonstration and in both stores."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from openbureau import cli
from openbureau.library.bureau import read_bureau
from openbureau.tips import intake, receipt_codes
from openbureau.tips.casework import dossier, stages
from openbureau.tips.form.submission import UNIT_OTHER, Submission
from openbureau.tips.sealing import CannotOpen, create_keys
from openbureau.tips.sealing.recipients import load_set
from support.desk_makers import REPORTED, TODAY
from support.site import CONTENT


@pytest.fixture
def instance(engine: Engine, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a demonstration whose tips are in `store`."""
    monkeypatch.setenv("OPENBUREAU_CONTENT", str(CONTENT))
    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("OPENBUREAU_DATABASE_URL", store)
    assert run("setup").exit_code == 0
    return tmp_path / "instance"


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def hand_in(session: Session, instance: Path) -> None:
    bureau, _ = read_bureau(CONTENT)
    assert bureau is not None
    signed_by = (instance / "keys" / "signed-by.txt").read_text(encoding="utf-8").strip()
    units = (*bureau.units, UNIT_OTHER)
    present = load_set(instance / "keys" / "recipients.json", signed_by, units)
    written = Submission.from_form({**REPORTED, "unit": units[1]}, units, ["procedure"])
    secret = (instance / "secret.key").read_bytes()
    intake.submit(session, secret, receipt_codes.new_form_id(), written, present, TODAY)


def test_in_a_demonstration_a_leaver_is_taken_out_and_opens_nothing(session: Session, instance: Path) -> None:
    leaver, folder = create_keys(), instance / "demo-keys"
    receiver = read_bureau(CONTENT)[0].units[0]  # type: ignore[union-attr]
    member = ("--duty", "handler", "--unit", receiver, "--key", leaver.public)
    for words in (("add", folder, "leaver", *member), ("install", folder / "recipients.json")):
        assert run("keys", *words).exit_code == 0
    hand_in(session, instance)
    assert dossier.open_body(stages.get(session, 1), leaver.private)["amount"] == "5000"
    session.rollback()
    for words in (("remove", folder, "leaver"), ("install", folder / "recipients.json")):
        assert run("keys", *words).exit_code == 0
    rewrapped = run("keys", "rewrap", "--key", folder / "recovery.key")
    assert (rewrapped.exit_code, rewrapped.output) == (
        0,
        "sealed anew: 1 tips, 0 opinions, 0 keys of accounts\n",
    )
    with pytest.raises(CannotOpen):
        dossier.open_body(stages.get(session, 1), leaver.private)
    session.rollback()
    again = run("keys", "rewrap", "--again", "--key", folder / "recovery.key")
    assert "sealed anew: 1 tips" in again.output
    verified = run("tips", "verify")
    assert verified.exit_code == 0, verified.output
