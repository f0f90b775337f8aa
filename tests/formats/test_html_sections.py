"""A text in sections: each begins where the page has an id."""

from openbureau.formats.html_sections import HtmlSection, split_sections


def test_a_section_begins_at_a_heading_with_an_id() -> None:
    html = '<p>开头。</p><h2 id="fee">收费</h2><p>一。</p><h3 id="back">退费</h3><p>三。</p>'
    assert split_sections(html) == [
        HtmlSection("", (), "<p>开头。</p>"),
        HtmlSection("fee", ("收费",), '<h2 id="fee">收费</h2><p>一。</p>'),
        HtmlSection("back", ("退费",), '<h3 id="back">退费</h3><p>三。</p>'),
    ]


def test_a_heading_right_above_a_beginning_belongs_to_it() -> None:
    html = '<h2 id="what">处罚</h2><h3 id="article-5">第五条 种类</h3><p>略</p><p id="article-6">第六条</p>'
    assert [(section.anchor, section.headings) for section in split_sections(html)] == [
        ("article-5", ("处罚", "第五条 种类")),
        ("article-6", ()),
    ]


def test_items_and_rows_with_an_id_are_sections_in_their_list_or_table() -> None:
    html = (
        '<ol start="3"><li>先说一句</li><li id="article-1">第一条 甲</li><li>再说一句</li>'
        '<li id="article-2">第二条 乙</li></ol>'
        '<div class="table-frame"><table><thead><tr><th>条文</th></tr></thead>'
        '<tbody><tr id="article-7"><td>第七条</td></tr><tr id="article-8"><td>第八条</td></tr></tbody>'
        "</table></div>"
    )
    sections = split_sections(html)
    assert [section.anchor for section in sections] == [
        "",
        "article-1",
        "article-2",
        "article-7",
        "article-8",
    ]
    assert sections[0].html == '<ol start="3"><li>先说一句</li></ol>'
    assert sections[1].html == '<ol start="4"><li id="article-1">第一条 甲</li><li>再说一句</li></ol>'
    assert sections[2].html == '<ol start="6"><li id="article-2">第二条 乙</li></ol>'
    assert "条文" in sections[4].html
    assert "第七条" not in sections[4].html


def test_a_table_whose_cells_reach_into_other_rows_stays_whole() -> None:
    html = '<table><tr id="article-1"><td rowspan="2">甲</td></tr><tr id="article-2"><td>乙</td></tr></table>'
    assert split_sections(html) == [HtmlSection("article-1", (), html)]


def test_a_text_without_ids_is_one_section() -> None:
    assert split_sections("<p>甲</p><p>乙</p>") == [HtmlSection("", (), "<p>甲</p><p>乙</p>")]
    assert split_sections("") == []
