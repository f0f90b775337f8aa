"""Memory of the desk, in which unlocked keys lie: no other process reads it, not even one of its user."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def hide_memory() -> None:
    """Close this process to debuggers, /proc/PID/mem, process_vm_readv and core dumps (PR_SET_DUMPABLE,
    prctl(2)): what parses strangers' files runs as its user. Raises OSError."""
    # Other systems are for looking at it only.
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "the memory of the desk cannot be closed to others")
