"""A tip's journey through the inner room: the code, the form, the sealing, the store, the handling."""

import base64
import json
import multiprocessing
import random
import secrets
import sqlite3
import string
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from openbureau.database import ENGINE_OPTIONS, Model, db, guard_sqlite, init_app
from openbureau.tips import handling, receipts
from openbureau.tips.model import Stage, Tip, TipEvent
from openbureau.tips.sealing import (
    CannotOpen,
    NoRecipients,
    Sealer,
    SealingFailed,
    create_keys,
    load_recipients,
    open_sealed,
)
from openbureau.tips.submission import LIMITS, UNIT_OTHER, Category, Submission, SubmissionRefused

SECRET = secrets.token_bytes(32)
KEYS = create_keys()
SEALER = Sealer([KEYS.public])
TODAY = date(2025, 4, 1)
NOON = datetime(2025, 4, 1, 12, tzinfo=UTC)
UNITS = ("甲市教育局", "乙区教育局")
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


def open_database(folder: Path) -> Engine:
    engine = create_engine(f"sqlite:///{folder / 'tips.db'}", **ENGINE_OPTIONS)
    guard_sqlite(engine)
    return engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    Model.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def submit(session: Session, form_id: str, **changes: str) -> handling.Receipt:
    return handling.submit(session, SECRET, form_id, filled_in(**changes), SEALER, TODAY)


def count(session: Session, table: type[Model]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


# The receipt code


def test_a_code_is_five_groups_of_five_and_one_form_always_gives_the_same() -> None:
    form_id = receipts.new_form_id()
    code = receipts.code_for(SECRET, form_id)
    assert [len(group) for group in code.split("-")] == [5] * 5
    assert receipts.code_for(SECRET, form_id) == code != receipts.code_for(secrets.token_bytes(32), form_id)


def test_ten_thousand_codes_differ_and_use_every_symbol_evenly() -> None:
    codes = [receipts.fold(receipts.code_for(SECRET, receipts.new_form_id())) for _ in range(10_000)]
    assert len(set(codes)) == 10_000
    symbols = "".join(codes)
    expected = len(symbols) / 32
    # Chi-square with 31 degrees of freedom: above 90 less than once in ten million runs.
    assert sum((symbols.count(symbol) - expected) ** 2 / expected for symbol in receipts.ALPHABET) < 90


def test_every_single_wrong_symbol_is_caught() -> None:
    for _ in range(5):
        code = receipts.fold(receipts.code_for(SECRET, receipts.new_form_id()))
        for place, right in enumerate(code):
            for wrong in set(receipts.ALPHABET) - {right}:
                with pytest.raises(receipts.BadCode, match="校验位不符"):
                    receipts.fold(code[:place] + wrong + code[place + 1 :])


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.binary(min_size=16, max_size=16))
def test_a_code_is_understood_however_it_is_typed(chance: random.Random, raw: bytes) -> None:
    code = receipts.code_for(SECRET, raw.hex())
    full_width = {ord(c): ord(c) + 0xFEE0 for c in string.ascii_letters + string.digits + "-"}
    typed = ""
    alike = {"0": "0Oo", "1": "1IiLl", "-": "- —－−\u200b"}
    for symbol in code:
        symbol = chance.choice(alike.get(symbol, symbol + symbol.lower()))
        typed += chance.choice((symbol, symbol.translate(full_width), f" {symbol}\u3000"))
    assert receipts.grouped(receipts.fold(typed)) == code
    assert receipts.mac(SECRET, typed) == receipts.mac(SECRET, code)


def test_a_typing_slip_is_named_without_repeating_the_code() -> None:
    code = receipts.code_for(SECRET, receipts.new_form_id())
    last = receipts.ALPHABET[receipts.ALPHABET.index(code[-1]) - 1]
    for typed, told in (
        (code[:-1], "长度不对：查询码共 25 位，您输入了 24 位"),
        (code * 40, "长度不对"),
        ("", "长度不对"),
        (code[:-1] + "U", "没有字母 U"),
        (code[:-1] + last, "校验位不符"),
    ):
        with pytest.raises(receipts.BadCode, match=told) as refusal:
            receipts.fold(typed)
        assert code[:5] not in str(refusal.value)


def test_a_form_of_ours_is_recognised_for_a_day() -> None:
    form_id = receipts.new_form_id()
    token = receipts.sign_form(SECRET, form_id, NOON)
    assert receipts.verify_form(SECRET, token, NOON + timedelta(hours=24)) == form_id
    for moment in (NOON + timedelta(hours=24, seconds=1), NOON - timedelta(hours=1)):
        with pytest.raises(receipts.FormExpired, match="失效"):
            receipts.verify_form(SECRET, token, moment)


def test_a_form_that_is_not_ours_is_refused() -> None:
    token = receipts.sign_form(SECRET, receipts.new_form_id(), NOON)
    form_id, issued, mac = token.split(".")
    later = f"{form_id}.{int(issued) + 1}.{mac}"
    other_form = f"{receipts.new_form_id()}.{issued}.{mac}"
    for forged in ("", "x", token + "0", token.upper(), later, other_form, "０" + token[1:]):
        with pytest.raises(receipts.FormNotOurs, match="不是本站发出的"):
            receipts.verify_form(SECRET, forged, NOON)
    with pytest.raises(receipts.FormNotOurs):
        receipts.verify_form(secrets.token_bytes(32), token, NOON)


def test_a_short_secret_a_foreign_form_id_and_a_time_without_zone_are_refused() -> None:
    with pytest.raises(receipts.WeakSecret, match="31 bytes"):
        receipts.code_for(b"x" * 31, receipts.new_form_id())
    with pytest.raises(receipts.FormNotOurs):
        receipts.code_for(SECRET, "")
    with pytest.raises(ValueError, match="time zone"):
        receipts.sign_form(SECRET, receipts.new_form_id(), NOON.replace(tzinfo=None))


# The form


def test_a_form_in_order_has_no_problems_and_becomes_two_documents() -> None:
    submission = filled_in()
    assert submission.problems(TODAY) == {}
    body, identity = json.loads(submission.body_document()), json.loads(submission.identity_document() or b"")
    assert body == {
        "version": 1,
        "unit": "乙区教育局",
        "categories": ["procedure", "no-basis"],
        "decided_on": "2025-03-20",
        "doc_no": "乙教罚〔2025〕3号",
        "amount": "5000.50",
        "story": FILLED_IN["story"],
        "named": True,
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
        *((field, "长" * (limit + 2), f"最多 {limit} 字.*请删减 2 字") for field, limit in LIMITS.items()),
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
        submit(session, receipts.new_form_id(), website="x")
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


def test_recipients_are_read_from_a_file_of_public_keys(tmp_path: Path) -> None:
    file = tmp_path / "recipients.txt"
    file.write_text(f"# the desk\n{KEYS.public}\n\n", encoding="utf-8")
    assert open_sealed(load_recipients(file).seal(b"x"), KEYS.private) == b"x"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "读不到接收人公钥文件"),
        (b"", "没有任何接收人公钥"),
        (b"# nobody\n", "没有任何接收人公钥"),
        (b"\xff\xfe", "读不到接收人公钥文件"),
        (f"{KEYS.public}\nage1nonsense\n".encode(), "第 2 个公钥无效"),
        (KEYS.private.encode(), "切勿填入私钥"),
    ],
)
def test_without_good_recipients_there_is_no_sealer(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "recipients.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NoRecipients, match=told) as refusal:
        load_recipients(file)
    assert "recipients.txt" in str(refusal.value)
    assert KEYS.private not in str(refusal.value)


# The store


def test_only_these_columns_are_stored_and_no_time_finer_than_a_day() -> None:
    tables = Model.metadata.tables.values()
    columns = {table.name: {column.name: str(column.type) for column in table.columns} for table in tables}
    assert columns["tip"] == {
        "number": "INTEGER",
        "receipt_mac": "BLOB",
        "received_on": "DATE",
        "stage": "VARCHAR(20)",
        "stage_on": "DATE",
        "body": "BLOB",
        "identity": "BLOB",
        "suite": "VARCHAR(20)",
    }
    assert columns["tip_event"] == {
        "seq": "INTEGER",
        "tip_number": "INTEGER",
        "day": "DATE",
        "event": "VARCHAR(20)",
        "stage": "VARCHAR(20)",
    }
    assert not {name for name in columns if name.startswith("tip")} - {"tip", "tip_event"}


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


def test_no_word_of_a_tip_and_no_code_is_found_in_the_files(engine: Engine, tmp_path: Path) -> None:
    def word(alphabet: str = string.ascii_letters) -> str:
        return "".join(secrets.choice(alphabet) for _ in range(32))

    company_code = "91441800" + word(string.digits)[:9]
    company_code += uscc.calc_check_digit(company_code)
    amount = word(string.digits[1:])[:12]
    unit, doc_no, story, name, contact, company = (word() for _ in range(6))
    form = FILLED_IN | {
        "unit": unit,
        "doc_no": doc_no,
        "amount": amount,
        "story": story,
        "name": name,
        "contact": f"{contact}@example.com",
        "company": company,
        "uscc": company_code,
    }
    submission = Submission.from_form(form, [unit], ["no-authority"])
    form_id = receipts.new_form_id()
    with Session(engine) as session:
        receipt = handling.submit(session, SECRET, form_id, submission, SEALER, TODAY)
        handling.move(session, 1, Stage.SCREENING, TODAY)
    engine.dispose()
    words = [unit, doc_no, amount, story, name, contact, company, company_code, "no-authority", form_id]
    code = receipts.fold(receipt.code)
    assert traces(tmp_path, [*words, receipt.code, code, code[:12], KEYS.private]) == []
    assert bytes.fromhex(form_id) not in (tmp_path / "tips.db").read_bytes()
    assert receipt.code not in repr(receipt)


def test_an_error_of_the_database_does_not_print_what_was_stored(session: Session) -> None:
    canary = secrets.token_bytes(16).hex()
    session.execute(text("CREATE TABLE once (word VARCHAR UNIQUE)"))
    with pytest.raises(IntegrityError) as refusal:
        session.execute(text("INSERT INTO once VALUES (:word), (:word)"), {"word": canary})
    assert canary not in str(refusal.value)


def test_a_tip_comes_back_with_its_code_and_opens_with_a_private_key(session: Session) -> None:
    receipt = submit(session, receipts.new_form_id())
    tip = handling.find(session, SECRET, receipt.code.lower().replace("-", " "))
    assert tip is not None
    assert (tip.number, tip.stage, tip.received_on, tip.suite) == (1, Stage.RECEIVED, TODAY, "age-v1")
    [event] = tip.events
    assert (event.event.label, event.stage, event.day) == ("提交", Stage.RECEIVED, TODAY)
    opened = handling.read(session, tip.number, KEYS.private)
    assert opened.body["story"] == FILLED_IN["story"]
    assert opened.identity is not None
    assert opened.identity["name"] == "某某"
    with pytest.raises(CannotOpen):
        handling.read(session, tip.number, create_keys().private)
    unknown = receipts.code_for(SECRET, receipts.new_form_id())
    assert handling.find(session, SECRET, unknown) is None
    with pytest.raises(receipts.BadCode):
        handling.find(session, SECRET, "not a code")


def test_an_anonymous_tip_has_no_identity_to_open(session: Session) -> None:
    submit(session, receipts.new_form_id(), named="anonymous")
    assert handling.list_tips(session)[0].identity is None
    assert handling.read(session, 1, KEYS.private).identity is None


def test_a_tip_of_an_unknown_suite_is_not_guessed_at(session: Session) -> None:
    submit(session, receipts.new_form_id())
    handling.list_tips(session)[0].suite = "other-v2"
    with pytest.raises(CannotOpen, match="other-v2"):
        handling.read(session, 1, KEYS.private)


def test_a_form_posted_again_gives_the_same_code_and_stores_nothing(session: Session) -> None:
    form_id = receipts.new_form_id()
    first, again = submit(session, form_id), submit(session, form_id, story="改" * 20)
    assert (first.already, again.already) == (False, True)
    assert first.code == again.code != submit(session, receipts.new_form_id()).code
    assert [tip.number for tip in handling.list_tips(session)] == [2, 1]
    assert handling.read(session, 1, KEYS.private).body["story"] == FILLED_IN["story"]


def test_a_number_is_not_given_again_when_its_tip_is_destroyed(session: Session) -> None:
    submit(session, receipts.new_form_id())
    for table in (TipEvent, Tip):
        session.query(table).delete()
    submit(session, receipts.new_form_id())
    assert [tip.number for tip in handling.list_tips(session)] == [2]


def test_a_form_with_problems_is_not_stored(session: Session) -> None:
    with pytest.raises(SubmissionRefused) as refusal:
        submit(session, receipts.new_form_id(), story="短")
    assert set(refusal.value.problems) == {"story"}
    assert count(session, Tip) == 0


class SealerThatFailsAtTheIdentity(Sealer):
    """Closes the body and then breaks down, as a full memory might make it."""

    def seal(self, plaintext: bytes) -> bytes:
        return super().seal(plaintext if b'"story"' in plaintext else None)  # type: ignore[arg-type]


def test_nothing_is_stored_when_sealing_fails(session: Session) -> None:
    broken = SealerThatFailsAtTheIdentity([KEYS.public])
    with pytest.raises(SealingFailed, match="没有保存"):
        handling.submit(session, SECRET, receipts.new_form_id(), filled_in(), broken, TODAY)
    session.commit()
    assert (count(session, Tip), count(session, TipEvent)) == (0, 0)


# Handling


def test_a_tip_moves_along_and_each_move_is_told_on_its_day(session: Session) -> None:
    submit(session, receipts.new_form_id())
    path = [Stage.SCREENING, Stage.ACCEPTED, Stage.INVESTIGATING, Stage.CONCLUDED, Stage.ANSWERED]
    for day, stage in enumerate(path, start=2):
        tip = handling.move(session, 1, stage, date(2025, 4, day))
        assert (tip.stage, tip.stage_on, tip.received_on) == (stage, date(2025, 4, day), TODAY)
    assert [event.stage for event in tip.events] == [Stage.RECEIVED, *path]
    assert tip.events[-1].day == date(2025, 4, 6)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_move_outside_the_closed_list_changes_nothing(session: Session, stage: Stage) -> None:
    for wanted in set(Stage) - handling.MOVES[stage]:
        session.query(Tip).delete()
        tip = Tip(receipt_mac=b"", received_on=TODAY, stage=stage, stage_on=TODAY, body=b"", suite="")
        session.add(tip)
        session.commit()
        with pytest.raises(handling.ImpossibleMove, match=f"现在是“{stage.label}”，不能转为“{wanted.label}”"):
            handling.move(session, tip.number, wanted, date(2025, 4, 2))
        session.commit()
        assert handling.list_tips(session)[0].stage == stage
    assert count(session, TipEvent) == 0


def test_every_stage_is_explained_can_be_reached_and_comes_to_an_end() -> None:
    assert [stage.label for stage in Stage] == (
        ["已收到", "审核中", "已受理", "不予受理", "已转办", "核查中", "已办结", "已答复", "已撤回"]
    )
    assert all(stage.meaning.endswith("。") for stage in Stage)
    assert set().union(*handling.MOVES.values()) == set(Stage) - {Stage.RECEIVED}
    assert {stage for stage in Stage if not handling.MOVES[stage]} == {
        Stage.DECLINED,
        Stage.ANSWERED,
        Stage.WITHDRAWN,
    }


def test_a_move_sees_what_another_clerk_has_just_done(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as mine, Session(engine) as theirs:
        submit(mine, receipts.new_form_id())
        [remembered] = handling.list_tips(mine)
        assert remembered.stage == Stage.RECEIVED
        mine.commit()
        handling.move(theirs, 1, Stage.WITHDRAWN, TODAY)
        with pytest.raises(handling.ImpossibleMove, match="这个阶段已经是终点"):
            handling.move(mine, 1, Stage.SCREENING, TODAY)


def test_a_number_that_nobody_has_is_refused(session: Session) -> None:
    with pytest.raises(handling.UnknownTip, match="编号为 7"):
        handling.move(session, 7, Stage.SCREENING, TODAY)
    with pytest.raises(handling.UnknownTip, match="编号为 7"):
        handling.read(session, 7, KEYS.private)


# Several processes at once, each with the real engine on the real file


def _count_up(folder: Path, times: int) -> None:
    engine = open_database(folder)
    for _ in range(times):
        with Session(engine) as session, session.begin():
            seen = session.scalar(text("SELECT total FROM tally"))
            session.execute(text("UPDATE tally SET total = :total"), {"total": seen + 1})
    engine.dispose()


def _submit_at_once(folder: Path, secret: bytes, form_id: str, recipient: str) -> tuple[str, bool]:
    engine = open_database(folder)
    with Session(engine) as session:
        receipt = handling.submit(session, secret, form_id, filled_in(), Sealer([recipient]), TODAY)
    engine.dispose()
    return receipt.code, receipt.already


def processes(number: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"))


def test_no_write_is_lost_when_four_processes_read_and_then_write(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tally (total INTEGER)"))
        connection.execute(text("INSERT INTO tally VALUES (0)"))
    with processes(4) as pool:
        list(pool.map(_count_up, [tmp_path] * 4, [25] * 4))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT total FROM tally")) == 100


def test_two_processes_posting_one_form_store_one_tip(session: Session, tmp_path: Path) -> None:
    # Each id twice in a row: the two processes take them side by side.
    form_ids = [form_id for form_id in (receipts.new_form_id() for _ in range(20)) for _ in range(2)]
    with processes(2) as pool:
        answers = list(
            pool.map(_submit_at_once, repeat(tmp_path), repeat(SECRET), form_ids, repeat(KEYS.public))
        )
    for one, other in zip(answers[::2], answers[1::2], strict=True):
        assert one[0] == other[0]
        assert {one[1], other[1]} == {False, True}
    assert (count(session, Tip), count(session, TipEvent)) == (20, 20)


def test_a_reader_holds_writers_off_and_the_file_is_kept_safely(tmp_path: Path) -> None:
    app = Flask("room")
    init_app(app, f"sqlite:///{tmp_path / 'tips.db'}")
    with app.app_context():
        db.create_all()
        assert handling.list_tips(db.session()) == []
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
