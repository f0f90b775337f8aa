"""What parents remember of a name: whom it leads to, and whom it must never be said to mean."""

import pytest

from library.lookup.test_lookup import COUNTIES, EDITION, ENTRIES, keys
from openbureau.library.lookup import Lookup
from openbureau.library.lookup.results import LookupEntry, LookupResult

BY_KEY = {entry.key: entry for entry in ENTRIES}
"""The institutions of the tests' workbook: made up, and nearly all of them have 示例 in their names."""


def first(found: LookupResult) -> str:
    """The name that is shown first, and where that is; empty if none is shown."""
    shown = [*found.meant, *found.others]
    return " ".join((BY_KEY[shown[0].key].name, *BY_KEY[shown[0].key].addresses)) if shown else ""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("海鸥钢琴琴行", "海鸥 钢琴"),
        ("翰墨画室", "翰墨 美术"),
        ("果果棋院", "果果 围棋"),
        ("绿茵古筝馆", "绿茵 古筝"),
        ("鹿鸣武馆", "鹿鸣 武术"),
        ("云帆钢琴工作室", "云帆 钢琴"),
        ("亮点口才俱乐部", "亮点 口才"),
        ("江畔跆拳道馆", "江畔 跆拳道"),
        ("风之翼数学补习班", "风之翼 数学"),
        ("豆苗舞社", "豆苗 舞蹈"),
        ("桃李书法学堂", "桃李 书法"),
        ("紫藤舞蹈工作室", "紫藤 舞蹈"),
        ("慧谷口才培训学校", "慧谷 口才"),
        ("思源文体书院", "思源 文体"),
        ("凌波舞蹈艺术中心", "凌波 舞蹈"),
        ("星河少儿舞蹈", "星河 舞蹈"),
    ],
)
def test_a_kind_of_place_may_be_another_one_and_tells_what_is_taught_there(text: str, parts: str) -> None:
    found = EDITION.find(text)
    assert all(part in first(found) for part in parts.split()), first(found)
    assert bool(found.meant) is True


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("有个叫豆苗的跳舞班", "豆苗 舞蹈"),
        ("我家附近那个翰墨画室叫什么来着", "翰墨 美术"),
        ("请问云帆钢琴靠谱吗", "云帆 钢琴"),
        ("英德的鹿鸣学武术的", "鹿鸣 武术"),
        ("好像叫慧谷口才", "慧谷 口才"),
        ("孩子在果果学围棋", "果果 围棋"),
        ("星河跳舞怎么样", "星河 舞蹈"),
        ("喆思打篮球的那家", "喆思 篮球"),
        ("海鸥弹钢琴", "海鸥 钢琴"),
        ("连州有家叫木马的口才班", "木马 口才 连州"),
        ("阳山那家方圆奥数", "方圆 数学"),
        ("芳草画画班", "芳草 美术"),
        ("有個叫豆苗的跳舞班", "豆苗 舞蹈"),
    ],
)
def test_what_is_said_around_a_brand_is_no_part_of_it(text: str, parts: str) -> None:
    found = EDITION.find(text)
    assert all(part in first(found) for part in parts.split()), first(found)
    assert bool(found.meant) is True


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("阳山县乐学轮滑", "乐学 轮滑"),
        ("连山县英石机器人", "英石 机器人"),
        ("清远英德鹿鸣武术", "鹿鸣 武术"),
        ("文峰路凤鸣钢琴", "凤鸣 钢琴"),
        ("龙塘松风钢琴", "松风 钢琴"),
    ],
)
def test_a_county_or_a_road_that_agrees_keeps_an_institution_the_one_meant(text: str, parts: str) -> None:
    found = EDITION.find(text)
    assert all(part in first(found) for part in parts.split()), first(found)
    assert bool(found.meant) is True


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("喆思篮球万达店", "喆思 篮球"),
        ("云帆钢琴东校区", "云帆 钢琴"),
        ("慧谷口才二分店", "慧谷 口才"),
        ("朝阳美术（城北分校）", "朝阳 美术"),
        ("芳草美术学校英城校区", "芳草 美术"),
        ("豆苗舞蹈总店", "豆苗 舞蹈"),
        ("黑白子舞蹈顺盈时代店", "黑白子 舞蹈"),
    ],
)
def test_a_branch_is_another_one_than_the_institution_it_leads_to(text: str, parts: str) -> None:
    found = EDITION.find(text)
    assert all(part in first(found) for part in parts.split()), first(found)
    assert bool(found.meant) is False


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("云凡钢琴", "云帆 钢琴"),
        ("慧骨口才", "慧谷 口才"),
        ("哲思篮球", "喆思 篮球"),
        ("蒋畔编程", "江畔 编程"),
        ("路鸣武术", "鹿鸣 武术"),
        ("李鸣武术", "鹿鸣 武术"),
        ("童孟航模", "童梦 航模"),
        ("林波书法", "凌波 书法"),
        ("紫腾编程", "紫藤 编程"),
        ("兰天艺体", "蓝天 艺体"),
        ("博野舞蹈", "博雅 舞蹈"),
        ("朱韵羽毛球", "竹韵 羽毛球"),
        ("小生林机器人", "小森林 机器人"),
        ("飞夏编程", "飞霞 编程"),
        ("昆元舞蹈", "堃元 舞蹈"),
        ("绿茵示列古筝", "绿茵 古筝"),
    ],
)
def test_a_brand_is_found_by_its_sound_as_another_one(text: str, parts: str) -> None:
    found = EDITION.find(text)
    assert all(part in first(found) for part in parts.split()), first(found)
    assert bool(found.meant) is False


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("森林机器人", "小森林 机器人"),
        ("金匙古筝", "金钥匙 古筝"),
        ("大拇子轮滑", "大拇指 轮滑"),
        ("向日葵花航模", "向日葵 航模"),
        ("小小荷羽毛球", "小荷 羽毛球"),
        ("阳光舞蹈", "阳光里 舞蹈"),
        ("风翼数学", "风之翼 数学"),
        ("未来之星书法", "未来星 书法"),
    ],
)
def test_a_brand_is_found_with_a_character_less_or_more_as_another_one(text: str, parts: str) -> None:
    found = EDITION.find(text)
    assert all(part in first(found) for part in parts.split()), first(found)
    assert bool(found.meant) is False


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("英得方圆篮球", "方圆 篮球"),
        ("连洲木马口才", "木马 口才"),
        ("佛岗巧手钢琴", "巧手 钢琴"),
        ("清欣区海鸥钢琴", "海鸥 钢琴"),
    ],
)
def test_a_county_may_be_misspelt_and_it_is_another_one_then(text: str, parts: str) -> None:
    found = EDITION.find(text)
    assert all(part in first(found) for part in parts.split()), first(found)
    assert bool(found.meant) is False


@pytest.mark.parametrize(
    "text",
    [
        "豆苗钢琴",
        "清城区豆苗舞蹈",
        "云帆舞蹈",
        "连南云帆钢琴",
        "海豚游泳",
        "小鹿鸣武术",
        "新星河舞蹈",
        "蓝天画室",
        "果果象棋",
        "喆思足球俱乐部",
        "凤城钢琴",
        "南岸美术",
        "文峰",
        "书院书法",
        "清新鹿鸣武术",
        "鹿鸣武术万达店",
        "金阳光里舞蹈",
        "太和舞蹈",
        "琴川学堂国画班",
        "好未来",
        "朴新语文",
        "东方之星舞蹈",
        "喜洋洋托管",
        "朝阳里美术",
        "哲思教育",
        "黑白棋院",
        "百灵鸟声乐",
        "木棉花美术",
        "天行者机器人",
    ],
)
def test_who_is_not_on_the_list_is_never_said_to_be(text: str) -> None:
    assert EDITION.find(text).meant == ()


@pytest.mark.parametrize(
    "text",
    [
        "退费",
        "机构跑路怎么退钱",
        "补课老师有没有资质",
        "孩子在机构受伤谁负责",
        "学费怎么退",
        "暑假能不能补课",
        "怎么举报",
        "培训机构关门了怎么办",
        "不给退钱找谁",
        "周末上课违法吗",
        "监管账户",
        "学而思网校退费",
        "预收费最多收多少",
        "没有证的画室能报吗",
        "附近有没有正规的舞蹈班",
    ],
)
def test_a_question_is_no_name(text: str) -> None:
    assert EDITION.find(text).how is None


STAR = LookupEntry(key="star", name="清城区星光足球培训中心", addresses=("清城区东城街道凤城路8号",))
INK = LookupEntry(key="ink", name="清城区墨香书法培训中心", addresses=("清城区凤城街道星光路3号",))
FEW = Lookup((STAR, INK), city="清远市", counties=COUNTIES)


def test_a_brand_that_is_the_name_of_a_road_is_no_address() -> None:
    found = FEW.find("星光")
    assert (keys(found.meant), keys(found.near)) == (["star"], ["ink"])
    found = FEW.find("星光书法")
    assert (found.meant, keys(found.near)) == ((), ["star", "ink"])
    assert FEW.find("凤城").meant == ()


@pytest.mark.parametrize("text", ["星光路", "星光路3号", "凤城街道墨香", "凤城墨香书法", "星光路书法"])
def test_what_looks_like_an_address_is_one(text: str) -> None:
    assert keys(FEW.find(text).meant) == ["ink"]


@pytest.mark.parametrize("text", ["光足球", "星光舞蹈", "清新区星光足球", "新星光足球", "星光足球二分店"])
def test_a_part_of_a_brand_another_subject_county_or_branch_means_another_one(text: str) -> None:
    found = FEW.find(text)
    assert (found.meant, keys(found.near)[:1]) == ((), ["star"])


def test_who_begins_to_type_a_brand_sees_it_already() -> None:
    assert keys(FEW.find("星光足").meant) == keys(FEW.find("光").meant[:1]) == ["star"]


def many(word: str) -> Lookup:
    """A list of thirty names with a word in each of them."""
    brands = [f"{one}{other}" for one in "春夏秋冬江" for other in "山林石溪田云"]
    return Lookup(
        [LookupEntry(key=brand, name=f"{brand}{word}陶笛培训中心") for brand in brands],
        city="清远市",
        counties=COUNTIES,
    )


def test_a_word_that_most_names_of_a_list_have_weighs_nothing() -> None:
    for word in ("示例", "岭南"):
        for text in ("秋石陶笛", f"秋石{word}陶笛", "有个叫秋石的陶笛班"):
            assert keys(many(word).find(text).meant) == ["秋石"], text
    assert keys(many("岭南").find("秋石领南陶笛").near)[:1] == ["秋石"]
    assert many("岭南").find("夏江岭南陶笛").meant == ()


def test_the_subjects_of_a_list_are_learned_from_it() -> None:
    assert keys(many("").find("秋石馆").meant) == ["秋石"]
    found = many("").find("秋实陶笛")
    assert (found.meant, keys(found.near)[:1]) == ((), ["秋石"])


def test_all_who_are_meant_are_told_though_not_all_are_shown() -> None:
    found = EDITION.find("培训")
    assert len(found.keys) == len(set(found.keys)) == found.total
    assert found.keys[: len(found.meant)] == tuple(keys(found.meant))


@pytest.mark.parametrize(
    "text", ["的" * 64, "店" * 64, "培训中心" * 16, "（", "美术舞蹈钢琴" * 10, "叫" * 63 + "星"]
)
def test_texts_of_nothing_but_frequent_words_mean_nobody_new(text: str) -> None:
    assert FEW.find(text).meant == ()
