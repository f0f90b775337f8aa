"""The search room as a specification, and the search page as a visitor meets it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openbureau.search import Document, Hits, Index, build, open_index
from openbureau.search.highlight import MAX_PASSAGE_CHARACTERS, mark, passage
from support.makers import main_part, titles, words

REFUND = Document("notices/refund", "notices", "退费难怎么办", "先保留合同和付款凭证，再与机构协商退费。")
HOLIDAY = Document("policies/holiday", "policies", "寒假不得组织学科类培训", "学科类培训不得占用寒暑假。")
RULES = Document(
    "policies/rules",
    "policies",
    "预收费监管办法",
    "一次收费不超过3个月或60课时，总额不超过5000元。",
    names="示教规〔2026〕1号 监管 资金",
)
FOOTBALL = Document(
    "whitelist/91441802MA05W3P89N",
    "whitelist",
    "清远市星光示例足球培训中心",
    "清城区，体育",
    names="91441802MA05W3P89N 144180270000034 清远市清城区东城街道示例路1号",
)
CALLIGRAPHY = Document(
    "whitelist/52441802MJ0EJJNK81",
    "whitelist",
    "清远市墨香示例書法培訓中心",
    "清城區，文化藝術",
    names="52441802MJ0EJJNK81 144180270000037",
)
DOCUMENTS = (REFUND, HOLIDAY, RULES, FOOTBALL, CALLIGRAPHY)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return made(tmp_path_factory.mktemp("index"), DOCUMENTS)


def made(folder: Path, documents: Sequence[Document]) -> Index:
    build(folder, documents)
    return open_index(folder)


def found(hits: Hits) -> list[str]:
    """The names of those that hold the whole query."""
    return [key.partition("/")[2] for key in hits.keys[: hits.whole]]


def near(hits: Hits) -> list[str]:
    """The names of those that hold only parts of it."""
    return [key.partition("/")[2] for key in hits.keys[hits.whole :]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("退费", ["refund"]),
        ("费难", ["refund"]),
        ("寒假", ["holiday"]),
        ("合同", ["refund"]),
        ("足球", ["91441802MA05W3P89N"]),
        ("机构", ["refund"]),
        ("难", ["refund"]),
    ],
)
def test_a_word_of_two_characters_or_one_is_found_anywhere(
    index: Index, query: str, names: list[str]
) -> None:
    assert found(index.find(query)) == names


@pytest.mark.parametrize(
    ("query", "same_as"),
    [
        ("退費", "退费"),
        ("預收費監管", "预收费监管"),
        ("书法培训", "書法培訓"),
        ("文化艺术", "文化藝術"),
        ("５０００元", "5000元"),
        ("１４４１８０２７", "14418027"),
        ("ＭＡ０５", "ma05"),
        ("91441802ma05w3p89n", "91441802MA05W3P89N"),
        ("退费\u3000合同", "退费 合同"),
        ("  退费  ", "退费"),
        ("“退费”？", "退费"),
    ],
)
def test_script_width_case_and_marks_make_no_difference(index: Index, query: str, same_as: str) -> None:
    assert index.find(query).keys == index.find(same_as).keys
    assert index.find(query).whole > 0 or same_as == "ma05"


@pytest.mark.parametrize(
    "code", ["1441", "14418027", "144180270000034", "91441802", "91441802MA05W3P89N", "MA05W3P89N"]
)
def test_a_code_is_found_from_its_first_four_characters_on(index: Index, code: str) -> None:
    names = found(index.find(code))
    assert ("91441802MA05W3P89N" in names) is (code != "MA05W3P89N")


def test_a_question_that_a_document_answers_leads_to_it_without_being_its_name(tmp_path: Path) -> None:
    answering = replace(REFUND, answers=("机构跑路了钱怎么要回来",))
    hits = made(tmp_path, (answering, *DOCUMENTS[1:])).find("机构跑路了钱怎么要回来")
    assert found(hits)[:1] == ["refund"]
    assert not hits.exact


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("补习班关门了钱能要回来吗", "补习班关门了，钱怎么要回来"),
        ("老师跑了怎么办", "老师跑了找谁"),
        ("退费难怎么办", ""),
        ("合同怎么办", ""),
    ],
)
def test_a_hit_shows_the_question_that_was_asked_when_its_title_says_less(
    tmp_path: Path, query: str, shown: str
) -> None:
    answers = ("退费难找谁", "补习班关门了，钱怎么要回来", "老师跑了找谁")
    index = made(tmp_path, (replace(REFUND, answers=answers), *DOCUMENTS[1:]))
    (hit,) = (hit for hit in index.find(query).hits if hit.key == REFUND.key)
    assert hit.answers.striptags() == shown


def test_a_whole_code_finds_one_institution(index: Index) -> None:
    assert found(index.find("144180270000037")) == ["52441802MJ0EJJNK81"]
    assert index.find("144180270000038").total == 0
    assert index.find("144").total == 0


def test_the_number_of_a_document_is_found(index: Index) -> None:
    assert found(index.find("示教规〔2026〕1号")) == ["rules"]
    assert found(index.find("示教规2026")) == ["rules"]


def test_no_word_of_the_query_is_dropped_in_silence(index: Index) -> None:
    assert found(index.find("退费 合同")) == ["refund"]
    hits = index.find("退费 航模")
    assert found(hits) == []
    assert near(hits) == ["refund"]
    assert index.find("航模").total == 0


def test_each_added_word_leaves_the_same_or_fewer(index: Index) -> None:
    asked = ["清远市", "清远市 示例", "清远市 示例 足球", "清远市 示例 足球 星光"]
    assert [index.find(query).whole for query in asked] == [2, 2, 1, 1]


def test_words_written_together_are_found_as_if_apart(index: Index) -> None:
    assert found(index.find("清城区足球")) == ["91441802MA05W3P89N"]
    assert found(index.find("监管收费")) == found(index.find("监管 收费")) == ["rules"]


def test_characters_that_only_occur_apart_are_no_word(index: Index) -> None:
    assert found(index.find("费退")) == []
    assert found(index.find("球足")) == []


def test_a_question_that_nothing_answers_whole_gets_the_nearest_marked_as_such(index: Index) -> None:
    hits = index.find("孩子的培训班退费难应该怎么办")
    assert hits.whole == 0
    assert near(hits)[0] == "refund"
    assert hits.total == len(near(hits)) > 0


def test_a_long_query_with_few_whole_answers_has_near_ones_after_them(index: Index) -> None:
    hits = index.find("学科类培训不得占用寒暑假")
    assert found(hits) == ["holiday"]
    assert hits.keys[0] == "policies/holiday"
    assert not set(found(hits)) & set(near(hits))


def test_a_line_divides_the_hits_about_the_query_from_those_only_partly_about_it(index: Index) -> None:
    hits = index.find("学科类培训不得占用寒暑假")
    assert (hits.divide, hits.meant) == (hits.whole, "")
    assert index.find("航模").divide == 0


def test_kinds_are_counted_whatever_kind_is_asked_for(index: Index) -> None:
    everything = index.find("培训")
    assert everything.counts == {"policies": 1, "whitelist": 2}
    assert everything.total == 3
    only = index.find("培训", kinds=("whitelist",))
    assert only.counts == everything.counts
    assert (only.total, only.whole, {hit.kind for hit in only.hits}) == (2, 2, {"whitelist"})
    assert index.find("培训", kinds=("pages",)).total == 0


def test_a_title_counts_more_than_a_name_and_a_name_more_than_the_text(tmp_path: Path) -> None:
    index = made(
        tmp_path,
        [
            Document("k/body", "k", "甲", "足球"),
            Document("k/title", "k", "足球", "甲"),
            Document("k/names", "k", "甲", "乙", names="足球"),
        ],
    )
    assert found(index.find("足球")) == ["title", "names", "body"]


def test_pages_of_hits_follow_each_other(tmp_path: Path) -> None:
    index = made(tmp_path, [Document(f"k/{n:02}", "k", f"第{n}号退费提示", "") for n in range(25)])
    pages = [index.find("退费", page=number) for number in (1, 2, 3, 4)]
    assert [len(page.hits) for page in pages] == [10, 10, 5, 0]
    assert {page.pages for page in pages} == {3}
    shown = [hit.key for page in pages for hit in page.hits]
    assert shown == pages[0].keys
    assert len(set(shown)) == 25


def test_two_documents_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two documents have the key k/a"):
        build(tmp_path, [Document("k/a", "k", "甲", ""), Document("k/a", "k", "乙", "")])


def test_only_the_first_64_characters_are_looked_for_and_that_is_told(index: Index) -> None:
    filling = "退费 " * 21  # 63 characters
    assert not index.find(f"{filling}合").shortened
    hits = index.find(f"{filling}合航模")
    assert hits.shortened
    assert found(hits) == ["refund"]


def test_spaces_around_the_query_take_no_room_in_it(index: Index) -> None:
    hits = index.find(f"{' ' * 80}退费{' ' * 80}")
    assert (found(hits), hits.shortened) == (["refund"], False)


@pytest.mark.parametrize("query", ["", " ", "\u3000", "？！", "“”", "…", "\x00", "é", "😀", "😀?"])
def test_a_query_without_words_finds_nothing(index: Index, query: str) -> None:
    hits = index.find(query)
    assert (hits.total, hits.whole, hits.pages, hits.hits) == (0, 0, 1, [])


@pytest.mark.parametrize(
    "query",
    [
        "退费 OR 航模",
        "title:退费",
        "退*",
        '"退费',
        "退费)",
        "NOT 退费",
        "退费~2",
        "[a TO z]",
        "退费^9",
        "a AND",
    ],
)
def test_the_marks_of_a_query_language_mean_nothing(index: Index, query: str) -> None:
    plain = " ".join(re.findall(r"\w+", query))
    assert index.find(query).keys == index.find(plain).keys


# How long one input takes on a busy machine says nothing.
odd_inputs = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("退费難ＡＢ１２ \u3000<>&〔〕*:\"'"), st.characters()), max_size=80
)


@odd_inputs
@given(query=TEXT, page=st.integers(1, 9999))
def test_no_query_is_too_odd(index: Index, query: str, page: int) -> None:
    hits = index.find(query, page=page)
    assert 0 <= hits.whole <= hits.total == len(hits.keys)
    assert hits.total == sum(hits.counts.values())
    assert len(hits.hits) <= hits.per_page
    assert hits.shortened == (len(query.strip()) > 64)


@odd_inputs
@given(text=TEXT, query=TEXT)
def test_marking_never_changes_the_text_and_never_lets_markup_through(text: str, query: str) -> None:
    marked = mark(text, query)
    assert marked.replace("<mark>", "").replace("</mark>", "").unescape() == text
    assert not re.search(r"<(?!/?mark>)", marked)
    assert marked.count("<mark>") == marked.count("</mark>")


@odd_inputs
@given(text=TEXT, query=TEXT)
def test_a_passage_is_short_and_escaped(text: str, query: str) -> None:
    shown = passage(text, query)
    assert not re.search(r"<(?!/?mark>)", shown)
    plain = re.sub("</?mark>", "", shown)
    assert len(type(shown)(plain).unescape()) <= MAX_PASSAGE_CHARACTERS + 2


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("退费难怎么办", "退费", "<mark>退费</mark>难怎么办"),
        ("書法培訓中心", "书法", "<mark>書法</mark>培訓中心"),
        ("书法培训中心", "書法", "<mark>书法</mark>培训中心"),
        ("最多５０００元", "5000", "最多<mark>５０００</mark>元"),
        ("面积60㎡以上", "60m2", "面积<mark>60㎡</mark>以上"),
        ("代码MA05", "ma05", "代码<mark>MA05</mark>"),
        ("一次退费，再次退费", "退费", "一次<mark>退费</mark>，再次<mark>退费</mark>"),
        ("预收费监管", "收费监管", "预<mark>收费监管</mark>"),
        ("许可证过期", "证过没过期", "许可<mark>证过期</mark>"),
        ("交费与退费", "退费 交费", "<mark>交费</mark>与<mark>退费</mark>"),
        ("<script>退费</script>", "退费", "&lt;script&gt;<mark>退费</mark>&lt;/script&gt;"),
        ("a<b>&c", "b", "a&lt;<mark>b</mark>&gt;&amp;c"),
        ("退费", "航模", "退费"),
        ("退费", "", "退费"),
    ],
)
def test_matches_are_marked_on_the_text_as_it_was_written(text: str, query: str, marked: str) -> None:
    assert mark(text, query) == marked


@pytest.mark.parametrize(
    "text",
    [
        f"{'前言部分' * 60}这里说退费的事。{'后面还有' * 60}",
        f"{'前言部分' * 60}这里说退费的事。",
        f"{'前言部分' * 60}{'退费' * 200}",
        f"退费{'后面还有' * 60}",
    ],
    ids=["in the middle", "at the end", "a match longer than the passage", "at the start"],
)
def test_the_passage_shows_the_match_however_far_down_it_stands(text: str) -> None:
    shown = passage(text, "退费")
    assert "<mark>退费" in shown
    assert shown.startswith("…") is not text.startswith("退费")


def test_the_passage_shows_the_place_with_most_of_the_query(index: Index) -> None:
    text = f"这里只说退费。{'别的内容' * 60}这里说合同和退费。{'别的内容' * 60}这里只说合同。"
    shown = passage(text, "退费 合同")
    assert "说<mark>合同</mark>和<mark>退费</mark>" in shown
    assert "这里只说" not in shown


def test_hits_are_escaped_and_marked(tmp_path: Path) -> None:
    title, body = "<script>alert(1)</script>退费", "<img src=x onerror=alert(1)>退费"
    (hit,) = made(tmp_path, [Document("k/a", "k", title, body)]).find("退费").hits
    assert hit.title == "&lt;script&gt;alert(1)&lt;/script&gt;<mark>退费</mark>"
    assert hit.passage == "&lt;img src=x onerror=alert(1)&gt;<mark>退费</mark>"


def test_the_page_finds_across_all_kinds_and_marks_the_match(client: FlaskClient) -> None:
    page = client.get("/search?q=預收費").text
    assert "“預收費”共" in words(main_part(page))
    assert "示例市关于加强校外培训机构预收费监管工作的通知" in titles(page)
    assert "<mark>预收费</mark>" in page


def test_the_page_can_be_limited_to_one_kind(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=培训").text)
    counts = {words(link): link.get("href") for link in page.xpath(".//nav[@class='kinds']//a")}
    total = sum(int(text.split()[-1]) for text in counts if not text.startswith("全部"))
    assert f"全部 {total}" in counts
    for text, address in counts.items():
        limited = main_part(client.get(address).text)
        assert f"“培训”共 {text.split()[-1]} 条" in words(limited), text
        assert [words(link) for link in limited.xpath(".//a[@aria-current='true']")] == [text]


def test_a_kind_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    assert client.get("/search?q=培训&kind=secrets").status_code == 404


@pytest.mark.parametrize("number", ["0", "999", "abc", "-1", "9" * 5000])
def test_a_page_of_hits_that_does_not_exist_is_not_found(client: FlaskClient, number: str) -> None:
    assert client.get(f"/search?q=培训&page={number}").status_code == 404


def test_the_pages_of_hits_keep_query_and_kind(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=培训&kind=whitelist&endpoint=x").text)
    (following,) = page.xpath(".//a[@rel='next']/@href")
    second = client.get(following)
    assert second.status_code == 200
    assert "第 2 页" in second.text
    assert not set(titles(second.text)) & {words(title) for title in page.xpath(".//h3")}


def test_near_answers_are_called_near(client: FlaskClient) -> None:
    page = client.get("/search?q=孩子的航模班贷款交学费怎么办").text
    assert "与“孩子的航模班贷款交学费怎么办”最接近的" in words(main_part(page))
    assert "以下内容只有部分相关" not in page
    assert "当心培训贷：不要贷款交学费" in titles(page)


def test_whoever_finds_nothing_is_told_what_to_try(client: FlaskClient) -> None:
    page = words(main_part(client.get("/search?q=齉齾").text))
    assert "没有找到“齉齾”" in page
    assert "可以换一个说法" in page
    assert "名单里没有，不等于一定违法" in page


def test_a_query_too_long_is_told(client: FlaskClient) -> None:
    assert "只用了前64个字" not in client.get("/search", query_string={"q": "退" * 64}).text
    assert "只用了前64个字" in client.get("/search", query_string={"q": "退" * 65}).text


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", '" onfocus="alert(1)', "退费<b>", "\x00\x01"])
def test_the_query_is_shown_and_never_run(client: FlaskClient, query: str) -> None:
    answer = client.get("/search", query_string={"q": query})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    (field,) = main_part(answer.text).xpath(".//input[@id='q']")
    assert "onfocus" not in field.attrib


def test_htmx_gets_the_hits_alone(client: FlaskClient) -> None:
    part = client.get("/search?q=退费", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'id="q"' not in part
    assert "<mark>退费</mark>" in part


def test_without_a_query_the_page_says_how_to_begin(client: FlaskClient) -> None:
    for address in ("/search", "/search?q=", "/search?q=%20"):
        page = words(main_part(client.get(address).text))
        assert "输入两个字就可以开始" in page
        assert "没有找到" not in page


def test_an_institution_is_found_with_its_state(client: FlaskClient) -> None:
    page = main_part(client.get("/search?q=52441803MJ0Q95UA9U").text)
    (hit,) = page.xpath(".//*[@data-shown='meant']/ancestor::li")
    assert "清远市清新区瑶乡示例编程培训中心" in words(hit)
    assert "许可证已过期" in words(hit)
    assert hit.xpath(".//h3/a/@href") == ["/whitelist/52441803MJ0Q95UA9U/"]
