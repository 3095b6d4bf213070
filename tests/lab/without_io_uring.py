"""Runs a command under a seccomp filter that refuses io_uring_setup, as container runtimes do.

    without_io_uring.py COMMAND...
"""

import ctypes
import errno
import os
import struct
import sys

IO_URING_SETUP = 425  # the same number on every architecture since they were unified
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h
RET_ERRNO, RET_ALLOW = 0x00050000, 0x7FFF0000  # linux/seccomp.h


def forbid():
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in (
        (LOAD_WORD, 0, 0, 0),  # seccomp_data.nr
        (JUMP_IF_EQUAL, 0, 1, IO_URING_SETUP),
        (RETURN, 0, 0, RET_ERRNO | errno.EPERM),
        (RETURN, 0, 0, RET_ALLOW)))
    instructions = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HP", len(program) // 8,
                                                     ctypes.addressof(instructions)))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    for failed in (
            libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero),
            libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), header, zero, zero)):
        if failed:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")


forbid()
os.execvp(sys.argv[1], sys.argv[1:])
