"""Reading content files: every fault is told with its file, its line, what it is and how to mend it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from openbureau.cli import main
from openbureau.library.content import read_library
from openbureau.library.documents.announcements import Announcement
from openbureau.library.front_matter import read_file
from support.makers import REAL, line_of, problems, set_fields, substitute, texts

POLICY = "policies/prepayment.md"
REPORT = "announcements/report.md"
SITE = "site.toml"
CONTROL = "an invisible control character"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def test_the_content_the_tests_stand_on_has_no_problem(content: Path) -> None:
    assert problems(content) == []


FIELD_FAULTS = {
    "a missing field": (
        ("summary: 一次收费不得超过3个月或60课时，预收费全部进监管账户。\n", ""),
        "1: summary is missing; add the field summary to the front matter",
    ),
    "an empty field": (
        ("to_do: 交费前核对收费时间跨度和收款账户", "to_do:"),
        "18: to_do is missing; add the field to_do to the front matter",
    ),
    "a field written as blank text": (
        ("to_do: 交费前核对收费时间跨度和收款账户", 'to_do: "  "'),
        "18: to_do is empty; write one line of text",
    ),
    "a list where text belongs": (
        ("source: 示例来源", "source: [示例来源]"),
        "9: source is not text; write one line of text, in quotes when it is a day",
    ),
    "a text too long": (
        ("title: 示例市", f"title: {'长' * 100}示例市"),
        "2: title has 123 characters; shorten it to 120",
    ),
    "a value outside its closed list": (
        ("validity: 有效", "validity: 长期有效"),
        "16: validity is “长期有效”; use one of 有效、失效、废止、被修改、征求意见",
    ),
    "a topic the site does not have": (
        ("topics: [校外培训, 预收费]", "topics: [校外培训, 收费]"),
        "4: topics has “收费”; use one of 双减、校外培训、预收费、涉企执法、法治政府",
    ),
    "an empty list item": (
        ("keywords: [预收费, 监管, 资金]", "keywords: [预收费, ~]"),
        "8: keywords has a value that is not text; write a list of short texts: [甲, 乙]",
    ),
    "a day that is no day": (
        ("effective_on: 2026-03-01", "effective_on: 三月一日"),
        "14: effective_on is not a day; write it as 2024-05-31",
    ),
    "a partial day that is none": (
        ("made_on: 2026-02-27", "made_on: 2026-13"),
        "13: made_on is “2026-13”; write 2024-05-31, or 2024-05 or 2024 when less is known",
    ),
    "an instant that is none": (
        ("published_at: 2026-03-02 09:00", "published_at: 2026-03-02 25:00"),
        "6: published_at is not a day and time; write it as 2024-05-31 09:30",
    ),
    "an index number of another form": (
        ("index_no: 2026-00001", "index_no: 2026-1"),
        "7: index_no is “2026-1”; write the year and a five-digit serial: 2026-00012",
    ),
    "an index number another document has": (
        ("index_no: 2026-00001", "index_no: 2026-00002"),
        "7: index_no 2026-00002 is taken; "
        "policies/prepayment-explained.md has it: take 2026-00009, the next free one",
    ),
    "neither a document number nor why": (
        ("doc_no: 示教规〔2026〕1号\n", ""),
        "1: doc_no is missing; add it, or say in doc_no_note why there is none",
    ),
    "a correction without its day": (
        ("source: 示例来源", "source: 示例来源\nchange_note: 改正了日期"),
        "10: change_note without updated_at; add updated_at: 2024-05-31 09:30",
    ),
    "a corrected day without a reason": (
        ("source: 示例来源", "source: 示例来源\nupdated_at: 2026-04-01 09:00"),
        "10: updated_at without a reason; add change_note: what was corrected",
    ),
    "a correction before the publication": (
        ("source: 示例来源", "source: 示例来源\nupdated_at: 2026-03-01 09:00\nchange_note: 改正"),
        "10: updated_at is before published_at; correct one of the two",
    ),
    "a policy that interprets": (
        ("validity: 有效", "validity: 有效\ninterprets: [double-reduction]"),
        "17: only genre 解读 interprets a policy; remove interprets, or set the genre",
    ),
    "a link to a page that is not there": (
        ("[查白名单](/whitelist/)", "[查白名单](/whitelists/)"),
        "28: there is no page /whitelists/; correct the link or write the page",
    ),
    "a dangling link with a fragment": (
        ("[查白名单](/whitelist/)", "[查白名单](/notices/none/#a)"),
        "28: there is no page /notices/none/#a; correct the link or write the page",
    ),
    "a dangling link noted below the text": (
        ("[查白名单](/whitelist/)。", "[查白名单][1]。\n\n[1]: /policies/none/"),
        "30: there is no page /policies/none/; correct the link or write the page",
    ),
}


@pytest.mark.parametrize(("change", "told"), FIELD_FAULTS.values(), ids=FIELD_FAULTS)
def test_a_fault_is_told_with_its_line_and_how_to_mend_it(
    content: Path, change: tuple[str, str], told: str
) -> None:
    substitute(content / POLICY, *change)
    assert problems(content) == [f"{POLICY}:{told}"]


def test_a_mistyped_field_is_told_with_the_fields_that_are_known(content: Path) -> None:
    substitute(content / POLICY, "original_url:", "orignal_url:")
    (told,) = problems(content)
    assert told.startswith(f"{POLICY}:20: unknown field orignal_url; known here: ")
    assert "original_url" in told


def test_a_field_written_twice_is_told_with_the_line_to_delete(content: Path) -> None:
    substitute(content / POLICY, "genre: 规范性文件", "genre: 规范性文件\ntitle: 另一个标题")
    assert problems(content) == [f"{POLICY}:2: title is written twice; delete line 11"]


YAML_FAULTS = {
    "a tab": (("genre: 规范性文件", "\tgenre: 规范性文件"), 10),
    "a second colon": (("source: 示例来源", "source: 示例来源: 二"), 9),
    "an unknown escape in quotes": (("source: 示例来源", 'source: "C:\\教育局"'), 9),
    "a list that is not closed": (("issuer: [示例市教育局, 示例市市场监管局]", "issuer: [示例市教育局"), 13),
    "a day the calendar does not have": (("made_on: 2026-02-27", "made_on: 2026-02-30"), 13),
    "a control character spelled in quotes": (("source: 示例来源", 'source: "示例\\x01来源"'), 9),
    "half a character spelled in quotes": (("source: 示例来源", 'source: "示例\\ud800来源"'), 9),
}


@pytest.mark.parametrize(("change", "line"), YAML_FAULTS.values(), ids=YAML_FAULTS)
def test_front_matter_that_is_not_yaml_is_told_with_its_line(
    content: Path, change: tuple[str, str], line: int
) -> None:
    substitute(content / POLICY, *change)
    (told,) = problems(content)
    assert re.fullmatch(
        rf"{POLICY}:{line}: YAML: .+; (?:mend the line; put odd texts|put .*) in quotes.*", told
    )


def test_an_impossible_day_is_named(content: Path) -> None:
    substitute(content / REPORT, "    as_of: 2025-12-31\n  - label", "    as_of: 2025-12-32\n  - label")
    (told,) = problems(content)
    assert told.startswith(f"{REPORT}:16: YAML: 2025-12-32: day is out of range for month")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: no front matter; begin with a line ---, the fields, and a line ---"),
        ("# 标题\n正文", "1: no front matter; begin with a line ---, the fields, and a line ---"),
        ("---\ntitle: 没有结束线", "1: no front matter; begin with a line ---, the fields, and a line ---"),
        ("---\n- 甲\n- 乙\n---\n正文", "1: the front matter has no fields; write `name: value` lines"),
    ],
    ids=["an empty file", "text alone", "no closing line", "a list"],
)
def test_a_file_without_front_matter_is_told(content: Path, text: str, told: str) -> None:
    (content / POLICY).write_text(text, encoding="utf-8")
    assert problems(content) == [f"{POLICY}:{told}"]


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: data.replace(b"---\n", b"--- \t\n"),
        lambda data: b"\xef\xbb\xbf\r\n" + data.replace(b"---\n", b"---  \r\n"),
        lambda data: data.replace(b"\n", "\u2028".encode()),
    ],
    ids=["a byte order mark", "CRLF", "CR", "blanks behind the dashes", "all of it", "line separators"],
)
def test_how_an_editor_writes_lines_and_marks_makes_no_difference(
    content: Path, rewritten: Callable[[bytes], bytes]
) -> None:
    path = content / POLICY
    before = next(record for record in read_library(content).records if record.slug == path.stem)
    path.write_bytes(rewritten(path.read_bytes()))
    assert problems(content) == []
    after = next(record for record in read_library(content).records if record.slug == path.stem)
    assert (after.title, after.html, after.published_at) == (before.title, before.html, before.published_at)


@pytest.mark.parametrize(
    ("field", "written", "told"),
    [
        ("title", "示例通知 #2号楼", "#2号楼"),
        ("summary", "见附件 # 待定", "# 待定"),
        ("topics", "[双减, 校外培训] #两个", "#两个"),
        ("published_at", "2026-03-02 10:00 #北京时间", "#北京时间"),
        ("keywords", "\n  - 甲 #1\n  - 乙", "#1"),
        ("source", '"教育部" #来源', "#来源"),
    ],
)
def test_a_value_that_yaml_would_end_at_a_hash_is_told(
    content: Path, field: str, written: str, told: str
) -> None:
    set_fields(content / POLICY, **{field: written})
    lines = (content / POLICY).read_text(encoding="utf-8").split("\n")
    number = next(number for number, line in enumerate(lines, 1) if told in line)
    what = f"YAML takes “{told}” for a remark: it is no part of the field"
    mend = "put the whole value in quotes, or the remark on a line of its own"
    assert problems(content) == [f"{POLICY}:{number}: {what}; {mend}"]


def test_a_hash_in_quotes_in_a_word_or_on_a_line_of_its_own_is_none(content: Path) -> None:
    set_fields(content / POLICY, title='"示例通知 #2号楼"', summary="C#语言 'A' 与 B#1")
    substitute(content / POLICY, "genre:", "# 这一行是给编辑看的\ngenre:")
    assert problems(content) == []


@pytest.mark.parametrize(
    "written",
    [
        "通知: 二号楼",
        '"双减"政策',
        "[转发]通知",
        "{示例}通知",
        "@示例",
        "%示例",
        "`示例`",
        "*示例* 通知",
        "- 示例",
        "| 示例",
    ],
)
def test_a_value_that_yaml_does_not_take_for_a_text_is_told_as_it_should_be_written(
    content: Path, written: str
) -> None:
    set_fields(content / POLICY, title=written)
    (told,) = problems(content)
    quoted = written.replace("'", "''")
    assert told.endswith(f"; put the whole value in quotes: title: '{quoted}'")
    set_fields(content / POLICY, title=f"'{quoted}'")
    assert problems(content) == []


@pytest.mark.parametrize("written", ["title：示例", "title:示例", "title： 示例"])
def test_a_field_without_its_colon_and_blank_is_told_with_its_line(content: Path, written: str) -> None:
    text = (content / POLICY).read_text(encoding="utf-8")
    (content / POLICY).write_text(re.sub("(?m)^title: .*$", written, text), encoding="utf-8")
    (told,) = problems(content)
    assert re.fullmatch(
        rf"{POLICY}:2: “title[:：]” begins no field; write title: with an English colon and a blank", told
    )


@pytest.mark.parametrize("written", ["&a 通知", "!!str 通知"])
def test_marks_of_yaml_that_would_vanish_from_a_value_are_told(content: Path, written: str) -> None:
    set_fields(content / POLICY, title=written)
    (told,) = problems(content)
    assert re.fullmatch(
        rf"{POLICY}:22: YAML takes “[^”]+” for a mark .*; put the whole value in quotes", told
    )


def test_gbk_is_told_with_the_first_line_that_is_not_utf_8(content: Path) -> None:
    path = content / POLICY
    lines = path.read_bytes().split(b"\n")
    lines[16] = lines[16].decode("utf-8").encode("gbk")
    path.write_bytes(b"\n".join(lines))
    assert problems(content) == [f"{POLICY}:17: this line is not UTF-8; save the file as UTF-8"]


def test_a_character_lost_in_conversion_is_told_wherever_it_stands(content: Path) -> None:
    substitute(content / POLICY, "一次收费的时间跨度", "一次收费的时间跨\ufffd")
    told = f"{POLICY}:24: a character was lost in conversion (U+FFFD); type it again"
    assert problems(content) == [told]


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1b", "\x7f", "\x9f", "\uffff"])
def test_a_control_character_is_told_wherever_it_stands(content: Path, character: str) -> None:
    substitute(content / POLICY, "source: 示例来源", f"source: 示例{character}来源")
    substitute(content / POLICY, "退费难怎么办", f"退费{character}难怎么办")
    assert problems(content) == [f"{POLICY}:9: {CONTROL}; delete it", f"{POLICY}:26: {CONTROL}; delete it"]


def test_windows_line_ends_change_nothing_but_the_bytes(content: Path) -> None:
    path = content / POLICY
    before = read_file(path, content)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    after = read_file(path, content)
    assert (after.values, after.lines, after.markdown) == (before.values, before.lines, before.markdown)
    assert problems(content) == []


@pytest.mark.parametrize(
    "name", ["Prepayment.md", "预收费.md", "pre_payment.md", "pre--payment.md", "-a.md", "a b.md"]
)
def test_a_file_name_that_cannot_be_an_address_is_told(content: Path, name: str) -> None:
    (content / "notices" / "loans.md").rename(content / "notices" / name)
    told = f"notices/{name}:1: the file name {name} cannot be a web address; use a-z, 0-9 and single hyphens"
    assert problems(content) == [told]


@pytest.mark.parametrize(
    "name",
    [
        "policies/scan.pdf",
        "policies/2026/prepayment.md",
        "policies/site.toml",
        "notices/loans.txt",
        "notices/loans.MD",
        "news/today.md",
        "readme.md",
    ],
)
def test_a_file_that_would_not_be_published_is_told(content: Path, name: str) -> None:
    path = content / name
    path.parent.mkdir(exist_ok=True)
    path.write_text((content / POLICY).read_text(encoding="utf-8"), encoding="utf-8")
    (told,) = problems(content)
    assert told.startswith(
        f"{name}: this file has no place here and would not be published; put texts as .md "
    )


@pytest.mark.parametrize("name", [".DS_Store", "policies/~$prepayment.md", "policies/.a.md.swp", "about.md~"])
def test_what_editors_leave_behind_is_passed_over(content: Path, name: str) -> None:
    (content / name).write_bytes(b"\xff\x00")
    assert problems(content) == []


def test_an_interpretation_of_a_policy_that_is_not_there_is_told(content: Path) -> None:
    set_fields(content / "policies/prepayment-explained.md", interprets="[prepayment, gone]")
    told = "there is no policy gone; name a file of policies/, or write gone.md"
    assert problems(content) == [f"policies/prepayment-explained.md:18: {told}"]


def test_only_the_broken_file_is_told_not_the_links_to_it(content: Path) -> None:
    substitute(content / POLICY, "genre: 规范性文件", "\tgenre: 规范性文件")
    assert [told.partition(":")[0] for told in problems(content)] == [POLICY]


@pytest.mark.parametrize(
    "link",
    [
        *("/", "/whitelist/", "/search?q=退费", "/subscribe/", "/follow/"),
        *("/tip-off/status", "/about/", "/notices/loans/#top"),
    ],
)
def test_a_link_to_a_page_of_the_site_is_right(content: Path, link: str) -> None:
    substitute(content / POLICY, "(/whitelist/)", f"({link})")
    assert problems(content) == []


@pytest.mark.parametrize("link", ["/pages/about/", "/editions/2024-06-30/", "//example.org/"])
def test_a_link_to_an_address_nobody_answers_is_wrong(content: Path, link: str) -> None:
    substitute(content / POLICY, "(/whitelist/)", f"({link})")
    assert problems(content) == [f"{POLICY}:28: there is no page {link}; correct the link or write the page"]


@pytest.mark.parametrize("written", ["12.50", "010", "1_000", "12:30", "0x1F", "约1300", "92%"])
def test_a_figure_is_published_as_it_was_written(content: Path, written: str) -> None:
    substitute(content / REPORT, "value: 92%", f"value: {written}")
    report = next(
        record
        for record in read_library(content).records
        if isinstance(record, Announcement) and record.slug == "report"
    )
    assert report.figures[0].value == written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    definition: 报告所载\n", ""),
        ("    value: 92%\n", ""),
        ("    value: 92%\n", "    value: yes\n"),
        ('    unit: ""\n    definition: 报告所载\n', "    unti: 个\n    definition: 报告所载\n"),
        ("报告所载\n    as_of: 2025-12-31\n", "报告所载\n    as_of: 2025\n"),
        ("报告所载\n    as_of: 2025-12-31\n", "报告所载\n    as_of: 2025-12-31 10:00:00\n"),
    ],
    ids=["no definition", "no value", "no text", "a mistyped field", "no whole day", "an instant"],
)
def test_a_figure_without_its_definition_or_day_is_refused(content: Path, before: str, after: str) -> None:
    substitute(content / REPORT, before, after)
    told = "row 1 of figures is not complete or not known; give it all its fields, and no others"
    assert problems(content) == [f"{REPORT}:11: {told}"]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-02 09:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("2026-03-02 09:00:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 1, 16, 0, tzinfo=UTC)),
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
    ],
)
def test_an_instant_is_beijing_time_unless_it_says_otherwise(
    content: Path, written: str, instant: datetime
) -> None:
    set_fields(content / POLICY, published_at=written)
    assert read_file(content / POLICY, content).instant("published_at") == instant


def test_a_missing_site_file_is_told(content: Path) -> None:
    (content / SITE).unlink()
    assert problems(content) == ["site.toml: the file is missing; copy it from the example content"]


def test_a_site_file_that_is_not_toml_is_told_with_its_line(content: Path) -> None:
    line = line_of(content / SITE, "city = ")
    substitute(content / SITE, 'city = "清远市"', "city = 清远市")
    (told,) = problems(content)
    assert re.fullmatch(rf"site\.toml:{line}: not TOML: .+; mend this line", told)


def test_a_site_file_in_gbk_is_told_with_its_line(content: Path) -> None:
    path = content / SITE
    line = line_of(path, "演示数据")
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    assert problems(content) == [f"site.toml:{line}: this line is not UTF-8; save the file as UTF-8"]


SITE_FAULTS = {
    "a missing name": (('city = "清远市"\n', ""), ["site.toml: city is empty; fill it in"]),
    "an empty name": (('city = "清远市"', 'city = ""'), ["site.toml:{line}: city is empty; fill it in"]),
    "a number where text belongs": (
        ('city = "清远市"', "city = 1"),
        ["site.toml:{line}: city is not text; put it in quotes"],
    ),
    "a missing table": (
        ("[links]\n", "[link]\n"),
        [
            "site.toml:{line}: link is not known here; correct its name or remove it",
            "site.toml: there is no table [links]; add [links]",
            "site.toml:33: national_platform is empty; fill it in",
            "site.toml:34: fee_rules is empty; fill it in",
            "site.toml:35: annual_report is empty; fill it in",
        ],
    ),
    "a mistyped name of a thing that may be empty": (
        ('phone = ""', 'phoen = "0763-0000000"'),
        ["site.toml:{line}: phoen is not known here; correct its name or remove it"],
    ),
    "a mistyped name at the top": (
        ('language = "zh-CN"', 'demos = true\nlanguage = "zh-CN"'),
        ["site.toml:{line}: demos is not known here; correct its name or remove it"],
    ),
    "a county code that is none": (
        ('441802 = "清城区"', '44180 = "清城区"'),
        ['site.toml:{line}: 44180 is not a county; write its six-digit code and name: 441802 = "…"'],
    ),
    "no units a clue may be about": (
        ("units = [", "units = []\n[counties.rest]\nunits = ["),
        [
            'site.toml:{line}: units is not a list of names; write units = ["…", "…"]',
            'site.toml: rest is not a county; write its six-digit code and name: 441802 = "…"',
        ],
    ),
    "a site code that is none": (
        ('site_code = ""', 'site_code = "441800001"'),
        [
            "site.toml:{line}: site_code 441800001 is not ten digits; "
            "write the ten digits of the 网站标识码, or leave it empty in a demonstration"
        ],
    ),
    "a police record that is none": (
        ('police = ""', 'police = "粤ICP备05000000号"'),
        [
            "site.toml:{line}: police 粤ICP备05000000号 is no 公安备案号; "
            "write it as it was given: 粤公网安备44180202000001号"
        ],
    ),
    "neither demonstration nor not": (
        ("demo = true   ", 'demo = "yes"   '),
        ["site.toml:{line}: demo is neither true nor false; write demo = true or demo = false"],
    ),
}


@pytest.mark.parametrize(("change", "told"), SITE_FAULTS.values(), ids=SITE_FAULTS)
def test_a_fault_of_the_site_file_is_told(content: Path, change: tuple[str, str], told: list[str]) -> None:
    line = line_of(content / SITE, change[0])
    substitute(content / SITE, *change)
    assert sorted(problems(content)) == sorted(each.format(line=line) for each in told)


def test_what_is_not_known_yet_may_be_empty_in_a_demonstration_and_not_in_production(content: Path) -> None:
    substitute(content / SITE, "demo = true   ", "demo = false  ")
    told = problems(content)
    empty = re.findall(r'^(\w+) = ""', (content / SITE).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(told) == len(empty) > 0
    for name in empty:
        assert any(re.match(rf"site\.toml:\d+: {name} is empty", each) for each in told), name


def test_production_with_everything_filled_in_is_right(content: Path) -> None:
    path = content / SITE
    substitute(path, 'organ_code = ""', 'organ_code = "11441800MB2C00005W"')
    substitute(path, 'site_code = ""', 'site_code = "4418000001"')
    substitute(path, 'police = ""', 'police = "粤公网安备 44180202000001号"')
    filled = re.sub(r'^(\w+) = ""', r'\1 = "填好了"', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(filled.replace("demo = true   ", "demo = false  "), encoding="utf-8")
    assert problems(content) == []


def command(content: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """The command line as a clerk runs it."""
    program = "from openbureau.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**os.environ, "OPENBUREAU_CONTENT": str(content), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_check_prints_every_problem_at_once_and_fails(content: Path) -> None:
    substitute(content / POLICY, "validity: 有效", "validity: 长期有效")
    substitute(content / POLICY, "(/whitelist/)", "(/none/)")
    substitute(content / "notices/loans.md", "severity: 高\n", "")
    city = line_of(content / SITE, "city = ")
    substitute(content / SITE, 'city = "清远市"', 'city = ""')
    (content / "notices" / "scan.pdf").write_bytes(b"%PDF")
    done = command(content, "check")
    assert done.returncode == 1
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [
        "notices/loans.md:1",
        "notices/scan.pdf",
        f"{POLICY}:16",
        f"{POLICY}:28",
        f"site.toml:{city}",
    ]
    assert "fit to be published" not in done.stdout


def test_check_says_so_when_nothing_is_wrong(content: Path) -> None:
    done = CliRunner().invoke(main, ["check"], env={"OPENBUREAU_CONTENT": str(content)})
    assert (done.exit_code, done.output) == (0, "content is fit to be published\n")


def test_the_content_of_the_first_site_is_fit_to_be_published() -> None:
    done = command(REAL, "check")
    assert done.returncode == 0, done.stderr
    # Of the workbooks there are notes; of what is written here, only that one text was compared with nothing.
    (unchecked,) = (line for line in done.stderr.splitlines() if not line.startswith("note: whitelist/"))
    assert unchecked.startswith(
        "note: policies/training-institutions-opinion-2018-explained.md:1: checked_on is missing"
    )


def test_a_text_that_nobody_compared_with_its_source_is_published_with_a_note(content: Path) -> None:
    set_fields(content / POLICY, checked_on="")
    (told,) = problems(content)
    assert told.startswith(f"{POLICY}:1: checked_on is missing")
    assert read_library(content).is_sound


def test_a_day_of_checking_that_is_none_stops_the_publication(content: Path) -> None:
    set_fields(content / POLICY, checked_on="去年")
    (told,) = problems(content)
    assert told.endswith("checked_on is not a day; write it as 2024-05-31")
    assert not read_library(content).is_sound


@pytest.mark.parametrize("written", ["0", '"365"', "true", "1.5"])
def test_days_until_a_text_is_checked_again_are_a_whole_number(content: Path, written: str) -> None:
    substitute(content / SITE, 'language = "zh-CN"', f'recheck_days = {written}\nlanguage = "zh-CN"')
    (told,) = problems(content)
    assert told.endswith("recheck_days is not a number of days; write recheck_days = 365")


TANGLES = {
    "aliases that grow tenfold a line": (
        "a: &a [x, x]\nb: &b [*a, *a]\n",
        ": YAML: *a stands for what is written elsewhere; write it out",
    ),
    "lists inside each other": (
        f"a: {'[' * 100_000}\n",
        ": the front matter has ",
    ),
    "lists deep inside each other": (
        f"a: {'[' * 50_000}\n",
        ": YAML: more than 20 lists or mappings inside each other; put the text in quotes",
    ),
    "mappings deep inside each other": (f"{'? ' * 40_000}\n", "more than 20 lists or mappings"),
    "the first day of all": ("to_do_by: 0001-01-01\n", "to_do_by is in the year 1; write a year from 1900"),
    "the first minute of all": ("updated_at: 0001-01-01 00:00\n", "updated_at is in the year 1;"),
    "the last minute of all": ("updated_at: 9999-12-31 23:59:59-05:00\n", "updated_at is in the year 9999;"),
    "a year of five digits": ("to_do_by: 99999-01-01\n", "to_do_by is not a day"),
}


@pytest.mark.parametrize("head", TANGLES)
def test_front_matter_that_would_end_the_publisher_is_told_with_its_line(content: Path, head: str) -> None:
    lines, words = TANGLES[head]
    path = content / POLICY
    path.write_text(path.read_text(encoding="utf-8").replace("---\n", f"---\n{lines}", 1), encoding="utf-8")
    assert [text for text in problems(content) if text.startswith(f"{POLICY}:") and words in text]


@pytest.mark.parametrize("name", [POLICY, "announcements/report.md", "about.md", "notices/summer.md"])
def test_a_text_of_marks_alone_is_refused_with_its_line_whatever_it_is(content: Path, name: str) -> None:
    path = content / name
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{'[' * 20_000}\n", encoding="utf-8")
    place = f"{name}:{line_of(path, '[' * 20_000)}: "
    assert [text for text in problems(content) if text.startswith(f"{place}too many marks")]


def test_an_earlier_version_is_rendered_in_bounds_too(content: Path) -> None:
    (content / "policies/prepayment/versions").mkdir(parents=True, exist_ok=True)
    earlier = content / "policies/prepayment/versions/2024-01-02.md"
    text = (content / POLICY).read_text(encoding="utf-8")
    earlier.write_text(f"{text}\n\n{'*a' * 10_000}\n", encoding="utf-8")
    set_fields(earlier, published_at="2024-01-02 09:00", updated_at="", change_note="")
    set_fields(content / POLICY, updated_at="2026-05-01 09:00", change_note="改正")
    place = f"{earlier.relative_to(content)}:{line_of(earlier, '*a*a')}: "
    assert [text for text in problems(content) if text.startswith(f"{place}too many marks")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"x = {'9' * 3_900}\n", ""),
        (f"x = {'9' * 5_000}\n", "a line of 5004 characters, more than 4000"),
        ("x = [\n" + "[\n" * 5_000, "lists or tables too deep inside each other"),
        (f"{'.'.join('a' * 50_000)} = 1\n", "a line of 100003 characters"),
        ("# filling\n" * 60_000, "the file has "),
    ],
)
def test_a_table_that_would_end_the_publisher_is_told(content: Path, line: str, words: str) -> None:
    with (content / SITE).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}")
    assert [text for text in problems(content) if text.startswith(SITE) and words in text]


def test_a_file_that_takes_the_processor_too_long_is_refused_by_name(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: object) -> str:
        while True:
            pass

    # A content that was read before is not read again in these tests.
    with (content / POLICY).open("a", encoding="utf-8") as file:
        file.write("\n没有尽头。\n")
    monkeypatch.setattr("openbureau.library.documents.fields.render", endless)
    monkeypatch.setattr("openbureau.library.processor_limit.MAX_FILE_SECONDS", 0.05)
    assert [text for text in problems(content) if text.startswith(f"{POLICY}: reading it takes more than")]
