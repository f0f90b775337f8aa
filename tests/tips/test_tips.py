"""A tip's journey through the inner room: the code, the form, the sealing, the store, the handling."""

import base64
import json
import multiprocessing
import random
import secrets
import sqlite3
import string
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from openbureau.database import Model, audit_log, db, init_app
from openbureau.tips import receipt_codes
from openbureau.tips.casework import dossier, messages, stages
from openbureau.tips.form.submission import (
    MAX_CHARACTERS,
    Category,
    Submission,
    SubmissionRefused,
)
from openbureau.tips.intake import Receipt, submit
from openbureau.tips.model import Channel, Message, MessageKind, Stage, Tip, TipEvent
from openbureau.tips.sealing import CannotOpen, Sealer, SealingFailed, create_keys, open_sealed
from openbureau.tips.sealing.recipients import UNIT_OTHER, Duty, Recipient, RecipientSet
from support.databases import open_database

SECRET = secrets.token_bytes(32)
KEYS = create_keys()
CUSTODIAN = create_keys()
RECOVERY = create_keys()
SEALER = Sealer([KEYS.public])
TODAY = date(2025, 4, 1)
NOON = datetime(2025, 4, 1, 12, tzinfo=UTC)
UNITS = ("甲市教育局", "乙区教育局")
RECIPIENTS = RecipientSet(
    1,
    TODAY,
    UNITS[0],
    (
        Recipient("handler", Duty.HANDLER, UNITS[0], KEYS.public),
        Recipient("custodian", Duty.CUSTODIAN, UNITS[0], CUSTODIAN.public),
        Recipient("independent", Duty.INDEPENDENT, "", create_keys().public),
        Recipient("recovery", Duty.RECOVERY, "", RECOVERY.public),
    ),
)
FILLED_IN = {
    "unit": "乙区教育局",
    "decided_on": "2025-03-20",
    "doc_no": "乙教罚〔2025〕3号",
    "amount": "5,000.50元",
    "story": "三月二十日下午，两名人员到店检查，\n没有出示证件就当场罚款，也没有给票据。",
    "named": "named",
    "name": "某某",
    "contact": "0763-1234567",
    "company": "某某培训有限公司",
    "uscc": "９１１１００００６０００３７３４１l",
    "website": "",
}


def filled_in(**changes: str) -> Submission:
    return Submission.from_form(FILLED_IN | changes, UNITS, ["procedure", "no-basis"])


def hand_in(session: Session, form_id: str, **changes: str) -> Receipt:
    return submit(session, SECRET, form_id, filled_in(**changes), RECIPIENTS, TODAY)


def move(session: Session, number: int, stage: Stage, today: date = TODAY) -> Tip:
    return stages.move(session, number, stage, NOON, today, "clerk", "handler")


def count(session: Session, table: type[Model]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


# The receipt code


def test_a_code_is_five_groups_of_five_and_one_form_always_gives_the_same() -> None:
    form_id = receipt_codes.new_form_id()
    code = receipt_codes.code_for(SECRET, form_id)
    assert [len(group) for group in code.split("-")] == [5] * 5
    assert (
        receipt_codes.code_for(SECRET, form_id)
        == code
        != receipt_codes.code_for(secrets.token_bytes(32), form_id)
    )


def test_ten_thousand_codes_differ_and_use_every_symbol_evenly() -> None:
    codes = [
        receipt_codes.fold(receipt_codes.code_for(SECRET, receipt_codes.new_form_id())) for _ in range(10_000)
    ]
    assert len(set(codes)) == 10_000
    symbols = "".join(codes)
    expected = len(symbols) / 32
    # Chi-square with 31 degrees of freedom: above 90 less than once in ten million runs.
    assert sum((symbols.count(symbol) - expected) ** 2 / expected for symbol in receipt_codes.ALPHABET) < 90


def test_every_single_wrong_symbol_is_caught() -> None:
    for _ in range(5):
        code = receipt_codes.fold(receipt_codes.code_for(SECRET, receipt_codes.new_form_id()))
        for place, right in enumerate(code):
            for wrong in set(receipt_codes.ALPHABET) - {right}:
                with pytest.raises(receipt_codes.BadCode, match="校验位不符"):
                    receipt_codes.fold(code[:place] + wrong + code[place + 1 :])


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.binary(min_size=16, max_size=16))
def test_a_code_is_understood_however_it_is_typed(chance: random.Random, raw: bytes) -> None:
    code = receipt_codes.code_for(SECRET, raw.hex())
    full_width = {ord(c): ord(c) + 0xFEE0 for c in string.ascii_letters + string.digits + "-"}
    typed = ""
    alike = {"0": "0Oo", "1": "1IiLl", "-": "- —－−\u200b"}
    for symbol in code:
        symbol = chance.choice(alike.get(symbol, symbol + symbol.lower()))
        typed += chance.choice((symbol, symbol.translate(full_width), f" {symbol}\u3000"))
    assert receipt_codes.grouped(receipt_codes.fold(typed)) == code
    assert receipt_codes.mac(SECRET, typed) == receipt_codes.mac(SECRET, code)


def test_a_typing_slip_is_named_without_repeating_the_code() -> None:
    code = receipt_codes.code_for(SECRET, receipt_codes.new_form_id())
    last = receipt_codes.ALPHABET[receipt_codes.ALPHABET.index(code[-1]) - 1]
    for typed, told in (
        (code[:-1], "长度不对：查询码共 25 位，您输入了 24 位"),
        (code * 40, "长度不对"),
        ("", "长度不对"),
        (code[:-1] + "U", "没有字母 U"),
        (code[:-1] + last, "校验位不符"),
    ):
        with pytest.raises(receipt_codes.BadCode, match=told) as refusal:
            receipt_codes.fold(typed)
        assert code[:5] not in str(refusal.value)


def test_a_form_of_ours_is_recognised_for_a_day() -> None:
    form_id = receipt_codes.new_form_id()
    token = receipt_codes.sign_form(SECRET, form_id, NOON)
    assert receipt_codes.verify_form(SECRET, token, NOON + timedelta(hours=24)) == form_id
    for moment in (NOON + timedelta(hours=24, seconds=1), NOON - timedelta(hours=1)):
        with pytest.raises(receipt_codes.FormExpired, match="失效"):
            receipt_codes.verify_form(SECRET, token, moment)


def test_a_form_that_is_not_ours_is_refused() -> None:
    token = receipt_codes.sign_form(SECRET, receipt_codes.new_form_id(), NOON)
    form_id, issued, mac = token.split(".")
    later = f"{form_id}.{int(issued) + 1}.{mac}"
    other_form = f"{receipt_codes.new_form_id()}.{issued}.{mac}"
    for forged in ("", "x", token + "0", token.upper(), later, other_form, "０" + token[1:]):
        with pytest.raises(receipt_codes.FormNotOurs, match="不是本站发出的"):
            receipt_codes.verify_form(SECRET, forged, NOON)
    with pytest.raises(receipt_codes.FormNotOurs):
        receipt_codes.verify_form(secrets.token_bytes(32), token, NOON)


def test_a_short_secret_a_foreign_form_id_and_a_time_without_zone_are_refused() -> None:
    with pytest.raises(receipt_codes.WeakSecret, match="31 bytes"):
        receipt_codes.code_for(b"x" * 31, receipt_codes.new_form_id())
    with pytest.raises(receipt_codes.FormNotOurs):
        receipt_codes.code_for(SECRET, "")
    with pytest.raises(ValueError, match="time zone"):
        receipt_codes.sign_form(SECRET, receipt_codes.new_form_id(), NOON.replace(tzinfo=None))


# The form


def test_a_form_in_order_has_no_problems_and_becomes_two_documents() -> None:
    submission = filled_in()
    assert submission.problems(TODAY) == {}
    body, identity = json.loads(submission.body_document()), json.loads(submission.identity_document() or b"")
    assert set(body.pop("penalty").values()) == {None}
    assert body == {
        "version": 1,
        "unit": "乙区教育局",
        "categories": ["procedure", "no-basis"],
        "decided_on": "2025-03-20",
        "doc_no": "乙教罚〔2025〕3号",
        "amount": "5000.50",
        "story": FILLED_IN["story"],
        "named": True,
        "files": [],
        "proceedings": [],
        "publishable": False,
        "relation": None,
    }
    assert identity == {
        "version": 1,
        "name": "某某",
        "contact": "0763-1234567",
        "company": "某某培训有限公司",
        "uscc": "91110000600037341L",
    }


def test_only_the_unit_a_category_the_story_and_the_choice_of_name_are_required() -> None:
    empty = Submission.from_form({}, UNITS, [])
    assert set(empty.problems(TODAY)) == {"unit", "categories", "story", "named"}
    least = {"unit": UNIT_OTHER, "story": FILLED_IN["story"], "named": "anonymous"}
    assert Submission.from_form(least, UNITS, ["other"]).problems(TODAY) == {}


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("unit", "丙县教育局", "请从列表中选择被反映的单位"),
        ("decided_on", "上个月", "2024-05-31"),
        ("decided_on", "2025-02-30", "2024-05-31"),
        ("decided_on", "2025-04-02", "晚于今天"),
        ("decided_on", "0205-03-20", "检查年份"),
        ("amount", "-5", "不能是负数"),
        ("amount", "五万", "只填数字"),
        ("amount", "1e9", "只填数字"),
        ("amount", "1.234", "最多两位小数"),
        ("story", "", "时间、地点、谁来执法"),
        ("story", "太短", "至少 20 字，现在是 2 字"),
        ("named", "maybe", "匿名提交还是实名提交"),
        ("name", "", "需要填写姓名"),
        ("contact", "", "需要填写手机、座机号码或电子邮箱"),
        ("contact", "微信同名", "不像电话号码或电子邮箱"),
        ("contact", "a@b", "不像电话号码或电子邮箱"),
        ("uscc", "9111", "共 18 位"),
        ("uscc", "911100006000373410", "校验位不符"),
        ("uscc", "91110000600O37341L", "不该出现的字符"),
        *(
            (field, "长" * (limit + 2), f"最多 {limit} 字.*请删减 2 字")
            for field, limit in MAX_CHARACTERS.items()
        ),
    ],
)
def test_each_mistake_is_told_at_its_field_with_the_way_to_mend_it(field: str, typed: str, told: str) -> None:
    problems = filled_in(**{field: typed}).problems(TODAY)
    assert set(problems) == {field}
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(problems[field])


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(
            ("decided_on", typed)
            for typed in ("2025/3/1", "2025.03.01", "２０２５年3月1日", "2025-04-01", "")
        ),
        *(("amount", typed) for typed in ("0", "1,234,567.8", "５００００", "¥ 500", "")),
        *(
            ("contact", typed)
            for typed in ("+86 138-0000-0000", "(0763)1234567", "a.b@c.example", "ａ＠b.cn")
        ),
        *(("unit", typed) for typed in (*UNITS, UNIT_OTHER)),
    ],
)
def test_the_usual_spellings_are_understood(field: str, typed: str) -> None:
    submission = filled_in(**{field: typed})
    assert submission.problems(TODAY) == {}
    json.loads(submission.body_document())


def test_a_category_outside_the_list_is_refused_and_a_repeated_one_counts_once() -> None:
    assert len(Category) == 11
    assert (
        "请从列表中"
        in Submission.from_form(FILLED_IN, UNITS, ["procedure", "x"]).problems(TODAY)["categories"]
    )
    assert Submission.from_form(FILLED_IN, UNITS, ["other", "other"]).categories == ("other",)


def test_an_anonymous_form_forgets_who_filled_it_in() -> None:
    submission = filled_in(named="anonymous", contact="not even a contact", uscc="1")
    assert submission.problems(TODAY) == {}
    assert submission.identity_document() is None
    assert (submission.name, submission.contact, submission.company, submission.uscc) == ("", "", "", "")


def test_control_characters_go_and_line_breaks_stay() -> None:
    submission = filled_in(story="一\x00二\r\n三\u202e四\ud800" + "五" * 20, name="某\x1b[31m\n某")
    assert submission.story == "一二\n三四" + "五" * 20
    assert submission.name == "某[31m 某"


def test_the_hidden_field_gives_a_robot_away(session: Session) -> None:
    assert not filled_in().is_bot
    assert filled_in(website="http://spam.example").is_bot
    with pytest.raises(SubmissionRefused):
        hand_in(session, receipt_codes.new_form_id(), website="x")
    assert count(session, Tip) == 0


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(FILLED_IN)), st.text(st.characters(), max_size=40)))
def test_whatever_is_typed_is_either_told_as_a_problem_or_can_be_sealed(changes: dict[str, str]) -> None:
    submission = filled_in(**changes)
    assert repr(submission).startswith("<")
    if not submission.problems(TODAY):
        json.loads(submission.body_document())
        assert (submission.identity_document() is None) == (submission.named == "anonymous")


# Sealing


@settings(deadline=None)
@given(st.binary(max_size=5000))
def test_what_is_sealed_opens_exactly_for_each_recipient_and_for_nobody_else(plaintext: bytes) -> None:
    other, stranger = create_keys(), create_keys()
    sealed = Sealer([KEYS.public, other.public]).seal(plaintext)
    assert open_sealed(sealed, KEYS.private) == open_sealed(sealed, other.private) == plaintext
    with pytest.raises(CannotOpen, match="不在接收人之中"):
        open_sealed(sealed, stranger.private)


def test_the_length_of_a_sealed_file_tells_only_a_power_of_two() -> None:
    # age itself adds a few hundred bytes, some of them at random.
    sizes = (0, 500, 1020, 1021, 2044, 2045, 20_000, 32_764)
    assert [len(SEALER.seal(b"x" * size)) // 1024 for size in sizes] == [1, 1, 1, 2, 2, 4, 32, 32]


def test_a_damaged_file_and_a_malformed_key_do_not_open() -> None:
    sealed = SEALER.seal(b"x")
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for damaged in (flipped, sealed[:-1], b""):
        with pytest.raises(CannotOpen, match="损坏"):
            open_sealed(damaged, KEYS.private)
    with pytest.raises(CannotOpen, match="AGE-SECRET-KEY-1"):
        open_sealed(sealed, KEYS.private[:-1])
    assert KEYS.private not in repr(KEYS)


# For whom


@st.composite
def charts(draw: st.DrawFn) -> RecipientSet:
    """Any set of recipients, in units that receive, are accused, or have nothing to do with it."""
    units = [*UNITS, "丙县教育局", ""]
    duties = draw(st.lists(st.tuples(st.sampled_from(Duty), st.sampled_from(units)), max_size=12))
    members = [
        Recipient(f"r{place}", duty, unit, f"age1{place}") for place, (duty, unit) in enumerate(duties)
    ]
    return RecipientSet(1, TODAY, draw(st.sampled_from(units[:3])), tuple(members))


@settings(max_examples=500)
@given(charts(), st.sampled_from([*UNITS, "丙县教育局", UNIT_OTHER]))
def test_whoever_belongs_to_the_accused_unit_receives_nothing_and_a_sound_set_has_two(
    chart: RecipientSet, accused: str
) -> None:
    for readers in (chart.of_body(accused), chart.of_identity(accused)):
        keepers = [each for each in readers if each.duty is not Duty.RECOVERY]
        assert accused not in {each.unit for each in keepers}
        if accused == chart.receiver:
            assert {each.duty for each in keepers} <= {Duty.INDEPENDENT}
        if not chart.problems([accused]):
            assert len(readers) >= 2


@pytest.mark.parametrize("accused", [*UNITS, UNIT_OTHER])
def test_the_handler_opens_a_tip_unless_it_is_about_the_own_unit(accused: str, session: Session) -> None:
    hand_in(session, receipt_codes.new_form_id(), unit=accused)
    tip = stages.get(session, 1)
    if accused == RECIPIENTS.receiver:
        with pytest.raises(CannotOpen):
            dossier.open_body(tip, KEYS.private)
    else:
        assert dossier.open_body(tip, KEYS.private)["unit"] == accused
    for private in (KEYS.private, CUSTODIAN.private):
        document = dossier.open_body if private == CUSTODIAN.private else dossier.open_identity
        with pytest.raises(CannotOpen):
            document(tip, private)
    assert dossier.open_identity(tip, RECOVERY.private)


# The store


def test_no_time_finer_than_a_day_is_stored_of_a_tip() -> None:
    tables = [table for table in Model.metadata.sorted_tables if table.name.startswith("tip")]
    types = {str(column.type) for table in tables for column in table.columns}
    assert len(tables) >= 6
    assert not types & {"DATETIME", "TIMESTAMP", "TIME", "FLOAT"}


def traces(folder: Path, words: list[str]) -> list[tuple[str, str]]:
    """Where a word occurs in the bytes of a folder's files: as UTF-8, UTF-16 or base64 at any offset."""
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = file.read_bytes()
        for word in words:
            plain = word.encode()
            needles = [plain, word.encode("utf-16-le"), word.encode("utf-16-be")]
            # Of the four symbols that may mix with the neighbours' bytes none is searched for.
            needles += [base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)]
            found += [(file.name, word) for needle in needles if needle in data]
    return found


def test_the_search_for_traces_finds_a_word_in_each_disguise(tmp_path: Path) -> None:
    word = secrets.token_hex(16)
    for name, data in {
        "utf8": word.encode(),
        "utf16": f"x{word}".encode("utf-16"),
        "base64": base64.b64encode(f"xx{word}yy".encode()),
    }.items():
        (tmp_path / name).write_bytes(b"\1" + data)
    assert {name for name, _ in traces(tmp_path, [word])} == {"utf8", "utf16", "base64"}


def test_no_word_of_a_tip_and_no_code_is_found_in_the_files(tmp_path: Path) -> None:
    def word(alphabet: str = string.ascii_letters) -> str:
        return "".join(secrets.choice(alphabet) for _ in range(32))

    company_code = "91441800" + word(string.digits)[:9]
    company_code += uscc.calc_check_digit(company_code)
    amount = word(string.digits[1:])[:12]
    doc_no, story, name, contact, company, said = (word() for _ in range(6))
    form = FILLED_IN | {
        "doc_no": doc_no,
        "amount": amount,
        "story": story,
        "name": name,
        "contact": f"{contact}@example.com",
        "company": company,
        "uscc": company_code,
    }
    submission = Submission.from_form(form, UNITS, ["no-authority"])
    form_id = receipt_codes.new_form_id()
    engine = open_database(f"sqlite:///{tmp_path / 'tips.db'}")
    Model.metadata.create_all(engine)
    with Session(engine) as session:
        receipt = submit(session, SECRET, form_id, submission, RECIPIENTS, TODAY)
        move(session, 1, Stage.SCREENING)
        ask(session, said)
    engine.dispose()
    words = [doc_no, amount, story, name, contact, company, company_code, form_id, said]
    code = receipt_codes.fold(receipt.code)
    private = receipt_codes.reply_identity(receipt.code)
    assert traces(tmp_path, [*words, receipt.code, code, code[:12], KEYS.private, private]) == []
    assert bytes.fromhex(form_id) not in (tmp_path / "tips.db").read_bytes()
    assert receipt.code not in repr(receipt)


def test_an_error_of_the_database_does_not_print_what_was_stored(session: Session) -> None:
    canary = secrets.token_bytes(16).hex()
    session.execute(text("CREATE TABLE once (word VARCHAR UNIQUE)"))
    with pytest.raises(IntegrityError) as refusal:
        session.execute(text("INSERT INTO once VALUES (:word), (:word)"), {"word": canary})
    assert canary not in str(refusal.value)


def test_a_tip_comes_back_with_its_code_and_opens_with_a_private_key(session: Session) -> None:
    receipt = hand_in(session, receipt_codes.new_form_id())
    tip = stages.find_by_code(session, SECRET, receipt.code.lower().replace("-", " "))
    assert tip is not None
    assert (tip.number, tip.stage, tip.received_on, tip.suite) == (1, Stage.RECEIVED, TODAY, "age-v1")
    assert (tip.channel, tip.unit, tip.categories, tip.set_version) == (
        (Channel.WEB, "乙区教育局", "procedure no-basis", 1)
    )
    [event] = tip.events
    assert (event.event.label, event.stage, event.day) == ("提交", Stage.RECEIVED, TODAY)
    assert dossier.open_body(tip, KEYS.private)["story"] == FILLED_IN["story"]
    identity = dossier.open_identity(tip, CUSTODIAN.private)
    assert identity is not None
    assert identity["name"] == "某某"
    with pytest.raises(CannotOpen):
        dossier.open_body(tip, create_keys().private)
    unknown = receipt_codes.code_for(SECRET, receipt_codes.new_form_id())
    assert stages.find_by_code(session, SECRET, unknown) is None
    with pytest.raises(receipt_codes.BadCode):
        stages.find_by_code(session, SECRET, "not a code")


def test_an_anonymous_tip_has_no_identity_to_open(session: Session) -> None:
    hand_in(session, receipt_codes.new_form_id(), named="anonymous")
    assert dossier.open_identity(stages.get(session, 1), KEYS.private) is None


def test_a_tip_of_an_unknown_suite_is_not_guessed_at(session: Session) -> None:
    hand_in(session, receipt_codes.new_form_id())
    tip = stages.get(session, 1)
    tip.suite = "other-v2"
    with pytest.raises(CannotOpen, match="other-v2"):
        dossier.open_body(tip, KEYS.private)


def test_a_form_posted_again_gives_the_same_receipt_and_stores_nothing(session: Session) -> None:
    form_id = receipt_codes.new_form_id()
    first, again = hand_in(session, form_id), hand_in(session, form_id, story="改" * 20)
    assert (first.already, again.already) == (False, True)
    assert (first.code, first.seq, first.entry) == (again.code, again.seq, again.entry)
    assert first.code != hand_in(session, receipt_codes.new_form_id()).code
    assert [tip.number for tip in stages.list_tips(session)][-1] == 1
    assert count(session, Tip) == 2
    assert dossier.open_body(stages.get(session, 1), KEYS.private)["story"] == FILLED_IN["story"]


def test_a_number_is_not_given_again_when_its_tip_is_destroyed(session: Session) -> None:
    hand_in(session, receipt_codes.new_form_id())
    for table in (TipEvent, Tip):
        session.query(table).delete()
    hand_in(session, receipt_codes.new_form_id())
    assert [tip.number for tip in stages.list_tips(session)] == [2]


def test_a_form_with_problems_is_not_stored(session: Session) -> None:
    with pytest.raises(SubmissionRefused) as refusal:
        hand_in(session, receipt_codes.new_form_id(), story="短")
    assert set(refusal.value.problems) == {"story"}
    assert count(session, Tip) == 0


def test_nothing_is_stored_when_sealing_fails(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def close_the_body_and_break_down(sealer: Sealer, plaintext: bytes) -> bytes:
        if b'"story"' in plaintext:
            return b"sealed"
        raise SealingFailed("加密失败，内容没有保存。")

    monkeypatch.setattr(Sealer, "seal", close_the_body_and_break_down)
    with pytest.raises(SealingFailed, match="没有保存"):
        hand_in(session, receipt_codes.new_form_id())
    session.rollback()
    assert (count(session, Tip), count(session, TipEvent), count(session, audit_log.LogEntry)) == (0, 0, 0)


def ask(session: Session, said: str, kind: MessageKind = MessageKind.QUESTION) -> Message:
    tip = stages.get(session, 1)
    with audit_log.change(session, audit_log.minute(NOON), "clerk", "handler") as change:
        sealer = messages.sealer(RECIPIENTS, tip, kind)
        message = messages.store(session, change, tip, kind, True, TODAY, said, sealer)
    return message


def test_a_question_is_read_with_the_code_or_by_a_handler_and_a_note_by_handlers_alone(
    session: Session,
) -> None:
    receipt = hand_in(session, receipt_codes.new_form_id())
    code = receipt_codes.reply_identity(receipt.code)
    question, note = ask(session, "哪一天？"), ask(session, "另有一条", MessageKind.NOTE)
    for private in (code, KEYS.private):
        assert messages.read(question, private) == {"version": 1, "text": "哪一天？", "files": []}
    assert messages.read(note, KEYS.private)["text"] == "另有一条"
    for message, private in ((note, code), (question, CUSTODIAN.private), (question, create_keys().private)):
        with pytest.raises(CannotOpen):
            messages.read(message, private)
    told = audit_log.entries_of(session, "tip/1")
    assert [each.event for each in told] == ["submitted", "message", "message"]
    assert "哪一天" not in told[1].detail


# Handling


def test_a_tip_moves_along_and_each_move_is_told_on_its_day(session: Session) -> None:
    hand_in(session, receipt_codes.new_form_id())
    path = [Stage.SCREENING, Stage.ACCEPTED, Stage.INVESTIGATING, Stage.CONCLUDED, Stage.ANSWERED]
    for day, stage in enumerate(path, start=2):
        tip = move(session, 1, stage, date(2025, 4, day))
        assert (tip.stage, tip.stage_on, tip.received_on) == (stage, date(2025, 4, day), TODAY)
    assert [event.stage for event in tip.events] == [Stage.RECEIVED, *path]
    assert tip.events[-1].day == date(2025, 4, 6)
    told = audit_log.entries_of(session, "tip/1")
    assert [(each.event, each.at) for each in told[1:]] == [("moved", "2025-04-01T12:00Z")] * 5
    assert [json.loads(each.detail)["stage"] for each in told[1:]] == path


@pytest.mark.parametrize("stage", list(Stage))
def test_a_move_outside_the_closed_list_changes_nothing(session: Session, stage: Stage) -> None:
    hand_in(session, receipt_codes.new_form_id())
    session.execute(update(Tip).values(stage=stage))
    session.commit()
    entries = count(session, audit_log.LogEntry)
    for wanted in set(Stage) - stages.MOVES[stage]:
        with pytest.raises(stages.ImpossibleMove, match=f"现在是“{stage.label}”，不能转为“{wanted.label}”"):
            move(session, 1, wanted)
        assert stages.get(session, 1).stage == stage
    assert (count(session, TipEvent), count(session, audit_log.LogEntry)) == (1, entries)


def test_every_stage_is_explained_can_be_reached_and_comes_to_an_end() -> None:
    assert len({stage.label for stage in Stage}) == len(Stage)
    assert all(stage.meaning.endswith("。") for stage in Stage)
    assert set(stages.MOVES) == set(Stage)
    assert set().union(*stages.MOVES.values()) == set(Stage) - {Stage.RECEIVED}
    assert {stage for stage in Stage if not stages.MOVES[stage]} == {Stage.DESTROYED}


def test_a_move_sees_what_another_clerk_has_just_done(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as mine, Session(engine) as theirs:
        hand_in(mine, receipt_codes.new_form_id())
        [remembered] = stages.list_tips(mine)
        assert remembered.stage == Stage.RECEIVED
        mine.commit()
        move(theirs, 1, Stage.WITHDRAWN)
        with pytest.raises(stages.ImpossibleMove, match="现在是“已撤回”"):
            move(mine, 1, Stage.SCREENING)


def test_a_number_that_nobody_has_is_refused(session: Session) -> None:
    with pytest.raises(stages.UnknownTip, match="编号为 7"):
        move(session, 7, Stage.SCREENING)
    with pytest.raises(stages.UnknownTip, match="编号为 7"):
        stages.get(session, 7)


# Several processes at once, each with the real engine on the real store


def _count_up(url: str, times: int) -> None:
    engine = open_database(url)
    for _ in range(times):
        with Session(engine) as session, audit_log.change(session, "2025-04-01") as change:
            seen = session.scalar(text("SELECT total FROM tally"))
            session.execute(text("UPDATE tally SET total = :total"), {"total": seen + 1})
            change.log("counted", "tally")
    engine.dispose()


def _submit_at_once(url: str, secret: bytes, form_id: str, recipients: RecipientSet) -> tuple[str, bool]:
    engine = open_database(url)
    with Session(engine) as session:
        receipt = submit(session, secret, form_id, filled_in(), recipients, TODAY)
    engine.dispose()
    return receipt.code, receipt.already


def processes(number: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"))


def test_no_write_is_lost_and_the_log_does_not_fork_when_four_processes_read_and_then_write(
    engine: Engine, store: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tally (total INTEGER)"))
        connection.execute(text("INSERT INTO tally VALUES (0)"))
    with processes(4) as pool:
        list(pool.map(_count_up, [store] * 4, [25] * 4))
    with Session(engine) as session:
        assert session.scalar(text("SELECT total FROM tally")) == 100
        assert audit_log.head(session)[0] == 100
        assert audit_log.check_chain(session) is None


def test_two_processes_posting_one_form_store_one_tip(session: Session, store: str) -> None:
    # Each id twice in a row: the two processes take them side by side.
    form_ids = [form_id for form_id in (receipt_codes.new_form_id() for _ in range(20)) for _ in range(2)]
    with processes(2) as pool:
        answers = list(pool.map(_submit_at_once, repeat(store), repeat(SECRET), form_ids, repeat(RECIPIENTS)))
    for one, other in zip(answers[::2], answers[1::2], strict=True):
        assert one[0] == other[0]
        assert {one[1], other[1]} == {False, True}
    assert (count(session, Tip), count(session, TipEvent), count(session, audit_log.LogEntry)) == (20, 20, 20)


def test_a_reader_holds_writers_off_and_the_file_is_kept_safely(tmp_path: Path) -> None:
    app = Flask("room")
    init_app(app, f"sqlite:///{tmp_path / 'tips.db'}")
    with app.app_context():
        db.create_all()
        assert stages.list_tips(db.session()) == []
        outsider = sqlite3.connect(tmp_path / "tips.db", timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            outsider.execute("BEGIN IMMEDIATE")
        outsider.close()
        expected = {
            "journal_mode": "delete",
            "synchronous": 3,
            "foreign_keys": 1,
            "secure_delete": 1,
            "busy_timeout": 5000,
            "recursive_triggers": 1,
        }
        assert {name: db.session.scalar(text(f"PRAGMA {name}")) for name in expected} == expected
        assert db.engine.hide_parameters
        db.session.remove()
        db.engine.dispose()
