"""Takes from a process whatever the reading of a stranger's file does not need.

A filter of system calls (seccomp, seccomp_load(3)) refuses it files, sockets, processes and other processes'
memory; it cannot grow, and ends after seconds. Imports nothing of ours, so that the programs that confine
themselves start fast and have nothing to give away.
"""

import ctypes
import os
import resource
from collections.abc import Callable

MAX_MEMORY_BYTES = 512 * 2**20
"""Address space, the interpreter's own included."""
MAX_SECONDS = 20
MAX_WRITTEN_BYTES = 64 * 2**20

SYSTEM_CALLS = (
    *("read", "write", "lseek"),
    *("brk", "munmap", "mremap", "madvise"),
    *("futex", "sched_yield", "getpid", "gettid", "getrandom", "clock_gettime", "gettimeofday"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("exit", "exit_group"),
)
"""What a parser may ask of the system, by name; with it memory in which no code can run. Only standard input,
output and errors are open."""

_ALLOWED, _REFUSED = 0x7FFF0000, 0x00050001
"""SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM) of seccomp.h."""
_MASKED_EQUAL, _PROT_EXEC = 7, 4

_NOBODY = 65534


class NotConfined(Exception):
    """This machine does not let the process confine itself."""


class _Comparison(ctypes.Structure):
    """Comparison of one argument of a system call (struct scmp_arg_cmp of seccomp.h)."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def confine() -> None:
    """Take from this process whatever reading a file does not need. All modules are loaded by now.

    Raises NotConfined, the bounds of `bound` unset if there is no seccomp on this machine.
    """
    # Made while files can be opened.
    set_filter = _filter()
    bound()
    if set_filter():
        raise NotConfined


def bound() -> None:
    """Give this process, for good, as little memory, time and rights as reading a file needs."""
    if os.getuid() == 0:
        try:
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
        except OSError:
            pass  # the root of a user namespace is nobody outside
    for limit, maximum in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        # No file and no socket can be opened any more; the three open ones stay.
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (maximum, maximum))


def _filter() -> Callable[[], int]:
    """Filter that refuses every system call but SYSTEM_CALLS; called, it holds for good, and answers 0.

    Raises NotConfined.
    """
    try:
        seccomp = ctypes.CDLL("libseccomp.so.2")
    except OSError as error:
        raise NotConfined from error
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(_REFUSED)))
    without_code = _Comparison(2, _MASKED_EQUAL, _PROT_EXEC, 0)

    def allow(name: str, *comparisons: _Comparison) -> int:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        conditions = (_Comparison * len(comparisons))(*comparisons)
        action = ctypes.c_uint32(_ALLOWED)
        return int(seccomp.seccomp_rule_add_array(rules, action, number, len(comparisons), conditions))

    if any(
        [allow(name) for name in SYSTEM_CALLS] + [allow(name, without_code) for name in ("mmap", "mprotect")]
    ):
        raise NotConfined
    return lambda: int(seccomp.seccomp_load(rules))
