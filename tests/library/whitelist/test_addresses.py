"""Which township (镇街) an address lies in, and how the list is narrowed by it."""

from pathlib import Path

import pytest

from openbureau.library.whitelist.addresses import township_of, townships_of
from support.makers import texts, titles, visitor
from support.whitelist_makers import choices, edition, other


@pytest.mark.parametrize(
    ("address", "township"),
    [
        ("清远市清城区东城街道示例路1号", "东城街道"),
        ("广东省清远市清城区洲心街道办事处南岸路3号", "洲心街道"),
        ("英德市英城街道办光明路", "英城街道"),
        ("清城区 凤城 街道 12号", "凤城街道"),
        ("连山壮族瑶族自治县吉田镇", "吉田镇"),
        ("清远市连山县吉田镇示例路", "吉田镇"),
        ("清新县太和镇明霞大道", "太和镇"),
        ("清远市源潭镇", "源潭镇"),
        ("太和镇府前路", "太和镇"),
        ("清新区太和镇镇南路", "太和镇"),
        ("古镇镇新兴大道", "古镇镇"),
        ("阳山县秤架瑶族乡", "秤架瑶族乡"),
        ("连州市瑶安瑶族乡政府旁", "瑶安瑶族乡"),
        ("清新区龍頸鎮南岸示例路", "龙颈镇"),
        ("清远高新区龙塘镇", "龙塘镇"),
        ("清远市清城区燕湖新区东城街道", "东城街道"),
        ("源潭镇新区东乡路", "源潭镇"),
        ("连南瑶族自治县涡水镇马头冲村", "涡水镇"),
    ],
)
def test_the_township_stands_after_the_county(address: str, township: str) -> None:
    assert township_of(address) == township


@pytest.mark.parametrize(
    "address",
    [
        "",
        "清远市清城区示例路1号",
        "清城区人民大道乡村花园",
        "清城区步行街道口",
        "清城区东镇大厦",
        "清城区新城东镇中路3号",
        "清城区镇政府旁",
        "清城区沿江路3号东城街道旧址",
        "清远市市区先锋东路",
    ],
)
def test_a_road_or_a_building_called_like_a_township_is_none(address: str) -> None:
    assert township_of(address) == ""


def test_several_places_of_teaching_may_lie_in_several_townships() -> None:
    places = ["清城区东城街道1号", "清城区示例路2号", "清城区源潭镇3号", "清城区东城街道4号"]
    assert townships_of(places) == ["东城街道", "源潭镇"]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Two townships of one name, an institution that teaches in two, and one in none."""
    copied = texts(tmp_path)
    (copied / "whitelist").mkdir()
    edition(
        copied,
        {"办学地址": "清城区石角镇示例路1号；清城区东城街道示例路2号"},
        other("示例乙", 办学地址="清城区石角镇示例路3号"),
        other("示例丙", "144182170000001", 办学地址="佛冈县石角镇示例路4号"),
        other("示例丁", "144180270000099", 办学地址="清城区示例路5号"),
        sheet="名单",
    )
    return copied


def test_townships_are_offered_once_a_county_is_chosen(content: Path, tmp_path: Path) -> None:
    visit = visitor(content, tmp_path)
    assert "township" not in choices(visit.get("/whitelist/").text)
    assert choices(visit.get("/whitelist/?county=清城区").text)["township"] == {"石角镇": 2, "东城街道": 1}


def test_a_township_is_that_of_the_chosen_county(content: Path, tmp_path: Path) -> None:
    visit = visitor(content, tmp_path)
    assert titles(visit.get("/whitelist/?county=佛冈县&township=石角镇").text) == ["示例丙"]
    found = titles(visit.get("/whitelist/?county=清城区&township=东城街道").text)
    assert found == ["清远市示例甲足球培训中心"]


def test_a_township_left_over_from_another_county_can_be_put_away(content: Path, tmp_path: Path) -> None:
    page = visitor(content, tmp_path).get("/whitelist/?county=佛冈县&township=东城街道").text
    assert titles(page) == []
    assert 'href="/whitelist/?county=%E4%BD%9B%E5%86%88%E5%8E%BF">看佛冈县的全部镇（街道）' in page
