"""Who can read a tip: the key ceremony, the signed set, who is left out of it, and sealing anew."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from openbureau import cli, config
from openbureau.cli.console import tips_session
from openbureau.database import ENGINE_OPTIONS, Model, audit_log, guard_sqlite
from openbureau.tips import intake, receipt_codes
from openbureau.tips.casework import dossier, messages, stages
from openbureau.tips.form.submission import Submission
from openbureau.tips.model import MessageKind, Tip
from openbureau.tips.sealing import CannotOpen, NoRecipients, Sealer, create_keys, open_sealed, signing
from openbureau.tips.sealing.files import SealedFile
from openbureau.tips.sealing.recipients import UNIT_OTHER, Duty, Recipient, RecipientSet, load_set, write_set
from support.site import NOON

UNITS = ("清远市教育局", "清城区教育局", "英德市教育局")
ALL = (*UNITS, UNIT_OTHER)
RECEIVER = UNITS[0]
SECRET = b"s" * 32
DAY = date(2026, 6, 1)
Command = Callable[..., Result]


def recipient(name: str, duty: Duty, unit: str = "") -> Recipient:
    return Recipient(name, duty, unit, create_keys().public)


def set_of(*members: Recipient, receiver: str = RECEIVER) -> RecipientSet:
    return RecipientSet(1, DAY, receiver, members)


SAFE = (recipient("independent", Duty.INDEPENDENT), recipient("recovery", Duty.RECOVERY))


# Who is left out


def test_a_tip_about_a_county_goes_to_all_handlers_but_those_of_the_county() -> None:
    city, county = recipient("city", Duty.HANDLER, UNITS[0]), recipient("county", Duty.HANDLER, UNITS[1])
    made = set_of(city, county, *SAFE)
    assert {each.name for each in made.of_body(UNITS[1])} == {"city", "independent", "recovery"}
    assert {each.name for each in made.of_body(UNITS[2])} == {"city", "county", "independent", "recovery"}
    # The unknown unit may be the county's: its handlers are not among those who find that out.
    assert {each.name for each in made.of_body(UNIT_OTHER)} == {"city", "independent", "recovery"}
    assert {each.name for each in made.of_identity(UNIT_OTHER)} == {"independent", "recovery"}


def test_a_tip_about_the_receiver_goes_past_every_handler_and_custodian() -> None:
    made = set_of(
        recipient("city", Duty.HANDLER, UNITS[0]),
        recipient("county", Duty.HANDLER, UNITS[1]),
        recipient("keeper", Duty.CUSTODIAN, UNITS[1]),
        *SAFE,
    )
    for readers in (made.of_body(RECEIVER), made.of_identity(RECEIVER)):
        assert {each.name for each in readers} == {"independent", "recovery"}


def test_a_handler_is_no_reader_of_an_identity() -> None:
    made = set_of(
        recipient("city", Duty.HANDLER, UNITS[0]), recipient("keeper", Duty.CUSTODIAN, UNITS[0]), *SAFE
    )
    assert {each.name for each in made.of_identity(UNITS[1])} == {"keeper", "recovery"}


CHARTS = st.lists(
    st.tuples(st.sampled_from([Duty.HANDLER, Duty.CUSTODIAN]), st.sampled_from(UNITS)), max_size=12
)
KEYS = [create_keys().public for _ in range(14)]


@profile(max_examples=500, deadline=None)
@given(CHARTS, st.sampled_from(UNITS))
def test_whatever_the_office_nobody_of_the_accused_unit_reads_and_two_always_can(
    chart: list[tuple[Duty, str]], receiver: str
) -> None:
    members = [Recipient(f"m{place}", duty, unit, KEYS[place]) for place, (duty, unit) in enumerate(chart)]
    safe = (
        Recipient("independent", Duty.INDEPENDENT, "", KEYS[12]),
        Recipient("recovery", Duty.RECOVERY, "", KEYS[13]),
    )
    made = set_of(*members, *safe, receiver=receiver)
    assert not made.problems(ALL)
    for unit in ALL:
        for readers in (made.of_body(unit), made.of_identity(unit)):
            assert not [each for each in readers if each.unit == unit]
            assert len({each.key for each in readers}) >= 2


# The signed file


@pytest.fixture
def signer() -> bytes:
    return signing.create_key()


def test_a_signed_set_is_read_back(tmp_path: Path, signer: bytes) -> None:
    made = set_of(recipient("city", Duty.HANDLER, UNITS[0]), *SAFE)
    write_set(tmp_path / "set.json", made, signer)
    assert load_set(tmp_path / "set.json", signing.public_key(signer), ALL) == made


def test_a_set_in_which_anything_was_changed_is_no_set(tmp_path: Path, signer: bytes) -> None:
    file, public = tmp_path / "set.json", signing.public_key(signer)
    write_set(file, set_of(recipient("city", Duty.HANDLER, UNITS[0]), *SAFE), signer)
    whole = json.loads(file.read_text(encoding="utf-8"))
    spoiled = []
    for change in (
        lambda each: each["set"].update(version=2),
        lambda each: each["set"].update(receiver=UNITS[1]),
        lambda each: each["set"]["recipients"][0].update(key=create_keys().public),
        lambda each: each["set"]["recipients"][0].update(unit=UNITS[2]),
        lambda each: each["set"]["recipients"].append(
            {"name": "spy", "duty": "handler", "unit": "", "key": create_keys().public}
        ),
        lambda each: each["set"]["recipients"].pop(),
        lambda each: each.update(signature=signing.sign(signing.create_key(), "recipients", each["set"])),
        lambda each: each.update(signature=signing.sign(signer, "receipt", each["set"])),
        lambda each: each.pop("signature"),
        lambda each: each.pop("set"),
    ):
        changed = json.loads(json.dumps(whole))
        change(changed)  # type: ignore[no-untyped-call]
        spoiled.append(json.dumps(changed))
    for text in (*spoiled, "", "[]", "{}", "not json"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(NoRecipients):
            load_set(file, public, ALL)
    with pytest.raises(NoRecipients, match="读不到"):
        load_set(tmp_path / "none" / "set.json", public, ALL)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        (SAFE[:1], "没有恢复密钥"),
        (SAFE[1:], "没有独立接收人"),
        ((*SAFE, Recipient("recovery", Duty.HANDLER, UNITS[0], SAFE[1].key)), "出现了不止一次"),
        ((SAFE[0], Recipient("recovery", Duty.RECOVERY, "", SAFE[0].key)), "接收人不足2个"),
    ],
)
def test_a_set_with_which_a_tip_could_be_lost_or_leak_is_no_set(
    tmp_path: Path, signer: bytes, members: tuple[Recipient, ...], told: str
) -> None:
    write_set(tmp_path / "set.json", set_of(*members), signer)
    with pytest.raises(NoRecipients, match=told):
        load_set(tmp_path / "set.json", signing.public_key(signer), ALL)


def test_a_malformed_key_is_told_and_not_repeated(tmp_path: Path, signer: bytes) -> None:
    private = create_keys().private
    write_set(tmp_path / "set.json", set_of(*SAFE, Recipient("x", Duty.HANDLER, UNITS[0], private)), signer)
    with pytest.raises(NoRecipients) as refusal:
        load_set(tmp_path / "set.json", signing.public_key(signer), ALL)
    assert private not in str(refusal.value)


# The ceremony


@pytest.fixture
def openbureau(content: Path, tmp_path: Path) -> Command:
    """The command `openbureau` on a machine with content and nothing else."""
    environment = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(tmp_path / "instance")}
    toml = content / "site.toml"
    text = toml.read_text(encoding="utf-8")
    start = text.index("units = [")
    listed = ", ".join(f'"{unit}"' for unit in UNITS)
    toml.write_text(f"{text[:start]}units = [{listed}]{text[text.index(']', start) + 1 :]}", encoding="utf-8")

    def run(*words: object) -> Result:
        answer = CliRunner().invoke(cli.main, [str(word) for word in words], env=environment)
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    return run


@pytest.fixture
def safe(openbureau: Command, tmp_path: Path) -> Path:
    """The folder of a ceremony, and a server that has its first set."""
    folder = tmp_path / "safe"
    assert openbureau("keys", "init", folder, "--receiver", RECEIVER).exit_code == 0
    assert openbureau("setup").exit_code == 0
    keys = tmp_path / "instance" / "keys"
    (keys / "recipients.json").unlink()
    (keys / "signed-by.txt").write_bytes((folder / "signed-by.txt").read_bytes())
    assert openbureau("keys", "install", folder / "recipients.json").exit_code == 0
    return folder


def test_the_ceremony_makes_private_keys_that_only_their_owner_reads(
    openbureau: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "safe"
    answer = openbureau("keys", "init", folder, "--receiver", RECEIVER)
    assert answer.exit_code == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("recovery.key", "signing.key", "independent.key"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert f'signed_by = "{(folder / "signed-by.txt").read_text().strip()}"' in answer.output
    assert "AGE-SECRET-KEY" not in answer.output
    again = openbureau("keys", "init", folder, "--receiver", RECEIVER)
    assert (again.exit_code, "File exists" in again.output) == (1, True)
    unknown = openbureau("keys", "init", tmp_path / "other", "--receiver", "乙市教育局")
    assert (unknown.exit_code, "none of the units" in unknown.output) == (1, True)


def test_an_independent_recipient_may_bring_a_key_of_its_own(openbureau: Command, tmp_path: Path) -> None:
    theirs = create_keys()
    folder = tmp_path / "safe"
    openbureau("keys", "init", folder, "--receiver", RECEIVER, "--independent", theirs.public)
    assert not (folder / "independent.key").exists()
    assert theirs.public in (folder / "recipients.json").read_text(encoding="utf-8")


def test_a_handler_is_added_and_taken_out_and_the_server_takes_only_a_newer_set(
    openbureau: Command, safe: Path
) -> None:
    handler = create_keys()
    first = (safe / "recipients.json").read_bytes()
    member = ("--duty", "handler", "--unit", RECEIVER, "--key", handler.public)
    assert openbureau("keys", "add", safe, "clerk", *member).exit_code == 0
    assert openbureau("keys", "install", safe / "recipients.json").exit_code == 0
    shown = openbureau("keys", "show").output
    assert "version 2" in shown
    assert f"反映{UNITS[1]}：clerk、independent、recovery" in shown
    assert f"反映{RECEIVER}：independent、recovery" in shown
    assert openbureau("keys", "remove", safe, "clerk").exit_code == 0
    assert openbureau("keys", "install", safe / "recipients.json").exit_code == 0
    assert "clerk" not in openbureau("keys", "show").output
    (safe / "old.json").write_bytes(first)
    old = openbureau("keys", "install", safe / "old.json")
    assert (old.exit_code, "not newer" in old.output) == (1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "clerk", "--duty", "handler", "--unit", "清远教育局"), "write it as in site.toml"),
        (("add", "clerk", "--duty", "handler", "--unit", RECEIVER, "--key", "age1nonsense"), "公钥无效"),
        (("remove", "nobody"), "is no recipient"),
        (("remove", "recovery"), "没有恢复密钥"),
        (("remove", "independent"), "没有独立接收人"),
    ],
)
def test_a_slip_of_the_ceremony_is_told_and_changes_nothing(
    openbureau: Command, safe: Path, words: tuple[str, ...], told: str
) -> None:
    before = (safe / "recipients.json").read_bytes()
    key = () if words[0] == "remove" or "--key" in words else ("--key", create_keys().public)
    answer = openbureau("keys", words[0], safe, *words[1:], *key)
    assert answer.exit_code == 1, answer.output
    assert told in answer.output
    assert (safe / "recipients.json").read_bytes() == before


def test_a_set_that_somebody_else_signed_is_not_installed(
    openbureau: Command, safe: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    openbureau("keys", "init", other, "--receiver", RECEIVER)
    refused = openbureau("keys", "install", other / "recipients.json")
    assert (refused.exit_code, "签名不符" in refused.output) == (1, True)


def test_the_drill_tells_whether_the_key_in_the_safe_still_opens(openbureau: Command, safe: Path) -> None:
    works = openbureau("keys", "drill", "--key", safe / "recovery.key")
    assert (works.exit_code, "works: recovery" in works.output) == (0, True)
    (safe / "lost.key").write_text(create_keys().private, encoding="utf-8")
    lost = openbureau("keys", "drill", "--key", safe / "lost.key")
    assert (lost.exit_code, "打不开" in lost.output) == (1, True)


def test_a_key_is_drawn_for_the_safe(openbureau: Command, safe: Path, tmp_path: Path) -> None:
    answer = openbureau("keys", "sheet", safe / "recovery.key", tmp_path / "sheet.svg")
    assert (safe / "recovery.key").read_text(encoding="utf-8").strip() in answer.output
    assert "<svg" in (tmp_path / "sheet.svg").read_text(encoding="utf-8")


def test_in_a_demonstration_the_ceremony_can_be_tried(openbureau: Command, tmp_path: Path) -> None:
    openbureau("setup")
    demo = tmp_path / "instance" / "demo-keys"
    member = ("--duty", "handler", "--unit", RECEIVER, "--key", create_keys().public)
    assert openbureau("keys", "add", demo, "clerk", *member).exit_code == 0
    assert openbureau("keys", "install", demo / "recipients.json").exit_code == 0
    assert "clerk" in openbureau("keys", "show").output


# Sealing anew


def submission() -> Submission:
    told = {
        "unit": UNITS[1],
        "story": "五月二十日下午，两名人员到店检查，没有出示证件就罚款。",
        "named": "named",
        "name": "某某",
        "contact": "0763-1234567",
    }
    return Submission.from_form(told, UNITS, ["procedure"])


def store_tip(session: Session, present: RecipientSet) -> str:
    """A tip with a file and a question, and its code."""
    sealed = Sealer([each.key for each in present.of_body(UNITS[1])]).encrypt(b"picture")
    import_id = "0" * 32
    file = SealedFile(import_id, {"id": import_id}, len(sealed), "x" * 64, [sealed[:50], sealed[50:]])
    form = receipt_codes.new_form_id()
    code = intake.submit(session, SECRET, form, submission(), present, DAY, files=[file]).code
    from_staff = audit_log.minute(NOON)
    with audit_log.change(session, from_staff, "clerk", "handler") as change:
        tip = stages.get(session, 1)
        sealer = messages.sealer(present, tip, MessageKind.QUESTION)
        messages.store(session, change, tip, MessageKind.QUESTION, True, DAY, "哪一天？", sealer)
    return code


def test_after_somebody_left_open_tips_are_sealed_anew_and_the_leaver_opens_nothing(
    openbureau: Command, safe: Path, tmp_path: Path
) -> None:
    leaver, stayer = create_keys(), create_keys()
    for name, key in (("leaver", leaver.public), ("stayer", stayer.public)):
        member = ("--duty", "handler", "--unit", RECEIVER, "--key", key)
        assert openbureau("keys", "add", safe, name, *member).exit_code == 0
    openbureau("keys", "install", safe / "recipients.json")
    settings = config.Settings(
        tmp_path / "content", tmp_path / "instance", f"sqlite:///{tmp_path / 'instance' / 'tips.db'}", url=""
    )
    public = (safe / "signed-by.txt").read_text(encoding="utf-8").strip()
    with tips_session(settings) as session:
        code = store_tip(session, load_set(safe / "recipients.json", public, ALL))
        dossier.open_body(stages.get(session, 1), leaver.private)
    openbureau("keys", "remove", safe, "leaver")
    openbureau("keys", "install", safe / "recipients.json")
    wrong = tmp_path / "wrong.key"
    wrong.write_text(create_keys().private, encoding="utf-8")
    refused = openbureau("keys", "rewrap", "--key", wrong)
    assert (refused.exit_code, "does not open tips 1" in refused.output) == (1, True)
    done = openbureau("keys", "rewrap", "--key", safe / "recovery.key")
    assert (done.exit_code, "sealed anew: 1" in done.output) == (0, True)
    assert "sealed anew: 0" in openbureau("keys", "rewrap", "--key", safe / "recovery.key").output
    with tips_session(settings) as session:
        tip = stages.get(session, 1)
        [message] = tip.messages
        for sealed in (tip.body, message.sealed):
            open_sealed(sealed, stayer.private)
            with pytest.raises(CannotOpen):
                open_sealed(sealed, leaver.private)
        assert messages.read(message, receipt_codes.reply_identity(code))["text"] == "哪一天？"
        recovery = (safe / "recovery.key").read_text(encoding="utf-8")
        identity = dossier.open_identity(tip, recovery)
        assert identity is not None
        assert identity["name"] == "某某"
        with pytest.raises(CannotOpen):
            dossier.open_identity(tip, stayer.private)
    verified = openbureau("tips", "verify")
    assert verified.exit_code == 0, verified.output


NINE = (
    "清远市教育局",
    "清城区教育局",
    "清新区教育局",
    "佛冈县教育局",
    "阳山县教育局",
    "连山壮族瑶族自治县教育局",
    "连南瑶族自治县教育局",
    "英德市教育局",
    "连州市教育局",
)


@pytest.mark.parametrize("accused", NINE)
def test_with_a_handler_in_each_of_the_nine_bureaux_a_tip_opens_just_for_the_others(
    accused: str, store: str
) -> None:
    private = {unit: create_keys() for unit in NINE}
    handlers = [Recipient(unit, Duty.HANDLER, unit, keys.public) for unit, keys in private.items()]
    told = {
        "unit": accused,
        "story": "五月二十日下午，两名人员到店检查，没有出示证件就罚款。",
        "named": "anonymous",
    }
    filled_in = Submission.from_form(told, NINE, ["procedure"])
    engine = create_engine(store, **ENGINE_OPTIONS)
    guard_sqlite(engine)
    Model.metadata.create_all(engine)
    with Session(engine) as session:
        intake.submit(session, SECRET, receipt_codes.new_form_id(), filled_in, set_of(*handlers, *SAFE), DAY)
        tip = stages.get(session, 1)
        opens = {unit for unit, keys in private.items() if can_open(tip, keys.private)}
    engine.dispose()
    assert opens == (set() if accused == RECEIVER else set(NINE) - {accused})


def can_open(tip: Tip, private: str) -> bool:
    try:
        return bool(dossier.open_body(tip, private))
    except CannotOpen:
        return False
