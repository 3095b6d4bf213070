"""Keeps one thread of a process from running for a while, as a starved processor would.

A signal stops the whole process; ptrace stops a single thread (ptrace(2), PTRACE_INTERRUPT).
"""

import contextlib
import ctypes
import os
import pathlib
import time

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def threads_named(name, netns):
    """Thread ids of that name whose process lives in the network namespace."""
    inode = os.stat(netns).st_ino
    found = []
    for comm in pathlib.Path("/proc").glob("[0-9]*/task/[0-9]*/comm"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            same = os.stat(comm.parent / "ns" / "net").st_ino == inode
            if same and comm.read_text().strip() == name:
                found.append(int(comm.parent.name))
    return found


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of thread {thread}")


def stall(thread, seconds):
    _ptrace(PTRACE_SEIZE, thread)
    try:
        _ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, 0x40000000)  # __WALL: it has stopped
        time.sleep(seconds)
    finally:
        _ptrace(PTRACE_DETACH, thread)
