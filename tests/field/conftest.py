"""The cases from the field: their folders, and a line for each at the end: right, told or wrong."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

CASES = Path(__file__).with_name("cases")
PROPERTY, TOLD = "field case", "field told"


@pytest.fixture
def case(record_property: Callable[[str, object], None]) -> Callable[[str], Path]:
    """The folder of a case by its name; the outcome of the test is an outcome of the case."""

    def folder(name: str) -> Path:
        record_property(PROPERTY, name)
        assert (CASES / name).is_dir(), f"no case is named {name}"
        return CASES / name

    return folder


@pytest.fixture
def listed(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Names the list on paper, a file of `lists/`, whose outcome is that of the test."""
    return lambda name: record_property(PROPERTY, name)


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Callable[[], None]:
    """Says that the right outcome of the case is a problem told in words."""
    return lambda: record_property(TOLD, True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    outcomes: dict[str, set[str]] = defaultdict(set)
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        # From another process pairs come back as lists.
        properties = [tuple(pair) for pair in report.user_properties]
        outcome = "wrong" if report.failed else "told" if (TOLD, True) in properties else "right"
        for key, name in properties:
            if key == PROPERTY:
                outcomes[str(name)].add(outcome)
    # Of several tests of a case the worst outcome counts.
    by_case = {
        name: next(word for word in ("wrong", "told", "right") if word in words)
        for name, words in outcomes.items()
    }
    if by_case:
        terminalreporter.section("cases from the field")
        for name, outcome in sorted(by_case.items()):
            terminalreporter.write_line(f"{outcome:6} {name}")
        counts = [list(by_case.values()).count(outcome) for outcome in ("right", "told", "wrong")]
        terminalreporter.write_line("right {}, told {}, wrong {}".format(*counts))
