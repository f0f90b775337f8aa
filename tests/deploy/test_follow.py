"""What somebody follows, behind the shipped nginx: it reaches the door, and stands in no log."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path

from support.nginx import HOST, NamedConnection, answering, free_port, front
from support.waiting import PATIENCE_SECONDS

CHOSEN = "52441802MJ0EJJNK81"
ADDRESSES = ["/follow/", "/hant/follow/", "/senior/hant/follow/", "/follow", "/follow/changes.atom"]
TALKATIVE = {'"path":"$uri"': '"path":"$request $http_referer $args"'}
"""A log as most operators would have it."""


def echo(request: BaseHTTPRequestHandler) -> str:
    """What a door was asked, and from where."""
    return f"{request.path} from {request.headers.get('Referer', '')}"


def ask(port: int, address: str) -> str:
    connection = NamedConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    referer = f"https://{HOST}/follow/?i={CHOSEN}"
    connection.request("GET", address, headers={"Host": HOST, "Referer": referer})
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def logged(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.log"))


def test_what_is_followed_reaches_the_door_and_no_log(tmp_path: Path) -> None:
    with answering(echo) as door, front(tmp_path, [door], tmp_path, changes=TALKATIVE) as port:
        for address in ADDRESSES:
            assert ask(port, f"{address}?i={CHOSEN}") == f"{address}?i={CHOSEN} from "
        connection = NamedConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/notices/?seen=control", headers={"Host": HOST})
        connection.getresponse().read()
        connection.close()
    assert "control" in logged(tmp_path), "the log would have shown it"
    assert CHOSEN not in logged(tmp_path)


def test_neither_is_it_logged_when_no_door_answers(tmp_path: Path) -> None:
    away = tmp_path / "mirror" / "site" / "follow" / "index.html"
    away.parent.mkdir(parents=True)
    away.write_text("到网站办理", encoding="utf-8")
    nobody = f"127.0.0.1:{free_port()}"
    with front(tmp_path, [nobody], tmp_path / "mirror", changes=TALKATIVE) as port:
        assert ask(port, f"/follow/?i={CHOSEN}") == "到网站办理"
        assert "暂时不能使用" in ask(port, f"/hant/follow/?i={CHOSEN}")
    assert CHOSEN not in logged(tmp_path)
