"""Is the account that a parent is told to pay into the supervised one? Compared, and kept nowhere."""

import io
import json
import logging
import re
import stat
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from openpyxl.comments import Comment
from werkzeug.test import TestResponse

from openbureau.app import create_app
from openbureau.cli import main
from openbureau.config import Settings
from openbureau.library.whitelist.escrow_accounts import (
    KEY_BYTES,
    AccountKey,
    BadAccount,
    BadKey,
    normalised,
    read_account,
    read_key,
)
from openbureau.library.whitelist.workbook_parser import Reading, read_whitelist
from openbureau.publishing.build import check, publish
from openbureau.publishing.publication import Shelf
from support.makers import main_part, texts, visitor, words
from support.site import NOON
from support.whitelist_makers import ADDRESS, edition, facts, other
from support.workbook_makers import AS_OF, COUNTIES, FIRST, HEADER, saved, sheet_of, xlsx

NUMBER = "2010080000001234"
KEY = AccountKey(bytes(range(KEY_BYTES)))
OTHER_KEY = AccountKey(bytes(KEY_BYTES))
NAME = "清远市示例甲足球培训中心"
ACCOUNT = {"监管银行": "示例银行清远分行", "账户名称": NAME, "账号": NUMBER}


# A number as people write it


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "2010 0800 0000 1234",
        " 2010-0800-0000-1234\n",
        "２０１００８００００００１２３４",
        "2010\N{EN DASH}0800\N{NO-BREAK SPACE}0000\N{ZERO WIDTH SPACE}1234",
    ],
)
def test_spaces_dashes_and_width_make_no_other_number(typed: str) -> None:
    assert normalised(typed) == NUMBER


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "请输入"),
        (" -\t", "请输入"),
        ("尾号1234", "只有数字"),
        ("2010****1234", "只有数字"),
        ("٢٠١٠٠٨٠٠", "只有数字"),
        ("1234567", "您输入了7位数字"),
        ("1" * 33, "您输入了33位数字"),
        ("1" * 100_000, "应为8至32位"),
    ],
)
def test_what_is_no_number_is_told_without_repeating_it(typed: str, told: str) -> None:
    with pytest.raises(BadAccount, match=told) as refused:
        normalised(typed)
    assert len(str(refused.value)) < 60


# Key and digest


def test_a_digest_tells_numbers_and_keys_apart() -> None:
    assert KEY.matches(NUMBER, KEY.digest(NUMBER))
    assert not KEY.matches("2010080000001235", KEY.digest(NUMBER))
    assert not OTHER_KEY.matches(NUMBER, KEY.digest(NUMBER))
    assert KEY.fingerprint != OTHER_KEY.fingerprint
    assert KEY.fingerprint not in KEY.digest(NUMBER)


def test_a_key_is_never_shown() -> None:
    assert repr(KEY.key) not in repr(KEY)


def test_a_key_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "account.key"
    assert read_key(file) is None
    file.write_bytes(KEY.key)
    assert read_key(file) == KEY
    file.write_bytes(KEY.key[:-1])
    with pytest.raises(BadKey, match="31 bytes instead of 32"):
        read_key(file)


@pytest.mark.parametrize(
    ("cell", "last4", "is_whole"),
    [
        (NUMBER, "1234", True),
        ("账号：2010 0800 0000 1234", "1234", True),
        ("示例银行２０１００８００００００１２３４", "1234", True),
        ("2010080000001234（基本户）", "1234", True),
        ("2010****1234", "1234", False),
        ("2010080000****1234", "1234", False),
        ("201008******1234", "1234", False),
        ("2010080000001234、6222020000005678", "5678", False),
        ("尾号1234", None, False),
        ("", None, False),
    ],
)
def test_only_a_cell_with_one_whole_number_has_a_digest(cell: str, last4: str | None, is_whole: bool) -> None:
    found = read_account(cell, KEY)
    assert found.last4 == last4
    assert found.digest == (KEY.digest(NUMBER) if is_whole else None)
    assert read_account(cell, None).digest == ("" if is_whole else None)


# Reading a workbook


def read(path: Path) -> Reading:
    return read_whitelist(path, as_of=AS_OF, counties=COUNTIES, account_key=KEY)


def test_a_row_has_the_digest_and_never_the_number(tmp_path: Path) -> None:
    reading = read(xlsx(tmp_path, [[*HEADER, "监管账号"], [*FIRST, NUMBER]]))
    (row,) = reading.rows
    assert (row.escrow_last4, row.escrow_digest) == ("1234", KEY.digest(NUMBER))
    assert NUMBER not in repr(reading)
    assert KEY.digest(NUMBER) not in repr(reading)


def test_a_number_that_has_lost_digits_has_no_digest(tmp_path: Path) -> None:
    (row,) = read(xlsx(tmp_path, [[*HEADER, "监管账号"], [*FIRST, float(NUMBER)]])).rows
    assert (row.escrow_last4, row.escrow_digest) == (None, None)


def test_a_number_written_beside_the_bank_is_masked(tmp_path: Path) -> None:
    lines = [[*HEADER, "开户银行", "户名"], [*FIRST, "示例银行 2010 0800 0000 1234", NAME]]
    (row,) = read(xlsx(tmp_path, lines)).rows
    assert (row.escrow_bank, row.escrow_name) == ("示例银行****1234", NAME)


@pytest.mark.parametrize(
    ("heading", "cell", "tells"),
    [
        ("监管账号", NUMBER, True),
        ("监管账号", float(NUMBER), True),
        ("监管账号", "2010080000****1234", True),
        ("监管账号", "2010****1234", False),
        ("监管账号", "1234", False),
        ("开户银行", f"示例银行{NUMBER}", True),
        ("开户银行", "示例银行（0763-3360000）", False),
        ("备注", f"监管账户：示例银行 {NUMBER}", True),
        ("说不清的一列", f"卡号{NUMBER}", True),
        ("备注", "监管账户已备案，文号20240101", False),
        ("备注", "见附件", False),
    ],
)
def test_a_workbook_that_tells_whole_numbers_is_known(
    tmp_path: Path, heading: str, cell: object, tells: bool
) -> None:
    assert read(xlsx(tmp_path, [[*HEADER, heading], [*FIRST, cell]])).tells_accounts is tells


def test_titles_hidden_sheets_and_comments_tell_numbers_too(tmp_path: Path) -> None:
    title = sheet_of([[f"统一监管账号：{NUMBER}"], HEADER, FIRST])
    hidden = sheet_of([HEADER, FIRST])
    book = hidden.parent
    assert book is not None
    more = book.create_sheet("旧表")
    more.sheet_state = "hidden"
    for line in ([*HEADER, "账号"], [*FIRST, NUMBER]):
        more.append(line)
    noted = sheet_of([HEADER, FIRST])
    noted["B2"].comment = Comment(f"账号 {NUMBER}", "x")
    for number, sheet in enumerate((title, hidden, noted)):
        assert read(saved(sheet, tmp_path, f"{number}.xlsx")).tells_accounts, number
    assert not read(saved(sheet_of([HEADER, FIRST]), tmp_path)).tells_accounts


def test_the_reading_as_json_has_neither_number_nor_digest(tmp_path: Path) -> None:
    file = xlsx(tmp_path, [[*HEADER, "监管账号"], [*FIRST, NUMBER]])
    done = CliRunner().invoke(main, ["whitelist", "read", str(file), "--json"])
    (row,) = json.loads(done.stdout)["rows"]
    assert row["escrow_last4"] == "1234"
    assert "escrow_digest" not in row
    assert NUMBER not in done.output


# The publication


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """An institution with an account on the list, one with the last digits only, and one that left it."""
    copied = texts(tmp_path)
    (copied / "whitelist").mkdir()
    edition(
        copied,
        ACCOUNT,
        other("示例乙", 账号="2010****5678"),
        other("示例丙", "144180270000038", 状态="已注销", 账号="2010080000009999"),
    )
    return copied


@pytest.fixture
def visit(content: Path, tmp_path: Path) -> FlaskClient:
    """A visitor of a site that has the key of its publication."""
    (tmp_path / "account.key").write_bytes(KEY.key)
    return visitor(content, tmp_path, account_key=KEY)


def unpacked(data: bytes) -> bytes:
    """The bytes, and those of a workbook's members."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(map(archive.read, archive.namelist()))


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_publication_holds_no_number(visit: FlaskClient, tmp_path: Path) -> None:
    everything = files_of(tmp_path / "publications")
    assert KEY.digest(NUMBER).encode() in everything
    for number in (NUMBER, "2010080000009999"):
        assert number.encode() not in everything
    assert KEY.key not in everything
    catalogue = Shelf(tmp_path / "publications").current().catalogue
    versions = [version for history in catalogue.histories() for version in history.versions]
    assert versions
    assert {version.row.escrow_digest for version in versions} == {None}


def test_a_workbook_with_whole_numbers_is_not_handed_out(visit: FlaskClient, tmp_path: Path) -> None:
    assert not list((tmp_path / "publications").rglob("*.xlsx"))
    page = visit.get("/whitelist/editions/2024-12-31/").text
    said = words(main_part(page))
    assert "原始文件含有完整的收款账号，不对外提供" in said
    assert len(facts(page)["SHA-256"]) == 64
    assert not main_part(page).xpath(".//a[contains(@href, '/file')]")
    assert visit.get("/whitelist/editions/2024-12-31/file").status_code == 404
    (rows,) = main_part(page).xpath(".//a[text()='CSV']/@href")
    assert "1234" in visit.get(rows).text


def test_a_workbook_without_whole_numbers_is_handed_out_beside_it(content: Path, tmp_path: Path) -> None:
    edition(content, other("示例丁", 账号="2010****5678"), name="2024-06-30.xlsx")
    visit = visitor(content, tmp_path, account_key=KEY)
    assert visit.get("/whitelist/editions/2024-06-30/file", buffered=True).status_code == 200
    assert [path.name for path in (tmp_path / "publications").rglob("*.xlsx")] == ["2024-06-30.xlsx"]


def test_no_page_and_no_download_has_the_digest(visit: FlaskClient) -> None:
    seen = [ADDRESS, f"{ADDRESS}proof/", "/whitelist/", f"/whitelist/?q={NUMBER}"]
    while seen and (address := seen.pop()):
        answer = visit.get(address, buffered=True)
        assert answer.status_code == 200, address
        assert KEY.digest(NUMBER).encode() not in unpacked(answer.data), address
        if address == "/whitelist/":
            seen += main_part(answer.text).xpath(".//a[contains(@href, '/list.')]/@href")
            seen += ["/whitelist/editions/2024-12-31/rows.json", "/whitelist/editions/2024-12-31/rows.csv"]


def test_another_key_builds_the_same_content_again_and_running_servers_notice(
    visit: FlaskClient, content: Path, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "publications")
    running = shelf.current()
    assert not publish(content, shelf, account_key=KEY).built
    again = publish(content, shelf, account_key=OTHER_KEY)
    assert (again.id, again.built) == (running.id, True)
    assert shelf.current().account_key == OTHER_KEY.fingerprint
    assert shelf.current() is shelf.current()
    (tmp_path / "account.key").write_bytes(OTHER_KEY.key)
    assert outcome(ask(visit, NUMBER)) == "与名单所载的监管账户一致"


def test_publishing_without_a_key_says_that_nobody_can_check(content: Path) -> None:
    told = [str(problem) for problem in check(content) if "密钥" in problem.what]
    assert told == [
        "whitelist/2024-12-31.xlsx: 没有核对账号用的密钥，谁也不能拿账号与本期核对; "
        "请运行 openbureau setup，再发布一次"
    ]
    assert not [problem for problem in check(content, KEY) if "密钥" in problem.what]


# The answer


def ask(visit: FlaskClient, typed: str, address: str = ADDRESS, **headers: str) -> TestResponse:
    return visit.post(address, data={"account": typed}, headers=headers)


def outcome(answer: TestResponse) -> str:
    """What the card says of the number, in bold; empty if nothing."""
    found = main_part(answer.text).xpath(".//section[@id='account']//div[@role]//strong[1]")
    return words(found[0]) if found else ""


@pytest.mark.parametrize("typed", [NUMBER, "２０１０ 0800-0000 1234"])
def test_the_account_on_the_list_is_confirmed_and_the_holder_named(visit: FlaskClient, typed: str) -> None:
    answer = ask(visit, typed)
    assert answer.status_code == 200
    assert outcome(answer) == "与名单所载的监管账户一致"
    assert f"应为“{NAME}”" in words(main_part(answer.text).get_element_by_id("account"))


@pytest.mark.parametrize("typed", ["2010080000001235", "0000080000001234", NUMBER + "0", NUMBER[1:]])
def test_any_other_account_is_named_as_another_and_not_to_be_paid_into(
    visit: FlaskClient, typed: str
) -> None:
    answer = ask(visit, typed)
    assert answer.status_code == 200
    assert outcome(answer) == "不是名单所载的监管账户"
    said = words(main_part(answer.text).get_element_by_id("account"))
    assert "不要向这个账号付款" in said
    assert "12345" in said


def test_the_account_of_another_institution_is_another(visit: FlaskClient) -> None:
    assert outcome(ask(visit, "2010080000009999")) == "不是名单所载的监管账户"


def test_what_is_no_number_is_told_beside_the_field_without_repeating_it(visit: FlaskClient) -> None:
    answer = ask(visit, "工行2010老账号")
    assert answer.status_code == 422
    field = main_part(answer.text).get_element_by_id("account-number")
    assert field.get("aria-invalid") == "true"
    assert "account-error" in field.get("aria-describedby")
    assert "只有数字" in words(main_part(answer.text).get_element_by_id("account-error"))
    assert "工行" not in answer.text


def test_the_card_offers_the_check_only_where_the_list_has_a_number(visit: FlaskClient) -> None:
    def forms(address: str) -> int:
        return len(main_part(visit.get(address).text).xpath(".//form[@method='post']"))

    assert forms(ADDRESS) == 1
    assert forms("/whitelist/144180270000037/") == 0
    assert "名单没有载明这家机构的完整账号" in visit.get("/whitelist/144180270000037/").text
    assert forms("/whitelist/144180270000038/") == 0
    assert outcome(ask(visit, NUMBER, "/whitelist/144180270000037/")) == ""


def test_htmx_gets_the_comparison_alone(visit: FlaskClient) -> None:
    part = ask(visit, NUMBER, **{"HX-Request": "true"})
    assert "<html" not in part.text
    assert part.text.strip().startswith("<section")
    assert part.text.strip() in ask(visit, NUMBER).text
    assert part.headers["HX-Replace-Url"] == ADDRESS


def test_the_answer_is_kept_nowhere_and_repeats_nothing(
    visit: FlaskClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = files_of(tmp_path)
    with caplog.at_level(logging.DEBUG):
        answers = [ask(visit, typed) for typed in (NUMBER, "2010080000001235", "2010080000001235x")]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        assert "Location" not in answer.headers
        assert "201008" not in answer.text
    assert "201008" not in caplog.text
    assert files_of(tmp_path) == before


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}]
)
def test_another_site_cannot_ask(visit: FlaskClient, headers: dict[str, str]) -> None:
    assert ask(visit, NUMBER, **headers).status_code == 403


def test_an_unknown_institution_is_not_found(visit: FlaskClient) -> None:
    assert ask(visit, NUMBER, "/whitelist/none/").status_code == 404


@pytest.mark.parametrize("key", [b"", KEY.key[:-1], OTHER_KEY.key])
def test_with_another_key_or_none_no_number_is_called_wrong(
    visit: FlaskClient, tmp_path: Path, key: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "account.key"
    file.unlink()
    if key:
        file.write_bytes(key)
    for typed in (NUMBER, "2010080000001235"):
        answer = ask(visit, typed)
        assert (answer.status_code, outcome(answer)) == (200, "暂时不能核对")
        assert "不是名单所载" not in answer.text
    assert "account numbers are not compared" in caplog.text


def test_a_publication_made_without_a_key_can_compare_nothing(content: Path, tmp_path: Path) -> None:
    (tmp_path / "account.key").write_bytes(KEY.key)
    assert outcome(ask(visitor(content, tmp_path), NUMBER)) == "暂时不能核对"


def test_however_many_wrong_numbers_strangers_send_every_parent_is_answered(
    content: Path, tmp_path: Path
) -> None:
    edition(content, ACCOUNT)
    publish(content, Shelf(tmp_path / "publications"), account_key=KEY)
    (tmp_path / "account.key").write_bytes(KEY.key)
    settings = Settings(content, tmp_path, f"sqlite:///{tmp_path / 'tips.db'}", url="")
    visit = create_app(settings, clock=lambda: NOON).test_client()
    for number in range(100):
        wrong = ask(visit, f"2010080000{number:06}")
        assert (wrong.status_code, outcome(wrong)) == (200, "不是名单所载的监管账户")
    right = ask(visit, NUMBER)
    assert (right.status_code, outcome(right)) == (200, "与名单所载的监管账户一致")


# Setting up


def test_setup_makes_a_private_key_and_publish_uses_it(content: Path, tmp_path: Path) -> None:
    instance = tmp_path / "site"
    env = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(instance)}
    assert CliRunner(env=env).invoke(main, ["setup"]).exit_code == 0
    file = instance / "account.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    made = read_key(file)
    assert made is not None
    assert CliRunner(env=env).invoke(main, ["publish"]).exit_code == 0
    assert Shelf(instance / "publications").current().account_key == made.fingerprint


def test_a_key_that_is_cut_short_stops_the_publication(content: Path, tmp_path: Path) -> None:
    env = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(tmp_path)}
    (tmp_path / "account.key").write_bytes(b"short")
    for command in ("check", "publish"):
        done = CliRunner(env=env).invoke(main, [command])
        assert done.exit_code == 1
        assert re.search(r"account\.key: .* 5 bytes instead of 32; delete it and run", done.stderr)
