"""Run as a program: puts itself under the restrictions of a unit of deploy/systemd, and becomes its service.

Usage: python -c 'from support.shipped.confinement import main; main()' UNIT COMMAND JSON

JSON: `places` (paths of the shipped machine and what of this machine lies there), `env` (what the environment
file says), `socket` (a descriptor that is already bound, or null). COMMAND: ExecStart or ExecReload. Whatever
cannot be done ends the program with words: a test must never pass because a restriction was left out.

As root a service gets a user of its own; anybody else keeps theirs, in a user namespace.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from support.shipped.units import Unit, accounts

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x4000000, 0x10000000, 0x40000000
NAMESPACES = (CLONE_NEWNS, 0x2000000, CLONE_NEWUTS, 0x8000000, CLONE_NEWUSER, 0x20000000, CLONE_NEWNET, 0x80)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
MAX_FAMILY = 64
"""Above every address family of a kernel."""

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NE, EQUAL, GREATER, MASKED = 1, 4, 6, 7

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
HIDDEN_HOMES = ("/home", "/root", "/run/user")

_libc = ctypes.CDLL(None, use_errno=True)
_seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
_seccomp.seccomp_init.restype = ctypes.c_void_p


class Comparison(ctypes.Structure):
    """A comparison of an argument of a system call (struct scmp_arg_cmp)."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class Attributes(ctypes.Structure):
    """Attributes of a mount (struct mount_attr)."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "namespace"))


def done(result: int, what: str) -> None:
    """Raise OSError with words for a call that failed."""
    if result < 0:
        number = ctypes.get_errno() or -result
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount something (mount(2))."""
    words = (source.encode(), target.encode(), kind.encode() or None)
    done(_libc.mount(*words, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def set_writable(target: str, writable: bool, *, below: bool = False) -> None:
    """Make a mount writable or not, perhaps with all mounts below it (mount_setattr(2), Linux 5.12)."""
    wish = Attributes(clear=MS_RDONLY) if writable else Attributes(set=MS_RDONLY)
    flags = AT_RECURSIVE if below else 0
    call = (MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, ctypes.byref(wish), ctypes.sizeof(wish))
    done(_libc.syscall(*call), f"mount_setattr {target}")


def main() -> None:
    """Become the service, or say why not."""
    unit, command, said = Unit.read(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    # Read while the files of this machine can be.
    numbers, calls = accounts(), unit.may_call()
    try:
        _enter_namespaces(unit)
        _lay_out(unit, said["places"])
        _become(unit, numbers)
        line = unit.values[command][0].split()
        env = _environment(unit, said["env"], said["socket"])
        _filter_system_calls(unit, calls)
    except OSError as error:
        who = "root" if os.geteuid() == 0 else "a user"
        sys.exit(f"{unit.name} cannot be imitated here by {who}: {error}")
    # The first line of a script names the place where it was installed, which is another one on this machine.
    program = "/srv/openbureau/app/.venv/bin/python"
    os.execve(program, [program, *line], env)  # noqa: S606 -- that is what it is for


def _enter_namespaces(unit: Unit) -> None:
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNS | (CLONE_NEWUTS if unit.says("ProtectHostname") else 0)
    flags |= CLONE_NEWNET if unit.says("PrivateNetwork") else 0
    done(_libc.unshare(flags if user == 0 else flags | CLONE_NEWUSER), "a mount namespace")
    if user:
        maps = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
        for name, line in maps.items():
            Path("/proc/self", name).write_text(line, encoding="ascii")
    try:
        mount("none", "/", flags=MS_REC | MS_PRIVATE)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # In a chroot / is no mount, and what is mounted there would show outside: a copy of it is one.
        mount("none", "/proc", flags=MS_PRIVATE)
        mount("/", "/proc", flags=MS_BIND | MS_REC)
        os.chroot("/proc")
        os.chdir("/")
        mount("none", "/", flags=MS_REC | MS_PRIVATE)


def _lay_out(unit: Unit, places: Mapping[str, str]) -> None:
    """The machine as the service sees it."""
    # Opened before anything is hidden; what a descriptor stands for is still found then.
    sources = {target: os.open(source, os.O_PATH) for target, source in places.items()}
    devices = {name: os.open(f"/dev/{name}", os.O_PATH) for name in (*DEVICES, "shm")}
    homes = [home for home in HIDDEN_HOMES if unit.says("ProtectHome") and Path(home).is_dir()]
    prefix = Path(sys.base_prefix)
    kept = os.open(prefix, os.O_PATH) if any(prefix.is_relative_to(home) for home in homes) else None
    for folder in ("/srv", "/run"):
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    for target, source in sources.items():
        _bind(source, target)
    for home in homes:
        if Path(home).is_dir():
            mount("tmpfs", home, "tmpfs", MS_NOSUID | MS_NODEV, "mode=711")
    if kept is not None:
        _bind(kept, str(prefix))
    if unit.says("PrivateTmp"):
        for folder in ("/tmp", "/var/tmp"):  # noqa: S108 -- a fresh one
            mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    if unit.says("PrivateDevices"):
        mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")
        for name, source in devices.items():
            _bind(source, f"/dev/{name}")
    if os.getuid() == 0:
        options = [f"hidepid={unit.value('ProtectProc', 'off')}"]
        options += ["subset=pid"] if unit.value("ProcSubset") == "pid" else []
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, ",".join(options))
    writable = _paths(unit, "ReadWritePaths")
    for path in (*writable, *_paths(unit, "ReadOnlyPaths")):
        mount(path, path, flags=MS_BIND | MS_REC)
    for path in _paths(unit, "InaccessiblePaths"):
        _hide(path)
    if unit.value("ProtectSystem") == "strict":
        set_writable("/", False, below=True)
        own = ["/proc", *(["/dev", "/dev/shm"] if unit.says("PrivateDevices") else [])]  # noqa: S108
        own += ["/tmp", "/var/tmp"] if unit.says("PrivateTmp") else []  # noqa: S108
        for path in (*own, *writable):
            set_writable(path, True)
    os.chdir(unit.value("WorkingDirectory", "/"))


def _paths(unit: Unit, setting: str) -> list[str]:
    """Paths of a setting; one with a minus may be missing, any other may not."""
    words = unit.words(setting)
    missing = [word for word in words if not word.startswith("-") and not Path(word).exists()]
    if missing:
        raise OSError(errno.ENOENT, f"{setting} names {missing}, which the fixture does not lay out")
    return [path for path in (word.lstrip("-") for word in words) if Path(path).exists()]


def _bind(source: int, target: str) -> None:
    """Let a thing be found at another place, too."""
    place = Path(target)
    if stat.S_ISDIR(os.fstat(source).st_mode):
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
    else:
        place.touch()
    mount(f"/proc/self/fd/{source}", target, flags=MS_BIND | MS_REC)
    os.close(source)


def _hide(path: str) -> None:
    """Put something in a place that nobody may open."""
    if Path(path).is_dir():
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=000")
    else:
        blank = Path("/run/.inaccessible")
        blank.touch(mode=0o000)
        mount(str(blank), path, flags=MS_BIND)


def _become(unit: Unit, numbers: Mapping[str, int]) -> None:
    """Take the user, the groups, the limits and the mask of the unit, and give up every capability."""
    is_root = os.getuid() == 0
    # Without a value of its own the set of capabilities is left as it is.
    if "CapabilityBoundingSet" in unit.values:
        capability = 0
        while _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
            capability += 1
    if is_root:
        os.setgroups([numbers[name] for name in unit.words("SupplementaryGroups")])
        os.setresgid(*[numbers[unit.value("Group")]] * 3)
        os.setresuid(*[numbers[unit.value("User")]] * 3)
        # Counted by user: the numbers are those of this service alone.
        _limit(resource.RLIMIT_NPROC, unit.value("TasksMax"))
    _limit(resource.RLIMIT_CORE, unit.value("LimitCORE"))
    os.umask(int(unit.value("UMask", "0022"), 8))
    if unit.says("NoNewPrivileges"):
        done(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "NoNewPrivileges")
    done(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "an end with the tests")


def _limit(what: int, value: str) -> None:
    if value:
        resource.setrlimit(what, (int(value), int(value)))


def _environment(unit: Unit, file: Mapping[str, str], socket: int | None) -> dict[str, str]:
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", **unit.environment, **file}
    # Where the release is not installed under its own name.
    env["PYTHONPATH"] = "/srv/openbureau/app/site"
    if socket is not None:
        os.dup2(socket, 3)
        env |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    return env


# System calls


class Filter:
    """A filter of system calls, by libseccomp."""

    def __init__(self, otherwise: int) -> None:
        self._context = ctypes.c_void_p(_seccomp.seccomp_init(ctypes.c_uint32(otherwise)))

    def add(self, action: int, call: str, *comparisons: Comparison) -> None:
        """Do this with a call, if all comparisons hold; a name that is unknown here is no call."""
        number = _seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            array = (Comparison * len(comparisons))(*comparisons)
            words = (self._context, ctypes.c_uint32(action), number, len(comparisons), array)
            done(_seccomp.seccomp_rule_add_array(*words), f"a rule for {call}")

    def load(self) -> None:
        """Put this process and its children under the filter."""
        done(_seccomp.seccomp_load(self._context), "a filter of system calls")


def _filter_system_calls(unit: Unit, calls: Iterable[str]) -> None:
    refused = ERRNO | getattr(errno, unit.value("SystemCallErrorNumber", "EPERM"))
    filters = []
    if "RestrictAddressFamilies" in unit.values:
        filters.append(_families(unit.words("RestrictAddressFamilies")))
    filters.append(rules := Filter(ALLOW))
    if unit.says("RestrictNamespaces"):
        for call in ("unshare", "clone"):
            for flag in NAMESPACES:
                rules.add(ERRNO | errno.EPERM, call, Comparison(0, MASKED, flag, flag))
        rules.add(ERRNO | errno.EPERM, "setns")
        # Its flags lie in memory, where no filter looks: whoever asks falls back to clone.
        rules.add(ERRNO | errno.ENOSYS, "clone3")
    if unit.says("RestrictSUIDSGID"):
        for call, argument in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mknod", 1), ("mknodat", 2)):
            for bit in (stat.S_ISUID, stat.S_ISGID):
                rules.add(ERRNO | errno.EPERM, call, Comparison(argument, MASKED, bit, bit))
    if unit.says("RestrictRealtime"):
        for policy in (os.SCHED_FIFO, os.SCHED_RR):
            rules.add(ERRNO | errno.EPERM, "sched_setscheduler", Comparison(1, EQUAL, policy))
    if unit.says("LockPersonality"):
        rules.add(ERRNO | errno.EPERM, "personality", Comparison(0, NE, 0))
    if "SystemCallFilter" in unit.values:
        filters.append(_allowing(calls, refused))
    for each in filters:
        each.load()


def _allowing(calls: Iterable[str], refused: int) -> Filter:
    rules = Filter(refused)
    for call in calls:
        rules.add(ALLOW, call)
    return rules


def _families(names: Iterable[str]) -> Filter:
    numbers = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
    allowed = {numbers[name] for name in names}
    rules = Filter(ALLOW)
    for family in set(range(MAX_FAMILY)) - allowed:
        rules.add(ERRNO | errno.EAFNOSUPPORT, "socket", Comparison(0, EQUAL, family))
    rules.add(ERRNO | errno.EAFNOSUPPORT, "socket", Comparison(0, GREATER, MAX_FAMILY - 1))
    return rules
