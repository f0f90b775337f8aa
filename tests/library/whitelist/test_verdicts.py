"""The verdict on an institution: the first rule that holds, and the words that the bureau gives it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from openbureau.library.bureau import read_bureau
from openbureau.library.verdict_rules import VerdictRules, read_verdict_rules
from openbureau.library.whitelist.institutions import REMOVED, Institution
from openbureau.library.whitelist.verdicts import VerdictRule, verdict_on

TODAY = date(2026, 12, 1)
FRESH = date(2026, 11, 30)
PHONES = "[county_phones]\n"


def institution(status: str, valid_to: str = "2028-02-29", as_of: date = FRESH) -> Institution:
    texts = (
        *("slug", "title", "summary", "day", "uscc", "uscc_state", "permit_no", "issuer", "county_code"),
        *(
            "county",
            "addr_premises",
            "addr_registered",
            "subject_class",
            "valid_from",
            "escrow_bank",
            "escrow_name",
        ),
        *("escrow_last4", "status_reason", "edition", "source_file", "source_sheet"),
    )
    return Institution(
        **dict.fromkeys(texts, ""),
        published_at=None,
        premises=[],
        categories=[],
        audiences=[],
        status=status,
        valid_to=valid_to,
        as_of=as_of,
        source_row=2,
    )


@pytest.mark.parametrize(
    ("status", "valid_to", "rule", "tone", "word", "advice"),
    [
        # Whoever is not on the list, whatever its permit says.
        (REMOVED, "2028-02-29", "removed", "stop", "已移出名单", "不要交费"),
        ("已注销", "2020-01-01", "removed", "stop", "已移出名单（注销）", "不要交费"),
        ("已吊销", "", "removed", "stop", "已移出名单（吊销）", "不要交费"),
        # Closed is red, also when the permit is over.
        ("停业", "2025-10-26", "closed", "stop", "停业", "不要交费"),
        # A permit that is over, by its day or by the list's word, whatever else the list says.
        ("正常", "2026-11-30", "expired", "warn", "许可证已过期", "先不要交费，等它续期"),
        ("有效期届满", "", "expired", "warn", "许可证已过期", "先不要交费，等它续期"),
        ("预警", "2026-11-30", "expired", "warn", "许可证已过期", "先不要交费，等它续期"),
        ("变更中", "2026-11-30", "expired", "warn", "许可证已过期", "先不要交费，等它续期"),
        ("", "2026-11-30", "expired", "warn", "许可证已过期", "先不要交费，等它续期"),
        ("", "2028-02-29", "untold", "grey", "名单没有写明状态", "先不要交费，打电话核实"),
        ("预警", "2026-12-09", "warned", "warn", "预警", "先不要交费，打电话核实"),
        ("灰", "长期", "warned", "warn", "灰", "先不要交费，打电话核实"),
        # Its last day counts.
        ("正常", "2026-12-01", "ending", "warn", "今天到期", "先不要续费，等续期结果"),
        ("正常", "2026-12-02", "ending", "warn", "明天到期", "先不要续费，等续期结果"),
        ("正常", "2026-12-09", "ending", "warn", "8天后到期", "先不要续费，等续期结果"),
        ("变更中", "2026-12-31", "ending", "warn", "30天后到期", "先不要续费，等续期结果"),
        ("变更中", "2027-01-01", "changing", "grey", "变更中", "先核对许可证原件"),
        ("正常", "2027-01-01", "normal", "ok", "正常", "可以考虑交费，付款前核对三样"),
        ("正常", "长期", "normal", "ok", "正常", "可以考虑交费，付款前核对三样"),
        ("正常", "", "normal", "ok", "正常", "可以考虑交费，付款前核对三样"),
    ],
)
def test_the_first_rule_that_holds_makes_the_verdict(
    status: str, valid_to: str, rule: str, tone: str, word: str, advice: str
) -> None:
    verdict = verdict_on(institution(status, valid_to), TODAY, VerdictRules())
    assert (verdict.rule, verdict.tone, verdict.word, verdict.advice) == (rule, tone, word, advice)
    assert verdict.mark == word


def test_only_who_may_be_paid_is_shown_how_to_pay() -> None:
    states = ("正常", "停业", "有效期届满", "预警", "灰", "变更中", "", "已注销", "已吊销", "已取缔", REMOVED)
    told = {
        (status, valid_to)
        for status in states
        for valid_to in ("2026-11-30", "2026-12-09", "2028-02-29")
        if verdict_on(institution(status, valid_to), TODAY, VerdictRules()).tells_how_to_pay
    }
    assert told == {("正常", "2026-12-09"), ("正常", "2028-02-29"), ("变更中", "2026-12-09")}


def test_nothing_of_an_old_list_is_called_normal_and_nothing_else_is_softened_by_its_age() -> None:
    last_fresh, old = TODAY - timedelta(days=60), TODAY - timedelta(days=61)
    assert verdict_on(institution("正常", as_of=last_fresh), TODAY, VerdictRules()).rule is VerdictRule.NORMAL
    verdict = verdict_on(institution("正常", as_of=old), TODAY, VerdictRules())
    assert (verdict.tone, verdict.word, verdict.advice) == ("grey", "名单已61天未更新", "先打电话核实")
    assert verdict.mark == "正常"
    assert not verdict.tells_how_to_pay
    for status, valid_to, rule in (
        ("停业", "2028-02-29", VerdictRule.CLOSED),
        ("正常", "2026-11-30", VerdictRule.EXPIRED),
        ("预警", "2028-02-29", VerdictRule.WARNED),
        ("正常", "2026-12-09", VerdictRule.ENDING),
        ("变更中", "2028-02-29", VerdictRule.CHANGING),
    ):
        assert verdict_on(institution(status, valid_to, old), TODAY, VerdictRules()).rule is rule


def test_a_bureau_words_its_verdicts_and_sets_its_days() -> None:
    table = {
        "ending_days": 90,
        "outdated_days": 400,
        "normal": {"word": "在册", "advice": "可以继续了解"},
        "ending": {"word": "还剩{when}", "advice": "先等"},
    }
    rules, faults = read_verdict_rules(table)
    assert faults == []
    assert verdict_on(institution("正常", as_of=date(2025, 12, 1)), TODAY, rules).word == "在册"
    assert verdict_on(institution("正常", "2027-03-01"), TODAY, rules).word == "还剩90天后"
    assert verdict_on(institution("停业"), TODAY, rules).advice == "不要交费"


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("outdated_days = 0", "outdated_days is no number of days"),
        ("ending_days = true", "ending_days is no number of days"),
        ('normal = "正常"', "normal has no word and advice"),
        ('normal = { word = "正常" }', "normal has no word and advice"),
        ('normal = { word = "正常", advice = " " }', "normal has no word and advice"),
        ('shut = { word = "关", advice = "走" }', "shut is no rule of [verdicts]"),
    ],
)
def test_a_slip_in_the_words_is_told_and_the_defaults_stay(content: Path, lines: str, what: str) -> None:
    site = content / "site.toml"
    text = site.read_text(encoding="utf-8")
    site.write_text(f"{text}\n[verdicts]\n{lines}\n", encoding="utf-8")
    bureau, problems = read_bureau(content)
    assert [problem.what for problem in problems] == [what]
    assert problems[0].mend
    assert bureau is not None
    assert bureau.verdicts == VerdictRules()


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("[links]\n", '[links]\nmap = "https://map.example/"\n', "map is no address of a map"),
        ("[links]\n", '[links]\nmap = "http://map.example/?q={address}"\n', "map is no address of a map"),
        (
            "[topics]\n",
            f"{PHONES}110000 = '0763-0000001'\n[topics]\n",
            "110000 is no county with a telephone number",
        ),
        (
            "[topics]\n",
            f"{PHONES}441802 = '办公室'\n[topics]\n",
            "441802 is no county with a telephone number",
        ),
    ],
)
def test_a_map_has_a_place_for_the_address_and_a_telephone_a_number(
    content: Path, before: str, after: str, what: str
) -> None:
    site = content / "site.toml"
    site.write_text(site.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    _, problems = read_bureau(content)
    assert [problem.what for problem in problems] == [what]
