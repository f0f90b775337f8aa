"""The site in the shape in which it is shipped: nginx of deploy/nginx before both doors, each under its unit.

A test that takes `shipped` asks the doors as visitors and staff do, through nginx over TLS:

    def test_something(shipped: Shipped) -> None:
        assert shipped.visitor().get("/").status == 200              # the public site
        clerk = shipped.enter("甲")                                  # logged in at the desk
        clerk.unlock()
        assert clerk.post("/cases/1/open").status == 200             # with the token of its forms

`shipped.doors["desk"]` is a service that can be reloaded (HUP, as its unit says), killed and started again;
`shipped.instance` is its instance folder, `shipped.settings` its settings, `shipped.logs()` all its logs.
What a test changes for others it puts back: all tests of a worker have one and the same.

Run as root each service has a user of its own, a private machine (mounts) and the system calls that its unit
allows; what cannot be imitated stands in SECURITY.md. Where it cannot be started a test fails with words.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from openbureau.config import Settings
from openbureau.tips.sealing import signing
from support.databases import Tables
from support.desk_makers import SECRET
from support.nginx import HOST, NoServer, front
from support.shipped.office import ShippedOffice
from support.shipped.units import ROOT, Unit, accounts, owned_paths
from support.shipped.visitors import Browser, Clerk
from support.site import CONTENT
from support.waiting import PATIENCE_SECONDS
from support.waiting import wait_for as wait_until

LAUNCH = "from support.shipped.confinement import main; main()"
DOORS = ("public", "desk")


@dataclass
class Door:
    """A service of deploy/systemd, `openbureau-NAME.service`, on the socket of its socket unit."""

    name: str
    places: dict[str, str]
    env: dict[str, str]
    folder: Path
    process: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.unit = Unit.read(f"openbureau-{self.name}.service")
        listening = Unit.read(f"openbureau-{self.name}.socket")
        self.path = self.folder / "run" / Path(listening.value("ListenStream")).name
        # Bound by systemd, and by nobody anew when the service starts again: whoever asks meanwhile waits.
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(self.path))
        self.path.chmod(int(listening.value("SocketMode"), 8))
        if os.getuid() == 0:
            shutil.chown(self.path, listening.value("SocketUser"), listening.value("SocketGroup"))
        self.socket.listen(2048)

    @property
    def log(self) -> Path:
        """What the service has written to its output, which the journal keeps."""
        return self.folder / "log" / f"{self.name}.journal"

    def start(self) -> None:
        """Start the service, which answers some seconds later."""
        self.process = self._run("ExecStart", self.socket.fileno())

    def wait(self) -> None:
        """Return when the service answers. Raises NoServer, with what it said."""
        is_over = self.process.poll
        wait_until(lambda: is_over() is not None or self.answers(), f"{self.unit.name} does not answer")
        if is_over() is not None:
            raise NoServer(f"{self.unit.name}: {self.log.read_text(encoding='utf-8')[-2000:]}")

    def answers(self) -> bool:
        """Whether somebody who asks at the socket gets an answer soon."""
        with socket.socket(socket.AF_UNIX) as line, suppress(TimeoutError, ConnectionError):
            line.settimeout(2)
            line.connect(str(self.path))
            line.sendall(f"GET /readyz HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
            return b" 200 " in line.recv(100)
        return False

    def workers(self) -> set[int]:
        """Process ids of the workers."""
        main = self.process.pid
        return {int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()}

    def reload(self) -> None:
        """`systemctl reload`: check the configuration, start new workers, and return when the old ones are
        gone."""
        old = self.workers()
        check = self._run("ExecReload", None)
        assert check.wait(PATIENCE_SECONDS) == 0, self.log.read_text(encoding="utf-8")[-2000:]
        os.kill(self.process.pid, signal.SIGHUP)
        wait_until(lambda: self.workers() and not self.workers() & old, f"{self.name} keeps its old workers")

    def kill(self) -> None:
        """End all its processes at once, as a machine ends that loses its power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _run(self, command: str, descriptor: int | None) -> "subprocess.Popen[bytes]":
        said = json.dumps({"places": self.places, "env": self.env, "socket": descriptor})
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", LAUNCH, self.unit.name, command, said],
                env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[] if descriptor is None else [descriptor],
                start_new_session=True,
            )


@dataclass
class Shipped:
    """Both doors behind nginx, and whoever goes through them.

    `port` is nginx's for TLS on 127.0.0.1; the names of the doors are HOST and DESK of support.nginx.
    """

    folder: Path
    settings: Settings
    office: ShippedOffice
    doors: dict[str, Door]
    port: int = 0

    @property
    def instance(self) -> Path:
        """The instance folder of both doors, with the rights that deploy/systemd gives."""
        return self.settings.instance

    def visitor(self, address: str = "127.0.0.1") -> Browser:
        """Somebody at the public site who comes from this address of the machine (127.0.0.0/8)."""
        return Browser(self.port, address)

    def stranger(self, address: str = "127.0.0.1") -> Clerk:
        """Somebody at the desk's door, from an address, who is not logged in."""
        return Clerk(self.port, address)

    def enter(self, name: str, address: str = "127.0.0.1") -> Clerk:
        """A member of staff, by their name in `office.members`, who has just logged in; their earlier session
        is over."""
        clerk = Clerk(self.port, address, self.office.members[name])
        answer = clerk.log_in()
        assert answer.status == 303, answer.text
        return clerk

    def logs(self) -> dict[str, str]:
        """What stands in every log of nginx and of the doors, by file name."""
        files = sorted((self.folder / "log").iterdir())
        return {file.name: file.read_text(encoding="utf-8", errors="replace") for file in files}


@pytest.fixture(scope="session")
def shipped(published: Path, tables: Tables) -> Iterator[Shipped]:
    """The site as it is shipped, from now on until the end of the tests."""
    with running(published, tables) as site:
        yield site


@contextmanager
def running(published: Path, tables: Tables) -> Iterator[Shipped]:
    """The site as it is shipped, with a copy of these publications. Raises NoServer."""
    # Not below the tests' own folder, into which nobody else may look.
    folder = Path(tempfile.mkdtemp(prefix="openbureau-shipped-"))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        places = {
            f"/srv/openbureau/{name}": str(folder / name) for name in ("instance", "mirror", "backups")
        } | {
            "/srv/openbureau/app": str(ROOT),
            "/srv/openbureau/content": str(CONTENT),
            "/run/openbureau": str(folder / "run"),
        }
        for name in ("instance", "mirror", "backups", "run", "log", "tls", "cache"):
            (folder / name).mkdir()
        shutil.copytree(published, folder / "instance" / "publications", symlinks=True)
        settings = Settings(
            CONTENT,
            folder / "instance",
            f"sqlite:///{folder / 'instance' / 'tips.db'}",
            url=f"https://{HOST}",
            puzzle_bits=4,
            reserve_mb=0,
            reserve_percent=0,
        )
        tables.sqlite(folder / "instance" / "tips.db")
        (folder / "instance" / "secret.key").write_bytes(SECRET)
        (folder / "instance" / "signing.key").write_bytes(signing.create_key())
        office = ShippedOffice.open(settings)
        _give_away(places)
        env = {
            "OPENBUREAU_CONTENT": "/srv/openbureau/content",
            "OPENBUREAU_INSTANCE": "/srv/openbureau/instance",
            "OPENBUREAU_URL": settings.url,
            "OPENBUREAU_LOG": "json",
            "OPENBUREAU_METRICS": "/run/openbureau/metrics",
            "OPENBUREAU_PUZZLE_BITS": str(settings.puzzle_bits),
            "OPENBUREAU_RESERVE_MB": "0",
            "OPENBUREAU_RESERVE_PERCENT": "0",
            # For both doors, as an operator may write it: the desk is one process all the same.
            "WEB_CONCURRENCY": "2",
        }
        doors = {name: Door(name, places, env, folder) for name in DOORS}
        stack.callback(_stop, doors.values())
        for door in doors.values():
            door.start()
        for door in doors.values():
            door.wait()
        desk = f"unix:{doors['desk'].path}"
        user = {"user root;": "user www-data;"} if os.getuid() == 0 else {}
        port = stack.enter_context(
            front(folder, [f"unix:{doors['public'].path}"], folder / "mirror", desk=desk, changes=user)
        )
        yield Shipped(folder, settings, office, doors, port)


def _stop(doors: Collection[Door]) -> None:
    """End all services and close their sockets."""
    for door in doors:
        door.process.terminate()
    for door in doors:
        door.process.wait()
        door.socket.close()


def _give_away(places: dict[str, str]) -> None:
    """What systemd-tmpfiles does: make what is missing, and give each thing its owner and rights."""
    numbers = accounts()
    for kind, name, mode, user, group in owned_paths():
        parent = next(place for place in places if Path(name).is_relative_to(place))
        path = Path(places[parent], Path(name).relative_to(parent))
        if kind == "d":
            path.mkdir(exist_ok=True)
        if path.exists():
            if os.getuid() == 0:
                shutil.chown(path, numbers.get(user, user), numbers.get(group, group))
            path.chmod(mode)
