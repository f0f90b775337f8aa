"""What deploy/ promises, as far as it can be read; test_two_nodes.py beside it asks a real nginx."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from openbureau import renditions
from openbureau.app import MAX_FORM_BYTES
from openbureau.config import PREFIX, ROOT, SETTINGS
from openbureau.middleware import health
from openbureau.public.tips import uploads
from openbureau.staff import keyring, passwords
from openbureau.web import HEADERS

DEPLOY = ROOT / "deploy"
NGINX = (DEPLOY / "nginx" / "nginx.conf").read_text(encoding="utf-8")
TIPS = "location ~ ^/(?:senior/)?(?:hant/)?tip-off(?:/|$)"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def block(head: str) -> str:
    """The body of the one block of nginx.conf with this head."""
    (found,) = re.findall(rf"{re.escape(head)} \{{\n(.*?)\n        \}}\n", NGINX, re.DOTALL)
    return str(found)


def test_pages_from_the_mirror_carry_the_headers_of_the_house() -> None:
    lines = (DEPLOY / "nginx" / "headers.conf").read_text(encoding="utf-8").splitlines()[1:]
    told = {name: value for _, name, value, always in (shlex.split(line.rstrip(";")) for line in lines)}
    assert all(line.endswith(" always;") for line in lines)
    assert told.items() >= HEADERS.items(), "copy web.HEADERS into deploy/nginx/headers.conf"


def test_nginx_takes_a_body_as_large_as_the_door_does_and_keeps_it_in_memory() -> None:
    size = f"{MAX_FORM_BYTES // 1024}k"
    assert f"client_max_body_size {size};" in NGINX, "as many bytes as openbureau.app.MAX_FORM_BYTES"
    assert f"client_body_buffer_size {size};" in NGINX
    assert "client_body_temp_path /run/" in NGINX, "/run is a tmpfs; a disk remembers"


def test_files_that_come_with_a_tip_get_as_far_as_the_application() -> None:
    tips = block(TIPS)
    assert "client_max_body_size 32m;" in tips
    assert uploads.MAX_REQUEST_BYTES < 32 * 1024 * 1024 < uploads.MAX_READ_BYTES


def test_what_is_told_is_in_no_log() -> None:
    tips = block(TIPS)
    for line in ("access_log off;", "error_log /dev/null alert;"):
        assert line in tips
    for header in ("User-Agent", "Referer", "Accept-Language", "Cookie"):
        assert f'proxy_set_header {header} "";' in tips
    assert 'proxy_set_header X-Forwarded-For "";' in (DEPLOY / "nginx" / "proxy.conf").read_text(
        encoding="utf-8"
    )
    (line,) = re.findall(r"log_format .*?;", NGINX, re.DOTALL)
    assert set(re.findall(r"\$(\w+)", line)) == {
        "time_iso8601",
        "request_method",
        "uri",
        "status",
        "body_bytes_sent",
        "request_time",
        "upstream_status",
    }


def test_how_a_node_is_and_what_it_counts_is_not_handed_on() -> None:
    for private in ("/healthz", "/readyz"):
        assert NGINX.count(f"location = {private} {{\n            return 404;") == 2, "on both doors"
    assert "9100" not in NGINX


def test_a_door_closes_idle_connections_later_than_nginx() -> None:
    settings: dict[str, object] = {}
    exec((DEPLOY / "gunicorn.conf.py").read_text(encoding="utf-8"), settings)  # noqa: S102 -- as gunicorn does
    (idle,) = re.findall(r"keepalive 32;.*?keepalive_timeout (\d+)s;", NGINX, re.DOTALL)
    assert int(idle) < int(str(settings["keepalive"]))
    assert "reuse_port" not in settings
    assert "preload_app" not in settings


def test_the_desk_has_threads_left_when_all_turns_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["gunicorn", "wsgi:desk"])
    settings: dict[str, Any] = {}
    exec((DEPLOY / "gunicorn.conf.py").read_text(encoding="utf-8"), settings)  # noqa: S102 -- as gunicorn does
    taken = sum(turns.max_threads for turns in (passwords._turns, keyring._turns, renditions._turns))
    assert taken + 4 <= settings["threads"]
    assert settings["workers"] == 1


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_service_may_do_no_more_than_it_needs(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    for line in (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "LimitCORE=0",
        "MemorySwapMax=0",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
    ):
        assert f"\n{line}\n" in text, f"{unit.name}: {line}"
    assert re.search(r"^RestrictAddressFamilies=AF_UNIX", text, re.MULTILINE)
    assert re.search(r"^User=openbureau-(public|desk|publisher|backup)$", text, re.MULTILINE)


@pytest.mark.parametrize("unit", ["publish", "due", "learn"])
def test_the_publisher_reaches_nothing_that_was_told(unit: str) -> None:
    text = (DEPLOY / "systemd" / f"openbureau-{unit}.service").read_text(encoding="utf-8")
    assert "SupplementaryGroups" not in text
    assert re.search(r"^InaccessiblePaths=.*secret\.key.*tips\.db", text, re.MULTILINE)


def test_what_the_clock_publishes_is_published_as_editors_publish_it() -> None:
    by_editors, by_clock = (
        (DEPLOY / "systemd" / f"openbureau-{unit}.service").read_text(encoding="utf-8").splitlines()
        for unit in ("publish", "due")
    )
    only_here = [line for line in by_clock if line not in by_editors and not line.startswith(("#", "Desc"))]
    assert only_here == [
        "After=openbureau-publish.service",
        "ExecCondition=/srv/openbureau/app/.venv/bin/openbureau due",
    ]
    assert [line for line in by_editors if line not in by_clock and not line.startswith("Desc")] == []
    timer = (DEPLOY / "systemd" / "openbureau-due.timer").read_text(encoding="utf-8")
    assert "\nOnCalendar=*-*-* *:*:00\nAccuracySec=1s\n" in timer


def test_every_timed_command_of_the_log_has_its_timer() -> None:
    timers = [path.read_text(encoding="utf-8") for path in (DEPLOY / "systemd").glob("*.timer")]
    started = {name for text in timers for name in re.findall(r"Unit=openbureau-log@(.+)\.service", text)}
    assert started == {command for command, _ in health.TIMED.values()}


def test_deploy_names_only_settings_that_there_are() -> None:
    known = {PREFIX + setting.name for setting in SETTINGS}
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix in ("", ".md", ".sh", ".service", ".conf"):
            named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
            assert named <= known, f"{path.name} names {named - known}"


def test_the_metrics_that_the_manual_names_are_told() -> None:
    manual = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    source = (ROOT / "site" / "openbureau" / "middleware" / "health.py").read_text(encoding="utf-8")
    for name in re.findall(r"`openbureau_(\w+)`", manual):
        assert f'"{name}"' in source, f"health.figures has no {name}"
