"""How the doors are served behind nginx: `gunicorn -c deploy/gunicorn.conf.py wsgi:app`.

Workers are as many as WEB_CONCURRENCY says; of the desk there is one, whatever it says, for unlocked keys
and counted guesses lie in its memory. HUP starts new ones with the code that lies there then; nothing is
preloaded, so that a new release needs no more than that. gunicorn by itself dismisses the old ones at once,
and nobody answers while the new ones still import: here each is dismissed by a new one that is ready.
"""

import os
import signal
import sys
from contextlib import suppress
from typing import Any

from gunicorn.arbiter import Arbiter
from werkzeug.test import Client

from openbureau.config import load
from openbureau.logs import start
from openbureau.middleware.process_lock import AlreadyServed, take_lock

is_desk = any(argument.startswith("wsgi:desk") for argument in sys.argv)
if is_desk:
    workers = 1
worker_class = "gthread"
# At the desk hashes, keys and previews take eleven at most, in a turn or waiting for one (turns.py).
threads = 16 if is_desk else 8
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- the beat of a worker must not wait for a disk
# No reuse_port: with it the kernel hands connections to workers that are just leaving.
graceful_timeout = 30
# Longer than nginx keeps an idle connection: the one who asks closes it.
keepalive = 75
# Below "error" gunicorn logs addresses of visitors whose request was malformed.
loglevel = "error"
# Two doors on one machine would collide on it.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Give the lines of the server itself the form that the setting names; see that it is the only one that
    serves the desk, which it then is for all its workers, one after the other."""
    settings = load(os.environ)
    start(settings.log)
    if not is_desk:
        return
    if server.cfg.workers > 1:
        sys.exit("the desk is served by one worker: leave --workers away")
    try:
        take_lock(settings.desk_lock, for_workers=True)
    except AlreadyServed as error:
        sys.exit(str(error))


def when_ready(server: Any) -> None:
    """Let TTOU dismiss as many old workers as new ones have said that they are ready.

    At once, in the handler of the signal: while gunicorn reloads it waits up to graceful_timeout for the old
    workers to go, and looks at no signal meanwhile. A byte for each, as two equal signals may become one.
    """
    ready, Arbiter.tell_ready = os.pipe()
    os.set_blocking(ready, False)

    def dismiss(_signal: int, _frame: object) -> None:
        with suppress(BlockingIOError):
            said = len(os.read(ready, 1024))
            server.num_workers = max(server.num_workers - said, server.cfg.workers)
        oldest_first = sorted(server.WORKERS, key=lambda pid: server.WORKERS[pid].age)
        for pid in oldest_first[: max(len(oldest_first) - server.num_workers, 0)]:
            server.kill_worker(pid, signal.SIGTERM)

    signal.signal(signal.SIGTTOU, dismiss)
    if is_desk:
        # Nobody adds a worker by a signal.
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)


def on_reload(server: Any) -> None:
    """Keep the workers that there are beside those that are about to start."""
    server.num_workers += server.cfg.workers


def post_fork(_server: Any, _worker: Any) -> None:
    """Let a worker import what lies there now: the modules that are needed above came with the server."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "openbureau"]:
        del sys.modules[name]


def post_worker_init(worker: Any) -> None:
    """Open the publication, and only then take the place of an older worker, if there is one too many."""
    Client(worker.wsgi).get("/readyz")
    os.write(Arbiter.tell_ready, b".")
    os.kill(worker.ppid, signal.SIGTTOU)
