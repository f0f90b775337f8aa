"""The lines that the program writes about itself."""

import json
import logging
from collections.abc import Iterator

import pytest

from openbureau import logs

LINE = logging.LogRecord("openbureau", logging.ERROR, "x.py", 1, "%s at %s", ("Fault", "home.index"), None)


@pytest.fixture
def loggers() -> Iterator[None]:
    """The root logger as it was, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def faulty() -> logging.LogRecord:
    try:
        raise ValueError("the words of a visitor")
    except ValueError as error:
        fault = (type(error), error, error.__traceback__)
    return logging.LogRecord("openbureau", logging.ERROR, "x.py", 1, "ValueError at tip", (), fault)


def test_json_is_one_object_a_line() -> None:
    told = json.loads(logs.LineFormatter().format(LINE))
    assert told["message"] == "Fault at home.index"
    assert (told["level"], told["logger"]) == ("error", "openbureau")
    assert told["time"].endswith("+00:00")
    assert "\n" not in logs.LineFormatter().format(faulty())


def test_json_tells_where_a_fault_was_and_not_its_words() -> None:
    line = logs.LineFormatter().format(faulty())
    kind, place = json.loads(line)["fault"]
    assert kind == "ValueError"
    assert place.startswith("test_logs.py:")
    assert place.endswith(" faulty")
    assert "visitor" not in line


@pytest.mark.parametrize(
    "address",
    ["127.0.7.7", "2001:db8::1", "::1", "fe80::1:2", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8", "fe80::"],
)
@pytest.mark.parametrize("form", [logs.PlainFormatter(), logs.LineFormatter()])
def test_no_line_has_an_address_of_the_network(address: str, form: logging.Formatter) -> None:
    said = f"Invalid request from ip={address}: at 18:02:42, in web.py:33. Came from {address}."
    line = form.format(logging.LogRecord("gunicorn.error", logging.WARNING, "x.py", 1, said, (), None))
    assert address not in line
    assert "ip=[address]: at 18:02:42, in web.py:33. Came from [address]." in line


def test_a_port_stays_and_what_is_no_address_does() -> None:
    assert logs.blot("127.0.0.1:8000 [::1]:80") == "[address]:8000 [[address]]:80"
    for plain in (
        "a.py:33",
        "release 1.2.3",
        "18:02:42.123",
        "ratio 3.5:1",
        "sqlite://x::y",
        "完：1.2.3.4.5",
    ):
        assert logs.blot(plain) == plain


@pytest.mark.usefixtures("loggers")
def test_the_setting_decides_for_every_logger(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("json")
    logging.getLogger("openbureau.publishing.publication").error("publication %s is not served", "abc")
    assert json.loads(capsys.readouterr().err)["message"] == "publication abc is not served"
    logs.start("text")
    logging.getLogger("openbureau.publishing.publication").error("publication %s is not served", "abc")
    assert "ERROR openbureau.publishing.publication: publication abc is not served" in capsys.readouterr().err


@pytest.mark.usefixtures("loggers")
def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(logs.BadForm, match=r"text or json, not 'xml'"):
        logs.start("xml")
