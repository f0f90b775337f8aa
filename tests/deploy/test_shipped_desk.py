"""The desk as it is shipped: one process behind nginx, where a lock locks and a stranger locks nobody out."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import socket
from textwrap import dedent

import pytest

from openbureau.config import ROOT, Settings
from openbureau.staff.attempts import FREE_FAILURES, MAX_TRIES_PER_HOUR
from support.databases import Tables
from support.nginx import free_port, plug
from support.nginx import wait_for as wait_for_answer
from support.shipped import Shipped
from support.shipped.visitors import Clerk
from support.waiting import PATIENCE_SECONDS, wait_for

CONF = ("-c", "deploy/gunicorn.conf.py")
OFFICE, HOME = "127.7.0.1", "127.7.0.2"
"""Two networks."""


def opener(shipped: Shipped, name: str) -> tuple[Clerk, str]:
    """A handler who has taken a case on and unlocked the key, and the address that opens the case."""
    clerk = shipped.enter(name, HOME)
    number = shipped.office.tip_now()
    assert clerk.post(f"/cases/{number}/claim").status == 303
    clerk.unlock()
    return clerk, f"/cases/{number}/open"


def statuses(clerk: Clerk, address: str, times: int) -> set[int]:
    return {clerk.post(address).status for _ in range(times)}


def test_after_one_unlocking_every_request_opens_and_after_one_lock_none(shipped: Shipped) -> None:
    clerk, address = opener(shipped, "甲")
    assert statuses(clerk, address, 20) == {200}
    unlocked = clerk.cookie
    assert clerk.post("/lock").status == 303
    assert statuses(clerk, address, 12) == {423}
    clerk.cookie = unlocked
    assert statuses(clerk, address, 12) == {303}, "the token with which it was unlocked is nobody's"
    assert len(shipped.doors["desk"].workers()) == 1, "whatever WEB_CONCURRENCY says"


def test_a_reload_leaves_no_key_open_and_says_that_it_has_to_be_unlocked_again(shipped: Shipped) -> None:
    clerk, address = opener(shipped, "乙")
    shipped.doors["desk"].reload()
    refused = clerk.post(address, {"purpose": "查证", "text": "一句写了很久的话"})
    assert (refused.status, "重新启动" in refused.text) == (423, True)
    assert "一句写了很久的话" in refused.text, "what was typed is still there"
    asked = clerk.get("/unlock")
    assert "工作台服务已经重新启动" in asked.text
    clerk.unlock()
    assert statuses(clerk, address, 8) == {200}
    assert "工作台服务已经重新启动" not in clerk.get("/unlock").text
    assert clerk.post("/lock").status == 303
    shipped.doors["desk"].reload()
    assert statuses(clerk, address, 8) == {423}
    assert len(shipped.doors["desk"].workers()) == 1


def test_wrong_logins_from_one_network_keep_nobody_out_who_comes_from_another(shipped: Shipped) -> None:
    name = "editor-清远市教育局"
    stranger = shipped.stranger(OFFICE)
    guess = {"name": name, "password": "nothing like the right one", "code": "123456"}
    answers = [stranger.ask_form("/login", guess).status for _ in range(FREE_FAILURES + 3)]
    assert answers == [422] * FREE_FAILURES + [429] * 3
    owner = shipped.enter(name, HOME)
    assert owner.get("/").status == 200
    colleague = Clerk(shipped.port, OFFICE, shipped.office.members[name])
    assert colleague.log_in().status == 429, "the network of the guesses waits"
    colleague.known_cookie = owner.known_cookie
    assert colleague.log_in().status == 303, "but not a computer on which the owner has logged in before"


def test_sixteen_networks_that_guess_are_looked_at_forty_times_at_most_and_keep_nobody_out(
    shipped: Shipped,
) -> None:
    name = "auditor-清远市教育局"
    guess = {"name": name, "password": "nothing like the right one", "code": "123456"}
    strangers = [shipped.stranger(f"127.8.0.{number}") for number in range(1, 17)]
    answers = [stranger.ask_form("/login", guess).status for _ in range(12) for stranger in strangers]
    assert set(answers) == {422, 429}
    assert answers.count(422) <= MAX_TRIES_PER_HOUR
    assert shipped.enter(name, "127.8.0.17").get("/").status == 200, "at once, from a seventeenth network"


def test_a_made_up_name_locks_nobodys_key(shipped: Shipped) -> None:
    stranger = shipped.stranger("127.7.0.3")
    for name in ("key 连州", "unlock 连州", "连州\n", "key\n连州"):
        for _ in range(4 * FREE_FAILURES):
            stranger.ask_form("/login", {"name": name, "password": "x" * 14, "code": "123456"})
    clerk = shipped.enter("连州", HOME)
    clerk.unlock()


# Never two


@pytest.fixture
def room(settings: Settings) -> Mapping[str, str]:
    """The environment of a desk of one's own."""
    return os.environ | {
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
        "OPENBUREAU_CONTENT": str(settings.content),
        "OPENBUREAU_INSTANCE": str(settings.instance),
        "WEB_CONCURRENCY": "2",
    }


def desk_server(
    room: Mapping[str, str], port: int, *options: str, app: str = "wsgi:desk"
) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{port}", app]
    return subprocess.Popen(
        command, cwd=ROOT, env=room, text=True, stderr=subprocess.PIPE, start_new_session=True
    )


@contextmanager
def serving(
    room: Mapping[str, str], *options: str, app: str = "wsgi:desk"
) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A desk that serves, and its port."""
    port = free_port()
    server = desk_server(room, port, *options, app=app)
    try:
        wait_for_answer(f"127.0.0.1:{port}", "/readyz", server)  # type: ignore[arg-type]
        yield server, port
    finally:
        server.terminate()
        server.communicate()


def workers(server: "subprocess.Popen[str]") -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]


def refusal(server: "subprocess.Popen[str]") -> str:
    """What a server said that ended by itself, and not well."""
    _, words = server.communicate(timeout=PATIENCE_SECONDS)
    assert server.returncode not in (0, None)
    return words


def test_a_desk_is_one_process_whatever_the_environment_says_and_a_reload_keeps_it_one(
    room: Mapping[str, str],
) -> None:
    with serving(room, *CONF) as (server, port):
        (first,) = workers(server)
        server.send_signal(signal.SIGTTIN)
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: len(workers(server)) == 1 and workers(server) != [first], "no new worker alone")
        with plug(f"127.0.0.1:{port}") as line:
            line.sendall(b"GET /login HTTP/1.0\r\n\r\n")
            assert b" 200 " in line.recv(100)


@pytest.mark.parametrize("options", [(*CONF, "--workers", "2"), ("--workers", "2")], ids=["shipped", "bare"])
def test_whoever_forces_two_workers_on_the_desk_is_refused_in_words(
    room: Mapping[str, str], options: tuple[str, ...]
) -> None:
    words = refusal(desk_server(room, free_port(), *options))
    assert "one worker" in words


@pytest.mark.parametrize("options", [CONF, ("--workers", "1")], ids=["shipped", "bare"])
def test_a_second_server_of_one_instance_folder_is_refused_in_words_and_the_first_serves_on(
    room: Mapping[str, str], options: tuple[str, ...]
) -> None:
    with serving(room, *CONF) as (server, _):
        before = workers(server)
        assert "is served already" in refusal(desk_server(room, free_port(), *options))
        assert workers(server) == before
        check = [sys.executable, "-m", "gunicorn", "--check-config", *CONF, "wsgi:desk"]
        assert subprocess.run(check, cwd=ROOT, env=room, check=False).returncode == 0, "as ExecReload asks"
    with serving(room, *CONF):
        pass


def test_a_desk_that_is_loaded_before_its_workers_answers_nobody(room: Mapping[str, str]) -> None:
    with (
        serving(room, "--workers", "2", "--preload") as (_, port),
        plug(f"127.0.0.1:{port}") as line,
    ):
        line.sendall(b"GET /login HTTP/1.0\r\n\r\n")
        answer = line.makefile("rb").read()
        assert b" 503 " in answer[:20]
        assert b"one process" in answer


def test_a_worker_imports_what_lies_there_when_it_starts(tmp_path: Path, room: Mapping[str, str]) -> None:
    # A new release may add a setting: what the server itself imported must not be what its workers get.
    (tmp_path / "asking.py").write_text(
        dedent("""\
        import sys
        import openbureau.config
        server = sys.modules.get("openbureau.middleware.process_lock")
        def app(environ, start_response):
            start_response("200 OK", [])
            return [b"inherited" if server else b"fresh"]
        """),
        encoding="utf-8",
    )
    own = {**room, "PYTHONPATH": f"{room['PYTHONPATH']}:{tmp_path}", "WEB_CONCURRENCY": "1"}
    with serving(own, *CONF, app="asking:app") as (_, port), plug(f"127.0.0.1:{port}") as line:
        line.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert line.makefile("rb").read().endswith(b"fresh")


# Guesses take no thread that others need


HELD = """\
import os, time
from pathlib import Path
from openbureau import config
from openbureau.app import create_locked_desk
from openbureau.staff import passwords

folder = Path(os.environ["HELD"])

class Held:
    def hash(self, password):
        with open(folder / "started", "a") as file:
            file.write("x")
        while not (folder / "released").exists():
            time.sleep(0.01)
        return ""

passwords._hasher = Held()
settings = {name: value for name, value in os.environ.items() if name.startswith("OPENBUREAU_")}
desk = create_locked_desk(config.load(settings))
"""
"""A desk whose hashes take until a file is there."""

GUESSERS, AT_ONCE = 16, 2
"""Connections of somebody who guesses, and hashes side by side."""


def test_while_all_turns_are_taken_others_read_and_whoever_guesses_is_told_to_come_back(
    tmp_path: Path, room: Mapping[str, str], tables: Tables, settings: Settings
) -> None:
    tables.sqlite(settings.instance / "tips.db")
    (tmp_path / "held.py").write_text(HELD, encoding="utf-8")
    started, released = tmp_path / "started", tmp_path / "released"
    own = {**room, "PYTHONPATH": f"{room['PYTHONPATH']}:{tmp_path}", "HELD": str(tmp_path)}
    with ExitStack() as stack:
        _, port = stack.enter_context(serving(own, *CONF, "--workers", "1", app="held:desk"))
        # However this ends: a desk that is told to go waits for whoever is in it.
        stack.callback(released.touch)
        lines = [stack.enter_context(plug(f"127.0.0.1:{port}")) for _ in range(GUESSERS)]
        for number, line in enumerate(lines):
            body = f"name=nobody-{number}&password=xxxxxxxxxxxxxx&code=123456".encode()
            line.sendall(
                b"POST /login HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
        wait_for(lambda: started.exists() and len(started.read_text()) == AT_ONCE, "no hash was begun")
        with plug(f"127.0.0.1:{port}") as reader:
            reader.sendall(b"GET /login HTTP/1.0\r\n\r\n")
            assert b" 200 " in reader.recv(100), "a page is answered while every turn is taken"
        answered = wait_for(lambda: _answered(lines), "whoever gets no turn waits for ever")
        refused = [line.makefile("rb").read().decode() for line in answered]
        released.touch()
        for answer in refused:
            assert " 503 " in answer[:20]
            assert "Retry-After: 5" in answer
            assert "没有核对" in answer
            assert 'value="nobody-' in answer, "the name stays typed"
        rest = [line.makefile("rb").read() for line in lines if line not in answered]
        assert sum(b" 422 " in answer[:20] for answer in rest) >= AT_ONCE
    assert len(started.read_text()) <= AT_ONCE + 1


def _answered(lines: list[socket]) -> list[socket]:
    """The lines on which an answer has come, once all have one but those that wait or have a turn."""
    readable, _, _ = select.select(lines, [], [], 0)
    return readable if len(readable) >= GUESSERS - AT_ONCE - 1 else []
