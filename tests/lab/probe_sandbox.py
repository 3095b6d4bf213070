"""Runs in rollcall's place in its unit, tries things, and prints what came of each: "allowed", or an errno.

All but the raw sockets may be done by any process without privileges: what is forbidden is forbidden by
the unit.
"""

import ctypes
import errno
import json
import mmap
import os
import resource
import socket
import stat

libc = ctypes.CDLL(None, use_errno=True)
SYSCALLS = {"x86_64": {"ptrace": 101, "personality": 135, "add_key": 248, "unshare": 272},
            "aarch64": {"ptrace": 117, "personality": 92, "add_key": 217, "unshare": 97}}
CLONE_NEWUSER = 0x10000000


def system_call(name, *arguments):
    if libc.syscall(SYSCALLS[os.uname().machine][name], *arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def write_to(path):
    with open(path, "w", encoding="ascii"):
        pass


def set_user_id_bit():
    write_to("/var/lib/rollcall/probe")
    try:
        os.chmod("/var/lib/rollcall/probe", stat.S_IRUSR | stat.S_ISUID)
    finally:
        os.unlink("/var/lib/rollcall/probe")


def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"


def write_to_state():
    write_to("/var/lib/rollcall/probe")
    os.unlink("/var/lib/rollcall/probe")


def open_socket(family, kind, protocol=0):
    socket.socket(family, kind, protocol).close()


def map_for_all():
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


TRIED = {
    "write outside of its state": lambda: write_to("/etc/open/probe"),
    "write to its state": write_to_state,
    "a packet socket": lambda: open_socket(socket.AF_PACKET, socket.SOCK_RAW, 8),
    "a raw socket": lambda: open_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP),
    "a socket of the kernel's ciphers": lambda: open_socket(socket.AF_ALG, socket.SOCK_SEQPACKET),
    "memory to write and execute": map_for_all,
    "set-user-id": set_user_id_bit,
    "a user namespace": lambda: system_call("unshare", CLONE_NEWUSER),
    "trace": lambda: system_call("ptrace", 0, 0, 0, 0),
    "personality": lambda: system_call("personality", 0x0008),
    "keys": lambda: system_call("add_key", b"user", b"probe", b"x", 1, -3),
    "choose its processors": lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
}

with open("/proc/self/status", encoding="ascii") as file:
    status = dict(line.rstrip("\n").split(":\t") for line in file)
print(json.dumps({
    "tried": {what: attempt(action) for what, action in TRIED.items()},
    "umask": oct(os.umask(0)),
    "sees processes of others": os.path.exists("/proc/1"),
    "devices": os.listdir("/dev"),
    "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
    "status": status,
}))
