"""What a node counts for Prometheus: real processes, as under a server."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from openbureau.cli import main
from openbureau.config import ROOT, Settings
from openbureau.database import schema
from openbureau.middleware import health

WORKER = """
import sys
from wsgi import app
client = app.test_client()
for path in sys.argv[1:]:
    client.get(path)
    client.post(path, data={"story": "CANARY"}, headers={"User-Agent": "CANARY"})
"""
TELLER = """
from wsgi import metrics
from werkzeug.test import Client
print(Client(metrics).get("/metrics").text)
"""


def run(code: str, settings: Settings, folder: Path | str, *arguments: str) -> str:
    env = os.environ | {
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
        "OPENBUREAU_CONTENT": str(settings.content),
        "OPENBUREAU_INSTANCE": str(settings.instance),
        "OPENBUREAU_METRICS": str(folder),
    }
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def counted(text: str, room: str, status: str) -> float:
    found = re.search(
        rf'openbureau_requests_total{{door="public",room="{room}",status="{status}"}} (\S+)', text
    )
    return float(found[1]) if found else 0


def test_workers_count_together_by_room_and_status(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    for _ in range(2):
        run(WORKER, settings, folder, "/policies/", "/nothing-here/CANARY", "/healthz?CANARY")
    text = run(TELLER, settings, folder)
    assert counted(text, "policies", "200") == 2
    assert counted(text, "policies", "405") == 2
    assert counted(text, "other", "404") == 4
    assert 'openbureau_request_seconds_count{door="public",room="policies"} 4.0' in text
    assert "openbureau_tips_ready 0.0" in text
    assert "openbureau_publications 1.0" in text
    assert "CANARY" not in text


def test_nothing_is_counted_where_a_minute_could_name_a_sender(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    run(WORKER, settings, folder, "/tip-off/", "/tip-off/status", "/senior/tip-off/")
    assert "openbureau_requests_total{" not in run(TELLER, settings, folder)


def test_without_the_setting_nothing_is_counted(settings: Settings, tmp_path: Path) -> None:
    before = set(ROOT.glob("*.db"))
    run(WORKER, settings, "", "/policies/")
    assert set(ROOT.glob("*.db")) == before
    assert not [path for path in tmp_path.rglob("*.db") if path.name.startswith(("counter", "histogram"))]


@pytest.mark.parametrize("figure", health.TIMED)
def test_an_operator_sees_when_a_timer_last_did_its_work(
    figure: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> float:
        found = re.search(rf"^openbureau_{figure} (\S+)$", run(TELLER, settings, tmp_path), re.MULTILINE)
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
