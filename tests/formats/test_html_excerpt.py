"""A section taken out of a text stands whole, and alone."""

import pytest

from openbureau.formats.html_excerpt import excerpt

HTML = (
    '<p>开头。</p><h2 id="fee">收费</h2>'
    '<p>一 &amp; 二<br>三 <span class="links"><a href="#fee">#</a></span></p>'
    '<p class="links">另见</p><ul><li>甲<img alt="1 > 0" src="/a.png"></li></ul><p>末句。</p>'
    '<h3 id="back">退费</h3><p id="article-2">第二条 略<sup id="ref"><a href="#fn">1</a></sup></p><p>续。</p>'
    '<p id="article-3">第三条</p><ol><li id="article-4">第四条</li></ol>'
)


@pytest.mark.parametrize(
    ("anchor", "text"),
    [
        (
            "fee",
            '<p>一 &amp; 二<br>三 </p><ul><li>甲<img alt="1 > 0" src="/a.png"></li></ul><p>末句。</p>',
        ),
        ("article-2", '<p>第二条 略<sup><a href="#fn">1</a></sup></p><p>续。</p>'),
        ("back", ""),
        ("unknown", ""),
    ],
)
def test_it_goes_on_to_the_next_block_with_an_id(anchor: str, text: str) -> None:
    assert excerpt(HTML, anchor, without="links") == text


@pytest.mark.parametrize("anchor", ["article-3", "article-4", "ref"])
def test_what_does_not_end_with_a_block_is_not_taken(anchor: str) -> None:
    assert excerpt(HTML, anchor) == ""
