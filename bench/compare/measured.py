"""Runs one command and says what it took: time, memory, and the CPUs of the whole machine."""

import dataclasses
import os
import select
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_EVERY_S = 0.02
QUIET_SHARE = 0.1


@dataclasses.dataclass
class Took:
    seconds: float
    cpu_s: float  # user, system and softirq of all CPUs: the kernel's share belongs to no process
    peak_mb: float
    exit: int | None  # None: it did not end in time and was killed
    stderr: str


def machine_cpu_s():
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _, _, _, softirq = map(int, stat.readline().split()[1:8])
    return (user + nice + system + softirq) / TICKS


def busy_share(seconds=0.3):
    """How much of the machine others use, while nothing of ours runs."""
    before = machine_cpu_s()
    select.select([], [], [], seconds)
    return (machine_cpu_s() - before) / seconds / os.cpu_count()


def wait_for_quiet(patience):
    """Until others leave the machine alone, or for `patience` seconds; how busy they still are."""
    give_up = time.monotonic() + patience
    share = busy_share()
    while share > QUIET_SHARE and time.monotonic() < give_up:
        share = busy_share()
    return share


def peak_mb(pid):
    # Not wait4's maximum, in which the memory of the process that forked is counted too.
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def run(command, timeout):
    cpu_before, started = machine_cpu_s(), time.monotonic()
    # A group of its own: where it hangs, its children end with it.
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, process_group=0)
    os.set_blocking(process.stderr.fileno(), False)
    memory, complaints, ended = 0.0, b"", False
    over = os.pidfd_open(process.pid)
    try:
        while not ended and time.monotonic() - started < timeout:
            ended = bool(select.select([over], [], [], LOOK_EVERY_S)[0])
            memory = max(memory, peak_mb(process.pid))
            complaints = (complaints + (process.stderr.read() or b""))[-10000:]
        seconds = time.monotonic() - started
    finally:
        os.close(over)
        if not ended:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        complaints += process.stderr.read() or b""
        process.stderr.close()
    return Took(seconds, machine_cpu_s() - cpu_before, memory,
                process.returncode if ended else None, complaints.decode("utf-8", "replace"))
