#!/usr/bin/env python3
"""Accepts TCP connections on every address and closes them at once.

Returns as soon as it listens and stays as a daemon; the pid file holds "pid start-time".
"""

import argparse
import os
import select
import socket
import sys

BACKLOG = 65535
ACCEPTS_PER_WAKE = 256


def listen(port):
    # Port 80 of both families on one socket, where the kernel has IPv6.
    if socket.has_dualstack_ipv6():
        server = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=BACKLOG)
    else:
        server = socket.create_server(("", port), backlog=BACKLOG)
    server.setblocking(False)
    return server


def start_time():
    with open("/proc/self/stat", encoding="ascii") as stat:
        return stat.read().rpartition(") ")[2].split()[19]


def become_daemon(pid_file):
    if os.fork():
        _, status = os.wait()
        os._exit(os.waitstatus_to_exitcode(status))
    os.setsid()
    ready, done = os.pipe()
    if os.fork():
        os.close(done)
        os._exit(0 if os.read(ready, 1) else 1)
    os.close(ready)
    os.chdir("/")
    nothing = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nothing, standard)
    with open(pid_file, "w", encoding="ascii") as out:
        out.write(f"{os.getpid()} {start_time()}\n")
    # Last: whoever waits for our stderr to close must not wait for the daemon's life.
    os.dup2(nothing, 2)
    os.close(nothing)
    os.write(done, b"1")
    os.close(done)


def accept_some(server):
    for _ in range(ACCEPTS_PER_WAKE):
        try:
            peer, _ = server.accept()
        except BlockingIOError:
            return
        except OSError:
            continue  # reset before it was accepted
        peer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, action="append", required=True)
    parser.add_argument("--pid-file", required=True)
    options = parser.parse_args()
    try:
        servers = {server.fileno(): server for server in map(listen, options.port)}
    except OSError as error:
        sys.exit(f"listener: cannot listen on {options.port}: {error}")
    become_daemon(options.pid_file)
    poll = select.epoll()
    for descriptor in servers:
        poll.register(descriptor, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            accept_some(servers[descriptor])


main()
