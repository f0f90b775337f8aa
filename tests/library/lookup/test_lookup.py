"""The parent's one box: what a typed text may mean, and what must never be claimed of it."""

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from openbureau.library.lookup import Lookup
from openbureau.library.lookup.results import (
    MAX_MATCHES,
    MAX_NEAR_MATCHES,
    MAX_TEXT_CHARACTERS,
    LookupEntry,
    LookupResult,
    Match,
)
from support.site import WORKBOOKS

EXPECTED = WORKBOOKS / "expected" / "2024-12-31.xlsx.json"
COUNTIES = (
    "清城区",
    "清新区",
    "佛冈县",
    "阳山县",
    "连山壮族瑶族自治县",
    "连南瑶族自治县",
    "英德市",
    "连州市",
)

FOOTBALL = LookupEntry(
    key="football",
    name="清远市清城区星光足球培训中心",
    former_names=("清远市清城区小脚丫体育有限公司",),
    uscc="91441802MA0CYGD34Q",
    permit_no="144180270000020",
    addresses=("清远市清城区洲心街道南岸路293号二楼", "清远市清城区东城街道人民路8号1-2层"),
)
CALLIGRAPHY = LookupEntry(
    key="calligraphy",
    name="墨香（清城）书法培训有限公司",
    uscc="52441802MJ06TN436A",
    permit_no="144180270000199",
    addresses=("清远市清城区东城街道人民路108号8楼",),
)
MUSIC = LookupEntry(
    key="music",
    name="连州市长乐音乐培训学校",
    permit_no="144188270000022",
    addresses=("清远市连州市连州镇人民路108号首层",),
)
ENGLISH = LookupEntry(key="english", name="清远市A+英语律动培训中心", addresses=("英德市英城街道利民路1号",))
FEW = Lookup((FOOTBALL, CALLIGRAPHY, MUSIC, ENGLISH), city="清远市", counties=COUNTIES)


def entries() -> list[LookupEntry]:
    """The institutions of a whole edition of the tests' workbooks."""
    rows = json.loads(EXPECTED.read_text(encoding="utf-8"))["rows"]
    return [
        LookupEntry(
            key=f"{row['source_sheet']}!{row['source_row']}",
            name=row["name"],
            uscc=row["uscc"] if row["uscc_state"] == "ok" else "",
            permit_no=row.get("permit_no") or "",
            addresses=tuple(filter(None, (row.get("addr_premises"), *row.get("premises", ())))),
        )
        for row in rows
    ]


ENTRIES = entries()
EDITION = Lookup(ENTRIES, city="清远市", counties=COUNTIES)


def keys(matches: tuple[Match, ...]) -> list[str]:
    return [match.key for match in matches]


def groups(found: LookupResult) -> tuple[tuple[Match, ...], ...]:
    return found.exact, found.contains, found.pinyin, found.near, found.same_address


# The same name or number


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("清远市清城区星光足球培训中心", "football"),
        ("  清远市　清城区 星光足球 培训中心\n", "football"),
        ("清遠市清城區星光足球培訓中心", "football"),
        ("清远市-清城区·星光足球“培训中心”。", "football"),
        ("墨香(清城)书法培训有限公司", "calligraphy"),
        ("墨香【清城】書法培訓有限公司", "calligraphy"),
        ("墨香〔 清城 〕书法培训有限公司", "calligraphy"),
        ("清远市ａ＋英语律动培训中心", "english"),
        ("91441802MA0CYGD34Q", "football"),
        ("９１４４１８０２ｍａ０ｃｙｇｄ３４ｑ", "football"),
        ("统一社会信用代码：9144 1802 MA0C YGD3 4Q", "football"),
        ("144188270000022", "music"),
        ("教民144188270000022号", "music"),
        ("办学许可证编号:1441882-70000022", "music"),
    ],
)
def test_the_same_name_or_number_is_exact_however_it_is_typed(text: str, key: str) -> None:
    found = FEW.find(text)
    assert (found.how, keys(found.exact), keys(found.meant)) == ("exact", [key], [key])


@pytest.mark.parametrize(
    "text",
    [
        "清远市清城区星光足球培训中心分校",
        "清远市清新区星光足球培训中心",
        "清远市星光足球培训中心",
        "清远市清城区星光足球培训中心有限公司",
        "清远市清城区晨光足球培训中心",
        "墨香（清新）书法培训有限公司",
        "墨香清城书法培训有限公司",
        "墨香（清城）书法培训有限公司（二部）",
        "清远市A英语律动培训中心",
        "91441802MA0CYGD34",
        "91441802MAOCYGD34Q",
        "144180270000021",
    ],
)
def test_whatever_differs_is_never_exact(text: str) -> None:
    assert FEW.find(text).exact == ()


def test_two_names_that_only_a_variant_character_tells_apart_stay_two() -> None:
    lookup = Lookup((LookupEntry(key="a", name="日昇书法学校"), LookupEntry(key="b", name="日升书法学校")))
    assert keys(lookup.find("日昇书法学校").exact) == ["a"]
    assert keys(lookup.find("日升書法學校").exact) == ["b"]


def test_numbers_that_only_a_hyphen_tells_apart_stay_two() -> None:
    lookup = Lookup((LookupEntry(key="a", name="快乐1-2英语"), LookupEntry(key="b", name="快乐12英语")))
    assert keys(lookup.find("快乐１－２英语").exact) == ["a"]
    assert keys(lookup.find("快乐12英语").exact) == ["b"]


def test_marks_that_belong_to_a_brand_tell_it_from_another() -> None:
    lookup = Lookup((LookupEntry(key="a", name="B&B英语"), LookupEntry(key="b", name="BB英语")))
    assert keys(lookup.find("Ｂ＆Ｂ英语").exact) == ["a"]
    assert keys(lookup.find("BB英语").exact) == ["b"]


def test_a_name_the_list_has_twice_finds_both() -> None:
    lookup = Lookup((LookupEntry(key="b", name="星光学校"), LookupEntry(key="a", name="星光 学校")))
    assert keys(lookup.find("星光学校").exact) == ["a", "b"]


def test_a_former_name_finds_who_had_it_and_says_so() -> None:
    (match,) = FEW.find("清远市清城区小脚丫体育有限公司").exact
    assert (match.key, match.field) == ("football", "former_name")


def test_a_name_in_use_is_its_user_s_and_who_had_it_before_is_another() -> None:
    now = LookupEntry(key="now", name="清远市清城区小脚丫体育有限公司")
    found = Lookup((FOOTBALL, now)).find("清远市清城区小脚丫体育有限公司")
    assert keys(found.exact) == ["now"]
    assert [(match.key, match.field) for match in found.near] == [("football", "former_name")]


# 200 names that look alike


def wide(text: str) -> str:
    """Digits, letters and brackets full width where they were half width, and the other way round."""
    narrow = text.maketrans("（）", "()")
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each.translate(narrow) for each in text)


def spaced(text: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(text))
    return text[:at] + chance.choice((" ", "　", "\u00a0", "\u200b", " \t ")) + text[at:]


def changed(text: str, chance: random.Random) -> str:
    """One character another one, as another institution of the kind might have it."""
    at = chance.randrange(len(text))
    others = sorted({each for entry in ENTRIES for each in entry.name} - {text[at], *"（）"})
    return text[:at] + chance.choice(others) + text[at + 1 :]


def of_another_branch(text: str, chance: random.Random) -> str:
    opening, closing = chance.choice(("（）", "()", "【】", "〔〕"))
    bare = text.partition("（")[0] + text.partition("）")[2] if "（" in text else text
    return f"{bare}{opening}{chance.choice(('万达店', '二部', '新城校区', '示例路'))}{closing}"


def swapped(text: str, chance: random.Random) -> str:
    at = chance.choice([at for at in range(len(text) - 1) if text[at] != text[at + 1]])
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


SAME: dict[str, Callable[[str, random.Random], str]] = {
    "full width": lambda name, _: wide(name),
    "traditional": lambda name, _: str(OpenCC("s2t").convert(name)),
    "added space": spaced,
    "other brackets": lambda name, _: name.translate(name.maketrans("（）", "【】")),
}
OTHER: dict[str, Callable[[str, random.Random], str]] = {
    "branch": lambda name, chance: name + chance.choice(("分校", "第二分校", "英德分校", "新校区", "分公司")),
    "one character": changed,
    "bracketed branch": of_another_branch,
    "swapped": swapped,
}


def look_alikes(kinds: dict[str, Callable[[str, random.Random], str]]) -> list[tuple[str, LookupEntry, str]]:
    """25 of each kind: the kind, the institution they were made of, and the text."""
    chance = random.Random(20241231)  # noqa: S311
    return [
        (kind, entry, make(entry.name, chance))
        for kind, make in kinds.items()
        for entry in chance.sample(ENTRIES, 25)
    ]


def test_a_hundred_other_spellings_of_names_find_exactly_the_right_one() -> None:
    wrong = [
        (kind, text)
        for kind, entry, text in look_alikes(SAME)
        if keys(EDITION.find(text).exact) != [entry.key]
    ]
    assert wrong == []


def test_a_hundred_names_that_look_alike_are_never_taken_for_one_in_the_list() -> None:
    names = {entry.name for entry in ENTRIES}
    made = look_alikes(OTHER)
    assert not names & {text for _, _, text in made}
    assert [(kind, text) for kind, _, text in made if EDITION.find(text).exact] == []


def test_most_names_that_look_alike_lead_to_the_one_they_resemble() -> None:
    made = look_alikes(OTHER)
    led = [
        entry
        for _, entry, text in made
        if entry.key in keys(EDITION.find(text).meant + EDITION.find(text).near)
    ]
    assert len(led) >= 95


# Parts


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("星光", "football"),
        ("星光足球", "football"),
        ("清远星光", "football"),
        ("足球 星光", "football"),
        ("足球星光", "football"),
        ("星光足球 洲心街道", "football"),
        ("小脚丫", "football"),
        ("南岸路293号", "football"),
        ("人民路8号", "football"),
        ("144180270000020 星光", "football"),
        ("91441802MA0C", "football"),
        ("91441802MA0CYGD34", "football"),
        ("墨香清城书法培训有限公司", "calligraphy"),
        ("長樂音樂", "music"),
        ("A+", "english"),
    ],
)
def test_parts_of_name_former_name_address_and_number_find_it(text: str, key: str) -> None:
    found = FEW.find(text)
    assert (found.how, keys(found.contains), found.total) == ("contains", [key], 1)


def test_a_part_says_where_it_was_found() -> None:
    found = [FEW.find(text).contains[0] for text in ("星光", "小脚丫", "南岸路293号", "1441802700000")]
    assert [match.field for match in found] == ["name", "former_name", "address", "permit_no"]
    assert found[2].value == "清远市清城区洲心街道南岸路293号二楼"


def test_words_of_the_kind_may_be_wrong_and_the_answer_tells_which() -> None:
    (match,) = FEW.find("清远市星光足球学校").contains
    assert (match.key, match.unmatched) == ("football", ("学校",))


def test_another_county_is_another_institution() -> None:
    found = FEW.find("清新区星光足球")
    assert (found.contains, keys(found.near)) == ((), ["football"])


def test_a_county_the_list_does_not_tell_is_no_contradiction() -> None:
    (match,) = Lookup([LookupEntry(key="a", name="星光学校")], counties=COUNTIES).find("清新区星光").contains
    assert match.unmatched == ("清新",)


def test_every_part_must_be_there() -> None:
    assert FEW.find("星光 钢琴").contains == ()
    assert FEW.find("星光足球分校").contains == ()
    assert FEW.find("人民路108号 08号8楼").contains == ()


def test_a_number_is_not_found_inside_another_number() -> None:
    assert keys(FEW.find("人民路8号").contains) == ["football"]
    assert sorted(keys(FEW.find("人民路108号").contains)) == ["calligraphy", "music"]
    assert FEW.find("路1号8楼").contains == ()


def test_a_number_keeps_to_what_it_counts() -> None:
    # 人民路8号 is one address of the institution and 二楼 belongs to another.
    assert FEW.find("人民路8二楼").contains == ()


def test_names_that_begin_with_the_text_come_before_those_that_hold_it() -> None:
    lookup = Lookup(
        [
            LookupEntry(key="c", name="未来星光学校"),
            LookupEntry(key="b", name="清远市星光音乐学校"),
        ],
        city="清远市",
    )
    assert keys(lookup.find("星光").contains) == ["b", "c"]


# Pinyin


@pytest.mark.parametrize(
    "text",
    [
        "xingguang",
        "XingGuang",
        "xing guang zu qiu",
        "xīngguāng",
        "xgzq",
        "xg",
        "xingguangz",
        "ｘｇｚｑ",
        "星guang",
        "xiaojiaoya",
    ],
)
def test_pinyin_and_its_initials_find_the_name(text: str) -> None:
    found = FEW.find(text)
    assert (found.how, keys(found.pinyin)) == ("pinyin", ["football"])


def test_a_character_with_two_readings_is_found_by_both() -> None:
    for text in ("changle", "zhangle", "changleyinyue", "zlyy"):
        assert keys(FEW.find(text).pinyin) == ["music"], text


def test_an_umlaut_is_typed_in_three_ways() -> None:
    for text in ("lvdong", "ludong", "lǜdòng"):
        assert keys(FEW.find(text).pinyin) == ["english"], text


def test_two_initials_must_begin_the_brand() -> None:
    assert FEW.find("zq").pinyin == ()
    assert keys(FEW.find("zqp").pinyin) == ["football"]


# Near


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("星广足球", "football"),
        ("新光足球", "football"),
        ("星足光球", "football"),
        ("清远市清城区星光足求培训中心", "football"),
        ("清远市清城区星光足球培训中心第一分校", "football"),
        ("墨香（清新）书法培训有限公司", "calligraphy"),
        ("墨香斋书法", "calligraphy"),
        ("莫想书法", "calligraphy"),
        ("xinguang", "football"),
        ("xignguang", "football"),
        ("91441802MAOCYGD34Q", "football"),
        ("9I44I802MAOCYGD34Q", "football"),
        ("9I44I8O2MAOCYGD43Q", "football"),
        ("9l44l80MAOCYGD34Q", "football"),
        ("91441802MA0CYGD43Q", "football"),
        ("9144180MA0CYGD34Q", "football"),
        ("52441802MJ06TN4366", "calligraphy"),
        ("144180270000198", "calligraphy"),
        ("l44188270000022", "music"),
    ],
)
def test_mistyped_text_finds_the_institution_as_another_one(text: str, key: str) -> None:
    found = FEW.find(text)
    assert (found.how, found.meant) == ("near", ())
    assert key in keys(found.near)
    assert found.others[: len(found.near)] == found.near


def test_a_sound_credit_code_that_is_not_listed_is_nobody_s_mistyping() -> None:
    listed = LookupEntry(key="a", name="星光学校", uscc="91350100M000100Y43")
    assert keys(Lookup([listed]).find("91350100M000100Y34").near) == ["a"]
    assert Lookup([listed]).find("91350200M000100Y48").how is None


def test_a_wholly_different_brand_is_not_near() -> None:
    found = FEW.find("飞天足球")
    assert (found.how, found.near) == (None, ())
    long = Lookup([LookupEntry(key="a", name="星光少儿足球俱乐部")])
    assert keys(long.find("星光少儿足秋俱乐布").near) == ["a"]
    assert long.find("飞天少儿足球俱乐部").near == ()


def test_an_exact_name_comes_with_those_that_are_easily_taken_for_it() -> None:
    twin = LookupEntry(key="twin", name="清远市清城区星光足球培训有限公司")
    found = Lookup((FOOTBALL, twin), city="清远市", counties=COUNTIES).find(FOOTBALL.name)
    assert (keys(found.exact), keys(found.near)) == (["football"], ["twin"])


# The same address


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("飞天舞蹈 清城区洲心街道南岸路293号2层", 0),
        ("清远市清城区洲心街道南岸路２９３號2樓", 0),
        ("南岸路293号三楼", 1),
        ("飞天舞蹈清远市清城区洲心街道南岸路293号", 1),
    ],
)
def test_who_teaches_at_the_typed_door_is_named_as_another_one(text: str, distance: int) -> None:
    found = FEW.find(text)
    assert (found.how, found.meant) == ("same_address", ())
    assert [(match.key, match.distance) for match in found.same_address] == [("football", distance)]


@pytest.mark.parametrize(
    "text", ["英德市人民路108号3楼", "清城区东城街道人民路10号3楼", "凤城街道人民路108号3楼"]
)
def test_the_same_road_in_another_place_is_another_address(text: str) -> None:
    assert FEW.find(text).same_address == ()


def test_an_address_without_a_county_is_looked_for_in_all() -> None:
    assert sorted(keys(FEW.find("飞天 人民路108号5层").same_address)) == ["calligraphy", "music"]


def test_an_address_can_be_asked_for_by_itself() -> None:
    found = FEW.at_address("清远市清城区东城街道人民路108号8层")
    assert [(match.key, match.distance) for match in found] == [("calligraphy", 0)]
    assert FEW.at_address("东城街道") == []


# Bounds


@pytest.mark.parametrize("text", ["", " \n", "，。！", "\u200b", "齉齾", "qwrtp"])
def test_nothing_is_found_for_what_says_nothing(text: str) -> None:
    found = FEW.find(text)
    assert (found.how, found.meant, found.others, found.total) == (None, (), (), 0)


def test_a_text_that_was_cut_is_never_exact() -> None:
    name = "星" * (MAX_TEXT_CHARACTERS + 1)
    found = Lookup([LookupEntry(key="a", name=name), LookupEntry(key="b", name=name[:-1])]).find(name)
    assert (found.is_cut, found.exact) == (True, ())
    assert not Lookup([LookupEntry(key="b", name=name[:-1])]).find(name[:-1]).is_cut


def test_gaps_do_not_count_towards_the_length() -> None:
    assert keys(FEW.find(" ".join("墨香（清城）书法培训有限公司") + " " * 200).exact) == ["calligraphy"]


def test_answers_are_bounded_and_the_whole_number_is_told() -> None:
    found = EDITION.find("培训")
    assert len(found.meant) == MAX_MATCHES
    assert found.total == sum("培训" in entry.name for entry in ENTRIES) > MAX_MATCHES


def test_a_name_of_nothing_but_frequent_words_is_read_at_once() -> None:
    # Read in every way it can be split, it would take longer than anybody waits.
    assert Lookup([LookupEntry(key="a", name="教育培训中心" * 40 + "星")]).find("星").how == "contains"


def test_all_groups_together_are_bounded() -> None:
    neighbours = [
        LookupEntry(key=f"{at}", name=f"墨香{at}", addresses=("人民路8号二楼",)) for at in range(60)
    ]
    found = Lookup([*neighbours, FOOTBALL]).find("星广足球 人民路8号3楼")
    assert (len(found.near), len(found.same_address)) == (1, MAX_MATCHES - 1)


def test_answers_do_not_depend_on_the_order_of_the_list() -> None:
    backwards = Lookup(reversed(ENTRIES), city="清远市", counties=COUNTIES)
    for text in ("起点", "美术 英德", "qdsl", "启点示例", "lianzhou", "144180270000021", "人民路1号", "培训"):
        assert EDITION.find(text) == backwards.find(text), text


def test_an_empty_list_finds_nothing() -> None:
    assert Lookup([]).find("星光").how is None


NAME_LIKE = st.text(alphabet="清远市城区星光足球a1-（）()【 号路楼qxIO0", max_size=80)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), NAME_LIKE))
def test_no_text_whatever_does_harm(text: str) -> None:
    found = FEW.find(text)
    named = [match.key for group in groups(found) for match in group]
    assert len(named) == len(set(named)) <= MAX_MATCHES
    assert len(found.near) <= MAX_NEAR_MATCHES
    assert FEW.find(text) == found


@settings(deadline=None)
@given(name=st.text(min_size=1, max_size=MAX_TEXT_CHARACTERS), text=NAME_LIKE)
def test_no_name_whatever_does_harm(name: str, text: str) -> None:
    lookup = Lookup(
        [LookupEntry(key="a", name=name, former_names=(text,), uscc=text, addresses=(name, text))]
    )
    lookup.find(text)
    lookup.find(name)


@settings(deadline=None)
@given(st.sampled_from(ENTRIES), NAME_LIKE.filter(lambda text: any(each.isalnum() for each in text)))
def test_a_name_with_anything_readable_after_it_is_never_exact(entry: LookupEntry, tail: str) -> None:
    assert entry.key not in keys(EDITION.find(entry.name + tail).exact)
