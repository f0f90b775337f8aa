"""What a node counts for Prometheus: real processes, as under a server."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from openbureau.cli import main
from openbureau.config import ROOT, Settings
from openbureau.database import schema
from openbureau.middleware import health

PYTHONPATH = {"PYTHONPATH": f"{ROOT / 'site'}:{ROOT}"}
WORKER = """
import sys
from wsgi import app
client = app.test_client()
for path in sys.argv[1:]:
    client.get(path)
    client.post(path, data={"story": "CANARY"}, headers={"User-Agent": "CANARY"})
"""
TELLER = """
import json, os, sys
from openbureau import config
from openbureau.app import create_metrics
from werkzeug.test import Client
for line in sys.stdin:
    os.environ |= json.loads(line)
    text = Client(create_metrics(config.load(os.environ))).get("/metrics").text
    print(json.dumps(text), flush=True)
"""


def environment(settings: Settings, folder: Path | str) -> dict[str, str]:
    return {
        "OPENBUREAU_CONTENT": str(settings.content),
        "OPENBUREAU_INSTANCE": str(settings.instance),
        "OPENBUREAU_METRICS": str(folder),
    }


def work(settings: Settings, folder: Path | str, *paths: str) -> None:
    """Ask for the paths in a worker's process."""
    subprocess.run(
        [sys.executable, "-c", WORKER, *paths],
        env=os.environ | PYTHONPATH | environment(settings, folder),
        cwd=ROOT,
        check=True,
    )


class Teller:
    """The process that tells what workers counted, of one node after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def tell(self, settings: Settings, folder: Path) -> str:
        """What /metrics says of a node."""
        print(json.dumps(environment(settings, folder)), file=self._process.stdin, flush=True)
        assert self._process.stdout
        return str(json.loads(self._process.stdout.readline()))


@pytest.fixture(scope="module")
def teller() -> Iterator[Teller]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", TELLER],
        env=os.environ | PYTHONPATH,
        cwd=ROOT,
        text=True,
        stdin=pipe,
        stdout=pipe,
    ) as process:
        assert process.stdin
        yield Teller(process)
        process.stdin.close()


def counted(text: str, room: str, status: str) -> float:
    found = re.search(
        rf'openbureau_requests_total{{door="public",room="{room}",status="{status}"}} (\S+)', text
    )
    return float(found[1]) if found else 0


def test_workers_count_together_by_room_and_status(
    settings: Settings, teller: Teller, tmp_path: Path
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    for _ in range(2):
        work(settings, folder, "/policies/", "/nothing-here/CANARY", "/healthz?CANARY")
    text = teller.tell(settings, folder)
    assert counted(text, "policies", "200") == 2
    assert counted(text, "policies", "405") == 2
    assert counted(text, "other", "404") == 4
    assert 'openbureau_request_seconds_count{door="public",room="policies"} 4.0' in text
    assert "openbureau_tips_ready 0.0" in text
    assert "openbureau_publications 1.0" in text
    assert "CANARY" not in text


def test_nothing_is_counted_where_a_minute_could_name_a_sender(
    settings: Settings, teller: Teller, tmp_path: Path
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    work(settings, folder, "/tip-off/", "/tip-off/status", "/senior/tip-off/")
    assert "openbureau_requests_total{" not in teller.tell(settings, folder)


def test_without_the_setting_nothing_is_counted(settings: Settings, tmp_path: Path) -> None:
    before = set(ROOT.glob("*.db"))
    work(settings, "", "/policies/")
    assert set(ROOT.glob("*.db")) == before
    assert not [path for path in tmp_path.rglob("*.db") if path.name.startswith(("counter", "histogram"))]


@pytest.mark.parametrize("figure", health.TIMED)
def test_an_operator_sees_when_a_timer_last_did_its_work(
    figure: str, settings: Settings, teller: Teller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> float:
        found = re.search(rf"^openbureau_{figure} (\S+)$", teller.tell(settings, tmp_path), re.MULTILINE)
        assert found, f"{figure} is not told"
        return float(found[1])

    monkeypatch.setenv("OPENBUREAU_INSTANCE", str(settings.instance))
    command = ["tips", health.TIMED[figure][0]]
    failed = CliRunner().invoke(main, command)
    assert failed.exit_code == 1, "there are no tables yet"
    assert told() == 0
    schema.upgrade(settings.database_url)
    began = time.time()
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert began - 1 <= told() <= time.time()
