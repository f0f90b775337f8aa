"""Limits of the law stand once, in openbureau/law.py: no template types one, and no article is named that the
table does not have."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from openbureau.law import RULES, STATUTES, Rule, rule
from openbureau.tips.casework import merging
from support.source_tree import PACKAGE, TEMPLATES

NO_LIMITS: Mapping[tuple[str, str], str] = {
    ("desk/cases/_facts.html", "7日"): "how far apart two alike tips may be: compared with merging.NEAR_DAYS",
    ("desk/patterns/index.html", "5000元"): "a sample of how texts look",
    ("desk/patterns/index.html", "3个月"): "a sample of how texts look",
    ("public/home/index.html", "30天"): "a value of the list's filter (PermitEnd.MONTH)",
}
"""Numbers with a unit that templates type, and why none of them is a limit of the law."""

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_DATE = re.compile(r"(?:\d{4}|\}\})年(?:\d{1,2}月(?:\d{1,2}日)?)?")
_NUMERAL = "[〇零一二两三四五六七八九十百千万]+"
_UNIT = "个?工作日|日|天|个月|元|%(?!})|％|年|个?小时|课时|周岁|岁|个?星期"
_LIMIT = re.compile(rf"(?<![\d.〔第])(?:\d+(?:\.\d+)?|{_NUMERAL}) ?(?:{_UNIT})(?!度)")
_WORDS = frozenset({"一天", "一日", "一年", "一个工作日"})
"""Words that count nothing: 到哪一天, 一年的数字, 下一个工作日."""

_EXAMPLES = frozenset({("民法典", 5)})
"""Articles that docstrings name to show how a text is read."""

_PRINTED = re.compile(r"""\blaw\(["']([^"']+)["']\)(\.number)?""")
_ARTICLES = re.compile(rf"({'|'.join(act.name for act in STATUTES.values())})》?((?:、?第{_NUMERAL}条)+)")


def templates() -> Iterator[tuple[str, str]]:
    """The name and the text of every template, without comments."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
        yield path.relative_to(TEMPLATES).as_posix(), text


def typed_limits() -> set[tuple[str, str]]:
    """Where templates type a number with a unit."""
    found = chain.from_iterable(
        ((name, limit) for limit in _LIMIT.findall(_DATE.sub("", text))) for name, text in templates()
    )
    return {(name, limit.replace(" ", "")) for name, limit in found if limit not in _WORDS}


def test_no_template_types_a_limit() -> None:
    unknown = typed_limits() - set(NO_LIMITS)
    assert not unknown, (
        f"{sorted(unknown)}: print it with law(…), a clock of bureau.clocks or what the page is handed; "
        "a number that is no limit goes into NO_LIMITS with its reason"
    )
    assert set(NO_LIMITS) <= typed_limits(), "NO_LIMITS names what no template types any more"
    assert merging.NEAR_DAYS == 7, "templates/desk/cases/_facts.html says how near alike tips are"


def test_every_rule_that_a_template_prints_is_in_the_table_and_has_a_number() -> None:
    printed = [(name, key) for name, text in templates() for key, _ in _PRINTED.findall(text)]
    assert printed
    wrong = [(name, key) for name, key in printed if key not in RULES or rule(key).number is None]
    assert not wrong, f"{wrong}: write the rule into openbureau/law.py"


def test_every_article_that_code_and_templates_name_is_in_the_table() -> None:
    sources = [(path.name, path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]
    named = [
        (name, act, number_of(article))
        for name, text in (*sources, *templates())
        for act, articles in _ARTICLES.findall(text)
        for article in re.findall(_NUMERAL, articles)
    ]
    known = {(entry.statute.name, number) for entry in RULES.values() for number in articles_of(entry)}
    assert len({(act, number) for _, act, number in named}) > 20
    unknown = [entry for entry in named if entry[1:] not in known | _EXAMPLES]
    assert not unknown, f"{unknown}: write the article into openbureau/law.py, with version and ground"


def articles_of(entry: Rule) -> set[int]:
    """The numbers of the articles a rule is of; those of paragraphs and items are left out."""
    return {int(number) for number in re.findall(r"\d+", re.sub(r"\(\d+\)", "", entry.article))}


def number_of(numeral: str) -> int:
    """A Chinese numeral below a thousand: 二十三 is 23, 一百零三 is 103."""
    hundreds, _, rest = numeral.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    digits = {char: value for value, char in enumerate("零一二三四五六七八九")}
    return 100 * digits.get(hundreds, 0) + 10 * (digits.get(tens, 1) if ten else 0) + digits.get(ones[-1:], 0)


def test_numerals_are_read_right() -> None:
    assert [number_of(numeral) for numeral in ("五", "十", "十六", "二十", "八十五", "一百零三")] == [
        5,
        10,
        16,
        20,
        85,
        103,
    ]
