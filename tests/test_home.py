"""The front page and what the site says of itself."""

from flask.testing import FlaskClient


def test_the_front_page_shows_grave_notices_interpretations_and_announcements(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "当心培训贷" in page
    assert "预收费新规解读" in page
    assert "征集教育领域涉企乱罚款问题线索" in page


def test_the_front_page_leads_to_the_whitelist_search(client: FlaskClient) -> None:
    assert 'action="/whitelist/"' in client.get("/").text


def test_every_page_says_that_the_data_are_for_demonstration(client: FlaskClient) -> None:
    for address in ("/", "/policies/", "/whitelist/", "/tip-off/status", "/about/", "/nothing-here"):
        assert "演示数据" in client.get(address).text, address
