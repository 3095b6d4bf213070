"""Keeps one thread of a process from running for a while, as a starved processor would.

A signal stops the whole process; ptrace stops a single thread (ptrace(2), PTRACE_INTERRUPT).
"""

import contextlib
import ctypes
import os
import pathlib
import time

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000  # __WALL: threads too
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


def thread_of(process, name):
    """The id of the first thread of that name; None: there is none."""
    comms = pathlib.Path(f"/proc/{process}/task").glob("[0-9]*/comm")
    for comm in sorted(comms, key=lambda path: int(path.parent.name)):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if comm.read_text().strip() == name:
                return int(comm.parent.name)
    return None


@contextlib.contextmanager
def held(thread):
    """Until the end of the `with`, or of the process."""
    _ptrace(PTRACE_SEIZE, thread)
    try:
        _ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, WALL)  # it has stopped
        yield
    finally:
        with contextlib.suppress(OSError):  # the process has ended
            _ptrace(PTRACE_DETACH, thread)


def reap(thread):
    """Takes note of a held thread's end: until then its process does not count as ended (ptrace(2)).

    Not for the first thread of a process, whose parent waits for it.
    """
    with contextlib.suppress(ChildProcessError):
        os.waitpid(thread, WALL | os.WNOHANG)


def stall(thread, seconds):
    with held(thread):
        time.sleep(seconds)
